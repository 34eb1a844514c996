import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Crc64 } from "../../../src/bytes/crc64.ts";
import { checkRdb } from "../../../src/persistence/rdb/check.ts";
import { MemoryFiles } from "../../config/memory-files.ts";
import { bytesOf, entry, lengthBytes, rdbFile, stringBytes } from "./read/rdb-bytes.ts";

const NOW_MS = 1_700_000_000_000;

function checked(file: Uint8Array): { code: number; lines: string[] } {
	const files = new MemoryFiles();
	files.lay("/work/dump.rdb", file);
	const lines: string[] = [];
	return { code: checkRdb("dump.rdb", { files, print: (line) => lines.push(line), now_ms: NOW_MS }), lines };
}

function sealed(file: Uint8Array): Uint8Array {
	const checksum = new Crc64();
	checksum.update(file, 0, file.length - 8);
	checksum.write(file, file.length - 8);
	return file;
}

const aux = (name: string, value: string) => bytesOf([0xfa], stringBytes(name), stringBytes(value));

/** Of a version that Redis 7.0 reads. */
const sound = rdbFile(
	9,
	aux("redis-ver", "6.2.0"),
	[0xfe, 0, 0xfb, 4, 1],
	entry(0, "a", stringBytes("1")),
	[0xfd, 1, 0, 0, 0],
	entry(2, "s", lengthBytes(2), stringBytes("x"), stringBytes("y")),
	[0xfc, 0, 0, 0, 0, 0, 2, 0, 0],
	entry(4, "h", lengthBytes(1), stringBytes("f"), stringBytes("v")),
	entry(0, "long", stringBytes("z".repeat(100_000))),
);

describe("check-rdb", () => {
	test("of a sound file tells what is in it", () => {
		const { code, lines } = checked(sealed(sound.slice()));
		expect(code).toBe(0);
		expect(lines).toEqual([
			"[offset 0] Checking RDB file dump.rdb",
			"[offset 26] AUX FIELD redis-ver = '6.2.0'",
			"[offset 28] Selecting DB ID 0",
			`[offset ${sound.length}] Checksum OK`,
			`[offset ${sound.length}] \\o/ RDB looks OK! \\o/`,
			"[info] 4 keys read",
			"[info] 2 expires",
			"[info] 1 already expired",
		]);
	});

	test("of one without a checksum says so", () => {
		expect(checked(sound).lines).toContain(
			`[offset ${sound.length}] RDB file was saved with checksum disabled: no check performed.`,
		);
	});

	test("of a broken one tells where, and in what", () => {
		const { code, lines } = checked(sound.slice(0, 60));
		expect(code).toBe(1);
		expect(lines.slice(3)).toEqual([
			"--- RDB ERROR DETECTED ---",
			"[offset 60] Unexpected EOF reading RDB file",
			"[additional info] While doing: read-key",
			"[additional info] Reading type 4 (hash-hashtable)",
			"[info] 2 keys read",
			"[info] 1 expires",
			"[info] 1 already expired",
		]);
		expect(checked(sound.slice(0, 47)).lines).toEqual(
			expect.arrayContaining([
				"[additional info] While doing: read-object-value",
				"[additional info] Reading key 's'",
				"[additional info] Reading type 2 (set-hashtable)",
			]),
		);
	});

	test("passes over data of modules", () => {
		const value = [
			0x81,
			1,
			2,
			3,
			4,
			5,
			6,
			7,
			8,
			2,
			5,
			5,
			...stringBytes("text"),
			3,
			0,
			0,
			0,
			0,
			4,
			...new Array(8).fill(0),
			0,
		];
		const { code, lines } = checked(rdbFile(9, entry(7, "m", value), entry(0, "a", stringBytes("1"))));
		expect([code, lines.at(-3)]).toEqual([0, "[info] 2 keys read"]);
	});

	test("of no file at all fails", () => {
		const lines: string[] = [];
		const host = { files: new MemoryFiles(), print: (line: string) => lines.push(line), now_ms: NOW_MS };
		expect(checkRdb("/work/missing", host)).toBe(1);
		expect(lines[1]).toContain("ENOENT");
	});

	const tool = Bun.which("redis-check-rdb");
	if (tool === null) console.warn("redis-check-rdb is not installed: nothing to compare with");
	test.skipIf(tool === null)("prints what redis-check-rdb prints, wherever a file is cut", () => {
		const folder = mkdtempSync(join(tmpdir(), "redis-lite-check-"));
		try {
			const short = sealed(sound.slice());
			const whole = bytesOf(short);
			for (const length of [whole.length, 10, 20, 29, 35, 41, 43, 47, 52, 58, 66, 80, 200, whole.length - 9]) {
				const path = join(folder, "dump.rdb");
				writeFileSync(path, whole.subarray(0, length));
				const genuine = Bun.spawnSync([tool!, path]);
				const ours: string[] = [];
				const files = new MemoryFiles();
				files.lay(path, whole.subarray(0, length));
				const code = checkRdb(path, { files, print: (line) => ours.push(line), now_ms: NOW_MS });
				expect(code).toBe(genuine.exitCode);
				// Before the first key it names a type that nobody has read.
				const expected = genuine.stdout.toString().replace("[additional info] Reading type 0 (string)\n", "");
				expect(ours.join("\n").replace("[additional info] Reading type 0 (string)\n", "")).toBe(expected.trimEnd());
			}
		} finally {
			rmSync(folder, { recursive: true });
		}
	});
});
