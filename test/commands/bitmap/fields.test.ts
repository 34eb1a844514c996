import { beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { bitmapCommands } from "../../../src/commands/bitmap.ts";
import { STRING_BYTES_MAX, StringEngine } from "../../support/string-engine.ts";

const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
const NOT_AN_INTEGER = "-ERR value is not an integer or out of range\r\n";
const SYNTAX = "-ERR syntax error\r\n";
const BAD_OFFSET = "-ERR bit offset is not an integer or out of range\r\n";
const BAD_TYPE =
	"-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.\r\n";
const LEAST = "-9223372036854775808";
const MOST = "9223372036854775807";

let engine: StringEngine;

beforeEach(() => {
	engine = new StringEngine(bitmapCommands({ stringBytesMax: () => STRING_BYTES_MAX }));
});

/** The replies of a call as words, "nil" for null. */
function fields(key: string, operations: string): string[] {
	const reply = engine.run("BITFIELD", key, ...operations.split(" "));
	const [count, ...lines] = reply.split("\r\n").slice(0, -1);
	const replies = lines.map((line) => (line === "$-1" ? "nil" : line.slice(1)));
	expect(count).toBe(`*${replies.length}`);
	return replies;
}

describe("BITFIELD", () => {
	test("sets, reads and increments, and replies the old or the new value", () => {
		expect(fields("key", "SET u8 0 200 GET u8 0 GET i8 0 INCRBY u8 0 10 GET u4 4")).toEqual(
			"0 200 -56 210 2".split(" "),
		);
		expect(engine.value("key")).toBe("\xd2");
		expect(fields("key", "set i5 #1 -3 get u16 0 incrby i5 5 -20")).toEqual(["8", "55104", "9"]);
	});

	test("offsets with # count in fields of the type", () => {
		fields("key", "SET u8 #2 255 SET u4 #1 9");
		expect(engine.value("key")).toBe("\x09\x00\xff");
	});

	test("what does not fit wraps, saturates or fails, from OVERFLOW on", () => {
		const all = "INCRBY u2 0 3 OVERFLOW SAT INCRBY u2 0 3 OVERFLOW FAIL INCRBY u2 0 3 OVERFLOW wrap INCRBY u2 0 3";
		expect(fields("key", all)).toEqual(["3", "3", "nil", "2"]);
		expect(fields("key", "OVERFLOW SAT SET i8 8 1000 SET i8 8 -1000 INCRBY i8 8 -1")).toEqual(["0", "127", "-128"]);
		expect(fields("key", "OVERFLOW FAIL SET u8 8 -1 INCRBY u8 8 -200 INCRBY u8 8 -128")).toEqual(["nil", "nil", "0"]);
		engine.client.protocol = 3;
		expect(engine.run("BITFIELD", "key", "OVERFLOW", "FAIL", "SET", "u8", 8, 256)).toBe("*1\r\n_\r\n");
	});

	test("64 bits", () => {
		expect(fields("key", `SET i64 3 ${LEAST} GET i64 3 INCRBY i64 3 -1 GET u63 4`)).toEqual(["0", LEAST, MOST, MOST]);
		expect(fields("key", `OVERFLOW SAT INCRBY i64 3 1 OVERFLOW FAIL INCRBY i64 3 ${MOST}`)).toEqual([MOST, "nil"]);
		expect(fields("wide", "SET u63 0 -1 GET u63 0 SET u53 0 9007199254740993 GET u53 0 GET i53 0")).toEqual(
			`0 ${MOST} 9007199254740991 1 1`.split(" "),
		);
		expect(fields("odd", "SET i53 0 4503599627370494 INCRBY i53 0 9007199254740991")).toEqual([
			"0",
			"4503599627370493",
		]);
		expect(fields("sum", "SET i53 0 4503599627370495 INCRBY i53 0 9007199254740991 GET i54 0")).toEqual(
			"0 4503599627370494 9007199254740988".split(" "),
		);
	});

	test("GET alone changes nothing and makes no key", () => {
		expect(fields("missing", "GET u8 0 GET i64 1000")).toEqual(["0", "0"]);
		expect(engine.run("BITFIELD", "missing")).toBe("*0\r\n");
		expect(engine.run("BITFIELD", "missing", "OVERFLOW", "SAT")).toBe("*0\r\n");
		expect(engine.value("missing")).toBeNull();
		engine.run("SET", "number", "12");
		expect(fields("number", "GET u8 0 GET u16 12")).toEqual(["49", "8192"]);
		expect(engine.encoding("number")).toBe("int");
		expect([engine.keyspace.hits, engine.keyspace.misses]).toEqual([1, 3]);
	});

	test("counts what changes: every write where the string grew, else those of another value", () => {
		fields("key", "SET u8 0 0 SET u8 0 0 OVERFLOW FAIL SET u8 0 256");
		expect(engine.keyspace.changes.dirty).toBe(2);
		fields("key", "SET u8 0 0 INCRBY u8 0 0 OVERFLOW FAIL SET u8 0 256");
		expect(engine.keyspace.changes.dirty).toBe(2);
		fields("key", "SET u8 0 1 GET u8 0 SET u8 0 1 INCRBY u8 0 1");
		expect(engine.keyspace.changes.dirty).toBe(4);
		expect(engine.takeEvents()).toEqual(["setbit key", "setbit key"]);
		// One that fails still lengthens the string, without a word.
		fields("other", "OVERFLOW FAIL SET u8 16 256");
		expect([engine.value("other"), engine.encoding("other")]).toEqual(["\0\0\0", "raw"]);
		expect(engine.takeEvents()).toEqual([]);
	});

	test("keeps the deadline, and grows from slab to a string of its own", () => {
		engine.run("SET", "key", "a", "EX", 10);
		for (const bit of [100, 32_760, 32_764, 200_000]) {
			expect(fields("key", `SET u8 ${bit} 255 GET u8 ${bit}`)[1]).toBe("255");
			expect(engine.left_ms("key")).toBe(10_000);
		}
		expect(engine.isLong("key")).toBe(true);
		expect(engine.database().table.handles.bytes).toBe(engine.longBytes());
	});

	test("refuses whole calls, in Redis's order, before anything is done", () => {
		engine.run("PUTLIST", "list");
		const cases: [string, string][] = [
			["GET u8", SYNTAX],
			["SET u8 0", SYNTAX],
			["FOO u8 0", SYNTAX],
			["OVERFLOW", SYNTAX],
			["OVERFLOW u8", "-ERR Invalid OVERFLOW type specified\r\n"],
			["SET u8 0 1 GET u64 0", BAD_TYPE],
			["SET u8 0 1 GET i65 x", BAD_TYPE],
			["SET u8 0 1 GET U8 0", BAD_TYPE],
			["SET u8 0 1 GET u 0", BAD_TYPE],
			["SET u8 0 1 GET u08 0", BAD_TYPE],
			["SET u8 0 1 GET u0 0", BAD_TYPE],
			["SET u8 0 1 GET s8 0", BAD_TYPE],
			["SET u8 -1 x", BAD_OFFSET],
			[`SET u8 ${8 * STRING_BYTES_MAX} x`, BAD_OFFSET],
			[`SET u8 #${STRING_BYTES_MAX} x`, BAD_OFFSET],
			["SET u8 # 1", BAD_OFFSET],
			["SET u8 ## 1", BAD_OFFSET],
			["SET u8 #-1 1", BAD_OFFSET],
			[`SET u8 #${MOST} 1`, BAD_OFFSET],
			["SET u8 0 x", NOT_AN_INTEGER],
			["SET u8 0 9223372036854775808", NOT_AN_INTEGER],
			["GET u8 0", WRONG_TYPE],
			["SET u8 0 1", WRONG_TYPE],
		];
		for (const [operations, error] of cases)
			expect(engine.run("BITFIELD", "list", ...operations.split(" "))).toBe(error);
		expect(engine.run("BITFIELD", "list", "GET", "", 0)).toBe(BAD_TYPE);
		expect(engine.run("BITFIELD", "list", "GET", "u8", "")).toBe(BAD_OFFSET);
		expect(engine.run("BITFIELD", "key", "GET", "u8\0x", 0)).toBe("*1\r\n:0\r\n");
		expect(engine.run("BITFIELD")).toBe("-ERR wrong number of arguments for 'bitfield' command\r\n");
		expect(engine.takeEvents()).toEqual([]);
	});

	test("as many fields as there may be, beside a model in BigInt", () => {
		const operation = fc.record({
			isSigned: fc.boolean(),
			bits: fc.integer({ min: 1, max: 63 }),
			offset: fc.nat(60),
			change: fc.oneof(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.bigInt(-300n, 300n)),
		});
		fc.assert(
			fc.property(fc.array(operation, { minLength: 1, maxLength: 12 }), (all) => {
				engine.run("SET", "key", "\0".repeat(16));
				let model = 0n;
				for (const { isSigned, bits, offset, change } of all) {
					const shift = BigInt(128 - offset - bits);
					const old = BigInt.asUintN(bits, model >> shift);
					const sum = BigInt.asUintN(bits, old + change);
					model += (sum - old) << shift;
					const shown = isSigned ? BigInt.asIntN(bits, sum) : sum;
					const type = `${isSigned ? "i" : "u"}${bits}`;
					expect(fields("key", `INCRBY ${type} ${offset} ${change} GET ${type} ${offset}`)).toEqual([
						`${shown}`,
						`${shown}`,
					]);
				}
				const bytes = Buffer.from(model.toString(16).padStart(32, "0"), "hex");
				expect(engine.value("key")).toBe(bytes.toString("latin1"));
			}),
			{ seed: 1, numRuns: 300 },
		);
	});
});

describe("BITFIELD_RO", () => {
	test("reads, and nothing else", () => {
		engine.run("SET", "key", "ab");
		expect(engine.run("BITFIELD_RO", "key", "GET", "u8", 0, "get", "u8", "#1", "OVERFLOW", "SAT")).toBe(
			"*2\r\n:97\r\n:98\r\n",
		);
		expect(engine.run("BITFIELD_RO", "key")).toBe("*0\r\n");
		expect(engine.run("BITFIELD_RO", "missing", "GET", "i8", 0)).toBe("*1\r\n:0\r\n");
		const refused = "-ERR BITFIELD_RO only supports the GET subcommand\r\n";
		expect(engine.run("BITFIELD_RO", "key", "GET", "u8", 0, "SET", "u8", 0, 1)).toBe(refused);
		expect(engine.run("BITFIELD_RO", "key", "INCRBY", "u8", 0, 1)).toBe(refused);
		expect(engine.run("BITFIELD_RO", "key", "SET", "u8", 0, "x")).toBe(NOT_AN_INTEGER);
		engine.run("PUTLIST", "list");
		expect(engine.run("BITFIELD_RO", "list", "GET", "u8", 0)).toBe(WRONG_TYPE);
	});
});
