import { equalBytes } from "../../bytes/ascii.ts";
import { countWord } from "../../bytes/count-word.ts";
import { countBits } from "../../bytes/popcount.ts";

/**
 * Ranges of bits, from bit `first` to bit `last` of the bytes behind `start`. Bits are counted from the highest of the
 * first byte: of "\x80" bit 0 is set.
 *
 * When a bit is looked for, long runs of the other kind are passed by comparing them, a piece at a time, with bytes of
 * nothing else: memory is compared at twice the speed at which any loop of ours could read it (10 MB in 0.2 ms against
 * 0.46 ms by words).
 */
const LONG_PIECE_BYTES = 8192;
const SHORT_PIECE_BYTES = 256;

const zeros = new Uint8Array(LONG_PIECE_BYTES);
const ones = new Uint8Array(LONG_PIECE_BYTES).fill(0xff);

/** How many bits are set; `first` is not behind `last`. */
export function countBitRange(bytes: Uint8Array, start: number, first: number, last: number): number {
	const firstByte = start + Math.floor(first / 8);
	const lastByte = start + Math.floor(last / 8);
	const before = bytes[firstByte]! & ~(0xff >> (first % 8));
	const behind = bytes[lastByte]! & (0x7f >> (last % 8));
	return countBits(bytes, firstByte, lastByte + 1) - countWord(before) - countWord(behind);
}

/** The first bit that equals `bit`, or -1; `first` is not behind `last`. */
export function findBit(bytes: Uint8Array, start: number, first: number, last: number, bit: number): number {
	const others = bit === 0 ? ones : zeros;
	const lastByte = Math.floor(last / 8);
	let at = Math.floor(first / 8);
	// In these bytes what is looked for is a one, whichever it is.
	let byte = (bytes[start + at]! ^ others[0]!) & (0xff >> (first % 8));
	if (byte === 0 && at < lastByte) {
		at = findOther(bytes, start + at + 1, start + lastByte, others) - start;
		byte = bytes[start + at]! ^ others[0]!;
	}
	if (at === lastByte) byte &= 0xff << (7 - (last % 8));
	return byte === 0 ? -1 : 8 * at + Math.clz32(byte) - 24;
}

/** Where the first byte that is not as those of `others` lies; `end` where there is none before it. */
function findOther(bytes: Uint8Array, start: number, end: number, others: Uint8Array): number {
	const value = others[0]!;
	let at = start;
	while (at + LONG_PIECE_BYTES <= end && equalBytes(bytes, at, others, 0, LONG_PIECE_BYTES)) at += LONG_PIECE_BYTES;
	while (at + SHORT_PIECE_BYTES <= end && equalBytes(bytes, at, others, 0, SHORT_PIECE_BYTES)) at += SHORT_PIECE_BYTES;
	while (at < end && bytes[at]! === value) at++;
	return at;
}
