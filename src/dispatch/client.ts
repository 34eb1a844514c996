import type { Command } from "./command.ts";

/** What a client is told of its replies by CLIENT REPLY. */
export const REPLY_ON = 0;
export const REPLY_OFF = 1;
/** The reply to the command after this one is dropped. */
export const REPLY_SKIP_NEXT = 2;
export const REPLY_SKIP = 3;

/** Bytes that several clients receive. */
export interface SharedBytes {
	readonly bytes: Uint8Array;
	readonly start: number;
	readonly length: number;
	/** A copy of them, one for all clients that cannot take them at once. */
	kept(): Uint8Array;
}

/** The transport of a client as commands see it. */
export interface ClientLink {
	readonly remoteAddress: string;
	readonly localAddress: string;
	readonly descriptor: number;
	readonly isUnixSocket: boolean;
	/** Closes once the replies so far are sent; commands behind the current one are not read. */
	closeAfterReply(): void;
	/** Closes at once, dropping what is not sent. */
	close(): void;
	/** Sends what is no reply to a command, unless the connection is being closed. */
	push(message: SharedBytes): void;
	/** Bytes received and not yet executed, and room kept for them. */
	queryBytes(): number;
	queryCapacityBytes(): number;
	/** Replies not yet taken by the network. */
	pendingBytes(): number;
	pendingChunks(): number;
}

/** What a client listens to, as far as others than pub/sub have to know. */
export interface Subscriptions {
	readonly channels: number;
	readonly patterns: number;
	readonly shardChannels: number;
	/** Sends the messages that have come so far: what is written next follows them. */
	sendWaiting(): void;
	/** Ends all of them without a word to the client. */
	cancelAll(): void;
	/** Memory that is there for them. */
	bytesUsed(): number;
}

/** The state of one connection that commands read and write. */
export class Client {
	readonly id: number;
	readonly link: ClientLink;
	readonly connectedAt_ms: number;
	lastActive_ms: number;
	name: string;
	libraryName: string;
	libraryVersion: string;
	protocol: number;
	database: number;
	user: string;
	authenticated: boolean;
	/** Its commands were judged before: they come from an append-only file or a master. */
	isObeyed: boolean;
	replyMode: number;
	noEvict: boolean;
	noTouch: boolean;
	/** Set by QUIT, CLIENT KILL of oneself, protocol errors: no further command is executed. */
	closing: boolean;
	/** Ends the wait of a blocking command: with its reply for "time is over", or with this error. Null: not blocked. */
	unblock: ((error: string | null) => void) | null;
	/** Null while it listens to nothing. */
	subscriptions: Subscriptions | null;
	lastCommand: Command | null;
	/** Where among all effects its newest one ends, 0 where it has changed nothing: what WAITAOF waits for. */
	effectsTo: number;
	/** Arguments of the command at work, bytes. */
	argumentBytes: number;
	networkInput: number;
	networkOutput: number;

	constructor(id: number, link: ClientLink, now_ms: number) {
		this.id = id;
		this.link = link;
		this.connectedAt_ms = now_ms;
		this.lastActive_ms = now_ms;
		this.name = "";
		this.libraryName = "";
		this.libraryVersion = "";
		this.protocol = 2;
		this.database = 0;
		this.user = "default";
		this.authenticated = false;
		this.isObeyed = false;
		this.replyMode = REPLY_ON;
		this.noEvict = false;
		this.noTouch = false;
		this.closing = false;
		this.unblock = null;
		this.subscriptions = null;
		this.lastCommand = null;
		this.effectsTo = 0;
		this.argumentBytes = 0;
		this.networkInput = 0;
		this.networkOutput = 0;
	}
}
