/**
 * The proof that a snapshot is what the data was when it began, whatever is written until it ends. In virtual time, so that
 * a seed is enough to see a failure again.
 *
 * A round: random writes; then the content at once, for comparison, and a snapshot, piece by piece, with random writes and
 * moments that pass between any two pieces. Then all must be the same, deadlines and groups of streams included.
 *
 * A round through a file: the same with BGSAVE, whose file another server loads, at the moment of the BGSAVE.
 */
import { latin1 } from "../../../src/bytes/ascii.ts";
import { KeyspaceSnapshot } from "../../../src/keyspace/keyspace-snapshot.ts";
import type { Server } from "../../../src/server/server.ts";
import { FakeConnection } from "../../support/connections.ts";
import type { Command } from "../../support/every-type.ts";
import { frameEnd, parseReply, type Reply } from "../../support/reply.ts";
import { words } from "../../support/same-data.ts";
import { SnapshotContent } from "../../support/snapshot-content.ts";
import { VirtualMachine } from "../../support/virtual-machine.ts";
import { commandText, toBytes } from "../../support/wire.ts";
import { flushAll, foundation, type Scale, Writes } from "./writes.ts";

export interface ExactnessOptions {
	readonly seed: number;
	readonly rounds: number;
	readonly scale: Scale;
	/** Through a file. */
	readonly isSaved?: boolean;
}

export interface ExactnessResult {
	readonly rounds: number;
	readonly commands: number;
	/** Keys compared, of all rounds. */
	readonly keys: number;
	/** Pieces between which commands were executed. */
	readonly pieces: number;
}

const databasesInUse = ["0", "0", "1", "2"];
/** A share of so many rounds begins from nothing. */
const flushEvery = 8;
const reloadEvery = 4;
const factsOfKey = 5;
/** What copying a piece takes: longer than the server copies in one go, so that something comes between any two. */
const piece_us = 1000;
const shownMax = 300;

export function proveExactness({ seed, rounds, scale, isSaved = false }: ExactnessOptions): ExactnessResult {
	const bench = new Bench(seed, scale);
	try {
		for (let round = 0; round < rounds; round++) {
			if (isSaved) bench.roundThroughFile(round);
			else bench.round(round);
		}
		const { commands, keys, pieces } = bench;
		return { rounds, commands, keys, pieces };
	} finally {
		bench.server.stop();
	}
}

export class Bench {
	readonly machine: VirtualMachine;
	readonly server: Server;
	readonly writes: Writes;
	commands: number;
	keys: number;
	pieces: number;
	private spent_us: number;
	private readonly seed: number;
	private readonly scale: Scale;
	/** One for each of `databasesInUse`. */
	private readonly streams: FakeConnection[];

	constructor(seed: number, scale: Scale) {
		this.machine = new VirtualMachine(seed);
		this.server = this.machine.start("enable-debug-command yes");
		const { time } = this.machine;
		time.monotonic_us = () => time.now_us() + this.spent_us;
		this.writes = new Writes(seed, scale);
		this.commands = 0;
		this.keys = 0;
		this.pieces = 0;
		this.spent_us = 0;
		this.seed = seed;
		this.scale = scale;
		this.streams = databasesInUse.map((database, index) => {
			const stream = new FakeConnection(`127.0.0.1:${50_000 + index}`);
			stream.receiver = this.server.accept(stream);
			stream.deliver(toBytes(commandText(["SELECT", database])));
			return stream;
		});
	}

	round(round: number): void {
		if (round % flushEvery === 0) this.begin();
		this.write(this.writes.source.below(50));
		const { keyspace } = this.server;
		const expected = contentNow(this.server);
		const actual = new SnapshotContent();
		const snapshot = new KeyspaceSnapshot(keyspace, (bytes) => new Uint8Array(bytes));
		const { source } = this.writes;
		let more = true;
		while (more) {
			this.write(source.below(12));
			if (source.chance(30)) this.machine.time.advance(source.below(4));
			for (let count = source.between(1, 3); more && count > 0; count--) {
				more = snapshot.advance(actual);
				this.pieces++;
			}
		}
		snapshot.end();
		this.keys += expected.keys.size;
		const difference = firstDifference(expected.keys, actual.keys);
		if (difference !== "") throw new Error(`seed ${this.seed}, round ${round}: ${difference}`);
		for (const { table } of keyspace.databases) table.verify();
	}

	private isSaving(): boolean {
		return this.server.persistence.saves.isBusy();
	}

	roundThroughFile(round: number): void {
		if (round % flushEvery === 0) this.begin();
		this.write(this.writes.source.below(50));
		const { time, files } = this.machine;
		const moment_ms = time.now_ms();
		const expected = factsOf((commands) => this.execute(0, commands));
		const reply = this.execute(0, [["BGSAVE"]]);
		if (reply !== "+Background saving started\r\n") throw new Error(`seed ${this.seed}, round ${round}: ${reply}`);
		this.countPieces();
		const goOn = () => {
			if (!this.isSaving()) return;
			this.write(this.writes.source.below(12));
			if (this.writes.source.chance(30)) time.sleep(this.writes.source.below(4));
			time.soon(goOn);
		};
		time.soon(goOn);
		while (this.isSaving()) time.advance(1);
		if (!this.server.persistence.saves.lastIsOk)
			throw new Error(`seed ${this.seed}, round ${round}: the BGSAVE failed`);
		const loaded = loadedAt(moment_ms, files.contents("dump.rdb") ?? new Uint8Array(0));
		const actual = factsOf((commands) => loaded.execute(commands));
		this.keys += expected.size;
		const difference = firstDifference(expected, actual);
		loaded.server.stop();
		if (difference !== "") throw new Error(`seed ${this.seed}, round ${round}: ${difference}`);
		if (round % reloadEvery === 0) this.reload(round);
	}

	private countPieces(): void {
		const { snapshot } = this.server.keyspace;
		if (snapshot === null) throw new Error(`seed ${this.seed}: the BGSAVE takes no snapshot`);
		const advance = snapshot.advance.bind(snapshot);
		snapshot.advance = (taker) => {
			this.pieces++;
			this.spent_us += piece_us;
			return advance(taker);
		};
	}

	/** From here on it is what was loaded that changes. */
	private reload(round: number): void {
		const expected = factsOf((commands) => this.execute(0, commands));
		const reply = this.execute(0, [["DEBUG", "RELOAD"]]);
		if (reply !== "+OK\r\n") throw new Error(`seed ${this.seed}, round ${round}: DEBUG RELOAD: ${reply}`);
		const difference = firstDifference(
			expected,
			factsOf((commands) => this.execute(0, commands)),
		);
		if (difference !== "") throw new Error(`seed ${this.seed}, round ${round}, DEBUG RELOAD: ${difference}`);
		for (const { table } of this.server.keyspace.databases) table.verify();
	}

	/** Everything anew. */
	private begin(): void {
		this.execute(0, [flushAll]);
		let batch: Command[] = [];
		for (const command of foundation(this.scale)) {
			batch.push(command);
			if (batch.length < 100) continue;
			this.execute(0, batch);
			batch = [];
		}
		this.execute(0, batch);
	}

	write(steps: number): void {
		for (let step = 0; step < steps; step++) {
			this.execute(this.writes.source.below(this.streams.length), this.writes.next());
		}
	}

	/** The replies as they came. */
	execute(stream: number, commands: readonly Command[]): string {
		if (commands.length === 0) return "";
		this.commands += commands.length;
		const { [stream]: connection } = this.streams;
		connection!.deliver(toBytes(commands.map(commandText).join("")));
		const text = connection!.take();
		if (this.server.statistics.internalErrors > 0)
			throw new Error(`seed ${this.seed}: ${this.machine.host.printed.at(-1)}`);
		if (connection!.isClosed) throw new Error(`the connection was closed after ${latin1(toBytes(text), 0, 200)}`);
		return text;
	}
}

/** A server that loaded a file when it was `moment_ms`. */
function loadedAt(moment_ms: number, file: Uint8Array) {
	const machine = new VirtualMachine();
	machine.files.lay(machine.files.resolve("dump.rdb"), file);
	machine.time.sleep(moment_ms - machine.time.now_ms());
	const server = machine.start("enable-debug-command yes");
	machine.time.advance(0);
	for (const { table } of server.keyspace.databases) table.verify();
	const stream = new FakeConnection("127.0.0.1:50000");
	stream.receiver = server.accept(stream);
	const execute = (commands: readonly Command[]): string => {
		stream.deliver(toBytes(commands.map(commandText).join("")));
		return stream.take();
	};
	return { server, execute };
}

/** The digest of all, and what it leaves out: when keys and fields expire, and the groups of streams with their times. */
function factsOf(execute: (commands: readonly Command[]) => string): Map<string, string> {
	const facts = new Map<string, string>();
	for (const database of new Set(databasesInUse)) {
		const [, keysReply] = repliesIn(
			execute([
				["SELECT", database],
				["KEYS", "*"],
			]),
		);
		const keys = keysReply!.items.map(({ text }) => text);
		const questions = keys.flatMap((key): Command[] => [
			["TYPE", key],
			["DEBUG", "DIGEST-VALUE", key],
			["PEXPIRETIME", key],
			["XINFO", "STREAM", key, "FULL", "COUNT", "0"],
			["HPEXPIRETIME", key, "FIELDS", "4", ...[0, 1, 2, 3].map((index) => `field ${index}`)],
		]);
		const answers = repliesIn(execute(questions));
		for (const [index, key] of keys.entries()) {
			const about = answers.slice(factsOfKey * index, factsOfKey * (index + 1));
			facts.set(`${database} ${key}`, about.map((reply) => words(reply, ["active-time"])).join(" "));
		}
	}
	facts.set(
		"all",
		execute([
			["SELECT", databasesInUse[0]!],
			["DEBUG", "DIGEST"],
		]),
	);
	return facts;
}

function repliesIn(text: string): Reply[] {
	const bytes = toBytes(text);
	const replies: Reply[] = [];
	for (let at = 0; at < bytes.length; ) {
		const end = frameEnd(bytes, at, bytes.length);
		replies.push(parseReply(bytes.subarray(at, end)));
		at = end;
	}
	return replies;
}

/** All at once, between two commands. */
export function contentNow({ keyspace }: Server): SnapshotContent {
	const content = new SnapshotContent();
	const snapshot = new KeyspaceSnapshot(keyspace, (bytes) => new Uint8Array(bytes), false);
	while (snapshot.advance(content));
	snapshot.end();
	return content;
}

export function firstDifference(expected: ReadonlyMap<string, string>, actual: ReadonlyMap<string, string>): string {
	for (const [key, value] of expected) {
		const other = actual.get(key);
		if (other === value) continue;
		if (other === undefined) return `${shown(key)} is missing, which was ${shown(value)}`;
		let at = 0;
		while (value[at] === other[at]) at++;
		const part = (text: string) => shown(text.slice(Math.max(0, at - 40)));
		return `${shown(key)} differs from character ${at} on:\n  ${part(value)}\n  ${part(other)}`;
	}
	for (const [key, value] of actual) if (!expected.has(key)) return `${shown(key)} is too much: ${shown(value)}`;
	return "";
}

const shown = (text: string): string => JSON.stringify(text.slice(0, shownMax));
