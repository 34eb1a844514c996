import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { FOR_FILE } from "../../src/keyspace/effects.ts";
import { OUT_OF_MEMORY } from "../../src/resp/errors.ts";
import type { Server } from "../../src/server/server.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";

const LIMIT = 2 << 20;
const OOM = `-${OUT_OF_MEMORY}\r\n`;

function started(directives: string) {
	const machine = new VirtualMachine();
	const server = machine.start(directives);
	const client = machine.network.connect(6379);
	const run = (...words: (string | number)[]) => client.run(...words);
	return { machine, server, client, run };
}

function field(run: (...words: string[]) => string, name: string): number {
	return Number(new RegExp(`^${name}:(.*)\r$`, "m").exec(run("INFO", "everything"))![1]);
}

/** A hundred bytes each; returns the last reply. */
function fill(run: (...words: (string | number)[]) => string, from: number, to: number): string {
	let reply = "";
	for (let i = from; i < to; i++) reply = run("SET", `key:${i}`, "v".repeat(100));
	return reply;
}

describe("maxmemory", () => {
	test("with noeviction refuses what may need memory, and nothing else", () => {
		const { run, server } = started(`maxmemory ${LIMIT}`);
		expect(fill(run, 0, 20_000)).toBe(OOM);
		const keys = server.keyspace.keyCount();
		expect(keys).toBeGreaterThan(10_000);
		expect(run("GET", "key:0")).toContain("vvv");
		expect(run("LPUSH", "list", "a")).toBe(OOM);
		expect(run("DEL", "key:0", "key:1")).toBe(":2\r\n");
		expect(run("EXPIRE", "key:2", 100)).toBe(":1\r\n");
		expect(run("MULTI")).toBe("+OK\r\n");
		expect(run("GET", "key:3")).toBe(OOM);
		expect(run("EXEC")).toMatch(/^-EXECABORT/);
		expect(field(run, "evicted_keys")).toBe(0);
		run("CONFIG", "SET", "maxmemory", 0);
		expect(run("LPUSH", "list", "a")).toBe(":1\r\n");
	});

	for (const policy of ["allkeys-lru", "allkeys-lfu", "allkeys-random"]) {
		test(`with ${policy} is kept, and every write goes on`, () => {
			const { run, server } = started(`maxmemory ${LIMIT}\nmaxmemory-policy ${policy}`);
			for (let i = 0; i < 40_000; i++) {
				expect(run("SET", `key:${i}`, "v".repeat(100))).toBe("+OK\r\n");
				if (i % 1000 === 0) expect(field(run, "used_memory")).toBeLessThan(LIMIT + 70_000);
			}
			const { evictedKeys } = server.memory.evictor;
			expect(evictedKeys).toBe(40_000 - server.keyspace.keyCount());
			expect(field(run, "evicted_keys")).toBe(evictedKeys);
			expect(server.keyspace.bytesUsed()).toBeGreaterThan(LIMIT * 0.9);
			for (const { table } of server.keyspace.databases) table.verify();
		});
	}

	for (const policy of ["volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"]) {
		test(`with ${policy} refuses writes once only keys without a deadline are left`, () => {
			const { run, server } = started(`maxmemory ${LIMIT}\nmaxmemory-policy ${policy}`);
			for (let i = 0; i < 5000; i++) run("SET", `volatile:${i}`, "v".repeat(100), "EX", 1000);
			expect(fill(run, 0, 20_000)).toBe(OOM);
			expect(field(run, "evicted_keys")).toBe(5000);
			const { table } = server.keyspace.databases[0]!;
			expect([table.deadlineCount, table.count > 10_000]).toEqual([0, true]);
			// What is persistent stays; what is deleted makes room again.
			expect(run("EXISTS", "key:0")).toBe(":1\r\n");
			for (let i = 0; i < 2000; i++) run("DEL", `key:${i}`);
			expect(run("SET", "new", "value")).toBe("+OK\r\n");
		});
	}

	test("CONFIG SET takes effect at once, also where nobody asks for anything", () => {
		const { run, server, machine } = started("maxmemory-policy allkeys-lru");
		fill(run, 0, 20_000);
		expect(run("CONFIG", "SET", "maxmemory", LIMIT / 2)).toBe("+OK\r\n");
		machine.time.advance(10);
		expect(server.memory.used()).toBeLessThanOrEqual(LIMIT / 2);
		expect(server.keyspace.keyCount()).toBeGreaterThan(4000);
		expect(machine.host.printed.at(-1)).toContain("WARNING: the new maxmemory value set via CONFIG SET");
	});

	test("evicted keys are told to those who watch, and to the append-only file", () => {
		const { run, machine, server } = started(
			`maxmemory-policy allkeys-random\nnotify-keyspace-events Ee\nappendonly yes\nappendfsync always`,
		);
		const watching = machine.network.connect(6379);
		const listening = machine.network.connect(6379);
		run("SET", "only", "v".repeat(1000));
		expect(watching.run("WATCH", "only")).toBe("+OK\r\n");
		expect(watching.run("MULTI")).toBe("+OK\r\n");
		expect(watching.run("PING")).toBe("+QUEUED\r\n");
		listening.run("SUBSCRIBE", "__keyevent@0__:evicted");
		server.keyspace.effects.unlinksEvicted = false;
		run("CONFIG", "SET", "maxmemory", 100);
		machine.time.advance(10);
		expect(run("DBSIZE")).toBe(":0\r\n");
		expect(listening.take()).toContain("__keyevent@0__:evicted\r\n$4\r\nonly");
		run("CONFIG", "SET", "maxmemory", 0);
		expect(watching.run("EXEC")).toBe("*-1\r\n");
		machine.network.settle();
		const log = Buffer.from(machine.files.readText("appendonlydir/appendonly.aof.1.incr.aof")).toString();
		expect(log).toContain("DEL\r\n$4\r\nonly");
	});

	test("evicted values go by UNLINK where lazyfree-lazy-eviction says so", () => {
		const { run, server } = started("maxmemory-policy allkeys-random\nlazyfree-lazy-eviction yes");
		run("SET", "only", "value");
		server.keyspace.effects.want(FOR_FILE, true);
		expect(server.memory.evictor.evict()).toBe(true);
		const { bytes, length } = server.keyspace.effects;
		expect(Buffer.from(bytes.subarray(0, length)).toString()).toContain("UNLINK\r\n$4\r\nonly");
		server.keyspace.effects.want(FOR_FILE, false);
		run("CONFIG", "SET", "lazyfree-lazy-eviction", "no");
		expect(server.keyspace.effects.unlinksEvicted).toBe(false);
	});

	test("a turn that takes too long is cut short, and the rest is done between commands", () => {
		const { run, server, machine } = started("maxmemory-policy allkeys-lru\nmaxmemory-eviction-tenacity 0");
		fill(run, 0, 20_000);
		// A clock that moves whenever somebody looks.
		let looks = 0;
		const { time } = machine;
		time.monotonic_us = () => time.now_ms() * 1000 + 100 * looks++;
		expect(server.config.set(["maxmemory", String(LIMIT / 2)], true)).toBeUndefined();
		const before = server.keyspace.keyCount();
		expect(server.makesRoom()).toBe(true);
		const after = server.keyspace.keyCount();
		expect(before - after).toBeLessThan(100);
		expect(run("SET", "new", "value")).toBe("+OK\r\n");
		machine.time.advance(50);
		expect(server.memory.used()).toBeLessThanOrEqual(LIMIT / 2);
		expect(server.memory.exceededNow_ms()).toBe(0);
		expect(server.memory.exceededTotal_ms()).toBeGreaterThan(0);
		run("CONFIG", "RESETSTAT");
		expect([field(run, "evicted_keys"), field(run, "total_eviction_exceeded_time")]).toEqual([0, 0]);
	});

	test("who measures latency hears of turns and of keys", () => {
		const { run, server } = started(`maxmemory ${LIMIT}\nmaxmemory-policy allkeys-lru`);
		const heard = new Map<string, number>();
		server.memory.witness = { took: (event) => heard.set(event, (heard.get(event) ?? 0) + 1) };
		fill(run, 0, 20_000);
		expect(heard.get("eviction-del")).toBe(server.memory.evictor.evictedKeys);
		expect(heard.get("eviction-cycle")!).toBeGreaterThan(0);
	});

	test("evicts nothing while data is loaded", () => {
		const { run, server } = started("maxmemory-policy allkeys-lru");
		fill(run, 0, 100);
		server.executor.isLoading = true;
		expect(server.config.set(["maxmemory", "1"], true)).toBeUndefined();
		expect(server.makesRoom()).toBe(true);
		expect(server.keyspace.keyCount()).toBe(100);
		server.executor.isLoading = false;
		expect(server.makesRoom()).toBe(false);
		expect(server.keyspace.keyCount()).toBe(0);
	});

	test("how often keys are used survives a save, also of values that are objects", () => {
		const { run } = started("maxmemory-policy allkeys-lfu\nenable-debug-command yes\nlfu-log-factor 0");
		run("SET", "short", "value");
		run("SET", "long", "v".repeat(10_000));
		run("RPUSH", "list", "a");
		for (let i = 0; i < 40; i++) for (const key of ["short", "long"]) run("GET", key);
		for (let i = 0; i < 60; i++) run("LLEN", "list");
		const asked = () => ["short", "long", "list"].map((key) => run("OBJECT", "FREQ", key));
		expect(asked()).toEqual([":45\r\n", ":45\r\n", ":65\r\n"]);
		expect(run("DEBUG", "RELOAD")).toBe("+OK\r\n");
		expect(asked()).toEqual([":45\r\n", ":45\r\n", ":65\r\n"]);
		run("CLIENT", "NO-TOUCH", "on");
		run("GET", "short");
		expect(run("OBJECT", "FREQ", "short")).toBe(":45\r\n");
		run("TOUCH", "short");
		expect(run("OBJECT", "FREQ", "short")).toBe(":46\r\n");
	});

	test("another policy gives stamps another meaning, and converts none", () => {
		const { run } = started("maxmemory-policy allkeys-lru");
		run("SET", "key", "value");
		expect(run("OBJECT", "FREQ", "key")).toMatch(/^-ERR An LFU maxmemory policy is not selected/);
		expect(run("OBJECT", "IDLETIME", "key")).toBe(":0\r\n");
		run("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu");
		expect(run("OBJECT", "IDLETIME", "key")).toMatch(/^-ERR An LFU maxmemory policy is selected/);
		run("SET", "new", "value");
		expect(run("OBJECT", "FREQ", "new")).toBe(":5\r\n");
	});
});

/** Bytes of everything, by a walk over all of it. */
function recounted(server: Server): number {
	let bytes = 0;
	for (const { table, fieldExpiry } of server.keyspace.databases) {
		if (table.count === 0) continue;
		const ownBytes = table.bytesUsed() - table.segmentBytes - table.handles.bytes;
		let outside = 0;
		for (const item of table.handles["items"]) outside += item?.bytesUsed() ?? 0;
		for (const segment of table.segments()) bytes += segment.bytesUsed();
		bytes += outside + ownBytes + fieldExpiry.bytesUsed();
	}
	return bytes;
}

test("what is counted is what there is, whatever is done to keys of all types under eviction", () => {
	const kinds = fc.constantFrom("string", "list", "hash", "set", "zset", "stream", "del", "expire", "append", "rename");
	const step = fc.tuple(kinds, fc.nat(40), fc.integer({ min: 1, max: 20_000 }));
	fc.assert(
		fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
			const { run, server } = started("maxmemory 200kb\nmaxmemory-policy allkeys-lru");
			for (const [kind, number, size] of steps) {
				const key = `k${number}`;
				const value = "v".repeat(size);
				if (kind === "string") run("SET", key, value);
				else if (kind === "list") run("RPUSH", key, value, value.slice(0, 100), "x");
				else if (kind === "hash") run("HSET", key, value.slice(0, 50), value, "f", "v");
				else if (kind === "set") run("SADD", key, ...Array.from({ length: (size % 200) + 1 }, (_, i) => i * size));
				else if (kind === "zset")
					run("ZADD", key, ...Array.from({ length: (size % 200) + 1 }, (_, i) => [i, `${i}m`]).flat());
				else if (kind === "stream") run("XADD", key, "*", "f", value);
				else if (kind === "del") run("DEL", key);
				else if (kind === "expire") run("PEXPIRE", key, size);
				else if (kind === "append") run("APPEND", key, value);
				else run("RENAME", key, `k${(number + 7) % 40}`);
				expect(server.keyspace.bytesUsed()).toBe(recounted(server));
			}
			for (const { table } of server.keyspace.databases) {
				table.verify();
				table.handles.strings!.verify();
			}
		}),
		{ numRuns: 60 },
	);
});
