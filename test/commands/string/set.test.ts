import { beforeEach, describe, expect, test } from "bun:test";
import { bulk, NULL, OK, StringEngine } from "../../support/string-engine.ts";

const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
const SYNTAX = "-ERR syntax error\r\n";
const NOT_AN_INTEGER = "-ERR value is not an integer or out of range\r\n";

let engine: StringEngine;

beforeEach(() => {
	engine = new StringEngine();
});

function arity(command: string): string {
	return `-ERR wrong number of arguments for '${command}' command\r\n`;
}

function invalidExpire(command: string): string {
	return `-ERR invalid expire time in '${command}' command\r\n`;
}

describe("GET", () => {
	test("replies the value, whatever bytes it has", () => {
		const bytes = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i));
		for (const value of ["", "a", "\r\n$1\r\n", bytes, bytes.repeat(17)]) {
			expect(engine.run("SET", "key", value)).toBe(OK);
			expect(engine.run("GET", "key")).toBe(bulk(value));
		}
	});

	test("replies null for a missing key, of each protocol its own", () => {
		expect(engine.run("GET", "missing")).toBe(NULL);
		engine.client.protocol = 3;
		expect(engine.run("GET", "missing")).toBe("_\r\n");
	});

	test("refuses another type, another number of arguments", () => {
		engine.run("PUTLIST", "list");
		expect(engine.run("GET", "list")).toBe(WRONG_TYPE);
		expect(engine.run("GET")).toBe(arity("get"));
		expect(engine.run("GET", "a", "b")).toBe(arity("get"));
	});

	test("counts hits and misses", () => {
		engine.run("SET", "key", "1");
		engine.run("GET", "key");
		engine.run("GET", "missing");
		engine.run("GET", "missing");
		expect([engine.keyspace.hits, engine.keyspace.misses]).toEqual([1, 2]);
	});
});

describe("SET", () => {
	test("replaces value, type and deadline, and says so once", () => {
		engine.run("PUTLIST", "key");
		expect(engine.run("SET", "key", "1", "EX", 10)).toBe(OK);
		expect(engine.left_ms("key")).toBe(10_000);
		expect(engine.run("SET", "key", "2")).toBe(OK);
		expect(engine.left_ms("key")).toBe(Infinity);
		expect(engine.run("GET", "key")).toBe(bulk("2"));
		expect(engine.takeEvents()).toEqual(["set key", "expire key", "set key"]);
		expect(engine.keyspace.changes.dirty).toBe(2);
	});

	test("takes the options in any case and order", () => {
		expect(engine.run("set", "key", "1", "eX", 10, "nx", "Get")).toBe(NULL);
		expect(engine.run("SET", "key", "2", "GET", "xx", "KeepTTL")).toBe(bulk("1"));
		expect(engine.value("key")).toBe("2");
		expect(engine.left_ms("key")).toBe(10_000);
	});

	test("sets a deadline by each of the four words", () => {
		const now_ms = engine.time.now_ms();
		engine.run("SET", "a", "1", "EX", 5);
		engine.run("SET", "b", "1", "PX", 7);
		engine.run("SET", "c", "1", "EXAT", now_ms / 1000 + 9);
		engine.run("SET", "d", "1", "PXAT", now_ms + 11);
		expect(["a", "b", "c", "d"].map((key) => engine.left_ms(key))).toEqual([5000, 7, 9000, 11]);
		engine.advance(7);
		expect(engine.run("GET", "b")).toBe(bulk("1"));
		engine.advance(1);
		expect(engine.run("GET", "b")).toBe(NULL);
		expect(engine.takeEvents().at(-1)).toBe("expired b");
	});

	test("a moment that is over stores a key that is gone at the next look", () => {
		expect(engine.run("SET", "key", "1", "PXAT", 1)).toBe(OK);
		expect(engine.database().table.count).toBe(1);
		expect(engine.run("GET", "key")).toBe(NULL);
		expect(engine.takeEvents()).toEqual(["set key", "expire key", "expired key"]);
	});

	test("NX and XX store on one condition", () => {
		expect(engine.run("SET", "key", "1", "XX")).toBe(NULL);
		expect(engine.value("key")).toBeNull();
		expect(engine.run("SET", "key", "1", "NX")).toBe(OK);
		expect(engine.run("SET", "key", "2", "NX")).toBe(NULL);
		expect(engine.value("key")).toBe("1");
		expect(engine.run("SET", "key", "3", "XX")).toBe(OK);
		expect(engine.value("key")).toBe("3");
		engine.run("PUTLIST", "list");
		expect(engine.run("SET", "list", "1", "NX")).toBe(NULL);
		expect(engine.run("SET", "list", "1", "XX")).toBe(OK);
		expect(engine.takeEvents()).toEqual(["set key", "set key", "set list"]);
	});

	test("GET replies the old value, stored or not", () => {
		expect(engine.run("SET", "key", "1", "GET", "XX")).toBe(NULL);
		expect(engine.value("key")).toBeNull();
		expect(engine.run("SET", "key", "1", "GET", "NX")).toBe(NULL);
		expect(engine.run("SET", "key", "2", "GET", "NX")).toBe(bulk("1"));
		expect(engine.value("key")).toBe("1");
		expect(engine.run("SET", "key", "2", "GET")).toBe(bulk("1"));
		expect(engine.run("SET", "key", "3", "GET", "XX")).toBe(bulk("2"));
		expect(engine.value("key")).toBe("3");
		expect([engine.keyspace.hits, engine.keyspace.misses]).toEqual([3, 2]);
	});

	test("GET of another type is an error that stores nothing", () => {
		engine.run("PUTLIST", "list");
		expect(engine.run("SET", "list", "1", "GET")).toBe(WRONG_TYPE);
		expect(engine.run("SET", "list", "1", "GET", "EX", 0)).toBe(invalidExpire("set"));
		expect(engine.run("GET", "list")).toBe(WRONG_TYPE);
	});

	test("KEEPTTL keeps what there is", () => {
		engine.run("SET", "key", "1", "PX", 50);
		engine.run("SET", "key", "2", "KEEPTTL");
		expect(engine.left_ms("key")).toBe(50);
		engine.run("SET", "other", "1", "KEEPTTL");
		expect(engine.left_ms("other")).toBe(Infinity);
		expect(engine.takeEvents()).toEqual(["set key", "expire key", "set key", "set other"]);
	});

	test("refuses options that do not go together", () => {
		const refused = [
			["NX", "XX"],
			["XX", "NX"],
			["EX", "1", "PX", "1"],
			["EX", "1", "EXAT", "1"],
			["PXAT", "1", "PX", "1"],
			["EX", "1", "KEEPTTL"],
			["KEEPTTL", "PXAT", "1"],
			["PERSIST"],
			["EX"],
			["NX", "PXAT"],
			["FOO"],
			["EX", "1", "FOO"],
			["EX", "abc", "NX", "XX"],
			["EX", "EX", "10"],
			[""],
		];
		for (const options of refused) expect(engine.run("SET", "key", "1", ...options)).toBe(SYNTAX);
		expect(engine.value("key")).toBeNull();
		expect(engine.run("SET")).toBe(arity("set"));
		expect(engine.run("SET", "key")).toBe(arity("set"));
	});

	test("takes an option twice, the last time counts", () => {
		expect(engine.run("SET", "key", "1", "NX", "NX", "EX", 10, "EX", 20)).toBe(OK);
		expect(engine.left_ms("key")).toBe(20_000);
		expect(engine.run("SET", "key", "1", "KEEPTTL", "KEEPTTL", "GET", "GET", "XX", "XX")).toBe(bulk("1"));
	});

	test("refuses times that are none", () => {
		for (const time of ["abc", "1.5", "", " 1", "9223372036854775808", "EX"]) {
			expect(engine.run("SET", "key", "1", "EX", time)).toBe(NOT_AN_INTEGER);
		}
		for (const word of ["EX", "PX", "EXAT", "PXAT"]) {
			for (const time of ["0", "-1", "-9223372036854775808"]) {
				expect(engine.run("SET", "key", "1", word, time)).toBe(invalidExpire("set"));
			}
		}
		expect(engine.takeEvents()).toEqual([]);
	});

	test("a long value replaces a short one, another long one, and the other way round", () => {
		const lengths = [4096, 4097, 10, 20_000, 5000, 4096, 8000, 0];
		for (const length of lengths) {
			engine.run("SET", "key", "x".repeat(length), "EX", 10);
			expect(engine.run("GET", "key")).toBe(bulk("x".repeat(length)));
			expect(engine.isLong("key")).toBe(length > 4096);
			expect(engine.left_ms("key")).toBe(10_000);
			expect(engine.database().table.handles.bytes).toBe(engine.longBytes());
		}
		for (const length of lengths) {
			engine.run("SET", "key", "y".repeat(length), "KEEPTTL");
			expect(engine.left_ms("key")).toBe(10_000);
		}
		for (const length of lengths) {
			engine.run("SET", "key", "y".repeat(length));
			expect(engine.left_ms("key")).toBe(Infinity);
		}
	});

	test("the keyspace knows of a deadline that comes with a long value over a long one", () => {
		engine.run("SET", "key", "x".repeat(5000));
		expect(engine.keyspace.deadlineBound_ms).toBe(Infinity);
		engine.run("SET", "key", "y".repeat(5000), "EX", 10);
		expect(engine.keyspace.deadlineBound_ms).toBe(engine.time.now_ms() + 10_000);
	});

	test("encodings follow from the text", () => {
		const cases: [string, string][] = [
			["12", "int"],
			["-9223372036854775808", "int"],
			["9223372036854775807", "int"],
			["9223372036854775808", "embstr"],
			["012", "embstr"],
			["", "embstr"],
			["x".repeat(44), "embstr"],
			["1".repeat(44), "embstr"],
			["x".repeat(45), "raw"],
			["x".repeat(5000), "raw"],
		];
		for (const [value, encoding] of cases) {
			engine.run("SET", "key", value);
			expect(engine.encoding("key")).toBe(encoding);
		}
	});
});

describe("SETNX", () => {
	test("stores once", () => {
		expect(engine.run("SETNX", "key", "1")).toBe(":1\r\n");
		expect(engine.run("SETNX", "key", "2")).toBe(":0\r\n");
		expect(engine.value("key")).toBe("1");
		engine.run("PUTLIST", "list");
		expect(engine.run("SETNX", "list", "1")).toBe(":0\r\n");
		expect(engine.takeEvents()).toEqual(["set key"]);
		expect(engine.run("SETNX", "key")).toBe(arity("setnx"));
	});

	test("stores over a key whose time is over", () => {
		engine.run("SET", "key", "1", "PX", 5);
		engine.advance(6);
		expect(engine.run("SETNX", "key", "2")).toBe(":1\r\n");
		expect(engine.left_ms("key")).toBe(Infinity);
	});
});

describe("SETEX and PSETEX", () => {
	test("store with a deadline over anything", () => {
		engine.run("PUTLIST", "key");
		expect(engine.run("SETEX", "key", 10, "v")).toBe(OK);
		expect([engine.value("key"), engine.left_ms("key")]).toEqual(["v", 10_000]);
		expect(engine.run("PSETEX", "key", 10, "w")).toBe(OK);
		expect([engine.value("key"), engine.left_ms("key")]).toEqual(["w", 10]);
		expect(engine.takeEvents()).toEqual(["set key", "expire key", "set key", "expire key"]);
		expect(engine.keyspace.changes.dirty).toBe(2);
	});

	test("refuse times by their own name", () => {
		for (const command of ["setex", "psetex"]) {
			expect(engine.run(command, "key", "0", "v")).toBe(invalidExpire(command));
			expect(engine.run(command, "key", "-1", "v")).toBe(invalidExpire(command));
			expect(engine.run(command, "key", "9223372036854775807", "v")).toBe(invalidExpire(command));
			expect(engine.run(command, "key", "abc", "v")).toBe(NOT_AN_INTEGER);
			expect(engine.run(command, "key", "1")).toBe(arity(command));
		}
		expect(engine.value("key")).toBeNull();
	});
});

describe("GETSET", () => {
	test("exchanges the value and drops the deadline", () => {
		expect(engine.run("GETSET", "key", "1")).toBe(NULL);
		engine.run("SET", "key", "1", "EX", 10);
		expect(engine.run("GETSET", "key", "2")).toBe(bulk("1"));
		expect([engine.value("key"), engine.left_ms("key")]).toEqual(["2", Infinity]);
		expect([engine.keyspace.hits, engine.keyspace.misses]).toEqual([1, 1]);
		expect(engine.takeEvents()).toEqual(["set key", "set key", "expire key", "set key"]);
	});

	test("leaves another type alone", () => {
		engine.run("PUTLIST", "list");
		expect(engine.run("GETSET", "list", "1")).toBe(WRONG_TYPE);
		expect(engine.run("GET", "list")).toBe(WRONG_TYPE);
		expect(engine.run("GETSET", "list")).toBe(arity("getset"));
	});
});

describe("GETDEL", () => {
	test("takes the key away", () => {
		engine.run("SET", "key", "1");
		expect(engine.run("GETDEL", "key")).toBe(bulk("1"));
		expect(engine.run("GETDEL", "key")).toBe(NULL);
		expect(engine.takeEvents()).toEqual(["set key", "del key"]);
		engine.run("SET", "key", "x".repeat(5000));
		expect(engine.run("GETDEL", "key")).toBe(bulk("x".repeat(5000)));
		expect(engine.database().table.handles.bytes).toBe(0);
	});

	test("leaves another type alone", () => {
		engine.run("PUTLIST", "list");
		expect(engine.run("GETDEL", "list")).toBe(WRONG_TYPE);
		expect(engine.database().table.count).toBe(1);
		expect(engine.run("GETDEL")).toBe(arity("getdel"));
	});
});

describe("GETEX", () => {
	test("reads and leaves the deadline, sets it or clears it", () => {
		engine.run("SET", "key", "1");
		engine.takeEvents();
		expect(engine.run("GETEX", "key")).toBe(bulk("1"));
		expect(engine.run("GETEX", "key", "PERSIST")).toBe(bulk("1"));
		expect(engine.takeEvents()).toEqual([]);
		expect(engine.run("GETEX", "key", "ex", 10)).toBe(bulk("1"));
		expect(engine.left_ms("key")).toBe(10_000);
		expect(engine.run("GETEX", "key")).toBe(bulk("1"));
		expect(engine.left_ms("key")).toBe(10_000);
		expect(engine.run("GETEX", "key", "PX", 10)).toBe(bulk("1"));
		expect(engine.left_ms("key")).toBe(10);
		engine.run("GETEX", "key", "EXAT", engine.time.now_ms() / 1000 + 3);
		expect(engine.left_ms("key")).toBe(3000);
		engine.run("GETEX", "key", "PXAT", engine.time.now_ms() + 3);
		expect(engine.left_ms("key")).toBe(3);
		expect(engine.run("GETEX", "key", "PERSIST", "persist")).toBe(bulk("1"));
		expect(engine.left_ms("key")).toBe(Infinity);
		expect(engine.takeEvents()).toEqual([...Array<string>(4).fill("expire key"), "persist key"]);
		expect(engine.keyspace.changes.dirty).toBe(6);
	});

	test("deletes at a moment that is over, the present one included", () => {
		for (const moment of ["1", String(engine.time.now_ms())]) {
			engine.run("SET", "key", "1");
			engine.takeEvents();
			expect(engine.run("GETEX", "key", "PXAT", moment)).toBe(bulk("1"));
			expect(engine.database().table.count).toBe(0);
			expect(engine.takeEvents()).toEqual(["del key"]);
		}
	});

	test("judges the options, then the key, then the time", () => {
		engine.run("PUTLIST", "list");
		engine.run("SET", "key", "1");
		for (const key of ["missing", "list", "key"]) {
			for (const options of [["FOO"], ["EX"], ["EX", "1", "PERSIST"], ["PERSIST", "PX", "1"], ["EX", "1", "PX", "1"]]) {
				expect(engine.run("GETEX", key, ...options)).toBe(SYNTAX);
			}
			for (const option of ["NX", "XX", "GET", "KEEPTTL"]) expect(engine.run("GETEX", key, option)).toBe(SYNTAX);
		}
		expect(engine.run("GETEX", "missing", "EX", "abc")).toBe(NULL);
		expect(engine.run("GETEX", "missing", "EX", "0")).toBe(NULL);
		expect(engine.run("GETEX", "list", "EX", "abc")).toBe(WRONG_TYPE);
		expect(engine.run("GETEX", "key", "EX", "abc")).toBe(NOT_AN_INTEGER);
		expect(engine.run("GETEX", "key", "EX", "0")).toBe(invalidExpire("getex"));
		expect(engine.run("GETEX", "key", "PXAT", "-1")).toBe(invalidExpire("getex"));
		expect(engine.run("GETEX")).toBe(arity("getex"));
	});
});
