/**
 * A genuine redis-server as a child process: the reference of the differential tests.
 *
 * Invariant: a server handed out is the one we started (its own log said it is ready), on a port nobody else has, with
 * an empty directory of its own, and neither process nor directory outlives `stop` or this process.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Address } from "./wire.ts";

/** Ports searched for a free one, both inclusive. */
export interface PortRange {
	readonly first: number;
	readonly last: number;
}

export const defaultPorts: PortRange = { first: 7401, last: 7419 };

export function hasRedisServer(): boolean {
	return Bun.which("redis-server") !== null;
}

export const missingRedisServer =
	"redis-server is not installed: nothing to compare with (apt-get install redis-server)";

/** Running ones, so that none outlives a process that ends without `stop`. */
const running = new Set<RedisServer>();
process.on("exit", () => {
	for (const server of running) server.abandon();
});

export class RedisServer implements AsyncDisposable, Address {
	readonly host: string;
	readonly port: number;
	private readonly child: Bun.Subprocess;
	private readonly directory: string;

	private constructor(port: number, child: Bun.Subprocess, directory: string) {
		this.host = "127.0.0.1";
		this.port = port;
		this.child = child;
		this.directory = directory;
	}

	/** Starts one without persistence; `args` are further directives as on redis-server's command line. */
	static async start(args: readonly string[] = [], ports: PortRange = defaultPorts): Promise<RedisServer> {
		const span = ports.last - ports.first + 1;
		const offset = process.pid % span;
		let log = "";
		for (let attempt = 0; attempt < span; attempt++) {
			const port = ports.first + ((offset + attempt) % span);
			const directory = mkdtempSync(join(tmpdir(), "redis-lite-reference-"));
			const child = spawnServer(port, directory, args);
			const outcome = await readiness(child);
			if (outcome.ready) {
				const server = new RedisServer(port, child, directory);
				running.add(server);
				return server;
			}
			child.kill("SIGKILL");
			await child.exited;
			rmSync(directory, { recursive: true, force: true });
			log = outcome.log;
			if (!/address already in use/i.test(log)) break;
		}
		throw new Error(`redis-server did not start on ports ${ports.first}-${ports.last}:\n${log}`);
	}

	async stop(): Promise<void> {
		this.abandon();
		await this.child.exited;
	}

	/** Like `stop`, without waiting for the process to be gone. */
	abandon(): void {
		running.delete(this);
		this.child.kill("SIGKILL");
		rmSync(this.directory, { recursive: true, force: true });
	}

	[Symbol.asyncDispose](): Promise<void> {
		return this.stop();
	}
}

function spawnServer(port: number, directory: string, args: readonly string[]) {
	const fixed = ["--bind", "127.0.0.1", "--dir", directory, "--save", "", "--appendonly", "no"];
	return Bun.spawn(
		["redis-server", "--port", String(port), ...fixed, "--enable-debug-command", "yes", "--daemonize", "no", ...args],
		{ stdin: "ignore", stdout: "pipe", stderr: "pipe" },
	);
}

/** Reads the child's log until it is ready or gone; afterwards the log is read to nowhere so that it never blocks. */
async function readiness(child: Bun.Subprocess<"ignore", "pipe", "pipe">): Promise<{ ready: boolean; log: string }> {
	const reader = child.stdout.getReader();
	const decoder = new TextDecoder();
	let log = "";
	for (;;) {
		const { value, done } = await reader.read();
		if (done) return { ready: false, log: log + (await new Response(child.stderr).text()) };
		log += decoder.decode(value, { stream: true });
		if (log.includes("Ready to accept connections")) {
			void discard(reader);
			return { ready: true, log };
		}
	}
}

async function discard(reader: { read(): Promise<{ done: boolean }> }): Promise<void> {
	while (!(await reader.read()).done);
}
