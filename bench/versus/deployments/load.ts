/**
 * The load process of the rows that redis-benchmark has not: `bun load.ts PLAN`, where PLAN is a LoadPlan as JSON. When all
 * connections are warm it prints "ready" and waits for a line; then it does its work and prints a LoadReport.
 *
 * Invariant: replies have a known length, so that counting bytes is counting replies; one that is longer or shorter, as an
 * error would be, ends the process.
 */
import { readSync, writeSync } from "node:fs";
import { percentile } from "../statistics.ts";
import { encodeCommands, WriteBatch, type WriteCommand } from "../write-batch.ts";
import { CachingReader } from "./caching-reader.ts";
import type { Listeners, LoadPlan, LoadReport } from "./plan.ts";
import { type Reader, Sockets } from "./sockets.ts";

const warmUpShare = 0.05;

/** One connection that writes. */
class Writer implements Reader {
	private readonly crowd: Crowd;
	private readonly descriptor: number;
	private readonly steps: readonly WriteBatch[];
	private step: number;
	private begun_ns: number;
	private missing: number;

	constructor(crowd: Crowd, port: number, steps: readonly WriteBatch[]) {
		this.crowd = crowd;
		this.descriptor = crowd.sockets.connect(port, this);
		this.steps = steps;
		this.step = 0;
		this.begun_ns = 0;
		this.missing = 0;
	}

	begin(): void {
		const { crowd } = this;
		if (crowd.left <= 0) return;
		crowd.left--;
		this.step = 0;
		this.begun_ns = Bun.nanoseconds();
		this.send();
	}

	private send(): void {
		const batch = this.steps[this.step++]!;
		batch.draw();
		this.missing = batch.replyBytes;
		this.crowd.sockets.send(this.descriptor, batch.bytes);
	}

	received(bytes: Uint8Array, length: number): void {
		const { crowd } = this;
		this.missing -= length;
		if (this.missing < 0) throw new Error(`a reply is too long: ${textOf(bytes, length)}`);
		if (this.missing > 0) return;
		if (this.step < this.steps.length) return this.send();
		crowd.latencies_ms[crowd.done++] = (Bun.nanoseconds() - this.begun_ns) / 1e6;
		this.begin();
	}
}

/** All connections that write, and what they have measured. */
class Crowd {
	readonly sockets: Sockets;
	readonly latencies_ms: Float64Array;
	/** Batches to be sent, and answered. */
	left: number;
	done: number;
	private readonly writers: readonly Writer[];
	private readonly batchesMax: number;

	constructor(sockets: Sockets, { port, writers, requests }: LoadPlan) {
		const { connections, request, depth } = writers;
		this.sockets = sockets;
		this.batchesMax = Math.ceil(requests / depth);
		this.latencies_ms = new Float64Array(this.batchesMax);
		this.left = 0;
		this.done = 0;
		this.writers = Array.from({ length: connections }, (_, number) => {
			const own = request.map((step) => step.map((command) => ownWords(command, number)));
			const steps = own.map((step) => new WriteBatch(Array.from({ length: depth }, () => step).flat()));
			return new Writer(this, port, steps);
		});
	}

	/** Sends a share of all batches, and waits until `isQuiet`, too; returns how many batches that were. */
	run(share: number, isQuiet: (batches: number) => boolean): number {
		const batches = Math.max(1, Math.round(this.batchesMax * share));
		this.left = batches;
		this.done = 0;
		for (const writer of this.writers) writer.begin();
		this.sockets.run(() => this.done === batches && isQuiet(batches));
		return batches;
	}
}

function ownWords(command: WriteCommand, connection: number): WriteCommand {
	const number = String(connection).padStart(12, "0");
	return { ...command, args: command.args.map((word) => word.replace("__connection__", number)) };
}

class Audience implements Reader {
	bytes: number;

	constructor() {
		this.bytes = 0;
	}

	received(_bytes: Uint8Array, length: number): void {
		this.bytes += length;
	}

	join(sockets: Sockets, port: number, { connections, hello, helloBytes }: Listeners): void {
		for (let i = 0; i < connections; i++) sockets.send(sockets.connect(port, this), encodeCommands(hello));
		sockets.run(() => this.bytes >= connections * helloBytes);
		this.bytes = 0;
	}
}

function perform(plan: LoadPlan): LoadReport {
	const sockets = new Sockets();
	const { port, writers, listeners } = plan;
	const audience = new Audience();
	if (listeners !== undefined) audience.join(sockets, port, listeners);
	const caching = (plan.cachingClients ?? []).map((client) => new CachingReader(sockets, port, client));
	const crowd = new Crowd(sockets, plan);
	const bytesPerBatch =
		listeners === undefined
			? 0
			: listeners.connections * listeners.messageBytes * listeners.messagesPerRequest * writers.depth;
	const isQuiet = (batches: number) => audience.bytes >= batches * bytesPerBatch;
	crowd.run(warmUpShare, isQuiet);
	audience.bytes = 0;
	for (const reader of caching) reader.invalidated = 0;
	writeSync(1, "ready\n");
	waitForLine();
	const before = process.cpuUsage();
	const begun_ns = Bun.nanoseconds();
	const batches = crowd.run(1, isQuiet);
	const seconds = (Bun.nanoseconds() - begun_ns) / 1e9;
	const { user, system } = process.cpuUsage(before);
	const messages =
		(listeners === undefined ? 0 : audience.bytes / listeners.messageBytes) +
		caching.reduce((sum, reader) => sum + reader.invalidated, 0);
	const seen = crowd.latencies_ms.subarray(0, batches);
	return {
		requests_per_s: (batches * writers.depth) / seconds,
		p50_ms: percentile(seen, 0.5),
		p99_ms: percentile(seen, 0.99),
		p999_ms: percentile(seen, 0.999),
		max_ms: percentile(seen, 1),
		messages_per_s: messages / seconds,
		busy: (user + system) / 1e6 / seconds,
	};
}

function waitForLine(): void {
	const buffer = new Uint8Array(1);
	while (readSync(0, buffer) > 0) if (buffer[0] === 10) return;
}

function textOf(bytes: Uint8Array, length: number): string {
	return Buffer.from(bytes.subarray(Math.max(0, length - 200), length)).toString();
}

if (import.meta.main) {
	const report = perform(JSON.parse(process.argv[2]!) as LoadPlan);
	writeSync(1, `${JSON.stringify(report)}\n`);
	process.exit(0);
}
