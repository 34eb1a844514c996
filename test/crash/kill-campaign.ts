/**
 * kill -9 under load, again and again, and each time a look at what is left.
 *
 * A life is one directory and one way to persist; in it the server is started, loaded by several writers at once, killed
 * at a random moment (often while it saves, rewrites, or changes from one set of files to the next), started again on
 * what it left, and asked for everything.
 *
 *     always             nothing that was answered is lost
 *     everysec           nothing that was answered two seconds before is lost
 *     snapshots          the state is that of the last snapshot known to be complete, or of one after it
 *     no                 nothing is kept, so that the campaign must find losses: its canary
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../../src/bytes/random.ts";
import { freePort, local, TemporaryDirectory } from "../support/program.ts";
import { commandText, type Frame, toBytes, WireConnection } from "../support/wire.ts";
import { type Bounds, judge, type Moment, stateFrom, stateQueries, Writer } from "./verdict.ts";

export const persistences = ["always", "everysec", "snapshots"] as const;
export type Persistence = (typeof persistences)[number] | "no";

/** What happens shortly before the kill. */
const incidents = ["nothing", "BGSAVE", "BGREWRITEAOF", "switch", "toggle"] as const;
type Incident = (typeof incidents)[number];

export interface KillOptions {
	/** The server, without its directives. */
	readonly command: readonly string[];
	readonly seed: number;
	readonly kills: number;
	/** Where it is not given: one after the other. */
	readonly persistence?: Persistence;
	/** Milliseconds of answered writes that everysec may lose. */
	readonly everysecLoss_ms: number;
	readonly tell?: (line: string) => void;
}

export interface KillReport {
	readonly kills: number;
	/** Commands answered, all in all. */
	readonly answered: number;
	/** Of these not there afterwards, be it that they need not be. */
	readonly lost: number;
	readonly problems: readonly string[];
}

/** What it promises: a write may wait for a sync that is under way. */
export const EVERYSEC_LOSS_MS = 2000;
const KILLS_PER_LIFE = 5;
const WRITERS = 4;
/** Before anything happens so many commands are answered at most, or so much time goes by. */
const ANSWERS_MAX = 1500;
const LOAD_MS_MAX = 500;

export async function killCampaign(options: KillOptions): Promise<KillReport> {
	const random = new Random(options.seed);
	const problems: string[] = [];
	let kills = 0;
	let answered = 0;
	let lost = 0;
	for (let index = 0; kills < options.kills; index++) {
		const persistence = options.persistence ?? persistences[index % persistences.length]!;
		using life = new Life(options, persistence, new Random(random.below(2 ** 32)));
		for (let count = Math.min(KILLS_PER_LIFE, options.kills - kills); count > 0; count--) {
			const round = await life.round();
			kills++;
			answered += round.answered;
			lost += round.lost;
			options.tell?.(`kill ${kills}: ${round.told}`);
			if (round.problems.length === 0) continue;
			problems.push(...round.problems.map((problem) => `kill ${kills} (${round.told}): ${problem}`));
			return { kills, answered, lost, problems };
		}
	}
	return { kills, answered, lost, problems };
}

interface Round {
	readonly answered: number;
	readonly lost: number;
	readonly problems: readonly string[];
	readonly told: string;
}

class Life implements Disposable {
	private readonly options: KillOptions;
	private readonly persistence: Persistence;
	private readonly random: Random;
	private readonly directory: TemporaryDirectory;
	private readonly directives: readonly string[];
	private readonly writers: readonly Writer[];
	private port: number;
	private child: Bun.Subprocess | null;
	private order: number;
	/** What was answered before must be there, what was sent after `sentBefore` cannot be: orders of moments. */
	private keptBefore: number;
	private sentBefore: number;
	private readonly problems: string[];

	constructor(options: KillOptions, persistence: Persistence, random: Random) {
		this.options = options;
		this.persistence = persistence;
		this.random = random;
		this.directory = new TemporaryDirectory();
		this.directives = directivesOf(persistence, random);
		this.writers = Array.from({ length: WRITERS }, (_, index) => new Writer(this.fork(), `writer${index}`));
		this.port = 0;
		this.child = null;
		this.order = 0;
		this.keptBefore = 0;
		this.sentBefore = Infinity;
		this.problems = [];
	}

	/** Starts, loads, kills, starts again, looks, and ends it. */
	async round(): Promise<Round> {
		const { persistence, random, writers, problems } = this;
		const isSnapshots = persistence === "snapshots";
		const incident: Incident = isSnapshots ? "BGSAVE" : incidents[random.below(incidents.length)]!;
		this.keptBefore = Infinity;
		this.sentBefore = isSnapshots ? 0 : Infinity;
		if (isSnapshots) this.keptBefore = 0;
		const control = await this.start();
		const loading = writers.map((writer) => this.load(writer));
		await this.loaded(random.below(ANSWERS_MAX));
		await this.cause(incident, control);
		this.child!.kill("SIGKILL");
		const killedAt_ms = performance.now();
		await this.child!.exited;
		await Promise.all(loading);
		control.close();
		const answered = writers.reduce((sum, writer) => sum + writer.answeredAt.length, 0);
		const verdict = await this.look(killedAt_ms);
		const sent = writers.reduce((sum, writer) => sum + writer.sent.length, 0);
		for (const [index, writer] of writers.entries()) writer.goOnFrom(verdict.counts[index]!);
		const told = `${persistence}, ${incident}, ${sent} sent, ${answered} answered, ${verdict.lost} not kept`;
		return { answered, lost: verdict.lost, problems: [...problems, ...verdict.problems], told };
	}

	[Symbol.dispose](): void {
		this.child?.kill("SIGKILL");
		this.directory[Symbol.dispose]();
	}

	private fork(): Random {
		return new Random(this.random.below(2 ** 32));
	}

	private moment(): Moment {
		return { at_ms: performance.now(), order: ++this.order };
	}

	/** Returns a connection once it answers. */
	private async start(): Promise<WireConnection> {
		this.port = freePort();
		const address = ["--port", String(this.port), "--bind", "127.0.0.1", "--dir", this.directory.path];
		const output = Bun.file(this.directory.join("log"));
		this.child = Bun.spawn([...this.options.command, ...address, ...this.directives], {
			stdin: "ignore",
			stdout: output,
			stderr: output,
			env: { ...process.env, NOTIFY_SOCKET: undefined },
		});
		const { child } = this;
		for (;;) {
			if (child.exitCode !== null) throw new Error(`it does not start:\n${readFileSync(this.directory.join("log"))}`);
			const connection = await WireConnection.connect(local(this.port)).catch(() => null);
			if (connection !== null) {
				const pong = await connection.command("PING").catch(() => null);
				if (pong?.text() === "+PONG\r\n") return connection;
				connection.close();
			}
			await Bun.sleep(3);
		}
	}

	/** Writes until the connection is gone. */
	private async load(writer: Writer): Promise<void> {
		const random = this.fork();
		const connection = await WireConnection.connect(local(this.port)).catch(() => null);
		while (connection !== null && !connection.closed) {
			let text = "";
			const count = 1 + random.below(random.below(2) === 0 ? 3 : 40);
			for (let index = 0; index < count; index++) text += commandText(writer.send(this.moment()));
			connection.send(toBytes(text));
			const replies = await connection.receive(count);
			for (const reply of replies) this.note(writer, reply);
			if (replies.length < count && !connection.closed) {
				this.problems.push(`${writer.name}: ${connection.condition()}`);
				break;
			}
		}
		connection?.close();
	}

	/** Waits until so many commands are answered. */
	private async loaded(count: number): Promise<void> {
		const answered = () => this.writers.reduce((sum, writer) => sum + writer.answeredAt.length, 0);
		const deadline_ms = performance.now() + LOAD_MS_MAX;
		while (answered() < count && performance.now() < deadline_ms) await Bun.sleep(2);
	}

	private note(writer: Writer, reply: Frame): void {
		writer.answered(this.moment());
		const text = reply.bytes[0] === 0x2d ? reply.text() : "";
		if (text !== "" && text !== "-ERR no such key\r\n") this.problems.push(`${writer.name} was told ${text}`);
	}

	/** Lets it happen, and waits for a random moment of it. */
	private async cause(incident: Incident, control: WireConnection): Promise<void> {
		const { random } = this;
		switch (incident) {
			case "nothing":
				return;
			case "BGSAVE":
				await this.save(control);
				return;
			case "BGREWRITEAOF":
				await this.ask(control, "BGREWRITEAOF");
				await Bun.sleep(random.below(60));
				return;
			case "switch":
				await this.ask(control, "BGREWRITEAOF");
				this.watchFiles(1 + random.below(6));
				return;
			case "toggle":
				await this.toggle(control);
		}
	}

	/** One snapshot that is waited for, now and then, and one that perhaps is still at work. */
	private async save(control: WireConnection): Promise<void> {
		const { random } = this;
		if (random.below(2) === 0) {
			const { order } = this.moment();
			await this.ask(control, "BGSAVE");
			const end = this.moment().order;
			await this.settled(control, "rdb_bgsave_in_progress:0");
			if (this.persistence === "snapshots") {
				this.keptBefore = order;
				this.sentBefore = end;
			}
			await Bun.sleep(random.below(50));
		}
		await this.ask(control, "BGSAVE");
		if (this.persistence === "snapshots") this.sentBefore = this.moment().order;
		await Bun.sleep(random.below(40));
	}

	/** Off and on again: what is written meanwhile is only kept once the new file is complete. */
	private async toggle(control: WireConnection): Promise<void> {
		const { random } = this;
		this.keptBefore = this.moment().order;
		await this.ask(control, "CONFIG", "SET", "appendonly", "no");
		await Bun.sleep(random.below(20));
		await this.ask(control, "CONFIG", "SET", "appendonly", "yes");
		if (random.below(2) === 0) {
			await this.settled(control, "aof_rewrite_in_progress:0", "aof_rewrite_scheduled:0");
			this.keptBefore = Infinity;
		}
		await Bun.sleep(random.below(40));
	}

	private async ask(control: WireConnection, ...words: readonly string[]): Promise<void> {
		const reply = (await control.command(...words)).text();
		if (reply.startsWith("-")) this.problems.push(`${words.join(" ")}: ${reply}`);
	}

	/** Waits until INFO persistence has these lines, and nothing failed. */
	private async settled(control: WireConnection, ...lines: readonly string[]): Promise<void> {
		for (;;) {
			const info = (await control.command("INFO", "persistence")).text();
			if (/_status:(?!ok)/.test(info)) this.problems.push(`INFO says ${/\w+_status:(?!ok).*/.exec(info)}`);
			if (lines.every((line) => info.includes(line))) return;
			await Bun.sleep(2);
		}
	}

	/** Waits, without letting anything else happen here, until the names of its files have changed so many times. */
	private watchFiles(changes: number): void {
		const folder = this.directory.join("appendonlydir");
		const names = () => readdirSync(folder).sort().join(" ");
		const deadline_ms = performance.now() + 100;
		let last = names();
		for (let left = changes; left > 0 && performance.now() < deadline_ms; ) {
			const next = names();
			if (next !== last) left--;
			last = next;
		}
	}

	/** Starts it again, and reads and judges everything it has. */
	private async look(killedAt_ms: number) {
		const { writers, persistence, options } = this;
		const control = await this.start();
		const keys = (await control.command("KEYS", "*")).tree().items.map((item) => item.text);
		const queries = stateQueries(keys);
		control.send(toBytes(queries.map(commandText).join("")));
		const replies = await control.receive(queries.length);
		if (replies.length < queries.length) throw new Error(`the state cannot be read: ${control.condition()}`);
		const state = stateFrom(
			keys,
			replies.map((reply) => reply.tree()),
		);
		const safe_ms = persistence === "everysec" ? killedAt_ms - options.everysecLoss_ms : Infinity;
		const bounds: Bounds = {
			isKept: ({ at_ms, order }) => order < this.keptBefore && at_ms < safe_ms,
			orderEnd: this.sentBefore,
			now_ms: Date.now(),
		};
		const verdict = judge(writers, state, bounds);
		control.close();
		this.child!.kill("SIGKILL");
		await this.child!.exited;
		return { ...verdict, problems: [...verdict.problems, ...this.checkFiles()] };
	}

	/** What Redis's own tools say of the files, where there are any. */
	private checkFiles(): string[] {
		const { path } = this.directory;
		const checks: [string, string][] = [
			["redis-check-rdb", join(path, "dump.rdb")],
			["redis-check-aof", join(path, "appendonlydir", "appendonly.aof.manifest")],
		];
		return checks.flatMap(([tool, file]) => {
			if (!existsSync(file) || Bun.which(tool) === null) return [];
			const ran = Bun.spawnSync([tool, file]);
			return ran.exitCode === 0 ? [] : [`${tool} refuses ${file}: ${ran.stdout}${ran.stderr}`];
		});
	}
}

function directivesOf(persistence: Persistence, random: Random): readonly string[] {
	const common = ["--save", "", "--auto-aof-rewrite-percentage", "0"];
	if (persistence === "snapshots" || persistence === "no") return [...common, "--appendonly", "no"];
	const preamble = random.below(3) === 0 ? "no" : "yes";
	return [...common, "--appendonly", "yes", "--appendfsync", persistence, "--aof-use-rdb-preamble", preamble];
}
