/**
 * One server of a group of replicating ones, as a process on a folder of its own: ours, or a genuine redis-server. It can
 * be stopped, killed, frozen and started again on the same port and folder. PROGRAM=path takes a binary for ours.
 *
 * Invariant: what was said to its log stays to be read, whatever became of the process; none outlives disposal.
 */
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ServerMaker } from "../../support/data-server.ts";
import type { Command } from "../../support/every-type.ts";
import { freePort, program } from "../../support/program.ts";
import { type Address, encodeCommand, type Frame, WireConnection } from "../../support/wire.ts";

const patience_ms = 60_000;
const look_ms = 10;

const running = new Set<Bun.Subprocess>();
process.on("exit", () => {
	for (const child of running) child.kill("SIGKILL");
});
/** Where it is installed, the kernel ends a server whose test was killed. */
const deathPrefix = Bun.which("setpriv") === null ? [] : ["setpriv", "--pdeathsig", "KILL"];

const debugging: readonly string[] = ["--enable-debug-command", "yes"];

/** Lines of a log that no run may leave behind. */
const alarming =
	/CRITICAL|internal error|Internal error|BUG REPORT|Assertion|crashed|Guru|DENIED|Protocol error|desync/;

export interface NodeSettings {
	readonly maker: ServerMaker;
	/** A folder that is made for it alone. */
	readonly directory: string;
	/** As on a command line. */
	readonly directives?: readonly string[];
	/** Of the default user. */
	readonly password?: string;
	/** The lines of a configuration file, which CONFIG REWRITE may change and each start reads again. */
	readonly configuration?: readonly string[];
}

export class ServerNode implements AsyncDisposable {
	readonly maker: ServerMaker;
	readonly address: Address;
	readonly directory: string;
	/** Used at the next start. */
	directives: readonly string[];
	connection: WireConnection;
	private readonly password: string;
	/** The file that goes before all directives, if there is one. */
	private readonly configurationFile: readonly string[];
	private child: Bun.Subprocess | null;

	private constructor(settings: NodeSettings, port: number) {
		const { maker, directory, directives = [], password = "", configuration } = settings;
		this.maker = maker;
		this.address = { host: "127.0.0.1", port };
		this.directory = directory;
		this.directives = directives;
		this.password = password;
		this.configurationFile = configuration === undefined ? [] : [join(directory, "redis.conf")];
		this.child = null;
		this.connection = undefined as unknown as WireConnection;
	}

	static async start(settings: NodeSettings): Promise<ServerNode> {
		mkdirSync(settings.directory, { recursive: true });
		const node = new ServerNode(settings, freePort());
		for (const file of node.configurationFile) writeFileSync(file, `${settings.configuration!.join("\n")}\n`);
		await node.start();
		return node;
	}

	get name(): string {
		return `${this.maker}:${this.address.port}`;
	}

	get pid(): number {
		return this.child?.pid ?? 0;
	}

	isRunning(): boolean {
		return this.child !== null && this.child.exitCode === null && this.child.signalCode === null;
	}

	/** On the same port and folder as before. */
	async start(): Promise<void> {
		const output = openSync(this.logFile(), "a");
		const own = ["--port", String(this.address.port), "--bind", "127.0.0.1", "--dir", this.directory, "--save", ""];
		const command = this.maker === "redis-lite" ? program : ["redis-server"];
		const all = [...deathPrefix, ...command, ...this.configurationFile, ...own, ...debugging, ...this.directives];
		const child = Bun.spawn(all, { stdin: "ignore", stdout: output, stderr: output });
		closeSync(output);
		this.child = child;
		running.add(child);
		void child.exited.then(() => running.delete(child));
		await this.ready(child);
	}

	/** A connection of its own, logged in. */
	async connect(): Promise<WireConnection> {
		const connection = await WireConnection.connect(this.address);
		if (this.password !== "") await connection.command("AUTH", this.password);
		return connection;
	}

	/** Another connection in place of the one that somebody has closed. */
	async reconnect(): Promise<void> {
		this.connection.close();
		this.connection = await this.connect();
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
			if (text.startsWith("-")) throw new Error(`${this.name}: ${describe(commands[index]!)}: ${text.trim()}`);
		}
		return frames;
	}

	/** The replies, whatever they are. */
	async ask(commands: readonly Command[]): Promise<Frame[]> {
		this.connection.send(Buffer.concat(commands.map((args) => encodeCommand(...args))));
		const frames = await this.connection.receive(commands.length, patience_ms);
		if (frames.length === commands.length) return frames;
		const end = this.log().split("\n").slice(-60).join("\n");
		throw new Error(`${this.name}: ${this.connection.condition()} to ${describe(commands[frames.length]!)}\n${end}`);
	}

	async digest(): Promise<string> {
		return (await this.command("DEBUG", "DIGEST")).tree().text;
	}

	/** All fields of some sections of INFO. */
	async info(...sections: readonly string[]): Promise<ReadonlyMap<string, string>> {
		const text = (await this.command("INFO", ...sections)).tree().text;
		return new Map(
			text
				.split("\r\n")
				.filter((line) => line.includes(":"))
				.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]),
		);
	}

	/** A number that INFO tells; NaN where it does not. */
	async count(field: string): Promise<number> {
		return Number((await this.info("everything")).get(field) ?? "none");
	}

	log(): string {
		return readFileSync(this.logFile(), "utf8");
	}

	/** Lines of its log that tell of a defect. */
	alarms(): string[] {
		return this.log()
			.split("\n")
			.filter((line) => alarming.test(line));
	}

	/** Bytes of memory it has in the machine. */
	resident_bytes(): number {
		const pages = readFileSync(`/proc/${this.pid}/statm`, "latin1").split(" ")[1];
		return Number(pages) * 4096;
	}

	signal(name: NodeJS.Signals): void {
		this.child?.kill(name);
	}

	/** Ends it at once, and waits until it is gone. */
	async kill(): Promise<void> {
		this.connection.close();
		this.child?.kill("SIGKILL");
		await this.child?.exited;
	}

	/** Ends it as SHUTDOWN with these words does, and waits until it is gone. */
	async shutdown(...words: readonly string[]): Promise<void> {
		this.connection.send(encodeCommand("SHUTDOWN", ...words));
		const end = await Promise.race([this.child!.exited, Bun.sleep(patience_ms).then(() => "never")]);
		if (end !== 0) throw new Error(`${this.name} ended with ${end}:\n${this.log().split("\n").slice(-15).join("\n")}`);
		this.connection.close();
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.connection.close();
		this.signal("SIGCONT");
		this.child?.kill("SIGKILL");
		await this.child?.exited;
	}

	private logFile(): string {
		return join(this.directory, "log");
	}

	private async ready(child: Bun.Subprocess): Promise<void> {
		const deadline_ms = Date.now() + patience_ms;
		while (Date.now() < deadline_ms && child.exitCode === null && child.signalCode === null) {
			const connection = await this.connect().catch(() => undefined);
			if (connection !== undefined) {
				connection.send(encodeCommand("PING"));
				const [pong] = await connection.receive(1);
				if (/^(\+PONG|-MASTERDOWN)/.test(pong?.text() ?? "")) {
					this.connection = connection;
					return;
				}
				connection.close();
			}
			await Bun.sleep(look_ms);
		}
		throw new Error(`${this.name} did not get ready:\n${this.log().slice(-3000)}`);
	}
}

const describe = (command: Command): string => command.join(" ").slice(0, 80);
