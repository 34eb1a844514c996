import type { Connection } from "../adapters/network.ts";
import { bytesOf, equalsIgnoreCase } from "../bytes/ascii.ts";
import { REPLY_OFF } from "../dispatch/client.ts";
import type { MasterClient, MasterListener } from "../replication/master-client.ts";
import type { RequestParser } from "../resp/request-parser.ts";
import { ClientConnection, type ConnectionHost, type PauseLimits } from "./connection.ts";

const MULTI = bytesOf("multi");

/**
 * The master of this server: a client whose commands are executed without being judged, and not answered. What it has
 * sent is passed on as soon as it was executed, a transaction as a whole: half of one is nothing to go on from.
 */
export class MasterConnection extends ClientConnection implements MasterClient {
	private readonly listener: MasterListener;
	private isUnsound: boolean;
	private isLost: boolean;

	constructor(
		host: ConnectionHost,
		connection: Connection,
		id: number,
		now_ms: number,
		pauseLimits: PauseLimits,
		listener: MasterListener,
	) {
		super(host, connection, id, now_ms, pauseLimits);
		this.listener = listener;
		this.isUnsound = false;
		this.isLost = false;
		this.client.authenticated = true;
		this.client.isObeyed = true;
		this.client.replyMode = REPLY_OFF;
	}

	protected override executed(parser: RequestParser, bytes: Uint8Array, done: number): void {
		const { listener, client } = this;
		const { starts } = parser;
		const from = starts[0]!;
		const to = starts[done]!;
		if (client.transaction === null) return listener.applied(bytes, from, to);
		let last = done - 1;
		while (last >= 0 && !isMulti(parser, bytes, last)) last--;
		if (last > 0) listener.applied(bytes, from, starts[last]!);
		listener.postponed(bytes, last > 0 ? starts[last]! : from, to);
	}

	protected override rested(): void {
		this.listener.rested();
	}

	protected override fail(reason: string): void {
		this.host.logDropped(this, `Protocol error (${reason}) from client`);
		this.breakOff();
	}

	/** What came makes no sense, or something threw in its middle: there is no going on from here. */
	protected override breakOff(): void {
		this.isUnsound = true;
		this.close();
	}

	say(bytes: Uint8Array): void {
		this.push({ bytes, start: 0, length: bytes.length, kept: () => bytes });
	}

	override closed(): void {
		super.closed();
		if (this.isLost) return;
		this.isLost = true;
		this.listener.lost(this.isUnsound);
	}
}

function isMulti({ ranges, firsts }: RequestParser, bytes: Uint8Array, index: number): boolean {
	const first = firsts[index]!;
	return firsts[index + 1]! - first === 2 && equalsIgnoreCase(bytes, ranges[first]!, ranges[first + 1]!, MULTI);
}
