/**
 * What deployments lean on, compared: one literal per row, as in `../rows.ts`.
 *
 * Invariant: replies have a known length, which the load process relies on: counters have seven digits for the whole of a
 * run, fields and keys that are written are there before.
 */
import type { SetupSeries, Target } from "../rows.ts";
import type { WriteCommand } from "../write-batch.ts";
import type { CachingClient, Listeners } from "./plan.ts";

/** Sent by redis-benchmark: `arguments` are further ones of its own. */
export interface BenchmarkLoad {
	readonly command: readonly string[];
	readonly keys: number;
	readonly arguments?: readonly string[];
	readonly overTls?: boolean;
}

/** Sent by a load process of ours. */
export interface OwnLoad {
	readonly request: readonly (readonly WriteCommand[])[];
	readonly listeners?: Listeners;
	readonly cachingClients?: readonly CachingClient[];
}

export interface DeploymentRow {
	readonly name: string;
	readonly depths: readonly number[];
	/** Requests of one round, at the smallest depth and beyond. */
	readonly requests: readonly [number, number];
	/** Of both servers, as on their command line. */
	readonly directives: readonly string[];
	/** Commands and series of commands sent before. */
	readonly prepare: readonly (readonly string[])[];
	readonly setup: readonly SetupSeries[];
	readonly load: BenchmarkLoad | OwnLoad;
	readonly targets: readonly Target[];
}

const keys = 100_000;
const connections = 50;
const atPar: readonly Target[] = [{ measure: "throughput", ratio: 1 }];
const plain = { directives: [], prepare: [], targets: atPar } as const;

const ok = "+OK\r\n".length;
const queued = "+QUEUED\r\n".length;
const three = "$3\r\nxxx\r\n".length;
const counter = ":1000000\r\n".length;
const unchanged = ":0\r\n".length;

const command = (replyBytes: number, ...args: string[]): WriteCommand => ({ args, keys, replyBytes });

const setKey = command(ok, "SET", "key:__rand_int__", "xxx");
const getKey = command(three, "GET", "key:__rand_int__");
const count = command(counter, "INCR", "counter:__rand_int__");
const setField = command(unchanged, "HSET", "hash:__rand_int__", "field", "xxx");

/** MULTI, commands, EXEC: what they reply, EXEC says. */
function transaction(commands: readonly WriteCommand[]): readonly WriteCommand[] {
	const answers = commands.reduce((sum, { replyBytes }) => sum + replyBytes, `*${commands.length}\r\n`.length);
	const inside = commands.map((one) => ({ ...one, replyBytes: queued }));
	return [command(ok, "MULTI"), ...inside, command(answers, "EXEC")];
}

const tenCommands = [setKey, getKey, count, setField, getKey, setKey, setField, count, getKey, setKey];

const stringKeys: SetupSeries = { command: ["SET", "key:__index__", "xxx"], count: keys };
const transactionKeys: readonly SetupSeries[] = [
	stringKeys,
	{ command: ["SET", "counter:__index__", "1000000"], count: keys },
	{ command: ["HSET", "hash:__index__", "field", "xxx"], count: keys },
];
const accounts: readonly SetupSeries[] = [{ command: ["SET", "account:__index__", "xxx"], count: connections }];

const channel = "channel:0001";
const text = "a message";
const bulk = (word: string) => `$${word.length}\r\n${word}\r\n`;

const audience: Listeners = {
	connections: 100,
	hello: [["SUBSCRIBE", channel]],
	helloBytes: `*3\r\n${bulk("subscribe")}${bulk(channel)}:1\r\n`.length,
	messageBytes: `*3\r\n${bulk("message")}${bulk(channel)}${bulk(text)}`.length,
	messagesPerRequest: 1,
};

const ownChannel = "channel:__rand_int__";
const someChannel = "channel:000000000000";
const subscription = (word: string, left: number) => `*3\r\n${bulk(word)}${bulk(someChannel)}:${left}\r\n`.length;

const trackedKeys = 1000;
const tracked: WriteCommand = { args: ["SET", "key:__rand_int__", "xxx"], keys: trackedKeys, replyBytes: ok };

function caching(...options: readonly string[]): CachingClient {
	return {
		hello: [["CLIENT", "TRACKING", "ON", ...options]],
		helloBytes: ok,
		keys: trackedKeys,
		prefix: "key:",
		valueBytes: 3,
	};
}

const value64 = "v".repeat(64);
/** So many that hardly one comes twice. */
const newKeys = 1_000_000_000;

function evicting(policy: string): DeploymentRow {
	return {
		name: `SET of new keys, ${policy}`,
		depths: [1, 16],
		requests: [100_000, 1_000_000],
		directives: ["--maxmemory", "64mb", "--maxmemory-policy", policy],
		prepare: [],
		// More than there is room for.
		setup: [{ command: ["SET", "old:__index__", value64], count: 1_200_000 }],
		load: { command: ["SET", "key:__rand_int__", value64], keys: newKeys },
		targets: atPar,
	};
}

export const deploymentRows: readonly DeploymentRow[] = [
	{
		...plain,
		name: "PUBLISH to 100 subscribers",
		depths: [1, 16],
		requests: [100_000, 300_000],
		setup: [],
		load: { request: [[command(":100\r\n".length, "PUBLISH", channel, text)]], listeners: audience },
	},
	{
		...plain,
		name: "MULTI, 10 commands, EXEC",
		depths: [1, 16],
		requests: [60_000, 150_000],
		setup: transactionKeys,
		load: { request: [transaction(tenCommands)] },
	},
	{
		...plain,
		name: "WATCH and GET, then MULTI, SET, EXEC",
		depths: [1],
		requests: [60_000, 60_000],
		setup: accounts,
		load: {
			request: [
				[command(ok, "WATCH", "account:__connection__"), command(three, "GET", "account:__connection__")],
				transaction([command(ok, "SET", "account:__connection__", "xxx")]),
			],
		},
	},
	{
		...plain,
		name: "SET of 1,000 tracked keys",
		depths: [1, 16],
		requests: [100_000, 500_000],
		setup: [stringKeys],
		load: { request: [[tracked]], cachingClients: [caching()] },
	},
	{
		...plain,
		name: "SET of 1,000 tracked keys, BCAST",
		depths: [1, 16],
		requests: [100_000, 500_000],
		setup: [stringKeys],
		load: { request: [[tracked]], cachingClients: [caching("BCAST", "PREFIX", "key:")] },
	},
	evicting("allkeys-lru"),
	evicting("allkeys-lfu"),
	{
		...plain,
		name: "GET over TLS",
		depths: [1, 16],
		requests: [100_000, 1_000_000],
		setup: [stringKeys],
		load: { command: ["GET", "key:__rand_int__"], keys, overTls: true },
		targets: [],
	},
	{
		...plain,
		name: "GET as a user with restricted rights",
		depths: [1, 16],
		requests: [150_000, 1_500_000],
		prepare: [
			["ACL", "SETUSER", "reader", "on", ">secret", "~key:*", "~other:*", "+get", "+@read", "-keys", "+config|get"],
		],
		setup: [stringKeys],
		load: { command: ["GET", "key:__rand_int__"], keys, arguments: ["--user", "reader", "-a", "secret"] },
	},
	{
		...plain,
		name: "SUBSCRIBE, UNSUBSCRIBE",
		depths: [1, 16],
		requests: [80_000, 400_000],
		setup: [],
		load: {
			request: [
				[
					command(subscription("subscribe", 1), "SUBSCRIBE", ownChannel),
					command(subscription("unsubscribe", 0), "UNSUBSCRIBE"),
				],
			],
		},
	},
];
