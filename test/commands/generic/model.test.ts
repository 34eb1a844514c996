import { expect, test } from "bun:test";
import fc from "fast-check";
import { ExpiryCycle } from "../../../src/keyspace/expiry.ts";
import { bulk, GenericEngine } from "./harness.ts";
import { KeyspaceModel, type Reply } from "./keyspace-model.ts";

/**
 * Random string and generic commands on a few keys in three databases, beside a plain model, while time goes on. The
 * engine verifies all tables after each command; active expiry comes and goes.
 */
const DATABASES = 3;

type Words = (string | number)[];

/** The words sent, and what the model makes of them; a whole iteration by SCAN is "SCAN" alone. */
interface Step {
	readonly words: Words;
	readonly expected: (model: KeyspaceModel) => Reply;
}

const keys = fc.constantFrom("a", "b", "c", "d", "", "k".repeat(300));
const values = fc.oneof(
	fc.constantFrom("0", "12", "9999", "10000", "-1", "007", "", "text"),
	fc.constantFrom(44, 45, 127, 128, 1000, 4096, 4097, 9000).map((length) => "v".repeat(length)),
);
const spans_ms = fc.oneof(fc.integer({ min: -5, max: 60 }), fc.integer({ min: 61, max: 10_000_000 }));
const databases = fc.integer({ min: 0, max: DATABASES - 1 });

const steps: fc.Arbitrary<Step>[] = [
	fc.tuple(keys, values).map(([key, value]) => ({
		words: ["SET", key, value],
		expected: (model) => model.set(key, value, Infinity),
	})),
	fc.tuple(keys, values, fc.integer({ min: 1, max: 100 })).map(([key, value, span_ms]) => ({
		words: ["SET", key, value, "PX", span_ms],
		expected: (model) => model.set(key, value, model.now_ms + span_ms),
	})),
	fc.tuple(keys, fc.constantFrom("1", "x", "y".repeat(3000))).map(([key, text]) => ({
		words: ["APPEND", key, text],
		expected: (model) => model.append(key, text),
	})),
	keys.map((key) => ({ words: ["GET", key], expected: (model) => model.get(key) })),
	fc.tuple(fc.constantFrom("DEL", "UNLINK"), fc.array(keys, { minLength: 1, maxLength: 3 })).map(([name, named]) => ({
		words: [name, ...named],
		expected: (model) => model.del(named),
	})),
	fc.tuple(fc.constantFrom("EXISTS", "TOUCH"), fc.array(keys, { minLength: 1, maxLength: 3 })).map(([name, named]) => ({
		words: [name, ...named],
		expected: (model) => model.exists(named),
	})),
	keys.map((key) => ({ words: ["TYPE", key], expected: (model) => model.type(key) })),
	keys.map((key) => ({ words: ["OBJECT", "ENCODING", key], expected: (model) => model.encoding(key) })),
	fc.tuple(keys, keys, fc.boolean()).map(([from, to, onlyNew]) => ({
		words: [onlyNew ? "RENAMENX" : "RENAME", from, to],
		expected: (model) => model.rename(from, to, onlyNew),
	})),
	fc.tuple(keys, databases).map(([key, to]) => ({
		words: ["MOVE", key, to],
		expected: (model) => model.move(key, to),
	})),
	fc.tuple(keys, keys, databases, fc.boolean()).map(([from, to, database, replaces]) => ({
		words: ["COPY", from, to, "DB", database, ...(replaces ? ["REPLACE"] : [])],
		expected: (model) => model.copy(from, to, database, replaces),
	})),
	fc.tuple(keys, spans_ms, fc.constantFrom("", "NX", "XX", "GT", "LT")).map(([key, span_ms, condition]) => ({
		words: ["PEXPIRE", key, span_ms, ...(condition === "" ? [] : [condition])],
		expected: (model) => model.expire(key, model.now_ms + span_ms, condition),
	})),
	fc.tuple(keys, fc.integer({ min: 1_700_000_000, max: 1_700_000_100 })).map(([key, at_s]) => ({
		words: ["EXPIREAT", key, at_s],
		expected: (model) => model.expire(key, 1000 * at_s, ""),
	})),
	keys.map((key) => ({ words: ["PERSIST", key], expected: (model) => model.persist(key) })),
	keys.map((key) => ({ words: ["TTL", key], expected: (model) => model.deadline(key, model.now_ms, 1000) })),
	keys.map((key) => ({ words: ["PTTL", key], expected: (model) => model.deadline(key, model.now_ms, 1) })),
	keys.map((key) => ({ words: ["EXPIRETIME", key], expected: (model) => model.deadline(key, 0, 1000) })),
	keys.map((key) => ({ words: ["PEXPIRETIME", key], expected: (model) => model.deadline(key, 0, 1) })),
	fc.constant({ words: ["KEYS", "*"], expected: (model) => model.names() }),
	fc.constant({ words: ["SCAN"], expected: (model) => model.names() }),
	fc.constant({ words: ["RANDOMKEY"], expected: () => "" }),
];

const events = fc.oneof(
	{ weight: 30, arbitrary: fc.oneof(...steps).map((step) => ({ step, advance_ms: 0, select: -1, active: -1 })) },
	{
		weight: 5,
		arbitrary: fc.integer({ min: 1, max: 80 }).map((ms) => ({ step: null, advance_ms: ms, select: -1, active: -1 })),
	},
	{ weight: 2, arbitrary: databases.map((select) => ({ step: null, advance_ms: 0, select, active: -1 })) },
	{
		weight: 1,
		arbitrary: fc.integer({ min: 0, max: 1 }).map((active) => ({ step: null, advance_ms: 0, select: -1, active })),
	},
);

function encoded(reply: Reply): string {
	if (reply === null) return "$-1\r\n";
	if (typeof reply === "number") return `:${reply}\r\n`;
	if (typeof reply === "string") return bulk(reply);
	if ("error" in reply) return `-${reply.error}\r\n`;
	if ("status" in reply) return `+${reply.status}\r\n`;
	return `*${reply.length}\r\n${reply.map(bulk).join("")}`;
}

/** The bulk strings of an array reply, whatever they hold, sorted and made one reply again. */
function sorted(reply: string): string {
	return encoded(namesIn(reply, reply.indexOf("\r\n") + 2).sort());
}

function namesIn(reply: string, from: number): string[] {
	const names: string[] = [];
	for (let at = from; at < reply.length; ) {
		const lineEnd = reply.indexOf("\r\n", at);
		const length = Number(reply.slice(at + 1, lineEnd));
		names.push(reply.slice(lineEnd + 2, lineEnd + 2 + length));
		at = lineEnd + 2 + length + 2;
	}
	return names;
}

function scanAll(engine: GenericEngine): string {
	const names: string[] = [];
	let cursor = "0";
	do {
		const reply = engine.run("SCAN", cursor, "COUNT", 2);
		const [, , next] = reply.split("\r\n", 3);
		cursor = next!;
		const array = reply.indexOf("*", 4);
		names.push(...namesIn(reply, reply.indexOf("\r\n", array) + 2));
	} while (cursor !== "0");
	return encoded(names.sort());
}

function check(engine: GenericEngine, model: KeyspaceModel, step: Step): void {
	const [name] = step.words;
	model.purge();
	const expected = step.expected(model);
	if (name === "RANDOMKEY") {
		const reply = engine.run("RANDOMKEY");
		if (model.names().length === 0) expect(reply).toBe("$-1\r\n");
		else expect(model.names()).toContain(namesIn(reply, 0)[0]!);
	} else if (name === "SCAN") expect(scanAll(engine)).toBe(encoded(expected));
	else if (name === "KEYS") expect(sorted(engine.run(...step.words))).toBe(encoded(expected));
	else expect(engine.run(...step.words)).toBe(encoded(expected));
}

test("random commands agree with a plain model", () => {
	fc.assert(
		fc.property(fc.array(events, { minLength: 1, maxLength: 250, size: "max" }), (sequence) => {
			const engine = new GenericEngine(DATABASES);
			const cycle = new ExpiryCycle(engine.keyspace, engine.time, engine.time);
			const model = new KeyspaceModel(DATABASES, engine.time.now_ms());
			for (const { step, advance_ms, select, active } of sequence) {
				if (step !== null) check(engine, model, step);
				if (select >= 0) {
					engine.select(select);
					model.database = select;
				}
				if (active >= 0) engine.keyspace.activeExpire = active === 1;
				cycle.arm();
				engine.advance(advance_ms);
				model.now_ms += advance_ms;
				model.purge();
				// The key of the slowest timer may go a millisecond late, where its deadline was not ahead when it was set.
				if (engine.keyspace.activeExpire) {
					engine.time.advance(1);
					model.now_ms++;
					model.purge();
					expect(engine.keyspace.keyCount()).toBe(model.keyCount());
				}
			}
		}),
		{ numRuns: 150, seed: 77 },
	);
});
