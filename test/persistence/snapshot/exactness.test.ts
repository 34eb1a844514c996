/** Snapshots are what the data was when they began: a few rounds of what campaign.ts does at length. */
import { expect, test } from "bun:test";
import { proveExactness } from "./exactness.ts";
import { proveLive } from "./live.ts";

const small = { crowd: 300, members: 300, isShortLived: true };
const large = { crowd: 2000, members: 6000, isShortLived: true };

test.each([1, 2, 3])("piece by piece under random writes, seed %i", (seed) => {
	expect(proveExactness({ seed, rounds: 24, scale: small }).pieces).toBeGreaterThan(300);
});

test("piece by piece, with collections of many pieces", () => {
	expect(proveExactness({ seed: 4, rounds: 4, scale: large }).pieces).toBeGreaterThan(100);
});

test.each([5, 6])("as a BGSAVE whose file another server loads, seed %i", (seed) => {
	expect(proveExactness({ seed, rounds: 12, scale: small, isSaved: true }).pieces).toBeGreaterThan(30);
});

test("as a BGSAVE with collections of many pieces", () => {
	expect(proveExactness({ seed: 7, rounds: 3, scale: large, isSaved: true }).pieces).toBeGreaterThan(30);
});

test("as a BGSAVE of the program, with its threads and sockets", async () => {
	const scale = { ...large, isShortLived: false };
	expect((await proveLive({ seed: 8, rounds: 4, scale })).commands).toBeGreaterThan(100);
});
