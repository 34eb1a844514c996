/** What a load process is to do; it travels as JSON. */
import type { WriteCommand } from "../write-batch.ts";

/** Connections that send a batch, wait for all its replies, and send it again with other keys. */
export interface Writers {
	readonly connections: number;
	/**
	 * One request of the row: the commands of a step are sent together, the next step when all are answered. In a word
	 * `__connection__` becomes the number of the connection in twelve digits.
	 */
	readonly request: readonly (readonly WriteCommand[])[];
	/** Requests in a batch. */
	readonly depth: number;
}

/** Connections that only read what the server sends by itself. */
export interface Listeners {
	readonly connections: number;
	/** Sent once by each of them. */
	readonly hello: readonly (readonly string[])[];
	/** Replies to `hello`, bytes. */
	readonly helloBytes: number;
	/** Of one message. */
	readonly messageBytes: number;
	/** Messages that one request causes at each of them: the row ends when all have arrived. */
	readonly messagesPerRequest: number;
}

/** A client that has read keys, is told when they change, and reads them again. */
export interface CachingClient {
	/** With which it begins to track. */
	readonly hello: readonly (readonly string[])[];
	readonly helloBytes: number;
	readonly keys: number;
	/** A key is the prefix and twelve digits. */
	readonly prefix: string;
	readonly valueBytes: number;
}

export interface LoadPlan {
	readonly port: number;
	readonly writers: Writers;
	readonly requests: number;
	readonly listeners?: Listeners;
	readonly cachingClients?: readonly CachingClient[];
}

export interface LoadReport {
	readonly requests_per_s: number;
	readonly p50_ms: number;
	readonly p99_ms: number;
	readonly p999_ms: number;
	readonly max_ms: number;
	/** Messages that arrived by themselves: those of channels, keys that are no longer valid. */
	readonly messages_per_s: number;
	/** Share of the time that the load process was at work: close to 1, it is what was measured. */
	readonly busy: number;
}
