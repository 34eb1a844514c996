/** Files put together by hand: opcodes, lengths, strings, and what is refused. */
import { describe, expect, test } from "bun:test";
import { stringCommands } from "../../../../src/commands/string.ts";
import { StringView } from "../../../../src/types/string.ts";
import { TestEngine } from "../../../support/engine.ts";
import {
	bytesOf,
	entry,
	lengthBytes,
	load,
	newKeyspace,
	type Part,
	rdbFile,
	stringBytes,
	verifyAll,
} from "./rdb-bytes.ts";

const long = (text: string) => bytesOf([0x81, 0, 0, 0, 0, 0, 0, 0, text.length], text);

function get(bytes: Uint8Array, key: string): string {
	const engine = new TestEngine(stringCommands({ stringBytesMax: () => 2 ** 29 }));
	const { failure } = load(bytes, {}, engine.keyspace);
	expect(failure).toBeNull();
	const reply = engine.run("GET", key);
	return reply.slice(reply.indexOf("\r\n") + 2, -2);
}

const deadline = (moment_ms: number) => {
	const bytes = Buffer.alloc(9, 0xfc);
	bytes.writeBigInt64LE(BigInt(moment_ms), 1);
	return bytes;
};

const refusal = (...parts: readonly Part[]) => load(rdbFile(12, ...parts)).failure?.join("\n");

describe("strings", () => {
	test.each([
		["of each length", stringBytes("abc"), "abc"],
		["with a length of 32 bits", bytesOf([0x80, 0, 0, 0, 3], "abc"), "abc"],
		["with a length of 64 bits", long("abc"), "abc"],
		["with a length of 14 bits", bytesOf([0x40, 70], "x".repeat(70)), "x".repeat(70)],
		["that is an integer of 8 bits", bytesOf([0xc0, 0x80]), "-128"],
		["that is an integer of 16 bits", bytesOf([0xc1, 0xff, 0x7f]), "32767"],
		["that is an integer of 32 bits", bytesOf([0xc2, 0, 0, 0, 0x80]), "-2147483648"],
		["compressed", bytesOf([0xc3, 5, 20, 0, "a".charCodeAt(0), 0xe0, 10, 0]), "a".repeat(20)],
		["empty", stringBytes(""), ""],
		["longer than the window", stringBytes("0123456789".repeat(300_000)), "0123456789".repeat(300_000)],
	])("a value %s", (_name, value, expected) => {
		expect(get(rdbFile(12, entry(0, "key", value)), "key")).toBe(expected);
		// Once more where the key is not the first, and behind a deadline.
		const later = rdbFile(12, entry(0, "other", stringBytes("x")), deadline(9e12), entry(0, "key", value));
		expect(get(later, "key")).toBe(expected);
	});

	test("a key may be a number, or compressed", () => {
		expect(get(rdbFile(12, [0, 0xc0, 5], stringBytes("v")), "5")).toBe("v");
		const compressed = bytesOf([0xc3, 5, 20, 0, "a".charCodeAt(0), 0xe0, 10, 0]);
		expect(get(rdbFile(12, [0], compressed, stringBytes("v")), "a".repeat(20))).toBe("v");
	});

	test("a file of many, read batch by batch and window by window, holds each", () => {
		const parts: Part[] = [];
		for (let i = 0; i < 60_000; i++) {
			if (i % 7 === 0) parts.push(deadline(9e12 + i));
			parts.push(
				entry(
					0,
					`key:${i}`,
					i % 3 === 0 ? bytesOf([0xc1, i & 255, (i >> 8) & 127]) : stringBytes(`value ${i}`.padEnd(60)),
				),
			);
		}
		const sizes = bytesOf([0xfe, 0, 0xfb], lengthBytes(60_002), [0]);
		const large = entry(0, "large", stringBytes("0123456789".repeat(40_000)));
		const view = new StringView();
		// The first key pushes the others along, so that windows end at each place of a record.
		for (let pushed = 0; pushed < 30; pushed += 2) {
			const first = entry(0, "x".repeat(pushed), stringBytes(""));
			const { failure, loader, keyspace } = load(rdbFile(12, sizes, first, ...parts, large));
			expect(failure).toBeNull();
			expect(loader.keysLoaded).toBe(60_002);
			const database = keyspace.databases[0]!;
			const textAt = (key: string) => {
				const bytes = Buffer.from(key);
				if (!database.peek(bytes, 0, bytes.length, database.hash(bytes, 0, bytes.length))) return null;
				view.load(database.table);
				return Buffer.from(view.bytes.subarray(view.start, view.start + view.length)).toString();
			};
			for (let i = 0; i < 60_000; i++) {
				const expected = i % 3 === 0 ? String((i & 255) | (((i >> 8) & 127) << 8)) : `value ${i}`.padEnd(60);
				if (textAt(`key:${i}`) !== expected) throw new Error(`key:${i} is ${textAt(`key:${i}`)}`);
			}
			expect(textAt("large")?.length).toBe(400_000);
			expect(database.table.deadlineCount).toBe(Math.ceil(60_000 / 7));
			if (pushed === 0) verifyAll(keyspace);
		}
	});
});

describe("what surrounds keys", () => {
	test("deadlines in seconds and milliseconds; what is over is left out unless it is to be kept", () => {
		const file = rdbFile(
			12,
			[0xfd, 1, 0, 0, 0],
			entry(0, "a", stringBytes("1")),
			deadline(9e12),
			entry(0, "b", stringBytes("2")),
			deadline(1000),
			entry(0, "c", stringBytes("3")),
			deadline(1000),
			entry(2, "d", lengthBytes(1), stringBytes("x")),
			deadline(1000),
			entry(0, "e", stringBytes("y".repeat(100_000))),
		);
		const { keyspace, loader } = load(file);
		expect([loader.keysLoaded, loader.keysExpired]).toEqual([1, 4]);
		expect(keyspace.databases[0]!.table.count).toBe(1);
		expect(load(file, { keepsExpired: true }).loader.keysLoaded).toBe(5);
		expect(load(file, { isSlow: true }).loader.keysExpired).toBe(4);
	});

	test("databases, sizes, slots, frequencies and idle times", () => {
		const { keyspace, failure } = load(
			rdbFile(
				12,
				[0xfe, 3, 0xfb, 1, 0, 0xf4, 5, 6, 7, 0xf9, 200],
				entry(0, "a", stringBytes("1")),
				[0xfe, 4, 0xf8, 0x40, 100],
				entry(0, "b", stringBytes("1")),
			),
		);
		expect(failure).toBeNull();
		expect(keyspace.databases.map(({ table }) => table.count).slice(2, 6)).toEqual([0, 1, 1, 0]);
		const database = keyspace.databases[4]!;
		const key = Buffer.from("b");
		expect(database.peek(key, 0, 1, database.hash(key, 0, 1))).toBe(true);
		expect(keyspace.idle_s(database.table.stamp())).toBe(100);
	});

	test("idle times and frequencies of strings one behind the other", () => {
		const idle = (seconds: number) =>
			bytesOf([0xf8], seconds < 64 ? [seconds] : [0x40 | (seconds >> 8), seconds & 255]);
		const parts = Array.from({ length: 200 }, (_, i) =>
			bytesOf(i % 2 === 0 ? deadline(9e12) : "", idle(i * 3), entry(0, `key:${i}`, stringBytes("value"))),
		);
		const frequent = bytesOf([0xf9, 7], entry(0, "frequent", stringBytes("value")));
		for (const isSlow of [false, true]) {
			const { keyspace, failure } = load(rdbFile(12, ...parts, frequent), { isSlow });
			expect(failure).toBeNull();
			expect(keyspace.keyCount()).toBe(201);
			const database = keyspace.databases[0]!;
			for (let i = 0; i < 200; i++) {
				const key = Buffer.from(`key:${i}`);
				expect(database.peek(key, 0, key.length, database.hash(key, 0, key.length))).toBe(true);
				expect(keyspace.idle_s(database.table.stamp())).toBe(i * 3);
				expect(database.deadline()).toBe(i % 2 === 0 ? 9e12 : Infinity);
			}
		}
	});

	test("what the file says of itself is told", () => {
		const aux = (name: string, value: string) => bytesOf([0xfa], stringBytes(name), stringBytes(value));
		const { notices, loader } = load(
			rdbFile(12, aux("redis-ver", "7.4.1"), aux("ctime", "0"), aux("used-mem", "2097152"), aux("redis-bits", "64")),
		);
		expect(notices).toContain("Loading RDB produced by version 7.4.1");
		expect(notices).toContain("RDB memory usage when created 2.00 Mb");
		expect(notices.some((line) => /^RDB age \d+ seconds$/.test(line))).toBe(true);
		expect(notices.at(-1)).toBe("Done loading RDB, keys loaded: 0, keys expired: 0.");
		expect(loader.usedMemory_bytes).toBe(2_097_152);
	});

	test("a collection without elements is passed over and told", () => {
		const { keyspace, notices, failure } = load(rdbFile(12, entry(2, "none", [0]), entry(0, "a", stringBytes("1"))));
		expect(failure).toBeNull();
		expect(keyspace.keyCount()).toBe(1);
		expect(notices.at(-1)).toBe("Done loading RDB, keys loaded: 1, keys expired: 0, empty keys skipped: 1.");
	});

	test("libraries of functions are kept, in place of those there are unless it merges", () => {
		const file = rdbFile(12, [0xf5], stringBytes("#!lua name=one"));
		const keyspace = newKeyspace();
		keyspace.libraries = [Buffer.from("#!lua name=before")];
		load(file, { merges: true }, keyspace);
		load(file, { merges: true }, keyspace);
		const names = () => keyspace.libraries.map((source) => Buffer.from(source).toString());
		expect(names()).toEqual(["#!lua name=before", "#!lua name=one"]);
		load(file, {}, keyspace);
		expect(names()).toEqual(["#!lua name=one"]);
	});

	test("Valkey's files: its magic word, and hashes with deadlines behind the values", () => {
		const none = new Uint8Array(8).fill(0xff);
		const far = Buffer.from(deadline(4e12)).subarray(1);
		const hash = bytesOf(
			lengthBytes(2),
			stringBytes("f"),
			stringBytes("v"),
			none,
			stringBytes("g"),
			stringBytes("w"),
			far,
		);
		const file = bytesOf("VALKEY080", entry(22, "h", hash), [0xff], new Uint8Array(8));
		const { keyspace, failure } = load(file);
		expect(failure).toBeNull();
		expect(keyspace.databases[0]!.fieldExpiry.count()).toBe(1);
		verifyAll(keyspace);
	});

	test("a file of version 1 has neither checksum nor sizes", () => {
		expect(get(rdbFile(1, [0xfe, 0], entry(0, "a", stringBytes("b"))), "a")).toBe("b");
	});
});

describe("what is refused, with what was met and where", () => {
	test.each([
		["an opcode nobody knows", [[0xe0]], /offset 10, .*type 224, at offset 9/],
		["a type nobody knows", [[26, 1, 65]], /type 26, at offset 9/],
		["functions of a release candidate", [[0xf6]], /Pre-release function format not supported/],
		["a database there is none of", [[0xfe, 16]], /more than 16 databases/],
		["a key twice", [entry(0, "a", stringBytes("1")), entry(0, "a", stringBytes("2"))], /duplicated key 'a' in DB 0/],
		["a key twice, with others", [entry(0, "a", stringBytes("1")), entry(2, "a", [1, 1, 65])], /duplicated key 'a'/],
		[
			"a member twice",
			[entry(2, "s", lengthBytes(2), stringBytes("x"), stringBytes("x"))],
			/key 's'.*Duplicate set members/,
		],
		["a field twice", [entry(4, "h", lengthBytes(2), "\x01x\x01y\x01x\x01z")], /Duplicate hash fields/],
		["a score that is no number", [entry(3, "z", [1], stringBytes("m"), [253])], /NAN score/],
		["a count that is not true", [entry(2, "s", [0x80, 0x7f, 0xff, 0xff, 0xff], stringBytes("x"))], /claims more/],
		["a string that claims gigabytes", [entry(0, "s", [0x81, 0, 0, 0, 9, 0, 0, 0, 0], "x")], /Unexpected EOF/],
		["LZF that claims gigabytes", [entry(0, "s", [0xc3, 3, 0x80, 0x7f, 0xff, 0xff, 0xff, 0, 65, 0])], /LZF/],
		["a length in an unknown form", [entry(0, "s", [0x85])], /length encoding 133/],
		["an encoding nobody knows", [entry(0, "s", [0xc7])], /string encoding type 7/],
	] as const)("%s", (_name, parts, reason) => {
		expect(refusal(...parts)).toMatch(reason);
	});

	test("an entry of a stream that is pending for two consumers, or for none", () => {
		const id = [...new Uint8Array(7), 1, ...new Uint8Array(7), 1];
		const consumer = (name: string, ...ids: number[][]) =>
			bytesOf(stringBytes(name), new Uint8Array(8), [ids.length], ...ids);
		const stream = (...consumers: Uint8Array[]) => {
			const pending = bytesOf([1], id, new Uint8Array(8), [1]);
			const group = bytesOf(stringBytes("g"), [0, 0], pending, [consumers.length], ...consumers);
			return entry(15, "s", [0, 0, 5, 5, 1], group);
		};
		expect(load(rdbFile(9, stream(consumer("a", id)))).failure).toBeNull();
		expect(refusal(stream(consumer("a", id), consumer("b", id)))).toMatch(/Duplicated consumer PEL entry/);
		expect(refusal(stream(consumer("a")))).toMatch(/without a consumer/);
		expect(refusal(stream(consumer("a", id), consumer("a")))).toMatch(/Duplicated consumer name/);
		expect(refusal(stream(consumer("a", [...id.slice(1), 9])))).toMatch(/not found in group global PEL/);
	});

	test("another version, another kind of file, nothing at all", () => {
		expect(load(bytesOf("REDIS0013")).failure).toEqual([
			"Can't handle RDB format version 13",
			"Fatal error loading the DB, check server logs. Exiting.",
		]);
		expect(load(bytesOf("ELFISH001")).failure![0]).toBe("Wrong signature trying to load DB from file");
		expect(load(bytesOf("")).failure![0]).toBe("Short read or OOM loading DB. Unrecoverable error, aborting now.");
	});

	test("a merge takes keys in place of those there are", () => {
		const keyspace = newKeyspace();
		load(rdbFile(12, entry(0, "a", stringBytes("1")), entry(0, "b", stringBytes("1"))), {}, keyspace);
		const second = rdbFile(12, entry(2, "a", [1, 1, 65]), entry(0, "c", stringBytes("1")));
		expect(load(second, { merges: true }, keyspace).failure).toBeNull();
		expect(keyspace.keyCount()).toBe(3);
		expect(load(second, {}, keyspace).failure).not.toBeNull();
		verifyAll(keyspace);
	});
});
