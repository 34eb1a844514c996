import { expect, test } from "bun:test";
import { END, GO_ON, MAKE_WAY, Patience } from "../../src/scripting/patience.ts";
import type { Run } from "../../src/scripting/run.ts";

function started(threshold_ms: number, fields: Partial<Run> = {}) {
	let now_us = 1_000_000;
	const patience = new Patience(() => now_us);
	patience.threshold_ms = threshold_ms;
	patience.begin(now_us);
	const run = { since_us: now_us, hasWritten: false, mayNeverEnd: false, ...fields } as Run;
	const look = (after_us: number, canMakeWay: boolean) => {
		now_us += after_us;
		return patience.look(run, canMakeWay);
	};
	return { patience, look, beginTurn: () => patience.beginTurn() };
}

test("a script makes way behind the threshold, and then a millisecond at a time", () => {
	const { look, beginTurn } = started(100);
	expect(look(100_000, true)).toBe(GO_ON);
	expect(look(1, true)).toBe(MAKE_WAY);
	beginTurn();
	expect(look(999, true)).toBe(GO_ON);
	expect(look(1, true)).toBe(MAKE_WAY);
});

test("one that cannot is ended behind twice the threshold, ten times it where it has written", () => {
	for (const [fields, times] of [
		[{}, 2],
		[{ hasWritten: true }, 10],
	] as const) {
		const { look } = started(100, fields);
		expect(look(times * 100_000, false)).toBe(GO_ON);
		expect(look(1, false)).toBe(END);
	}
	expect(started(100, { mayNeverEnd: true }).look(1e12, false)).toBe(GO_ON);
});

test("a threshold of 0 is none", () => {
	const { look } = started(0);
	expect([look(1e12, true), look(1e12, false)]).toEqual([GO_ON, GO_ON]);
});

test("fewer instructions are run between two looks where they took long", () => {
	const { patience, look } = started(100);
	look(20_000, true);
	expect(patience.instructions).toBe(1000);
	look(20_001, true);
	expect(patience.instructions).toBe(10);
	look(10, true);
	expect(patience.instructions).toBe(1000);
});
