/**
 * Scores of packed sorted sets, in as few bytes as they need: small whole numbers are their own tag.
 *
 *     0 … 247                 the score
 *     248 … 251, 1-4 bytes    a signed integer, low byte first
 *     255, 8 bytes            a double
 *
 * Invariant: every double but NaN comes back bit for bit, minus zero too.
 */
const SMALL_MAX = 247;
const INTEGER_BASE = 247;
const INTEGER_BYTES_MAX = 4;
const DOUBLE = 255;

/** To look at the bits of a double. */
const double = new Float64Array(1);
const bits = new Uint8Array(double.buffer);

/** Bytes of the code of a score. */
export function scoreBytes(score: number): number {
	if ((score | 0) !== score || (score === 0 && Object.is(score, -0))) return 1 + bits.length;
	if (score >= 0 && score <= SMALL_MAX) return 1;
	const magnitude = score < 0 ? ~score : score;
	return 2 + ((32 - Math.clz32(magnitude)) >> 3);
}

/** Bytes of the code that begins with this tag. */
export function scoreBytesOf(tag: number): number {
	if (tag <= SMALL_MAX) return 1;
	return tag === DOUBLE ? 1 + bits.length : 1 + tag - INTEGER_BASE;
}

export function readScore(bytes: Uint8Array, at: number): number {
	const tag = bytes[at]!;
	if (tag <= SMALL_MAX) return tag;
	if (tag === DOUBLE) return readDouble(bytes, at + 1);
	const length = tag - INTEGER_BASE;
	let value = 0;
	for (let i = length; i > 0; i--) value = (value << 8) | bytes[at + i]!;
	const unused = 8 * (INTEGER_BYTES_MAX - length);
	return (value << unused) >> unused;
}

export function writeScore(bytes: Uint8Array, at: number, score: number): void {
	const length = scoreBytes(score) - 1;
	if (length === 0) bytes[at] = score;
	else if (length === bits.length) {
		bytes[at] = DOUBLE;
		writeDouble(bytes, at + 1, score);
	} else {
		bytes[at] = INTEGER_BASE + length;
		for (let i = 0; i < length; i++) bytes[at + 1 + i] = score >> (8 * i);
	}
}

export function readDouble(bytes: Uint8Array, at: number): number {
	for (let i = 0; i < 8; i++) bits[i] = bytes[at + i]!;
	return double[0]!;
}

export function writeDouble(bytes: Uint8Array, at: number, value: number): void {
	double[0] = value;
	for (let i = 0; i < 8; i++) bytes[at + i] = bits[i]!;
}
