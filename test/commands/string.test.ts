import { expect, test } from "bun:test";
import fc from "fast-check";
import { stringCommands } from "../../src/commands/string.ts";
import { STRING_BYTES_MAX, StringEngine } from "../support/string-engine.ts";
import { StringModel } from "./string/string-model.ts";

const KEYS = ["a", "b", "c", "d", `e${"e".repeat(300)}`];
const START_MS = 1_700_000_000_000;

const key = fc.constantFrom(...KEYS);
const integer = fc.oneof(
	fc.integer({ min: -120, max: 120 }).map(String),
	fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
	fc.constantFrom("9007199254740991", "-9007199254740991", "9223372036854775807", "-9223372036854775808"),
);
const value = fc.oneof(
	integer,
	fc.constantFrom("", "-0", "01", " 1"),
	fc.tuple(fc.constantFrom("x", "0", "\0", "\xff\r\n"), fc.integer({ min: 0, max: 70 })).map(([t, n]) => t.repeat(n)),
	fc.tuple(fc.constantFrom("y", "z"), fc.integer({ min: 4080, max: 4110 })).map(([t, n]) => t.repeat(n)),
	fc.constantFrom("long".repeat(3000), "l".repeat(40_000)),
);
const offset = fc.oneof(
	fc.integer({ min: -140, max: 140 }).map(String),
	fc.constantFrom("4095", "4096", "-4096", String(STRING_BYTES_MAX - 1), "-9223372036854775808", "9223372036854775807"),
);
const expiration: fc.Arbitrary<string[]> = fc.oneof(
	fc.tuple(fc.constant("px"), fc.integer({ min: -1, max: 90 }).map(String)),
	fc.tuple(fc.constant("ex"), fc.constantFrom("0", "1", "9223372036854775", "abc")),
	fc.tuple(fc.constant("pxat"), fc.constantFrom("1", String(START_MS + 300), "9223372036854775807")),
	fc.tuple(fc.constant("exat"), fc.constantFrom("1", String(START_MS / 1000 + 1), "9223372036854776")),
);
const setOption = fc.oneof(fc.constantFrom(["nx"], ["xx"], ["get"], ["keepttl"]), expiration, fc.constant(["ex"]));
const setOptions = fc.array(setOption, { maxLength: 3 }).map((words) => words.flat());
const getexOptions = fc.oneof(fc.constant<string[]>([]), fc.constant<string[]>(["persist"]), expiration);
const pairs = fc.array(fc.tuple(key, value), { minLength: 1, maxLength: 4 }).map((words) => words.flat());

function command(name: string, ...args: fc.Arbitrary<string | string[]>[]): fc.Arbitrary<string[]> {
	return fc.tuple(...args).map((words) => [name, ...words.flat()]);
}

const step = fc.oneof(
	{ weight: 4, arbitrary: fc.integer({ min: 1, max: 60 }) },
	{ weight: 3, arbitrary: command("set", key, value, setOptions) },
	{ weight: 3, arbitrary: command("setrange", key, offset, value) },
	{ weight: 3, arbitrary: command("append", key, value) },
	{ weight: 2, arbitrary: command("incrby", key, integer) },
	command("incr", key),
	command("decr", key),
	command("get", key),
	command("setnx", key, value),
	command("setex", key, fc.constantFrom("0", "1", "x"), value),
	command("psetex", key, fc.integer({ min: 0, max: 90 }).map(String), value),
	command("getset", key, value),
	command("getdel", key),
	command("getex", key, getexOptions),
	command("mget", fc.array(key, { minLength: 1, maxLength: 6 })),
	command("mset", pairs),
	command("msetnx", pairs),
	command("strlen", key),
	command("getrange", key, offset, offset),
);

/** A deadline beyond 2^53 is as near as a double comes. */
function rounded(left_ms: number): number {
	return left_ms > 2 ** 62 ? Math.fround(left_ms) : left_ms;
}

/** After every command: replies, events, and everything that can be seen of every key. */
function compare(engine: StringEngine, model: StringModel): void {
	for (const name of KEYS) {
		const entry = model.find(name);
		if (engine.value(name) !== (entry?.value ?? null)) throw new Error(`the value of ${name.slice(0, 2)} differs`);
		if (entry === undefined) continue;
		expect(engine.encoding(name)).toBe(model.encoding(entry));
		expect(rounded(engine.left_ms(name))).toBe(rounded(entry.deadline_ms - model.now_ms));
		expect(engine.isLong(name)).toBe(entry.value.length > 4096);
	}
	expect(engine.takeEvents()).toEqual(model.events.splice(0));
	expect(engine.database().table.count).toBe(model.entries.size);
	expect(engine.database().table.handles.bytes).toBe(engine.longBytes());
}

test("random commands do what a plain model does", () => {
	fc.assert(
		fc.property(fc.array(step, { minLength: 1, maxLength: 80, size: "max" }), (steps) => {
			const engine = new StringEngine();
			const model = new StringModel(START_MS, STRING_BYTES_MAX);
			for (const each of steps) {
				if (typeof each === "number") {
					engine.advance(each);
					model.now_ms += each;
					continue;
				}
				const [name, ...args] = each as [string, ...string[]];
				const reply = engine.run(name, ...args);
				const expected = model.run(name, ...args);
				if (reply !== expected) throw new Error(`${name} replied ${reply.slice(0, 80)}, not ${expected.slice(0, 80)}`);
				compare(engine, model);
			}
		}),
		{ numRuns: 150, seed: 7 },
	);
});

test("the group has every command of Redis's group, once", () => {
	const names = stringCommands({ stringBytesMax: () => 0 }).map((row) => row.name);
	expect(names.toSorted()).toEqual([
		...["append", "decr", "decrby", "get", "getdel", "getex", "getrange", "getset", "incr", "incrby", "incrbyfloat"],
		...["lcs", "mget", "mset", "msetnx", "psetex", "set", "setex", "setnx", "setrange", "strlen", "substr"],
	]);
});
