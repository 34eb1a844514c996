import { describe, expect, test } from "bun:test";
import { type Directive, Refusal, type Setting } from "../../src/config/directive.ts";
import { directives, statements, type Values } from "../../src/config/directives.ts";
import { splitWords } from "../../src/config/quoting.ts";
import { memoryText, readMemory } from "../../src/config/simple-types.ts";

const rows = Object.entries<Directive<unknown>>(directives);

function read(name: keyof Values, ...words: string[]): Setting<unknown> | string {
	const directive: Directive<unknown> = directives[name];
	const setting = directive.type.read(words, directive.initial, false);
	return setting instanceof Refusal ? setting.reason : setting;
}

const value = (name: keyof Values, ...words: string[]) => {
	const setting = read(name, ...words);
	return typeof setting === "string" ? setting : setting.value;
};

describe("the table", () => {
	test.each(rows)("%s has a usable default and a sentence for people", (_name, directive) => {
		expect(directive.pending?.(directive.initial.value) ?? false).toBe(false);
		expect(directive.doc).toMatch(/^[A-Z].*[^.]\.$/);
		let setting: Setting<unknown> | undefined = directive.initial;
		for (const [index, { words }] of directive.type.lines(directive.initial, directive.initial).entries()) {
			const read = directive.type.read(splitWords(words)!, setting, index > 0);
			setting = read instanceof Refusal ? undefined : read;
		}
		expect(setting).toEqual(directive.initial);
	});

	test("has each name once", () => {
		const names = rows.flatMap(([name, { aliases = [] }]) => [name, ...aliases]).concat(Object.keys(statements));
		expect(names.length).toBeGreaterThan(190);
		expect(new Set(names).size).toBe(names.length);
	});

	test("gives its values their types", () => {
		// The annotation is the test: the compiler derives these types from the table.
		const defaults: Partial<Values> = {
			maxclients: 10_000,
			"proto-max-bulk-len": 512 * 1024 ** 2,
			appendonly: false,
			"maxmemory-policy": "noeviction",
			bind: ["*", "-::*"],
			replicaof: undefined,
			"maxmemory-clients": { unit: "bytes", amount: 0 },
			"shutdown-on-sigterm": [],
		};
		// @ts-expect-error: no such policy
		expect(defaults["maxmemory-policy"] === "most-boring").toBe(false);
		for (const [name, value] of Object.entries(defaults)) {
			expect<unknown>(directives[name as keyof Values].initial.value).toEqual(value);
		}
	});
});

describe("memory", () => {
	test.each([
		["1", 1n],
		["1b", 1n],
		["1k", 1000n],
		["1kB", 1024n],
		["1m", 1_000_000n],
		["1MB", 1_048_576n],
		["1g", 1_000_000_000n],
		["1Gb", 1_073_741_824n],
		["", 0n],
		["k", 0n],
		["007k", 7000n],
		["18446744073709551615", 2n ** 64n - 1n],
		["18446744073709551616", 2n ** 64n - 1n],
		["18446744073709551615k", 18_446_744_073_709_550_616n],
		["1t", undefined],
		["-1", undefined],
		["+1", undefined],
		["1 k", undefined],
		["1.5k", undefined],
		["1k1", undefined],
	])("%j is %p", (word, bytes) => {
		expect(readMemory(word)).toBe(bytes);
	});

	test.each([
		["0", "0"],
		["1000", "1000"],
		["1024", "1kb"],
		["1536000", "1500kb"],
		["1048576000", "1000mb"],
		["3221225472", "3gb"],
	])("%s bytes are written %s", (bytes, text) => {
		expect(memoryText(bytes)).toBe(text);
		expect(readMemory(text)).toBe(BigInt(bytes));
	});
});

describe("values", () => {
	test.each([
		["timeout", ["300"], 300],
		["appendonly", ["YES"], true],
		["loglevel", ["Debug"], "debug"],
		["unixsocketperm", ["0770"], 0o770],
		["maxmemory", ["1gb"], 1024 ** 3],
		["maxmemory-clients", ["5%"], { unit: "percent", amount: 5 }],
		["maxmemory-clients", ["0%"], { unit: "bytes", amount: 0 }],
		["maxmemory-clients", ["1kb"], { unit: "bytes", amount: 1024 }],
		["hz", ["0"], 1],
		["hz", ["1000"], 500],
		["repl-backlog-size", ["1"], 16_384],
		["bind", ["127.0.0.1", "::1"], ["127.0.0.1", "::1"]],
		["bind", ["127.0.0.1 ::1"], ["127.0.0.1", "::1"]],
		["bind", [""], []],
		[
			"save",
			["900 1 60 2"],
			[
				{ seconds: 900, changes: 1 },
				{ seconds: 60, changes: 2 },
			],
		],
		["save", [""], []],
		["notify-keyspace-events", ["KA"], "g$lshzxetdK"],
		["notify-keyspace-events", ["mEnx"], "xnEm"],
		["latency-tracking-info-percentiles", ["50 1e1 .5"], [50, 10, 0.5]],
		["latency-tracking-info-percentiles", [""], []],
		["oom-score-adj-values", ["-5", "+5", "7"], [-5, 5, 7]],
		["shutdown-on-sigint", ["force", "NOW"], ["now", "force"]],
		["shutdown-on-sigint", ["default"], []],
		["replicaof", ["localhost", "7000"], { host: "localhost", port: 7000 }],
		["replicaof", ["NO", "one"], undefined],
		[
			"client-output-buffer-limit",
			["slave", "1kb", "2", "3", "pubsub", "0", "0", "0"],
			{
				normal: { hard_bytes: 0, soft_bytes: 0, soft_seconds: 0 },
				replica: { hard_bytes: 1024, soft_bytes: 2, soft_seconds: 3 },
				pubsub: { hard_bytes: 0, soft_bytes: 0, soft_seconds: 0 },
			},
		],
	] as const)("%s %j", (name, words, expected) => {
		expect(value(name, ...words)).toEqual(expected);
	});

	test("lines of save add up, an empty one starts anew", () => {
		const { type, initial } = directives.save;
		const steps: [words: string[], text: string][] = [
			[["900", "1"], "900 1"],
			[["60", "2", "30", "3"], "900 1 60 2 30 3"],
			[[""], ""],
			[["5 1"], "5 1"],
		];
		let current = initial;
		for (const [index, [words, text]] of steps.entries()) {
			const read = type.read(words, current, index > 0);
			expect(read).toMatchObject({ text });
			if (!(read instanceof Refusal)) current = read;
		}
	});
});
