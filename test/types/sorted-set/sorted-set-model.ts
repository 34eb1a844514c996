import { Random } from "../../../src/bytes/random.ts";
import type { Database } from "../../../src/keyspace/database.ts";
import { Keyspace } from "../../../src/keyspace/keyspace.ts";
import { encodingOf } from "../../../src/types/encoding.ts";
import { ADDED, SortedSet, UNCHANGED, UPDATED } from "../../../src/types/sorted-set.ts";
import { VirtualTime } from "../../support/virtual-time.ts";

export type Pair = readonly [member: string, score: number];

const bytesOf = (text: string): Uint8Array => Buffer.from(text, "latin1");
const other = bytesOf("other");

/** A sorted set in a database and a plain map side by side; each step is taken by both and compared. */
export class SortedSetModel {
	readonly database: Database;
	readonly scores: Map<string, number>;
	private readonly key: Uint8Array;
	private readonly keyspace: Keyspace;
	private readonly set: SortedSet;
	private wasSkiplist: boolean;

	constructor(key = "key") {
		this.key = bytesOf(key);
		this.keyspace = new Keyspace(1, new VirtualTime(), new Random(1));
		this.database = this.keyspace.databases[0]!;
		this.scores = new Map();
		this.set = new SortedSet();
		this.wasSkiplist = false;
	}

	private find(name: Uint8Array): boolean {
		return this.database.findForWrite(name, 0, name.length, this.database.hash(name, 0, name.length));
	}

	/** Adds several members while the set is open once. */
	add(pairs: readonly Pair[]): void {
		this.find(this.key);
		this.set.openForWrite(this.database, this.keyspace.limits);
		for (const [member, score] of pairs) {
			const bytes = bytesOf(member);
			const old = this.scores.get(member);
			const expected = old === undefined ? ADDED : old === score ? UNCHANGED : UPDATED;
			this.noteEncoding(member);
			if (this.set.add(bytes, 0, bytes.length, score) !== expected) throw new Error(`adding ${member} differs`);
			if (expected !== UNCHANGED) this.scores.set(member, score);
		}
		if (this.set.close()) throw new Error("what has members is kept");
	}

	private noteEncoding(member: string): void {
		const { sortedSetEntries, sortedSetValueBytes } = this.keyspace.limits;
		if (this.scores.size === 0) this.wasSkiplist = false;
		if (this.scores.has(member)) return;
		if (this.scores.size >= sortedSetEntries || member.length > sortedSetValueBytes) this.wasSkiplist = true;
	}

	remove(members: readonly string[]): void {
		if (!this.find(this.key)) return;
		this.set.openForWrite(this.database, this.keyspace.limits);
		for (const member of members) {
			const bytes = bytesOf(member);
			const isMember = this.set.remove(bytes, 0, bytes.length);
			if (isMember !== this.scores.delete(member)) throw new Error(`removing ${member} differs`);
		}
		if (this.set.close() !== (this.scores.size === 0)) throw new Error("an empty set goes");
	}

	removeRange(rank: number, count: number): void {
		if (!this.find(this.key)) return;
		this.set.openForWrite(this.database, this.keyspace.limits);
		const from = Math.min(rank, this.set.count);
		const removed = this.sorted().slice(from, from + count);
		this.set.removeRange(from, removed.length);
		for (const [member] of removed) this.scores.delete(member);
		if (this.set.close() !== (this.scores.size === 0)) throw new Error("an empty set goes");
	}

	/** Builds an equal set of its own and stores it in place of this one. */
	rebuild(): void {
		if (this.scores.size === 0) return;
		this.set.begin(this.database.table);
		for (const [member, score] of this.scores) {
			const bytes = bytesOf(member);
			this.set.add(bytes, 0, bytes.length, score);
		}
		this.find(this.key);
		this.set.store(this.database, this.keyspace.limits);
		const { sortedSetEntries, sortedSetValueBytes } = this.keyspace.limits;
		const longest = Math.max(...[...this.scores.keys()].map((member) => member.length));
		this.wasSkiplist = this.scores.size > sortedSetEntries || longest > sortedSetValueBytes;
	}

	/** Lets the entries of the table move. */
	disturb(bytes: number): void {
		this.find(other);
		this.database.putString(0, new Uint8Array(bytes), 0, bytes, Infinity);
	}

	sorted(): Pair[] {
		return [...this.scores].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
	}

	/** Whether it lies in the slab. */
	isPacked(): boolean {
		this.find(this.key);
		return !this.database.table.isExternal();
	}

	/** Everything there is to ask. */
	check(): void {
		const { database, set } = this;
		database.table.verify();
		const pairs = this.sorted();
		if (this.find(this.key) !== pairs.length > 0) throw new Error("a key has members");
		set.open(database);
		if (set.count !== pairs.length) throw new Error("the counts differ");
		if (pairs.length > 0 && encodingOf(database.table) !== (this.wasSkiplist ? "skiplist" : "listpack")) {
			throw new Error(`the encoding is ${encodingOf(database.table)}`);
		}
		set.verify();
		this.checkWalks(pairs);
		for (const [rank, [member, score]] of pairs.entries()) {
			const bytes = bytesOf(member);
			if (!set.find(bytes, 0, bytes.length) || set.score !== score) throw new Error(`score of ${member} differs`);
			if (set.rankOf(bytes, 0, bytes.length) !== rank || set.score !== score) throw new Error(`rank differs`);
			if (!set.seek(rank) || this.pair()[0] !== member) throw new Error(`member ${rank} differs`);
		}
		const missing = bytesOf("no such member");
		if (set.find(missing, 0, 14) || set.rankOf(missing, 0, 14) !== -1) throw new Error("found what is not there");
		for (const score of [-Infinity, -1, 0, 1, 2.5, Infinity, ...pairs.slice(0, 20).map(([, each]) => each)]) {
			const below = pairs.filter(([, each]) => each < score).length;
			const upTo = pairs.filter(([, each]) => each <= score).length;
			if (set.countBelow(score, false) !== below || set.countBelow(score, true) !== upTo) {
				throw new Error(`below ${score} differs`);
			}
		}
		this.checkScan(pairs);
		if (database.table.bytesUsed() < this.bytesMin()) throw new Error("memory is not counted");
	}

	private bytesMin(): number {
		let bytes = 0;
		for (const member of this.scores.keys()) bytes += member.length;
		return bytes;
	}

	private checkWalks(pairs: readonly Pair[]): void {
		const { set } = this;
		const up: Pair[] = [];
		for (let there = set.seek(0); there; there = set.next()) up.push(this.pair());
		const down: Pair[] = [];
		for (let there = set.seek(set.count - 1); there; there = set.previous()) down.push(this.pair());
		if (JSON.stringify(up) !== JSON.stringify(pairs)) throw new Error("walking up differs");
		if (JSON.stringify(down.reverse()) !== JSON.stringify(pairs)) throw new Error("walking down differs");
		for (const isReverse of [false, true]) {
			const gathered = this.gathered(isReverse);
			if (isReverse) gathered.reverse();
			if (JSON.stringify(gathered) !== JSON.stringify(pairs.map(([member]) => member)))
				throw new Error("gathering differs");
		}
	}

	private gathered(isReverse: boolean): string[] {
		const { set } = this;
		const starts = new Int32Array(7);
		const lengths = new Int32Array(7);
		const members: string[] = [];
		let there = set.seek(isReverse ? set.count - 1 : 0);
		while (there) {
			const count = set.gather(starts, lengths, 7, isReverse);
			for (let i = 0; i < count; i++) members.push(textOf(set.bytes, starts[i]!, lengths[i]!));
			if (count === 0) members.push(this.pair()[0]);
			there = isReverse ? set.previous() : set.next();
		}
		return members;
	}

	private checkScan(pairs: readonly Pair[]): void {
		const seen: Pair[] = [];
		let position = 0;
		do {
			position = this.set.scan(position, 10, (bytes, start, length, score) => {
				seen.push([textOf(bytes, start, length), score]);
			});
		} while (position !== 0);
		const sort = (some: readonly Pair[]) => some.map((pair) => JSON.stringify(pair)).sort();
		if (sort(seen).join() !== sort(pairs).join()) throw new Error("scanning differs");
	}

	private pair(): Pair {
		const { bytes, start, length, score } = this.set;
		return [textOf(bytes, start, length), score];
	}
}

function textOf(bytes: Uint8Array, start: number, length: number): string {
	return Buffer.from(bytes.subarray(start, start + length)).toString("latin1");
}
