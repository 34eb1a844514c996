/**
 * One server of the comparison as a child process of its own: without persistence and pinned to the servers' core,
 * unless it is started otherwise.
 *
 * Invariant: a server handed out answers PING on a port that was free before it was started, and is still our child;
 * `stop` leaves neither process nor directory behind, but for a directory that was handed to it.
 */
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { makeDirectory, pinnedTo, removeDirectory, spawnChild } from "./processes.ts";

export type SeatName = "subject" | "reference";

/** How to start one of the two servers. */
export interface Seat {
	readonly name: SeatName;
	/** Program and leading arguments; ours are appended. */
	readonly argv: readonly string[];
	readonly core: number | undefined;
	/** Every core the comparison uses, as taskset lists them. */
	readonly allCores: string | undefined;
	readonly firstPort: number;
	readonly lastPort: number;
}

/** What a server is started with beyond what all are. */
export interface StartPlan {
	/** Where it finds data and leaves some; one of its own where left out. */
	readonly directory?: string;
	/** As on its command line, `--name value`; those that depend on the port are made when it is known. */
	readonly directives?: readonly string[] | ((port: number) => readonly string[]);
	/** It may use all cores: where there is other work for a server than requests. */
	readonly isUnpinned?: boolean;
	/** Time between two questions whether it is ready; as short as can be where left out. */
	readonly look_ms?: number;
	readonly patience_ms?: number;
}

const patience_ms = 20_000;
const ticksPerSecond = Number(Bun.spawnSync(["getconf", "CLK_TCK"]).stdout.toString()) || 100;

export class BenchServer implements AsyncDisposable {
	readonly seat: SeatName;
	readonly port: number;
	/** From exec to the first PONG. */
	readonly start_ms: number;
	readonly directory: string;
	private readonly child: Bun.Subprocess;
	private readonly ownsDirectory: boolean;

	private constructor(
		seat: SeatName,
		port: number,
		start_ms: number,
		child: Bun.Subprocess,
		directory: string,
		ownsDirectory: boolean,
	) {
		this.seat = seat;
		this.port = port;
		this.start_ms = start_ms;
		this.directory = directory;
		this.child = child;
		this.ownsDirectory = ownsDirectory;
	}

	static async start(seat: Seat, plan: StartPlan = {}): Promise<BenchServer> {
		const port = await freePort(seat.firstPort, seat.lastPort);
		const ownsDirectory = plan.directory === undefined;
		const directory = plan.directory ?? makeDirectory();
		const logPath = join(directory, "log");
		const log = openSync(logPath, "a");
		const fixed = ["--port", String(port), "--bind", "127.0.0.1", "--dir", directory];
		const { directives: given = ["--save", "", "--appendonly", "no"] } = plan;
		const directives = typeof given === "function" ? given(port) : given;
		const argv = pinnedTo(plan.isUnpinned ? seat.allCores : seat.core, [...seat.argv, ...fixed, ...directives]);
		const begun_ns = Bun.nanoseconds();
		const child = spawnChild(argv, { stdin: "ignore", stdout: log, stderr: log });
		closeSync(log);
		try {
			await firstPong(port, child, plan.look_ms ?? 0, plan.patience_ms ?? patience_ms);
			const start_ms = (Bun.nanoseconds() - begun_ns) / 1e6;
			return new BenchServer(seat.name, port, start_ms, child, directory, ownsDirectory);
		} catch (error) {
			child.kill("SIGKILL");
			await child.exited;
			const said = readFileSync(logPath, "utf8").slice(-2000);
			if (ownsDirectory) removeDirectory(directory);
			throw new Error(`${argv.join(" ")}\n${(error as Error).message}\n${said}`);
		}
	}

	/** Runs one command through redis-cli and returns its raw output; throws where the server replies an error. */
	command(...args: readonly string[]): string {
		const ran = Bun.spawnSync(["redis-cli", "-e", "-p", String(this.port), ...args]);
		const text = ran.stdout.toString().trim();
		if (!ran.success) throw new Error(`${this.seat}: ${args.join(" ")}: ${text}${ran.stderr.toString()}`);
		return text;
	}

	/** A field of INFO, or undefined. */
	info(field: string): string | undefined {
		return new RegExp(`^${field}:(.*?)\\r?$`, "m").exec(this.command("INFO", "everything"))?.[1];
	}

	/** CPU time used since the start by all threads, in user and kernel mode. */
	cpu_us(): number {
		const stat = readFileSync(`/proc/${this.child.pid}/stat`, "utf8");
		const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
		return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1e6;
	}

	residentBytes(): number {
		const status = readFileSync(`/proc/${this.child.pid}/status`, "utf8");
		return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024;
	}

	get pid(): number {
		return this.child.pid;
	}

	/** What it wrote to its log. */
	log(): string {
		return readFileSync(join(this.directory, "log"), "utf8");
	}

	async stop(): Promise<void> {
		this.child.kill("SIGKILL");
		await this.child.exited;
		if (this.ownsDirectory) removeDirectory(this.directory);
	}

	[Symbol.asyncDispose](): Promise<void> {
		return this.stop();
	}
}

async function freePort(first: number, last: number): Promise<number> {
	for (let port = first; port <= last; port++) {
		if ((await ask(port)) === "refused") return port;
	}
	throw new Error(`no free port between ${first} and ${last}`);
}

async function firstPong(port: number, child: Bun.Subprocess, look_ms: number, limit_ms: number): Promise<void> {
	const deadline_ns = Bun.nanoseconds() + limit_ms * 1e6;
	while (Bun.nanoseconds() < deadline_ns) {
		if (child.exitCode !== null || child.signalCode !== null) throw new Error("ended before it answered");
		if ((await ask(port)) === "pong") return;
		await Bun.sleep(look_ms);
	}
	throw new Error(`no PONG within ${limit_ms} ms`);
}

/** Connects, sends PING, and tells what came of it. */
function ask(port: number): Promise<"refused" | "pong" | "other"> {
	const { promise, resolve } = Promise.withResolvers<"refused" | "pong" | "other">();
	const connected = Bun.connect({
		hostname: "127.0.0.1",
		port,
		socket: {
			open: (socket) => {
				socket.write("PING\r\n");
			},
			data: (socket, chunk) => {
				resolve(chunk.toString().startsWith("+PONG") ? "pong" : "other");
				socket.end();
			},
			close: () => resolve("other"),
		},
	});
	connected.catch(() => resolve("refused"));
	return promise;
}
