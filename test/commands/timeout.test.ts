import { describe, expect, test } from "bun:test";
import { timeoutFrom } from "../../src/commands/timeout.ts";
import type { CommandRow } from "../../src/dispatch/command.ts";
import { TestEngine } from "../support/engine.ts";

let timeout_ms = Number.NaN;

/** Keeps what is read of its argument. */
const read: CommandRow = {
	name: "read",
	since: "",
	group: "generic",
	complexity: "",
	summary: "",
	flags: 0,
	arity: 2,
	run: (call) => {
		timeout_ms = timeoutFrom(call, 1);
		if (!Number.isNaN(timeout_ms)) call.reply.ok();
	},
};

const engine = new TestEngine([read]);

/** The timeout in milliseconds, or the error. */
function timeoutOf(text: string): number | string {
	const reply = engine.run("READ", text);
	return reply === "+OK\r\n" ? timeout_ms : reply.slice(1, -2);
}

describe("a timeout", () => {
	test("is seconds, in whole milliseconds rounded up", () => {
		const cases: [string, number][] = [
			["0", 0],
			["1", 1000],
			["1000000", 1_000_000_000],
			["0.1", 100],
			["0.001", 1],
			["0.0011", 2],
			["1.5", 1500],
			["0x1p-1", 500],
			["+2", 2000],
			["1e3", 1_000_000],
			["0.0", 0],
			["-0", 0],
			["9007199254740991", 9_007_199_254_740_991_000],
		];
		for (const [text, wanted] of cases) expect([text, timeoutOf(text)]).toEqual([text, wanted]);
	});

	test("is at least a millisecond unless it is nothing", () => {
		for (const text of ["0.0001", "1e-10", "1e-400", "1e-4900"]) expect([text, timeoutOf(text)]).toEqual([text, 1]);
	});

	test("less than a millisecond below zero is for ever, as in Redis", () => {
		for (const text of ["-0.0001", "-0.0009", "-1e-400"]) expect([text, timeoutOf(text)]).toEqual([text, 0]);
	});

	test("is refused where it is none, negative, or beyond int64", () => {
		for (const text of ["", "abc", "nan", "1 ", " 1", "1..2", "1e5000", "--1"]) {
			expect([text, timeoutOf(text)]).toEqual([text, "ERR timeout is not a float or out of range"]);
		}
		for (const text of ["-1", "-0.001", "-1e100", "-inf", "-9223372036854775808"]) {
			expect([text, timeoutOf(text)]).toEqual([text, "ERR timeout is negative"]);
		}
		for (const text of ["9223372036854775", "9223372036854775807", "1e17", "1e4000", "inf", "99999999999999999999"]) {
			expect([text, timeoutOf(text)]).toEqual([text, "ERR timeout is out of range"]);
		}
	});
});
