/** Files as a whole: what stands where in them, and that redis-check-rdb and a genuine redis-server read the same data. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bytesOf } from "../../../src/bytes/ascii.ts";
import { writeElement } from "../../../src/bytes/elements.ts";
import type { Keyspace } from "../../../src/keyspace/keyspace.ts";
import { KeyspaceSnapshot } from "../../../src/keyspace/keyspace-snapshot.ts";
import { RdbFile } from "../../../src/persistence/rdb/rdb-file.ts";
import type { SnapshotContents, SnapshotFormat } from "../../../src/persistence/snapshot/format.ts";
import { LIST, STRING } from "../../../src/types/type.ts";
import { hasRedisServer, missingRedisServer, RedisServer } from "../../support/redis-server.ts";
import { WireConnection } from "../../support/wire.ts";
import { runAll, valueEngine } from "./engine.ts";
import { sampleValues } from "./values.ts";

const ports = { first: 21040, last: 21059 };

const plain: SnapshotContents = {
	auxiliary: [],
	libraries: [],
	databases: [],
	hasFieldDeadlines: false,
	compresses: true,
	hasChecksum: true,
	access: "none",
	accessClock: 0,
	minutes: 0,
	decay_minutes: 0,
};

function fileOf(contents: Partial<SnapshotContents>, write: (format: SnapshotFormat) => void): Buffer {
	const portions: Buffer[] = [];
	const format = new RdbFile({ write: (bytes, from, to) => portions.push(Buffer.from(bytes.slice(from, to))) });
	format.begin({ ...plain, ...contents });
	write(format);
	format.end();
	return Buffer.concat(portions);
}

function snapshotOf(keyspace: Keyspace, contents: Partial<SnapshotContents> = {}): Buffer {
	const databases = keyspace.databases
		.filter(({ table }) => table.count > 0)
		.map(({ index, table }) => ({ index, keys: table.count, deadlines: table.deadlineCount }));
	return fileOf({ databases, accessClock: keyspace.accessClock, ...contents }, (format) => {
		const snapshot = new KeyspaceSnapshot(keyspace, (bytes) => new Uint8Array(bytes), false);
		while (snapshot.advance(format));
		snapshot.end();
	});
}

const text = (file: Buffer) => file.toString("latin1", 0, file.length - 8);
const hex = (file: Buffer) => file.subarray(0, -8).toString("hex");
const hexOf = (latin1: string) => Buffer.from(latin1, "latin1").toString("hex");

/** Of a key whose value comes in pieces. */
function headOf(kind: number, key: string, count: number) {
	const head = { database: 0, key: bytesOf(key), deadline_ms: Infinity, stamp: 0, kind, count };
	return { ...head, fieldDeadlineBound_ms: Infinity };
}

describe("a file", () => {
	test("of nothing has head, end and checksum", () => {
		expect(fileOf({}, () => {}).toString("hex")).toBe("524544495330303130ffa9fd37fe89a77eeb");
	});

	test("may lack the checksum", () => {
		expect(fileOf({ hasChecksum: false }, () => {}).toString("hex")).toBe(`${hexOf("REDIS0010\xff")}${"00".repeat(8)}`);
	});

	test("begins with what is known of all of it", () => {
		const file = fileOf(
			{
				auxiliary: [
					["redis-ver", "7.2.4"],
					["redis-bits", "64"],
				],
				libraries: [bytesOf("#!lua name=a"), bytesOf("#!lua name=b")],
			},
			() => {},
		);
		expect(text(file)).toBe(
			"REDIS0010\xfa\x09redis-ver\x057.2.4\xfa\x0aredis-bits\xc0\x40\xf5\x0c#!lua name=a\xf5\x0c#!lua name=b\xff",
		);
	});

	test("is of version 12 where fields have deadlines", () => {
		expect(text(fileOf({ hasFieldDeadlines: true }, () => {}))).toBe("REDIS0012\xff");
	});

	test("names a database before its keys, and its size once", () => {
		const engine = valueEngine();
		engine.run("SET", "a", "b");
		const { keyspace } = engine;
		const piece = new KeyspaceSnapshot(keyspace, (bytes) => new Uint8Array(bytes), false);
		const file = fileOf({ databases: [{ index: 3, keys: 70, deadlines: 2 }] }, (format) => {
			piece.advance({
				entries(_database, entries) {
					format.entries(3, entries);
					format.entries(3, entries);
					format.entries(300, entries);
					format.entries(3, entries);
				},
				beginValue() {},
				piece() {},
				endValue() {},
			});
		});
		const entry = "000161 0162".replace(" ", "");
		expect(hex(file).slice(18)).toBe(`fe03fb404602${entry}${entry}fe412c${entry}fe03${entry}ff`);
	});

	test("tells deadline and access before the type of a key", () => {
		for (const [access, told] of [
			["none", ""],
			["idle", "f84064"],
			["frequency", "f969"],
		] as const) {
			const engine = valueEngine();
			engine.run("SET", "a", "b", "PXAT", 1_000_000_000_000_000);
			const { keyspace } = engine;
			const stamp = keyspace.databases[0]!.table.stamp();
			expect(stamp & 0xff).toBe(keyspace.accessClock & 0xff);
			keyspace.databases[0]!.table.setStamp(0x69);
			const file = snapshotOf(keyspace, { access, accessClock: 0x69 + 100 });
			expect(hex(file).slice(18)).toBe(`fe00fb0101fc0080c6a47e8d0300${told}00016101 62ff`.replace(" ", ""));
		}
	});

	test("the access clock may have gone round", () => {
		const engine = valueEngine();
		engine.run("SET", "a", "b");
		engine.keyspace.databases[0]!.table.setStamp(0xfffffe);
		expect(hex(snapshotOf(engine.keyspace, { access: "idle", accessClock: 3 }))).toContain("f805000161");
	});

	test("a list that is too long to be held back is written element by element", () => {
		const count = 9 * 1024;
		const run = new Uint8Array(1024 * 1034);
		let end = 0;
		const element = new Uint8Array(1024).fill(0x61);
		for (let i = 0; i < 1024; i++) end = writeElement(run, end, element, 0, 1024);
		const file = fileOf({ compresses: false }, (format) => {
			format.beginValue(headOf(LIST, "k", count));
			for (let i = 0; i < 9; i++) format.piece({ form: "elements", run: run.subarray(0, end), count: 1024 } as never);
			format.endValue();
			format.beginValue(headOf(LIST, "l", 1024));
			format.piece({ form: "elements", run: run.subarray(0, end), count: 1024 } as never);
			format.endValue();
		});
		const one = `\x44\x00${"a".repeat(1024)}`;
		const first = `REDIS0010\xfe\x00\x01\x01k\x64\x00${one.repeat(count)}`;
		expect(text(file).slice(0, first.length) === first).toBe(true);
		// Seven elements of 1,028 bytes a node.
		expect(text(file).slice(first.length).startsWith("\x12\x01l\x40\x93\x02\x5c\x23")).toBe(true);
	});

	test("what is longer than a string that is compressed is passed on as it is", () => {
		const bytes = new Uint8Array(1 << 20).fill(0x62);
		const file = fileOf({}, (format) => {
			format.beginValue(headOf(STRING, "k", 17 << 20));
			for (let i = 0; i < 17; i++) format.piece({ form: "bytes", bytes } as never);
			format.endValue();
		});
		expect(file.length).toBe(9 + 2 + 3 + 5 + (17 << 20) + 1 + 8);
		expect(hex(file.subarray(0, 30)).slice(18)).toBe("fe0000016b8001100000626262");
	});
});

describe.if(hasRedisServer())("the file of a keyspace", () => {
	let directory: string;
	let filled: ReturnType<typeof fill>;

	beforeAll(() => {
		filled = fill();
		directory = mkdtempSync(join(tmpdir(), "redis-lite-rdb-file-"));
	});
	afterAll(() => rmSync(directory, { recursive: true, force: true }));

	/** Every sample, and long strings and members beside them. */
	function fill() {
		const engine = valueEngine();
		const named = sampleValues.map(({ commands }, index) => {
			const key = index % 10 === 9 ? `${index}:${"long".repeat(20_000)}` : `sample:${index}`;
			const isKey = (command: readonly (string | number)[], place: number) =>
				command[place] === "k" && (place === 1 || (place === 2 && command[0] === "XGROUP"));
			return {
				key,
				commands: commands.map((command) => command.map((word, place) => (isKey(command, place) ? key : word))),
			};
		});
		for (const { commands } of named) runAll(engine, commands);
		engine.run("MSET", ...Array.from({ length: 5000 }, (_, i) => [`string:${i}`, `value ${i}`]).flat());
		for (let i = 0; i < 5000; i += 21) engine.run("PEXPIREAT", `string:${i}`, 4_000_000_000_000 + i);
		for (const [index, { key }] of named.entries()) {
			if (index % 4 === 0) engine.run("PEXPIREAT", key, 4_000_000_000_000 + index);
		}
		return { engine, named };
	}

	test("passes redis-check-rdb, with and without compression and checksum", () => {
		const { engine } = filled;
		for (const compresses of [true, false]) {
			for (const hasChecksum of [true, false]) {
				const path = join(directory, "checked.rdb");
				writeFileSync(path, snapshotOf(engine.keyspace, { compresses, hasChecksum, access: "idle" }));
				const { exitCode, stdout } = Bun.spawnSync(["redis-check-rdb", path]);
				const said = stdout.toString();
				expect([exitCode, said.includes("RDB looks OK!")]).toEqual([0, true]);
				expect(said).toContain(`${engine.keyspace.keyCount()} keys read`);
				expect(said.includes("Checksum OK")).toBe(hasChecksum);
			}
		}
	});

	test("loads into redis-server as the same data", async () => {
		const { engine, named } = filled;
		writeFileSync(join(directory, "loaded.rdb"), snapshotOf(engine.keyspace, { access: "idle" }));
		const server = await RedisServer.start(["--dir", directory, "--dbfilename", "loaded.rdb"], ports);
		try {
			const connection = await WireConnection.connect(server);
			const ask = async (...words: (string | number)[]) => (await connection.command(...words.map(String))).text();
			expect(await ask("DBSIZE")).toBe(`:${engine.keyspace.keyCount()}\r\n`);
			for (const { key } of named) {
				expect(await ask("PEXPIRETIME", key)).toBe(engine.run("PEXPIRETIME", key));
				await ask("PERSIST", key);
				await ask("RENAME", key, `loaded:${key}`);
			}
			for (const { commands } of named) for (const command of commands) await ask(...command);
			for (const { key } of named) {
				const [, loaded, original] = (await ask("DEBUG", "DIGEST-VALUE", `loaded:${key}`, key)).split("\r\n");
				expect([key.slice(0, 20), loaded]).toEqual([key.slice(0, 20), original!]);
			}
			for (let i = 0; i < 5000; i += 7) {
				expect(await ask("GET", `string:${i}`)).toBe(engine.run("GET", `string:${i}`));
				expect(await ask("PEXPIRETIME", `string:${i}`)).toBe(engine.run("PEXPIRETIME", `string:${i}`));
			}
			connection.close();
		} finally {
			await server.stop();
		}
	});
});

if (!hasRedisServer()) console.log(`skipped: ${missingRedisServer}`);
