/**
 * Effects of both servers, side by side: what a genuine redis-server wrote into its append-only file since the last look,
 * and what ours has told meanwhile, command by command.
 *
 * Invariant: keys whose time is over go when somebody meets them and never by themselves, so that the order of effects is
 * that of the commands. Numbers that are moments, and ids of streams made of them, may lie a few seconds from each other.
 */
import { closeSync, fstatSync, mkdtempSync, openSync, readdirSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RedisLite } from "../../src/index.ts";
import { type Effects, FOR_FILE } from "../../src/keyspace/effects.ts";
import { describeCommand } from "../support/quoting.ts";
import { RedisServer } from "../support/redis-server.ts";
import { parseRequests } from "../support/requests.ts";
import { type Commands, type EffectAllowance, effectAllowances } from "./allowed-effects.ts";

/** An effect and the database it is for. */
export interface Effect {
	readonly database: number;
	readonly args: readonly string[];
}

/** Directives of a reference that writes down its effects at once, in `directory`. */
export function appendOnly(directory: string): string[] {
	const always = ["--appendonly", "yes", "--appendfsync", "always", "--aof-use-rdb-preamble", "no"];
	return ["--dir", directory, ...always, "--auto-aof-rewrite-percentage", "0"];
}

/** Effects as they come from a stream of commands; the database lasts from one piece of it to the next. */
export class EffectReader {
	private database: number;
	private readonly keepsSelect: boolean;

	/** SELECT is an effect among the others, or only told by their databases. */
	constructor(keepsSelect: boolean) {
		this.database = 0;
		this.keepsSelect = keepsSelect;
	}

	/** Of whole commands. */
	read(bytes: Buffer): Effect[] {
		const effects: Effect[] = [];
		for (const args of parseRequests(bytes)) {
			if (args[0] === "SELECT") this.database = Number(args[1]);
			const isBracket = args[0] === "MULTI" || args[0] === "EXEC";
			if (args[0] === "SELECT" && !this.keepsSelect) continue;
			// A master greets its replicas.
			if (args.length === 1 && args[0]!.toLowerCase() === "ping") continue;
			effects.push({ database: isBracket ? 0 : this.database, args });
		}
		return effects;
	}
}

/** A genuine server whose effects can be read. */
export class ReferenceEffects implements AsyncDisposable {
	readonly server: RedisServer;
	private readonly directory: string;
	private readonly file: number;
	private position: number;

	private constructor(server: RedisServer, directory: string) {
		this.server = server;
		this.directory = directory;
		const folder = join(directory, "appendonlydir");
		const name = readdirSync(folder).find((file) => file.endsWith(".incr.aof"))!;
		this.file = openSync(join(folder, name), "r");
		this.position = 0;
	}

	static async start(directives: readonly string[] = []): Promise<ReferenceEffects> {
		const directory = mkdtempSync(join(tmpdir(), "redis-lite-effects-"));
		const server = await RedisServer.start([...appendOnly(directory), ...directives]);
		return new ReferenceEffects(server, directory);
	}

	/** What came since the last call. */
	take(): Buffer {
		const bytes = Buffer.alloc(fstatSync(this.file).size - this.position);
		let done = 0;
		while (done < bytes.length) done += readSync(this.file, bytes, done, bytes.length - done, this.position + done);
		this.position += bytes.length;
		return bytes;
	}

	async [Symbol.asyncDispose](): Promise<void> {
		closeSync(this.file);
		await this.server.stop();
		rmSync(this.directory, { recursive: true, force: true });
	}
}

/** The effects of one of ours in this process, from now on. */
export class SubjectEffects {
	private readonly effects: Effects;
	/** What the server has taken before us. */
	private taken: Buffer[];

	private readonly audience: number;

	/** Those for a file, or for replicas. */
	constructor(server: RedisLite, audience = FOR_FILE) {
		// A test looks inside.
		this.effects = server["server"].keyspace.effects;
		this.audience = audience;
		this.effects.want(audience, true);
		this.taken = [];
		const clear = this.effects.clear.bind(this.effects);
		this.effects.clear = () => {
			this.taken.push(this.waiting());
			clear();
		};
	}

	private waiting(): Buffer {
		const part = this.effects.partFor(this.audience);
		return Buffer.from(part.slice(0, this.effects.partLength));
	}

	take(): Buffer {
		this.effects.clear();
		const bytes = Buffer.concat(this.taken);
		this.taken = [];
		return bytes;
	}
}

/** Where effects are read: those since the last call. */
export interface Telling {
	take(): Buffer | Promise<Buffer>;
}

export interface EffectDifference {
	/** Words of the first differing effects, among them their keys. */
	readonly keys: readonly string[];
	readonly expected: string;
	readonly actual: string;
}

export class EffectWatch {
	/** How often each allowed difference occurred. */
	readonly allowed: Map<EffectAllowance, number>;
	/** Effects that both servers told. */
	count: number;
	/** All that the subject told. */
	readonly pieces: Buffer[];
	private readonly reference: Telling;
	private readonly subject: Telling;
	private readonly readers: readonly [EffectReader, EffectReader];

	constructor(reference: Telling, subject: Telling, comparesSelect = false) {
		this.allowed = new Map();
		this.count = 0;
		this.pieces = [];
		this.reference = reference;
		this.subject = subject;
		this.readers = [new EffectReader(comparesSelect), new EffectReader(comparesSelect)];
	}

	private async take(): Promise<[Effect[], Effect[]]> {
		const piece = await this.subject.take();
		this.pieces.push(piece);
		return [this.readers[0].read(await this.reference.take()), this.readers[1].read(piece)];
	}

	/** Forgets what was told so far. */
	async skip(): Promise<void> {
		await this.take();
	}

	/** Where the effects since the last call differ, for no allowed reason, after these commands. */
	async compare(commands: Commands): Promise<EffectDifference | undefined> {
		const [expected, actual] = await this.take();
		this.count += expected.length;
		for (let at = 0; at < Math.max(expected.length, actual.length); ) {
			if (sameEffect(expected[at], actual[at])) at++;
			else if (!this.repair(commands, expected, actual, at)) {
				const keys = [expected[at], actual[at]].flatMap((effect) => effect?.args.slice(1, 4) ?? []);
				return { keys, expected: around(expected, at), actual: around(actual, at) };
			}
		}
		return undefined;
	}

	/** Makes the two alike at a place where an allowed difference begins; false where there is none. */
	private repair(commands: Commands, expected: Effect[], actual: Effect[], at: number): boolean {
		const allowance = effectAllowances.find((candidate) => candidate.repair(commands, expected, actual, at));
		if (allowance === undefined) return false;
		this.allowed.set(allowance, (this.allowed.get(allowance) ?? 0) + 1);
		return true;
	}
}

export function sameEffect(left: Effect | undefined, right: Effect | undefined): boolean {
	if (left === undefined || right === undefined || left.database !== right.database) return false;
	return left.args.length === right.args.length && left.args.every((word, i) => sameWord(word, right.args[i]!));
}

const tolerance_ms = 5000;

function sameWord(left: string, right: string): boolean {
	if (left === right) return true;
	const [leftMoment, leftRest] = momentOf(left);
	const [rightMoment, rightRest] = momentOf(right);
	// Beyond 2^53 deadlines are rounded.
	const rounding_ms = 2 ** -52 * leftMoment;
	return leftRest === rightRest && Math.abs(leftMoment - rightMoment) <= Math.max(tolerance_ms, rounding_ms);
}

/** Milliseconds since 1970 at the start of a word, as a deadline or an id of a stream has them, and what follows. */
function momentOf(word: string): [number, string] {
	const match = /^(\d{13,19})(-\d+)?$/.exec(word);
	if (match === null) return [NaN, word];
	// Within which millisecond the server came by decides about the second number, too.
	const isNow = match[1]!.length === 13 && match[2] !== undefined;
	return [Number(match[1]), isNow ? "-" : (match[2] ?? "")];
}

const shown = 6;

/** The effects at and behind a place, a few before it. */
function around(effects: readonly Effect[], at: number): string {
	const print = (effect: Effect | undefined): string => {
		if (effect === undefined) return "(no more)";
		return `${effect.database}: ${describeCommand(effect.args)}`;
	};
	const before = effects.slice(Math.max(0, at - 2), at).map(print);
	const behind = effects.slice(at + 1, at + shown).map(print);
	return [...before, `> ${print(effects[at])}`, ...behind].join(" | ");
}
