/** What is compared about durability, and the ratios and bounds to reach. */
import type { Series } from "../fill.ts";
import type { Row } from "../rows.ts";
import type { WriteCommand } from "../write-batch.ts";

export const fsyncPolicies = ["always", "everysec", "no"] as const;
export type FsyncPolicy = (typeof fsyncPolicies)[number];

export function appendRowName(policy: FsyncPolicy): string {
	return `SET, appendfsync ${policy}`;
}

/** redis-benchmark's own `-t set -r KEYS`. */
export const appendRows: readonly Row[] = fsyncPolicies.map((policy) => ({
	name: appendRowName(policy),
	command: ["SET", "key:__rand_int__", "xxx"],
	depths: [1, 16],
	setup: "keys",
	cost: 1,
	targets: [{ measure: "throughput", ratio: 1 }],
}));

/** How often the reference may be faster: never. */
export const speedTarget = 1;
export const snapshotTargets = { longest_ms: 3, growth: 0.1 } as const;

/** So that no compression finds anything to shorten in 80 bytes. */
export const value80 = "kX9vQ2mZ7rLw4TbN8sHc1YdG5jPfU0aEoVi3KzqR6xWtMnBhSyCgDuJlFpAeIkO9vT2mZ7rQw4LbN8sX";

const several = (count: number, make: (i: number) => readonly string[]) =>
	Array.from({ length: count }, (_, i) => make(i)).flat();

/** Small collections of all types, together `keys` keys. */
export function mixedSeries(keys: number): readonly Series[] {
	const count = Math.ceil(keys / 5);
	const member = (i: number) => `member:${i}:__index__`;
	return [
		{ command: ["HSET", "hash:__index__", ...several(5, (i) => [`field${i}`, "value:__index__"])], count },
		{ command: ["SADD", "set:__index__", ...several(10, (i) => [member(i)])], count },
		{ command: ["ZADD", "zset:__index__", ...several(10, (i) => [String(10 * i), member(i)])], count },
		{ command: ["RPUSH", "list:__index__", ...several(10, (i) => [member(i)])], count },
		{ command: ["XADD", "stream:__index__", "1-1", "sensor", "temperature", "value", "__index__"], count, lines: 2 },
	];
}

export interface SnapshotScenario {
	readonly what: string;
	readonly fill: readonly Series[];
	/** What one connection sends at a time: ten commands. */
	readonly batch: readonly WriteCommand[];
}

const repeated = (times: number, command: WriteCommand) => Array.from({ length: times }, () => command);

/** Strings of 80 bytes, `bytes` of values together. */
export function stringScenario(bytes: number): SnapshotScenario {
	const count = Math.ceil(bytes / value80.length);
	return {
		what: `${(bytes / 2 ** 30).toFixed(2)} GiB of values of 80 bytes`,
		fill: [{ command: ["SET", "key:__index__", value80], count }],
		batch: repeated(10, { args: ["SET", "key:__rand_int__", value80], keys: count, replyBytes: 5 }),
	};
}

/** One big hash, list, set and sorted set, and writes into all of them. */
export function collectionScenario(members: number): SnapshotScenario {
	const one = (args: readonly string[], replyBytes: number): WriteCommand => ({ args, keys: members, replyBytes });
	return {
		what: `one hash, list and sorted set of ${members / 1000} k members each`,
		fill: [
			{ command: ["HSET", "hash", "field:__index__", value80], count: members },
			{ command: ["RPUSH", "list", value80], count: members },
			{ command: ["ZADD", "zset", "__index__", "member:__index__"], count: members },
		],
		batch: [
			...repeated(5, one(["HSET", "hash", "field:__rand_int__", value80], 4)),
			...repeated(2, one(["LMOVE", "list", "list", "LEFT", "RIGHT"], 87)),
			one(["LSET", "list", "__rand_index__", value80], 5),
			...repeated(2, one(["ZADD", "zset", "__rand_int__", "member:__rand_int__"], 4)),
		],
	};
}
