import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { elementBytes, writeElement } from "../../../src/bytes/elements.ts";
import {
	entriesOf,
	entryBytes,
	entryBytesAt,
	exceedsListpack,
	fitsHalfListpack,
} from "../../../src/types/list/listpack.ts";
import { hasRedisServer, missingRedisServer, RedisServer } from "../../support/redis-server.ts";
import { toBytes, WireConnection } from "../../support/wire.ts";

const FRAME_BYTES = 7;

function bytesOfEntry(text: string): number {
	return entryBytes(toBytes(`-${text}`), 1, text.length);
}

/** Texts at the bounds of every code, and some that only look like integers. */
const texts = [
	..."0 1 127 128 4095 4096 32767 32768 8388607 8388608 2147483647 2147483648 9007199254740991".split(" "),
	..."9007199254740992 9223372036854775807 9223372036854775808 99999999999999999999 -1 -128 -4096 -4097".split(" "),
	..."-32768 -32769 -8388608 -8388609 -2147483648 -2147483649 -9007199254740993 -9223372036854775808".split(" "),
	..."-9223372036854775809 -0 00 01 +1 - 1.5 1e3 -- 1- 12a a12 -a".split(" "),
	"",
	" 1",
	"1 ",
	...[1, 20, 21, 62, 63, 64, 65, 124, 125, 126, 127, 4095, 4096, 16_378, 16_379, 16_380, 20_000].map((length) =>
		"x".repeat(length),
	),
];

describe("entryBytes", () => {
	test("counts the code, the bytes and the length of both", () => {
		const cases: [string, number][] = [
			["0", 2],
			["127", 2],
			["128", 3],
			["-1", 3],
			["-4096", 3],
			["4096", 4],
			["32768", 5],
			["8388608", 6],
			["2147483648", 10],
			["9223372036854775807", 10],
			["9223372036854775808", 21],
			["", 2],
			["a", 3],
			["x".repeat(63), 65],
			["x".repeat(64), 67],
			["x".repeat(125), 128],
			["x".repeat(126), 130],
			["x".repeat(4096), 4103],
		];
		for (const [text, bytes] of cases) expect([text, bytesOfEntry(text)]).toEqual([text, bytes]);
	});

	test("counts the same of elements of a run", () => {
		const run = new Uint8Array(texts.reduce((sum, text) => sum + elementBytes(text.length), 0));
		let at = 0;
		let sum = 0;
		for (const text of texts) {
			const next = writeElement(run, at, toBytes(text), 0, text.length);
			expect(entryBytesAt(run, at)).toBe(bytesOfEntry(text));
			sum += bytesOfEntry(text);
			at = next;
		}
		expect(entriesOf(run, 0, at)).toBe(sum);
	});
});

describe.if(hasRedisServer())("a listpack of redis-server", () => {
	let server: RedisServer;
	let connection: WireConnection;

	beforeAll(async () => {
		server = await RedisServer.start([
			..."--enable-debug-command yes --rdbcompression no --hash-max-listpack-value 1000000".split(" "),
		]);
		connection = await WireConnection.connect(server);
	});
	afterAll(async () => {
		connection.close();
		await server.stop();
	});

	test("is as large as its entries and its frame", async () => {
		for (const text of texts) {
			await connection.command("DEL", "hash");
			await connection.command("HSET", "hash", "f", text);
			const described = (await connection.command("DEBUG", "OBJECT", "hash")).text();
			expect(described).toContain("encoding:listpack");
			const saved = Number(/serializedlength:(\d+)/.exec(described)![1]);
			const bytes = FRAME_BYTES + bytesOfEntry("f") + bytesOfEntry(text);
			// Saved, its own length goes before it.
			expect([text, saved]).toEqual([text, bytes + (bytes < 64 ? 1 : bytes < 16_384 ? 2 : 5)]);
		}
	});
});

if (!hasRedisServer()) console.log(`skipped: ${missingRedisServer}`);

describe("the limit of a listpack", () => {
	test("is a size where negative, from 4 to 64 kilobytes", () => {
		for (const [limit, bytes] of [
			[-1, 4096],
			[-2, 8192],
			[-3, 16_384],
			[-4, 32_768],
			[-5, 65_536],
			[-6, 65_536],
			[-2147483648, 65_536],
		] as const) {
			expect(exceedsListpack(limit, bytes - FRAME_BYTES, 1)).toBe(false);
			expect(exceedsListpack(limit, bytes - FRAME_BYTES + 1, 1)).toBe(true);
			expect(fitsHalfListpack(limit, bytes / 2 - FRAME_BYTES, 10_000)).toBe(true);
			expect(fitsHalfListpack(limit, bytes / 2 - FRAME_BYTES + 1, 1)).toBe(false);
		}
	});

	test("is a number of entries where positive, but for large ones", () => {
		expect(exceedsListpack(3, 100, 3)).toBe(false);
		expect(exceedsListpack(3, 100, 4)).toBe(true);
		expect(exceedsListpack(3, 8192 - FRAME_BYTES, 1)).toBe(false);
		expect(exceedsListpack(3, 8192 - FRAME_BYTES + 1, 1)).toBe(true);
		expect([0, 1, 2, 3].map((count) => exceedsListpack(0, 10, count))).toEqual([false, false, true, true]);
		expect([1, 2].map((count) => fitsHalfListpack(3, 10, count))).toEqual([true, false]);
		expect([0, 1].map((count) => fitsHalfListpack(0, 10, count))).toEqual([true, false]);
		expect([63, 64, 65].map((count) => fitsHalfListpack(128, 10, count))).toEqual([true, true, false]);
	});
});
