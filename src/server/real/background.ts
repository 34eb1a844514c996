import type { Background, BackgroundTask } from "../../adapters/background.ts";

/** In the executable it lies beside the program itself, by its full name: a file in the working directory is not meant. */
const snapshotWriter = Bun.main.startsWith("/$bunfs/")
	? Bun.main.replace(/[^/]*$/, "snapshot-worker.js")
	: new URL("../../snapshot-worker.ts", import.meta.url).href;

/** Threads of this process. */
export const realBackground: Background = {
	startSnapshotWriter(hear, failed): BackgroundTask {
		const worker = new Worker(snapshotWriter, { type: "module" });
		worker.onmessage = ({ data }: MessageEvent<object>) => hear(data);
		worker.onerror = ({ message }) => failed(new Error(message));
		return {
			send: (message, moved) => worker.postMessage(message, moved as ArrayBuffer[]),
			end: () => worker.terminate(),
		};
	},
};
