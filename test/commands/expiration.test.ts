import { describe, expect, test } from "bun:test";
import { deadlineFrom, signedDeadlineFrom } from "../../src/commands/expiration.ts";
import type { Call } from "../../src/dispatch/call.ts";
import type { CommandRow } from "../../src/dispatch/command.ts";
import { TestEngine } from "../support/engine.ts";

let deadline_ms = 0;

function row(name: string, run: (call: Call) => number): CommandRow {
	return {
		name,
		since: "",
		group: "generic",
		complexity: "",
		summary: "",
		flags: 0,
		arity: 2,
		run: (call) => {
			deadline_ms = run(call);
			if (!Number.isNaN(deadline_ms)) call.reply.ok();
		},
	};
}

const engine = new TestEngine([
	row("seconds", (call) => deadlineFrom(call, 1, 1000, false)),
	row("milliseconds", (call) => deadlineFrom(call, 1, 1, false)),
	row("seconds-at", (call) => deadlineFrom(call, 1, 1000, true)),
	row("milliseconds-at", (call) => deadlineFrom(call, 1, 1, true)),
	row("signed-seconds", (call) => signedDeadlineFrom(call, 1, 1000, false)),
	row("signed-milliseconds", (call) => signedDeadlineFrom(call, 1, 1, false)),
	row("signed-seconds-at", (call) => signedDeadlineFrom(call, 1, 1000, true)),
	row("signed-milliseconds-at", (call) => signedDeadlineFrom(call, 1, 1, true)),
]);
const NOW_MS = engine.time.now_ms();

/** The deadline, or the error. */
function ask(command: string, time: string | number): number | string {
	const reply = engine.run(command, time);
	return Number.isNaN(deadline_ms) ? reply : deadline_ms;
}

const INT64_MAX = 2n ** 63n - 1n;
const NOT_AN_INTEGER = "-ERR value is not an integer or out of range\r\n";

function invalid(command: string): string {
	return `-ERR invalid expire time in '${command}' command\r\n`;
}

describe("deadlineFrom", () => {
	test("spans begin now, moments do not", () => {
		expect(ask("seconds", 10)).toBe(NOW_MS + 10_000);
		expect(ask("milliseconds", 10)).toBe(NOW_MS + 10);
		expect(ask("seconds-at", 10)).toBe(10_000);
		expect(ask("milliseconds-at", 10)).toBe(10);
	});

	test("wants a positive integer", () => {
		for (const command of ["seconds", "milliseconds", "seconds-at", "milliseconds-at"]) {
			for (const time of ["0", "-1", "-9223372036854775808"]) expect(ask(command, time)).toBe(invalid(command));
			for (const time of ["", "x", "1.5", "9223372036854775808"]) expect(ask(command, time)).toBe(NOT_AN_INTEGER);
		}
	});

	test("refuses what leaves int64 as milliseconds, to the last digit", () => {
		const bounds: [string, bigint][] = [
			["seconds", (INT64_MAX - BigInt(NOW_MS)) / 1000n],
			["milliseconds", INT64_MAX - BigInt(NOW_MS)],
			["seconds-at", INT64_MAX / 1000n],
			["milliseconds-at", INT64_MAX],
		];
		for (const [command, last] of bounds) {
			for (const sign of ["", "signed-"]) {
				const deadline = ask(sign + command, String(last)) as number;
				expect(BigInt(deadline)).toBeLessThanOrEqual(INT64_MAX);
				expect(deadline).toBeGreaterThan(2 ** 63 - 4096);
			}
			if (last === INT64_MAX) continue;
			expect(ask(command, String(last + 1n))).toBe(invalid(command));
			expect(ask(`signed-${command}`, String(last + 1n))).toBe(invalid(`signed-${command}`));
		}
	});

	test("is exact as far as a double is, and rounded beyond", () => {
		expect(ask("milliseconds-at", "9007199254740990")).toBe(9_007_199_254_740_990);
		expect(ask("milliseconds-at", "9007199254740993")).toBe(9_007_199_254_740_992);
		expect(ask("seconds-at", "9007199254740")).toBe(9_007_199_254_740_000);
		expect(ask("milliseconds", String(9_007_199_254_740_991 - NOW_MS))).toBe(9_007_199_254_740_991);
		expect(ask("milliseconds", "4503599627371")).toBe(NOW_MS + 4_503_599_627_371);
	});
});

describe("signedDeadlineFrom", () => {
	test("takes zero and negative times, down to the epoch", () => {
		expect(ask("signed-seconds", 0)).toBe(NOW_MS);
		expect(ask("signed-seconds", -10)).toBe(NOW_MS - 10_000);
		expect(ask("signed-milliseconds", -10)).toBe(NOW_MS - 10);
		expect(ask("signed-seconds-at", -10)).toBe(0);
		expect(ask("signed-milliseconds", "-9223372036854775808")).toBe(0);
		expect(ask("signed-milliseconds-at", "-9223372036854775808")).toBe(0);
	});

	test("refuses seconds that are too far back for int64", () => {
		for (const command of ["signed-seconds", "signed-seconds-at"]) {
			expect(ask(command, "-9223372036854775")).toBe(0);
			expect(ask(command, "-9223372036854776")).toBe(invalid(command));
		}
	});

	test("wants an integer", () => {
		for (const time of ["", "x", "1.5", "-9223372036854775809"]) {
			expect(ask("signed-seconds", time)).toBe(NOT_AN_INTEGER);
		}
	});
});
