/**
 * Which keys a command touches, so that transactions of clients that watch them are not run: for random commands of every
 * kind, beside a genuine redis-server. Every key of two databases has a client that watches it.
 */
import { describeCommand } from "../support/quoting.ts";
import { type Address, commandText, encodeCommand, toBytes, WireConnection } from "../support/wire.ts";
import { fill, interleaveKeys, type Words, writing, writingByChance } from "./interleave-commands.ts";
import { Source } from "./source.ts";

export interface TouchingResult {
	/** How often each command touched a key; by its name. */
	readonly touches: ReadonlyMap<string, number>;
	readonly differences: readonly string[];
}

const databases = [0, 1];
const commandsPerWatch = 30;

/** A server, one client that acts, and one for each key that watches it. */
class Watched {
	readonly actor: WireConnection;
	private readonly watchers: WireConnection[];
	private readonly keys: readonly string[];

	private constructor(actor: WireConnection, watchers: WireConnection[], keys: readonly string[]) {
		this.keys = keys;
		this.actor = actor;
		this.watchers = watchers;
	}

	static async at(address: Address, keys: readonly string[]): Promise<Watched> {
		const watchers: WireConnection[] = [];
		for (const database of databases) {
			for (const _ of keys) {
				const watcher = await WireConnection.connect(address);
				await watcher.command("SELECT", String(database));
				watchers.push(watcher);
			}
		}
		const actor = await WireConnection.connect(address);
		await actor.command("FLUSHALL");
		return new Watched(actor, watchers, keys);
	}

	/** The keys, each with its database, that the command touches. */
	async touchedBy(command: Words): Promise<string[]> {
		for (const [i, watcher] of this.watchers.entries()) {
			watcher.send(encodeCommand("WATCH", this.keys[i % this.keys.length]!));
		}
		for (const watcher of this.watchers) await watcher.receive(1);
		await this.actor.command(...command);
		const touched: string[] = [];
		const transaction = toBytes(["MULTI", "PING", "EXEC"].map((word) => commandText([word])).join(""));
		for (const watcher of this.watchers) watcher.send(transaction);
		for (const [i, watcher] of this.watchers.entries()) {
			const outcome = (await watcher.receive(3)).at(-1)!.text();
			if (outcome === "*1\r\n+PONG\r\n") continue;
			const at = `${Math.floor(i / this.keys.length)} ${this.keys[i % this.keys.length]}`;
			touched.push(outcome === "*-1\r\n" ? at : `${at}: ${outcome}`);
		}
		return touched;
	}

	close(): void {
		for (const connection of [this.actor, ...this.watchers]) connection.close();
	}
}

/** Random commands, each of which also shows what it touches; the ones between fill the databases. */
export async function compareTouches(
	seats: { readonly reference: Address; readonly subject: Address },
	options: { readonly seed: number; readonly commands: number },
): Promise<TouchingResult> {
	const source = new Source(options.seed, 2);
	const servers = [await Watched.at(seats.reference, interleaveKeys), await Watched.at(seats.subject, interleaveKeys)];
	const touches = new Map<string, number>();
	const differences = new Map<string, string>();
	// Whether a key that was over when it was watched is touched by RESTORE is a matter of chance in Redis.
	const lasting = writing.filter((line) => !line.endsWith("PXAT 1"));
	const all = [...writing, ...writingByChance];
	try {
		for (let number = 0; number < options.commands; number++) {
			const between = Array.from({ length: commandsPerWatch }, () => fill(source, source.choose(lasting)));
			// Each in its turn, so that none is left out.
			const line = all[number % all.length]!;
			const command = fill(source, line);
			for (const { actor } of servers) {
				const database = number % 7 === 0 ? 1 : 0;
				const given = [
					["SELECT", String(database)],
					...between.filter(([name]) => !/^FLUSH|^SWAPDB|^RESTORE|^DEL|^UNLINK|^RENAME/.test(name!)),
				];
				actor.send(toBytes(given.map(commandText).join("")));
				await actor.receive(given.length);
			}
			const [expected, actual] = await Promise.all(servers.map((server) => server.touchedBy(command)));
			const name = nameOf(command);
			touches.set(name, (touches.get(name) ?? 0) + expected!.length);
			if (String(expected) !== String(actual)) {
				differences.set(name, `${describeCommand(command)} touches [${expected}], not [${actual}]`);
			}
			if (writingByChance.includes(line)) for (const { actor } of servers) await actor.command("FLUSHALL");
		}
	} finally {
		for (const server of servers) server.close();
	}
	return { touches, differences: [...differences.values()] };
}

/** Commands that come upon what they change, each behind what it needs, all about one key. */
const prepared: readonly (readonly string[])[] = [
	["XADD x 1-1 f v; XADD x 2-1 f v; XGROUP CREATE x g 0; XREADGROUP GROUP g c COUNT 1 STREAMS x >"],
].flatMap(([before]) =>
	[
		"XDEL x 1-1",
		"XDEL x 9-9",
		"XTRIM x MAXLEN 1",
		"XTRIM x MAXLEN 100",
		"XSETID x 50-0",
		"XSETID x 50-0 ENTRIESADDED 70 MAXDELETEDID 0-0",
		"XGROUP CREATE x g2 0",
		"XGROUP CREATE x g2 0 MKSTREAM",
		"XGROUP SETID x g $",
		"XGROUP DESTROY x g",
		"XGROUP CREATECONSUMER x g d",
		"XGROUP CREATECONSUMER x g c",
		"XGROUP DELCONSUMER x g c",
		"XGROUP DELCONSUMER x g d",
		"XREADGROUP GROUP g c STREAMS x >",
		"XREADGROUP GROUP g d NOACK STREAMS x >",
		"XREADGROUP GROUP g c STREAMS x 0",
		"XACK x g 1-1",
		"XCLAIM x g d 0 1-1",
		"XCLAIM x g d 0 2-1 FORCE JUSTID",
		"XAUTOCLAIM x g d 0 0",
		"XPENDING x g",
		"XREAD STREAMS x 0",
		"XADD x 3-1 f v",
		"XADD x NOMKSTREAM 3-1 f v",
		"SORT x",
		"TYPE x",
		"OBJECT ENCODING x",
		"DUMP x",
		"EXPIRE x 100 XX",
		"EXPIRE x 100",
		"PERSIST x",
		"COPY x x",
		"RENAME x x",
		"RENAMENX x x",
		"MOVE x 1",
		"TOUCH x",
		"DEL x y",
	].map((command) => [before!, command]),
);

const preparedOthers: readonly (readonly string[])[] = [
	["SADD x a b", "SMOVE x y a"],
	["SADD x a b", "SMOVE x x a"],
	["SADD x a; SADD y a", "SMOVE y x a"],
	["SADD x a b", "SREM x c"],
	["SADD x a b", "SADD x a"],
	["SADD x a b", "SPOP x"],
	["SADD x a b", "SPOP x 0"],
	["SADD x a b", "SPOP x 2"],
	["SADD x a b", "SINTERSTORE x x nothing"],
	["SADD x a b", "SUNIONSTORE x nothing nothing"],
	["HSET x f v", "HSET x f v"],
	["HSET x f v", "HDEL x g"],
	["HSET x f 1", "HINCRBY x f 0"],
	["HSET x f v", "HSETNX x f w"],
	["HSET x f v", "HDEL x f"],
	["ZADD x 1 a", "ZADD x 1 a"],
	["ZADD x 1 a", "ZADD x XX 2 b"],
	["ZADD x 1 a", "ZINCRBY x 0 a"],
	["ZADD x 1 a", "ZREM x b"],
	["ZADD x 1 a", "ZRANGESTORE x y 0 -1"],
	["ZADD x 1 a", "ZREMRANGEBYSCORE x 5 6"],
	["ZADD x 1 a", "BZPOPMIN x 0"],
	["ZADD x 1 a", "GEOADD x NX 1 1 a"],
	["RPUSH x a b", "LTRIM x 0 -1"],
	["RPUSH x a b", "LTRIM x 5 6"],
	["RPUSH x a b", "LREM x 0 c"],
	["RPUSH x a b", "LSET x 0 a"],
	["RPUSH x a b", "LINSERT x BEFORE c d"],
	["RPUSH x a b", "LMOVE x x LEFT LEFT"],
	["RPUSH x a b", "BLMOVE x y LEFT LEFT 0"],
	["RPUSH x a b", "BRPOPLPUSH x y 0"],
	["RPUSH x a b", "BLPOP y x 0"],
	["RPUSH x a b", "BRPOP y x 0"],
	["RPUSH x a b", "BLMPOP 0 2 y x LEFT COUNT 2"],
	["ZADD x 1 a 2 b", "BZMPOP 0 2 y x MIN"],
	["ZADD x 1 a 2 b", "BZPOPMAX y x 0"],
	["GEOADD x 1 1 a", "GEORADIUSBYMEMBER x a 1 km STORE y"],
	["GEOADD x 1 1 a", "GEORADIUSBYMEMBER x a 1 km"],
	["SET x 1", "DECR x"],
	["SET x v", "PSETEX x 100000 v"],
	["RPUSH x a b", "LPOP x 0"],
	["RPUSH x a b", "SORT x ALPHA STORE x"],
	["RPUSH x a b", "SORT nothing ALPHA STORE x"],
	["RPUSH x a b", "LPUSHX x"],
	["SET x v", "SET x v NX"],
	["SET x v", "SET x v"],
	["SET x v", "SETNX x v"],
	["SET x v", "GETEX x"],
	["SET x v", "GETEX x PERSIST"],
	["SET x v", "GETEX x EX 100"],
	["SET x v EX 100", "GETEX x PERSIST"],
	["SET x v", "APPEND x ''"],
	["SET x v", "SETRANGE x 0 ''"],
	["SET x 1", "INCRBY x 0"],
	["SET x 1", "SETBIT x 7 1"],
	["SET x v", "BITFIELD x GET u8 0"],
	["SET x v", "BITFIELD x OVERFLOW FAIL INCRBY u2 0 9"],
	["SET x v", "BITOP AND x nothing"],
	["SET x v", "BITOP NOT y x"],
	["SET x v", "GETSET x v"],
	["SET x v", "MSETNX x v y w"],
	["PFADD x a", "PFADD x a"],
	["PFADD x a", "PFADD x"],
	["PFADD x a; PFCOUNT x", "PFCOUNT x"],
	["PFADD x a", "PFCOUNT x"],
	["PFADD x a", "PFCOUNT x x"],
	["PFADD x a", "PFMERGE x x"],
	["PFADD x a", "PFDEBUG ENCODING x"],
	["PFADD x a", "PFDEBUG TODENSE x"],
	["PFADD x a", "PFDEBUG GETREG x"],
	["SET x v", "DEBUG OBJECT x"],
	["SET x v", "LCS x x"],
	["SET x v", "COPY x y"],
	["SET x v", "COPY nothing x REPLACE"],
	["SET x v", "RENAME x y"],
	["SET x v", "EXPIRE x -1"],
	["SET x v", "PERSIST x"],
	["SET x v EX 100", "EXPIRE x 50 GT"],
	["SET x v EX 100", "EXPIRE x 500 GT"],
	["SET x v", "SWAPDB 0 1"],
	["SET x v", "SWAPDB 0 0"],
	["SET x v", "SWAPDB 1 2"],
	["", "SWAPDB 0 1"],
	["", "FLUSHALL"],
	["SET x v", "FLUSHDB ASYNC"],
	["", "XGROUP CREATE x g $ MKSTREAM"],
	["", "XADD x NOMKSTREAM * f v"],
	["", "PFADD x"],
	["", "SETRANGE x 0 ''"],
	["", "APPEND x ''"],
];

/** Those whose touches are compared. */
export function comparedCommands(): ReadonlySet<string> {
	const lines = [...writing, ...writingByChance, ...[...prepared, ...preparedOthers].map(([, command]) => command!)];
	return new Set(lines.map((line) => line.split(" ")[0]!.toLowerCase()));
}

/** What each prepared command touches, beside a genuine server; the differences. */
export async function comparePreparedTouches(seats: {
	readonly reference: Address;
	readonly subject: Address;
}): Promise<{ readonly cases: number; readonly touching: number; readonly differences: readonly string[] }> {
	const cases = [...prepared, ...preparedOthers];
	const servers = [await Watched.at(seats.reference, ["x", "y"]), await Watched.at(seats.subject, ["x", "y"])];
	const differences: string[] = [];
	let touching = 0;
	for (const [before, command] of cases) {
		const outcomes: string[] = [];
		for (const server of servers) {
			await server.actor.command("FLUSHALL");
			for (const line of before!.split("; ")) if (line !== "") await server.actor.command(...wordsOf(line));
			outcomes.push(String(await server.touchedBy(wordsOf(command!))));
		}
		if (outcomes[0] !== "") touching++;
		if (outcomes[0] !== outcomes[1])
			differences.push(`${before}: ${command} touches [${outcomes[0]}], not [${outcomes[1]}]`);
	}
	for (const server of servers) server.close();
	return { cases: cases.length, touching, differences };
}

const wordsOf = (line: string): string[] => line.split(" ").map((word) => (word === "''" ? "" : word));

/** With the subcommand. */
function nameOf([name, word]: Words): string {
	return /^XGROUP$/.test(name!) ? `${name} ${word}` : name!;
}
