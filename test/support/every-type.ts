/**
 * Commands that make one of everything: each type in each encoding and at its borders, deadlines, several databases, keys
 * and values that break parsers. What a file has to carry from one server to another.
 *
 * Invariant: the same commands make the same data on every server that has the default thresholds.
 */

export type Command = readonly string[];

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const pairs = (count: number, make: (index: number) => readonly string[]): string[] => range(count).flatMap(make);

/** Bytes that no compression shortens, the same at each run. */
export function noise(length: number, seed = 1): string {
	const bytes = Buffer.alloc(length);
	let state = seed;
	for (let index = 0; index < length; index++) {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		bytes[index] = state >>> 24;
	}
	return bytes.toString("latin1");
}

const allBytes = String.fromCharCode(...range(256));

/** At and beside the borders of what is kept in 8, 16, 24, 32 and 64 bits, and what looks like a number. */
const integers = (
	"0 1 -1 12 13 127 128 -128 -129 255 256 4095 4096 -4096 -4097 32767 32768 -32768 -32769 65535 65536 8388607 8388608 " +
	"-8388608 -8388609 2147483647 2147483648 -2147483648 -2147483649 4294967295 4294967296 9007199254740993 " +
	"9223372036854775807 -9223372036854775808"
).split(" ");
const nearlyIntegers = ["9223372036854775808", "007", "-0", "+1", " 1", "1 ", "1.0", "1e3", ""];

const strings: readonly Command[] = [
	...[...integers, ...nearlyIntegers].map((text) => ["SET", `string:number:${text}`, text]),
	["SET", "string:embstr", "x".repeat(44)],
	["SET", "string:raw", "x".repeat(45)],
	["SET", "string:every byte", allBytes],
	["APPEND", "string:appended", "short and raw"],
	["SET", "string:repeating", "abcd".repeat(25_000)],
	["SET", "string:noise", noise(100_000)],
	...[19, 20, 21, 22, 63, 64, 16_383, 16_384].map((length) => ["SET", `string:${length}`, "z".repeat(length)]),
	["SET", "string:10 MB", noise(1000).repeat(10_000)],
	["SETBIT", "bitmap", "100000", "1"],
	["SETBIT", "bitmap", "7", "1"],
];

const keys: readonly Command[] = [
	["SET", "", "the empty key"],
	["SET", allBytes, "every byte"],
	["SET", "line\r\nbreak", "a line break"],
	["SET", "12345", "a number"],
	["SET", noise(100_000, 2), "a long key"],
	["RPUSH", noise(70_000, 3), "a list with a long key"],
	["HSET", noise(300, 4), "field", "a hash with a key of 300 bytes"],
];

const lists: readonly Command[] = [
	["RPUSH", "list:one", "x"],
	["RPUSH", "list:integers", ...integers, ...nearlyIntegers],
	["RPUSH", "list:sizes", ...[0, 1, 63, 64, 4095, 4096].map((length) => "y".repeat(length))],
	["RPUSH", "list:quicklist", ...range(5000).map((index) => `element ${index}`)],
	["LPUSH", "list:repeating", ...range(1000).map(() => "the same again")],
	["RPUSH", "list:huge elements", noise(100_000), "small", noise(20_000), ""],
	["RPUSH", "list:binary", allBytes, "\x00", "\xff"],
];

const sets: readonly Command[] = [
	["SADD", "set:int16", ...range(100).map((index) => String(index - 50))],
	["SADD", "set:int32", "1", "-2", "100000", "-2147483648"],
	["SADD", "set:int64", "1", "9223372036854775807", "-9223372036854775808", "4294967296"],
	["SADD", "set:512 integers", ...range(512).map(String)],
	["SADD", "set:513 integers", ...range(513).map(String)],
	["SADD", "set:small", "a", "b", "", "12", "007", allBytes],
	["SADD", "set:long member", "a", "m".repeat(65)],
	["SADD", "set:large", ...range(2000).map((index) => `member ${index}`)],
];

const scores =
	"0 -0 1 -1 0.1 -2.5 3.14159265358979 1e308 -1e308 5e-324 1e-10 9007199254740993 inf -inf 123456789.5".split(" ");
const sortedSets: readonly Command[] = [
	["ZADD", "zset:listpack", ...scores.flatMap((score, index) => [score, `member ${index}`])],
	["ZADD", "zset:integers", ...integers.slice(0, -2).flatMap((score) => [score, score])],
	["ZADD", "zset:skiplist", ...pairs(1000, (index) => [String(index / 7), `member ${index}`])],
	[
		"ZADD",
		"zset:skiplist of all scores",
		...scores.flatMap((score, index) => [score, `${index}`]),
		"1",
		"m".repeat(65),
	],
	["ZADD", "zset:equal scores", ...pairs(200, (index) => ["5", `${index}`])],
	["GEOADD", "geo", "13.361389", "38.115556", "Palermo", "15.087269", "37.502669", "Catania"],
];

const hashes: readonly Command[] = [
	["HSET", "hash:listpack", "a", "1", "b", "", "", "empty field", allBytes, allBytes.slice(0, 60), "n", "-12345"],
	["HSET", "hash:listpack of 500", ...pairs(500, (index) => [`f${index}`, String(index)])],
	["HSET", "hash:listpack above 4 KB", ...pairs(120, (index) => [`field ${index}`, noise(50, index + 1)])],
	["HSET", "hash:long value", "field", "v".repeat(65)],
	["HSET", "hash:long field", "f".repeat(65), "value"],
	["HSET", "hash:large", ...pairs(2000, (index) => [`field ${index}`, `value ${index}`])],
	["HSET", "hash:binary", ...pairs(600, (index) => [noise(10, index + 1), noise(20, index + 9000)])],
];

const entries = (key: string, count: number): Command[] =>
	range(count).map((index) => [
		"XADD",
		key,
		`${1000 + index}-${index % 3}`,
		"sensor",
		String(index % 7),
		"value",
		`v${index}`,
	]);
const streams: readonly Command[] = [
	["XADD", "stream:one", "1-1", "field", "value"],
	...entries("stream:long", 350),
	["XDEL", "stream:long", "1000-0", "1100-1", "1101-2", "1349-1"],
	...entries("stream:trimmed", 200),
	["XTRIM", "stream:trimmed", "MAXLEN", "17"],
	["XADD", "stream:other fields", "5-0", "a", "1", "b", "2"],
	["XADD", "stream:other fields", "5-1", "a", "3", "b", "4"],
	["XADD", "stream:other fields", "5-2", "c", "5"],
	["XADD", "stream:other fields", "18446744073709551615-18446744073709551615", "", allBytes],
	["XADD", "stream:emptied", "1-1", "a", "b"],
	["XDEL", "stream:emptied", "1-1"],
	["XGROUP", "CREATE", "stream:only a group", "group", "$", "MKSTREAM"],
	["XSETID", "stream:one", "77-7", "ENTRIESADDED", "1000", "MAXDELETEDID", "55-5"],
	...entries("stream:groups", 50),
	["XGROUP", "CREATE", "stream:groups", "readers", "0"],
	["XGROUP", "CREATE", "stream:groups", "behind", "1010-1", "ENTRIESREAD", "11"],
	["XGROUP", "CREATE", "stream:groups", "idle", "$"],
	["XGROUP", "CREATECONSUMER", "stream:groups", "readers", "nothing pending"],
	["XREADGROUP", "GROUP", "readers", "first", "COUNT", "10", "STREAMS", "stream:groups", ">"],
	["XREADGROUP", "GROUP", "readers", "second", "COUNT", "5", "STREAMS", "stream:groups", ">"],
	["XREADGROUP", "GROUP", "behind", "first", "COUNT", "7", "STREAMS", "stream:groups", ">"],
	["XREADGROUP", "GROUP", "readers", "no ack", "COUNT", "1", "NOACK", "STREAMS", "stream:groups", ">"],
	["XACK", "stream:groups", "readers", "1002-2", "1011-2"],
	["XCLAIM", "stream:groups", "readers", "second", "0", "1003-0", "RETRYCOUNT", "9", "TIME", "1500000000000"],
	["XDEL", "stream:groups", "1020-2"],
];

/** Entries that are pending though they are gone: an append-only file made of commands cannot say that. */
export const pendingGhosts: readonly Command[] = [
	...entries("stream:ghosts", 9),
	["XGROUP", "CREATE", "stream:ghosts", "readers", "0"],
	["XREADGROUP", "GROUP", "readers", "first", "COUNT", "6", "STREAMS", "stream:ghosts", ">"],
	["XDEL", "stream:ghosts", "1001-1", "1005-2"],
];

const hyperLogLogs: readonly Command[] = [
	["PFADD", "hll:sparse", "a", "b", "c"],
	["PFADD", "hll:empty"],
	...range(20).map((batch) => ["PFADD", "hll:dense", ...range(500).map((index) => `${batch}:${index}`)]),
];

/** Beyond the year 2100, in the past of no test. */
const moments = ["4102444800000", "4102444800001", "9000000000123"];
const expiries: readonly Command[] = [
	...["string", "list", "set", "zset", "hash", "stream"].flatMap((type, index) => {
		const small: Record<string, Command> = {
			string: ["SET", "expiring:string", "value"],
			list: ["RPUSH", "expiring:list", "a", "b"],
			set: ["SADD", "expiring:set", "a", "1"],
			zset: ["ZADD", "expiring:zset", "1.5", "a"],
			hash: ["HSET", "expiring:hash", "a", "1"],
			stream: ["XADD", "expiring:stream", "1-1", "a", "1"],
		};
		return [small[type]!, ["PEXPIREAT", `expiring:${type}`, moments[index % moments.length]!]];
	}),
	["SET", "expiring:integer", "17", "PXAT", "4102444800002"],
	["COPY", "set:large", "expiring:large set"],
	["PEXPIREAT", "expiring:large set", "4102444800003"],
	["COPY", "list:quicklist", "expiring:large list"],
	["PEXPIREAT", "expiring:large list", "4102444800004"],
	["COPY", "zset:skiplist", "expiring:large zset"],
	["PEXPIREAT", "expiring:large zset", "4102444800005"],
	["COPY", "hash:large", "expiring:large hash"],
	["PEXPIREAT", "expiring:large hash", "4102444800006"],
	["SET", noise(80_000, 7), "a long key with a deadline", "PXAT", "4102444800007"],
];

const otherDatabases: readonly Command[] = ["1", "7", "15"].flatMap((database) => [
	["SELECT", database],
	["SET", `only in ${database}`, database],
	["RPUSH", "the same key", database, "b"],
	["HSET", "large", ...pairs(700, (index) => [`${database}:${index}`, "v"])],
	["SET", "expiring", "x", "PXAT", "4102444800000"],
]);

export const everyType: readonly Command[] = [
	["SELECT", "0"],
	...strings,
	...keys,
	...lists,
	...sets,
	...sortedSets,
	...hashes,
	...streams,
	...hyperLogLogs,
	...expiries,
	...otherDatabases,
	["SELECT", "0"],
];

/** Changes of that data, for the part of an append-only file that follows its base. */
export const changesOfEveryType: readonly Command[] = [
	["SET", "later:string", "new"],
	["INCRBY", "string:number:12", "30"],
	["APPEND", "string:every byte", "more"],
	["LSET", "list:quicklist", "2500", "changed"],
	["LPOP", "list:repeating", "300"],
	["SREM", "set:int16", "1", "2"],
	["SADD", "set:512 integers", "no integer"],
	["ZINCRBY", "zset:skiplist", "0.25", "member 3"],
	["ZADD", "zset:listpack", "inf", "member 0"],
	["HSET", "hash:listpack", "later", "x"],
	["HDEL", "hash:large", "field 1", "field 2"],
	["XADD", "stream:long", "9000-1", "later", "x"],
	["XACK", "stream:groups", "readers", "1000-0"],
	["XREADGROUP", "GROUP", "idle", "late", "COUNT", "1", "STREAMS", "stream:groups", ">"],
	["PFADD", "hll:sparse", "later"],
	["SETBIT", "bitmap", "200000", "1"],
	["PERSIST", "expiring:string"],
	["PEXPIREAT", "later:string", "4102444800008"],
	["RENAME", "list:one", "later:list"],
	["DEL", "string:embstr", "set:large", "hash:binary"],
	["MOVE", "string:raw", "7"],
	["SELECT", "7"],
	["SET", "later", "in 7"],
	["SELECT", "9"],
	["SADD", "later", "a", "b"],
	["SELECT", "0"],
	["SWAPDB", "1", "9"],
];
