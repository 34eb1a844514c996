import type { Call } from "../../dispatch/call.ts";

/** Arguments as several commands of the group have them. */

/** The bit an argument names, of a string of at most `bytesMax` bytes; NaN where it is none. */
export function bitOffsetFrom(call: Call, argument: number, bytesMax: number): number {
	return bitOffsetOf(call.integer(argument), bytesMax);
}

/** The offset itself where it lies inside such a string, else NaN. */
export function bitOffsetOf(offset: number, bytesMax: number): number {
	return offset >= 0 && offset < 8 * bytesMax ? offset : Number.NaN;
}

/** Which of the words, in lower case, the argument is; -1 for none. */
export function wordFrom(call: Call, argument: number, words: readonly Uint8Array[]): number {
	for (let index = 0; index < words.length; index++) if (call.is(argument, words[index]!)) return index;
	return -1;
}
