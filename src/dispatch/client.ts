import type { Call } from "./call.ts";
import type { Command } from "./command.ts";
import { GATE_LOGIN, GATES_AHEAD, GATES_OF_OTHERS } from "./gates.ts";
import type { Transaction } from "./transaction.ts";

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
	/** Closes once what the network has taken is sent. */
	end(): void;
	/** Sends what is no reply to a command, unless the connection is being closed. */
	push(message: SharedBytes): void;
	/**
	 * Sends bytes from `start` to a replica, and keeps none: returns how many the network has taken. Where it has not taken
	 * all, `client.replica.drained` is called when it takes more.
	 */
	sendPart(bytes: Uint8Array, start: number, length: number): number;
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
	/** Ends all of them without a word to the client. */
	cancelAll(): void;
	/** Memory that is there for them. */
	bytesUsed(): number;
}

/** From where a command comes: from the client, to be queued behind MULTI, from the queue at EXEC, from a script. */
export type CommandContext = "toplevel" | "multi" | "exec" | "lua";

/** What the user of a client may do. */
export interface Permissions {
	/** The error for a command that the user may not run, which is logged then; null where it may. */
	refusal(call: Call, command: Command, context: CommandContext): string | null;
	/** The same as a question, of which nothing is logged. */
	mayRun(call: Call, command: Command): boolean;
	/** Whether a command that it may run may read any key besides: SORT with BY and GET. */
	mayReadAllKeys(call: Call, command: Command): boolean;
}

/** Sees commands that have run. */
export interface CommandWitness {
	/** The reply is written, the arguments are still there. `origin` is said where it is not the client's address. */
	ran(call: Call, origin?: string): void;
}

/** Messages on their way to several clients. */
export interface MessageQueue {
	/** Sends those for this client: what is written next follows them. */
	serve(client: Client): void;
}

/** Of `firstMessage` and `lastMessage`: none. */
export const NO_MESSAGE = -1;

/** What a client is told of the keys it has read: CLIENT TRACKING. */
export interface Tracking extends CommandWitness {
	/** It is told of all keys with certain prefixes, read or not. */
	readonly isBroadcast: boolean;
	/** The client that is told in its place, 0 for none. */
	readonly redirect: number;
	/** That one is gone. */
	readonly isBroken: boolean;
	/** A command of the client was refused; null: there is none of that name. */
	refused(command: Command | null): void;
	/** Ends it without a word to the client. */
	stop(): void;
	bytesUsed(): number;
}

/** Following this server: PSYNC. */
export interface ReplicaRole {
	/** Something has come from it, be it an empty line. */
	heard(now_ms: number): void;
	/** The network takes bytes again. */
	drained(): void;
	/** The connection is gone. */
	closed(): void;
	/** Bytes of the replication stream that it has not been sent. */
	pendingBytes(): number;
}

/** Being shown every command: MONITOR. */
export interface Monitoring {
	/** Ends it without a word to the client. */
	stop(): void;
}

/** Keys that a client watches: WATCH. */
export interface WatchedKeys {
	/** One of them is known to have changed since. */
	readonly touched: boolean;
	/** Whether one of them has changed since; looks at each. */
	isTouched(): boolean;
	/** Forgets all of them. */
	cancelAll(): void;
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
	/** Gates that are shut for this client: bits of `gates.ts`. */
	gates: number;
	/** Null unless it is a replica of this server. Then it gets the replication stream, and no replies. */
	replica: ReplicaRole | null;
	/** Gates that it meets before a command runs, where they are shut. */
	heeds: number;
	/** Asked while GATE_PERMISSIONS is shut; null for a client that may do everything. */
	permissions: Permissions | null;
	/** What is queued since MULTI; null outside a transaction. While it is set GATE_TRANSACTION is shut. */
	transaction: Transaction | null;
	/** Null while it watches nothing. */
	watched: WatchedKeys | null;
	/** Null while it tracks nothing. While it is set GATE_TRACKED is shut. */
	tracking: Tracking | null;
	/** Null unless it is shown every command. While it is set GATE_SPECTATOR is shut. */
	monitoring: Monitoring | null;
	replyMode: number;
	noEvict: boolean;
	noTouch: boolean;
	/** Set by QUIT, CLIENT KILL of oneself, protocol errors: no further command is executed. */
	closing: boolean;
	/** Ends the wait of a blocking command: with its reply for "time is over", or with this error. Null: not blocked. */
	unblock: ((error: string | null) => void) | null;
	/** Null while it listens to nothing. */
	subscriptions: Subscriptions | null;
	/** Where messages wait for it, and which: its chain there, for the queue alone. Null: none wait. */
	waitingIn: MessageQueue | null;
	firstMessage: number;
	lastMessage: number;
	/** The queue in which it stands, to be served in its turn. */
	queuedIn: MessageQueue | null;
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
		this.gates = GATE_LOGIN;
		this.heeds = GATES_AHEAD;
		this.permissions = null;
		this.transaction = null;
		this.watched = null;
		this.tracking = null;
		this.monitoring = null;
		this.replica = null;
		this.replyMode = REPLY_ON;
		this.noEvict = false;
		this.noTouch = false;
		this.closing = false;
		this.unblock = null;
		this.subscriptions = null;
		this.waitingIn = null;
		this.firstMessage = NO_MESSAGE;
		this.lastMessage = NO_MESSAGE;
		this.queuedIn = null;
		this.lastCommand = null;
		this.effectsTo = 0;
		this.argumentBytes = 0;
		this.networkInput = 0;
		this.networkOutput = 0;
	}

	/** Its commands were judged before: they come from an append-only file or a master. */
	get isObeyed(): boolean {
		return this.heeds !== GATES_AHEAD;
	}

	set isObeyed(isObeyed: boolean) {
		this.heeds = isObeyed ? GATES_AHEAD & ~GATES_OF_OTHERS : GATES_AHEAD;
	}

	get authenticated(): boolean {
		return (this.gates & GATE_LOGIN) === 0;
	}

	set authenticated(isKnown: boolean) {
		this.setGate(GATE_LOGIN, !isKnown);
	}

	setGate(gate: number, isShut: boolean): void {
		if (isShut) this.gates |= gate;
		else this.gates &= ~gate;
	}
}
