import { compareBytes, copyBytes, equalBytes } from "../bytes/ascii.ts";
import { assert } from "../bytes/assert.ts";
import type { ReplyWriter } from "../resp/reply-writer.ts";

const SLOTS_MIN = 64;
const BYTES_MIN = 1024;
/** More than this is let go when the keys are. */
const KEPT_BYTES_MAX = 1 << 18;

/** Nobody in particular has changed it: its time was over, or there was no room for it. */
export const NOBODY = 0;

/**
 * Keys that have changed since they were told last, each once, and who changed it last:
 *
 *     slots       0 or number + 1 of a key, by hash; at most half of them are taken
 *     bytes       key | key | …        key i lies between ends[i - 1] and ends[i]
 *     changers    client of each
 *
 * Invariant: the first `count` of `ends`, `hashes` and `changers` are in use.
 */
export class ChangedKeys {
	count: number;
	private slots: Int32Array;
	private bytes: Uint8Array;
	private ends: Int32Array;
	private hashes: Int32Array;
	private changers: Float64Array;
	/** Keys in the order of their bytes; empty until they are sorted. */
	private order: number[];

	constructor() {
		this.count = 0;
		this.slots = new Int32Array(SLOTS_MIN);
		this.bytes = new Uint8Array(BYTES_MIN);
		this.ends = new Int32Array(SLOTS_MIN >> 1);
		this.hashes = new Int32Array(SLOTS_MIN >> 1);
		this.changers = new Float64Array(SLOTS_MIN >> 1);
		this.order = [];
	}

	add(key: Uint8Array, start: number, length: number, hash: number, changer: number): void {
		const mask = this.slots.length - 1;
		let slot = hash & mask;
		for (; this.slots[slot] !== 0; slot = (slot + 1) & mask) {
			const number = this.slots[slot]! - 1;
			if (this.hashes[number] !== hash) continue;
			const from = this.startOf(number);
			if (this.ends[number]! - from !== length || !equalBytes(this.bytes, from, key, start, length)) continue;
			this.changers[number] = changer;
			return;
		}
		const number = this.count++;
		const from = this.startOf(number);
		if (from + length > this.bytes.length) this.growBytes(from, from + length);
		copyBytes(key, start, this.bytes, from, length);
		this.ends[number] = from + length;
		this.hashes[number] = hash;
		this.changers[number] = changer;
		this.slots[slot] = number + 1;
		if (this.count === this.ends.length) this.growSlots();
	}

	private startOf(number: number): number {
		return number === 0 ? 0 : this.ends[number - 1]!;
	}

	private growBytes(used: number, needed: number): void {
		const grown = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
		copyBytes(this.bytes, 0, grown, 0, used);
		this.bytes = grown;
	}

	private growSlots(): void {
		const { count } = this;
		const ends = new Int32Array(2 * count);
		const hashes = new Int32Array(2 * count);
		const changers = new Float64Array(2 * count);
		ends.set(this.ends);
		hashes.set(this.hashes);
		changers.set(this.changers);
		this.ends = ends;
		this.hashes = hashes;
		this.changers = changers;
		this.slots = new Int32Array(4 * count);
		const mask = this.slots.length - 1;
		for (let number = 0; number < count; number++) {
			let slot = hashes[number]! & mask;
			while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
			this.slots[slot] = number + 1;
		}
	}

	/** Keys that others than this client have changed last. */
	countOfOthers(client: number): number {
		let others = 0;
		for (let number = 0; number < this.count; number++) if (this.changers[number] !== client) others++;
		return others;
	}

	/** Writes the keys in the order of their bytes, those left out that this client has changed last. */
	write(writer: ReplyWriter, except: number): void {
		const { bytes, ends, changers } = this;
		if (this.order.length === 0) this.sort();
		for (const number of this.order) {
			if (except !== NOBODY && changers[number] === except) continue;
			const start = this.startOf(number);
			writer.bulk(bytes, start, ends[number]! - start);
		}
	}

	private sort(): void {
		const { bytes, ends } = this;
		for (let number = 0; number < this.count; number++) this.order.push(number);
		this.order.sort((a, b) => compareBytes(bytes, this.startOf(a), ends[a]!, bytes, this.startOf(b), ends[b]!));
	}

	clear(): void {
		this.count = 0;
		this.order.length = 0;
		if (this.bytesUsed() <= KEPT_BYTES_MAX) {
			this.slots.fill(0);
			return;
		}
		this.slots = new Int32Array(SLOTS_MIN);
		this.bytes = new Uint8Array(BYTES_MIN);
		this.ends = new Int32Array(SLOTS_MIN >> 1);
		this.hashes = new Int32Array(SLOTS_MIN >> 1);
		this.changers = new Float64Array(SLOTS_MIN >> 1);
		this.order = [];
	}

	bytesUsed(): number {
		return this.bytes.length + 4 * this.slots.length + 16 * this.ends.length;
	}

	verify(): void {
		let taken = 0;
		for (const slot of this.slots) if (slot !== 0) taken++;
		assert(taken === this.count && 2 * taken <= this.slots.length, "each key has a slot, and half of them are free");
		for (let number = 0; number < this.count; number++) {
			assert(this.ends[number]! >= this.startOf(number), "keys lie one behind the other");
		}
	}
}
