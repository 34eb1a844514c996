import { beforeEach, describe, expect, test } from "bun:test";
import { ExpiryCycle } from "../../src/keyspace/expiry.ts";
import type { FieldExpiry } from "../../src/keyspace/field-expiry.ts";
import { HashEngine } from "../commands/hash/harness.ts";

let engine: HashEngine;
let cycle: ExpiryCycle;

beforeEach(() => {
	engine = new HashEngine();
	cycle = new ExpiryCycle(engine.keyspace, engine.time, engine.time);
});

function fieldExpiry(database = 0): FieldExpiry {
	return engine.keyspace.databases[database]!.fieldExpiry;
}

/** Runs a command and what comes at the end of a batch. */
function run(...words: (string | number)[]): string {
	const reply = engine.run(...words);
	cycle.arm();
	return reply;
}

/** Fields that are there, without anybody looking. */
function fieldCount(key: string): number {
	const { table } = engine.keyspace.databases[0]!;
	const bytes = Buffer.from(key);
	if (!table.find(bytes, 0, bytes.length, engine.keyspace.databases[0]!.hash(bytes, 0, bytes.length))) return 0;
	if (table.isExternal()) return (table.external() as unknown as { fields: { count: number } }).fields.count;
	const start = table.valueStart();
	return table.segment.slab[start]! | (table.segment.slab[start + 1]! << 8);
}

describe("fields expire on time, whoever asks for them or not", () => {
	test.each([3, 1000])("in a hash of %i fields", (size) => {
		engine.fill("h", size);
		run("HPEXPIRE", "h", 100, "FIELDS", 2, "field:0", "field:1");
		run("HPEXPIRE", "h", 300, "FIELDS", 1, "field:2");
		engine.advance(100);
		expect(fieldCount("h")).toBe(size);
		engine.advance(1);
		expect(fieldCount("h")).toBe(size - 2);
		engine.advance(198);
		expect([fieldCount("h"), fieldExpiry().count()]).toEqual([size - 2, 1]);
		engine.takeEvents();
		engine.advance(2);
		expect([fieldCount("h"), fieldExpiry().count()]).toEqual([size - 3, 0]);
		expect(engine.takeEvents()).toEqual(size === 3 ? ["hexpired h", "del h"] : ["hexpired h"]);
		engine.verify();
	});

	test("the earliest of many hashes first", () => {
		for (let i = 0; i < 200; i++) {
			run("HSET", `h${i}`, "f", "v", "g", "v");
			run("HPEXPIRE", `h${i}`, 1000 - i, "FIELDS", 1, "f");
		}
		for (let i = 199; i >= 0; i--) {
			engine.advance(1000 - i - (engine.time.now_ms() - 1_700_000_000_000));
			expect(fieldCount(`h${i}`)).toBe(2);
			engine.advance(1);
			expect(fieldCount(`h${i}`)).toBe(1);
		}
		expect(fieldExpiry().count()).toBe(0);
		engine.verify();
	});

	test("many fields of one hash at once hold nobody up", () => {
		for (let i = 0; i < 20_000; i += 500) {
			const fields = Array.from({ length: 500 }, (_, j) => [`f${i + j}`, "v"]).flat();
			engine.run("HSETEX", "h", "PX", 100, "FIELDS", 500, ...fields);
		}
		engine.run("HSET", "h", "stays", "v");
		engine.time.advance(101);
		// Whoever looks first removes some, and sees none of the rest.
		expect(engine.run("HGET", "h", "f7")).toBe("$-1\r\n");
		const left = fieldCount("h");
		expect(left).toBeGreaterThan(19_000);
		expect(left).toBeLessThan(20_000);
		expect(engine.run("HLEN", "h")).toBe(":1\r\n");
		expect(engine.list("HGETALL", "h")).toEqual(["stays", "v"]);
		expect(engine.list("HRANDFIELD", "h", 10)).toEqual(["stays"]);
		expect(engine.run("HSETNX", "h", "f19999", "again")).toBe(":1\r\n");
		cycle.run();
		engine.advance(1);
		expect(fieldCount("h")).toBe(2);
		engine.verify();
	});
});

describe("the table of hashes with deadlines", () => {
	beforeEach(() => {
		run("HSET", "h", "f", "v", "g", "v");
		run("HPEXPIRE", "h", 100, "FIELDS", 1, "f");
		expect(fieldExpiry().count()).toBe(1);
	});

	test.each([
		..."DEL h,UNLINK h,SET h string,HDEL h f g,PEXPIREAT h 1,RENAME other h".split(","),
		`SET h ${"x".repeat(5000)}`,
	])("forgets a hash that is gone by %.20s", (line) => {
		run("HSET", "other", "f", "v");
		run(...line.split(" "));
		expect(fieldExpiry().count()).toBe(0);
		engine.advance(1000);
		engine.verify();
	});

	test("forgets a hash whose own time is over", () => {
		run("PEXPIRE", "h", 50);
		engine.advance(51);
		expect(fieldExpiry().count()).toBe(0);
	});

	test("keeps a hash under its new key, and both copies", () => {
		run("RENAME", "h", "renamed");
		run("COPY", "renamed", "copy");
		run("MOVE", "copy", 1);
		expect([fieldExpiry().count(), fieldExpiry(1).count()]).toEqual([1, 1]);
		engine.advance(101);
		expect([fieldExpiry().count(), fieldExpiry(1).count()]).toEqual([0, 0]);
		expect(fieldCount("renamed")).toBe(1);
	});

	test("takes the place of another hash's deadline", () => {
		run("HSET", "later", "f", "v", "g", "v");
		run("HPEXPIRE", "later", 500, "FIELDS", 1, "f");
		run("RENAME", "later", "h");
		engine.advance(400);
		expect([fieldCount("h"), fieldExpiry().count()]).toEqual([2, 1]);
		engine.advance(101);
		expect(fieldCount("h")).toBe(1);
	});

	test("goes with its database", () => {
		run("HSETEX", "i", "EX", 1, "FIELDS", 1, "f", "v");
		engine.keyspace.databases[1]!.clear();
		expect(fieldExpiry().count()).toBe(2);
		run("DEL", "i");
		engine.keyspace.swap(0, 1);
		expect([fieldExpiry().count(), fieldExpiry(1).count()]).toEqual([0, 1]);
		engine.advance(101);
		expect(fieldExpiry(1).count()).toBe(0);
		engine.keyspace.swap(0, 1);
		expect(fieldCount("h")).toBe(1);
		run("HSETEX", "h", "EX", 1, "FIELDS", 1, "f", "v");
		engine.keyspace.databases[0]!.clear();
		expect(fieldExpiry().count()).toBe(0);
	});

	test("finds out that deadlines went away when they would have come", () => {
		run("HPERSIST", "h", "FIELDS", 1, "f");
		run("HPEXPIRE", "h", 500, "FIELDS", 1, "g");
		engine.takeEvents();
		engine.advance(101);
		expect([fieldCount("h"), fieldExpiry().count(), engine.takeEvents().length]).toEqual([2, 1, 0]);
		run("HPERSIST", "h", "FIELDS", 1, "g");
		engine.advance(1000);
		expect([fieldCount("h"), fieldExpiry().count()]).toEqual([2, 0]);
	});

	test("says whether there are any deadlines, those that went away not counted", () => {
		const has = () => fieldExpiry().hasDeadlines(engine.keyspace.databases[0]!);
		expect(has()).toBe(true);
		run("HPERSIST", "h", "FIELDS", 1, "f");
		expect([fieldExpiry().count(), has()]).toEqual([1, false]);
		run("HPEXPIRE", "other", 500, "FIELDS", 1, "f");
		expect(has()).toBe(false);
		run("HSETEX", "other", "PX", 500, "FIELDS", 1, "f", "v");
		expect(has()).toBe(true);
		run("DEL", "other");
		expect(has()).toBe(false);
	});

	test("is counted in the memory used", () => {
		const before = engine.keyspace.bytesUsed();
		for (let i = 0; i < 1000; i++) run("HSETEX", `h${i}`, "EX", 100, "FIELDS", 1, "f", "v");
		const { table } = engine.keyspace.databases[0]!;
		expect(engine.keyspace.bytesUsed() - before).toBeGreaterThan(table.bytesUsed() / 2 + 1000 * 20);
	});
});

test("nothing expires by itself while active expiry is off, and nobody sees it all the same", () => {
	engine.keyspace.activeExpire = false;
	run("HSETEX", "h", "PX", 10, "FIELDS", 2, "f", "v", "g", "v");
	run("HSET", "h", "stays", "v");
	engine.advance(1000);
	expect(fieldCount("h")).toBe(3);
	expect(run("HLEN", "h")).toBe(":1\r\n");
	expect(fieldCount("h")).toBe(1);
});
