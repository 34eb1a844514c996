/**
 * Rows about collections: one key, and what is done to its members. The first ten are redis-benchmark's own tests or their
 * like; where a command uses its data up, `before` gives it anew.
 */
import type { Row, SetupSeries, Target } from "./rows.ts";

const depths: readonly number[] = [16, 64];
const writes: readonly Target[] = [
	{ measure: "throughput", ratio: 1, depths: [16] },
	{ measure: "throughput", ratio: 1.3, depths: [64] },
];
const reads: readonly Target[] = [{ measure: "throughput", ratio: 1 }];

const million = 1_000_000;
/** More than the most requests that a row of cost 4 sends. */
const plenty = million + 1000;

/** A thousand points in and around Italy, the same at each run. */
function points(batch: number): string[] {
	let state = batch + 1;
	const random = (): number => {
		state = (state * 48_271) % 0x7fffffff;
		return state / 0x7fffffff;
	};
	return Array.from({ length: 1000 }, (_, i) => [
		(7 + 11 * random()).toFixed(6),
		(36 + 10 * random()).toFixed(6),
		`point:${batch * 1000 + i}`,
	]).flat();
}

const one = (...command: string[]): SetupSeries => ({ command, count: 1 });
const pending: readonly SetupSeries[] = [
	{ command: ["XADD", "stream", "1__index__-1", "field", "value"], count: plenty, lines: 2 },
	one("XGROUP", "CREATE", "stream", "group", "0"),
];

export const collectionSetups = {
	nothing: [],
	list: [{ command: ["RPUSH", "list", "xxx"], count: 1000 }],
	hash: [{ command: ["HSET", "hash", "field:__index__", "value:__index__"], count: 100 }],
	set: [{ command: ["SADD", "set", "member:__index__"], count: 1000 }],
	sortedSet: [{ command: ["ZADD", "zset", "__index__", "member:__index__"], count: million }],
	twoSets: [
		{ command: ["SADD", "a", "member:__index__"], count: 100_000 },
		{ command: ["SADD", "b", "member:__index__"], count: 100 },
		{ command: ["SADD", "b", "other:__index__"], count: 99_900 },
	],
	bits: [one("SET", "bits", "redis-lite".repeat(million))],
	hyperLogLogs: [
		{ command: ["PFADD", "hll", "element:__index__"], count: 100_000 },
		{ command: ["PFADD", "hll2", "another:__index__"], count: 100_000 },
	],
	points: Array.from({ length: 100 }, (_, batch) => one("GEOADD", "points", ...points(batch))),
} as const satisfies Record<string, readonly SetupSeries[]>;

const range = (count: number, cost: number): Row => ({
	name: `LRANGE_${count}`,
	command: ["LRANGE", "list", "0", String(count - 1)],
	members: 1000,
	depths,
	setup: "list",
	cost,
	targets: reads,
});

export const collectionRows: readonly Row[] = [
	{
		name: "LPUSH",
		command: ["LPUSH", "mylist", "xxx"],
		members: 1,
		depths,
		setup: "nothing",
		before: [one("DEL", "mylist")],
		cost: 2,
		targets: writes,
	},
	{
		name: "RPUSH",
		command: ["RPUSH", "mylist", "xxx"],
		members: 1,
		depths,
		setup: "nothing",
		before: [one("DEL", "mylist")],
		cost: 2,
		targets: writes,
	},
	{
		name: "LPOP",
		command: ["LPOP", "mylist"],
		members: 1,
		depths,
		setup: "nothing",
		before: [one("DEL", "mylist"), { command: ["RPUSH", "mylist", "xxx"], count: plenty }],
		cost: 4,
		targets: writes,
	},
	{
		name: "RPOP",
		command: ["RPOP", "mylist"],
		members: 1,
		depths,
		setup: "nothing",
		before: [one("DEL", "mylist"), { command: ["RPUSH", "mylist", "xxx"], count: plenty }],
		cost: 4,
		targets: writes,
	},
	{
		name: "SADD",
		command: ["SADD", "myset", "element:__rand_int__"],
		members: million,
		depths,
		setup: "nothing",
		before: [one("DEL", "myset")],
		cost: 2,
		targets: writes,
	},
	{
		name: "SPOP",
		command: ["SPOP", "myset"],
		members: million,
		depths,
		setup: "nothing",
		before: [one("DEL", "myset"), { command: ["SADD", "myset", "element:__index__"], count: plenty }],
		cost: 4,
		targets: writes,
	},
	{
		name: "HSET",
		command: ["HSET", "myhash", "element:__rand_int__", "xxx"],
		members: million,
		depths,
		setup: "nothing",
		before: [one("DEL", "myhash")],
		cost: 2,
		targets: writes,
	},
	{
		name: "ZADD",
		command: ["ZADD", "myzset", "__rand_int__", "element:__rand_int__"],
		members: million,
		depths,
		setup: "nothing",
		before: [one("DEL", "myzset")],
		cost: 4,
		targets: writes,
	},
	{
		name: "ZPOPMIN",
		command: ["ZPOPMIN", "myzset"],
		members: million,
		depths,
		setup: "nothing",
		before: [one("DEL", "myzset"), { command: ["ZADD", "myzset", "__index__", "element:__index__"], count: plenty }],
		cost: 4,
		targets: writes,
	},
	{
		name: "XADD",
		command: ["XADD", "mystream", "*", "myfield", "xxx"],
		members: 1,
		depths,
		setup: "nothing",
		before: [one("DEL", "mystream")],
		cost: 2,
		targets: writes,
	},
	range(100, 20),
	range(300, 50),
	range(500, 80),
	range(600, 100),
	{
		name: "HGETALL of 100 fields",
		command: ["HGETALL", "hash"],
		members: 100,
		depths,
		setup: "hash",
		cost: 40,
		targets: reads,
	},
	{
		name: "HGET",
		command: ["HGET", "hash", "field:__rand_int__"],
		members: 100,
		depths,
		setup: "hash",
		cost: 2,
		targets: [],
	},
	{
		name: "SMEMBERS of 1000",
		command: ["SMEMBERS", "set"],
		members: 1000,
		depths,
		setup: "set",
		cost: 200,
		targets: reads,
	},
	{
		name: "ZRANGE of 100 in 1 M",
		command: ["ZRANGE", "zset", "500000", "500099"],
		members: million,
		depths,
		setup: "sortedSet",
		cost: 20,
		targets: reads,
	},
	{
		name: "ZRANK in 1 M",
		command: ["ZRANK", "zset", "member:__rand_int__"],
		members: million,
		depths,
		setup: "sortedSet",
		cost: 4,
		targets: reads,
	},
	{
		name: "ZSCORE in 1 M",
		command: ["ZSCORE", "zset", "member:__rand_int__"],
		members: million,
		depths,
		setup: "sortedSet",
		cost: 4,
		targets: [],
	},
	{
		name: "ZRANGEBYSCORE LIMIT 10 in 1 M",
		command: ["ZRANGEBYSCORE", "zset", "__rand_int__", "+inf", "LIMIT", "0", "10"],
		members: million,
		depths,
		setup: "sortedSet",
		cost: 8,
		targets: reads,
	},
	{
		name: "XREADGROUP",
		command: ["XREADGROUP", "GROUP", "group", "consumer", "COUNT", "1", "STREAMS", "stream", ">"],
		members: million,
		depths,
		setup: "nothing",
		before: [one("DEL", "stream"), ...pending],
		cost: 4,
		targets: reads,
	},
	{
		name: "XACK",
		command: ["XACK", "stream", "group", "1__rand_int__-1"],
		members: million,
		depths,
		setup: "nothing",
		before: [
			one("DEL", "stream"),
			...pending,
			{
				command: ["XCLAIM", "stream", "group", "consumer", "0", "1__index__-1", "FORCE", "JUSTID"],
				count: million,
				lines: 3,
			},
		],
		cost: 4,
		targets: reads,
	},
	{
		name: "SINTER of two of 100 k",
		command: ["SINTER", "a", "b"],
		members: 100_000,
		depths,
		clients: 2,
		setup: "twoSets",
		cost: 10_000,
		targets: reads,
	},
	{
		name: "BITCOUNT of 10 MB",
		command: ["BITCOUNT", "bits"],
		members: 1,
		depths,
		clients: 2,
		setup: "bits",
		cost: 4000,
		targets: reads,
	},
	{ name: "PFCOUNT", command: ["PFCOUNT", "hll"], members: 1, depths, setup: "hyperLogLogs", cost: 2, targets: reads },
	{
		name: "PFCOUNT of two",
		command: ["PFCOUNT", "hll", "hll2"],
		members: 1,
		depths,
		setup: "hyperLogLogs",
		cost: 200,
		targets: reads,
	},
	{
		name: "GEOSEARCH over 100 k points",
		command: ["GEOSEARCH", "points", "FROMLONLAT", "12.5", "41.9", "BYRADIUS", "50", "km"],
		members: 100_000,
		depths,
		clients: 8,
		setup: "points",
		cost: 1000,
		targets: reads,
	},
];
