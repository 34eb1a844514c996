/**
 * Random campaigns against a genuine redis-server: what a number is, what a sum of long doubles prints as, which keys a
 * pattern matches. Skipped with a reason where there is none; the tables of vectors hold everywhere.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { formatDouble, formatGeneral, parseDouble } from "../../src/bytes/double.ts";
import { globMatch } from "../../src/bytes/glob.ts";
import { isInt64, parseInt64 } from "../../src/bytes/int64.ts";
import { addLongDouble, formatLongDouble, parseLongDouble } from "../../src/bytes/long-double.ts";
import { Random } from "../../src/bytes/random.ts";
import { hasRedisServer, missingRedisServer, RedisServer } from "../support/redis-server.ts";
import type { Reply } from "../support/reply.ts";
import { commandText, toBytes, WireConnection } from "../support/wire.ts";

const ports = { first: 7101, last: 7119 };
const batch = 1000;

if (!hasRedisServer()) console.log(`skipped test/bytes/reference.test.ts: ${missingRedisServer}`);

/** Texts that are numbers, nearly numbers, or close to a limit. */
class Texts {
	private readonly random: Random;

	constructor(seed: number) {
		this.random = new Random(seed);
	}

	below(n: number): number {
		return this.random.below(n);
	}

	pick<T>(choices: readonly T[]): T {
		return choices[this.random.below(choices.length)]!;
	}

	repeat(count: number, alphabet: string | readonly string[]): string {
		let text = "";
		for (let index = 0; index < count; index++) text += alphabet[this.random.below(alphabet.length)]!;
		return text;
	}

	digits(count: number): string {
		return this.repeat(count, "0123456789");
	}

	float(exponentMax: number): string {
		const sign = this.pick(["", "", "-", "+"]);
		const whole = this.digits(1 + this.below(20));
		const fraction = this.digits(this.below(25));
		const power = this.pick(["e", "E", "e-", "e+"]);
		switch (this.below(8)) {
			case 0:
				return sign + whole;
			case 1:
				return `${sign}${whole}.${fraction}`;
			case 2:
				return `${sign}.${fraction}`;
			case 3:
				return `${sign}${this.digits(1 + this.below(3))}.${this.digits(1 + this.below(3))}`;
			case 4:
				return `${sign}${whole}${power}${this.below(40)}`;
			case 5:
				return `${sign}${whole}.${fraction}${power}${this.below(exponentMax)}`;
			case 6:
				return sign + this.hexadecimal(exponentMax);
			default:
				return this.damaged(`${sign}${whole}.${fraction}${power}${this.below(20)}`);
		}
	}

	hexadecimal(exponentMax: number): string {
		const alphabet = "0123456789abcdefABCDEF";
		const point = this.pick(["", "."]);
		const digits = this.repeat(this.below(20), alphabet) + point + this.repeat(this.below(20), alphabet);
		const power =
			this.below(2) === 0 ? "" : this.pick(["p", "P-", "p+"]) + this.below(this.pick([80, 3 * exponentMax]));
		return this.pick(["0x", "0X"]) + digits + power;
	}

	integer(): string {
		const limits = [
			"9223372036854775807",
			"9223372036854775808",
			"9223372036854775809",
			"0",
			"00",
			"",
			"9007199254740992",
		];
		const digits = this.below(3) === 0 ? this.pick(limits) : this.digits(1 + this.below(22));
		const text = this.pick(["", "-", "", "-", "+", " "]) + digits;
		return this.below(8) === 0 ? this.damaged(text) : text;
	}

	private damaged(text: string): string {
		const at = this.below(text.length + 1);
		const wrong = [" ", "x", "e", "-", ".", "inf", "nan", "\0", "/", ":", "p"];
		return text.slice(0, at) + this.pick(wrong) + text.slice(at);
	}
}

describe.skipIf(!hasRedisServer())("a genuine redis-server", () => {
	let server: RedisServer;
	let connection: WireConnection;

	beforeAll(async () => {
		server = await RedisServer.start(["--zset-max-listpack-entries", "0"], ports);
		connection = await WireConnection.connect(server);
	});

	afterAll(async () => {
		connection?.close();
		await server?.stop();
	});

	async function replies(commands: readonly (readonly string[])[]): Promise<Reply[]> {
		connection.send(toBytes(commands.map(commandText).join("")));
		const frames = await connection.receive(commands.length);
		expect(frames.length).toBe(commands.length);
		return frames.map((frame) => frame.tree());
	}

	test("INCRBYFLOAT adds and prints as we do", async () => {
		const texts = new Texts(1);
		for (let round = 0; round < 5; round++) {
			const pairs = Array.from({ length: batch }, () => [texts.float(5100), texts.float(5100)] as const);
			const answers = await replies(
				pairs.flatMap(([value, step]) => [
					["SET", "k", value],
					["INCRBYFLOAT", "k", step],
				]),
			);
			let refused = 0;
			for (const [index, [value, step]] of pairs.entries()) {
				const answer = answers[2 * index + 1]!;
				if (answer.kind === "error") refused++;
				expect([value, step, incremented(value, step)]).toEqual([value, step, answer.text]);
			}
			expect(refused).toBeGreaterThan(batch / 100);
			expect(refused).toBeLessThan(batch / 2);
		}
	});

	test("ZADD takes the numbers we take, at the same value", async () => {
		const texts = new Texts(2);
		for (let round = 0; round < 5; round++) {
			const scores = Array.from({ length: batch }, () => texts.float(400));
			const answers = await replies(
				scores.flatMap((score) => [
					["DEL", "z"],
					["ZADD", "z", score, "m"],
					["ZSCORE", "z", "m"],
				]),
			);
			for (const [index, score] of scores.entries()) {
				const isRefused = answers[3 * index + 1]!.kind === "error";
				const bytes = toBytes(score);
				const value = parseDouble(bytes, 0, bytes.length);
				const ours = Number.isNaN(value) ? "refused" : formatGeneral(value, 17);
				expect([score, ours]).toEqual([score, isRefused ? "refused" : answers[3 * index + 2]!.text]);
			}
		}
	});

	test("ZADD reads every score we print as the same double", async () => {
		const random = new Random(3);
		const bits = new DataView(new ArrayBuffer(8));
		const values = Array.from({ length: batch }, () => {
			bits.setUint32(0, random.uint32());
			bits.setUint32(4, random.below(3) === 0 ? 0 : random.uint32());
			return bits.getFloat64(0);
		}).filter((value) => !Number.isNaN(value));
		const answers = await replies(
			values.flatMap((value) => [
				["ZADD", "z", formatDouble(value), "m"],
				["ZSCORE", "z", "m"],
			]),
		);
		for (const [index, value] of values.entries()) {
			expect(answers[2 * index + 1]!.text).toBe(formatGeneral(value, 17));
		}
	});

	test("the same strings are integers", async () => {
		const texts = new Texts(4);
		for (let round = 0; round < 5; round++) {
			const values = Array.from({ length: batch }, () => texts.integer());
			const answers = await replies(
				values.flatMap((value) => [
					["SET", "k", value],
					["OBJECT", "ENCODING", "k"],
					["INCRBY", "k", "0"],
				]),
			);
			for (const [index, value] of values.entries()) {
				const bytes = toBytes(value);
				const encoding = answers[3 * index + 1]!;
				const sum = answers[3 * index + 2]!;
				expect([value, isInt64(bytes, 0, bytes.length)]).toEqual([value, encoding.text === "int"]);
				const parsed = parseInt64(bytes, 0, bytes.length);
				expect([value, String(parsed)]).toEqual([value, sum.kind === "integer" ? sum.text : "undefined"]);
			}
		}
	});

	test("KEYS finds the keys we find", async () => {
		const texts = new Texts(5);
		const inKeys = [..."abcABzZ*?[]^-\\\xff\x80\x000@`{"];
		const inPatterns = [..."abcabzZA****??[[[]]]^-----\\\\\xff\x80\x000@`"];
		let matched = 0;
		for (let round = 0; round < 8; round++) {
			const keys = new Set([""]);
			while (keys.size < 120) keys.add(texts.repeat(texts.below(7), inKeys));
			await replies([["FLUSHALL"], ["MSET", ...[...keys].flatMap((key) => [key, "1"])]]);
			const patterns = Array.from({ length: 250 }, () => texts.repeat(1 + texts.below(9), inPatterns));
			// KEYS answers the lone star without looking at the keys, the empty one included.
			const looking = patterns.filter((pattern) => pattern !== "*");
			const answers = await replies(looking.map((pattern) => ["KEYS", pattern]));
			for (const [index, pattern] of looking.entries()) {
				const theirs = new Set(answers[index]!.items.map((item) => item.text));
				const p = toBytes(pattern);
				const ours = new Set<string>();
				for (const key of keys) {
					const k = toBytes(key);
					if (globMatch(p, 0, p.length, k, 0, k.length, false)) ours.add(key);
				}
				matched += ours.size;
				expect([pattern, [...ours].sort()]).toEqual([pattern, [...theirs].sort()]);
			}
		}
		expect(matched).toBeGreaterThan(1000);
	});

	test("FUNCTION LIST, which ignores case, finds the names we find", async () => {
		const texts = new Texts(6);
		const names = ["abc", "ABC", "a_B", "Zz", "zZ0", "A5", "m", "M", "_", "Ba"];
		const script = (name: string, index: number) =>
			`#!lua name=${name}\nredis.register_function('f${index}', function() end)`;
		const loaded = await replies(names.map((name, index) => ["FUNCTION", "LOAD", script(name, index)]));
		expect(loaded.map((reply) => reply.text)).toEqual(names);
		const alphabet = [..."abcABzZmM_05**??[[[]]]^----\\"];
		const patterns = Array.from({ length: batch }, () => texts.repeat(1 + texts.below(7), alphabet));
		const answers = await replies(patterns.map((pattern) => ["FUNCTION", "LIST", "LIBRARYNAME", pattern]));
		let matched = 0;
		for (const [index, pattern] of patterns.entries()) {
			const theirs = answers[index]!.items.map((library) => library.items[1]!.text);
			const p = toBytes(pattern);
			const ours = names.filter((name) => globMatch(p, 0, p.length, toBytes(name), 0, name.length, true));
			matched += ours.length;
			expect([pattern, ours.sort()]).toEqual([pattern, theirs.sort()]);
		}
		expect(matched).toBeGreaterThan(300);
	});
});

/** The reply of INCRBYFLOAT, errors included. */
function incremented(value: string, step: string): string {
	const [valueBytes, stepBytes] = [toBytes(value), toBytes(step)];
	const a = parseLongDouble(valueBytes, 0, valueBytes.length);
	const b = parseLongDouble(stepBytes, 0, stepBytes.length);
	if (a === undefined || b === undefined) return "ERR value is not a valid float";
	const sum = addLongDouble(a, b);
	return sum.isFinite() ? formatLongDouble(sum) : "ERR increment would produce NaN or Infinity";
}
