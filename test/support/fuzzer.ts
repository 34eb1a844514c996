/**
 * What a fuzzer is, and how one is run by hand, by CI and by its own test.
 *
 * Invariant: the same name, seed and number of rounds do the same thing, so a failure is reproduced by the line that
 * is printed with it.
 */
import type { Random } from "../../src/bytes/random.ts";

export interface Fuzzer {
	readonly name: string;
	/** What it attacks and what must hold, in one line. */
	readonly purpose: string;
	/** Rounds of a smoke run: a second or so. */
	readonly smokeRounds: number;
	/** Why it cannot run here, or undefined. */
	readonly missing?: () => string | undefined;
	/** Throws where something is wrong; the message says in which round. */
	readonly run: (random: Random, rounds: number) => void | Promise<void>;
}
