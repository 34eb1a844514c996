import { expect, test } from "bun:test";
import { Random } from "../../src/bytes/random.ts";
import { decayed, Frequency } from "../../src/keyspace/frequency.ts";

function usedTimes(times: number, factor: number, seed: number): number {
	const frequency = new Frequency(new Random(seed));
	frequency.logFactor = factor;
	let stamp = frequency.stampWith(5);
	for (let i = 0; i < times; i++) stamp = frequency.used(stamp);
	return stamp & 0xff;
}

test("the counter grows with the logarithm of uses, as the table in redis.conf has it", () => {
	// Rows of lfu-log-factor, columns of hits; a run is one draw, so what is compared is the mean of twenty.
	const table: readonly (readonly [factor: number, hits: number, counter: number])[] = [
		[1, 100, 18],
		[1, 1000, 49],
		[10, 100, 10],
		[10, 1000, 18],
		[10, 100_000, 142],
		[100, 1000, 11],
		[100, 100_000, 49],
	];
	for (const [factor, hits, counter] of table) {
		let sum = 0;
		for (let seed = 0; seed < 20; seed++) sum += usedTimes(hits, factor, seed);
		expect(Math.abs(sum / 20 - counter) / counter).toBeLessThan(0.15);
	}
	expect(usedTimes(1000, 0, 1)).toBe(255);
});

test("it goes down by one for each lfu-decay-time of idleness, and not at all where that is 0", () => {
	expect(decayed((100 << 8) | 50, 100, 1)).toBe(50);
	expect(decayed((100 << 8) | 50, 110, 1)).toBe(40);
	expect(decayed((100 << 8) | 50, 110, 3)).toBe(47);
	expect(decayed((100 << 8) | 50, 500, 1)).toBe(0);
	expect(decayed((100 << 8) | 50, 500, 0)).toBe(50);
	// Minutes have sixteen bits.
	expect(decayed((0xfffe << 8) | 50, 3, 1)).toBe(45);
});

test("a use counts from what has not decayed, as of now", () => {
	const frequency = new Frequency(new Random(1));
	frequency.logFactor = 0;
	frequency.setTime(1_000_000 * 60_000);
	const stamp = frequency.stampWith(20);
	frequency.setTime(1_000_010 * 60_000);
	expect(frequency.counter(stamp)).toBe(10);
	const used = frequency.used(stamp);
	expect(frequency.counter(used)).toBe(11);
	expect(used >>> 8).toBe(1_000_010 & 0xffff);
});
