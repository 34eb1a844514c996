import { frameEnd } from "../support/reply.ts";

/** Cuts a stream of bytes into replies. */
export class ReplyFrames {
	private readonly take: (frame: Uint8Array) => void;
	private unread: Uint8Array;

	constructor(take: (frame: Uint8Array) => void) {
		this.take = take;
		this.unread = new Uint8Array(0);
	}

	add(chunk: Uint8Array): void {
		const bytes = this.unread.length === 0 ? chunk : Buffer.concat([this.unread, chunk]);
		let position = 0;
		while (position < bytes.length) {
			const end = frameEnd(bytes, position, bytes.length);
			if (end < 0) break;
			this.take(bytes.subarray(position, end));
			position = end;
		}
		this.unread = bytes.slice(position);
	}
}
