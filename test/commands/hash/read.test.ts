import { beforeEach, describe, expect, test } from "bun:test";
import { bulk, bulks, HashEngine, NULL, ONE, WRONG_TYPE, wrongArity, ZERO } from "./harness.ts";

let engine: HashEngine;

beforeEach(() => {
	engine = new HashEngine();
});

/** Fields of hashes in the slab, in a long string, in a table. */
const sizes = [1, 50, 400, 1000];

describe.each(sizes)("a hash of %i fields", (size) => {
	beforeEach(() => engine.fill("hash", size));

	test("is read field by field", () => {
		for (const i of [0, size >> 1, size - 1]) {
			expect(engine.run("HGET", "hash", `field:${i}`)).toBe(bulk(`value:${i}`));
			expect(engine.run("HEXISTS", "hash", `field:${i}`)).toBe(ONE);
			expect(engine.run("HSTRLEN", "hash", `field:${i}`)).toBe(`:${`value:${i}`.length}\r\n`);
		}
		expect(engine.run("HGET", "hash", `field:${size}`)).toBe(NULL);
		expect(engine.run("HEXISTS", "hash", "")).toBe(ZERO);
		expect(engine.run("HSTRLEN", "hash", "field")).toBe(ZERO);
		expect(engine.run("HLEN", "hash")).toBe(`:${size}\r\n`);
		expect(engine.run("HMGET", "hash", "nope", "field:0", "field:0")).toBe(bulks(null, "value:0", "value:0"));
	});

	test("is read as a whole, in order while it is a listpack", () => {
		const names = Array.from({ length: size }, (_, i) => `field:${i}`);
		const values = names.map((name) => name.replace("field", "value"));
		const isOrdered = engine.encoding("hash") === "listpack";
		const inOrder = (list: string[]): string[] => (isOrdered ? list : list.toSorted());
		expect(inOrder(engine.list("HKEYS", "hash"))).toEqual(inOrder(names));
		expect(inOrder(engine.list("HVALS", "hash"))).toEqual(inOrder(values));
		const all = engine.list("HGETALL", "hash");
		const pairs = Array.from({ length: size }, (_, i) => `${all[2 * i]} ${all[2 * i + 1]}`);
		expect(inOrder(pairs)).toEqual(inOrder(names.map((name, i) => `${name} ${values[i]}`)));
		expect(isOrdered).toBe(size <= 512);
	});

	test("is a map in RESP3", () => {
		engine.speak(3);
		expect(engine.run("HGETALL", "hash").startsWith(`%${size}\r\n`)).toBe(true);
		expect(engine.run("HKEYS", "hash").startsWith(`*${size}\r\n`)).toBe(true);
		expect(engine.run("HGET", "hash", "nope")).toBe("_\r\n");
	});
});

test("what does not exist is empty", () => {
	for (const protocol of [2, 3] as const) {
		engine.speak(protocol);
		const none = protocol === 3 ? "_\r\n" : NULL;
		expect(engine.run("HGET", "none", "f")).toBe(none);
		expect(engine.run("HMGET", "none", "f", "g")).toBe(`*2\r\n${none}${none}`);
		expect(engine.run("HGETALL", "none")).toBe(protocol === 3 ? "%0\r\n" : "*0\r\n");
		for (const command of ["HKEYS", "HVALS"]) expect(engine.run(command, "none")).toBe("*0\r\n");
		for (const words of [["HLEN"], ["HEXISTS", "f"], ["HSTRLEN", "f"]]) {
			expect(engine.run(words[0]!, "none", ...words.slice(1))).toBe(ZERO);
		}
	}
	expect(engine.keyspace.databases[0]!.table.count).toBe(0);
});

test("other types and other numbers of arguments are refused", () => {
	engine.run("SET", "string", "x");
	const commands = ["HGET", "HMGET", "HEXISTS", "HSTRLEN", "HLEN", "HGETALL", "HKEYS", "HVALS"];
	for (const name of commands) {
		const field = ["HLEN", "HGETALL", "HKEYS", "HVALS"].includes(name) ? [] : ["f"];
		expect(engine.run(name, "string", ...field)).toBe(WRONG_TYPE);
		expect(engine.run(name)).toBe(wrongArity(name.toLowerCase()));
		if (name !== "HMGET") expect(engine.run(name, "k", ...field, "x")).toBe(wrongArity(name.toLowerCase()));
	}
	expect(engine.run("HMGET", "k")).toBe(wrongArity("hmget"));
});

test("reading counts hits and misses", () => {
	engine.run("HSET", "h", "f", "v");
	const { hits, misses } = engine.keyspace;
	for (const key of ["h", "none"]) {
		engine.run("HGET", key, "f");
		engine.run("HMGET", key, "f", "g");
		engine.run("HGETALL", key);
	}
	expect([engine.keyspace.hits - hits, engine.keyspace.misses - misses]).toEqual([3, 3]);
});

test("bytes of all kinds and lengths come back as they were", () => {
	const texts = [
		"",
		"\x00",
		"\r\n",
		"\xff\xfe",
		"x".repeat(127),
		"x".repeat(128),
		"x".repeat(4096),
		"x".repeat(70_000),
	];
	for (const field of texts) {
		for (const value of texts) {
			engine.run("HSET", "hash", field, value);
			expect(engine.run("HGET", "hash", field)).toBe(bulk(value));
		}
	}
	expect(engine.run("HLEN", "hash")).toBe(`:${texts.length}\r\n`);
	engine.verify();
});
