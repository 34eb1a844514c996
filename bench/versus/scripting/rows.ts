/**
 * Scripts and functions, compared: what a call costs beside the commands inside it, and what a library of Lua costs.
 *
 * Invariant: replies have a known length. Counters have seven digits for the whole of a run, and no limiter ever refuses.
 */
import { createHash } from "node:crypto";
import type { DeploymentRow } from "../deployments/rows.ts";
import type { SetupSeries, Target } from "../rows.ts";

/** Of 10,000 scripts. */
export const scriptMemoryTarget: Target = { measure: "memory", ratio: 1.5 };

const keys = 100_000;
/** Of limiters: few enough that each sees several requests in its window. */
const users = 10_000;

const getAndSet = `local old = redis.call('GET', KEYS[1])
redis.call('SET', KEYS[1], ARGV[1])
return old`;

const increments = `local count
for i = 1, 100 do count = redis.call('INCR', KEYS[1]) end
return count`;

const limiter = `local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local window, limit = tonumber(ARGV[1]), tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, now - window * 1000)
if redis.call('ZCARD', KEYS[1]) >= limit then return 0 end
redis.call('ZADD', KEYS[1], now, now .. ARGV[3])
redis.call('PEXPIRE', KEYS[1], window)
return 1`;

const throughJson = "return #cjson.encode(cjson.decode(ARGV[1]))";

/** 1 KB as an application stores it: an order with its lines. */
const order = JSON.stringify({
	id: 4_711_001,
	customer: { name: "Ada Lovelace", email: "ada@example.org", since: 1843, isMember: true },
	lines: Array.from({ length: 13 }, (_, i) => ({
		sku: `SKU-${1000 + i}`,
		name: `Article ${i}`,
		count: i + 1,
		price: 9.5 + i,
	})),
	note: "Leave it at the door, please.",
	tags: ["gift", "express", "insured"],
	total: 1234.56,
});

const library = `#!lua name=bench
local function get_and_set(KEYS, ARGV)
${getAndSet}
end
local function increments(KEYS, ARGV)
${increments}
end
local function limiter(KEYS, ARGV)
${limiter}
end
redis.register_function('get_and_set', get_and_set)
redis.register_function('increments', increments)
redis.register_function('limiter', limiter)`;

const stringKeys: SetupSeries = { command: ["SET", "key:__index__", "xxx"], count: keys };
const counters: SetupSeries = { command: ["SET", "counter:__index__", "1000000"], count: keys };

const bulkOf3 = "$3\r\nxxx\r\n".length;
const sevenDigits = ":1000000\r\n".length;
const fourDigits = ":1000\r\n".length;
const oneDigit = ":1\r\n".length;

interface Work {
	readonly what: string;
	readonly source: string;
	/** Behind the number of keys. */
	readonly words: readonly string[];
	readonly keyCount: number;
	readonly keys: number;
	readonly replyBytes: number;
	readonly requests: readonly [number, number];
	readonly setup: readonly SetupSeries[];
	/** The function of `library`, where there is one. */
	readonly functionName?: string;
}

const work: readonly Work[] = [
	{
		what: "GET and SET",
		source: getAndSet,
		words: ["key:__rand_int__", "xxx"],
		keyCount: 1,
		keys,
		replyBytes: bulkOf3,
		requests: [100_000, 800_000],
		setup: [stringKeys],
		functionName: "get_and_set",
	},
	{
		what: "a loop of 100 INCR",
		source: increments,
		words: ["counter:__rand_int__"],
		keyCount: 1,
		keys,
		replyBytes: sevenDigits,
		requests: [50_000, 100_000],
		setup: [counters],
		functionName: "increments",
	},
	{
		what: "a sliding window",
		source: limiter,
		words: ["limiter:__rand_int__", "1000", "100000", "__rand_int__"],
		keyCount: 1,
		keys: users,
		replyBytes: oneDigit,
		requests: [80_000, 250_000],
		setup: [],
		functionName: "limiter",
	},
	{
		what: "cjson, 1 KB decoded and encoded",
		source: throughJson,
		words: [order],
		keyCount: 0,
		keys: 1,
		replyBytes: fourDigits,
		requests: [60_000, 150_000],
		setup: [],
	},
];

function rowOf(one: Work, command: "EVALSHA" | "FCALL"): DeploymentRow {
	const { what, source, words, keyCount, replyBytes, requests, setup } = one;
	const isFunction = command === "FCALL";
	const called = isFunction ? one.functionName! : createHash("sha1").update(source).digest("hex");
	const args = [command, called, String(keyCount), ...words];
	return {
		name: `${command}: ${what}`,
		depths: [1, 16],
		requests,
		directives: [],
		prepare: [isFunction ? ["FUNCTION", "LOAD", library] : ["SCRIPT", "LOAD", source]],
		setup,
		load: { request: [[{ args, keys: one.keys, replyBytes }]] },
		targets: [{ measure: "throughput", ratio: 1 }],
	};
}

export const scriptingRows: readonly DeploymentRow[] = [
	...work.map((one) => rowOf(one, "EVALSHA")),
	...work.filter(({ functionName }) => functionName !== undefined).map((one) => rowOf(one, "FCALL")),
];
