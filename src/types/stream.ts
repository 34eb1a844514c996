import { assert } from "../bytes/assert.ts";
import type { External } from "../memory/handles.ts";
import type { Limits } from "./limits.ts";
import { Counter } from "./stream/counter.ts";
import { ENTRY_DELETED } from "./stream/entry-code.ts";
import { Footprint } from "./stream/footprint.ts";
import { Group } from "./stream/group.ts";
import { indexOfName } from "./stream/names.ts";
import { StreamReader } from "./stream/reader.ts";
import { RUN_BYTES, RUN_LIVE, RUN_OFFSET, RUN_TOTAL, RUN_WORDS, RunBlock } from "./stream/run-block.ts";
import { StreamSnapshot } from "./stream/snapshot.ts";
import { StreamId } from "./stream/stream-id.ts";
import { type Strings, Tail } from "./stream/tail.ts";
import { treeNodes } from "./stream/tree-nodes.ts";

const BLOCK_BYTES_MIN = 4096;
const BLOCK_BYTES_MAX = 1 << 20;
const STREAM_OVERHEAD_BYTES = 500;

/** For the walks of a stream through itself; one at a time. */
const reader = new StreamReader();

/**
 * A stream: entries in the order of their ids, appended at the end, and groups that read them.
 *
 *     blocks    [run run run …]  [run run …]  …           bytes and a directory, a block an eighth of the whole
 *     run       first id, fields, entries …              100 entries or 4 KB, as a node of Redis's
 *     entry     how its id follows from the one before, values
 *
 * An entry is found by binary search among the blocks, then among the runs of one, and by reading a run from its start.
 * Appending writes to the end of the last block. Trimming takes whole runs from the front, each in constant time, and
 * marks the entries of a part of one as deleted; such entries stay until all of their run are.
 *
 * Runs end where Redis's nodes would, counted in the bytes they would take there: approximate trimming, which frees whole
 * nodes only, leaves the same entries.
 */
export class Stream implements External {
	/** None is empty. */
	readonly blocks: RunBlock[];
	/** Entries, without deleted ones. */
	length: number;
	runCount: number;
	/** The greatest id there ever was, or what XSETID says; every new one is greater. */
	readonly lastId: StreamId;
	/** Of the first entry; the smallest id where there is none. */
	readonly firstId: StreamId;
	/** Of the last entry, where there is one. */
	readonly lastLiveId: StreamId;
	/** The greatest id that XDEL deleted. */
	readonly maxDeletedId: StreamId;
	/** Entries there ever were. */
	readonly entriesAdded: Counter;
	/** By name. */
	readonly groups: Group[];
	private attached: StreamSnapshot | null;
	private readonly tail: Tail;
	private readonly entriesFootprint: Footprint;
	private readonly groupsFootprint: Footprint;

	constructor() {
		this.blocks = [];
		this.length = 0;
		this.runCount = 0;
		this.lastId = new StreamId();
		this.firstId = new StreamId();
		this.lastLiveId = new StreamId();
		this.maxDeletedId = new StreamId();
		this.entriesAdded = new Counter();
		this.groups = [];
		this.attached = null;
		this.tail = new Tail();
		this.entriesFootprint = new Footprint();
		this.groupsFootprint = new Footprint();
	}

	// Adding

	/** Loads the id that comes next at this time. */
	nextId(now_ms: number, id: StreamId): void {
		id.setTime(now_ms);
		if (id.compare(this.lastId) > 0) return;
		id.copy(this.lastId);
		id.increment();
	}

	/**
	 * Adds an entry, whose id is greater than `lastId`: `pairs` fields, each followed by its value, are the strings of
	 * `source` from number `first` on, `payload` bytes in all.
	 */
	append(id: StreamId, source: Strings, first: number, pairs: number, payload: number, limits: Limits): void {
		this.lay(id, source, first, pairs, payload, limits);
		if (this.length++ === 0) this.firstId.copy(id);
		this.lastLiveId.copy(id);
		this.entriesAdded.increment();
	}

	/** Adds an entry that is deleted already, as a file may have it; its run has to get one that is not. */
	appendDeleted(id: StreamId, source: Strings, first: number, pairs: number, payload: number, limits: Limits): void {
		const { bytes, directory, end } = this.lay(id, source, first, pairs, payload, limits);
		const word = (end - 1) * RUN_WORDS;
		const at = directory[word + RUN_OFFSET]! + this.tail.lastAt;
		bytes[at] = bytes[at]! | ENTRY_DELETED;
		directory[word + RUN_LIVE] = directory[word + RUN_LIVE]! - 1;
	}

	/** Writes an entry behind all others; returns the block where it lies, in its last run. */
	private lay(id: StreamId, source: Strings, first: number, pairs: number, payload: number, limits: Limits): RunBlock {
		const { blocks, tail } = this;
		const continues = this.runCount > 0 && tail.accepts(blocks[blocks.length - 1]!, payload, limits);
		const block = this.blockWith(Tail.room(pairs, payload), continues);
		if (block.frozen !== null) block.frozen.preserveDirectory();
		if (!continues) {
			tail.begin(block, id, source, first, pairs);
			this.runCount++;
		}
		tail.add(block, id, source, first, pairs);
		this.lastId.copy(id);
		return block;
	}

	/** The last block, with room for so many bytes; its last run is the stream's last one if that `continues`. */
	private blockWith(room: number, continues: boolean): RunBlock {
		const { blocks } = this;
		if (blocks.length > 0) {
			const block = blocks[blocks.length - 1]!;
			return block.used + room <= block.bytes.length ? block : this.blockMadeRoom(block, room, continues);
		}
		const block = new RunBlock(room, this.entriesFootprint);
		blocks.push(block);
		return block;
	}

	private blockMadeRoom(block: RunBlock, room: number, continues: boolean): RunBlock {
		const needed = block.liveBytes() + room;
		const capacity = block.bytes.length;
		if (block.isSparse() && needed <= capacity) {
			block.compact(capacity);
			return block;
		}
		const wanted = this.blockBytes();
		if (needed <= wanted) {
			block.compact(Math.min(wanted, Math.max(needed, 2 * capacity)));
			return block;
		}
		if (continues && block.end - block.first === 1) {
			block.compact(Math.max(needed, 2 * capacity));
			return block;
		}
		const moved = continues ? block.directory[(block.end - 1) * RUN_WORDS + RUN_BYTES]! : 0;
		const next = new RunBlock(Math.max(wanted, moved + room), this.entriesFootprint);
		if (continues) next.adoptLastRun(block);
		// What is left over is mostly less than a run.
		if (block.liveBytes() * 8 < capacity * 7) block.compact(block.liveBytes());
		this.blocks.push(next);
		return next;
	}

	/** Size of the next block: an eighth of what there is, so that blocks are few and the last, half empty, is small. */
	private blockBytes(): number {
		return Math.min(Math.max(this.entriesFootprint.bytes >>> 3, BLOCK_BYTES_MIN), BLOCK_BYTES_MAX);
	}

	/** Whether there is an entry of this id. */
	has(id: StreamId): boolean {
		if (!this.isWithin(id)) return false;
		reader.open(this);
		const found = reader.find(id);
		reader.close();
		return found;
	}

	/** Where in the last run the last entry of all lies; -1 where that is deleted. */
	lastEntryAt(): number {
		return this.length > 0 && this.lastLiveId.equals(this.tail.previous) ? this.tail.lastAt : -1;
	}

	private isWithin(id: StreamId): boolean {
		return this.length > 0 && id.compare(this.firstId) >= 0 && id.compare(this.lastLiveId) <= 0;
	}

	// Deleting

	/** Deletes an entry by its id; false where there is none. */
	delete(id: StreamId): boolean {
		if (!this.isWithin(id)) return false;
		reader.open(this);
		const found = reader.find(id);
		if (found) this.deleteAt(id);
		reader.close();
		return found;
	}

	/** Deletes the entry that the reader has just read. */
	private deleteAt(id: StreamId): void {
		const block = reader.block!;
		this.length--;
		if (this.markDeleted() === 0) this.removeRun(block, reader.run);
		if (id.compare(this.maxDeletedId) > 0) this.maxDeletedId.copy(id);
		if (id.equals(this.firstId)) this.refreshFirstId();
		if (id.equals(this.lastLiveId)) this.refreshLastLiveId();
	}

	/** Marks the entry that the reader has just read, and returns how many are left in its run. */
	private markDeleted(): number {
		const { bytes, directory, frozen } = reader.block!;
		if (frozen !== null) frozen.noteDeleted(reader.headAt);
		const word = reader.run * RUN_WORDS;
		bytes[reader.headAt] = bytes[reader.headAt]! | ENTRY_DELETED;
		directory[word + RUN_LIVE] = directory[word + RUN_LIVE]! - 1;
		return directory[word + RUN_LIVE]!;
	}

	private removeRun(block: RunBlock, run: number): void {
		const { blocks } = this;
		const index = block === blocks[0] ? 0 : blocks.lastIndexOf(block);
		const wasLast = index === blocks.length - 1 && run === block.end - 1;
		block.removeRun(run);
		this.runCount--;
		if (block.isEmpty()) {
			block.retire();
			if (index === 0) blocks.shift();
			else blocks.splice(index, 1);
		} else if (index < blocks.length - 1 && block.isSparse()) block.compact(block.liveBytes());
		if (!wasLast || this.runCount === 0) return;
		reader.open(this);
		this.tail.recover(blocks[blocks.length - 1]!, reader);
	}

	private refreshFirstId(): void {
		this.firstId.setMin();
		if (this.length === 0) return;
		reader.open(this);
		reader.seekFirst();
		if (reader.next()) this.firstId.copy(reader.id);
	}

	private refreshLastLiveId(): void {
		this.lastLiveId.setMin();
		if (this.length === 0) return;
		reader.open(this);
		if (reader.readLast()) this.lastLiveId.copy(reader.id);
	}

	// Trimming: both return how many entries went

	/**
	 * Deletes the oldest entries until `lengthMax` are left. An `approximate` trimming takes whole runs only, and stops
	 * before it would exceed `limit`, 0 being none.
	 */
	trimToLength(lengthMax: number, approximate: boolean, limit: number): number {
		let deleted = 0;
		while (this.length > lengthMax) {
			const live = this.firstRunLive();
			if (limit > 0 && deleted + live > limit) break;
			if (this.length - live < lengthMax) {
				if (!approximate) deleted += this.trimFirstRun(lengthMax, null);
				break;
			}
			deleted += this.dropFirstRun();
		}
		this.trimmed(deleted);
		return deleted;
	}

	/** The same for entries whose ids are less than `id`. */
	trimBefore(id: StreamId, approximate: boolean, limit: number): number {
		let deleted = 0;
		while (this.runCount > 0) {
			const live = this.firstRunLive();
			if (limit > 0 && deleted + live > limit) break;
			if (!this.isFirstRunBefore(id)) {
				if (!approximate) deleted += this.trimFirstRun(0, id);
				break;
			}
			deleted += this.dropFirstRun();
		}
		this.trimmed(deleted);
		return deleted;
	}

	private firstRunLive(): number {
		const { directory, first } = this.blocks[0]!;
		return directory[first * RUN_WORDS + RUN_LIVE]!;
	}

	private dropFirstRun(): number {
		const live = this.firstRunLive();
		this.length -= live;
		this.removeRun(this.blocks[0]!, this.blocks[0]!.first);
		return live;
	}

	/** Whether all entries of the first run, deleted or not, have ids less than `id`. */
	private isFirstRunBefore(id: StreamId): boolean {
		if (this.runCount === 1) return this.tail.previous.compare(id) < 0;
		const block = this.blocks[0]!;
		if (block.end - block.first > 1) {
			if (id.compareTo(block.directory, (block.first + 1) * RUN_WORDS) >= 0) return true;
		} else {
			const next = this.blocks[1]!;
			if (id.compareTo(next.directory, next.first * RUN_WORDS) >= 0) return true;
		}
		reader.open(this);
		reader.seekFirst();
		while (reader.nextOfRun());
		return reader.id.compare(id) < 0;
	}

	/** Marks entries of the first run as deleted until `lengthMax` are left in the stream, or up to an id. */
	private trimFirstRun(lengthMax: number, before: StreamId | null): number {
		let deleted = 0;
		reader.open(this);
		reader.seekFirst();
		while (this.length > lengthMax && reader.nextOfRun()) {
			if (before !== null && reader.id.compare(before) >= 0) break;
			if (reader.isDeleted()) continue;
			this.markDeleted();
			this.length--;
			deleted++;
		}
		return deleted;
	}

	private trimmed(deleted: number): void {
		if (deleted > 0) this.refreshFirstId();
		reader.close();
	}

	// Groups

	findGroup(bytes: Uint8Array, start: number, length: number): Group | null {
		const index = indexOfName(this.groups, bytes, start, length);
		return index < 0 ? null : this.groups[index]!;
	}

	/** The name must be new. */
	createGroup(name: Uint8Array): Group {
		const index = indexOfName(this.groups, name, 0, name.length);
		assert(index < 0, "a group is created once");
		const group = new Group(name, this.groupsFootprint);
		this.groups.splice(-1 - index, 0, group);
		return group;
	}

	removeGroup(group: Group): void {
		this.groups.splice(this.groups.indexOf(group), 1);
		group.retire();
	}

	/** Whether an entry from `id` on was deleted among those that are left: the greatest id deleted lies there. */
	private hasGapFrom(id: StreamId): boolean {
		return this.length > 0 && this.hasGaps() && id.compare(this.maxDeletedId) <= 0;
	}

	private hasGaps(): boolean {
		return !this.maxDeletedId.isMin() && this.maxDeletedId.compare(this.firstId) >= 0;
	}

	/** A group was given the entry `id`, which is behind all that it had: says so in its counts. */
	advanceGroup(group: Group, id: StreamId): void {
		group.touch();
		const { entriesRead } = group;
		if (!entriesRead.isUnknown() && !this.hasGapFrom(id)) entriesRead.increment();
		else if (!this.entriesAdded.isZero()) this.estimateRead(id, entriesRead);
		group.lastId.copy(id);
	}

	/** Loads how many entries were added up to `id`, where that can be told, else unknown. */
	estimateRead(id: StreamId, count: Counter): void {
		const order = id.compare(this.lastId);
		const isEmpty = this.length === 0;
		if (this.entriesAdded.isZero() || order === 0 || (isEmpty && order < 0)) return count.copy(this.entriesAdded);
		count.setUnknown();
		if (order > 0) return;
		const fromFirst = id.compare(this.firstId);
		if (this.hasGaps() || fromFirst > 0) return;
		count.set(this.entriesAdded.value() - BigInt(this.length) + (fromFirst === 0 ? 1n : 0n));
	}

	/** How many entries a group has not read yet; null where that cannot be told. */
	lag(group: Group): bigint | null {
		if (this.entriesAdded.isZero()) return 0n;
		const read = new Counter();
		if (!group.entriesRead.isUnknown() && !this.hasGapFrom(group.lastId)) read.copy(group.entriesRead);
		else this.estimateRead(group.lastId, read);
		return read.isUnknown() ? null : BigInt.asIntN(64, this.entriesAdded.value() - read.value());
	}

	// Snapshots

	get snapshot(): StreamSnapshot | null {
		return this.attached;
	}

	set snapshot(snapshot: StreamSnapshot | null) {
		if (this.attached !== null) this.attached.detach();
		this.attached = snapshot;
		if (snapshot !== null) snapshot.attach();
	}

	beginSnapshot(): StreamSnapshot {
		return new StreamSnapshot(this);
	}

	// The whole

	/** Nodes of Redis's radix tree for the same runs. */
	treeNodes(): number {
		return treeNodes(this.blocks);
	}

	clone(): Stream {
		const copy = new Stream();
		for (const block of this.blocks) copy.blocks.push(block.clone(copy.entriesFootprint));
		for (const group of this.groups) copy.groups.push(group.clone(copy.groupsFootprint));
		copy.length = this.length;
		copy.runCount = this.runCount;
		copy.lastId.copy(this.lastId);
		copy.firstId.copy(this.firstId);
		copy.lastLiveId.copy(this.lastLiveId);
		copy.maxDeletedId.copy(this.maxDeletedId);
		copy.entriesAdded.copy(this.entriesAdded);
		copy.tail.copy(this.tail);
		return copy;
	}

	bytesUsed(): number {
		return STREAM_OVERHEAD_BYTES + this.entriesFootprint.bytes + this.groupsFootprint.bytes;
	}

	verify(): void {
		let [live, runs, bytes] = [0, 0, 0];
		for (const block of this.blocks) {
			block.verify();
			bytes += block.bytesUsed();
			runs += block.end - block.first;
			for (let run = block.first; run < block.end; run++) live += block.directory[run * RUN_WORDS + RUN_LIVE]!;
		}
		assert(live === this.length && runs === this.runCount, "entries and runs are counted");
		assert(bytes === this.entriesFootprint.bytes, "bytes are counted");
		this.verifyEntries();
		for (const [index, group] of this.groups.entries()) {
			group.verify();
			assert(index === 0 || indexOfName(this.groups, group.name, 0, group.name.length) === index, "groups are sorted");
		}
		const groupBytes = this.groups.reduce((sum, group) => sum + group.bytesUsed(), 0);
		assert(groupBytes === this.groupsFootprint.bytes, "bytes of groups are counted");
	}

	private verifyEntries(): void {
		const own = new StreamReader();
		const before = new StreamId();
		let count = 0;
		own.open(this);
		own.seekFirst();
		while (own.next()) {
			if (count++ === 0) assert(own.id.equals(this.firstId), "the first id is that of the first entry");
			else assert(own.id.compare(before) > 0, "ids grow");
			before.copy(own.id);
		}
		assert(count === this.length, "every entry is read");
		if (count > 0) assert(before.equals(this.lastLiveId), "the last id is that of the last entry");
		assert(before.compare(this.lastId) <= 0, "no id is greater than the last");
		const tail = new Tail();
		own.open(this);
		if (this.runCount > 0) {
			tail.recover(this.blocks[this.blocks.length - 1]!, own);
			assert(this.tail.equals(tail), "the tail is that of the last run");
		}
		for (const { directory, first, end } of this.blocks) {
			for (let at = first * RUN_WORDS; at < end * RUN_WORDS; at += RUN_WORDS) {
				assert(directory[at + RUN_TOTAL]! >= Math.max(1, directory[at + RUN_LIVE]!), "a run has entries");
			}
		}
	}
}
