/** The thread that writes snapshots; `server/real/background.ts` starts it. */
import type { FromWriter, ToWriter } from "./persistence/snapshot/messages.ts";
import { SnapshotWriter } from "./persistence/snapshot/writer.ts";
import { realFiles } from "./server/real/files.ts";

declare const self: Worker;

const writer = new SnapshotWriter({
	files: realFiles,
	send: (message: FromWriter, moved) => self.postMessage(message, moved as ArrayBuffer[]),
	sleep: (duration_ms) => Bun.sleepSync(duration_ms),
});
self.onmessage = ({ data }: MessageEvent<ToWriter>) => writer.hear(data);
