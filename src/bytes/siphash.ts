/**
 * HalfSipHash-1-3 with 32 bits of output: the keyed hash of every table, so that who does not know the key cannot
 * choose names that collide.
 *
 * Invariant: the value depends on the key and the bytes of the range only, never on where the range lies. All four
 * words of the state are int32 at every step; each pass of the loop takes four bytes as one little-endian word, and
 * the last word carries the rest (up to three bytes) under the low eight bits of the length.
 *
 * The half round is written out where it is used: a state of four local numbers stays in registers, an array or an
 * object would not.
 */

/** Initial words of the state; the first two are zero. */
const INITIAL_2 = 0x6c796765;
const INITIAL_3 = 0x74656462;
/** Mixed into the state between the last word and the final rounds. */
const FINAL_MARK = 0xff;

/** An int32, negative as often as not. */
export function halfSipHash(bytes: Uint8Array, start: number, end: number, key0: number, key1: number): number {
	let v0 = key0 | 0;
	let v1 = key1 | 0;
	let v2 = INITIAL_2 ^ key0;
	let v3 = INITIAL_3 ^ key1;
	const length = end - start;
	const wordsEnd = end - (length & 3);
	let position = start;
	for (; position < wordsEnd; position += 4) {
		const word =
			bytes[position]! | (bytes[position + 1]! << 8) | (bytes[position + 2]! << 16) | (bytes[position + 3]! << 24);
		v3 ^= word;
		v0 = (v0 + v1) | 0;
		v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
		v0 = (v0 << 16) | (v0 >>> 16);
		v2 = (v2 + v3) | 0;
		v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
		v0 = (v0 + v3) | 0;
		v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
		v2 = (v2 + v1) | 0;
		v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
		v2 = (v2 << 16) | (v2 >>> 16);
		v0 ^= word;
	}
	let last = length << 24;
	if (position < end) {
		last |= bytes[position]!;
		if (position + 1 < end) last |= bytes[position + 1]! << 8;
		if (position + 2 < end) last |= bytes[position + 2]! << 16;
	}
	v3 ^= last;
	// One round for the last word, and three more to finish.
	for (let round = 0; round < 4; round++) {
		v0 = (v0 + v1) | 0;
		v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
		v0 = (v0 << 16) | (v0 >>> 16);
		v2 = (v2 + v3) | 0;
		v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
		v0 = (v0 + v3) | 0;
		v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
		v2 = (v2 + v1) | 0;
		v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
		v2 = (v2 << 16) | (v2 >>> 16);
		if (round === 0) {
			v0 ^= last;
			v2 ^= FINAL_MARK;
		}
	}
	return v1 ^ v3;
}
