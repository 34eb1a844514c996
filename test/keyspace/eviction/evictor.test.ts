import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Random } from "../../../src/bytes/random.ts";
import { Evictor } from "../../../src/keyspace/eviction/evictor.ts";
import type { PolicyName } from "../../../src/keyspace/eviction/policy.ts";
import { Keyspace } from "../../../src/keyspace/keyspace.ts";
import { STRING_KIND } from "../../../src/types/string.ts";
import { VirtualTime } from "../../support/virtual-time.ts";

const KEYS = 2000;
const text = new TextEncoder();

class Stage {
	readonly time = new VirtualTime();
	readonly keyspace: Keyspace;
	readonly evictor: Evictor;
	readonly evicted: string[] = [];

	constructor(policy: PolicyName, seed = 1, samples = 5) {
		this.keyspace = new Keyspace(16, this.time, new Random(seed));
		this.evictor = new Evictor(this.keyspace);
		this.evictor.setPolicy(policy);
		this.evictor.setSampleSize(samples);
		this.keyspace.changes.listen({
			keyChanged: (_database, key, start, length, _eventClass, event) => {
				if (event === "evicted") this.evicted.push(Buffer.from(key.subarray(start, start + length)).toString());
			},
			databaseChanged() {},
		});
	}

	set(key: string, value = "value", deadline_ms = Infinity, database = 0): void {
		const bytes = text.encode(key);
		const place = this.keyspace.databases[database]!;
		place.peek(bytes, 0, bytes.length, place.hash(bytes, 0, bytes.length));
		const content = text.encode(value);
		place.putString(STRING_KIND, content, 0, content.length, deadline_ms);
	}

	get(key: string): boolean {
		const bytes = text.encode(key);
		const place = this.keyspace.databases[0]!;
		return place.findForRead(bytes, 0, bytes.length, place.hash(bytes, 0, bytes.length));
	}

	pass(by_ms: number): void {
		this.time.advance(by_ms);
		this.keyspace.advance();
	}

	/** Evicts so many keys; returns the numbers they have behind their first letter. */
	evict(count: number): number[] {
		for (let i = 0; i < count; i++) expect(this.evictor.evict()).toBe(true);
		return this.evicted.splice(0).map((key) => Number(key.slice(1)));
	}

	verify(): void {
		for (const { table } of this.keyspace.databases) table.verify();
	}
}

const volatilePolicies = ["volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"] as const;
const allPolicies = ["allkeys-lru", "allkeys-lfu", "allkeys-random", ...volatilePolicies] as const;

/** Share of numbers below `bound`. */
function shareBelow(numbers: readonly number[], bound: number): number {
	return numbers.filter((number) => number < bound).length / numbers.length;
}

describe("LRU", () => {
	test("evicts mostly the oldest", () => {
		const stage = new Stage("allkeys-lru");
		for (let i = 0; i < KEYS; i++) {
			stage.set(`k${i}`);
			stage.pass(1000);
		}
		const evicted = stage.evict(KEYS / 10);
		expect(new Set(evicted).size).toBe(KEYS / 10);
		// With sixteen candidates and samples of five, few young keys are among them.
		expect(shareBelow(evicted, KEYS / 5)).toBeGreaterThan(0.8);
		expect(shareBelow(evicted, KEYS / 2)).toBeGreaterThan(0.98);
		stage.verify();
	});

	test("more samples are better judges", () => {
		const shares = [1, 5, 50].map((samples) => {
			const stage = new Stage("allkeys-lru", 3, samples);
			for (let i = 0; i < KEYS; i++) {
				stage.set(`k${i}`);
				stage.pass(1000);
			}
			return shareBelow(stage.evict(KEYS / 10), KEYS / 10);
		});
		expect(shares[0]!).toBeLessThan(shares[1]!);
		expect(shares[1]!).toBeLessThan(shares[2]!);
		expect(shares[2]!).toBeGreaterThan(0.9);
	});

	test("spares what was read lately", () => {
		const stage = new Stage("allkeys-lru");
		for (let i = 0; i < KEYS; i++) stage.set(`k${i}`);
		stage.pass(60_000);
		for (let i = 0; i < KEYS; i += 2) stage.get(`k${i}`);
		expect(stage.evict(KEYS / 4).filter((number) => number % 2 === 0).length).toBeLessThan(3);
	});

	test("a candidate that is read before its turn is spared", () => {
		const stage = new Stage("allkeys-lru", 1, 64);
		for (let i = 0; i < 20; i++) stage.set(`k${i}`);
		stage.pass(10_000);
		// All are candidates now, but for the one that goes.
		const [gone] = stage.evict(1);
		const read = [...Array(20).keys()].filter((i) => i !== gone).slice(0, 10);
		for (const i of read) stage.get(`k${i}`);
		const evicted = stage.evict(9);
		expect(evicted.filter((i) => read.includes(i))).toEqual([]);
	});
});

describe("LFU", () => {
	test("spares what is read often, however long ago it was stored", () => {
		const stage = new Stage("allkeys-lfu");
		for (let i = 0; i < KEYS; i++) stage.set(`k${i}`);
		for (let round = 0; round < 30; round++) for (let i = 0; i < KEYS / 10; i++) stage.get(`k${i}`);
		expect(shareBelow(stage.evict(KEYS / 2), KEYS / 10)).toBeLessThan(0.01);
	});

	test("what was read often long ago is forgotten", () => {
		const stage = new Stage("allkeys-lfu");
		for (let i = 0; i < KEYS; i++) stage.set(`k${i}`);
		for (let round = 0; round < 30; round++) for (let i = 0; i < KEYS / 2; i++) stage.get(`k${i}`);
		stage.pass(60 * 60_000);
		for (let i = KEYS / 2; i < KEYS; i++) stage.get(`k${i}`);
		expect(shareBelow(stage.evict(KEYS / 4), KEYS / 2)).toBeGreaterThan(0.97);
	});

	test("to store a key anew keeps its frequency", () => {
		const stage = new Stage("allkeys-lfu");
		stage.set("k0");
		for (let i = 0; i < 200; i++) stage.get("k0");
		const { table } = stage.keyspace.databases[0]!;
		const before = stage.keyspace.frequency.counter(table.stamp());
		expect(before).toBeGreaterThan(8);
		stage.set("k0", "a value that is longer than the one before");
		expect(stage.keyspace.frequency.counter(table.stamp())).toBe(before);
		stage.set("k0", "x".repeat(10_000));
		expect(stage.keyspace.frequency.counter(table.stamp())).toBe(before);
	});
});

test("volatile-ttl evicts exactly in the order of deadlines, across databases", () => {
	const stage = new Stage("volatile-ttl");
	const now_ms = stage.keyspace.now_ms;
	const order = new Random(7);
	const deadlines = Array.from({ length: KEYS }, (_, i) => i).sort(() => order.below(3) - 1);
	for (const i of deadlines) stage.set(`k${i}`, "value", now_ms + 1000 + i, i % 5);
	stage.set("p0");
	expect(stage.evict(KEYS)).toEqual(Array.from({ length: KEYS }, (_, i) => i));
	expect(stage.evictor.evict()).toBe(false);
	stage.verify();
});

test("random policies have no favourites", () => {
	for (const policy of ["allkeys-random", "volatile-random"] as const) {
		const stage = new Stage(policy);
		const deadline_ms = policy === "volatile-random" ? stage.keyspace.now_ms + 1e6 : Infinity;
		for (let i = 0; i < KEYS; i++) stage.set(`k${i}`, "value", deadline_ms);
		const evicted = stage.evict(KEYS / 2);
		for (let tenth = 1; tenth < 10; tenth++) {
			expect(Math.abs(shareBelow(evicted, (tenth * KEYS) / 10) - tenth / 10)).toBeLessThan(0.06);
		}
	}
});

test("random policies take from one database after the other", () => {
	const stage = new Stage("allkeys-random");
	for (let i = 0; i < 100; i++) stage.set(`k${i}`, "value", Infinity, i < 50 ? 2 : 9);
	expect(shareBelow(stage.evict(50), 50)).toBe(0.5);
});

for (const policy of volatilePolicies) {
	test(`${policy} never touches a key without a deadline`, () => {
		const stage = new Stage(policy);
		const deadline_ms = stage.keyspace.now_ms + 1e9;
		for (let i = 0; i < KEYS; i++) stage.set(`k${i}`, "value", i % 100 === 0 ? deadline_ms + i : Infinity);
		const evicted = stage.evict(KEYS / 100);
		expect(evicted.every((number) => number % 100 === 0)).toBe(true);
		expect(stage.evictor.evict()).toBe(false);
		expect(stage.keyspace.keyCount()).toBe(KEYS - KEYS / 100);
		stage.verify();
	});

	test(`${policy} spares a candidate that has lost its deadline`, () => {
		const stage = new Stage(policy, 1, 64);
		const { keyspace } = stage;
		for (let i = 0; i < 10; i++) stage.set(`k${i}`, "value", keyspace.now_ms + 1e6);
		stage.pass(10_000);
		stage.evict(1);
		keyspace.touch(false);
		for (let i = 0; i < 10; i++) if (stage.get(`k${i}`)) keyspace.databases[0]!.clearDeadline();
		stage.set("k99", "value", keyspace.now_ms + 1e6);
		expect(stage.evict(1)).toEqual([99]);
		expect(stage.evictor.evict()).toBe(false);
		expect(keyspace.keyCount()).toBe(9);
	});
}

test("noeviction evicts nothing", () => {
	const stage = new Stage("noeviction");
	stage.set("k0");
	expect(stage.evictor.evicts).toBe(false);
	expect(stage.evictor.evict()).toBe(false);
});

for (const policy of allPolicies) {
	test(`${policy} can evict every key that it may, whatever databases they are in`, () => {
		const keys = fc.array(fc.record({ database: fc.nat(15), name: fc.nat(300), hasDeadline: fc.boolean() }));
		fc.assert(
			fc.property(keys, fc.integer(), (list, seed) => {
				const stage = new Stage(policy, seed);
				const isVolatile = policy.startsWith("volatile");
				const evictable = new Map<string, boolean>();
				for (const { database, name, hasDeadline } of list) {
					stage.set(`k${name}`, "value", hasDeadline ? stage.keyspace.now_ms + 1000 + name : Infinity, database);
					evictable.set(`${database} ${name}`, !isVolatile || hasDeadline);
				}
				const may = [...evictable.values()].filter((isEvictable) => isEvictable).length;
				stage.evict(may);
				expect(stage.evictor.evict()).toBe(false);
				expect(stage.keyspace.keyCount()).toBe(evictable.size - may);
				stage.verify();
			}),
			{ numRuns: 50 },
		);
	});
}

describe("gaps", () => {
	test("are closed before much more is evicted than has to be", () => {
		const stage = new Stage("allkeys-random");
		const { keyspace, evictor } = stage;
		for (let i = 0; i < 20_000; i++) stage.set(`k${i}`, "x".repeat(i % 200));
		const full = keyspace.bytesUsed();
		const limit = Math.floor(full * 0.7);
		while (keyspace.bytesUsed() > limit) if (!evictor.compact()) expect(evictor.evict()).toBe(true);
		// An eighth of what is left may be dead.
		expect(keyspace.keyCount()).toBeGreaterThan(20_000 * 0.57);
		const { garbageBytes, segmentBytes } = keyspace.databases[0]!.table;
		expect(garbageBytes).toBeLessThanOrEqual(segmentBytes / 8);
		stage.verify();
	});

	test("where nothing may be evicted, all of them can be closed, and that ends", () => {
		const stage = new Stage("volatile-lru");
		for (let i = 0; i < 20_000; i++) stage.set(`k${i}`, "x".repeat(100));
		for (let i = 0; i < 20_000; i += 7) stage.set(`k${i}`, "x");
		const { keyspace, evictor } = stage;
		expect(evictor.compact()).toBe(false);
		let rounds = 0;
		while (evictor.compact(true)) expect(++rounds).toBeLessThan(1000);
		expect(rounds).toBeGreaterThan(0);
		expect(keyspace.databases[0]!.table.garbageBytes).toBeLessThan(4096 * rounds);
		stage.verify();
	});
});
