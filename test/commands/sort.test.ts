import { beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { genericCommands } from "../../src/commands/generic.ts";
import { hashCommands } from "../../src/commands/hash.ts";
import { listCommands } from "../../src/commands/list.ts";
import { setCommands } from "../../src/commands/set.ts";
import { sortCommands } from "../../src/commands/sort.ts";
import { sortedSetCommands } from "../../src/commands/sorted-set.ts";
import { stringCommands } from "../../src/commands/string.ts";
import { TestEngine } from "../support/engine.ts";

const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
const SYNTAX = "-ERR syntax error\r\n";
const NOT_AN_INTEGER = "-ERR value is not an integer or out of range\r\n";
const NOT_NUMBERS = "-ERR One or more scores can't be converted into double\r\n";

let engine: TestEngine;
let events: string[];

beforeEach(() => {
	engine = new TestEngine([
		...stringCommands({ stringBytesMax: () => 512 << 20 }),
		...genericCommands({ isLfuPolicy: () => false, sharesIntegers: () => true, compressesSnapshots: () => true }),
		...listCommands,
		...hashCommands,
		...setCommands,
		...sortedSetCommands,
		...sortCommands,
	]);
	events = [];
	engine.keyspace.changes.listen({
		keyChanged: (_database, key, start, length, _eventClass, event) => {
			events.push(`${Buffer.from(key.subarray(start, start + length)).toString("latin1")}:${event}`);
		},
		databaseChanged() {},
	});
});

/** An array reply of bulk strings; null stands for the null of RESP2. */
function array(...items: (string | null)[]): string {
	const bulks = items.map((item) => (item === null ? "$-1\r\n" : `$${item.length}\r\n${item}\r\n`));
	return `*${items.length}\r\n${bulks.join("")}`;
}

function run(line: string): string {
	return engine.run(...line.split(" "));
}

describe("numbers", () => {
	test("are in order, whatever they come from", () => {
		run("RPUSH list 3 -1 2.5 10 1e1 0x2");
		run("SADD set 3 1 2");
		run("ZADD zset 1 30 2 10 3 20");
		expect(run("SORT list")).toBe(array("-1", "0x2", "2.5", "3", "10", "1e1"));
		expect(run("SORT list DESC")).toBe(array("1e1", "10", "3", "2.5", "0x2", "-1"));
		expect(run("SORT set DESC ASC")).toBe(array("1", "2", "3"));
		expect(run("SORT_RO zset")).toBe(array("10", "20", "30"));
	});

	test("are what C's strtod takes", () => {
		for (const number of ["", " 1", "\t7", "+5", "inf", "-INF", "infinity", "5.", ".5", "1e5", "0x1p-1074", "1\0x"]) {
			engine.run("DEL", "list");
			engine.run("RPUSH", "list", number);
			expect(engine.run("SORT", "list")).toBe(array(number));
		}
		for (const other of ["a", "1 ", "  ", "1e", "0x", "nan", "-nan", "1e400", "1e-400", "5e-324", "1e-310", "--1"]) {
			engine.run("DEL", "list");
			engine.run("RPUSH", "list", "1", other, "2");
			expect(engine.run("SORT", "list")).toBe(NOT_NUMBERS);
			expect(engine.run("SORT", "list", "ALPHA", "LIMIT", 0, 0)).toBe("*0\r\n");
		}
	});

	test("that are equal are ordered by their bytes", () => {
		run("RPUSH list 1.0 1 01 1.00 +1");
		expect(run("SORT list")).toBe(array("+1", "01", "1", "1.0", "1.00"));
		expect(run("SORT list DESC")).toBe(array("1.00", "1.0", "1", "01", "+1"));
	});

	test("as a list of JavaScript sorts them", () => {
		fc.assert(
			fc.property(fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 1, maxLength: 300 }), (numbers) => {
				engine.run("DEL", "list");
				engine.run("RPUSH", "list", ...numbers);
				expect(engine.run("SORT", "list")).toBe(array(...numbers.toSorted((a, b) => a - b).map(String)));
			}),
			{ numRuns: 30, seed: 1 },
		);
	});
});

describe("ALPHA", () => {
	test("orders by bytes", () => {
		engine.run("RPUSH", "list", "b", "a", "", "B", "\xff", "aa", "10", "9");
		expect(run("SORT list ALPHA")).toBe(array("", "10", "9", "B", "a", "aa", "b", "\xff"));
		expect(run("SORT list ALPHA DESC LIMIT 1 2")).toBe(array("b", "aa"));
	});

	test("ends a text at a zero byte, unless it is stored", () => {
		engine.run("RPUSH", "list", "a\0z", "a\0b", "a");
		expect(run("SORT list ALPHA")).toBe(array("a\0z", "a\0b", "a"));
		run("SORT list ALPHA STORE stored");
		expect(run("LRANGE stored 0 -1")).toBe(array("a", "a\0b", "a\0z"));
	});
});

describe("LIMIT", () => {
	test.each([
		["0 2", ["1", "2"]],
		["1 -1", ["2", "3"]],
		["-5 2", ["1", "2"]],
		["3 1", []],
		["1 0", []],
		["9223372036854775807 9223372036854775807", []],
		["-9223372036854775808 -9223372036854775808", ["1", "2", "3"]],
		["2 9223372036854775807", ["3"]],
	] as [string, string[]][])("%s", (limit, expected) => {
		run("RPUSH list 3 1 2");
		expect(run(`SORT list LIMIT ${limit}`)).toBe(array(...expected));
		expect(run(`SORT list BY nosort LIMIT ${limit}`).split("\r\n")[0]).toBe(`*${expected.length}`);
	});
});

describe("BY", () => {
	beforeEach(() => {
		run("RPUSH list 1 2 3 4");
		run("MSET weight_1 30 weight_2 10 weight_3 20");
		run("HSET user_1 age 5 name x");
		run("HSET user_2 age 7");
		run("SADD user_3 age");
	});

	test("looks numbers up; what is missing counts as 0", () => {
		expect(run("SORT list BY weight_*")).toBe(array("4", "2", "3", "1"));
		expect(run("SORT list BY user_*->age DESC")).toBe(array("2", "1", "4", "3"));
		expect(run("SORT list BY user_*->none DESC")).toBe(array("4", "3", "2", "1"));
		run("SET weight_4 x");
		expect(run("SORT list BY weight_*")).toBe(NOT_NUMBERS);
	});

	test("looks texts up; what is missing comes first and keeps its order", () => {
		expect(run("SORT list BY weight_* ALPHA")).toBe(array("4", "2", "3", "1"));
		expect(run("SORT list BY user_*->name ALPHA")).toBe(array("2", "3", "4", "1"));
		expect(run("SORT list BY user_*->name ALPHA DESC")).toBe(array("1", "2", "3", "4"));
	});

	test("a constant means not to sort", () => {
		run("DEL list");
		run("RPUSH list 3 1 2 5 4");
		run("ZADD zset 1 c 2 a 3 b");
		expect(run("SORT list BY nosort")).toBe(array("3", "1", "2", "5", "4"));
		expect(run("SORT list BY nosort DESC")).toBe(array("4", "5", "2", "1", "3"));
		expect(run("SORT list BY nosort LIMIT 1 2")).toBe(array("1", "2"));
		expect(run("SORT list BY nosort DESC LIMIT 1 2")).toBe(array("5", "2"));
		expect(run("SORT zset BY nosort")).toBe(array("c", "a", "b"));
		expect(run("SORT zset BY nosort DESC LIMIT 0 2")).toBe(array("b", "a"));
		expect(run("SORT list BY weight_ DESC LIMIT 0 1")).toBe(array("4"));
	});

	test("a constant, and a set that is stored: the result is in order all the same", () => {
		run("SADD set b c a");
		run("SORT set BY nosort STORE stored");
		expect(run("LRANGE stored 0 -1")).toBe(array("a", "b", "c"));
	});

	test("takes a long list in pieces", () => {
		const numbers = Array.from({ length: 5000 }, (_, i) => i);
		engine.run("RPUSH", "long", ...numbers);
		expect(run("SORT long BY nosort LIMIT 4000 3")).toBe(array("4000", "4001", "4002"));
		expect(run("SORT long BY nosort DESC LIMIT 1000 3")).toBe(array("3999", "3998", "3997"));
		engine.run("ZADD", "zlong", ...numbers.flatMap((each) => [each, each]));
		expect(run("SORT zlong BY nosort DESC LIMIT 1000 3")).toBe(array("3999", "3998", "3997"));
		expect(run("SORT long LIMIT 4998 10")).toBe(array("4998", "4999"));
	});
});

describe("GET", () => {
	beforeEach(() => {
		run("RPUSH list 2 1");
		run("MSET data_1 one data_2 two");
		run("HSET user_1 name x");
		run("RPUSH other_1 x");
	});

	test("replies with what keys and fields hold, in the order asked for", () => {
		expect(run("SORT list GET data_*")).toBe(array("one", "two"));
		expect(run("SORT list GET # GET user_*->name GET data_*")).toBe(array("1", "x", "one", "2", null, "two"));
		expect(run("SORT list GET other_* GET data_1 GET nothing_*")).toBe(array(null, null, null, null, null, null));
		engine.client.protocol = 3;
		expect(run("SORT list GET none_* LIMIT 0 1")).toBe("*1\r\n_\r\n");
	});

	test("arrows, stars and signs at odd places", () => {
		run("MSET user_1-> arrow ->1 front 1*z star");
		run("HSET h->1 f->g deep");
		expect(run("SORT list LIMIT 0 1 GET user_*-> GET ->* GET **z")).toBe(array("arrow", "front", "star"));
		expect(run("SORT list LIMIT 0 1 GET h->*->f->g")).toBe(array("deep"));
		expect(run("SORT list LIMIT 0 1 GET ## GET #*")).toBe(array(null, null));
	});

	test("of expired keys there is nothing", () => {
		run("PEXPIRE data_1 10");
		engine.advance(11);
		expect(run("SORT list GET data_*")).toBe(array(null, "two"));
	});
});

describe("STORE", () => {
	test("makes a list of it, whatever was there", () => {
		run("RPUSH list 3 1 2");
		run("SETEX stored 100 x");
		events = [];
		const { dirty } = engine.keyspace.changes;
		expect(run("SORT list STORE stored")).toBe(":3\r\n");
		expect(events).toEqual(["stored:sortstore"]);
		expect(engine.keyspace.changes.dirty - dirty).toBe(3);
		expect(run("LRANGE stored 0 -1")).toBe(array("1", "2", "3"));
		expect(run("TTL stored")).toBe(":-1\r\n");
		expect(run("SORT list DESC STORE list")).toBe(":3\r\n");
		expect(run("LRANGE list 0 -1")).toBe(array("3", "2", "1"));
	});

	test("of what GET does not find stores empty strings", () => {
		run("RPUSH list 2 1");
		run("SET data_1 one");
		expect(run("SORT list GET data_* GET # STORE stored")).toBe(":4\r\n");
		expect(run("LRANGE stored 0 -1")).toBe(array("one", "1", "", "2"));
	});

	test("of nothing removes the key", () => {
		run("SET stored x");
		events = [];
		expect(run("SORT none STORE stored")).toBe(":0\r\n");
		expect(events).toEqual(["stored:del"]);
		expect(run("EXISTS stored")).toBe(":0\r\n");
		events = [];
		expect(run("SORT none STORE stored")).toBe(":0\r\n");
		expect(events).toEqual([]);
	});

	test("leaves everything as it is after an error", () => {
		run("RPUSH list a");
		run("SET stored x");
		expect(run("SORT list STORE stored")).toBe(NOT_NUMBERS);
		expect(run("GET stored")).toBe("$1\r\nx\r\n");
	});

	test("many", () => {
		engine.run("RPUSH", "list", ...Array.from({ length: 3000 }, (_, i) => 3000 - i));
		expect(run("SORT list STORE stored")).toBe(":3000\r\n");
		expect(run("LINDEX stored 2999")).toBe("$4\r\n3000\r\n");
		expect(run("OBJECT ENCODING stored")).toBe("$9\r\nquicklist\r\n");
	});
});

test("a sorted set that was sorted is a skiplist", () => {
	run("ZADD zset 1 1");
	expect(run("OBJECT ENCODING zset")).toBe("$8\r\nlistpack\r\n");
	run("SORT_RO zset BY nosort LIMIT 0 0");
	expect(run("OBJECT ENCODING zset")).toBe("$8\r\nskiplist\r\n");
	expect(run("ZSCORE zset 1")).toBe("$1\r\n1\r\n");
});

test("what is refused", () => {
	run("SET string x");
	run("RPUSH list 1");
	expect(run("SORT string")).toBe(WRONG_TYPE);
	expect(run("SORT string foo")).toBe(SYNTAX);
	for (const options of ["BY", "GET", "LIMIT", "LIMIT 1", "STORE", "foo", "ASC foo"]) {
		expect(run(`SORT list ${options}`)).toBe(SYNTAX);
	}
	for (const limit of ["a 1", "1 a", "1.5 1", "9223372036854775808 1"]) {
		expect(run(`SORT list LIMIT ${limit}`)).toBe(NOT_AN_INTEGER);
	}
	expect(run("SORT_RO list STORE stored")).toBe(SYNTAX);
	expect(run("SORT none")).toBe("*0\r\n");
	expect(run("SORT")).toBe("-ERR wrong number of arguments for 'sort' command\r\n");
});
