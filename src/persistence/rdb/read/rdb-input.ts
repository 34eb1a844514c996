import { latin1 } from "../../../bytes/ascii.ts";
import { writeInteger } from "../../../bytes/int64.ts";
import { lzfDecompress } from "../../../bytes/lzf.ts";
import {
	ENCODED_INT8,
	ENCODED_INT16,
	ENCODED_INT32,
	ENCODED_LZF,
	LENGTH_6_BITS,
	LENGTH_14_BITS,
	LENGTH_32_BITS,
	LENGTH_64_BITS,
	LENGTH_ENCODED,
} from "../format.ts";
import { BadData } from "./bad-data.ts";
import type { ByteSource } from "./byte-source.ts";

const HALF = 2 ** 32;
/** Text of an integer of 32 bits. */
const INTEGER_BYTES_MAX = 11;
/** LZF says 264 bytes in three at best. */
const LZF_RATIO_MAX = 88;
const NOT_IN_WINDOW = -1;
const NOTHING = new Uint8Array(0);

/** A string that was read: a range of the source's window, or of a buffer of its own. */
export class Text {
	bytes: Uint8Array;
	start: number;
	length: number;
	/** Of its first byte, from the start of the source; NOT_IN_WINDOW. */
	offset: number;
	private own: Uint8Array;

	constructor() {
		this.bytes = NOTHING;
		this.start = 0;
		this.length = 0;
		this.offset = NOT_IN_WINDOW;
		this.own = NOTHING;
	}

	/** Becomes `length` bytes, to be written from the start of `bytes` on. */
	makeOwn(length: number): Uint8Array {
		if (this.own.length < length || this.own.length > 16 * (length + 4096)) this.own = new Uint8Array(length + 64);
		this.bytes = this.own;
		this.start = 0;
		this.length = length;
		this.offset = NOT_IN_WINDOW;
		return this.own;
	}

	/** Moves to a buffer of its own, so that the source may go on. */
	detach(): void {
		if (this.offset === NOT_IN_WINDOW) return;
		const { bytes, start, length } = this;
		this.makeOwn(length).set(bytes.subarray(start, start + length));
	}

	latin1(): string {
		return latin1(this.bytes, this.start, this.start + this.length);
	}
}

/** The lengths, strings and numbers that an RDB file or a DUMP payload is made of. */
export class RdbInput {
	readonly source: ByteSource;
	/** Of the length read last: how the string is encoded, where it is, else -1. */
	encoding: number;
	/** The number read last, as two halves. */
	high: number;
	low: number;

	constructor(source: ByteSource) {
		this.source = source;
		this.encoding = -1;
		this.high = 0;
		this.low = 0;
	}

	byte(): number {
		const { source } = this;
		source.ensure(1);
		return source.bytes[source.at++]!;
	}

	/** A length that need not be true; beyond 2^53 it is about so. */
	length(): number {
		const length = this.lengthOrEncoding();
		if (this.encoding >= 0) throw new BadData("a length is expected where an encoded string begins");
		return length;
	}

	private lengthOrEncoding(): number {
		const first = this.byte();
		const form = first >>> 6;
		this.encoding = -1;
		this.high = 0;
		if (form === LENGTH_6_BITS) this.low = first;
		else if (form === LENGTH_14_BITS) this.low = ((first & 0x3f) << 8) | this.byte();
		else if (form === LENGTH_ENCODED) {
			this.encoding = first & 0x3f;
			this.low = 0;
		} else this.wideLength(first);
		return (this.high >>> 0) * HALF + (this.low >>> 0);
	}

	private wideLength(first: number): void {
		if (first !== LENGTH_32_BITS && first !== LENGTH_64_BITS) {
			throw new BadData(`Unknown length encoding ${first} in rdbLoadLen()`);
		}
		if (first === LENGTH_64_BITS) this.high = this.bigEndianWord();
		this.low = this.bigEndianWord();
	}

	private bigEndianWord(): number {
		const { source } = this;
		source.ensure(4);
		const { bytes, at } = source;
		source.at += 4;
		return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
	}

	/** Eight bytes in two's complement, which `high` and `low` hold exactly. */
	int64(): number {
		const { source } = this;
		source.ensure(8);
		this.low = word(source.bytes, source.at);
		this.high = word(source.bytes, source.at + 4);
		source.at += 8;
		return this.high * HALF + (this.low >>> 0);
	}

	/** A time as Redis keeps it; what no clock can ever have said becomes the nearest that can be calculated with. */
	time_ms(): number {
		return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, this.int64()));
	}

	int32(): number {
		const { source } = this;
		source.ensure(4);
		source.at += 4;
		return word(source.bytes, source.at - 4);
	}

	double(): number {
		const { source } = this;
		source.ensure(8);
		scratch.set(source.bytes.subarray(source.at, source.at + 8));
		source.at += 8;
		return scratchView.getFloat64(0, true);
	}

	/**
	 * Reads a string. It may lie in the window: what is read next can move it, and `settle` finds it again, as long as the
	 * source keeps it.
	 */
	string(text: Text): void {
		const length = this.lengthOrEncoding();
		if (this.encoding < 0) this.plain(text, length);
		else this.encoded(text);
	}

	/** As `string`; where it has more than `max` bytes, they are left to be read, and their number is returned, else -1. */
	shortString(text: Text, max: number): number {
		const length = this.lengthOrEncoding();
		if (this.encoding >= 0) this.encoded(text);
		else if (length > max) return length;
		else this.plain(text, length);
		return -1;
	}

	private plain(text: Text, length: number): void {
		const { source } = this;
		source.ensure(length);
		text.bytes = source.bytes;
		text.start = source.at;
		text.length = length;
		text.offset = source.base + source.at;
		source.at += length;
	}

	/** After more was read: `text` is where it is now. */
	settle(text: Text): void {
		if (text.offset === NOT_IN_WINDOW) return;
		text.bytes = this.source.bytes;
		text.start = text.offset - this.source.base;
	}

	private encoded(text: Text): void {
		switch (this.encoding) {
			case ENCODED_INT8:
				return integerText(text, (this.byte() << 24) >> 24);
			case ENCODED_INT16: {
				const low = this.byte();
				return integerText(text, ((low | (this.byte() << 8)) << 16) >> 16);
			}
			case ENCODED_INT32:
				return integerText(text, this.int32());
			case ENCODED_LZF:
				return this.compressed(text);
			default:
				throw new BadData(`Unknown RDB string encoding type ${this.encoding}`);
		}
	}

	private compressed(text: Text): void {
		const { source } = this;
		const compressed = this.length();
		const length = this.length();
		source.ensure(compressed);
		if (length > compressed * LZF_RATIO_MAX) throw new BadData("Invalid LZF compressed string");
		const target = text.makeOwn(length);
		const { bytes, at } = source;
		source.at += compressed;
		if (length === 0 || !lzfDecompress(bytes, at, at + compressed, target, 0, length)) {
			throw new BadData("Invalid LZF compressed string");
		}
	}
}

const scratch = new Uint8Array(8);
const scratchView = new DataView(scratch.buffer);

function word(bytes: Uint8Array, at: number): number {
	return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

function integerText(text: Text, value: number): void {
	const target = text.makeOwn(INTEGER_BYTES_MAX);
	text.length = writeInteger(value, target, 0);
}
