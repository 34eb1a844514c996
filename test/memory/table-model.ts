import { Random } from "../../src/bytes/random.ts";
import { halfSipHash } from "../../src/bytes/siphash.ts";
import { INLINE_VALUE_MAX } from "../../src/memory/entry.ts";
import { LongString } from "../../src/memory/long-string.ts";
import { KEEP_DEADLINE, Table } from "../../src/memory/table.ts";

interface ModelEntry {
	value: string;
	deadline: number;
	stamp: number;
}

export interface TableModelOptions {
	/** Distinct keys the steps choose from. */
	readonly keys: number;
	/** Longest inline value, bytes; longer ones and long keys come as rare exceptions. */
	readonly valueBytes: number;
	/** Of 100 steps, how many remove. */
	readonly removals: number;
	/** The whole structure is verified every so many steps. */
	readonly verifyEvery: number;
}

const KIND = 3;

/** A table and a plain Map side by side: each random step is taken by both, and what they say is compared. */
export class TableModel {
	readonly table: Table;
	readonly entries: Map<string, ModelEntry>;
	private readonly random: Random;
	private readonly options: TableModelOptions;
	private steps: number;
	private now: number;

	constructor(seed: number, options: TableModelOptions) {
		this.random = new Random(seed);
		this.table = new Table(this.random.uint32() | 0, this.random.uint32() | 0);
		this.entries = new Map();
		this.options = options;
		this.steps = 0;
		this.now = 1_000_000;
	}

	run(steps: number): void {
		for (let i = 0; i < steps; i++) this.step();
		this.verify();
	}

	step(): void {
		const dice = this.random.below(100);
		const key = this.chooseKey();
		if (dice < this.options.removals) this.remove(key);
		else if (dice < this.options.removals + 8) this.setDeadline(key);
		else if (dice < this.options.removals + 12) this.clearDeadline(key);
		else if (dice < this.options.removals + 14) this.expire();
		else if (dice < this.options.removals + 20) this.resize(key);
		else if (dice < this.options.removals + 40) this.splice(key);
		else if (dice < this.options.removals + 45) this.create(key);
		else this.put(key);
		if (++this.steps % this.options.verifyEvery === 0) this.verify();
	}

	verify(): void {
		this.table.verify();
		if (this.table.count !== this.entries.size) throw new Error("the counts differ");
		for (const key of this.entries.keys()) this.compare(key);
	}

	find(key: string): boolean {
		const bytes = Buffer.from(key, "latin1");
		return this.table.find(bytes, 0, bytes.length, this.hash(bytes));
	}

	compare(key: string): void {
		const expected = this.entries.get(key);
		const found = this.find(key);
		if (found !== (expected !== undefined)) throw new Error(`presence of ${key.slice(0, 40)} differs`);
		if (expected === undefined) return;
		if (this.value() !== expected.value) throw new Error(`value of ${key.slice(0, 40)} differs`);
		if (this.table.deadline() !== expected.deadline) throw new Error(`deadline of ${key.slice(0, 40)} differs`);
		if (this.table.stamp() !== expected.stamp) throw new Error(`stamp of ${key.slice(0, 40)} differs`);
		if (this.table.type() !== KIND) throw new Error(`type of ${key.slice(0, 40)} differs`);
	}

	private hash(bytes: Uint8Array): number {
		return halfSipHash(bytes, 0, bytes.length, this.table.seed0, this.table.seed1);
	}

	private chooseKey(): string {
		const number = this.random.below(this.options.keys);
		// One key in 500 is long enough for a wide length, one in 2,000 too long for the slab.
		if (number % 2000 === 1999) return `huge:${number}:${"h".repeat(70_000)}`;
		if (number % 500 === 499) return `wide:${number}:${"w".repeat(300)}`;
		return number === 0 ? "" : `key:${number}`;
	}

	private chooseValue(): string {
		const length = this.random.below(100) === 0 ? INLINE_VALUE_MAX : this.random.below(this.options.valueBytes + 1);
		return String.fromCharCode(this.random.below(256)).repeat(length);
	}

	private value(): string {
		const { table } = this;
		if (table.isExternal()) {
			const string = table.external() as LongString;
			return Buffer.from(string.bytes.subarray(0, string.length)).toString("latin1");
		}
		const start = table.valueStart();
		return Buffer.from(table.segment.slab.subarray(start, start + table.valueLength())).toString("latin1");
	}

	private put(key: string): void {
		const bytes = Buffer.from(key, "latin1");
		const hash = this.hash(bytes);
		const found = this.table.find(bytes, 0, bytes.length, hash);
		const old = this.entries.get(key);
		if (found !== (old !== undefined)) throw new Error("presence differs");
		const choice = this.random.below(3);
		const deadline = choice === 0 ? Infinity : choice === 1 ? KEEP_DEADLINE : this.now + this.random.below(1000);
		const kept = deadline === KEEP_DEADLINE ? (old?.deadline ?? Infinity) : deadline;
		const stamp = this.random.below(1 << 24);
		let value = this.chooseValue();
		if (this.random.below(50) === 0) {
			value += "x".repeat(5000);
			const source = Buffer.from(value, "latin1");
			const string = LongString.of(source, 0, source.length);
			this.table.putExternal(bytes, 0, bytes.length, hash, KIND, string, deadline, stamp);
		} else {
			const source = Buffer.from(value, "latin1");
			this.table.putInline(bytes, 0, bytes.length, hash, KIND, source, 0, source.length, deadline, stamp);
		}
		this.entries.set(key, { value, deadline: kept, stamp });
	}

	private remove(key: string): void {
		if (!this.find(key)) return;
		this.table.remove();
		this.entries.delete(key);
	}

	private setDeadline(key: string): void {
		if (!this.find(key)) return;
		const deadline = this.now + this.random.below(1000);
		this.table.setDeadline(deadline);
		this.entries.get(key)!.deadline = deadline;
	}

	private clearDeadline(key: string): void {
		if (!this.find(key)) return;
		const entry = this.entries.get(key)!;
		if (this.table.clearDeadline() !== (entry.deadline !== Infinity)) throw new Error("clearing differs");
		entry.deadline = Infinity;
	}

	private resize(key: string): void {
		if (!this.find(key) || this.table.isExternal()) return;
		const entry = this.entries.get(key)!;
		const length = this.random.below(entry.value.length + 1);
		if (this.table.resizeInline(length)) entry.value = entry.value.slice(0, length);
	}

	private splice(key: string): void {
		if (!this.find(key) || this.table.isExternal()) return;
		const entry = this.entries.get(key)!;
		const at = this.random.below(entry.value.length + 1);
		const removed = this.random.below(Math.min(40, entry.value.length - at) + 1);
		const room = INLINE_VALUE_MAX - (entry.value.length - removed);
		const inserted = Math.min(room, this.random.below(this.random.below(20) === 0 ? 400 : 40));
		const start = this.table.spliceInline(at, removed, inserted);
		const text = String.fromCharCode(this.random.below(256)).repeat(inserted);
		this.table.segment.slab.set(Buffer.from(text, "latin1"), start);
		entry.value = entry.value.slice(0, at) + text + entry.value.slice(at + removed);
	}

	private create(key: string): void {
		const bytes = Buffer.from(key, "latin1");
		this.find(key);
		const value = this.chooseValue();
		const stamp = this.random.below(1 << 24);
		const start = this.table.createInline(bytes, 0, bytes.length, this.hash(bytes), KIND, value.length, stamp);
		this.table.segment.slab.set(Buffer.from(value, "latin1"), start);
		this.entries.set(key, { value, deadline: this.entries.get(key)?.deadline ?? Infinity, stamp });
	}

	private expire(): void {
		this.now += this.random.below(20);
		const due = [...this.entries].filter(([, entry]) => entry.deadline <= this.now);
		for (const _ of due) {
			if (!this.table.findDue(this.now)) throw new Error("a due entry was not found");
			this.table.loadKey();
			const key = Buffer.from(this.table.keyBytes.subarray(this.table.keyFrom, this.table.keyTo)).toString("latin1");
			if ((this.entries.get(key)?.deadline ?? Infinity) > this.now) throw new Error("an entry was due too early");
			this.entries.delete(key);
			this.table.remove();
		}
		if (this.table.findDue(this.now)) throw new Error("an entry is due that should not be");
	}
}
