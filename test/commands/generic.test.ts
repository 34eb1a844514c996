import { beforeEach, describe, expect, test } from "bun:test";
import { GenericEngine, LONG, ONE, wrongArity, ZERO } from "./generic/harness.ts";

let engine: GenericEngine;

beforeEach(() => {
	engine = new GenericEngine();
});

describe("arity", () => {
	const tooFew: Record<string, number> = {
		del: 0,
		unlink: 0,
		exists: 0,
		touch: 0,
		type: 0,
		keys: 0,
		scan: 0,
		persist: 0,
		ttl: 0,
		pttl: 0,
		expiretime: 0,
		pexpiretime: 0,
		expire: 1,
		pexpire: 1,
		expireat: 1,
		pexpireat: 1,
		rename: 1,
		renamenx: 1,
		move: 1,
		copy: 1,
		wait: 1,
		object: 0,
	};
	for (const [name, count] of Object.entries(tooFew)) {
		test(`${name} needs more than ${count}`, () => {
			expect(engine.run(name, ...Array<string>(count).fill("x"))).toBe(wrongArity(name));
		});
	}
	const tooMany: Record<string, number> = {
		type: 2,
		keys: 2,
		randomkey: 1,
		persist: 2,
		ttl: 2,
		pttl: 2,
		expiretime: 2,
		pexpiretime: 2,
		rename: 3,
		renamenx: 3,
		move: 3,
		wait: 3,
	};
	for (const [name, count] of Object.entries(tooMany)) {
		test(`${name} takes less than ${count}`, () => {
			expect(engine.run(name, ...Array<string>(count).fill("x"))).toBe(wrongArity(name));
		});
	}
});

describe.each(["DEL", "UNLINK"])("%s", (name) => {
	test("removes what is there and counts it", () => {
		engine.run("MSET", "a", "1", "b", LONG, "", "3");
		expect(engine.run(name, "a", "nosuch", "b", "a", "")).toBe(":3\r\n");
		expect(engine.run("EXISTS", "a", "b", "")).toBe(ZERO);
		expect(engine.keyspace.bytesUsed()).toBe(new GenericEngine().keyspace.bytesUsed());
	});

	test("announces each key removed", () => {
		engine.run("MSET", "a", "1", "b", "2");
		expect(engine.effectsOf(name, "a", "x", "b", "a")).toEqual([2, "0:a:del", "0:b:del"]);
	});

	test("does not count an expired key, which expires instead", () => {
		engine.setExpired("a");
		expect(engine.run(name, "a")).toBe(ZERO);
		expect(engine.keyspace.expiredKeys).toBe(1);
		engine.setExpired("a");
		expect(engine.effectsOf(name, "a")).toEqual([0, "0:a:expired"]);
	});

	test("takes many keys at once", () => {
		const names = Array.from({ length: 300 }, (_, i) => `key:${i}`);
		engine.run("MSET", ...names.filter((_, i) => i % 3 !== 0).flatMap((key) => [key, "1"]));
		expect(engine.run("EXISTS", ...names)).toBe(":200\r\n");
		expect(engine.run("TOUCH", ...names, ...names)).toBe(":400\r\n");
		expect(engine.run(name, ...names, ...names)).toBe(":200\r\n");
		expect(engine.keyCount()).toBe(0);
	});

	test("counts neither hits nor misses", () => {
		engine.run("SET", "a", "1");
		expect(engine.lookups(name, "a", "b")).toEqual([0, 0]);
	});
});

describe("EXISTS, TOUCH and TYPE", () => {
	test("EXISTS counts a key as often as it is named", () => {
		engine.run("MSET", "a", "1", "b", "2");
		expect(engine.run("EXISTS", "a", "b", "a", "c")).toBe(":3\r\n");
		expect(engine.lookups("EXISTS", "a", "b", "a", "c")).toEqual([3, 1]);
	});

	test("TOUCH counts like EXISTS and renews the access time", () => {
		engine.run("SET", "a", "1");
		engine.advance(50_000);
		expect(engine.run("EXISTS", "a")).toBe(ONE);
		expect(engine.run("TYPE", "a")).toBe("+string\r\n");
		expect(engine.run("TTL", "a")).toBe(":-1\r\n");
		expect(engine.run("OBJECT", "IDLETIME", "a")).toBe(":50\r\n");
		expect(engine.run("TOUCH", "a", "b", "a")).toBe(":2\r\n");
		expect(engine.lookups("TOUCH", "a", "b", "a")).toEqual([2, 1]);
		expect(engine.run("OBJECT", "IDLETIME", "a")).toBe(ZERO);
	});

	test("TOUCH works for a client with NO-TOUCH, too, unlike GET", () => {
		engine.run("SET", "a", "1");
		engine.advance(50_000);
		engine.client.noTouch = true;
		engine.run("GET", "a");
		expect(engine.run("OBJECT", "IDLETIME", "a")).toBe(":50\r\n");
		engine.run("TOUCH", "a");
		expect(engine.run("OBJECT", "IDLETIME", "a")).toBe(ZERO);
	});

	test("TYPE names the type, or says none", () => {
		engine.run("SET", "a", LONG);
		expect(engine.run("TYPE", "a")).toBe("+string\r\n");
		expect(engine.run("TYPE", "b")).toBe("+none\r\n");
		expect(engine.lookups("TYPE", "a")).toEqual([1, 0]);
		expect(engine.lookups("TYPE", "b")).toEqual([0, 1]);
		engine.setExpired("a");
		expect(engine.run("TYPE", "a")).toBe("+none\r\n");
	});
});
