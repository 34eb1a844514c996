import { GARBAGE_BYTES_MIN } from "../../memory/segment-size.ts";
import { TableCompaction } from "../../memory/table-compaction.ts";
import { TableSample } from "../../memory/table-sample.ts";
import type { Database } from "../database.ts";
import { FREQUENCY_MAX } from "../frequency.ts";
import type { Keyspace } from "../keyspace.ts";
import { Candidates } from "./candidates.ts";
import { type EvictionPolicy, type PolicyName, policies } from "./policy.ts";

/** A sample may serve so many evictions and is as many times larger: the cache misses of its entries overlap. */
const EVICTIONS_PER_SAMPLE_MAX = 8;
/** More than these are not compared at a time, whatever `maxmemory-samples` says. */
const SAMPLE_MAX = 64;

/**
 * Makes room in the keyspace, a step at a time: removes the key that the policy likes least, or closes the gaps that
 * removed keys have left.
 *
 * What is removed is dead in its slab until that is compacted, and counts as used until then. So both belong together:
 * keys go while little is dead, slabs are compacted when an eighth is. That keeps the count honest, and the room of what
 * was evicted is used again at once.
 *
 * LRU and LFU compare a sample with the best candidates of earlier ones; `volatile-ttl` is exact, by the heaps of
 * deadlines.
 */
export class Evictor {
	/** Keys removed, as INFO's evicted_keys. */
	evictedKeys: number;
	/** Entries in a sample: as many times `maxmemory-samples` as it serves evictions, and those that are left of them. */
	private sampleSize: number;
	private evictionsPerSample: number;
	private evictionsLeft: number;
	private policy: EvictionPolicy;
	private readonly keyspace: Keyspace;
	private readonly candidates: Candidates;
	private readonly sample: TableSample;
	private readonly compaction: TableCompaction;
	/** So many bytes have to be dead before it is worth while to look for a segment again. */
	private wasteBytesMin: number;
	/** Where random policies look next. */
	private nextDatabase: number;

	constructor(keyspace: Keyspace) {
		this.evictedKeys = 0;
		this.evictionsLeft = 0;
		this.evictionsPerSample = 1;
		this.sampleSize = 0;
		this.setSampleSize(5);
		this.policy = policies.noeviction;
		this.keyspace = keyspace;
		this.candidates = new Candidates();
		this.sample = new TableSample(SAMPLE_MAX);
		this.compaction = new TableCompaction();
		this.wasteBytesMin = 0;
		this.nextDatabase = 0;
	}

	/** What stamps tell changes with it, but not those that are there. */
	setPolicy(name: PolicyName): void {
		this.policy = policies[name];
		this.candidates.clear();
		this.evictionsLeft = 0;
		this.keyspace.stampFrequency(this.policy.rank === "lfu");
	}

	setSampleSize(entries: number): void {
		const evictions = Math.min(EVICTIONS_PER_SAMPLE_MAX, Math.floor(SAMPLE_MAX / entries));
		this.evictionsPerSample = Math.max(1, evictions);
		this.evictionsLeft = 0;
		this.sampleSize = Math.min(entries * this.evictionsPerSample, SAMPLE_MAX);
	}

	/** Whether keys may be removed at all. */
	get evicts(): boolean {
		return this.policy.rank !== "none";
	}

	// Gaps

	/** Closes gaps where enough is dead; false where that would give nothing back. */
	compact(isUrgent = false): boolean {
		const { databases } = this.keyspace;
		let waste = 0;
		for (let i = 0; i < databases.length; i++) waste += databases[i]!.table.garbageBytes;
		if (!isUrgent && waste < this.wasteBytesMin) return false;
		for (let i = 0; i < databases.length; i++) {
			const { table } = databases[i]!;
			if (!isUrgent && !TableCompaction.isDue(table)) continue;
			if (!this.compaction.next(table, isUrgent)) continue;
			this.wasteBytesMin = 0;
			return true;
		}
		this.wasteBytesMin = waste + GARBAGE_BYTES_MIN;
		return false;
	}

	// Keys

	/** Removes one key; false where there is none that may be. */
	evict(): boolean {
		const database = this.choose();
		if (database === null) return false;
		database.evict();
		this.evictedKeys++;
		return true;
	}

	/** The database whose cursor stands on the key to remove. */
	private choose(): Database | null {
		switch (this.policy.rank) {
			case "none":
				return null;
			case "random":
				return this.chooseRandom();
			case "ttl":
				return this.chooseEarliest();
			default:
				return this.chooseBest();
		}
	}

	/** How many keys of a database may be evicted. */
	private evictable({ table }: Database): number {
		return this.policy.isVolatile ? table.deadlineCount : table.count;
	}

	private chooseRandom(): Database | null {
		const { keyspace, sample, policy } = this;
		const { databases, random } = keyspace;
		for (let looked = 0; looked < databases.length; looked++) {
			const database = databases[this.nextDatabase]!;
			this.nextDatabase = (this.nextDatabase + 1) % databases.length;
			if (this.evictable(database) === 0) continue;
			const { table } = database;
			if (policy.isVolatile) {
				sample.drawVolatile(table, random, 1);
				table.seek(sample.segment!, sample.offsets[0]!);
			} else table.findRandom(random);
			return database;
		}
		return null;
	}

	private chooseEarliest(): Database | null {
		let chosen: Database | null = null;
		for (const database of this.keyspace.databases) {
			if (database.table.deadlineCount === 0 || !database.table.findEarliest()) continue;
			if (chosen === null || database.deadline() < chosen.deadline()) chosen = database;
		}
		return chosen;
	}

	private chooseBest(): Database | null {
		for (;;) {
			if (this.evictionsLeft === 0) {
				if (!this.collect()) return null;
				this.evictionsLeft = this.evictionsPerSample;
			}
			this.evictionsLeft--;
			while (this.candidates.takeBest()) {
				const database = this.placeOnCandidate();
				if (database !== null) return database;
			}
			this.evictionsLeft = 0;
		}
	}

	/** Lets a sample of each database compete; false where no key may be evicted. */
	private collect(): boolean {
		const { sample, sampleSize, policy } = this;
		const { databases, random } = this.keyspace;
		let evictable = 0;
		for (let i = 0; i < databases.length; i++) {
			const database = databases[i]!;
			const keys = this.evictable(database);
			if (keys === 0) continue;
			evictable += keys;
			if (policy.isVolatile) sample.drawVolatile(database.table, random, sampleSize);
			else sample.draw(database.table, random, sampleSize);
			this.compete(i);
		}
		return evictable > 0;
	}

	private compete(database: number): void {
		const { sample, candidates, keyspace } = this;
		const { stamps, offsets, count } = sample;
		const { used } = sample.segment!;
		const isByFrequency = keyspace.stampsFrequency;
		for (let i = 0; i < count; i++) {
			const stamp = stamps[i]!;
			const age = isByFrequency ? FREQUENCY_MAX - keyspace.frequency.counter(stamp) : keyspace.idle_s(stamp);
			// Among equals what was stored earlier: entries are laid down one behind the other.
			const score = age + 1 - offsets[i]! / used;
			if (candidates.takes(score)) candidates.add(score, database, sample.hash(i), stamp);
		}
	}

	/** The candidate's database, its cursor on the key; null where that is gone, was used, or may not be evicted any more. */
	private placeOnCandidate(): Database | null {
		const { candidates } = this;
		const database = this.keyspace.databases[candidates.database]!;
		const { table } = database;
		if (!table.findHash(candidates.hash) || table.stamp() !== candidates.stamp) return null;
		return this.policy.isVolatile && table.deadline() === Infinity ? null : database;
	}
}
