import { beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Effects, FOR_ALL, FOR_FILE, FOR_REPLICAS } from "../../src/keyspace/effects.ts";
import { ExpiryCycle } from "../../src/keyspace/expiry.ts";
import { EffectsEngine } from "../support/effects-engine.ts";
import { parseRequests } from "../support/requests.ts";

let engine: EffectsEngine;
beforeEach(() => {
	engine = new EffectsEngine();
});

function bytes(text: string): Uint8Array {
	return new Uint8Array(Buffer.from(text, "latin1"));
}

function told(effects: Effects): string[][] {
	return parseRequests(Buffer.from(effects.bytes.slice(0, effects.length)));
}

describe("the effect of a command", () => {
	test("is the command, behind the database where that has changed", () => {
		expect(engine.tell("set k v")).toEqual(["SELECT 0", "set k v"]);
		expect(engine.tell("SET k w")).toEqual(["SET k w"]);
		expect(engine.tell("SELECT 3", "SET k v")).toEqual(["SELECT 3", "SET k v"]);
		expect(engine.tell("SELECT 0", "GET k", "INCR n")).toEqual(["SELECT 0", "INCR n"]);
	});

	test("is told again with its database in a new file", () => {
		engine.tell("SET k v");
		engine.keyspace.effects.forgetDatabase();
		expect(engine.tell("SET k v")).toEqual(["SELECT 0", "SET k v"]);
	});

	test("is none where it has changed nothing, failed, or nobody listens", () => {
		expect(engine.tell("GET k")).toEqual([]);
		expect(engine.tell("DEL k")).toEqual([]);
		expect(engine.tell("SET k v", "LPUSH k x")).toEqual([]);
		expect(engine.tell("SETNX k v")).toEqual([]);
		expect(engine.tell("SET k v NX")).toEqual([]);
		expect(engine.tell("SET k v", "SAVING")).toEqual([]);
		engine.keyspace.effects.want(FOR_FILE, false);
		expect(engine.tell("SET k x EX 10")).toEqual([]);
		expect(engine.keyspace.effects.length).toBe(0);
	});

	test("has the canonical form whatever form the request had", () => {
		const forms = [
			"SET k v\r\n",
			"  SET\tk  v  \r\n",
			"SET \"k\" 'v'\n",
			"\r\n\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n",
			"*0\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n",
			"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nvXY",
			"*3\rX$3\rYSET12$1\rZk34$1\rQv56",
			"*3\r\n$3\r\nSET\r\n$1\rZk\r\n$1\r\nv\r\n",
		];
		engine.tell("SET k v");
		for (const form of forms) {
			engine.runRaw(bytes(form));
			const { effects } = engine.keyspace;
			expect(Buffer.from(effects.bytes.slice(0, effects.length)).toString()).toBe(
				"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n",
			);
			effects.clear();
		}
	});

	test("holds any bytes", () => {
		const value = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i)).repeat(100);
		engine.run("SET", "\r\n\0", value);
		const { effects } = engine.keyspace;
		expect(told(effects)).toEqual([
			["SELECT", "0"],
			["SET", "\r\n\0", value],
		]);
	});

	test("of a pipeline comes command by command", () => {
		engine.runRaw(bytes("INCR n\r\n*2\r\n$4\r\nINCR\r\n$1\r\nm\r\nGET n\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n"));
		expect(engine.take()).toEqual(["SELECT 0", "INCR n", "INCR m", "SET k v"]);
	});

	test("that failed inside leaves what came before it and nothing of itself", () => {
		engine.tell("SET k v");
		expect(() => engine.run("FAILING")).toThrow("failing failed inside");
		expect(engine.take()).toEqual([]);
		expect(engine.tell("SET k w")).toEqual(["SET k w"]);
	});
});

describe("a key whose time is over", () => {
	test("is deleted in front of the command that met it, in one with its effect", () => {
		engine.tell("SET k v PX 10", "SET l v PX 10");
		engine.advance(11);
		expect(engine.tell("GET k")).toEqual(["DEL k"]);
		expect(engine.tell("APPEND l x")).toEqual(["MULTI", "DEL l", "APPEND l x", "EXEC"]);
		expect(engine.tell("GET l")).toEqual([]);
	});

	test("and others with it", () => {
		engine.tell("MSET a 1 b 2 c 3", "PEXPIRE a 10", "PEXPIRE c 10");
		engine.advance(11);
		expect(engine.tell("MGET a b c")).toEqual(["MULTI", "DEL a", "DEL c", "EXEC"]);
	});

	test("and its database is told within", () => {
		engine.tell("SELECT 2", "SET k v PX 10", "SELECT 0", "SET k v", "SELECT 2");
		engine.advance(11);
		expect(engine.tell("SET k w")).toEqual(["MULTI", "SELECT 2", "DEL k", "SET k w", "EXEC"]);
	});

	test("goes by UNLINK where it is freed lazily", () => {
		engine.keyspace.effects.unlinksExpired = true;
		engine.tell("SET k v PX 10", "SET l v");
		engine.advance(11);
		expect(engine.tell("GET k")).toEqual(["UNLINK k"]);
		expect(engine.tell("EXPIRE l -1")).toEqual(["UNLINK l"]);
		expect(engine.tell("SET l v", "GETEX l PXAT 1")).toEqual(["UNLINK l"]);
	});

	test("goes by itself, each alone, under its database", () => {
		const cycle = new ExpiryCycle(engine.keyspace, engine.time, engine.time);
		engine.tell("SET a v PX 10", "SET b v PX 10", "SELECT 1", "SET c v PX 10", "HSET h f v g w x y");
		engine.tell("HPEXPIRE h 10 FIELDS 2 f x");
		cycle.arm();
		engine.advance(12);
		const lines = engine.take();
		expect(lines.toSorted()).toEqual(["DEL a", "DEL b", "DEL c", "HDEL h f x", "SELECT 0", "SELECT 1"]);
		expect(lines.indexOf("DEL c")).toBeGreaterThan(lines.indexOf("SELECT 1"));
		expect(lines.indexOf("DEL a")).toBeGreaterThan(lines.indexOf("SELECT 0"));
		cycle.stop();
	});
});

test("what was taken is forgotten, and a big buffer let go", () => {
	const { effects } = engine.keyspace;
	engine.run("SET", "k", "v".repeat(10 << 20));
	expect(effects.length).toBeGreaterThan(10 << 20);
	const position = effects.position();
	effects.clear();
	expect(effects.position()).toBe(position);
	expect(effects.length).toBe(0);
	expect(effects.bytes.length).toBeLessThan(1 << 20);
	expect(engine.tell("SET k v")).toEqual(["SET k v"]);
});

test("whatever is told can be read again by those it is for: words, databases, brackets", () => {
	const word = fc.string({ unit: "binary", maxLength: 40 }).map((text) => Buffer.from(text).toString("latin1"));
	const effect = fc.record({
		database: fc.nat(2),
		words: fc.array(word, { minLength: 1, maxLength: 5 }),
		audience: fc.constantFrom(FOR_ALL, FOR_ALL, FOR_FILE, FOR_REPLICAS),
		/** Half of it is told before it fails. */
		isAborted: fc.nat(9).map((n) => n === 0),
	});
	const unit = fc.record({
		isCommand: fc.boolean(),
		isTaken: fc.boolean(),
		effects: fc.array(effect, { maxLength: 4 }),
	});
	const listeners = fc.constantFrom([FOR_FILE], [FOR_REPLICAS], [FOR_FILE, FOR_REPLICAS]);
	fc.assert(
		fc.property(fc.array(unit), listeners, (plan, wanting) => {
			const effects = new Effects();
			const wanted = wanting.reduce((all, whom) => all | whom, 0);
			for (const whom of wanting) effects.want(whom, true);
			let expected = new Map<number, string[][]>();
			let fed: Buffer[] = [];
			effects.onTaken = (source, length) => fed.push(Buffer.from(source.slice(0, length)));
			const databases = new Map(wanting.map((whom) => [whom, -1]));
			const expect1 = (whom: number, words: string[]) => expected.set(whom, [...(expected.get(whom) ?? []), words]);
			for (const { isCommand, isTaken, effects: each } of plan) {
				if (isCommand) effects.beginCommand();
				const telling = each.filter(({ audience }) => (audience & wanted) !== 0);
				const isBracketed = isCommand && telling.length > 1;
				if (isBracketed) for (const whom of wanting) expect1(whom, ["MULTI"]);
				for (const { database, words, audience, isAborted } of each) {
					effects.restrict(audience);
					expect(effects.isOn).toBe((audience & wanted) !== 0);
					if (!effects.isOn) continue;
					for (const whom of wanting.filter((listener) => (listener & audience) !== 0)) {
						if (databases.get(whom) !== database) expect1(whom, ["SELECT", String(database)]);
						databases.set(whom, database);
						if (!isAborted) expect1(whom, words);
					}
					const begun = effects.begin(database, words.length);
					const told = isAborted ? words.slice(1) : words;
					for (const each of told) begun.word(bytes(each));
					effects.abortEffect();
				}
				effects.restrict(FOR_ALL);
				if (isBracketed) for (const whom of wanting) expect1(whom, ["EXEC"]);
				if (isCommand) effects.endCommand();
				if (!isTaken) continue;
				for (const whom of wanting) expect(partOf(effects, whom)).toEqual(expected.get(whom) ?? []);
				effects.clear();
				expect(parseRequests(Buffer.concat(fed))).toEqual(expected.get(FOR_REPLICAS) ?? []);
				expected = new Map();
				fed = [];
			}
			for (const whom of wanting) expect(partOf(effects, whom)).toEqual(expected.get(whom) ?? []);
		}),
	);
});

function partOf(effects: Effects, whom: number): string[][] {
	const part = effects.partFor(whom);
	return parseRequests(Buffer.from(part.slice(0, effects.partLength)));
}
