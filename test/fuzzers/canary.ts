/** A fuzzer that must fail: where it does not, no other fuzzer can be trusted to. */
import { assert } from "../../src/bytes/assert.ts";
import type { Fuzzer } from "../support/fuzzer.ts";

export const canary: Fuzzer = {
	name: "canary",
	purpose: "fails within a few hundred rounds, to prove that failures are seen",
	smokeRounds: 10_000,
	run(random, rounds) {
		for (let round = 0; round < rounds; round++) {
			assert(random.below(100) !== 0, `round ${round}: the canary sang`);
		}
	},
};
