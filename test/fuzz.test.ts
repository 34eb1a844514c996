/** Each fuzzer for a moment, with a fixed seed; and the canary, which must fail. */
import { describe, expect, test } from "bun:test";
import { fuzzers, smoke } from "./fuzz.ts";
import { canary } from "./fuzzers/canary.ts";

describe("fuzzers", () => {
	test("have names of their own", () => {
		const names = fuzzers.map((fuzzer) => fuzzer.name);
		expect(new Set(names).size).toBe(names.length);
		expect(fuzzers).toContain(canary);
	});

	test("the canary fails and says how to see it again", async () => {
		expect(await smoke(canary)).toMatch(/the canary sang[\s\S]*again: bun test\/fuzz\.ts canary \d+ \d+$/);
	});

	for (const fuzzer of fuzzers) {
		if (fuzzer === canary) continue;
		const missing = fuzzer.missing?.();
		if (missing !== undefined) console.warn(`fuzzer ${fuzzer.name} skipped: ${missing}`);
		test.skipIf(missing !== undefined)(
			`${fuzzer.name} finds nothing in ${fuzzer.smokeRounds} rounds`,
			async () => {
				expect(await smoke(fuzzer)).toBeUndefined();
			},
			60_000,
		);
	}
});
