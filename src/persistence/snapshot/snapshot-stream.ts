import type { FromWriter } from "./messages.ts";
import type { SnapshotOutput } from "./snapshot-file.ts";

/** A snapshot that goes into no file: its bytes are sent back as they come, for the network. */
export class SnapshotStream implements SnapshotOutput {
	bytes: number;
	private readonly send: (message: FromWriter, moved: readonly ArrayBuffer[]) => void;

	constructor(send: (message: FromWriter, moved: readonly ArrayBuffer[]) => void) {
		this.bytes = 0;
		this.send = send;
	}

	write(bytes: Uint8Array, from: number, to: number): void {
		const piece = bytes.slice(from, to);
		this.bytes += piece.length;
		this.send({ what: "written", bytes: piece }, [piece.buffer]);
	}

	finish(): void {}

	abandon(): void {}
}
