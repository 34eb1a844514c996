import { Random } from "../bytes/random.ts";
import type { Adapters } from "./adapters.ts";

/** A generator that nobody can foresee. */
export function newRandom(adapters: Adapters): Random {
	const seed = new Uint8Array(16);
	adapters.entropy.fill(seed);
	return new Random(seed);
}

export function hexDigits(random: Random, count: number): string {
	let digits = "";
	while (digits.length < count) digits += random.below(16).toString(16);
	return digits;
}
