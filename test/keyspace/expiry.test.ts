import { beforeEach, describe, expect, test } from "bun:test";
import type { Clock, Timer, Timers } from "../../src/adapters/clock.ts";
import { Random } from "../../src/bytes/random.ts";
import { type Database, KEEP_DEADLINE } from "../../src/keyspace/database.ts";
import { ExpiryCycle } from "../../src/keyspace/expiry.ts";
import { Keyspace } from "../../src/keyspace/keyspace.ts";
import { STRING_KIND } from "../../src/types/string.ts";
import { VirtualTime } from "../support/virtual-time.ts";

const VALUE = new Uint8Array(3);

/** Virtual time in which a reading of the monotonic clock costs time, so that work takes time; and a record of timers. */
class WorkingTime implements Clock, Timers {
	readonly virtual = new VirtualTime();
	/** Delays asked of `after`, and how often `soon` was asked. */
	readonly delays: number[] = [];
	yields = 0;
	cancelled = 0;
	reading_us = 0;
	private worked_us = 0;

	now_ms(): number {
		return this.virtual.now_ms();
	}
	now_us(): number {
		return this.virtual.now_us();
	}
	monotonic_us(): number {
		this.worked_us += this.reading_us;
		return this.virtual.monotonic_us() + this.worked_us;
	}
	zoneOffset_minutes(): number {
		return 0;
	}
	after(delay_ms: number, action: () => void): Timer {
		this.delays.push(delay_ms);
		const timer = this.virtual.after(delay_ms, action);
		return {
			cancel: () => {
				this.cancelled++;
				timer.cancel();
			},
		};
	}
	soon(action: () => void): void {
		this.yields++;
		this.virtual.soon(action);
	}
}

let time: WorkingTime;
let keyspace: Keyspace;
let cycle: ExpiryCycle;
let expired: string[];

beforeEach(() => {
	time = new WorkingTime();
	keyspace = new Keyspace(4, time, new Random(1));
	cycle = new ExpiryCycle(keyspace, time, time);
	expired = [];
});

function record(): void {
	keyspace.changes.listen({
		keyChanged(database, key, start, length, _eventClass, event) {
			expired.push(`${database}:${Buffer.from(key.subarray(start, start + length)).toString()}:${event}`);
		},
		databaseChanged() {},
	});
}

function find(database: Database, name: string): boolean {
	const key = Buffer.from(name);
	return database.peek(key, 0, key.length, database.hash(key, 0, key.length));
}

function put(name: string, span_ms: number, index = 0): void {
	keyspace.advance();
	const database = keyspace.databases[index]!;
	find(database, name);
	database.putString(STRING_KIND, VALUE, 0, VALUE.length, keyspace.now_ms + span_ms);
}

describe("the timer", () => {
	test("is not set while nothing expires", () => {
		put("a", Infinity);
		cycle.arm();
		expect(time.delays).toEqual([]);
	});

	test("is set once for the earliest deadline of all databases", () => {
		put("a", 5000);
		put("b", 3000, 2);
		put("c", 4000, 1);
		cycle.arm();
		cycle.arm();
		put("d", 3500);
		cycle.arm();
		expect(time.delays).toEqual([3001]);
		put("e", 1000);
		cycle.arm();
		expect(time.delays).toEqual([3001, 1001]);
		expect(time.cancelled).toBe(1);
	});

	test("hears of deadlines however they are set", () => {
		const [database] = keyspace.databases;
		put("a", Infinity);
		find(database!, "a");
		database!.setDeadline(keyspace.now_ms + 700);
		cycle.arm();
		find(database!, "a");
		database!.putInline(STRING_KIND, VALUE, 0, 3, keyspace.now_ms + 600);
		cycle.arm();
		find(database!, "b");
		database!.putString(STRING_KIND, new Uint8Array(9000), 0, 9000, keyspace.now_ms + 500);
		cycle.arm();
		expect(time.delays).toEqual([701, 601, 501]);
	});

	test("hears nothing of a put that keeps the deadline", () => {
		const [database] = keyspace.databases;
		put("a", 1000);
		cycle.arm();
		find(database!, "a");
		database!.putInline(STRING_KIND, VALUE, 0, 3, KEEP_DEADLINE);
		database!.putString(STRING_KIND, new Uint8Array(9000), 0, 9000, KEEP_DEADLINE);
		cycle.arm();
		expect(time.delays).toEqual([1001]);
	});

	test("is never set for less than a millisecond, nor for more than a minute", () => {
		put("a", 3_600_000);
		cycle.arm();
		put("b", 10);
		time.virtual.advance(500);
		cycle.arm();
		expect(time.delays).toEqual([60_000, 1]);
	});

	test("is set anew until a far deadline is there", () => {
		put("a", 150_000);
		cycle.arm();
		time.virtual.advance(150_000);
		expect(keyspace.databases[0]!.table.count).toBe(1);
		time.virtual.advance(1);
		expect(keyspace.databases[0]!.table.count).toBe(0);
		expect(time.delays).toEqual([60_000, 60_000, 30_001]);
	});
});

describe("expiry", () => {
	test("removes each key in the millisecond behind its deadline and no earlier", () => {
		record();
		put("a", 10);
		put("b", 20, 3);
		put("c", 20);
		put("stays", Infinity);
		cycle.arm();
		time.virtual.advance(10);
		expect(expired).toEqual([]);
		time.virtual.advance(1);
		expect(expired).toEqual(["0:a:expired"]);
		time.virtual.advance(9);
		expect(expired).toHaveLength(1);
		time.virtual.advance(1);
		expect(expired.sort()).toEqual(["0:a:expired", "0:c:expired", "3:b:expired"]);
		expect(keyspace.expiredKeys).toBe(3);
		expect(keyspace.changes.dirty).toBe(0);
		expect(keyspace.keyCount()).toBe(1);
		expect(time.delays).toEqual([11, 10]);
	});

	test("leaves a key whose deadline was moved or taken away", () => {
		const [database] = keyspace.databases;
		put("a", 10);
		put("b", 10);
		cycle.arm();
		find(database!, "a");
		database!.setDeadline(keyspace.now_ms + 1000);
		find(database!, "b");
		database!.clearDeadline();
		time.virtual.advance(500);
		expect(keyspace.keyCount()).toBe(2);
		time.virtual.advance(501);
		expect(keyspace.keyCount()).toBe(1);
		expect(time.delays).toEqual([11, 990]);
	});

	test("goes on behind an emptied or exchanged database", () => {
		put("a", 10);
		cycle.arm();
		keyspace.databases[0]!.clear();
		put("b", 50, 1);
		keyspace.swap(0, 1);
		time.virtual.advance(51);
		expect(keyspace.keyCount()).toBe(0);
	});

	test("does nothing while it is switched off, and everything afterwards", () => {
		put("a", 10);
		cycle.arm();
		keyspace.activeExpire = false;
		time.virtual.advance(100);
		put("b", 10);
		cycle.arm();
		time.virtual.advance(100);
		expect(keyspace.keyCount()).toBe(2);
		keyspace.activeExpire = true;
		cycle.arm();
		time.virtual.advance(1);
		expect(keyspace.keyCount()).toBe(0);
	});

	test("ends with the server", () => {
		put("a", 10);
		cycle.arm();
		cycle.stop();
		put("b", 10);
		cycle.arm();
		time.virtual.advance(100);
		expect(keyspace.keyCount()).toBe(2);
	});
});

describe("a million keys that expire together", () => {
	const KEYS = 1_000_000;

	function fill(count: number, index: number, span_ms: (i: number) => number): void {
		const database = keyspace.databases[index]!;
		const key = Buffer.from("key:0000000");
		for (let i = 0; i < count; i++) {
			key.write(String(i).padStart(7, "0"), 4);
			database.peek(key, 0, key.length, database.hash(key, 0, key.length));
			database.putString(STRING_KIND, VALUE, 0, VALUE.length, keyspace.now_ms + span_ms(i));
		}
	}

	test("are removed a slice at a time, the network having its turn in between", () => {
		fill(KEYS - 1000, 0, () => 10);
		fill(1000, 2, () => 10);
		keyspace.databases[0]!.table.verify();
		cycle.arm();
		// A reading each 32 keys, and 700 us a slice: ten readings.
		time.reading_us = 70;
		const perSlice: number[] = [];
		let before = KEYS;
		const { soon } = time;
		time.soon = (action) => {
			perSlice.push(before - keyspace.keyCount());
			before = keyspace.keyCount();
			soon.call(time, action);
		};
		time.virtual.advance(11);
		expect(keyspace.keyCount()).toBe(0);
		expect(keyspace.expiredKeys).toBe(KEYS);
		expect(Math.max(...perSlice)).toBe(320);
		expect(perSlice.length).toBe(cycle.slicesCutShort);
		expect(cycle.slicesCutShort).toBe(Math.floor(KEYS / 320));
		expect(cycle.spent_us).toBeGreaterThanOrEqual((KEYS / 32) * 70);
		for (const database of keyspace.databases) database.table.verify();
	});

	test("work that arrives between slices is served and arms nothing", () => {
		fill(1000, 0, () => 10);
		cycle.arm();
		time.reading_us = 70;
		const { soon } = time;
		time.soon = (action) => {
			put("between", 5, 1);
			cycle.arm();
			soon.call(time, action);
		};
		time.virtual.advance(11);
		expect(keyspace.keyCount()).toBe(1);
		time.virtual.advance(6);
		expect(keyspace.keyCount()).toBe(0);
		expect(time.delays).toEqual([11, 6]);
	});

	test("are all gone in time, however their deadlines are spread over segments", () => {
		const count = 200_000;
		const random = new Random(5);
		fill(count, 0, () => 1 + random.below(1000));
		const { table } = keyspace.databases[0]!;
		expect(table.segmentCount()).toBeGreaterThanOrEqual(32);
		cycle.arm();
		for (let elapsed_ms = 0; elapsed_ms < 1000; elapsed_ms += 50) {
			time.virtual.advance(50);
			let late = 0;
			table.forEach((segment, offset) => {
				if (segment.deadline(offset) < time.now_ms()) late++;
			});
			expect(late).toBe(0);
		}
		time.virtual.advance(1);
		expect(keyspace.keyCount()).toBe(0);
		expect(time.yields).toBe(0);
		table.verify();
	});
});

test("more databases than a slice can look at are done in several slices", () => {
	const many = 100;
	keyspace = new Keyspace(many, time, new Random(1));
	cycle = new ExpiryCycle(keyspace, time, time);
	for (const index of [0, 57, many - 1]) put("k", 10, index);
	cycle.arm();
	// A slice has time for ten databases.
	time.reading_us = 70;
	let slices = 0;
	const { soon } = time;
	time.soon = (action) => {
		// Without an end of the round the timers would never come to rest.
		if (++slices < 2 * many) soon.call(time, action);
	};
	time.virtual.advance(11);
	expect(keyspace.keyCount()).toBe(0);
	expect(slices).toBe(many / 10 - 1);
	expect(keyspace.deadlineBound_ms).toBe(Infinity);
	put("k", 5, 3);
	cycle.arm();
	time.virtual.advance(6);
	expect(keyspace.keyCount()).toBe(0);
});
