/** Writes that are hard to follow: across databases, by those who waited, by scripts, by the leader itself. */
import type { Command } from "../../../support/every-type.ts";
import { encodeCommand } from "../../../support/wire.ts";
import { Source } from "../../source.ts";
import type { ReplicationGroup } from "../group.ts";
import { atRest, attachedPair, Findings, type Scene, writeDuring } from "../scene.ts";
import { Workload } from "../workload.ts";

const depth = 40;

/** Commands of a client, in pipelines; what they are answered does not matter. */
async function send(group: ReplicationGroup, commands: readonly Command[]): Promise<void> {
	for (let at = 0; at < commands.length; at += depth) await group.leader.ask(commands.slice(at, at + depth));
}

/** Cuts the link every now and then meanwhile. */
async function withCuts(group: ReplicationGroup, cuts: number, act: (part: number) => Promise<void>): Promise<void> {
	for (let part = 0; part < cuts; part++) {
		const back = group.cutAndBack(1, () => group.proxies[1]!.cutAfter(2000));
		await act(part);
		// Where so much was not written.
		if (group.proxies[1]!.isArmed) group.proxies[1]!.cut();
		await back;
	}
}

/** All sixteen of them: swapped, emptied, and keys that move between them. */
const databases: Scene = {
	name: "databases",
	async play(cast) {
		const findings = new Findings();
		await using group = await attachedPair(cast);
		const source = new Source(cast.seed, 2);
		const workload = new Workload(cast.seed, { databases: 16, keys: 30 });
		const any = () => String(source.below(16));
		const rare = (): Command[] => {
			switch (source.below(12)) {
				case 0:
					return [["FLUSHALL"]];
				case 1:
					return [
						["SELECT", any()],
						["FLUSHDB", source.choose(["SYNC", "ASYNC"])],
					];
				case 2:
				case 3:
				case 4:
					return [["SWAPDB", any(), any()]];
				case 5:
					return [["MULTI"], ["SELECT", any()], workload.write(), ["SWAPDB", any(), any()], workload.write(), ["EXEC"]];
				case 6:
					return [["MULTI"], ["FLUSHALL"], ["SET", "after", "flush"], ["EXEC"]];
				case 7:
					return [["EVAL", "redis.call('select',ARGV[1]) redis.call('set','s:1','x')", "0", any()], workload.write()];
				case 8:
					return [["EVAL", "redis.call('flushdb') redis.call('set','s:1','y')", "0"]];
				default:
					return [
						["SELECT", any()],
						["MOVE", `s:${source.below(30)}`, any()],
						["COPY", "s:1", "s:2", "DB", any()],
					];
			}
		};
		await withCuts(group, cast.isShort ? 2 : 10, async () => {
			for (let round = 0; round < 40; round++) await send(group, [...workload.next(60), ...rare()]);
		});
		findings.add(await atRest(group));
		return findings.list;
	},
};

/** Clients who wait are served by the writes of others, of transactions and of scripts. */
const blocking: Scene = {
	name: "blocking",
	async play(cast) {
		const findings = new Findings();
		await using group = await attachedPair(cast);
		const source = new Source(cast.seed, 2);
		const key = (kind: string) => `${kind}${source.below(4)}`;
		const waiting = (): Command =>
			source.choose([
				["BLPOP", key("wl"), key("wl"), "0.05"],
				["BRPOP", key("wl"), "0.05"],
				["BLMOVE", key("wl"), key("wl"), "LEFT", "RIGHT", "0.05"],
				["BRPOPLPUSH", key("wl"), key("wl"), "0.05"],
				["BLMPOP", "0.05", "2", key("wl"), key("wl"), "LEFT", "COUNT", "2"],
				["BZPOPMIN", key("wz"), key("wz"), "0.05"],
				["BZMPOP", "0.05", "1", key("wz"), "MAX", "COUNT", "3"],
				["XREADGROUP", "GROUP", "g", "c", "BLOCK", "50", "STREAMS", key("wx"), ">"],
				["XREADGROUP", "GROUP", "g", "d", "BLOCK", "50", "NOACK", "STREAMS", key("wx"), ">"],
			]);
		const feeding = (): Command =>
			source.choose([
				["RPUSH", key("wl"), "a", "b", "c"],
				["LPUSH", key("wl"), "d"],
				["ZADD", key("wz"), "1", "a", "2", "b"],
				["XADD", key("wx"), "*", "f", "v"],
				[
					"EVAL",
					"redis.call('rpush',KEYS[1],1,2) redis.call('lpop',KEYS[1]) redis.call('zadd',KEYS[2],1,'s')",
					"2",
				].concat([key("wl"), key("wz")]),
				["RENAME", "source", key("wl")],
				["RPUSH", "source", "x", "y"],
				["COPY", key("wl"), key("wl"), "REPLACE"],
			]);
		await group.leader.ask([0, 1, 2, 3].map((n) => ["XGROUP", "CREATE", `wx${n}`, "g", "$", "MKSTREAM"]));
		const waiters = await Promise.all(Array.from({ length: 12 }, () => group.leader.connect()));
		try {
			await withCuts(group, cast.isShort ? 2 : 8, async () => {
				for (let round = 0; round < (cast.isShort ? 10 : 40); round++) {
					for (const waiter of waiters) waiter.send(encodeCommand(...waiting()));
					const fed = source.several(3, 8, feeding);
					await group.leader.ask(source.chance(40) ? [["MULTI"], ...fed, ["EXEC"]] : fed);
					for (const waiter of waiters) {
						findings.equal("replies to one who waits", (await waiter.receive(1)).length, 1);
					}
				}
			});
		} finally {
			for (const waiter of waiters) waiter.close();
		}
		findings.add(await atRest(group));
		return findings.list;
	},
};

const scripts: readonly string[] = [
	"for i=1,20 do redis.call('rpush',KEYS[1],math.random(1000)) end",
	"redis.call('set',KEYS[1],'first') error('in the middle')",
	"redis.call('set',KEYS[1],redis.call('time')[1]) redis.call('expire',KEYS[1],100000)",
	"redis.call('sadd',KEYS[1],unpack(ARGV)) return redis.call('spop',KEYS[1],2)",
	"redis.call('del',KEYS[1]) return redis.call('nosuch')",
	"redis.setresp(3) redis.call('hset',KEYS[1],'f',1.5) return redis.call('hgetall',KEYS[1])",
	"redis.call('xadd',KEYS[1],'*','a',1) redis.call('xadd',KEYS[1],'*','b',2)",
	"redis.replicate_commands() redis.call('incrbyfloat',KEYS[1],0.1)",
	"redis.call('select',3) redis.call('set',KEYS[1],'in three')",
	"return redis.call('get',KEYS[1])",
];

const library = (version: number): string =>
	`#!lua name=lib\nredis.register_function('put',function(k,a) redis.call('set',k[1],a[1]..'${version}') ` +
	`redis.call('zadd',k[1]..'z',redis.call('time')[1],'m') return 1 end)\n` +
	`redis.register_function{function_name='get',callback=function(k) return redis.call('get',k[1]) end,flags={'no-writes'}}`;

/** What scripts did comes over, and functions themselves, however they come and go. */
const scripting: Scene = {
	name: "scripting",
	async play(cast) {
		const findings = new Findings();
		await using group = await attachedPair(cast);
		const [leader, replica] = [group.leader, group.nodes[1]!];
		const source = new Source(cast.seed, 2);
		const key = () => `script:${source.below(60)}`;
		await withCuts(group, cast.isShort ? 2 : 8, async (part) => {
			const commands: Command[] = [];
			for (let round = 0; round < 300; round++) {
				const pick = source.below(40);
				const text = source.choose(scripts);
				if (pick === 0) commands.push(["FUNCTION", "LOAD", "REPLACE", library(round)]);
				else if (pick === 1) commands.push(["FUNCTION", "FLUSH"], ["FUNCTION", "LOAD", library(-round)]);
				else if (pick === 2) commands.push(["SCRIPT", "FLUSH"]);
				else if (pick < 10) commands.push(["FCALL", "put", "1", key(), "value"]);
				else if (pick < 14)
					commands.push(["MULTI"], ["EVAL", text, "1", key(), "1", "2", "3"], ["INCR", "n"], ["EXEC"]);
				else if (pick < 18) {
					const sha = new Bun.CryptoHasher("sha1").update(text).digest("hex");
					commands.push(["SCRIPT", "LOAD", text], ["EVALSHA", sha, "1", key(), "a", "b"]);
				} else if (pick < 22) commands.push(["DEL", key()]);
				else commands.push(["EVAL", text, "1", key(), "x", "y", "z"]);
			}
			await send(group, commands);
			const dump = (await leader.command("FUNCTION", "DUMP")).tree().text;
			if (part % 2 === 0)
				await leader.ask([
					["FUNCTION", "FLUSH"],
					["FUNCTION", "RESTORE", dump, "FLUSH"],
				]);
		});
		findings.add(await atRest(group));
		await leader.ask([
			["FUNCTION", "LOAD", "REPLACE", library(1)],
			["FCALL", "put", "1", "k", "v"],
		]);
		await group.settle();
		const asked: Command[] = [
			["FCALL_RO", "get", "1", "k"],
			["FCALL", "get", "1", "k"],
			["EVAL_RO", "return redis.call('get',KEYS[1])", "1", "k"],
			["EVAL", "return redis.call('get',KEYS[1])", "1", "k"],
		];
		await findings.sameReplies(leader, replica, asked);
		return findings.list;
	},
};

/** What the leader has no room for goes on both sides; the replica's own limit does not count. */
const eviction: Scene = {
	name: "eviction",
	async play(cast) {
		const findings = new Findings();
		await using group = await attachedPair(cast, [], ["--maxmemory", "3mb", "--maxmemory-policy", "allkeys-random"]);
		const [leader, replica] = [group.leader, group.nodes[1]!];
		const used = await leader.count("used_memory");
		await leader.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru", "maxmemory", String(used + 3_000_000));
		const source = new Source(cast.seed, 2);
		await withCuts(group, cast.isShort ? 2 : 6, async () => {
			for (let round = 0; round < 100; round++) {
				const commands = source.several(30, 30, (): Command => {
					const key = `evicted:${source.below(100_000)}`;
					const value = "x".repeat(source.between(100, 1500));
					return source.chance(50) ? ["SET", key, value] : ["RPUSH", key, value, value];
				});
				const lazily: Command = [
					"EVAL",
					"redis.call('set',KEYS[1],ARGV[1]) return 1",
					"1",
					"by script",
					"y".repeat(2000),
				];
				await leader.ask([...commands, ["MULTI"], ["SET", "in", "one"], ["INCR", "n"], ["EXEC"], lazily]);
			}
		});
		findings.check((await leader.count("evicted_keys")) > 100, "the leader evicted nothing");
		await leader.command("CONFIG", "SET", "maxmemory", "0");
		findings.equal("evicted by the replica", await replica.count("evicted_keys"), 0);
		findings.add(await atRest(group));
		return findings.list;
	},
};

/** A client waits until its writes are on so many replicas. */
const wait: Scene = {
	name: "wait",
	async play(cast) {
		const findings = new Findings();
		await using group = await attachedPair(cast);
		const { leader } = group;
		const waited = async (...words: readonly string[]) => {
			const [, reply] = await leader.ask([
				["INCR", "n"],
				["WAIT", ...words],
			]);
			return Number(reply!.tree().text);
		};
		for (let round = 0; round < 20; round++) {
			findings.equal("replicas that have it", await waited("1", "5000"), 1);
			const there = (await group.nodes[1]!.command("GET", "n")).tree().text;
			findings.equal("what they have", there, String(round + 1));
		}
		findings.equal("two of one", await waited("2", "100"), 1);
		group.proxies[1]!.stall();
		findings.equal("while nothing gets through", await waited("1", "150"), 0);
		const late = waited("1", "10000");
		group.proxies[1]!.flow();
		findings.equal("when it flows again", await late, 1);
		await writeDuring(leader, cast, group.cutAndBack(1));
		findings.equal("after a cut", await waited("1", "10000"), 1);
		findings.add(await atRest(group));
		return findings.list;
	},
};

export const writingScenes: readonly Scene[] = [databases, blocking, scripting, eviction, wait];
