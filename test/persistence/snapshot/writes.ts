/**
 * Random writes for the proof that snapshots are exact: the commands of the differential tests over their few keys, a crowd
 * of small keys that come, go and expire, and big collections that are changed in all their parts.
 *
 * Invariant: the same seed gives the same commands; none waits, and none ends or alters a connection.
 */

import { exact } from "../../differential/compare.ts";
import { Generator, type Group, type Maker } from "../../differential/generate.ts";
import { groups } from "../../differential/groups/index.ts";
import type { Source } from "../../differential/source.ts";
import { fixed, type Step } from "../../differential/step.ts";
import type { Command } from "../../support/every-type.ts";

/** How much there is. */
export interface Scale {
	/** Small keys. */
	readonly crowd: number;
	/** Members of each big collection. */
	readonly members: number;
	/** Keys and fields are given a few milliseconds; else days. */
	readonly isShortLived: boolean;
	/** Nothing that Redis 7.0 does not know, as fields with deadlines, nor what is in no file, as CONFIG SET. */
	readonly isPortable?: boolean;
}

const aboutData = ["string", "bitmap", "hyperloglog", "list", "hash", "set", "sorted-set", "sorted-set-algebra", "geo"];
const chosen = [...aboutData, "stream", "generic", "sort"];
/**
 * Whoever waits would hold up all that comes behind. SORT_RO notes in the key that a sorted set is a skiplist now, without
 * being a write: that may be in the file or not.
 */
const leftOut = /^(b[lrz].*|wait.*|sort_ro)$/i;

/**
 * As in Redis, no file is told that pending entries were read again, what PFADD did before it met a corrupt part, or that
 * BITFIELD made room for what then failed.
 * And Redis fails to SORT numbers now and then: it takes an old errno for a new one.
 */
function isUnportable(args: Command): boolean {
	if (/^xreadgroup$/i.test(args[0]!)) {
		const streams = args.slice(args.findIndex((word) => /^streams$/i.test(word)) + 1);
		return streams.slice(streams.length >> 1).some((id) => id !== ">");
	}
	if (/^bitfield$/i.test(args[0]!)) return args.some((word) => /^fail$/i.test(word));
	return /^(hp?e(xpire|rsist).*|config|sort)$/i.test(args[0]!) || args.some((word) => word.startsWith("HYLL"));
}

export class Writes {
	private readonly generator: Generator;
	private readonly isPortable: boolean;

	constructor(seed: number, scale: Scale) {
		this.isPortable = scale.isPortable ?? false;
		const known = groups.filter(({ name }) => chosen.includes(name));
		if (known.length !== chosen.length) throw new Error(`of ${chosen.join(" ")} only ${known.map(({ name }) => name)}`);
		this.generator = new Generator(seed, 2, [
			...known,
			oftener(crowdOf(scale), CROWD),
			oftener(bigOf(scale), BIG),
			wholesale,
		]);
	}

	get source(): Source {
		return this.generator.source;
	}

	/** Commands that belong together. */
	next(): readonly Command[] {
		const step = this.generator.next();
		if (step.kind !== "pipeline") return [];
		return step.commands
			.map(({ args }) => args)
			.filter((args) => !leftOut.test(args[0]!) && !(this.isPortable && isUnportable(args)))
			.filter((args) => !/ block /i.test(args.join(" ")));
	}
}

/** What the snapshot is first taken of: the crowd and the collections. */
export function* foundation({ crowd, members }: Scale): globalThis.Generator<Command, void> {
	for (let index = 0; index < crowd; index++) yield ["SET", `crowd:${index}`, "v".repeat(index % 150)];
	const every = 100;
	for (let first = 0; first < members; first += every) {
		const some = Array.from({ length: every }, (_, index) => first + index);
		yield ["HSET", "big:hash", ...some.flatMap((index) => [`field ${index}`, `value ${index}`])];
		yield ["RPUSH", "big:list", ...some.map((index) => `element ${index}`)];
		yield ["SADD", "big:set", ...some.map((index) => `member ${index}`)];
		yield ["SADD", "big:intset", ...some.map(String)];
		yield ["ZADD", "big:zset", ...some.flatMap((index) => [String(index), `member ${index}`])];
		for (const index of some) yield ["XADD", "big:stream", `${index + 1}-0`, "field", `value ${index}`];
	}
	yield ["SETRANGE", "big:string", String(members * 100), "end"];
	yield ["XGROUP", "CREATE", "big:stream", "group", "0"];
	yield ["XREADGROUP", "GROUP", "group", "consumer", "COUNT", String(members >> 1), "STREAMS", "big:stream", ">"];
}

/** How much more often than others: what is small is written at once, and is exact or not by luck. */
const CROWD = 3;
const BIG = 12;

const make = (command: (source: Source) => readonly string[]) => (source: Source) => fixed(exact, ...command(source));
const maker = (weight: number, command: (source: Source) => readonly string[]): Maker => ({
	weight,
	make: make(command),
});

const oftener = ({ name, makers }: Group, times: number): Group => ({
	name,
	makers: makers.map(({ weight, make }) => ({ weight: weight * times, make })),
});

const lifetime = ({ isShortLived }: Scale, source: Source): string =>
	String(isShortLived ? source.between(1, 20) : source.between(1_000_000_000, 2_000_000_000));

function crowdOf(scale: Scale): Group {
	const { crowd } = scale;
	const key = (source: Source) => `crowd:${source.below(crowd + (crowd >> 2))}`;
	const value = (source: Source) => (source.chance(2) ? source.letters(6000) : source.letters(source.below(200)));
	const some = (source: Source) => source.several(1, 20, () => key(source));
	return {
		name: "crowd",
		makers: [
			maker(60, (source) => ["SET", key(source), value(source)]),
			maker(20, (source) => ["SET", key(source), value(source), "PX", lifetime(scale, source)]),
			maker(20, (source) => ["PEXPIRE", key(source), lifetime(scale, source)]),
			maker(10, (source) => ["PEXPIREAT", key(source), source.moment()]),
			maker(10, (source) => ["PERSIST", key(source)]),
			maker(20, (source) => ["MSET", ...some(source).flatMap((name) => [name, value(source)])]),
			maker(20, (source) => [source.choose(["DEL", "UNLINK"]), ...some(source)]),
			maker(30, (source) => [source.choose(["MGET", "EXISTS", "TOUCH"]), ...some(source)]),
			maker(20, (source) => ["GETDEL", key(source)]),
			maker(20, (source) => ["APPEND", key(source), value(source)]),
			maker(10, (source) => ["SETRANGE", key(source), String(source.below(5000)), value(source)]),
			maker(10, (source) => ["RENAME", key(source), key(source)]),
			maker(10, (source) => ["COPY", key(source), key(source), "REPLACE"]),
			maker(10, (source) => ["MOVE", key(source), source.choose(["0", "1", "2"])]),
			maker(10, (source) => ["HSET", key(source), source.letters(3), value(source)]),
			maker(10, (source) => ["RPUSH", key(source), value(source), value(source)]),
			maker(5, (source) => ["OBJECT", "ENCODING", key(source)]),
			maker(2, () => ["RANDOMKEY"]),
			maker(3, (source) => ["SCAN", "0", "COUNT", String(source.below(100))]),
		],
	};
}

function bigOf(scale: Scale): Group {
	const { members } = scale;
	const index = (source: Source) => source.below(members + (members >> 3));
	const place = (source: Source) => String(source.below(members) - (members >> 1));
	const value = (source: Source) => (source.chance(2) ? source.letters(6000) : source.letters(source.below(60)));
	const part = (source: Source) => String(source.below(members >> 1));
	const several = (source: Source, one: () => readonly string[]) => source.several(1, 20, one).flat();
	const name = (source: Source) =>
		`big:${source.choose(["hash", "list", "set", "intset", "zset", "stream", "string", "hash2", "list2"])}`;
	const field = (source: Source) => `field ${index(source)}`;
	const member = (source: Source) => `member ${index(source)}`;
	const id = (source: Source) => `${index(source) + 1}-0`;
	return {
		name: "big",
		makers: [
			maker(20, (source) => ["HSET", "big:hash", ...several(source, () => [field(source), value(source)])]),
			maker(10, (source) => ["HDEL", "big:hash", ...several(source, () => [field(source)])]),
			maker(5, (source) => ["HINCRBY", "big:hash", `number ${source.below(9)}`, "1"]),
			maker(8, (source) => ["HPEXPIRE", "big:hash", lifetime(scale, source), "FIELDS", "1", field(source)]),
			maker(4, (source) => ["HPERSIST", "big:hash", "FIELDS", "1", field(source)]),
			maker(4, (source) => ["HGET", "big:hash", field(source)]),
			maker(10, (source) => [source.choose(["LPUSH", "RPUSH"]), "big:list", ...several(source, () => [value(source)])]),
			maker(10, (source) => [source.choose(["LPOP", "RPOP"]), "big:list", String(source.below(20))]),
			maker(10, (source) => ["LSET", "big:list", place(source), value(source)]),
			maker(5, (source) => ["LINSERT", "big:list", "AFTER", `element ${index(source)}`, value(source)]),
			maker(5, (source) => ["LREM", "big:list", source.choose(["0", "1", "-1"]), `element ${index(source)}`]),
			maker(3, () => ["LTRIM", "big:list", "3", "-4"]),
			maker(5, (source) => ["LMOVE", "big:list", source.choose(["big:list", "big:list2"]), "LEFT", "RIGHT"]),
			maker(10, (source) => ["SADD", "big:set", ...several(source, () => [member(source)])]),
			maker(10, (source) => ["SREM", "big:set", ...several(source, () => [member(source)])]),
			maker(5, (source) => ["SPOP", "big:set", String(source.below(10))]),
			maker(5, (source) => ["SMOVE", "big:set", source.choose(["big:set2", "k1"]), member(source)]),
			maker(8, (source) => ["SADD", "big:intset", ...several(source, () => [String(index(source))])]),
			maker(8, (source) => ["SREM", "big:intset", ...several(source, () => [String(index(source))])]),
			maker(1, (source) => ["SADD", "big:intset", source.letters(5)]),
			maker(15, (source) => ["ZADD", "big:zset", ...several(source, () => [place(source), member(source)])]),
			maker(8, (source) => ["ZINCRBY", "big:zset", place(source), member(source)]),
			maker(8, (source) => ["ZREM", "big:zset", ...several(source, () => [member(source)])]),
			maker(3, (source) => ["ZREMRANGEBYRANK", "big:zset", "5", String(5 + source.below(9))]),
			maker(3, (source) => [source.choose(["ZPOPMIN", "ZPOPMAX"]), "big:zset", String(source.below(9))]),
			maker(15, (source) => ["XADD", "big:stream", "*", "field", value(source)]),
			maker(8, (source) => ["XDEL", "big:stream", ...several(source, () => [id(source)])]),
			maker(2, (source) => ["XTRIM", "big:stream", "MAXLEN", "~", String(members - source.below(members >> 2))]),
			maker(8, (source) => ["XACK", "big:stream", "group", ...several(source, () => [id(source)])]),
			maker(8, (source) => [
				"XCLAIM",
				"big:stream",
				"group",
				`c${source.below(4)}`,
				"0",
				id(source),
				"RETRYCOUNT",
				"3",
			]),
			maker(8, (source) => {
				const consumer = `c${source.below(4)}`;
				return [
					"XREADGROUP",
					"GROUP",
					"group",
					consumer,
					"COUNT",
					String(source.below(30)),
					"STREAMS",
					"big:stream",
					">",
				];
			}),
			maker(2, (source) => ["XGROUP", "DELCONSUMER", "big:stream", "group", `c${source.below(4)}`]),
			maker(2, (source) => ["XGROUP", "CREATE", "big:stream", `group ${source.below(3)}`, id(source)]),
			maker(2, (source) => ["XGROUP", "DESTROY", "big:stream", `group ${source.below(3)}`]),
			maker(1, (source) => ["XSETID", "big:stream", `${2 ** 43 + source.below(100)}-0`]),
			maker(10, (source) => ["SETRANGE", "big:string", String(source.below(members * 100)), value(source)]),
			maker(5, (source) => ["APPEND", "big:string", value(source)]),
			maker(5, (source) => ["SETBIT", "big:string", String(source.below(members * 800)), source.choose(["0", "1"])]),
			maker(1, (source) => ["SET", "big:string", source.bytes(50).repeat(source.between(100, members * 2))]),
			maker(1, (source) => [source.choose(["LPOP", "RPOP"]), "big:list", part(source)]),
			maker(1, (source) => ["RPUSH", "big:list", ...Array.from({ length: 300 }, () => value(source))]),
			maker(1, (source) => ["SPOP", "big:set", part(source)]),
			maker(1, (source) => [source.choose(["ZPOPMIN", "ZPOPMAX"]), "big:zset", part(source)]),
			maker(1, (source) => ["XTRIM", "big:stream", "MAXLEN", part(source)]),
			maker(2, (source) => ["PFADD", "big:hll", value(source), value(source)]),
			maker(2, () => ["PFCOUNT", "big:hll"]),
			maker(2, (source) => ["RENAME", name(source), name(source)]),
			maker(2, (source) => ["COPY", name(source), name(source), "REPLACE"]),
			maker(2, (source) => ["MOVE", name(source), source.choose(["0", "1", "2"])]),
			maker(1, (source) => ["DEL", name(source)]),
			maker(1, (source) => ["PEXPIRE", name(source), lifetime(scale, source)]),
			maker(1, (source) => [source.choose(["SUNIONSTORE", "SDIFFSTORE", "ZUNIONSTORE"]), "big:set2", "big:set"]),
			maker(1, (source) => ["ZRANGESTORE", "big:zset2", "big:zset", "0", String(source.below(members))]),
			maker(1, () => ["SORT", "big:intset", "STORE", "big:list2"]),
		],
	};
}

/** Whole databases at a time. */
const wholesale: Group = {
	name: "wholesale",
	makers: [
		maker(4, (source) => ["SWAPDB", source.choose(["0", "1"]), source.choose(["1", "2", "3"])]),
		{ weight: 1, make: (source): Step => fixed(exact, "FLUSHDB", source.choose(["SYNC", "ASYNC"])) },
	],
};

/** Rare by itself: everything has to be made anew after it. */
export const flushAll: Command = ["FLUSHALL"];
