import type { Background, BackgroundTask } from "../../adapters/background.ts";
import type { Clock, Timers } from "../../adapters/clock.ts";
import type { Files } from "../../adapters/files.ts";
import { assert } from "../../bytes/assert.ts";
import type { Keyspace } from "../../keyspace/keyspace.ts";
import { KeyspaceSnapshot, type SnapshotTaker, type ValueHead } from "../../keyspace/keyspace-snapshot.ts";
import { buffersOf, type EntriesPiece, type Piece, reusableBuffers } from "../../memory/snapshot.ts";
import { removeLeftover, systemFailure } from "../failure.ts";
import { auxiliaryFields } from "../rdb/auxiliary.ts";
import type { SnapshotContents } from "./format.ts";
import type { FromWriter, TakerCall, ToWriter } from "./messages.ts";
import { SnapshotFile } from "./snapshot-file.ts";
import type {
	SnapshotDone,
	SnapshotProgress,
	SnapshotRequest,
	SnapshotResult,
	SnapshotSink,
	Snapshots,
} from "./snapshots.ts";
import { formatFor } from "./writer.ts";

/** Copying between two looks at the network. */
const SLICE_US = 300;
/** Copies that the writer has not worked through; more would be memory without gain. */
const BYTES_UNDERWAY_MAX = 4 << 20;
/** Slabs kept for the next copies: their pages are there already, which is half of what a copy costs. */
const BUFFERS_KEPT_MAX = 12;
const BUFFER_UNIT_BYTES = 64 * 1024;

export interface SnapshotHost {
	readonly keyspace: Keyspace;
	readonly adapters: {
		readonly clock: Clock;
		readonly timers: Timers;
		readonly files: Files;
		readonly background: Background;
	};
	/** Something threw where nothing should: a defect of ours. */
	internalError(where: string, error: unknown): void;
}

/**
 * Takes snapshots. One in the background is copied a slice at a time between the commands of clients, and written by
 * another thread, which says how much it has worked through: copying never runs far ahead of writing.
 */
export class SnapshotRunner implements Snapshots {
	private readonly host: SnapshotHost;
	private job: SnapshotJob | null;

	constructor(host: SnapshotHost) {
		this.host = host;
		this.job = null;
	}

	progress(): SnapshotProgress | null {
		return this.job?.progress() ?? null;
	}

	start(request: SnapshotRequest, done: SnapshotDone, sink: SnapshotSink | null = null): void {
		assert(this.job === null, "one snapshot is taken at a time");
		assert((request.path === "") === (sink !== null), "a snapshot goes to a file or to a sink");
		const ended: SnapshotDone = (failure, result) => {
			if (this.job === job) this.job = null;
			done(failure, result);
		};
		const job = new SnapshotJob(this.host, request, ended, sink);
		this.job = job;
	}

	hold(isHeld: boolean): void {
		this.job?.hold(isHeld);
	}

	run(request: SnapshotRequest): SnapshotResult {
		const { keyspace, adapters } = this.host;
		const started_us = adapters.clock.monotonic_us();
		const file = new SnapshotFile(adapters.files, request.path, request.syncsIncrementally);
		const buffers = new BufferPool();
		const snapshot = new KeyspaceSnapshot(keyspace, (bytes) => buffers.take(bytes), false);
		try {
			const format = formatFor(request, file);
			format.begin(contentsOf(this.host, request));
			const taker = new ReturningTaker(format, buffers);
			while (snapshot.advance(taker));
			format.end();
			file.finish();
		} catch (failure) {
			file.abandon();
			throw failure;
		} finally {
			snapshot.end();
		}
		const duration_ms = (adapters.clock.monotonic_us() - started_us) / 1000;
		return { bytes: file.bytes, keys: snapshot.keyCount, duration_ms, copiedBytesMax: 0 };
	}

	cancel(): void {
		this.job?.cancel();
	}
}

function contentsOf({ keyspace, adapters }: SnapshotHost, request: SnapshotRequest): SnapshotContents {
	const { leavesOut } = request;
	const databases = keyspace.databases.filter(({ table }) => table.count > 0 && leavesOut?.data !== true);
	return {
		auxiliary: auxiliaryFields(adapters.clock.now_ms(), keyspace.bytesUsed(), request.auxiliary),
		libraries: leavesOut?.functions === true ? [] : keyspace.libraries,
		databases: databases.map(({ index, table }) => ({ index, keys: table.count, deadlines: table.deadlineCount })),
		hasFieldDeadlines: databases.some((database) => database.fieldExpiry.hasDeadlines(database)),
		compresses: request.compresses,
		hasChecksum: request.hasChecksum,
		access: request.access,
		accessClock: keyspace.accessClock,
		minutes: keyspace.frequency.minutes,
		decay_minutes: keyspace.frequency.decay_minutes,
	};
}

/** Buffers that were used for copies and can be again. */
class BufferPool {
	private readonly buffers: Uint8Array[];

	constructor() {
		this.buffers = [];
	}

	take(bytes: number): Uint8Array {
		const found = this.buffers.findIndex((buffer) => buffer.length >= bytes);
		if (found >= 0) return this.buffers.splice(found, 1)[0]!;
		return new Uint8Array(Math.ceil(bytes / BUFFER_UNIT_BYTES) * BUFFER_UNIT_BYTES);
	}

	giveBack(buffer: ArrayBuffer): void {
		if (this.buffers.length < BUFFERS_KEPT_MAX) this.buffers.push(new Uint8Array(buffer));
		else buffer.transfer(0);
	}
}

/** Hands pieces on and takes their buffers back. */
class ReturningTaker implements SnapshotTaker {
	private readonly taker: SnapshotTaker;
	private readonly buffers: BufferPool;

	constructor(taker: SnapshotTaker, buffers: BufferPool) {
		this.taker = taker;
		this.buffers = buffers;
	}

	entries(database: number, piece: EntriesPiece): void {
		this.taker.entries(database, piece);
		this.giveBack(piece);
	}

	private giveBack(piece: Piece): void {
		for (const buffer of reusableBuffers(piece)) this.buffers.giveBack(buffer);
	}

	beginValue(head: ValueHead): void {
		this.taker.beginValue(head);
	}

	piece(piece: Piece): void {
		this.taker.piece(piece);
		this.giveBack(piece);
	}

	endValue(): void {
		this.taker.endValue();
	}
}

/** One snapshot in the background. */
class SnapshotJob implements SnapshotTaker {
	private readonly host: SnapshotHost;
	private readonly request: SnapshotRequest;
	private readonly done: SnapshotDone;
	private readonly sink: SnapshotSink | null;
	private isHeld: boolean;
	private readonly snapshot: KeyspaceSnapshot;
	private readonly task: BackgroundTask;
	private readonly buffers: BufferPool;
	private readonly startedAt_ms: number;
	private readonly started_us: number;
	/** Made once: it is handed to the timers again and again. */
	private readonly slice: () => void;
	private isSliceDue: boolean;
	/** What goes with the next message. */
	private calls: TakerCall[];
	private moved: ArrayBuffer[];
	private callBytes: number;
	private bytesUnderway: number;
	private copiedBytesMax: number;
	private isOver: boolean;
	private isCopied: boolean;

	constructor(host: SnapshotHost, request: SnapshotRequest, done: SnapshotDone, sink: SnapshotSink | null) {
		const { keyspace, adapters } = host;
		this.host = host;
		// The writer may see another working directory.
		this.request = sink === null ? { ...request, path: adapters.files.resolve(request.path) } : request;
		this.done = done;
		this.sink = sink;
		this.isHeld = false;
		this.buffers = new BufferPool();
		this.startedAt_ms = adapters.clock.now_ms();
		this.started_us = adapters.clock.monotonic_us();
		this.slice = () => this.runSlice();
		this.isSliceDue = false;
		this.calls = [];
		this.moved = [];
		this.callBytes = 0;
		this.bytesUnderway = 0;
		this.copiedBytesMax = 0;
		this.isOver = false;
		this.isCopied = false;
		const contents = contentsOf(this.host, request);
		this.snapshot = new KeyspaceSnapshot(keyspace, (bytes) => this.buffers.take(bytes));
		this.task = adapters.background.startSnapshotWriter(
			(message) => this.hear(message as FromWriter),
			(reason) => this.finish(reason, 0),
		);
		this.send({ what: "begin", request: this.request, contents }, []);
		this.goOn();
	}

	progress(): SnapshotProgress {
		return {
			keys: this.snapshot.keysTaken(),
			keysTotal: this.snapshot.keyCount,
			copiedBytes: this.copiedBytes(),
			copiedBytesMax: this.copiedBytesMax,
			startedAt_ms: this.startedAt_ms,
		};
	}

	cancel(): void {
		this.finish(systemFailure("ECANCELED", "Operation canceled"), 0);
	}

	private copiedBytes(): number {
		return this.bytesUnderway + this.snapshot.bytesAside();
	}

	private goOn(): void {
		if (this.isSliceDue || this.isOver || this.isHeld) return;
		this.isSliceDue = true;
		this.host.adapters.timers.soon(this.slice);
	}

	hold(isHeld: boolean): void {
		this.isHeld = isHeld;
		if (!isHeld && this.bytesUnderway < BYTES_UNDERWAY_MAX) this.copyOn();
	}

	/** Unless all has been copied. */
	private copyOn(): void {
		if (!this.isCopied) this.goOn();
	}

	private runSlice(): void {
		this.isSliceDue = false;
		if (this.isOver || this.isHeld) return;
		try {
			this.copySlice();
		} catch (failure) {
			this.host.internalError("snapshot", failure);
			this.finish(failure as Error, 0);
		}
	}

	private copySlice(): void {
		const { clock } = this.host.adapters;
		const started_us = clock.monotonic_us();
		let more = this.request.leavesOut?.data !== true;
		while (more && this.bytesUnderway + this.callBytes < BYTES_UNDERWAY_MAX) {
			more = this.snapshot.advance(this);
			if (clock.monotonic_us() - started_us >= SLICE_US) break;
		}
		this.sendCalls();
		this.copiedBytesMax = Math.max(this.copiedBytesMax, this.copiedBytes());
		if (!more) {
			this.isCopied = true;
			this.snapshot.end();
			this.send({ what: "end" }, []);
		} else if (this.bytesUnderway < BYTES_UNDERWAY_MAX) this.goOn();
	}

	// What the snapshot hands over

	entries(database: number, piece: EntriesPiece): void {
		this.add({ call: "entries", database, piece }, piece);
	}

	beginValue(head: ValueHead): void {
		this.calls.push({ call: "beginValue", head });
	}

	piece(piece: Piece): void {
		this.add({ call: "piece", piece }, piece);
	}

	endValue(): void {
		this.calls.push({ call: "endValue" });
	}

	private add(call: TakerCall, piece: Piece): void {
		this.calls.push(call);
		for (const buffer of buffersOf(piece)) {
			this.moved.push(buffer);
			this.callBytes += buffer.byteLength;
		}
	}

	private sendCalls(): void {
		if (this.calls.length === 0) return;
		const { calls, moved, callBytes } = this;
		this.calls = [];
		this.moved = [];
		this.callBytes = 0;
		this.bytesUnderway += callBytes;
		this.send({ what: "calls", calls, bytes: callBytes }, moved);
	}

	private send(message: ToWriter, moved: readonly ArrayBuffer[]): void {
		this.task.send(message, moved);
	}

	private hear(message: FromWriter): void {
		if (this.isOver) return;
		switch (message.what) {
			case "taken":
				this.bytesUnderway -= message.bytes;
				for (const buffer of message.buffers) this.buffers.giveBack(buffer);
				this.copyOn();
				break;
			case "written":
				this.sink!.take(message.bytes);
				break;
			case "done":
				this.finish(null, message.bytes);
				break;
			case "failed": {
				const failure = systemFailure(message.code, message.message);
				if (message.code === "") this.host.internalError("snapshot", failure);
				this.finish(failure, 0);
			}
		}
	}

	private finish(failure: Error | null, bytes: number): void {
		if (this.isOver) return;
		this.isOver = true;
		this.snapshot.end();
		this.task.end();
		if (failure === null) {
			const duration_ms = (this.host.adapters.clock.monotonic_us() - this.started_us) / 1000;
			const { copiedBytesMax, snapshot } = this;
			this.done(null, { bytes, keys: snapshot.keyCount, duration_ms, copiedBytesMax });
			return;
		}
		// A writer that was ended has not removed it.
		if (this.sink === null) removeLeftover(this.host.adapters.files, this.request.path);
		this.done(failure, null);
	}
}
