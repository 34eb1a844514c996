/** How the data set comes to a replica: by every way there is, large, slowly, cut off, again and again. */
import { largeDisagreements } from "../agreement.ts";
import { ReplicationGroup } from "../group.ts";
import { fillLeader } from "../link-campaign.ts";
import {
	atRest,
	attachedPair,
	copies,
	Findings,
	leaderOf,
	replicaOf,
	type Scene,
	write,
	writeDuring,
} from "../scene.ts";

const loads = ["disabled", "on-empty-db", "swapdb"];

/** With and without a file on each side; what the replica had before is gone. */
const ways: Scene = {
	name: "ways",
	async play(cast) {
		const findings = new Findings();
		const variants = ["yes", "no"].flatMap((diskless) => loads.map((load) => [diskless, load] as const));
		for (const [diskless, load] of cast.isShort ? [variants[0]!, variants[4]!] : variants) {
			const directives = [
				["--repl-diskless-sync", diskless],
				["--repl-diskless-load", load],
			];
			await using group = await ReplicationGroup.start([leaderOf(cast, directives[0]), replicaOf(cast, directives[1])]);
			await fillLeader(group.leader, cast.isShort);
			const [replica] = [group.nodes[1]!];
			await replica.pipeline([
				["SET", "own", "x"],
				["SELECT", "9"],
				["SADD", "own", "x"],
				["SELECT", "0"],
			]);
			await replica.command("FUNCTION", "LOAD", "#!lua name=own\nredis.register_function('own',function() end)");
			await write(group.leader, cast, 1000);
			await writeDuring(group.leader, cast, group.attachAll());
			const found = await atRest(group);
			findings.add(found.map((line) => `diskless ${diskless}, load ${load}: ${line}`));
			findings.equal("full copies", (await copies(group.leader)).full, 1);
		}
		return findings.list;
	},
};

/** Cut in the middle of it, several times. */
const cutInCopy: Scene = {
	name: "cut-in-copy",
	async play(cast) {
		const findings = new Findings();
		for (const diskless of cast.isShort ? ["yes"] : ["yes", "no"]) {
			// As long as it is: the longest of the cuts lies far behind its beginning.
			const directives = ["--repl-diskless-sync", diskless, "--rdbcompression", "no"];
			await using group = await ReplicationGroup.start([leaderOf(cast, directives), replicaOf(cast)]);
			await fillLeader(group.leader, cast.isShort);
			await write(group.leader, cast, 1000);
			const proxy = group.proxies[1]!;
			const lengths = cast.isShort ? [9, 100_000] : [0, 9, 300, 70_000, 1_000_000, 9_000_000];
			const cuts = (async () => {
				await group.attach(1);
				// The next is due before the replica can be back.
				for (const length of lengths) await proxy.cutInCopy(length);
				await group.linkIsUp(1);
			})();
			await writeDuring(group.leader, cast, cuts);
			findings.equal("cuts", proxy.cuts, lengths.length);
			findings.add((await atRest(group)).map((line) => `diskless ${diskless}: ${line}`));
		}
		return findings.list;
	},
};

/** A backlog too small for what is missed: a full copy each time, on top of the data there is. */
const smallBacklog: Scene = {
	name: "small-backlog",
	async play(cast) {
		const findings = new Findings();
		await using group = await attachedPair(cast, ["--repl-backlog-size", "16384"]);
		const rounds = cast.isShort ? 1 : 5;
		const proxy = group.proxies[1]!;
		for (let round = 0; round < rounds; round++) {
			proxy.isRefusing = true;
			proxy.cut();
			await write(group.leader, { ...cast, seed: cast.seed + round }, 12_000, { longValues: 10 });
			proxy.isRefusing = false;
			await writeDuring(group.leader, cast, group.linkIsUp(1));
		}
		findings.add(await atRest(group));
		findings.equal("copies", await copies(group.leader), { full: 1 + rounds, partial: 0 });
		return findings.list;
	},
};

/** Several at once share a copy, or do not; one who comes late has its own. */
const severalReplicas: Scene = {
	name: "several-replicas",
	async play(cast) {
		const findings = new Findings();
		for (const diskless of cast.isShort ? ["yes"] : ["yes", "no"]) {
			const directives = ["--repl-diskless-sync", diskless, "--repl-diskless-sync-delay", "1"];
			const count = cast.isShort ? 3 : 5;
			const members = Array.from({ length: count }, () => replicaOf(cast));
			await using group = await ReplicationGroup.start([{ maker: cast.leader, directives }, ...members]);
			await fillLeader(group.leader, cast.isShort);
			const attaching = async () => {
				for (const index of group.replicas().slice(1)) await group.attach(index);
				for (const index of group.replicas().slice(1)) await group.linkIsUp(index);
				await group.attach(1);
				await group.linkIsUp(1);
			};
			await writeDuring(group.leader, cast, attaching());
			findings.add((await atRest(group)).map((line) => `diskless ${diskless}: ${line}`));
			findings.equal("full copies", (await copies(group.leader)).full, count);
			findings.equal("replicas", await group.leader.count("connected_slaves"), count);
		}
		return findings.list;
	},
};

/** Through a thin line, while much is written. */
const slowCopy: Scene = {
	name: "slow-copy",
	async play(cast) {
		const findings = new Findings();
		const limit = ["--client-output-buffer-limit", "replica 256mb 256mb 60"];
		await using group = await ReplicationGroup.start([leaderOf(cast, limit), replicaOf(cast)]);
		await fillLeader(group.leader, cast.isShort);
		group.proxies[1]!.slowDown(cast.isShort ? 1_000_000 : 3_000_000);
		const attaching = group.attachAll();
		await writeDuring(group.leader, cast, Bun.sleep(cast.isShort ? 500 : 4000));
		group.proxies[1]!.flow();
		await attaching;
		findings.add(await atRest(group));
		findings.equal("full copies", (await copies(group.leader)).full, 1);
		return findings.list;
	},
};

/** Values of a size that no buffer takes at once. */
const largeValues: Scene = {
	name: "large-values",
	async play(cast) {
		const findings = new Findings();
		const [megabytes, members] = cast.isShort ? [4, 20_000] : [100, 1_000_000];
		await using group = await ReplicationGroup.start([leaderOf(cast), replicaOf(cast)]);
		const { leader } = group;
		const replica = group.nodes[1]!;
		const grow = async (name: string) => {
			for (let part = 0; part < 4; part++) {
				const piece = String.fromCharCode(97 + part).repeat((megabytes << 20) / 4);
				await leader.command("APPEND", `${name}:string`, piece);
			}
			const fill =
				"local p,n={},tonumber(ARGV[1]) for i=1,n do local s=i%2==0 and tostring(i) or 'member '..i " +
				"redis.call('sadd',KEYS[1],s) redis.call('zadd',KEYS[2],i/7,s) redis.call('hset',KEYS[3],s,i) " +
				"redis.call('rpush',KEYS[4],s) end return n";
			const keys = ["set", "zset", "hash", "list"].map((type) => `${name}:${type}`);
			for (let part = 0; part < 4; part++) await leader.command("EVAL", fill, "4", ...keys, String(members / 4));
		};
		await grow("before");
		await group.attachAll();
		const unsettled = await group.settle(120_000);
		findings.check(unsettled === "", `after the copy: ${unsettled}`);
		findings.add(await largeDisagreements(leader, replica));
		await grow("behind");
		await leader.command("SPOP", "before:set", String(members / 4));
		await leader.command("ZREMRANGEBYRANK", "before:zset", "10", String(members / 4));
		await leader.command("COPY", "before:hash", "copy");
		await leader.command("ZUNIONSTORE", "union", "2", "before:zset", "behind:set");
		await leader.command("DEL", "before:list");
		const later = await group.settle(120_000);
		findings.check(later === "", `after more of it: ${later}`);
		findings.add(await largeDisagreements(leader, replica));
		findings.equal("full copies", (await copies(leader)).full, 1);
		return findings.list;
	},
};

export const copyingScenes: readonly Scene[] = [ways, cutInCopy, smallBacklog, severalReplicas, slowCopy, largeValues];
