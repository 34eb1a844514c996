import { bytesOf, copyBytes } from "../../bytes/ascii.ts";
import { Crc64 } from "../../bytes/crc64.ts";
import { parseInteger } from "../../bytes/int64.ts";
import { lzfCompress } from "../../bytes/lzf.ts";
import type { ByteTarget } from "../snapshot/format.ts";
import {
	CHECKSUM_BYTES,
	ENCODED_INT8,
	ENCODED_INT16,
	ENCODED_INT32,
	ENCODED_LZF,
	LENGTH_6_BITS_END,
	LENGTH_14_BITS,
	LENGTH_14_BITS_END,
	LENGTH_32_BITS,
	LENGTH_64_BITS,
	LENGTH_ENCODED,
} from "./format.ts";

/** Written to the target at a time. */
const PORTION_BYTES = 1 << 20;
/** A buffer that one huge string has grown beyond this is let go after it was written. */
const KEPT_BYTES_MAX = 4 * PORTION_BYTES;
/** Longest length: its head and 64 bits. */
const LENGTH_BYTES_MAX = 9;
const WORD = 2 ** 32;

/** Longest text of an int32 and so of what is kept as a number. */
const INTEGER_BYTES_MAX = 11;
/** Longer strings are worth compressing. */
const PLAIN_BYTES_MAX = 20;
/** Beyond this a string is written as it is: compressing needs room for all of it at once. */
export const COMPRESSED_BYTES_MAX = 16 << 20;

const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;

const double = new Float64Array(1);
const doubleBytes = new Uint8Array(double.buffer);

/**
 * What has been encoded and is not written yet: numbers, lengths and strings as RDB has them, one behind the other in a
 * buffer that goes to the target, and into the checksum, about a megabyte at a time. Without a target everything stays in
 * `bytes`, up to `length`.
 */
export class RdbOutput {
	bytes: Uint8Array;
	length: number;
	/** Whether long strings are compressed. */
	compresses: boolean;
	private readonly target: ByteTarget | null;
	private readonly checksum: Crc64;
	private hasChecksum: boolean;

	constructor(target: ByteTarget | null, capacity = PORTION_BYTES) {
		this.bytes = new Uint8Array(capacity);
		this.length = 0;
		this.compresses = true;
		this.target = target;
		this.checksum = new Crc64();
		this.hasChecksum = true;
	}

	/** Starts anew, with an empty buffer. */
	begin(compresses: boolean, hasChecksum: boolean): void {
		this.length = 0;
		this.compresses = compresses;
		this.hasChecksum = hasChecksum;
		this.checksum.reset();
		this.shrink();
	}

	/** Makes sure that so many bytes more fit the buffer. */
	reserve(bytes: number): void {
		if (this.length + bytes > this.bytes.length) this.makeRoom(bytes);
	}

	private makeRoom(bytes: number): void {
		if (this.target !== null) this.flush();
		if (this.length + bytes <= this.bytes.length) return;
		const grown = new Uint8Array(Math.max(this.length + bytes, 2 * this.bytes.length));
		copyBytes(this.bytes, 0, grown, 0, this.length);
		this.bytes = grown;
	}

	/** Writes what there is to the target. */
	flush(): void {
		this.pass(this.bytes, 0, this.length);
		this.length = 0;
		this.shrink();
	}

	private shrink(): void {
		if (this.bytes.length > KEPT_BYTES_MAX) this.bytes = new Uint8Array(PORTION_BYTES);
	}

	private pass(bytes: Uint8Array, from: number, to: number): void {
		if (from === to) return;
		if (this.hasChecksum) this.checksum.update(bytes, from, to);
		this.target!.write(bytes, from, to);
	}

	/** The checksum of everything so far, or zeros; then all is written. */
	endFile(): void {
		this.flush();
		this.reserve(CHECKSUM_BYTES);
		if (this.hasChecksum) this.checksum.write(this.bytes, 0);
		else this.bytes.fill(0, 0, CHECKSUM_BYTES);
		this.target!.write(this.bytes, 0, CHECKSUM_BYTES);
	}

	/** The checksum of what is in the buffer. */
	sign(): void {
		this.reserve(CHECKSUM_BYTES);
		this.checksum.update(this.bytes, 0, this.length);
		this.checksum.write(this.bytes, this.length);
		this.length += CHECKSUM_BYTES;
	}

	// Numbers

	byte(value: number): void {
		if (this.length === this.bytes.length) this.makeRoom(1);
		this.bytes[this.length++] = value;
	}

	/** A length or a count, up to 2^53. */
	size(value: number): void {
		this.reserve(LENGTH_BYTES_MAX);
		this.length = writeSize(this.bytes, this.length, value);
	}

	/** The same for an unsigned number of 64 bits in two halves. */
	wideSize(high: number, low: number): void {
		if (high === 0) return this.size(low >>> 0);
		this.reserve(LENGTH_BYTES_MAX);
		this.bytes[this.length++] = LENGTH_64_BITS;
		this.length = writeBigEndian(this.bytes, this.length, high);
		this.length = writeBigEndian(this.bytes, this.length, low);
	}

	/** A moment in milliseconds, in eight bytes. */
	moment(value_ms: number): void {
		this.reserve(8);
		this.length = writeLittleEndian(this.bytes, this.length, value_ms | 0);
		this.length = writeLittleEndian(this.bytes, this.length, Math.floor(value_ms / WORD));
	}

	/** When a field of a hash expires: one more than how long after the bound of the hash that is; 0 for never. */
	deadline(deadline_ms: number, bound_ms: number): void {
		this.size(deadline_ms === Infinity ? 0 : deadline_ms - bound_ms + 1);
	}

	/** A score, in eight bytes. */
	double(value: number): void {
		double[0] = value;
		this.raw(doubleBytes, 0, 8);
	}

	/** The 16 bytes of a stream id, given as four words: the high ones first, so that they sort. */
	idBytes(words: Int32Array, at: number): void {
		this.reserve(16);
		for (let i = 0; i < 4; i++) this.length = writeBigEndian(this.bytes, this.length, words[at + i]!);
	}

	// Strings

	/** Bytes as they are, without their length. */
	raw(source: Uint8Array, from: number, length: number): void {
		// What is longer than the buffer need not go through it.
		if (this.target !== null && length >= this.bytes.length) {
			this.flush();
			for (let at = from; at < from + length; at += PORTION_BYTES) {
				this.pass(source, at, Math.min(at + PORTION_BYTES, from + length));
			}
			return;
		}
		this.reserve(length);
		copyBytes(source, from, this.bytes, this.length, length);
		this.length += length;
	}

	/** A string in the shortest form: as a number, compressed, or as it is. */
	string(source: Uint8Array, from: number, length: number): void {
		if (length <= INTEGER_BYTES_MAX) {
			if (length > 0 && source[from]! <= NINE && this.integer(source, from, length)) return;
		} else if (length > PLAIN_BYTES_MAX && this.compresses && length <= COMPRESSED_BYTES_MAX) {
			if (this.compressed(source, from, length)) return;
		}
		this.size(length);
		this.raw(source, from, length);
	}

	text(text: string): void {
		const bytes = bytesOf(text);
		this.string(bytes, 0, bytes.length);
	}

	/** Writes the text of an int32 as a number; false where it is none. */
	private integer(source: Uint8Array, from: number, length: number): boolean {
		const first = source[from]!;
		if (first < ZERO && first !== MINUS) return false;
		const value = parseInteger(source, from, from + length);
		if (value !== (value | 0)) return false;
		this.reserve(5);
		const { bytes } = this;
		if (value === (value << 24) >> 24) {
			bytes[this.length++] = (LENGTH_ENCODED << 6) | ENCODED_INT8;
			bytes[this.length++] = value;
		} else if (value === (value << 16) >> 16) {
			bytes[this.length++] = (LENGTH_ENCODED << 6) | ENCODED_INT16;
			bytes[this.length++] = value;
			bytes[this.length++] = value >> 8;
		} else {
			bytes[this.length++] = (LENGTH_ENCODED << 6) | ENCODED_INT32;
			this.length = writeLittleEndian(bytes, this.length, value);
		}
		return true;
	}

	/** False where that does not make it shorter. */
	private compressed(source: Uint8Array, from: number, length: number): boolean {
		const headBytes = 1 + 2 * LENGTH_BYTES_MAX;
		this.reserve(headBytes + length);
		const { bytes } = this;
		const body = this.length + headBytes;
		const size = lzfCompress(source, from, from + length, bytes, body);
		if (size === 0) return false;
		let at = this.length;
		bytes[at++] = (LENGTH_ENCODED << 6) | ENCODED_LZF;
		at = writeSize(bytes, at, size);
		at = writeSize(bytes, at, length);
		bytes.copyWithin(at, body, body + size);
		this.length = at + size;
		return true;
	}
}

/** What comes before a value: its type and, in a file, its key. */
export function writeHead(output: RdbOutput, type: number, key: Uint8Array | null): void {
	output.byte(type);
	if (key !== null) output.string(key, 0, key.length);
}

function writeSize(target: Uint8Array, at: number, value: number): number {
	if (value < LENGTH_6_BITS_END) {
		target[at] = value;
		return at + 1;
	}
	if (value < LENGTH_14_BITS_END) {
		target[at] = (LENGTH_14_BITS << 6) | (value >>> 8);
		target[at + 1] = value;
		return at + 2;
	}
	if (value < WORD) {
		target[at] = LENGTH_32_BITS;
		return writeBigEndian(target, at + 1, value);
	}
	target[at] = LENGTH_64_BITS;
	return writeBigEndian(target, writeBigEndian(target, at + 1, Math.floor(value / WORD)), value % WORD);
}

function writeBigEndian(target: Uint8Array, at: number, word: number): number {
	target[at] = word >>> 24;
	target[at + 1] = word >>> 16;
	target[at + 2] = word >>> 8;
	target[at + 3] = word;
	return at + 4;
}

function writeLittleEndian(target: Uint8Array, at: number, word: number): number {
	target[at] = word;
	target[at + 1] = word >>> 8;
	target[at + 2] = word >>> 16;
	target[at + 3] = word >>> 24;
	return at + 4;
}
