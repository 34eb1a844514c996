import { beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Random } from "../../src/bytes/random.ts";
import { KEEP_DEADLINE } from "../../src/keyspace/database.ts";
import { Keyspace } from "../../src/keyspace/keyspace.ts";
import { Limits } from "../../src/types/limits.ts";
import { HASHTABLE, INTSET, LISTPACK, setEncoding } from "../../src/types/set/encodings.ts";
import { MemberBatch, MemberSet } from "../../src/types/set.ts";
import { SET } from "../../src/types/type.ts";
import { VirtualTime } from "../support/virtual-time.ts";
import { SetModel } from "./set/set-model.ts";

const bytesOf = (text: string): Uint8Array => Buffer.from(text, "latin1");
const textOf = (bytes: Uint8Array, start: number, length: number): string =>
	Buffer.from(bytes.subarray(start, start + length)).toString("latin1");

const KEY = bytesOf("key");

/** One key of a database that holds a set, or nothing. */
class OneKey {
	readonly keyspace = new Keyspace(1, new VirtualTime(), new Random(1));
	readonly database = this.keyspace.databases[0]!;
	readonly limits = new Limits();
	private readonly set = new MemberSet();

	/** The set, opened; it is to be closed. */
	open(): MemberSet {
		this.find();
		this.set.open(this.database, this.limits);
		return this.set;
	}

	find(): boolean {
		return this.database.peek(KEY, 0, KEY.length, this.database.hash(KEY, 0, KEY.length));
	}

	/** As SADD; returns how many are new. */
	add(...members: string[]): number {
		const set = this.open();
		const first = bytesOf(members[0]!);
		set.expect(members.length, first, 0, first.length);
		let added = 0;
		for (const member of members) if (set.add(bytesOf(member), 0, member.length)) added++;
		set.close();
		return added;
	}

	/** As SREM. */
	remove(...members: string[]): number {
		const set = this.open();
		let removed = 0;
		for (const member of members) if (set.remove(bytesOf(member), 0, member.length)) removed++;
		set.close();
		return removed;
	}

	members(): string[] {
		const set = this.open();
		const members: string[] = [];
		set.forEach((bytes, start, length) => {
			members.push(textOf(bytes, start, length));
		});
		expect(set.count).toBe(members.length);
		set.close();
		return members;
	}

	encoding(): string | null {
		return this.find() ? setEncoding(this.database.table) : null;
	}

	isBig(): boolean {
		return this.find() && this.database.table.isExternal();
	}

	verify(): void {
		this.open().verify();
		this.set.close();
		this.database.table.verify();
		// What the table believes its objects to hold is what they hold.
		if (this.isBig()) expect(this.database.table.handles.bytes).toBe(this.database.table.external().bytesUsed());
		else expect(this.database.table.handles.bytes).toBe(0);
	}
}

let key: OneKey;

beforeEach(() => {
	key = new OneKey();
});

const range = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => String(from + i));

describe("encodings", () => {
	test("integers, up to as many as are allowed", () => {
		key.add(...range(0, 512));
		expect(key.encoding()).toBe("intset");
		key.add("511");
		expect(key.encoding()).toBe("intset");
		key.add("512");
		expect(key.encoding()).toBe("hashtable");
	});

	test("the number of members given counts, even where they are equal", () => {
		key.add(...new Array<string>(513).fill("1"));
		expect([key.encoding(), key.members()]).toEqual(["hashtable", ["1"]]);
		key.remove("1");
		key.add(...new Array<string>(129).fill("a"));
		expect([key.encoding(), key.members()]).toEqual(["hashtable", ["a"]]);
		key.remove("a");
		key.add("a");
		key.add(...new Array<string>(129).fill("a"));
		expect(key.encoding()).toBe("hashtable");
	});

	test("strings, up to as many and as long as are allowed", () => {
		key.add("a".repeat(64), ...range(0, 127));
		expect(key.encoding()).toBe("listpack");
		key.add("b");
		expect(key.encoding()).toBe("hashtable");
		key.remove(...key.members());
		key.add("a".repeat(65));
		expect(key.encoding()).toBe("hashtable");
	});

	test("never go back while there are members", () => {
		key.add("1", "2", "a");
		key.remove("a");
		expect(key.encoding()).toBe("listpack");
		key.add("x".repeat(65));
		key.remove("x".repeat(65));
		expect(key.encoding()).toBe("hashtable");
		key.remove("1", "2");
		expect(key.encoding()).toBe(null);
	});

	test("an integer that is longer than a packed member may be makes a hashtable of an intset", () => {
		key.limits.setValueBytes = 5;
		key.add("1", "-12345");
		expect(key.encoding()).toBe("intset");
		key.add("a");
		expect(key.encoding()).toBe("hashtable");
	});

	test("limits of zero", () => {
		key.limits.intsetEntries = 0;
		key.add("1");
		expect(key.encoding()).toBe("listpack");
		key.remove("1");
		key.limits.setEntries = 0;
		key.add("1");
		expect(key.encoding()).toBe("hashtable");
	});
});

describe("forms", () => {
	test("512 integers of eight bytes are a value without a byte more", () => {
		key.add(...Array.from({ length: 512 }, (_, i) => String(2n ** 62n + BigInt(i * 7919))));
		expect(key.encoding()).toBe("intset");
		expect(key.isBig()).toBe(false);
		expect(key.database.table.valueLength()).toBe(4096);
	});

	test("more integers than a value has room for are a table, whatever the encoding", () => {
		key.limits.intsetEntries = 5000;
		key.add(...range(0, 2047));
		expect([key.encoding(), key.isBig()]).toEqual(["intset", false]);
		key.add("2047");
		expect([key.encoding(), key.isBig(), key.members().length]).toEqual(["intset", true, 2048]);
		key.verify();
		key.add("a");
		expect(key.encoding()).toBe("hashtable");
	});

	test("members of a packed set keep their order, those of an intset ascend", () => {
		key.add("20", "-3", "100000", "7");
		expect(key.members()).toEqual(["-3", "7", "20", "100000"]);
		key.add("b", "a");
		key.remove("7");
		key.add("7");
		expect(key.members()).toEqual(["-3", "20", "100000", "b", "a", "7"]);
	});

	test("one member as long as it may be, and one longer", () => {
		key.add("x".repeat(4093));
		expect(key.isBig()).toBe(false);
		key.remove("x".repeat(4093));
		key.add("x".repeat(4094));
		expect(key.isBig()).toBe(true);
		key.verify();
		key.add("y".repeat(100_000));
		expect(key.remove("y".repeat(100_000))).toBe(1);
	});

	test("a deadline outlives every change of form", () => {
		key.add("1");
		key.find();
		key.database.setDeadline(1e15);
		for (const members of [["70000"], ["5000000000"], ["a"], range(0, 300)]) {
			key.add(...members);
			key.find();
			expect(key.database.deadline()).toBe(1e15);
			key.verify();
		}
	});

	test("a copy of a big set shares nothing with it", () => {
		key.add(...range(0, 1000));
		key.find();
		const copy = key.database.table.external().clone();
		key.remove(...range(0, 999));
		key.find();
		key.database.putExternal(SET, copy, Infinity);
		expect(key.members().length).toBe(1000);
		key.verify();
	});
});

describe("beside a plain model", () => {
	const integers = fc.oneof(
		fc.integer({ min: -20, max: 20 }).map(String),
		fc.integer({ min: -40_000, max: 40_000 }).map(String),
		fc.constantFrom("-2147483648", "2147483647", "2147483648", "9223372036854775807", "-9223372036854775808"),
		fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
	);
	const strings = fc.oneof(
		fc.string({ maxLength: 3 }).map((text) => Buffer.from(text).toString("latin1")),
		fc.constantFrom("", "007", "-0", "9223372036854775808", "x".repeat(8), "y".repeat(9), "z".repeat(700)),
	);
	const member = fc.oneof({ weight: 3, arbitrary: integers }, { weight: 1, arbitrary: strings });
	const step = fc.record({
		adds: fc.boolean(),
		members: fc.oneof(
			fc.array(member, { minLength: 1, maxLength: 5 }),
			fc.array(integers, { minLength: 1, maxLength: 60, size: "max" }),
			fc.array(strings, { minLength: 1, maxLength: 30, size: "max" }),
		),
	});

	/** Takes the steps with both, and compares after each. */
	function check(steps: readonly { adds: boolean; members: string[] }[], limits: Partial<Limits>): void {
		const subject = new OneKey();
		Object.assign(subject.limits, limits);
		const model = new SetModel(subject.limits);
		for (const { adds, members } of steps) {
			if (adds) {
				model.expect(members.length, members[0]!);
				expect(subject.add(...members)).toBe(members.filter((each) => model.add(each)).length);
			} else expect(subject.remove(...members)).toBe(members.filter((each) => model.remove(each)).length);
			subject.verify();
			expect(subject.encoding()).toBe(model.encoding);
			const actual = subject.members();
			if (subject.isBig()) expect(actual.sort()).toEqual(model.members.toSorted());
			else if (model.encoding === "hashtable") expect(actual.toSorted()).toEqual(model.members.toSorted());
			else expect(actual).toEqual(model.members);
		}
	}

	test.each([
		["small limits", { intsetEntries: 8, setEntries: 12, setValueBytes: 8 }],
		["the usual limits", {}],
		["large limits", { intsetEntries: 100_000, setEntries: 100_000, setValueBytes: 100_000 }],
	])("%s", (_, limits) => {
		fc.assert(
			fc.property(fc.array(step, { maxLength: 40, size: "max" }), (steps) => check(steps, limits)),
			{ numRuns: 300, seed: 4 },
		);
	});

	test("thousands of members that come and go", () => {
		const random = new Random(5);
		const subject = new OneKey();
		const expected = new Set<string>();
		for (let i = 0; i < 40_000; i++) {
			const name = `member:${random.below(12_000)}`;
			const grows = i < 25_000 ? random.below(4) > 0 : random.below(8) === 0;
			if (grows) expect(subject.add(name)).toBe(expected.has(name) ? 0 : 1);
			else expect(subject.remove(name)).toBe(expected.has(name) ? 1 : 0);
			if (grows) expected.add(name);
			else expected.delete(name);
			if (i % 8000 === 0) subject.verify();
		}
		subject.verify();
		expect(subject.members().sort()).toEqual([...expected].sort());
	});
});

describe("a set that belongs to no key", () => {
	function built(encoding: number, ...members: string[]): MemberSet {
		const set = new MemberSet();
		set.begin(key.database.table, key.limits, encoding);
		for (const member of members) set.add(bytesOf(member), 0, member.length);
		return set;
	}

	test("is stored over anything, without a deadline or with the one there is", () => {
		for (const members of [["1", "2"], ["a", "5000000000"], range(0, 600)]) {
			for (const deadline_ms of [Infinity, KEEP_DEADLINE]) {
				key.find();
				key.database.putString(0, KEY, 0, KEY.length, Infinity);
				key.database.setDeadline(1e15);
				built(INTSET, ...members).store(key.database, deadline_ms);
				expect(key.members().sort()).toEqual(members.toSorted());
				key.verify();
				expect(key.database.deadline()).toBe(deadline_ms === Infinity ? Infinity : 1e15);
			}
		}
	});

	test("begins with the encoding it is told", () => {
		expect(built(LISTPACK, "1", "2").encoding).toBe(LISTPACK);
		expect(built(INTSET, "1", "2").encoding).toBe(INTSET);
		expect(built(INTSET, "1", "a").encoding).toBe(LISTPACK);
		expect(built(HASHTABLE, "1", "2").encoding).toBe(HASHTABLE);
	});

	test("may become empty", () => {
		const set = built(INTSET, "1");
		expect(set.remove(bytesOf("1"), 0, 1)).toBe(true);
		expect(set.count).toBe(0);
		expect(set.close()).toBe(true);
	});
});

describe("batches", () => {
	const forms = [range(0, 200), [...range(0, 99), "a"], range(0, 3000), ["x".repeat(70_000), "y".repeat(70_000), "z"]];

	test("read every member once", () => {
		for (const members of forms) {
			key.add(...members);
			const set = key.open();
			const batch = new MemberBatch();
			const read: string[] = [];
			set.rewind();
			while (set.read(batch)) {
				for (let i = 0; i < batch.count; i++) read.push(textOf(batch.bytes, batch.starts[i]!, batch.lengths[i]!));
			}
			set.close();
			expect(read.sort()).toEqual(members.toSorted());
			key.remove(...members);
		}
	});

	test("are filtered by what is in another set", () => {
		const other = new OneKey();
		for (const members of forms) {
			for (const others of [["1", "5", "a", "z"], range(50, 100), range(50, 3000), [...range(0, 50), "a"]]) {
				for (const keeps of [true, false]) {
					key.add(...members);
					other.add(...others);
					const set = key.open();
					const filter = other.open();
					const batch = new MemberBatch();
					const kept: string[] = [];
					set.rewind();
					while (set.read(batch)) {
						filter.filter(batch, keeps);
						for (let i = 0; i < batch.count; i++) kept.push(textOf(batch.bytes, batch.starts[i]!, batch.lengths[i]!));
					}
					expect(kept.sort()).toEqual(members.filter((each) => others.includes(each) === keeps).sort());
					key.remove(...members);
					other.remove(...others);
				}
			}
		}
	});
});

describe("random members", () => {
	test.each([
		["integers", range(0, 200)],
		["packed", [...range(0, 99), "a"]],
		["big", range(0, 1000)],
	])("are equally likely: %s", (_, members) => {
		key.add(...members);
		const random = new Random(9);
		const seen = new Map<string, number>();
		const draws = 100 * members.length;
		const set = key.open();
		for (let i = 0; i < draws; i++) {
			set.seekRandom(random);
			const member = textOf(set.bytes, set.start, set.length);
			seen.set(member, (seen.get(member) ?? 0) + 1);
		}
		let chiSquare = 0;
		for (const member of members) chiSquare += ((seen.get(member) ?? 0) - 100) ** 2 / 100;
		// Its mean is the degrees of freedom, its deviation the root of twice as many.
		const freedom = members.length - 1;
		expect(Math.abs(chiSquare - freedom)).toBeLessThan(4 * Math.sqrt(2 * freedom));
	});

	test("taken out one by one are all members, each once", () => {
		for (const members of [range(0, 200), [...range(0, 99), "a"], range(0, 20_000)]) {
			key.add(...members);
			const random = new Random(10);
			const taken: string[] = [];
			const set = key.open();
			while (set.count > 0) {
				set.seekRandom(random);
				taken.push(textOf(set.bytes, set.start, set.length));
				set.removeCurrent();
			}
			expect(set.close()).toBe(true);
			expect(key.find()).toBe(false);
			expect(taken.sort()).toEqual(members.toSorted());
		}
	});
});

test("a scan visits a small set whole and a big one stretch by stretch", () => {
	for (const members of [range(0, 200), [...range(0, 99), "a"], range(0, 5000)]) {
		key.add(...members);
		const set = key.open();
		const seen: string[] = [];
		let position = 0;
		let pages = 0;
		do {
			position = set.scan(position, 10, (bytes, start, length) => seen.push(textOf(bytes, start, length)));
			pages++;
		} while (position !== 0);
		expect(seen.sort()).toEqual(members.toSorted());
		expect(pages > 1).toBe(members.length === 5000);
		set.close();
		key.remove(...members);
	}
});

describe("memory", () => {
	/** Bytes of the entry, without its slot in the index. */
	function entryBytes(...members: string[]): number {
		const name = Buffer.from("key:000000000001");
		const { database, limits } = key;
		const set = new MemberSet();
		database.peek(name, 0, name.length, database.hash(name, 0, name.length));
		set.open(database, limits);
		for (const member of members) set.add(bytesOf(member), 0, member.length);
		set.close();
		return database.table.entryStride();
	}

	test("a small set costs what docs/sets.md computes", () => {
		expect(entryBytes(...range(1000, 1010).map((each) => `member:${each}`))).toBe(143);
	});

	test("a small set of integers costs what docs/sets.md computes", () => {
		expect(entryBytes(...range(1_000_000, 1_000_010))).toBe(63);
	});

	test("a member of a big set costs what docs/sets.md computes", () => {
		const count = 200_000;
		const set = key.open();
		for (let i = 0; i < count; i++) set.add(bytesOf(`element:${String(i).padStart(12, "0")}`), 0, 20);
		set.close();
		const bytes = key.database.table.handles.bytes / count;
		expect(bytes).toBeGreaterThan(30.9);
		expect(bytes).toBeLessThan(35.8);
	});
});
