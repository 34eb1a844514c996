/** The thread that writes snapshots; `server/real/background.ts` starts it. */
import type { FromWriter, ToWriter } from "./persistence/snapshot/messages.ts";
import { SnapshotWriter } from "./persistence/snapshot/writer.ts";
import { realFiles } from "./server/real/files.ts";
import { lowerPriority } from "./server/real/priority.ts";

declare const self: Worker;

/** Clients are served first: on a single processor a tenth is left to the writer while the server is busy. */
const NICENESS = 10;

lowerPriority(NICENESS);
const writer = new SnapshotWriter({
	files: realFiles,
	send: (message: FromWriter, moved) => self.postMessage(message, moved as ArrayBuffer[]),
	sleep: (duration_ms) => Bun.sleepSync(duration_ms),
});
self.onmessage = ({ data }: MessageEvent<ToWriter>) => writer.hear(data);
