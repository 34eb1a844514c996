/** HGETDEL, HGETEX and HSETEX: by our reading of Redis 8, since the reference of the differential tests is older. */
import { beforeEach, describe, expect, test } from "bun:test";
import { encodeCommand } from "../../support/engine.ts";
import { bulks, HashEngine, integers, NOT_AN_INTEGER, ONE, WRONG_TYPE, wrongArity, ZERO } from "./harness.ts";

const NO_FIELDS = "-ERR Mandatory argument FIELDS is missing or not at the right position\r\n";
const NOT_POSITIVE = "-ERR Number of fields must be a positive integer\r\n";
const MISMATCH = "-ERR The `numfields` parameter must match the number of arguments\r\n";

let engine: HashEngine;

beforeEach(() => {
	engine = new HashEngine();
	engine.run("SET", "string", "x");
	engine.run("HSET", "h", "a", "1", "b", "2", "c", "3");
});

function ttl(...fields: string[]): string {
	return engine.run("HTTL", "h", "FIELDS", fields.length, ...fields);
}

describe("HGETDEL", () => {
	test("reads and removes", () => {
		expect(engine.run("HGETDEL", "h", "FIELDS", 3, "a", "nope", "a")).toBe(bulks("1", null, null));
		expect(engine.run("HGETALL", "h")).toBe(bulks("b", "2", "c", "3"));
		expect(engine.effectsOf("HGETDEL", "h", "FIELDS", 1, "b")).toEqual([1, "hdel h"]);
		expect(engine.effectsOf("HGETDEL", "h", "FIELDS", 2, "x", "y")).toEqual([0]);
		expect(engine.effectsOf("HGETDEL", "h", "FIELDS", 1, "c")).toEqual([1, "hdel h", "del h"]);
		expect(engine.run("HGETDEL", "h", "FIELDS", 2, "a", "b")).toBe(bulks(null, null));
		engine.verify();
	});

	test("judges the key, the word, the number", () => {
		expect(engine.run("HGETDEL", "string", "x", "y", "z")).toBe(WRONG_TYPE);
		expect(engine.run("HGETDEL", "h", "x", "1", "a")).toBe(NO_FIELDS);
		expect(engine.run("HGETDEL", "h", "FIELDS", "0", "a")).toBe(NOT_POSITIVE);
		expect(engine.run("HGETDEL", "h", "FIELDS", "2", "a")).toBe(MISMATCH);
		expect(engine.run("HGETDEL", "h", "FIELDS", "1")).toBe(wrongArity("hgetdel"));
	});
});

describe("HGETEX", () => {
	test("reads, and gives a deadline in any of four ways", () => {
		const now_s = engine.time.now_ms() / 1000;
		for (const [word, time] of [
			["EX", 10],
			["px", 10_000],
			["EXAT", now_s + 10],
			["PXAT", now_s * 1000 + 10_000],
		] as const) {
			engine.run("HPERSIST", "h", "FIELDS", 1, "a");
			expect(engine.run("HGETEX", "h", word, time, "FIELDS", 2, "a", "nope")).toBe(bulks("1", null));
			expect(ttl("a", "b")).toBe(integers(10, -1));
		}
	});

	test("only reads without a word for it", () => {
		expect(engine.effectsOf("HGETEX", "h", "FIELDS", 1, "a")).toEqual([0]);
		expect(engine.run("HGETEX", "h", "FIELDS", 2, "b", "nope")).toBe(bulks("2", null));
		expect(engine.encoding("h")).toBe("listpack");
		expect(engine.run("HGETEX", "none", "EX", 10, "FIELDS", 2, "a", "b")).toBe(bulks(null, null));
	});

	test("takes deadlines away", () => {
		engine.run("HEXPIRE", "h", 10, "FIELDS", 1, "a");
		expect(engine.run("HGETEX", "h", "PERSIST", "FIELDS", 2, "a", "b")).toBe(bulks("1", "2"));
		expect(ttl("a", "b")).toBe(integers(-1, -1));
		engine.run("HSET", "plain", "f", "v");
		engine.run("HGETEX", "plain", "PERSIST", "FIELDS", 1, "f");
		expect(engine.encoding("plain")).toBe("listpackex");
	});

	test("announces what it did", () => {
		expect(engine.effectsOf("HGETEX", "h", "EX", 10, "FIELDS", 3, "a", "b", "nope")).toEqual([2, "hexpire h"]);
		expect(engine.effectsOf("HGETEX", "h", "PERSIST", "FIELDS", 3, "a", "c", "nope")).toEqual([1, "hpersist h"]);
		expect(engine.effectsOf("HGETEX", "h", "PERSIST", "FIELDS", 1, "a")).toEqual([0]);
		expect(engine.effectsOf("HGETEX", "h", "EX", 0, "FIELDS", 2, "a", "b")).toEqual([2, "hdel h"]);
		expect(engine.effectsOf("HGETEX", "h", "PXAT", 1, "FIELDS", 1, "c")).toEqual([1, "hdel h", "del h"]);
		engine.verify();
	});

	test("judges the key, the time, the word, the number", () => {
		expect(engine.run("HGETEX", "string", "EX", "abc", "FIELDS", "1", "a")).toBe(WRONG_TYPE);
		expect(engine.run("HGETEX", "h", "EX", "abc", "x", "1", "a")).toBe(NOT_AN_INTEGER);
		expect(engine.run("HGETEX", "h", "EX", "-1", "x")).toBe("-ERR invalid expire time, must be >= 0\r\n");
		expect(engine.run("HGETEX", "h", "EX", "9223372036854775807", "FIELDS", "1", "a")).toBe(
			"-ERR invalid expire time in 'hgetex' command\r\n",
		);
		for (const words of [
			["EX", "10", "x", "1", "a"],
			["PERSIST", "x", "1", "a"],
			["KEEPTTL", "FIELDS", "1", "a"],
			["x", "1", "a"],
		]) {
			expect(engine.run("HGETEX", "h", ...words)).toBe(NO_FIELDS);
		}
		expect(engine.run("HGETEX", "h", "FIELDS", "0", "a")).toBe(NOT_POSITIVE);
		// What follows in a pipeline is none of its business.
		const pipeline = [encodeCommand("HGETEX", "h", "EX", "10", "FIELDS"), encodeCommand("HLEN", "h")];
		expect(engine.runRaw(new Uint8Array(Buffer.concat(pipeline)))).toBe(`${MISMATCH}:3\r\n`);
		expect(engine.run("HGETEX", "h", "FIELDS", "1")).toBe(wrongArity("hgetex"));
	});
});

describe("HSETEX", () => {
	test("sets fields with a deadline in any of four ways, or none", () => {
		const now_s = engine.time.now_ms() / 1000;
		for (const [word, time] of [
			["EX", 10],
			["px", 10_000],
			["EXAT", now_s + 10],
			["PXAT", now_s * 1000 + 10_000],
		] as const) {
			expect(engine.run("HSETEX", "h", word, time, "FIELDS", 2, "a", "x", "new", "y")).toBe(ONE);
			expect(ttl("a", "new", "b")).toBe(integers(10, 10, -1));
			expect(engine.run("HSETEX", "h", "FIELDS", 1, "a", "z")).toBe(ONE);
			expect(ttl("a")).toBe(integers(-1));
		}
		expect(engine.run("HGETALL", "h")).toBe(bulks("a", "z", "b", "2", "c", "3", "new", "y"));
	});

	test("keeps deadlines with KEEPTTL", () => {
		engine.run("HEXPIRE", "h", 10, "FIELDS", 1, "a");
		engine.run("HSETEX", "h", "KEEPTTL", "FIELDS", 3, "a", "longer than before", "b", "x", "new", "y");
		expect(ttl("a", "b", "new")).toBe(integers(10, -1, -1));
	});

	test("sets all or nothing", () => {
		expect(engine.run("HSETEX", "h", "FXX", "FIELDS", 2, "a", "x", "nope", "y")).toBe(ZERO);
		expect(engine.run("HSETEX", "h", "FNX", "FIELDS", 2, "nope", "x", "a", "y")).toBe(ZERO);
		expect(engine.run("HSETEX", "none", "FXX", "FIELDS", 1, "a", "x")).toBe(ZERO);
		expect(engine.effectsOf("HSETEX", "h", "FXX", "FIELDS", 1, "nope", "x")).toEqual([0]);
		expect(engine.run("HGETALL", "h")).toBe(bulks("a", "1", "b", "2", "c", "3"));
		expect(engine.run("HSETEX", "h", "fxx", "FIELDS", 2, "a", "x", "b", "y")).toBe(ONE);
		expect(engine.run("HSETEX", "h", "FNX", "EX", 5, "FIELDS", 2, "d", "x", "e", "y")).toBe(ONE);
		expect(engine.run("HSETEX", "fresh", "EX", 5, "FNX", "FIELDS", 1, "d", "x")).toBe(ONE);
		expect(engine.run("EXISTS", "none")).toBe(ZERO);
		expect(ttl("a", "d")).toBe(integers(-1, 5));
	});

	test("announces what it did", () => {
		expect(engine.effectsOf("HSETEX", "h", "FIELDS", 2, "a", "x", "n", "y")).toEqual([2, "hset h"]);
		expect(engine.effectsOf("HSETEX", "h", "EX", 5, "FIELDS", 1, "a", "x")).toEqual([1, "hset h", "hexpire h"]);
		expect(engine.effectsOf("HSETEX", "h", "EX", 0, "FIELDS", 1, "a", "x")).toEqual([1, "hset h", "hdel h"]);
		const gone = ["HSETEX", "none", "PXAT", 1, "FIELDS", 2, "a", "x", "b", "y"] as const;
		expect(engine.effectsOf(...gone)).toEqual([2, "hset none", "hdel none", "del none"]);
		expect(engine.run("EXISTS", "none")).toBe(ZERO);
		engine.run("HSET", "last", "f", "v");
		const last = ["HSETEX", "last", "PXAT", 1, "FIELDS", 1, "f", "x"] as const;
		expect(engine.effectsOf(...last)).toEqual([1, "hset last", "hdel last", "del last"]);
		engine.verify();
	});

	test("the fields expire on time, whatever becomes of the form", () => {
		const pairs = Array.from({ length: 300 }, (_, i) => [`f${i}`, "v".repeat(i % 60)]).flat();
		engine.run("HSETEX", "x", "PX", 50, "FIELDS", 300, ...pairs);
		engine.run("HSET", "x", "stays", "v");
		expect(engine.encoding("x")).toBe("listpackex");
		engine.advance(51);
		expect(engine.run("HGETALL", "x")).toBe(bulks("stays", "v"));
		engine.verify();
	});

	test("judges the words one after the other, then the key", () => {
		const lifetimes = "-ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified\r\n";
		const conditions = "-ERR Only one of FXX or FNX arguments can be specified\r\n";
		for (const [words, error] of [
			[["EX", "10", "PX", "x", "y"], lifetimes],
			[["KEEPTTL", "EX", "x", "y"], lifetimes],
			[["KEEPTTL", "KEEPTTL", "x", "y"], lifetimes],
			[["FNX", "FXX", "x", "y"], conditions],
			[["FNX", "FNX", "x", "y"], conditions],
			[["EX", "abc", "x", "y"], NOT_AN_INTEGER],
			[["EX", "-1", "x", "y"], "-ERR invalid expire time, must be >= 0\r\n"],
			[["FNX", "PERSIST", "x", "y"], "-ERR unknown argument: PERSIST\r\n"],
			[["foo\x00bar", "1", "x", "y"], "-ERR unknown argument: foo\r\n"],
			[["FIELDS", "0", "a", "x"], "-ERR invalid number of fields\r\n"],
			[["FIELDS", "2147483648", "a", "x"], "-ERR invalid number of fields\r\n"],
			[["FIELDS", "2", "a", "x"], wrongArity("hsetex")],
			[["FIELDS", "1", "a", "x", "b"], wrongArity("hsetex")],
			[["FNX", "FIELDS", "1", "a"], wrongArity("hsetex")],
			[["FNX", "KEEPTTL", "FIELDS", "1"], wrongArity("hsetex")],
			[["FIELDS", "1", "a"], wrongArity("hsetex")],
			[["FNX", "x", "y", "EX"], "-ERR unknown argument: x\r\n"],
			[["FNX", "KEEPTTL", "y", "EX"], "-ERR unknown argument: y\r\n"],
			[["EX", "10", "FNX", "EX"], lifetimes],
			[["FIELDS", "1", "a", "x"], WRONG_TYPE],
		] as const) {
			expect(engine.run("HSETEX", "string", ...words)).toBe(error);
		}
	});
});
