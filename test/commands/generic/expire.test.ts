import { beforeEach, describe, expect, test } from "bun:test";
import { bulk, GenericEngine, LONG, ONE, WRONG_INTEGER, ZERO } from "./harness.ts";

let engine: GenericEngine;

beforeEach(() => {
	engine = new GenericEngine();
});

const setters = ["EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT"];

/** The argument that gives a key this many milliseconds from now, to the next whole second where the unit is that. */
function argument(name: string, span_ms: number): number {
	const time_ms = name.endsWith("AT") ? engine.time.now_ms() + span_ms : span_ms;
	return name.startsWith("P") ? time_ms : Math.ceil(time_ms / 1000);
}

describe.each(setters)("%s", (name) => {
	const wrongTime = `-ERR invalid expire time in '${name.toLowerCase()}' command\r\n`;

	test.each([["1"], [LONG]])("sets, moves and keeps the deadline of %p", (value) => {
		engine.run("SET", "a", value);
		expect(engine.run(name, "a", argument(name, 100_000))).toBe(ONE);
		expect(engine.run("PTTL", "a")).toBe(":100000\r\n");
		expect(engine.run(name, "a", argument(name, 50_000))).toBe(ONE);
		expect(engine.run("PTTL", "a")).toBe(":50000\r\n");
		engine.advance(50_000);
		expect(engine.run("GET", "a")).toBe(bulk(value));
		engine.advance(1);
		expect(engine.run("EXISTS", "a")).toBe(ZERO);
	});

	test("does nothing where the key is missing or expired", () => {
		expect(engine.run(name, "a", argument(name, 1000))).toBe(ZERO);
		engine.setExpired("a");
		expect(engine.effectsOf(name, "a", argument(name, 1000))).toEqual([0, "0:a:expired"]);
	});

	test("deletes where the deadline is not ahead", () => {
		for (const span_ms of [0, -1000, -1_000_000_000, -5_000_000_000_000]) {
			engine.run("SET", "a", "1", "EX", 100);
			expect(engine.run(name, "a", argument(name, span_ms))).toBe(ONE);
			expect(engine.keyCount()).toBe(0);
			expect(engine.keyspace.expiredKeys).toBe(0);
			engine.run("SET", "a", "1");
			expect(engine.effectsOf(name, "a", argument(name, span_ms))).toEqual([1, "0:a:del"]);
		}
	});

	test("announces the change and counts no look-up", () => {
		engine.run("SET", "a", "1");
		expect(engine.effectsOf(name, "a", argument(name, 1000))).toEqual([1, "0:a:expire"]);
		expect(engine.effectsOf(name, "a", argument(name, 1000), "NX")).toEqual([0]);
		expect(engine.lookups(name, "a", argument(name, 1000))).toEqual([0, 0]);
		expect(engine.lookups(name, "x", argument(name, 1000))).toEqual([0, 0]);
	});

	// Each row: condition, and whether it lets a deadline in 50 s replace none, one in 40 s, in 50 s and in 60 s.
	test.each([
		["NX", true, false, false, false],
		["XX", false, true, true, true],
		["GT", false, true, false, false],
		["LT", true, false, false, true],
		["XX gt", false, true, false, false],
		["xx LT", false, false, false, true],
		["LT LT XX", false, false, false, true],
	])("%s", (words, ...allowed) => {
		[Infinity, 40_000, 50_000, 60_000].forEach((old_ms, i) => {
			engine.run("SET", "a", "1", ...(old_ms === Infinity ? [] : ["PX", old_ms]));
			const [before] = [engine.run("PTTL", "a")];
			expect(engine.run(name, "a", argument(name, 50_000), ...words.split(" "))).toBe(allowed[i] ? ONE : ZERO);
			expect(engine.run("PTTL", "a")).toBe(allowed[i] ? ":50000\r\n" : before);
		});
	});

	test("conditions hold for a deadline that deletes, too", () => {
		engine.run("SET", "a", "1", "EX", 100);
		for (const word of ["NX", "GT"]) expect(engine.run(name, "a", argument(name, -1000), word)).toBe(ZERO);
		expect(engine.run(name, "a", argument(name, -1000), "LT")).toBe(ONE);
		expect(engine.keyCount()).toBe(0);
	});

	test("refuses, in this order, unknown words, contradictions, and what is no time", () => {
		engine.run("SET", "a", "1");
		const others = "-ERR NX and XX, GT or LT options at the same time are not compatible\r\n";
		for (const key of ["a", "missing"]) {
			expect(engine.run(name, key, "abc", "NX", "XX", "foo")).toBe("-ERR Unsupported option foo\r\n");
			expect(engine.run(name, key, "abc", "Foo", "bar")).toBe("-ERR Unsupported option Foo\r\n");
			expect(engine.run(name, key, "abc", "NX", "XX")).toBe(others);
			expect(engine.run(name, key, "abc", "GT", "LT", "NX")).toBe(others);
			expect(engine.run(name, key, "abc", "lt", "nx")).toBe(others);
			expect(engine.run(name, key, "abc", "XX", "GT", "LT")).toBe(
				"-ERR GT and LT options at the same time are not compatible\r\n",
			);
			for (const text of ["abc", "", "1.5", "+1", "01", "9223372036854775808", "-9223372036854775809"]) {
				expect(engine.run(name, key, text)).toBe(WRONG_INTEGER);
			}
		}
		expect(engine.run("TTL", "a")).toBe(":-1\r\n");
	});

	test("quotes an unknown word as a C string without line ends behind it", () => {
		expect(engine.run(name, "a", 1, "b\0c")).toBe("-ERR Unsupported option b\r\n");
		expect(engine.run(name, "a", 1, "b\r\nc\r\n")).toBe("-ERR Unsupported option b  c\r\n");
		expect(engine.run(name, "a", 1, "\r\n")).toBe("-ERR Unsupported option \r\n");
	});

	test("refuses what leaves 64 bits on its way to a deadline in milliseconds", () => {
		const isSeconds = !name.startsWith("P");
		const isRelative = !name.endsWith("AT");
		const wrong = [
			...(isSeconds ? ["9223372036854776", "-9223372036854776", "9223372036854775807", "-9223372036854775808"] : []),
			...(isSeconds && isRelative ? ["9223372036854775"] : []),
			...(!isSeconds && isRelative ? ["9223372036854775807"] : []),
		];
		for (const key of ["a", "missing"]) {
			engine.run("SET", "a", "1");
			for (const text of wrong) expect(engine.run(name, key, text)).toBe(wrongTime);
		}
		const [least, most] = {
			EXPIRE: ["-9223372036854775", "9221672036854775"],
			EXPIREAT: ["-9223372036854775", "9223372036854775"],
			PEXPIRE: ["-9223372036854775808", "9221672036854775807"],
			PEXPIREAT: ["-9223372036854775808", "9223372036854775807"],
		}[name]!;
		expect(engine.run(name, "a", most!)).toBe(ONE);
		expect(engine.run("EXISTS", "a")).toBe(ONE);
		expect(engine.run(name, "a", least!)).toBe(ONE);
		expect(engine.run("EXISTS", "a")).toBe(ZERO);
	});
});

describe("TTL, PTTL, EXPIRETIME and PEXPIRETIME", () => {
	const readers = ["TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"];

	test("tell a missing key from one that does not expire", () => {
		engine.run("SET", "a", "1");
		for (const name of readers) {
			expect(engine.run(name, "x")).toBe(":-2\r\n");
			expect(engine.run(name, "a")).toBe(":-1\r\n");
			expect(engine.lookups(name, "a")).toEqual([1, 0]);
			expect(engine.lookups(name, "x")).toEqual([0, 1]);
		}
		engine.setExpired("a");
		expect(engine.run("TTL", "a")).toBe(":-2\r\n");
	});

	test.each([
		[1, 0],
		[499, 0],
		[500, 1],
		[1499, 1],
		[1500, 2],
		[100_000, 100],
	])("TTL rounds %p ms to %p s", (span_ms, seconds) => {
		engine.run("SET", "a", "1", "PX", span_ms);
		expect(engine.run("TTL", "a")).toBe(`:${seconds}\r\n`);
		expect(engine.run("PTTL", "a")).toBe(`:${span_ms}\r\n`);
	});

	test("EXPIRETIME rounds the moment", () => {
		engine.run("SET", "a", "1");
		for (const [at_ms, at_s] of [
			[4_102_444_800_499, 4_102_444_800],
			[4_102_444_800_500, 4_102_444_801],
		]) {
			engine.run("PEXPIREAT", "a", at_ms!);
			expect(engine.run("PEXPIRETIME", "a")).toBe(`:${at_ms}\r\n`);
			expect(engine.run("EXPIRETIME", "a")).toBe(`:${at_s}\r\n`);
		}
	});

	test("a key lives through the millisecond of its deadline", () => {
		engine.run("SET", "a", "1", "PX", 10);
		engine.advance(10);
		expect(engine.run("PTTL", "a")).toBe(ZERO);
		engine.advance(1);
		expect(engine.run("PTTL", "a")).toBe(":-2\r\n");
	});

	test("moments beyond 2^53 come back as the nearest double", () => {
		engine.run("SET", "a", "1");
		engine.run("PEXPIREAT", "a", "9223372036854775807");
		expect(engine.run("PEXPIRETIME", "a")).toBe(":9223372036854774784\r\n");
		expect(engine.run("EXPIRETIME", "a")).toMatch(/^:922337203685477\d\r\n$/);
		expect(engine.run("TTL", "a")).toMatch(/^:92233703368547\d\d\r\n$/);
		engine.run("PEXPIREAT", "a", "9007199254740993");
		expect(engine.run("PEXPIRETIME", "a")).toBe(":9007199254740992\r\n");
		engine.run("PEXPIREAT", "a", "9007199254740991");
		expect(engine.run("PEXPIRETIME", "a")).toBe(":9007199254740991\r\n");
	});
});

describe("PERSIST", () => {
	test("takes the deadline away, if there is one", () => {
		engine.run("SET", "a", LONG, "EX", 100);
		expect(engine.run("PERSIST", "a")).toBe(ONE);
		expect(engine.run("TTL", "a")).toBe(":-1\r\n");
		expect(engine.run("PERSIST", "a")).toBe(ZERO);
		expect(engine.run("PERSIST", "x")).toBe(ZERO);
		expect(engine.run("EXPIRE", "a", 5)).toBe(ONE);
		engine.advance(5001);
		expect(engine.run("PERSIST", "a")).toBe(ZERO);
		expect(engine.run("EXISTS", "a")).toBe(ZERO);
	});

	test("announces the change and counts no look-up", () => {
		engine.run("SET", "a", "1", "EX", 100);
		expect(engine.effectsOf("PERSIST", "a")).toEqual([1, "0:a:persist"]);
		expect(engine.effectsOf("PERSIST", "a")).toEqual([0]);
		expect(engine.lookups("PERSIST", "a")).toEqual([0, 0]);
	});
});
