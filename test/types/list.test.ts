import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Random } from "../../src/bytes/random.ts";
import type { Database } from "../../src/keyspace/database.ts";
import { Keyspace } from "../../src/keyspace/keyspace.ts";
import { encodingOf } from "../../src/types/encoding.ts";
import { INLINE_AGAIN_MAX } from "../../src/types/list/open-list.ts";
import { HEAD, INLINE_MAX, List, TAIL } from "../../src/types/list.ts";
import { VirtualTime } from "../support/virtual-time.ts";
import { toBytes } from "../support/wire.ts";

/** Lists in a database and arrays side by side: each step is taken by both, and what they hold is compared. */
class Lists {
	readonly keyspace = new Keyspace(1, new VirtualTime(), new Random(1));
	readonly database: Database = this.keyspace.databases[0]!;
	readonly list = new List();
	readonly arrays = new Map<string, string[]>();

	/** Places the database's cursor. */
	find(key: string): boolean {
		const bytes = toBytes(key);
		return this.database.findForWrite(bytes, 0, bytes.length, this.database.hash(bytes, 0, bytes.length));
	}

	/** Runs `change` on the list of the key and on its array, and compares them. */
	on(key: string, change: (list: List, array: string[]) => void): void {
		const array = this.arrays.get(key) ?? [];
		const { list } = this;
		expect(this.find(key)).toBe(array.length > 0);
		const wasThere = array.length > 0;
		list.open(this.database, this.keyspace.limits);
		expect(list.count).toBe(array.length);
		change(list, array);
		expect(list.close()).toBe(wasThere && array.length === 0);
		if (array.length === 0) this.arrays.delete(key);
		else this.arrays.set(key, array);
		this.verify(key);
	}

	verify(key: string): void {
		const { list, database } = this;
		const array = this.arrays.get(key) ?? [];
		expect(this.find(key)).toBe(array.length > 0);
		list.open(database, this.keyspace.limits);
		list.verify();
		expect(this.texts()).toEqual(array);
		list.close();
		database.table.verify();
		expect(database.table.handles.bytes).toBe(this.externalBytes());
	}

	/** What the table counts for lists of blocks, added up one by one. */
	private externalBytes(): number {
		const { table } = this.database;
		let bytes = 0;
		table.forEach((segment, offset) => {
			table.seek(segment, offset);
			if (table.isExternal()) bytes += table.external().bytesUsed();
		});
		return bytes;
	}

	texts(): string[] {
		const texts: string[] = [];
		this.list.forEach((bytes, start, length) => {
			texts.push(Buffer.from(bytes.subarray(start, start + length)).toString("latin1"));
		});
		return texts;
	}

	atCursor(): string {
		const { bytes, start, length } = this.list;
		return Buffer.from(bytes.subarray(start, start + length)).toString("latin1");
	}

	push(key: string, end: boolean, ...texts: string[]): void {
		this.on(key, (list, array) => {
			const bytes = texts.reduce((sum, text) => sum + text.length, 0);
			const packed = texts.reduce((sum, text) => sum + text.length + (text.length < 255 ? 2 : 10), 0);
			list.reserve(end, texts.length, bytes, packed);
			for (const text of texts) {
				list.push(end, toBytes(`+${text}`), 1, text.length);
				if (end === HEAD) array.unshift(text);
				else array.push(text);
			}
		});
	}

	drop(key: string, end: boolean, count: number): void {
		this.on(key, (list, array) => {
			list.drop(end, count);
			array.splice(end === HEAD ? 0 : Math.max(0, array.length - count), count);
		});
	}

	encoding(key: string): string {
		return this.find(key) ? encodingOf(this.database.table) : "none";
	}

	isInline(key: string): boolean {
		expect(this.find(key)).toBe(true);
		return !this.database.table.isExternal();
	}
}

const lengths = fc.oneof(fc.nat(8), fc.constantFrom(60, 100, 200, 254, 255, 700, 1022, 1030, 5000, 9000));
const text = fc.tuple(lengths, fc.constantFrom("a", "b", "7")).map(([length, letter]) => letter.repeat(length));
const key = fc.constantFrom("one", "two", "three");
const end = fc.boolean();
const index = fc.integer({ min: -50, max: 50 });

type Step = (lists: Lists) => void;
const step: fc.Arbitrary<Step> = fc.oneof(
	fc.tuple(key, end, fc.array(text, { minLength: 1, maxLength: 8 })).map(
		([name, side, texts]): Step =>
			(lists) =>
				lists.push(name, side, ...texts),
	),
	fc.tuple(key, end, fc.integer({ min: 1, max: 30 })).map(
		([name, side, count]): Step =>
			(lists) =>
				lists.drop(name, side, count),
	),
	fc.tuple(key, index, text).map(
		([name, at, value]): Step =>
			(lists) =>
				lists.on(name, (list, array) => {
					const isThere = list.seek(at);
					const place = at < 0 ? array.length + at : at;
					expect(isThere).toBe(array[place] !== undefined);
					if (!isThere) return;
					expect(lists.atCursor()).toBe(array[place]!);
					list.replace(toBytes(value), 0, value.length);
					array[place] = value;
				}),
	),
	fc.tuple(key, fc.oneof(text, index), end, text).map(
		([name, pivot, isBehind, value]): Step =>
			(lists) =>
				lists.on(name, (list, array) => {
					const wanted = typeof pivot === "string" ? pivot : (array.at(pivot) ?? "none");
					const place = array.indexOf(wanted);
					expect(list.find(toBytes(wanted), 0, wanted.length)).toBe(place >= 0);
					if (place < 0) return;
					list.insert(isBehind, toBytes(value), 0, value.length);
					array.splice(isBehind ? place + 1 : place, 0, value);
				}),
	),
	fc.tuple(key, fc.oneof(text, index), fc.constantFrom(1, 2, 100), end).map(
		([name, target, limit, side]): Step =>
			(lists) =>
				lists.on(name, (list, array) => {
					const wanted = typeof target === "string" ? target : (array.at(target) ?? "none");
					const places = array.flatMap((other, place) => (other === wanted ? [place] : []));
					const taken = side === HEAD ? places.slice(0, limit) : places.slice(-limit);
					expect(list.removeEqual(toBytes(wanted), 0, wanted.length, limit, side)).toBe(taken.length);
					for (const place of taken.reverse()) array.splice(place, 1);
				}),
	),
	fc.tuple(key, fc.constantFrom(-2, 3, 128)).map(
		([name, limit]): Step =>
			(lists) => {
				lists.keyspace.limits.listBlock = limit;
				lists.verify(name);
			},
	),
	// One element goes from one end to the other, the only one, too.
	fc.tuple(key, end, end).map(
		([name, from, to]): Step =>
			(lists) =>
				lists.on(name, (list, array) => {
					const moved = from === HEAD ? array.shift() : array.pop();
					if (moved === undefined) return;
					list.seekEnd(from);
					expect(lists.atCursor()).toBe(moved);
					list.drop(from, 1);
					list.append(to, toBytes(moved), 0, moved.length);
					if (to === HEAD) array.unshift(moved);
					else array.push(moved);
				}),
	),
);

describe("a list", () => {
	test("holds what an array holds, whatever is done to both and whatever form it has", () => {
		fc.assert(
			fc.property(fc.array(step, { minLength: 1, maxLength: 60, size: "max" }), (steps) => {
				const lists = new Lists();
				for (const take of steps) take(lists);
				for (const name of ["one", "two", "three"]) lists.verify(name);
			}),
			{ numRuns: 150 },
		);
	});

	test("is inline up to a size, and again when it has shrunk well below", () => {
		const lists = new Lists();
		let bytes = 0;
		for (; bytes + 12 <= INLINE_MAX; bytes += 12) lists.push("key", TAIL, "0123456789");
		expect(lists.isInline("key")).toBe(true);
		lists.push("key", TAIL, "0123456789");
		expect(lists.isInline("key")).toBe(false);
		for (bytes += 12; bytes > INLINE_AGAIN_MAX; bytes -= 12) {
			expect(lists.isInline("key")).toBe(false);
			lists.drop("key", HEAD, 1);
		}
		expect(lists.isInline("key")).toBe(true);
	});

	test("gives back what its only block does not need any more", () => {
		const lists = new Lists();
		lists.push("key", TAIL, ...Array.from({ length: 130 }, () => "x".repeat(60)));
		const { handles } = lists.database.table;
		expect(handles.bytes).toBeGreaterThan(130 * 62);
		lists.drop("key", TAIL, 120);
		expect(lists.isInline("key")).toBe(false);
		expect(handles.bytes).toBeLessThan(1500);
	});

	test("keeps its deadline whatever form it takes", () => {
		const lists = new Lists();
		lists.push("key", HEAD, "a");
		lists.find("key");
		lists.database.setDeadline(5_000_000_000_000);
		lists.push("key", HEAD, "b".repeat(2000));
		lists.drop("key", HEAD, 1);
		lists.push("key", TAIL, "c");
		lists.find("key");
		expect(lists.database.deadline()).toBe(5_000_000_000_000);
	});

	test("shows runs from any element on", () => {
		for (const length of [3, 600]) {
			const lists = new Lists();
			const texts = Array.from({ length: 100 }, (_, i) => `${i}`.padStart(length, "x"));
			lists.push("key", TAIL, ...texts);
			for (const first of [0, 1, 50, 99]) {
				lists.find("key");
				const { list } = lists;
				list.open(lists.database, lists.keyspace.limits);
				let seen = first;
				for (list.seekRun(first); list.runCount > 0; list.nextRun()) {
					expect(list.runEnd).toBeGreaterThan(list.runStart);
					seen += list.runCount;
				}
				expect(seen).toBe(100);
				list.close();
			}
		}
	});

	test("tells where it has equal elements, from either end, until it is told to stop", () => {
		for (const filler of [1, 1000]) {
			const lists = new Lists();
			const texts = Array.from({ length: 60 }, (_, i) => (i % 7 === 3 ? "wanted" : "x".repeat(filler)));
			lists.push("key", TAIL, ...texts);
			const indexes = texts.flatMap((other, place) => (other === "wanted" ? [place] : []));
			const found = (side: boolean, among: number, most: number): number[] => {
				lists.find("key");
				lists.list.open(lists.database, lists.keyspace.limits);
				const seen: number[] = [];
				lists.list.forEachEqual(toBytes("wanted"), 0, 6, side, among, (place) => seen.push(place) < most);
				lists.list.close();
				return seen;
			};
			expect(found(HEAD, Infinity, 100)).toEqual(indexes);
			expect(found(TAIL, Infinity, 100)).toEqual(indexes.toReversed());
			expect(found(HEAD, 18, 100)).toEqual([3, 10, 17]);
			expect(found(HEAD, 17, 100)).toEqual([3, 10]);
			expect(found(TAIL, 1, 100)).toEqual([59]);
			expect(found(HEAD, Infinity, 2)).toEqual([3, 10]);
			expect(found(TAIL, Infinity, 1)).toEqual([59]);
		}
	});
});

describe("OBJECT ENCODING of a list", () => {
	test("is listpack up to a size, then quicklist, and listpack again from half the size down", () => {
		const lists = new Lists();
		// Entries of 100 bytes, in a listpack of 8192 with a frame of 7.
		for (let i = 0; i < 81; i++) lists.push("key", TAIL, "x".repeat(97));
		expect(lists.encoding("key")).toBe("listpack");
		lists.push("key", TAIL, "x".repeat(97));
		expect(lists.encoding("key")).toBe("quicklist");
		while (lists.arrays.get("key")!.length > 41) lists.drop("key", HEAD, 1);
		expect(lists.encoding("key")).toBe("quicklist");
		lists.drop("key", HEAD, 1);
		expect(lists.encoding("key")).toBe("listpack");
	});

	test("counts integers as what they take, not as text", () => {
		const lists = new Lists();
		lists.push("key", TAIL, ...Array.from({ length: 2000 }, () => "12345"));
		// Before they come they count as text.
		expect(lists.encoding("key")).toBe("quicklist");
		for (let i = 0; i < 20; i++) lists.push("other", TAIL, ...Array.from({ length: 100 }, () => "12345"));
		expect(lists.encoding("other")).toBe("listpack");
		lists.push("other", TAIL, ...Array.from({ length: 36 }, () => "12345"));
		expect(lists.encoding("other")).toBe("listpack");
		lists.push("other", TAIL, ...Array.from({ length: 9 }, () => "12345"));
		expect(lists.encoding("other")).toBe("quicklist");
	});

	test("follows a limit of elements, on small lists, too", () => {
		const lists = new Lists();
		lists.keyspace.limits.listBlock = 3;
		lists.push("key", TAIL, "a", "b", "c");
		expect(lists.encoding("key")).toBe("listpack");
		lists.push("key", HEAD, "d");
		expect(lists.encoding("key")).toBe("quicklist");
		expect(lists.isInline("key")).toBe(true);
		lists.drop("key", TAIL, 2);
		expect(lists.encoding("key")).toBe("quicklist");
		lists.drop("key", TAIL, 1);
		expect(lists.encoding("key")).toBe("listpack");
	});

	test("stays what it is while nothing comes or goes, whatever the limit is now", () => {
		const lists = new Lists();
		lists.push("key", TAIL, "a", "b", "c");
		lists.keyspace.limits.listBlock = 2;
		expect(lists.encoding("key")).toBe("listpack");
		lists.drop("key", TAIL, 1);
		expect(lists.encoding("key")).toBe("listpack");
		lists.push("key", TAIL, "c");
		expect(lists.encoding("key")).toBe("quicklist");
		lists.keyspace.limits.listBlock = -2;
		expect(lists.encoding("key")).toBe("quicklist");
		lists.drop("key", TAIL, 1);
		expect(lists.encoding("key")).toBe("listpack");
	});

	test("may become quicklist for an element that is expected and does not come", () => {
		const lists = new Lists();
		lists.push("key", TAIL, "a");
		lists.on("key", (list) => list.expect(1, 9000));
		expect(lists.encoding("key")).toBe("quicklist");
		expect(lists.isInline("key")).toBe(true);
	});

	test("counts what is there and what is expected together", () => {
		for (const [bytes, encoding] of [
			[7286, "listpack"],
			[7287, "quicklist"],
		] as const) {
			const lists = new Lists();
			lists.push("key", TAIL, ...Array.from({ length: 14 }, () => "x".repeat(62)), "x");
			lists.on("key", (list) => list.expect(1, bytes));
			expect(lists.isInline("key")).toBe(true);
			expect([bytes, lists.encoding("key")]).toEqual([bytes, encoding]);
		}
	});

	test("becomes listpack again when a large element is replaced by a small one", () => {
		const lists = new Lists();
		lists.keyspace.limits.listBlock = -1;
		lists.push("key", TAIL, "x".repeat(8000), "a", "b");
		lists.drop("key", TAIL, 2);
		expect(lists.encoding("key")).toBe("quicklist");
		lists.on("key", (list, array) => {
			list.seek(-1);
			list.replace(toBytes("c"), 0, 1);
			array[0] = "c";
		});
		expect(lists.encoding("key")).toBe("listpack");
		expect(lists.isInline("key")).toBe(true);
	});
});

describe("the bytes of docs/lists.md", () => {
	test("are those of small lists", () => {
		const lists = new Lists();
		const elements = Array.from({ length: 10 }, (_, i) => `element${i}`);
		const count = 5000;
		const { database, list, keyspace } = lists;
		for (let i = 0; i < count; i++) {
			lists.find(`key:${i}`.padEnd(16, "x"));
			list.open(database, keyspace.limits);
			list.reserve(TAIL, 10, 80, 100);
			for (const element of elements) list.push(TAIL, toBytes(element), 0, 8);
			list.close();
		}
		const bytes = database.table.bytesUsed() / count;
		expect(bytes).toBeGreaterThan(128);
		expect(bytes).toBeLessThan(135);
	});

	test("are those of a big list", () => {
		const lists = new Lists();
		const { database, list, keyspace } = lists;
		lists.find("key");
		list.open(database, keyspace.limits);
		for (let i = 0; i < 1_000_000; i++) list.append(TAIL, toBytes("element0"), 0, 8);
		list.close();
		expect(database.table.handles.bytes).toBe(10_094_400);
	});
});
