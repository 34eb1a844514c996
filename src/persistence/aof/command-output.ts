import { copyBytes } from "../../bytes/ascii.ts";
import { INT64_TEXT_MAX, writeInteger } from "../../bytes/int64.ts";
import type { ByteTarget } from "../snapshot/format.ts";

const BUFFER_BYTES = 256 * 1024;
/** Longer words do not go by way of the buffer. */
const COPIED_BYTES_MAX = 64 * 1024;
/** A mark, digits, and the end of the line. */
const HEAD_BYTES_MAX = INT64_TEXT_MAX + 3;
/** Elements of a command, as many as Redis puts into one. */
const BATCH_ELEMENTS = 64;

const ARRAY = 0x2a;
const BULK = 0x24;
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;

const digits = new Uint8Array(INT64_TEXT_MAX);

/** A word of a command: where its bytes lie. */
export interface Word {
	readonly bytes: Uint8Array;
	readonly start: number;
	readonly length: number;
}

/**
 * Commands on their way into a file, in the wire form of requests. A command says how many words it has, then each; one of
 * many elements comes in batches, which know how many there will be in all:
 *
 *     output.beginElements(RPUSH, key, count, 1)
 *     { output.element(); output.bytes(…) } …
 */
export class CommandOutput {
	private readonly target: ByteTarget;
	private readonly buffer: Uint8Array;
	private length: number;
	private name: Uint8Array;
	private key: Word;
	private words: number;
	/** Elements that are to come, and those of them in the command that is being written. */
	private elementsLeft: number;
	private batchLeft: number;

	constructor(target: ByteTarget) {
		this.target = target;
		this.buffer = new Uint8Array(BUFFER_BYTES);
		this.length = 0;
		this.name = this.buffer;
		this.key = { bytes: this.buffer, start: 0, length: 0 };
		this.words = 0;
		this.elementsLeft = 0;
		this.batchLeft = 0;
	}

	begin(words: number): void {
		this.head(ARRAY, words);
	}

	word({ bytes, start, length }: Word): void {
		this.range(bytes, start, length);
	}

	bytes(bytes: Uint8Array): void {
		this.range(bytes, 0, bytes.length);
	}

	range(bytes: Uint8Array, start: number, length: number): void {
		this.beginWord(length);
		this.raw(bytes, start, length);
		this.endWord();
	}

	/** A safe integer. */
	integer(value: number): void {
		this.range(digits, 0, writeInteger(value, digits, 0));
	}

	// A word in parts

	beginWord(length: number): void {
		this.head(BULK, length);
	}

	raw(bytes: Uint8Array, start: number, length: number): void {
		if (length > COPIED_BYTES_MAX) {
			this.flush();
			this.target.write(bytes, start, start + length);
			return;
		}
		this.reserve(length);
		copyBytes(bytes, start, this.buffer, this.length, length);
		this.length += length;
	}

	endWord(): void {
		this.reserve(2);
		this.buffer[this.length++] = CARRIAGE_RETURN;
		this.buffer[this.length++] = LINE_FEED;
	}

	private head(mark: number, value: number): void {
		this.reserve(HEAD_BYTES_MAX);
		this.buffer[this.length++] = mark;
		this.length += writeInteger(value, this.buffer, this.length);
		this.endWord();
	}

	// Commands of many elements

	/** `count` elements of so many words each follow. */
	beginElements(name: Uint8Array, key: Word, count: number, words: number): void {
		this.name = name;
		this.key = key;
		this.words = words;
		this.elementsLeft = count;
		this.batchLeft = 0;
	}

	/** The words of the next element follow. */
	element(): void {
		if (this.batchLeft === 0) {
			this.batchLeft = Math.min(this.elementsLeft, BATCH_ELEMENTS);
			this.elementsLeft -= this.batchLeft;
			this.begin(2 + this.batchLeft * this.words);
			this.bytes(this.name);
			this.word(this.key);
		}
		this.batchLeft--;
	}

	/** Whether the next element begins another command. */
	isBetweenCommands(): boolean {
		return this.batchLeft === 0;
	}

	// The buffer

	private reserve(bytes: number): void {
		if (this.length + bytes > this.buffer.length) this.flush();
	}

	flush(): void {
		if (this.length > 0) this.target.write(this.buffer, 0, this.length);
		this.length = 0;
	}
}
