import { bytesOf, copyBytes, latin1, latin1Bytes } from "../bytes/ascii.ts";
import { formatDouble } from "../bytes/double.ts";
import { elementBytes, elementLength, elementStart } from "../bytes/elements.ts";
import { writeInteger } from "../bytes/int64.ts";

/**
 * Writes replies, in RESP2 or RESP3, one behind the other into one buffer that the caller flushes.
 *
 * Handlers say what they mean (a map, a null, a double); the protocol version decides how it looks. Aggregates are
 * announced with their length and then filled by as many further calls.
 */
const INITIAL_BYTES = 65_536;
/**
 * A buffer that one huge reply has grown beyond this is let go after it was flushed. Where values of a megabyte are read
 * all the time and each made a new buffer, hundreds of megabytes would be free and still resident.
 */
const KEPT_BYTES_MAX = 4 << 20;
/** Longest line: type byte, 20 digits, CRLF. */
const LINE_BYTES_MAX = 32;

/** What a bulk string of up to 16,383 bytes takes beside its bytes: type byte, five digits, twice CRLF. */
const BULK_OVERHEAD_MAX = 10;
/** Longest copy made byte by byte. */
const COPY_LOOP_MAX = 32;

/** Holds a number as text. */
const digits = new Uint8Array(LINE_BYTES_MAX);

const CR = 0x0d;
const LF = 0x0a;
const OK = bytesOf("+OK\r\n");
const PONG = bytesOf("+PONG\r\n");
const NULL_BULK_2 = bytesOf("$-1\r\n");
const NULL_ARRAY_2 = bytesOf("*-1\r\n");
const NULL_3 = bytesOf("_\r\n");
const TRUE_3 = bytesOf("#t\r\n");
const FALSE_3 = bytesOf("#f\r\n");

const BULK = 0x24;
const INTEGER = 0x3a;
const ARRAY = 0x2a;
const MAP = 0x25;
const SET = 0x7e;
const PUSH = 0x3e;
const DOUBLE = 0x2c;
const BIG_NUMBER = 0x28;
const VERBATIM = 0x3d;
const SIMPLE = 0x2b;
const ERROR = 0x2d;

export class ReplyWriter {
	bytes: Uint8Array;
	length: number;
	/** 2 or 3. */
	protocol: number;
	/** Counts error replies; `lastError` is the text of the newest, code first, without the leading '-'. */
	errors: number;
	lastError: string;
	/** Where replies become longer than this, what is written is forgotten, and `isCut` says so. */
	bytesMax: number;
	isCut: boolean;

	constructor() {
		this.bytes = new Uint8Array(INITIAL_BYTES);
		this.length = 0;
		this.protocol = 2;
		this.errors = 0;
		this.lastError = "";
		this.bytesMax = Number.POSITIVE_INFINITY;
		this.isCut = false;
	}

	/** Forgets what was flushed. */
	clear(): void {
		this.length = 0;
		if (this.bytes.length > KEPT_BYTES_MAX) this.bytes = new Uint8Array(INITIAL_BYTES);
	}

	/** Takes back everything written behind `length`. */
	truncate(length: number): void {
		this.length = length;
	}

	ok(): void {
		this.constant(OK);
	}

	pong(): void {
		this.constant(PONG);
	}

	/** A status line; `text` has no line end in it. */
	simple(text: string): void {
		this.line(SIMPLE, text);
	}

	/** `text` begins with its code: "ERR …", "WRONGTYPE …". Line ends in it become blanks, as Redis does. */
	error(text: string): void {
		this.errors++;
		this.lastError = text;
		this.line(ERROR, text.replace(/[\r\n]/g, " "));
	}

	/** A safe integer. */
	integer(value: number): void {
		if (value >= 0 && value <= 9) {
			this.reserve(4);
			const { bytes, length } = this;
			bytes[length] = INTEGER;
			bytes[length + 1] = 0x30 + value;
			bytes[length + 2] = CR;
			bytes[length + 3] = LF;
			this.length = length + 4;
		} else this.number(INTEGER, value);
	}

	/** Any int64. */
	bigInteger(value: bigint): void {
		this.line(INTEGER, value.toString());
	}

	bulk(source: Uint8Array, start: number, length: number): void {
		this.reserve(length + LINE_BYTES_MAX);
		const bytes = this.bytes;
		let at = this.length;
		at = writeBulkHead(bytes, at, length);
		copyBytes(source, start, bytes, at, length);
		at += length;
		bytes[at] = CR;
		bytes[at + 1] = LF;
		this.length = at + 2;
	}

	/** Bulk strings, the first `count` of these ranges of one array. */
	bulks(source: Uint8Array, starts: Int32Array, lengths: Int32Array, count: number): void {
		let room = count * LINE_BYTES_MAX;
		for (let i = 0; i < count; i++) room += lengths[i]!;
		this.reserve(room);
		const bytes = this.bytes;
		let at = this.length;
		for (let i = 0; i < count; i++) {
			const length = lengths[i]!;
			at = writeBulkHead(bytes, at, length);
			copyBytes(source, starts[i]!, bytes, at, length);
			at += length;
			bytes[at] = CR;
			bytes[at + 1] = LF;
			at += 2;
		}
		this.length = at;
	}

	/**
	 * Bulk strings, the `count` of them that lie in [from, to) one behind the other, each behind its length: one byte, or
	 * two of seven bits each, the low ones first and marked by the high bit.
	 */
	bulkRun(source: Uint8Array, from: number, to: number, count: number): void {
		this.reserve(to - from + count * BULK_OVERHEAD_MAX);
		const bytes = this.bytes;
		let at = this.length;
		for (let next = from; next < to; ) {
			let length = source[next++]!;
			if (length >= 0x80) length = (length & 0x7f) | (source[next++]! << 7);
			at = writeBulkHead(bytes, at, length);
			// Most elements are short, and a loop in place is twice as fast as a call.
			const end = next + length;
			if (length > COPY_LOOP_MAX) {
				copyBytes(source, next, bytes, at, length);
				at += length;
				next = end;
			} else {
				for (; next + 4 <= end; next += 4, at += 4) {
					bytes[at] = source[next]!;
					bytes[at + 1] = source[next + 1]!;
					bytes[at + 2] = source[next + 2]!;
					bytes[at + 3] = source[next + 3]!;
				}
				while (next < end) bytes[at++] = source[next++]!;
			}
			bytes[at] = CR;
			bytes[at + 1] = LF;
			at += 2;
		}
		this.length = at;
	}

	/** Bulk strings: the first `count` elements (bytes/elements.ts) of the run [from, to). */
	elements(run: Uint8Array, from: number, to: number, count: number): void {
		this.reserve(to - from + count * BULK_OVERHEAD_MAX);
		const bytes = this.bytes;
		let at = this.length;
		let element = from;
		for (let left = count; left > 0; left--) {
			const length = elementLength(run, element);
			at = writeBulkHead(bytes, at, length);
			copyBytes(run, elementStart(run, element), bytes, at, length);
			at += length;
			bytes[at] = CR;
			bytes[at + 1] = LF;
			at += 2;
			element += elementBytes(length);
		}
		this.length = at;
	}

	bulkBytes(source: Uint8Array): void {
		this.bulk(source, 0, source.length);
	}

	/** A string of text, sent as UTF-8. */
	bulkText(text: string): void {
		const bytes = bytesOf(text);
		this.bulk(bytes, 0, bytes.length);
	}

	/** A bulk string of decimal digits. */
	bulkInteger(value: number): void {
		this.bulk(digits, 0, writeInteger(value, digits, 0));
	}

	null(): void {
		this.constant(this.protocol === 3 ? NULL_3 : NULL_BULK_2);
	}

	nullArray(): void {
		this.constant(this.protocol === 3 ? NULL_3 : NULL_ARRAY_2);
	}

	array(length: number): void {
		this.number(ARRAY, length);
	}

	/** `pairs` keys each followed by its value; in RESP2 a flat array. */
	map(pairs: number): void {
		if (this.protocol === 3) this.number(MAP, pairs);
		else this.number(ARRAY, 2 * pairs);
	}

	set(length: number): void {
		this.number(this.protocol === 3 ? SET : ARRAY, length);
	}

	push(length: number): void {
		this.number(this.protocol === 3 ? PUSH : ARRAY, length);
	}

	double(value: number): void {
		const text = formatDouble(value);
		if (this.protocol === 3) this.line(DOUBLE, text);
		else this.bulkText(text);
	}

	/** A double whose digits are already chosen: the text in `source`. */
	doubleText(source: Uint8Array, start: number, length: number): void {
		if (this.protocol === 3) this.line(DOUBLE, latin1(source, start, start + length));
		else this.bulk(source, start, length);
	}

	boolean(value: boolean): void {
		if (this.protocol === 3) this.constant(value ? TRUE_3 : FALSE_3);
		else this.integer(value ? 1 : 0);
	}

	bigNumber(digits: string): void {
		if (this.protocol === 3) this.line(BIG_NUMBER, digits);
		else {
			const bytes = latin1Bytes(digits);
			this.bulk(bytes, 0, bytes.length);
		}
	}

	/** Text of a kind named by three letters, "txt" or "mkd". */
	verbatim(kind: string, text: string): void {
		this.verbatimBytes(kind, bytesOf(text));
	}

	verbatimBytes(kind: string, content: Uint8Array): void {
		if (this.protocol !== 3) return this.bulk(content, 0, content.length);
		const bytes = new Uint8Array(kind.length + 1 + content.length);
		bytes.set(latin1Bytes(`${kind}:`));
		bytes.set(content, kind.length + 1);
		this.bulk(bytes, 0, bytes.length);
		this.bytes[this.length - bytes.length - 5 - String(bytes.length).length] = VERBATIM;
	}

	/**
	 * Moves what was written from `from` on before what was written from `to` on. So a length that is known only behind
	 * its elements gets to its place: elements first, then the header, then this.
	 */
	bringForward(from: number, to: number): void {
		const header = this.bytes.slice(from, this.length);
		this.bytes.copyWithin(to + header.length, to, from);
		this.bytes.set(header, to);
	}

	/** Bytes that are replies already. */
	raw(source: Uint8Array, start: number, length: number): void {
		this.reserve(length);
		copyBytes(source, start, this.bytes, this.length, length);
		this.length += length;
	}

	private constant(text: Uint8Array): void {
		this.reserve(text.length);
		const { bytes, length } = this;
		for (let i = 0; i < text.length; i++) bytes[length + i] = text[i]!;
		this.length = length + text.length;
	}

	private number(type: number, value: number): void {
		this.reserve(LINE_BYTES_MAX);
		const bytes = this.bytes;
		let at = this.length;
		bytes[at++] = type;
		at += writeInteger(value, bytes, at);
		bytes[at] = CR;
		bytes[at + 1] = LF;
		this.length = at + 2;
	}

	/** One byte a character (latin-1): error texts quote raw arguments, and everything else in them is ASCII. */
	private line(type: number, text: string): void {
		this.reserve(text.length + 3);
		const bytes = this.bytes;
		let at = this.length;
		bytes[at++] = type;
		for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i);
		bytes[at] = CR;
		bytes[at + 1] = LF;
		this.length = at + 2;
	}

	private reserve(bytes: number): void {
		if (this.length + bytes > this.bytes.length) this.grow(this.length + bytes);
	}

	/** Begins anew, with room for so many bytes. */
	private cut(bytes: number): void {
		this.isCut = true;
		this.length = 0;
		if (bytes > this.bytes.length) this.bytes = new Uint8Array(bytes);
	}

	private grow(needed: number): void {
		if (needed > this.bytesMax) return this.cut(needed - this.length);
		const grown = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
		grown.set(this.bytes.subarray(0, this.length));
		this.bytes = grown;
	}
}

/** The type byte, the length and the line end before the bytes of a bulk string; returns where these go. */
function writeBulkHead(bytes: Uint8Array, at: number, length: number): number {
	bytes[at++] = BULK;
	if (length < 10) bytes[at++] = 0x30 + length;
	else if (length < 100) {
		const tens = (length * 205) >>> 11;
		bytes[at] = 0x30 + tens;
		bytes[at + 1] = 0x30 + length - 10 * tens;
		at += 2;
	} else at += writeInteger(length, bytes, at);
	bytes[at] = CR;
	bytes[at + 1] = LF;
	return at + 2;
}
