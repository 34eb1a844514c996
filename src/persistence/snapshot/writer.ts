import type { Files } from "../../adapters/files.ts";
import { isLive, SLAB_START, strideOf } from "../../memory/entry.ts";
import { type EntriesPiece, reusableBuffers } from "../../memory/snapshot.ts";
import { CommandFile } from "../aof/base-commands.ts";
import { RdbFile } from "../rdb/rdb-file.ts";
import type { SnapshotFormat } from "./format.ts";
import type { FromWriter, TakerCall, ToWriter } from "./messages.ts";
import { SnapshotFile, type SnapshotOutput } from "./snapshot-file.ts";
import { SnapshotStream } from "./snapshot-stream.ts";
import type { SnapshotRequest } from "./snapshots.ts";

export function formatFor(request: SnapshotRequest, file: SnapshotOutput): SnapshotFormat {
	return request.format === "rdb" ? new RdbFile(file) : new CommandFile(file);
}

/** What the writer needs of the thread it runs in. */
export interface WriterThread {
	readonly files: Files;
	send(message: FromWriter, moved: readonly ArrayBuffer[]): void;
	sleep(duration_ms: number): void;
}

/**
 * The far end of a snapshot in the background: makes pieces into a file. It answers each message with pieces, so that the
 * server knows how far it has come; a failure is its last answer.
 */
export class SnapshotWriter {
	private readonly thread: WriterThread;
	private file: SnapshotOutput | null;
	private format: SnapshotFormat | null;
	private keyDelay_us: number;
	private hasFailed: boolean;

	constructor(thread: WriterThread) {
		this.thread = thread;
		this.file = null;
		this.format = null;
		this.keyDelay_us = 0;
		this.hasFailed = false;
	}

	hear(message: ToWriter): void {
		if (this.hasFailed) return;
		try {
			this.follow(message);
		} catch (failure) {
			this.hasFailed = true;
			this.abandon();
			const { message: text, code = "" } = failure as Error & { code?: string };
			this.thread.send({ what: "failed", message: text, code }, []);
		}
	}

	/** There will be no more; an unfinished file goes. */
	abandon(): void {
		this.file?.abandon();
		this.file = null;
		this.format = null;
	}

	private follow(message: ToWriter): void {
		switch (message.what) {
			case "begin":
				this.begin(message.request, message);
				break;
			case "calls":
				this.take(message.calls, message.bytes);
				break;
			case "end":
				this.finish();
		}
	}

	private begin(request: SnapshotRequest, { contents }: ToWriter & { what: "begin" }): void {
		this.keyDelay_us = request.keyDelay_us;
		this.file =
			request.path === ""
				? new SnapshotStream((message, moved) => this.thread.send(message, moved))
				: new SnapshotFile(this.thread.files, request.path, request.syncsIncrementally);
		this.format = formatFor(request, this.file);
		this.format.begin(contents);
	}

	private take(calls: readonly TakerCall[], bytes: number): void {
		const buffers: ArrayBuffer[] = [];
		for (const call of calls) {
			makeCall(this.format!, call);
			if (this.keyDelay_us > 0) this.delay(call);
			if (call.call !== "entries" && call.call !== "piece") continue;
			buffers.push(...reusableBuffers(call.piece));
		}
		this.thread.send({ what: "taken", bytes, buffers }, buffers);
	}

	private delay(call: TakerCall): void {
		const keys = call.call === "entries" ? liveEntries(call.piece) : call.call === "endValue" ? 1 : 0;
		if (keys > 0) this.thread.sleep((keys * this.keyDelay_us) / 1000);
	}

	private finish(): void {
		this.format!.end();
		this.file!.finish();
		const { bytes } = this.file!;
		this.file = null;
		this.thread.send({ what: "done", bytes }, []);
	}
}

function makeCall(format: SnapshotFormat, call: TakerCall): void {
	switch (call.call) {
		case "entries":
			format.entries(call.database, call.piece);
			break;
		case "beginValue":
			format.beginValue(call.head);
			break;
		case "piece":
			format.piece(call.piece);
			break;
		case "endValue":
			format.endValue();
	}
}

function liveEntries({ slab, used }: EntriesPiece): number {
	let count = 0;
	for (let offset = SLAB_START; offset < used; offset += strideOf(slab, offset)) if (isLive(slab, offset)) count++;
	return count;
}
