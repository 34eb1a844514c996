/**
 * Ids as text, `1526919030474-55`: two decimal numbers with a dash between.
 *
 * What is accepted is what Redis accepts, which is what strtoull() makes of either part: blanks and a plus before it,
 * leading zeros, a minus that turns the number round, and an end at the first zero byte. All of that is rare, so plain
 * digits are read without allocating and everything else by a slow way.
 */
import { bytesOf, latin1 } from "../../bytes/ascii.ts";
import { parseInt64, parseInteger, writeInteger } from "../../bytes/int64.ts";
import type { StreamId } from "./stream-id.ts";

/** What `parseId` found. */
export const ID_INVALID = 0;
export const ID_WHOLE = 1;
/** `<ms>-*`: the sequence number is left to the stream; it is 0 in the id. */
export const ID_WITHOUT_SEQUENCE = 2;

const DASH = 0x2d;
const STAR = 0x2a;
const HALF = 2 ** 32;
const UINT64_MODULUS = 1n << 64n;
/** Redis copies an id into a buffer of 128 bytes. */
const TEXT_BYTES_MAX = 127;
/** Twenty digits, a dash and twenty digits. */
const ID_BYTES_MAX = 41;
/** Above this the high half makes a number that no double holds exactly. */
const SAFE_HIGH_MAX = 0x1fffff;

/** Reads an id; where there is no dash the sequence number is the least, or with `toEnd` the greatest. */
export function parseId(bytes: Uint8Array, start: number, end: number, toEnd: boolean, id: StreamId): number {
	let dash = start;
	while (dash < end && bytes[dash]! !== DASH) dash++;
	const ms = parseInteger(bytes, start, dash);
	if (!(ms >= 0)) return parseRare(bytes, start, end, toEnd, id);
	if (dash === end) {
		id.setTime(ms);
		if (toEnd) id.setSequence(-1, -1);
		return ID_WHOLE;
	}
	if (end === dash + 2 && bytes[dash + 1]! === STAR) {
		id.setTime(ms);
		return ID_WITHOUT_SEQUENCE;
	}
	const sequence = parseInteger(bytes, dash + 1, end);
	if (!(sequence >= 0)) return parseRare(bytes, start, end, toEnd, id);
	id.setTime(ms);
	if (sequence <= 0x7fffffff) id.sequenceLow = sequence;
	else id.setSequence(Math.floor(sequence / HALF), sequence | 0);
	return ID_WHOLE;
}

function parseRare(bytes: Uint8Array, start: number, end: number, toEnd: boolean, id: StreamId): number {
	if (end - start > TEXT_BYTES_MAX) return ID_INVALID;
	const text = latin1(bytes, start, end).replace(/\0.*$/s, "");
	const dash = text.indexOf("-");
	const ms = parseUint64(dash < 0 ? text : text.slice(0, dash));
	if (ms === undefined) return ID_INVALID;
	const rest = text.slice(dash + 1);
	const isOpen = dash >= 0 && rest === "*";
	const missing = toEnd ? UINT64_MODULUS - 1n : 0n;
	const sequence = dash < 0 ? missing : isOpen ? 0n : parseUint64(rest);
	if (sequence === undefined) return ID_INVALID;
	id.msHigh = Number(BigInt.asIntN(32, ms >> 32n));
	id.msLow = Number(BigInt.asIntN(32, ms));
	id.setSequence(Number(BigInt.asIntN(32, sequence >> 32n)), Number(BigInt.asIntN(32, sequence)));
	return isOpen ? ID_WITHOUT_SEQUENCE : ID_WHOLE;
}

/** A canonical int64 must not be negative; what is no canonical int64 is left to the rules of strtoull(). */
function parseUint64(text: string): bigint | undefined {
	const bytes = bytesOf(text);
	const plain = parseInt64(bytes, 0, bytes.length);
	if (plain !== undefined) return plain < 0n ? undefined : plain;
	const match = /^[ \t-\r]*([+-]?)(\d+)$/.exec(text);
	if (match === null) return undefined;
	const magnitude = BigInt(match[2]!);
	if (magnitude >= UINT64_MODULUS) return undefined;
	return match[1] === "-" ? BigInt.asUintN(64, -magnitude) : magnitude;
}

/** Holds the text that `writeId` wrote last. */
export const idText = new Uint8Array(ID_BYTES_MAX);

// Ids that follow each other are mostly of one millisecond: its digits stay where they are.
let writtenHigh = 0;
let writtenLow = 0;
let writtenLength = writeHalves(0, 0, 0);

/** Writes an id to the start of `idText` and returns how many bytes that took. */
export function writeId(msHigh: number, msLow: number, sequenceHigh: number, sequenceLow: number): number {
	if (msLow !== writtenLow || msHigh !== writtenHigh) {
		writtenLength = writeHalves(msHigh, msLow, 0);
		writtenHigh = msHigh;
		writtenLow = msLow;
	}
	const dash = writtenLength;
	idText[dash] = DASH;
	return dash + 1 + writeHalves(sequenceHigh, sequenceLow, dash + 1);
}

function writeHalves(high: number, low: number, at: number): number {
	if (high >= 0 && high <= SAFE_HIGH_MAX) return writeInteger(high * HALF + (low >>> 0), idText, at);
	const text = String(BigInt.asUintN(64, (BigInt(high) << 32n) | BigInt(low >>> 0)));
	for (let i = 0; i < text.length; i++) idText[at + i] = text.charCodeAt(i);
	return text.length;
}
