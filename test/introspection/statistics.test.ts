import { describe, expect, test } from "bun:test";
import { Rate } from "../../src/introspection/rate.ts";
import { Statistics } from "../../src/introspection/statistics.ts";

describe("rate", () => {
	test("the mean of sixteen samples", () => {
		const rate = new Rate();
		for (let tenths = 1; tenths <= 16; tenths++) rate.sample(10 * tenths, tenths / 10);
		expect(rate.mean()).toBeCloseTo(100, 6);
		// Eight samples of standstill: half of what it was.
		for (let tenths = 17; tenths <= 24; tenths++) rate.sample(160, tenths / 10);
		expect(rate.mean()).toBeCloseTo(50, 6);
		for (let tenths = 25; tenths <= 32; tenths++) rate.sample(160, tenths / 10);
		expect(rate.mean()).toBe(0);
	});

	test("no growth of the base is no rate", () => {
		const rate = new Rate();
		rate.sample(100, 0);
		expect(rate.mean()).toBe(0);
	});

	test("a counter that begins anew counts from zero", () => {
		const rate = new Rate();
		rate.sample(1000, 1);
		rate.reset(1000, 1);
		rate.sample(16, 2);
		expect(rate.mean()).toBe(1);
	});
});

describe("errors by code", () => {
	test("the code is the first word, where there is one early enough", () => {
		const statistics = new Statistics();
		for (const text of [
			"ERR syntax error",
			"WRONGTYPE Operation",
			"ERR again",
			"nospaceatall",
			`${"X".repeat(40)} too late`,
		]) {
			expect(statistics.countError(text)).toEqual([]);
		}
		expect(statistics.errorReplies).toBe(5);
		expect([...statistics.errors].sort()).toEqual([
			["ERR", 4],
			["WRONGTYPE", 1],
		]);
	});

	test("more than 128 kinds switch the counting off until it is reset", () => {
		const statistics = new Statistics();
		for (let i = 0; i < 128; i++) expect(statistics.countError(`E${i} x`)).toEqual([]);
		expect(statistics.errors.size).toBe(128);
		expect(statistics.countError("E5 known")).toEqual([]);
		expect(statistics.errors.get("E5")).toBe(2);
		const lines = statistics.countError("E128 one too many");
		expect(lines[0]).toContain("the limit (128)");
		expect(lines[1]).toContain("E0, E1, E10, ");
		expect([...statistics.errors]).toEqual([["ERRORSTATS_DISABLED", 1]]);
		expect(statistics.countError("ERR more")).toEqual([]);
		expect([...statistics.errors]).toEqual([["ERRORSTATS_DISABLED", 1]]);
		expect(statistics.errorReplies).toBe(131);
		statistics.reset(0);
		statistics.countError("ERR more");
		expect([...statistics.errors]).toEqual([["ERR", 1]]);
	});
});

test("reset puts everything to zero but the memory and who was refused", () => {
	const statistics = new Statistics();
	const fresh: Record<string, unknown> = { ...new Statistics() };
	const memory = ["memoryPeak_bytes", "memoryAtStart_bytes", "cpu_us", "cpuAtReset_us"];
	const kept = [...memory, "authenticationFailures", "deniedCommands", "deniedKeys", "deniedChannels"];
	const fields = statistics as unknown as Record<string, unknown>;
	for (const [name, value] of Object.entries(fields)) if (typeof value === "number") fields[name] = 12;
	statistics.countError("ERR x");
	for (let second = 1; second < 10; second++) statistics.sample(second * 1e6, 100 * second);
	expect(statistics.commandRate.mean()).toBeGreaterThan(0);
	statistics.reset(10e6);
	for (const [name, value] of Object.entries(fresh)) {
		if (typeof value === "number") expect([name, fields[name]]).toEqual([name, kept.includes(name) ? 12 : value]);
	}
	expect(statistics.errors.size).toBe(0);
	expect(statistics.commandRate.mean()).toBe(0);
	statistics.sample(11e6, 16);
	expect(statistics.commandRate.mean()).toBe(1);
});

test("the peak of memory only rises", () => {
	const statistics = new Statistics();
	for (const used of [5, 9, 3]) statistics.noteMemory(used);
	expect(statistics.memoryPeak_bytes).toBe(9);
});
