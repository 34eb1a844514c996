/** Bits set in a word of 32: sums of two neighbours, of four, of eight, then all four bytes added by a multiplication. */
export function countWord(word: number): number {
	const pairs = word - ((word >>> 1) & 0x55555555);
	const quads = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
	return Math.imul((quads + (quads >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
