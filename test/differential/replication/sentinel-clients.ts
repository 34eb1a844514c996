/**
 * Clients that find the leader of a group through its sentinels and write numbered keys to it all the time.
 *
 * Invariant: each key is written once, in a batch of its own connection; a batch with WAIT travels over one connection as
 * a whole, so that what WAIT answers is about the writes before it.
 */
import { Redis } from "ioredis";
import { createSentinel } from "redis";
import type { Address } from "../../support/wire.ts";
import { groupName } from "./sentinels.ts";

/** Writes in one batch. */
const depth = 8;
const pause_ms = 5;
/** How long WAIT waits for replicas. */
const wait_ms = 500;
const reconnect_ms = 50;

interface Writer {
	/** Writes each key with its own name as the value; which were acknowledged, and how many replicas then had them. */
	write(keys: readonly string[], waitsFor: number): Promise<Answer>;
	close(): void;
}

interface Answer {
	readonly acknowledged: readonly string[];
	/** 0 where nobody asked. */
	readonly replicas: number;
}

export interface Written {
	/** Acknowledged by a leader. */
	readonly acknowledged: Set<string>;
	/** Of these, those that so many replicas have as were asked for, as WAIT said. */
	readonly confirmed: Set<string>;
}

export class SentinelClients implements Disposable {
	readonly names: readonly string[];
	/** Since `begin`, or the longest time between two acknowledgements of one client. */
	longestSilence_ms: number;
	/** Batches of each client that were acknowledged. */
	readonly batches: number[];
	/** Batches that failed, of all clients. */
	failures: number;
	private readonly lastErrors: string[];
	private readonly writers: readonly Writer[];
	private readonly waitsFor: number;
	private written: Written;
	private prefix: string;
	private isWriting: boolean;
	private isClosed: boolean;
	private loops: Promise<unknown>;

	private constructor(named: readonly (readonly [string, Writer])[], waitsFor: number) {
		this.names = named.map(([name]) => name);
		this.writers = named.map(([, writer]) => writer);
		this.batches = named.map(() => 0);
		this.longestSilence_ms = 0;
		this.failures = 0;
		this.lastErrors = named.map(() => "no error");
		this.waitsFor = waitsFor;
		this.written = { acknowledged: new Set(), confirmed: new Set() };
		this.prefix = "";
		this.isWriting = false;
		this.isClosed = false;
		this.loops = Promise.resolve();
	}

	static async connect(sentinels: readonly Address[], waitsFor: number): Promise<SentinelClients> {
		return new SentinelClients(
			[
				["ioredis", ioredis(sentinels, false)],
				["ioredis that hears of failovers", ioredis(sentinels, true)],
				["node-redis", await nodeRedis(sentinels)],
			],
			waitsFor,
		);
	}

	/** Writes keys with this prefix until `end`. */
	begin(prefix: string): void {
		this.prefix = prefix;
		this.written = { acknowledged: new Set(), confirmed: new Set() };
		this.longestSilence_ms = 0;
		this.failures = 0;
		this.isWriting = true;
		this.loops = Promise.all(this.writers.map((writer, index) => this.keepWriting(writer, index)));
	}

	/** What was written since `begin`, when nothing is on its way any more. */
	async end(): Promise<Written> {
		this.isWriting = false;
		await this.loops;
		return this.written;
	}

	/** What became of each, for a message. */
	condition(): string {
		return this.names
			.map((name, index) => `${name}: ${this.batches[index]} batches, ${this.lastErrors[index]}`)
			.join("; ");
	}

	[Symbol.dispose](): void {
		this.isWriting = false;
		this.isClosed = true;
		for (const writer of this.writers) writer.close();
	}

	private async keepWriting(writer: Writer, index: number): Promise<void> {
		let [number, heard_ms] = [0, performance.now()];
		while (this.isWriting && !this.isClosed) {
			const keys = Array.from({ length: depth }, () => `${this.prefix}:${index}:${number++}`);
			const answer = await writer.write(keys, this.waitsFor).catch((error: Error) => {
				this.lastErrors[index] = error.message;
				return undefined;
			});
			const now_ms = performance.now();
			if (answer === undefined || answer.acknowledged.length === 0) this.failures++;
			else {
				this.note(answer);
				this.batches[index]!++;
				this.longestSilence_ms = Math.max(this.longestSilence_ms, now_ms - heard_ms);
				heard_ms = now_ms;
			}
			await Bun.sleep(pause_ms);
		}
	}

	private note({ acknowledged, replicas }: Answer): void {
		for (const key of acknowledged) {
			this.written.acknowledged.add(key);
			if (this.waitsFor > 0 && replicas >= this.waitsFor) this.written.confirmed.add(key);
		}
	}
}

function ioredis(sentinels: readonly Address[], hearsFailovers: boolean): Writer {
	const client = new Redis({
		sentinels: [...sentinels],
		name: groupName,
		failoverDetector: hearsFailovers,
		// What was sent and not answered may or may not have been done: it fails, and is not sent again in parts.
		autoResendUnfulfilledCommands: false,
		maxRetriesPerRequest: 0,
		retryStrategy: () => reconnect_ms,
		sentinelRetryStrategy: () => reconnect_ms,
	});
	let isWanted = true;
	client.on("error", () => {});
	// One that hears of a failover while it looks for the leader gives up for good.
	client.on("end", () => {
		if (isWanted) setTimeout(() => client.connect().catch(() => {}), reconnect_ms);
	});
	return {
		async write(keys, waitsFor) {
			const pipeline = client.pipeline();
			for (const key of keys) pipeline.set(key, key);
			if (waitsFor > 0) pipeline.wait(waitsFor, wait_ms);
			const replies = (await pipeline.exec()) ?? [];
			const failed = replies.find(([error]) => error !== null)?.[0];
			if (failed != null && replies.every(([error]) => error !== null)) throw failed;
			const acknowledged = keys.filter((_, index) => replies[index]?.[1] === "OK");
			return { acknowledged, replicas: waitsFor > 0 ? Number(replies[keys.length]?.[1] ?? 0) : 0 };
		},
		close() {
			isWanted = false;
			client.disconnect();
		},
	};
}

async function nodeRedis(sentinels: readonly Address[]): Promise<Writer> {
	const client = createSentinel({
		name: groupName,
		sentinelRootNodes: sentinels.map(({ host, port }) => ({ host, port })),
		scanInterval: 500,
		nodeClientOptions: { socket: { reconnectStrategy: () => reconnect_ms } },
		sentinelClientOptions: { socket: { reconnectStrategy: () => reconnect_ms } },
	});
	client.on("error", () => {});
	await client.connect();
	return {
		async write(keys, waitsFor) {
			const pipeline = client.multi();
			for (const key of keys) pipeline.set(key, key);
			if (waitsFor > 0) pipeline.addCommand(false, ["WAIT", String(waitsFor), String(wait_ms)]);
			// As a pipeline it is tried again as a whole, never a part of it.
			const replies: unknown[] = await pipeline.execAsPipeline();
			const acknowledged = keys.filter((_, index) => replies[index] === "OK");
			return { acknowledged, replicas: waitsFor > 0 ? Number(replies[keys.length] ?? 0) : 0 };
		},
		close: () => void client.destroy(),
	};
}
