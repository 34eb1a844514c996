/** Snapshots are what the data was when they began: a few rounds of what campaign.ts does at length. */
import { expect, test } from "bun:test";
import { proveExactness } from "./exactness.ts";
import { proveAppending, proveLive } from "./live.ts";

const small = { crowd: 300, members: 300, isShortLived: true };
const large = { crowd: 1000, members: 4000, isShortLived: true };
const live = { ...large, isShortLived: false };

test.each([1, 2])("piece by piece under random writes, seed %i", (seed) => {
	expect(proveExactness({ seed, rounds: 16, scale: small }).pieces).toBeGreaterThan(200);
});

test("piece by piece, with collections of many pieces", () => {
	expect(proveExactness({ seed: 4, rounds: 8, scale: large }).pieces).toBeGreaterThan(100);
});

test("as a BGSAVE whose file another server loads", () => {
	expect(proveExactness({ seed: 5, rounds: 10, scale: small, isSaved: true }).pieces).toBeGreaterThan(30);
});

test("as a BGSAVE with collections of many pieces", () => {
	expect(proveExactness({ seed: 7, rounds: 3, scale: large, isSaved: true }).pieces).toBeGreaterThan(30);
});

test("as a BGSAVE of the program, with its threads and sockets", async () => {
	expect((await proveLive({ seed: 8, rounds: 3, scale: live })).commands).toBeGreaterThan(100);
});

test("as an append-only file of the program, rewritten under way, that ours and a genuine one load", async () => {
	expect((await proveAppending({ seed: 9, rounds: 4, scale: { ...live, members: 400 } })).commands).toBeGreaterThan(
		100,
	);
});
