/** What runs beside the server and shares nothing with it: it is sent messages, and sends some back. */
export interface BackgroundTask {
	/** Hands a message over; the buffers listed are moved, not copied, and gone here. */
	send(message: object, moved: readonly ArrayBuffer[]): void;
	/** Ends it at once, whatever it is doing. */
	end(): void;
}

/** Starts the tasks of a server that take long, in a thread of their own where the machine has one. */
export interface Background {
	/** Starts the one that writes snapshots. `hear` is called with each of its messages; `failed` if it ends unasked. */
	startSnapshotWriter(hear: (message: object) => void, failed: (reason: Error) => void): BackgroundTask;
}
