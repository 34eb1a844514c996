import type { Connection, Receiver } from "../adapters/network.ts";
import { latin1 } from "../bytes/ascii.ts";

/** Hears of what another server answers. */
export interface PeerListener {
	/** One reply of one line, without its end. */
	replied(line: string): void;
	/** Some of what was sent has left. */
	progressed(): void;
	/** The connection is gone, or what came is no reply. */
	broken(): void;
}

const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
/** Whoever answers with more has not understood what it is asked. */
const LINE_BYTES_MAX = 64 * 1024;
/** No database is known to be selected. */
export const NO_DATABASE = -1;

/**
 * One connection to another server, as its client: requests go out, one-line replies come in, in order.
 *
 * Invariant: `unsent` is in order, and empty or waiting for `drained`.
 */
export class Peer implements Receiver {
	readonly host: string;
	readonly port: number;
	readonly isTls: boolean;
	/** The one selected there, or NO_DATABASE. */
	database: number;
	/** It has been used before, so it may have been closed meanwhile without our having heard of it. */
	isUsed: boolean;
	isOpen: boolean;
	listener: PeerListener | null;
	private readonly connection: Connection;
	private unsent: Uint8Array[];
	/** Bytes of the first of `unsent` that have left. */
	private sent: number;
	private line: string;

	constructor(host: string, port: number, connection: Connection) {
		this.host = host;
		this.port = port;
		this.isTls = connection.isTls;
		this.database = 0;
		this.isUsed = false;
		this.isOpen = true;
		this.listener = null;
		this.connection = connection;
		this.unsent = [];
		this.sent = 0;
		this.line = "";
	}

	/** Takes the bytes over. */
	send(bytes: Uint8Array): void {
		this.unsent.push(bytes);
		if (this.unsent.length === 1) this.flush();
	}

	isSending(): boolean {
		return this.unsent.length > 0;
	}

	close(): void {
		this.listener = null;
		if (this.isOpen) this.connection.terminate();
	}

	private flush(): void {
		while (this.isOpen && this.unsent.length > 0) {
			const first = this.unsent[0]!;
			const taken = this.connection.write(first, this.sent, first.length - this.sent);
			this.sent += taken;
			if (taken > 0) this.listener?.progressed();
			if (this.sent < first.length) return;
			this.unsent.shift();
			this.sent = 0;
		}
	}

	// Receiver

	receive(chunk: Uint8Array): void {
		let start = 0;
		for (let at = 0; at < chunk.length; at++) {
			if (chunk[at] !== LINE_FEED) continue;
			const end = at > start && chunk[at - 1] === CARRIAGE_RETURN ? at - 1 : at;
			const line = (this.line + latin1(chunk, start, end)).replace(/\r$/, "");
			this.line = "";
			start = at + 1;
			// Nobody asked for it.
			if (this.listener === null) return this.close();
			this.listener.replied(line);
			if (!this.isOpen) return;
		}
		this.line += latin1(chunk, start, chunk.length);
		if (this.line.length > LINE_BYTES_MAX) this.connection.terminate();
	}

	drained(): void {
		this.flush();
	}

	closed(): void {
		this.isOpen = false;
		this.unsent = [];
		const { listener } = this;
		this.listener = null;
		listener?.broken();
	}
}
