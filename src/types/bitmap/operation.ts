import { copyBytes } from "../../bytes/ascii.ts";
import { BLOCK_BYTES, blockKernel, STEP_BYTES } from "../../bytes/block-kernel.ts";
import type { StringView } from "../string.ts";

/** What BITOP does with the bits of several strings; "not" is for one alone. */
export type BitOperation = "and" | "or" | "xor" | "not";

/**
 * Writes the result of an operation on whole strings, the first `length` bytes of it, to the beginning of `target`. A
 * source that is shorter counts as zeros behind its end. The work goes block by block, all sources at once, so however
 * long they are it stays in the cache.
 */
export function combineBits(
	operation: BitOperation,
	sources: readonly StringView[],
	target: Uint8Array,
	length: number,
): void {
	const kernel = blockKernel();
	for (let at = 0; at < length; at += BLOCK_BYTES) {
		const size = Math.min(BLOCK_BYTES, length - at);
		const steps = Math.ceil(size / STEP_BYTES) * STEP_BYTES;
		loadPiece(sources[0]!, at, size, kernel.memory, 0);
		if (operation === "not") kernel.not(steps);
		for (let i = 1; i < sources.length; i++) {
			loadPiece(sources[i]!, at, size, kernel.memory, BLOCK_BYTES);
			kernel[operation](steps);
		}
		copyBytes(kernel.memory, 0, target, at, size);
	}
}

function loadPiece(source: StringView, at: number, size: number, memory: Uint8Array, to: number): void {
	const present = Math.max(0, Math.min(size, source.length - at));
	copyBytes(source.bytes, source.start + at, memory, to, present);
	if (present < size) memory.fill(0, to + present, to + size);
}
