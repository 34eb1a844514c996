import { copyBytes } from "./ascii.ts";
import { BLOCK_BYTES, blockKernel, STEP_BYTES } from "./block-kernel.ts";
import { countWord } from "./count-word.ts";

/** How many bits of a range of bytes are set. Vectors count whole steps of it, words what is left. */
export function countBits(bytes: Uint8Array, start: number, end: number): number {
	let at = start;
	let bits = 0;
	if (end - start >= STEP_BYTES) {
		const kernel = blockKernel();
		const stepsEnd = end - ((end - start) % STEP_BYTES);
		while (at < stepsEnd) {
			const length = Math.min(BLOCK_BYTES, stepsEnd - at);
			copyBytes(bytes, at, kernel.memory, 0, length);
			bits += kernel.count(length);
			at += length;
		}
	}
	for (; at + 4 <= end; at += 4) {
		bits += countWord(bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
	}
	for (; at < end; at++) bits += countWord(bytes[at]!);
	return bits;
}
