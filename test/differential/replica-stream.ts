/**
 * What a master sends to its replicas, read by one that keeps nothing: the commands behind the full copy, as they come.
 *
 * Invariant: `take` returns whole commands, all that the master has fed into its stream up to then.
 */
import type { RedisLite } from "../../src/index.ts";
import { RedisServer } from "../support/redis-server.ts";
import { type Address, encodeCommand, WireConnection } from "../support/wire.ts";

const PATIENCE_MS = 10_000;

/** Directives of a master that sends nothing but what its commands did, at once. */
export const quietMaster: readonly string[] = [
	...["--repl-ping-replica-period", "3600", "--repl-timeout", "36000"],
	...["--repl-diskless-sync-delay", "0", "--client-output-buffer-limit", "replica 0 0 0"],
];

/** The same of ours. */
export const streamDirectives = {
	port: 0,
	save: "",
	"enable-debug-command": "yes",
	"repl-ping-replica-period": "3600",
	"repl-timeout": "36000",
	"repl-diskless-sync-delay": "0",
	"client-output-buffer-limit": "replica 0 0 0",
} as const;

export class ReplicaStream implements Disposable {
	/** Of the master's history, where what was received so far ends. */
	private offset: number;
	private received: Buffer[];
	/** Bytes of the copy still to come; NaN where its length is not known yet. */
	private copyLeft: number;
	private head: Buffer;
	private socket: Bun.Socket | undefined;
	private readonly inspector: WireConnection;
	private wake: (() => void) | undefined;

	private constructor(inspector: WireConnection) {
		this.offset = 0;
		this.received = [];
		this.copyLeft = NaN;
		this.head = Buffer.alloc(0);
		this.inspector = inspector;
		this.wake = undefined;
	}

	/** Becomes a replica of a server and waits for the end of the copy. */
	static async of(address: Address): Promise<ReplicaStream> {
		const stream = new ReplicaStream(await WireConnection.connect(address));
		stream.socket = await Bun.connect({
			hostname: address.host,
			port: address.port,
			socket: { data: (_socket, chunk) => stream.accept(Buffer.from(chunk)) },
		});
		stream.socket.write(encodeCommand("PSYNC", "?", "-1"));
		await stream.until(() => stream.copyLeft === 0);
		return stream;
	}

	private accept(chunk: Buffer): void {
		if (this.copyLeft === 0) {
			this.offset += chunk.length;
			this.received.push(chunk);
		} else this.acceptCopy(chunk);
		this.wake?.();
	}

	/** "+FULLRESYNC id offset", empty lines while the master works, "$length", and the copy. */
	private acceptCopy(chunk: Buffer): void {
		let rest = chunk;
		if (Number.isNaN(this.copyLeft)) {
			this.head = Buffer.concat([this.head, chunk]);
			const match = /^\+FULLRESYNC [0-9a-f]{40} (\d+)\r\n\n*\$(\d+)\r\n/.exec(this.head.toString("latin1"));
			if (match === null) return;
			this.offset = Number(match[1]);
			this.copyLeft = Number(match[2]);
			rest = this.head.subarray(match[0].length);
		}
		const taken = Math.min(rest.length, this.copyLeft);
		this.copyLeft -= taken;
		if (taken < rest.length) this.accept(rest.subarray(taken));
	}

	private async until(condition: () => boolean): Promise<void> {
		const patience = setTimeout(() => this.wake?.(), PATIENCE_MS);
		const since_ms = Date.now();
		while (!condition()) {
			if (Date.now() - since_ms >= PATIENCE_MS) throw new Error(`nothing more came behind ${this.offset} bytes`);
			await new Promise<void>((resolve) => {
				this.wake = resolve;
			});
		}
		clearTimeout(patience);
	}

	/** What came since the last call. */
	async take(): Promise<Buffer> {
		const info = (await this.inspector.command("INFO", "replication")).text();
		const fed = Number(/master_repl_offset:(\d+)/.exec(info)![1]);
		await this.until(() => this.offset >= fed);
		if (this.offset !== fed) throw new Error(`${this.offset} bytes came, and ${fed} were sent`);
		const bytes = Buffer.concat(this.received);
		this.received = [];
		return bytes;
	}

	[Symbol.dispose](): void {
		this.socket?.terminate();
		this.inspector.close();
	}
}

/** A genuine master and what it sends. */
export class ReferenceStream implements AsyncDisposable {
	readonly server: RedisServer;
	private readonly stream: ReplicaStream;

	private constructor(server: RedisServer, stream: ReplicaStream) {
		this.server = server;
		this.stream = stream;
	}

	static async start(directives: readonly string[] = []): Promise<ReferenceStream> {
		const server = await RedisServer.start([...quietMaster, "--enable-debug-command", "yes", ...directives]);
		return new ReferenceStream(server, await ReplicaStream.of(server));
	}

	take(): Promise<Buffer> {
		return this.stream.take();
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.stream[Symbol.dispose]();
		await this.server.stop();
	}
}

/** What one of ours in this process sends. */
export function subjectStream(server: RedisLite): Promise<ReplicaStream> {
	return ReplicaStream.of({ host: "127.0.0.1", port: server.port });
}
