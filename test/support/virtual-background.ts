/** The writer of snapshots in the same thread: in virtual time, on virtual files, one message a turn. */
import type { Background, BackgroundTask } from "../../src/adapters/background.ts";
import type { Timers } from "../../src/adapters/clock.ts";
import type { Files } from "../../src/adapters/files.ts";
import type { ToWriter } from "../../src/persistence/snapshot/messages.ts";
import { SnapshotWriter } from "../../src/persistence/snapshot/writer.ts";

export class VirtualBackground implements Background {
	private readonly timers: Timers;
	private readonly files: Files;

	constructor(timers: Timers, files: Files) {
		this.timers = timers;
		this.files = files;
	}

	startSnapshotWriter(hear: (message: object) => void): BackgroundTask {
		let isOver = false;
		const writer = new SnapshotWriter({
			files: this.files,
			// As between threads, what is sent is a copy, and what is moved is gone here.
			send: (message, moved) => {
				const copy = structuredClone(message, { transfer: moved as ArrayBuffer[] });
				this.timers.soon(() => isOver || hear(copy));
			},
			sleep() {},
		});
		return {
			send: (message, moved) => {
				const copy = structuredClone(message, { transfer: moved as ArrayBuffer[] });
				this.timers.soon(() => isOver || writer.hear(copy as ToWriter));
			},
			end() {
				isOver = true;
			},
		};
	}
}
