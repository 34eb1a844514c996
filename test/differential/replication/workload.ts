/**
 * Random writes of a client of a replicated server: commands of every type, transactions, scripts, functions, deadlines
 * near and far, several databases, and now and then what the random tests of single commands make.
 *
 * Invariant: the same seed gives the same commands; the data set they make stays about as large as it is; no deadline lies
 * between a few seconds and a day from now, so that soon after the last write nothing changes any more.
 */
import type { Command } from "../../support/every-type.ts";
import { Generator } from "../generate.ts";
import { groups } from "../groups/index.ts";
import { Source } from "../source.ts";

/** Longest deadline that is over soon. */
export const nearDeadline_ms = 700;
/** Spoiled HyperLogLogs, which their own group makes in steps, are not read alike where several clients mix those. */
const usable = groups.filter(({ name }) => !["pubsub", "connection", "server", "hyperloglog"].includes(name));

export interface WorkloadSettings {
	/** Keys of each type in each database. */
	readonly keys?: number;
	/** How many databases are written to. */
	readonly databases?: number;
	/** With FUNCTION and FCALL. */
	readonly functions?: boolean;
	/** Percent of values that are long, of up to 20 KB. */
	readonly longValues?: number;
	/** With commands of the random tests of single commands. */
	readonly foreign?: boolean;
}

const lines = (text: string): readonly string[] =>
	text
		.split("\n")
		.map((line) => line.trim())
		.filter((line) => line !== "");

const writing = lines(`
	SET <s> <v>
	SET <s> <v>
	SET <s> <v> PX <near>
	SET <s> <v> EX <far>
	SET <s> <v> XX KEEPTTL GET
	SETEX <s> <far> <v>
	PSETEX <s> <near> <v>
	SETNX <s> <v>
	GETSET <s> <v>
	GETDEL <s>
	GETEX <s> PX <near>
	GETEX <s> PERSIST
	MSET <s> <v> <s> <v> <s> <v>
	APPEND <s> <m>
	SETRANGE <s> <n> <m>
	SETBIT <s> <n> 1
	BITOP XOR <s> <s> <s>
	BITFIELD <s> INCRBY u8 <n> 3 OVERFLOW SAT SET i16 8 77
	INCR <c>
	INCR <c>
	DECRBY <c> <n>
	INCRBYFLOAT <c> <d>
	INCRBYFLOAT <c> <d>
	PFADD <p> <m> <m> <m>
	PFMERGE <p> <p>
	PFCOUNT <p>
	LPUSH <l> <v> <m> <m>
	RPUSH <l> <v> <m>
	RPUSH <l> <m> <m> <m> <m>
	LPOP <l> <n>
	RPOP <l>
	LTRIM <l> 0 60
	LSET <l> <n> <m>
	LINSERT <l> BEFORE <m> <v>
	LREM <l> 0 <m>
	LMOVE <l> <l> LEFT RIGHT
	RPOPLPUSH <l> <l>
	LMPOP 2 <l> <l> RIGHT COUNT 2
	BLPOP <l> <l> 0.001
	HSET <h> <m> <v>
	HSET <h> <m> <v> <m> <m> <m> <n>
	HINCRBY <h> count <n>
	HINCRBYFLOAT <h> sum <d>
	HDEL <h> <m> <m>
	HSETNX <h> <m> <m>
	SADD <t> <m> <m> <m>
	SADD <t> <n> <n>
	SREM <t> <m>
	SPOP <t>
	SPOP <t> <n>
	SMOVE <t> <t> <m>
	SUNIONSTORE <t> <t> <t>
	SDIFFSTORE <t> <t> <t>
	SINTERSTORE <t> <t> <t>
	ZADD <z> <d> <m> <n> <m>
	ZADD <z> GT CH <d> <m>
	ZINCRBY <z> <d> <m>
	ZREM <z> <m>
	ZPOPMIN <z>
	ZPOPMAX <z> 2
	BZPOPMIN <z> <z> 0.001
	ZMPOP 2 <z> <z> MIN COUNT 2
	ZREMRANGEBYRANK <z> 60 -1
	ZUNIONSTORE <z> 2 <z> <t> WEIGHTS 1 2
	ZRANGESTORE <z> <z> 0 40
	GEOADD <g> 13.36 38.11 <m> 15.08 37.50 <m>
	GEOSEARCHSTORE <g> <g> FROMLONLAT 15 37 BYRADIUS 300 km ASC
	XADD <x> * <m> <v>
	XADD <x> * <m> <m> b <n>
	XADD <x> MAXLEN ~ 40 * a <v>
	XADD <x> MAXLEN = 30 * a <v> c <m>
	XADD <y> <i> a <m> b <m>
	XADD <y> <i> c <v>
	XDEL <y> <i>
	XCLAIM <y> <q> <o> 0 <i> <i> RETRYCOUNT 3
	XCLAIM <y> <q> <o> 0 <i> FORCE JUSTID
	XACK <y> <q> <i> <i>
	XGROUP CREATE <y> <q> 0 MKSTREAM
	XREADGROUP GROUP <q> <o> COUNT 3 STREAMS <y> >
	XTRIM <x> MAXLEN 20
	XTRIM <x> MAXLEN ~ 10 LIMIT 100
	XGROUP CREATE <x> <q> 0 MKSTREAM
	XGROUP CREATE <x> <q> $
	XGROUP SETID <x> <q> 0
	XGROUP DESTROY <x> <q>
	XGROUP CREATECONSUMER <x> <q> <o>
	XGROUP DELCONSUMER <x> <q> <o>
	XREADGROUP GROUP <q> <o> COUNT 5 STREAMS <x> >
	XREADGROUP GROUP <q> <o> COUNT 5 STREAMS <x> >
	XREADGROUP GROUP <q> <o> NOACK COUNT 2 STREAMS <x> >
	XAUTOCLAIM <x> <q> <o> 0 0 COUNT 4
	XAUTOCLAIM <x> <q> <o> 0 0 COUNT 4 JUSTID
	DEL <k> <k>
	UNLINK <k>
	EXPIRE <k> <far>
	PEXPIRE <k> <near>
	PEXPIRE <k> <near> NX
	EXPIREAT <k> 1
	PEXPIREAT <k> 4102444800123
	PERSIST <k>
	RENAME <k> <k>
	RENAMENX <k> <k>
	COPY <k> <k> REPLACE
	COPY <k> <k> DB <b> REPLACE
	MOVE <k> <b>
	SORT <t> ALPHA STORE <l>
	TOUCH <k>
	PUBLISH channel <v>
`);

const kinds = [..."sclhtzgxyp"];
const strangers = [..."sclhtzgxy"];

/** Scripts of two keys of a kind each and two values. */
const scripts: readonly (readonly [kinds: string, text: string])[] = [
	["ss", "redis.call('set',KEYS[1],ARGV[1]) redis.call('append',KEYS[2],ARGV[2]) return redis.call('get',KEYS[2])"],
	["tt", "local m=redis.call('spop',KEYS[1]) if m then redis.call('sadd',KEYS[2],m,ARGV[1]) end return m"],
	["zz", "for i=1,5 do redis.call('zadd',KEYS[1],math.random(100),ARGV[1]..i) end return redis.call('zcard',KEYS[1])"],
	["hh", "redis.call('hincrbyfloat',KEYS[1],'f',0.1) redis.call('hset',KEYS[2],'t',redis.call('time')[1]) return 1"],
	[
		"ll",
		"redis.call('rpush',KEYS[1],ARGV[1],ARGV[2]) redis.call('ltrim',KEYS[1],-40,-1) return redis.error_reply('x')",
	],
	["ss", "redis.call('set',KEYS[1],ARGV[1],'px',400) redis.call('lpush',KEYS[1],'wrong') return 1"],
	["sl", "redis.pcall('lpush',KEYS[1],'a') redis.call('lpush',KEYS[2],ARGV[1]) redis.call('expire',KEYS[2],100000)"],
	["xx", "redis.call('xadd',KEYS[1],'MAXLEN','~',30,'*','a',ARGV[1]) return redis.call('xlen',KEYS[2])"],
	["ss", "redis.call('select',1) redis.call('set',KEYS[1],ARGV[1]) redis.call('select',0) return 1"],
	["cc", "redis.call('incrbyfloat',KEYS[1],0.5) return redis.call('incr',KEYS[2])"],
];

const library = (name: string, factor: number): string =>
	`#!lua name=${name}\nredis.register_function('${name}_add',function(k,a) ` +
	`redis.call('incrby',k[1],${factor}) return redis.call('set',k[2],a[1],'px',500) end)`;

export class Workload {
	readonly source: Source;
	private readonly keys: number;
	private readonly databases: number;
	private readonly functions: boolean;
	private readonly longValues: number;
	private readonly foreign: Generator | null;
	/** Longer than the random values, cut out of one: noise is slow to make. */
	private readonly noise: string;

	constructor(seed: number, settings: WorkloadSettings = {}) {
		this.source = new Source(seed, 2);
		this.keys = settings.keys ?? 200;
		this.databases = settings.databases ?? 4;
		this.functions = settings.functions ?? true;
		this.longValues = settings.longValues ?? 1;
		this.foreign = settings.foreign === false ? null : new Generator(seed, 2, usable);
		this.noise = this.source.bytes(40_000);
	}

	/** Commands for one pipeline, `SELECT` first; about so many write. */
	next(about = 30): Command[] {
		const { source } = this;
		const commands: Command[] = [["SELECT", this.database()]];
		while (commands.length <= about) {
			const pick = source.below(100);
			if (pick < 78) commands.push(this.write());
			else if (pick < 84) commands.push(...this.transaction());
			else if (pick < 91) commands.push(this.script());
			else if (pick < 93) commands.push(this.functionCommand());
			else if (pick < 96 && this.foreign !== null) commands.push(...this.foreignCommands(this.foreign));
			else if (pick < 97) commands.push(["SELECT", this.database()]);
			else commands.push(this.write());
		}
		return commands;
	}

	/** One that writes, or may. */
	write(): Command {
		// All keys of a command are mostly of one kind: RENAME would otherwise mix all types in the long run.
		const kind = this.source.choose(kinds);
		return this.source
			.choose(writing)
			.split(" ")
			.map((word) => (word[0] === "<" ? this.part(word.slice(1, -1), kind) : word));
	}

	database(): string {
		return String(this.source.below(this.databases));
	}

	private part(name: string, kind: string): string {
		const { source } = this;
		switch (name) {
			case "v":
				return this.value();
			case "m":
				return `member:${source.below(300)}`;
			case "n":
				return String(source.below(40));
			case "d":
				return String((source.below(20_001) - 10_000) / 10 ** source.below(5));
			case "near":
				return String(source.between(1, nearDeadline_ms));
			case "far":
				return String(source.between(100_000, 10_000_000));
			case "i":
				return `${source.between(1, 30)}-${source.below(2)}`;
			case "b":
				return this.database();
			case "q":
				return source.choose(["group 1", "group 2"]);
			case "o":
				return source.choose(["alice", "bob", "carol"]);
			case "k":
				return this.key(kind);
			default:
				// Now and then one of another type; not a HyperLogLog, which nobody reads alike once its bytes are spoiled.
				return this.key(source.chance(98) ? name : source.choose(strangers));
		}
	}

	private key(kind: string): string {
		return `${kind}:${this.source.below(this.keys)}`;
	}

	private value(): string {
		const { source } = this;
		if (source.chance(30)) return String(source.below(1_000_000));
		const longest = source.chance(this.longValues) ? 20_000 : 100;
		const from = source.below(this.noise.length - longest);
		return this.noise.slice(from, from + source.below(longest));
	}

	private transaction(): Command[] {
		const inner = this.source.several(0, 6, () => (this.source.chance(15) ? this.script() : this.write()));
		// Within a transaction nobody waits.
		const bracketed: Command[] = [["MULTI"], ...inner, [this.source.chance(90) ? "EXEC" : "DISCARD"]];
		return this.source.chance(20) ? [["WATCH", this.key("s")], ...bracketed] : bracketed;
	}

	private script(): Command {
		const [kinds, text] = this.source.choose(scripts);
		return ["EVAL", text, "2", this.key(kinds[0]!), this.key(kinds[1]!), this.value(), this.value()];
	}

	private functionCommand(): Command {
		const { source } = this;
		const name = `lib${source.below(5)}`;
		if (!this.functions) return this.write();
		if (source.chance(70)) return ["FCALL", `${name}_add`, "2", this.key("c"), this.key("s"), this.value()];
		if (source.chance(80)) return ["FUNCTION", "LOAD", "REPLACE", library(name, source.below(9))];
		return ["FUNCTION", "DELETE", name];
	}

	private foreignCommands(generator: Generator): Command[] {
		const step = generator.next();
		return step.kind === "pipeline" ? step.commands.map(({ args }) => args).filter(isFit) : [];
	}
}

/** Not those that wait, and none of whose effects replicas never hear: settings, to read again as a delivery. */
function isFit(args: Command): boolean {
	const name = args[0]?.toUpperCase() ?? "";
	if (name === "" || /^(WAIT|CONFIG|B[LRZ].*|XREAD|QUIT|RESET|HELLO|MULTI|EXEC|DISCARD)$/.test(name)) return false;
	return name !== "XREADGROUP" || /streams \S+ >$/i.test(args.join(" "));
}
