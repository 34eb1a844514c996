import { PIECE_BYTES, type Piece, type ValueSnapshot } from "../../memory/snapshot.ts";
import type { Stream } from "../stream.ts";
import { FrozenGroup } from "./frozen-group.ts";
import { FrozenRuns } from "./frozen-runs.ts";
import type { Group } from "./group.ts";
import type { Runs } from "./reader.ts";
import { RunBlock } from "./run-block.ts";
import { StreamId, wordsOf } from "./stream-id.ts";

/**
 * The pieces of a stream, which come in this order, and `count` of its snapshot is how many runs there are:
 *
 *     runs …                                all entries
 *     stream                                what else is known of it
 *     { group  consumers …  pending … } …   so many as `stream` says
 *
 * Ids are four words as StreamId loads them, counters the two halves of Counter.
 */

/** Runs of entries (run-block.ts, entry-code.ts), deleted entries included; `runsOf` lets a StreamReader read them. */
export interface RunsPiece extends Piece {
	readonly form: "runs";
	readonly bytes: Uint8Array;
	/** RUN_WORDS words of each; RUN_OFFSET is where it lies in `bytes`. */
	readonly directory: Int32Array;
	readonly count: number;
}

/** Comes once, behind all runs. */
export interface StreamPiece extends Piece {
	readonly form: "stream";
	/** Entries that are not deleted. */
	readonly length: number;
	readonly lastId: Int32Array;
	readonly firstId: Int32Array;
	readonly maxDeletedId: Int32Array;
	/** high, low */
	readonly entriesAdded: Int32Array;
	readonly groups: number;
}

/** A group, whose consumers follow, and then what is pending. */
export interface GroupPiece extends Piece {
	readonly form: "group";
	readonly name: Uint8Array;
	readonly lastId: Int32Array;
	/** high, low; unknown where both are -1. */
	readonly entriesRead: Int32Array;
	readonly consumers: number;
	readonly pending: number;
}

export interface ConsumerItem {
	readonly name: Uint8Array;
	/** What stands for it in the records of what is pending. */
	readonly number: number;
	readonly seen_ms: number;
	/** NEVER_MS (-1) where it was not active yet. */
	readonly active_ms: number;
}

/** Consumers of the group, in the order of their names. */
export interface ConsumersPiece extends Piece {
	readonly form: "consumers";
	readonly consumers: readonly ConsumerItem[];
}

/** What is pending in the group, in the order of ids: PENDING_WORDS words a record (group.ts), its owner a consumer's
 * number; PendingByOwner sorts them. */
export interface PendingPiece extends Piece {
	readonly form: "pending";
	readonly words: Int32Array;
	readonly count: number;
}

/** The runs of a piece, for a StreamReader: `seekFirst`, then `nextOfRun` to the end of each, and `nextRun`. */
export function runsOf(piece: RunsPiece): Runs {
	return {
		blocks: [RunBlock.of(piece.bytes, piece.directory, piece.count)],
		lastId: noId,
		lastLiveId: noId,
		lastEntryAt: () => -1,
	};
}

const noId = new StreamId();

/**
 * A stream as it was at one moment. What it consists of looks after itself: a block, a group, the records of what is
 * pending, each knows what it was frozen as until that was taken. What is made later is not frozen, and no change of it
 * concerns us.
 */
export class StreamSnapshot implements ValueSnapshot {
	readonly count: number;
	readonly deadlineBound_ms: number;
	private readonly blocks: readonly RunBlock[];
	private readonly runs: FrozenRuns[];
	private readonly groups: readonly Group[];
	private readonly frozenGroups: FrozenGroup[];
	private readonly head: StreamPiece;
	private isHeadTaken: boolean;
	private blocksTaken: number;
	private groupsTaken: number;

	constructor(stream: Stream) {
		this.count = stream.runCount;
		this.deadlineBound_ms = Infinity;
		this.blocks = stream.blocks.slice();
		this.runs = this.blocks.map((block) => new FrozenRuns(block));
		this.groups = stream.groups.slice();
		this.frozenGroups = this.groups.map((group) => new FrozenGroup(group));
		this.head = {
			form: "stream",
			length: stream.length,
			lastId: wordsOf(stream.lastId),
			firstId: wordsOf(stream.firstId),
			maxDeletedId: wordsOf(stream.maxDeletedId),
			entriesAdded: Int32Array.of(stream.entriesAdded.high, stream.entriesAdded.low),
			groups: stream.groups.length,
		};
		this.isHeadTaken = false;
		this.blocksTaken = 0;
		this.groupsTaken = 0;
	}

	/** Lets the stream tell of every change. */
	attach(): void {
		for (let i = 0; i < this.blocks.length; i++) this.blocks[i]!.frozen = this.runs[i]!;
		for (let i = 0; i < this.groups.length; i++) this.groups[i]!.freeze(this.frozenGroups[i]!);
	}

	/** Ends that, in the middle, too. */
	detach(): void {
		for (let i = this.blocksTaken; i < this.blocks.length; i++) this.releaseBlock(i);
		for (let i = this.groupsTaken; i < this.groups.length; i++) this.releaseGroup(i);
	}

	private releaseBlock(index: number): void {
		const block = this.blocks[index]!;
		if (block.frozen === this.runs[index]!) block.frozen = null;
	}

	private releaseGroup(index: number): void {
		const group = this.groups[index]!;
		if (group.frozen === this.frozenGroups[index]!) group.freeze(null);
	}

	/** Bytes put aside so far. */
	keptBytes(): number {
		const ofRuns = this.runs.reduce((sum, runs) => sum + runs.keptBytes, 0);
		return this.frozenGroups.reduce((sum, group) => sum + group.keptBytes(), ofRuns);
	}

	next(): RunsPiece | StreamPiece | GroupPiece | ConsumersPiece | PendingPiece | null {
		while (this.blocksTaken < this.blocks.length) {
			const runs = this.runs[this.blocksTaken]!;
			if (runs.hasNext()) return runs.takeRuns(PIECE_BYTES);
			this.releaseBlock(this.blocksTaken++);
		}
		if (!this.isHeadTaken) {
			this.isHeadTaken = true;
			return this.head;
		}
		while (this.groupsTaken < this.groups.length) {
			const piece = this.frozenGroups[this.groupsTaken]!.next(PIECE_BYTES);
			if (piece !== null) return piece;
			this.releaseGroup(this.groupsTaken++);
		}
		return null;
	}
}
