/**
 * A server on a folder of data that outlives it, as a process: ours, or a genuine redis-server, which reads and writes the
 * same files. PROGRAM=path in the environment takes a binary for ours.
 *
 * Invariant: a server handed out has loaded what was in its folder; neither process nor connection outlives disposal.
 */
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "./every-type.ts";
import { freePort } from "./program.ts";
import { type Address, encodeCommand, type Frame, WireConnection } from "./wire.ts";

export type ServerMaker = "redis-lite" | "redis-server";

const patience_ms = 30_000;
/** Replies of tens of megabytes take their time. */
const replyPatience_ms = 60_000;
const look_ms = 10;
const source = new URL("../../src/main.ts", import.meta.url).pathname;
const ours = process.env["PROGRAM"] === undefined ? [process.execPath, source] : [process.env["PROGRAM"]];

/** Where it is installed, the kernel ends a server whose test was killed. */
const deathPrefix = Bun.which("setpriv") === null ? [] : ["setpriv", "--pdeathsig", "KILL"];

const running = new Set<Bun.Subprocess>();
process.on("exit", () => {
	for (const child of running) child.kill("SIGKILL");
});

export class DataServer implements AsyncDisposable {
	readonly maker: ServerMaker;
	readonly connection: WireConnection;
	readonly address: Address;
	private readonly child: Bun.Subprocess;

	private constructor(maker: ServerMaker, address: Address, connection: WireConnection, child: Bun.Subprocess) {
		this.maker = maker;
		this.address = address;
		this.connection = connection;
		this.child = child;
	}

	/** `directives` as on a command line; its log goes to a file named `log` in the folder. */
	static async start(maker: ServerMaker, directory: string, directives: readonly string[] = []): Promise<DataServer> {
		const port = freePort();
		const log = join(directory, "log");
		const fixed = ["--port", String(port), "--bind", "127.0.0.1", "--dir", directory, "--save", ""];
		const program = maker === "redis-lite" ? ours : ["redis-server"];
		const output = openSync(log, "a");
		const child = Bun.spawn([...deathPrefix, ...program, ...fixed, "--enable-debug-command", "yes", ...directives], {
			stdin: "ignore",
			stdout: output,
			stderr: output,
		});
		closeSync(output);
		running.add(child);
		void child.exited.then(() => running.delete(child));
		const address = { host: "127.0.0.1", port };
		const connection = await whenReady(address, child);
		if (connection !== undefined) return new DataServer(maker, address, connection, child);
		child.kill("SIGKILL");
		await child.exited;
		throw new Error(`${maker} did not get ready:\n${readFileSync(log, "utf8").slice(-3000)}`);
	}

	/** Its reply; throws where that is an error. */
	async command(...args: Command): Promise<Frame> {
		const [frame] = await this.pipeline([args]);
		return frame!;
	}

	/** The replies, none of which may be an error. */
	async pipeline(commands: readonly Command[]): Promise<Frame[]> {
		const frames = await this.ask(commands);
		for (const [index, frame] of frames.entries()) {
			const text = frame.text();
			if (text.startsWith("-")) throw new Error(`${this.maker}: ${commands[index]!.join(" ").slice(0, 80)}: ${text}`);
		}
		return frames;
	}

	/** The replies, whatever they are. */
	async ask(commands: readonly Command[]): Promise<Frame[]> {
		this.connection.send(Buffer.concat(commands.map((args) => encodeCommand(...args))));
		const frames = await this.connection.receive(commands.length, replyPatience_ms);
		if (frames.length === commands.length) return frames;
		const unanswered = commands[frames.length]!.join(" ").slice(0, 80);
		throw new Error(`${this.maker}: ${this.connection.condition()} to ${unanswered}`);
	}

	async digest(): Promise<string> {
		return (await this.command("DEBUG", "DIGEST")).tree().text;
	}

	async info(field: string): Promise<string> {
		const text = (await this.command("INFO", "persistence")).text();
		return new RegExp(`^${field}:(.*?)\r?$`, "m").exec(text)?.[1] ?? "";
	}

	/** Waits until INFO says so. */
	async until(field: string, value: string): Promise<void> {
		const deadline_ms = Date.now() + patience_ms;
		while ((await this.info(field)) !== value) {
			if (Date.now() > deadline_ms) throw new Error(`${this.maker}: ${field} never was ${value}`);
			await Bun.sleep(look_ms);
		}
	}

	async backgroundSave(): Promise<void> {
		await this.command("BGSAVE");
		await this.until("rdb_bgsave_in_progress", "0");
		const status = await this.info("rdb_last_bgsave_status");
		if (status !== "ok") throw new Error(`${this.maker}: BGSAVE ended with ${status}`);
	}

	async rewriteAppendOnlyFile(): Promise<void> {
		await this.until("aof_rewrite_in_progress", "0");
		await this.command("BGREWRITEAOF");
		await this.until("aof_rewrite_in_progress", "0");
		const status = await this.info("aof_last_bgrewrite_status");
		if (status !== "ok") throw new Error(`${this.maker}: BGREWRITEAOF ended with ${status}`);
	}

	/** Ends as SHUTDOWN NOSAVE does: what is in the append-only file stays there. */
	async shutdown(): Promise<void> {
		this.connection.send(encodeCommand("SHUTDOWN", "NOSAVE"));
		const exitCode = await this.child.exited;
		if (exitCode !== 0) throw new Error(`${this.maker} ended with exit code ${exitCode}`);
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.connection.close();
		this.child.kill("SIGKILL");
		await this.child.exited;
	}
}

/** A connection that is answered with PONG, or undefined where the process ends or that takes too long. */
async function whenReady(address: Address, child: Bun.Subprocess): Promise<WireConnection | undefined> {
	const deadline_ms = Date.now() + patience_ms;
	while (Date.now() < deadline_ms && child.exitCode === null && child.signalCode === null) {
		const connection = await WireConnection.connect(address).catch(() => undefined);
		if (connection !== undefined) {
			connection.send(encodeCommand("PING"));
			const [pong] = await connection.receive(1);
			if (pong?.text() === "+PONG\r\n") return connection;
			connection.close();
		}
		await Bun.sleep(look_ms);
	}
	return undefined;
}
