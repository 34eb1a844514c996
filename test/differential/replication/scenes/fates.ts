/** What becomes of servers: they stand still, end, come back, and take each other's place. */
import { ReplicationGroup } from "../group.ts";
import { fillLeader } from "../link-campaign.ts";
import type { ServerNode } from "../node.ts";
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

/** It does not read for a while: little is kept for it, and where that is not enough it has to go. */
const frozenReplica: Scene = {
	name: "frozen-replica",
	async play(cast) {
		const findings = new Findings();
		const limits = ["--client-output-buffer-limit", "replica 2mb 2mb 0", "--repl-backlog-size", "1mb"];
		await using group = await attachedPair(cast, limits);
		const replica = group.nodes[1]!;
		await write(group.leader, cast, 1000);
		replica.signal("SIGSTOP");
		await write(group.leader, { ...cast, seed: cast.seed + 1 }, 1000);
		replica.signal("SIGCONT");
		findings.check((await group.settle()) === "", "it does not go on after a short rest");
		findings.equal("copies after a short rest", await copies(group.leader), { full: 1, partial: 0 });
		const before = group.leader.resident_bytes();
		replica.signal("SIGSTOP");
		const enough = "x".repeat(1_000_000);
		// More than the sockets and the proxy between them take.
		for (let part = 0; part < 60; part++) await group.leader.command("SET", `part:${part % 8}`, enough);
		await group.until("it is given up", 20_000, async () => (await group.leader.count("connected_slaves")) === 0);
		const growth = group.leader.resident_bytes() - before;
		findings.check(growth < 160 * 2 ** 20, `the leader grew by ${growth} bytes`);
		replica.signal("SIGCONT");
		await group.linkIsUp(1);
		findings.add(await atRest(group));
		return findings.list;
	},
};

/** With a snapshot it goes on where it was; with an append-only file, or nothing, it comes to have everything again. */
const restartedReplica: Scene = {
	name: "restarted-replica",
	async play(cast) {
		const findings = new Findings();
		for (const [how, directives] of [
			["snapshot", []],
			["file", ["--appendonly", "yes"]],
			// Otherwise the copy itself is left behind as a snapshot.
			["nothing", ["--repl-diskless-load", "on-empty-db"]],
		] as const) {
			if (cast.isShort && how === "file") continue;
			await using group = await attachedPair(cast, [], directives);
			const replica = group.nodes[1]!;
			await write(group.leader, cast, 2000);
			await group.settle();
			replica.directives = [...replica.directives, "--replicaof", `127.0.0.1 ${group.proxies[1]!.port}`];
			// While the file is written for the first time nobody may end.
			await group.until("its file is there", 30_000, async () => {
				const info = await replica.info("persistence");
				return info.get("aof_rewrite_in_progress") === "0" && info.get("aof_rewrite_scheduled") === "0";
			});
			await replica.shutdown(how === "snapshot" ? "SAVE" : "NOSAVE");
			await write(group.leader, { ...cast, seed: cast.seed + 1 }, 1000);
			await replica.start();
			await group.linkIsUp(1);
			findings.add((await atRest(group)).map((line) => `with ${how}: ${line}`));
			const expected = how === "snapshot" ? { full: 1, partial: 1 } : { full: 2, partial: 0 };
			// An append-only file may tell where it was, since it began with a snapshot.
			if (how !== "file") findings.equal(`copies with ${how}`, await copies(group.leader), expected);
		}
		return findings.list;
	},
};

/** It is killed under load, and comes back with what its file has, or with nothing. */
const killedLeader: Scene = {
	name: "killed-leader",
	async play(cast) {
		const findings = new Findings();
		for (const kept of cast.isShort ? ["yes"] : ["yes", "no"]) {
			await using group = await attachedPair(cast, ["--appendonly", kept]);
			const replica = group.nodes[1]!;
			await write(group.leader, cast, 2000);
			const dying = write(group.leader, { ...cast, seed: cast.seed + 1 }, 1e9).catch(() => {});
			await Bun.sleep(300);
			await group.leader.kill();
			await dying;
			await group.until("it notices", 10_000, async () => {
				return (await replica.info("replication")).get("master_link_status") === "down";
			});
			findings.check((await replica.count("db0")) !== 0, "it serves what it has");
			await group.leader.start();
			await group.linkIsUp(1);
			await write(group.leader, { ...cast, seed: cast.seed + 2 }, 1000);
			findings.add((await atRest(group)).map((line) => `appendonly ${kept}: ${line}`));
		}
		return findings.list;
	},
};

const follow = (node: ServerNode, master: ServerNode) =>
	node.command("REPLICAOF", "127.0.0.1", String(master.address.port));

/** One replica takes the leader's place; the other, and the old leader, follow it without a full copy. */
const promotion: Scene = {
	name: "promotion",
	async play(cast) {
		const findings = new Findings();
		await using group = await ReplicationGroup.start([leaderOf(cast), replicaOf(cast), replicaOf(cast)]);
		await fillLeader(group.leader, cast.isShort);
		await group.attachAll();
		await write(group.leader, cast, 2000);
		findings.add(await atRest(group));
		const [old, heir, other] = [group.nodes[0]!, group.nodes[1]!, group.nodes[2]!];
		const before = await copies(heir);
		const history = (await old.info("replication")).get("master_replid");
		await heir.command("REPLICAOF", "NO", "ONE");
		const info = await heir.info("replication");
		findings.equal("second id", info.get("master_replid2"), history);
		findings.check(info.get("master_replid") !== history, "the id is still the old one");
		await write(heir, { ...cast, seed: cast.seed + 1 }, 500);
		await follow(other, heir);
		await follow(old, heir);
		group.nodes.splice(0, 2, heir, old);
		for (const index of [1, 2]) await group.linkIsUp(index);
		await write(heir, { ...cast, seed: cast.seed + 2 }, 1000);
		group.parents.splice(0, 3, -1, 0, 0);
		findings.add((await atRest(group)).map((line) => `after a promotion: ${line}`));
		const after = await copies(heir);
		findings.equal("full copies after a promotion", after.full - before.full, 0);
		findings.equal("partial ones", after.partial - before.partial, 2);
		// Who wrote something of its own meanwhile has to begin anew.
		await old.command("REPLICAOF", "NO", "ONE");
		await write(old, { ...cast, seed: cast.seed + 3 }, 500);
		await write(heir, { ...cast, seed: cast.seed + 4 }, 500);
		await follow(old, heir);
		await group.linkIsUp(1);
		findings.add((await atRest(group)).map((line) => `after a life of its own: ${line}`));
		findings.equal("full copies after a life of its own", (await copies(heir)).full - before.full, 1);
		return findings.list;
	},
};

/** Who follows a replica has the same stream: nothing changes for it where that is cut, promoted, or copied anew. */
const chain: Scene = {
	name: "chain",
	async play(cast) {
		const findings = new Findings();
		const members = [leaderOf(cast), replicaOf(cast), { ...leaderOf(cast), follows: 1 }];
		await using group = await ReplicationGroup.start(members);
		await fillLeader(group.leader, cast.isShort);
		await group.attachAll();
		const [first, middle, last] = [group.nodes[0]!, group.nodes[1]!, group.nodes[2]!];
		await write(first, cast, 2000);
		findings.add(await atRest(group));
		for (const victim of [1, 2, 1]) {
			await writeDuring(first, { ...cast, seed: cast.seed + victim }, group.cutAndBack(victim));
		}
		findings.add((await atRest(group)).map((line) => `after cuts: ${line}`));
		findings.equal("copies of the first", await copies(first), { full: 1, partial: 2 });
		findings.equal("copies of the middle", await copies(middle), { full: 1, partial: 1 });
		findings.equal("depth", (await last.command("ROLE")).tree().items[3]!.text, "connected");
		// The middle is copied anew, and so is who follows it.
		await middle.command("REPLICAOF", "NO", "ONE");
		await middle.command("SET", "of the middle", "alone");
		await write(first, { ...cast, seed: cast.seed + 5 }, 500);
		await group.attach(1);
		await group.linkIsUp(1);
		await group.linkIsUp(2);
		findings.add((await atRest(group)).map((line) => `after a new copy: ${line}`));
		findings.equal("full copies of the first", (await copies(first)).full, 2);
		// The middle takes over.
		const { full } = await copies(middle);
		await middle.command("REPLICAOF", "NO", "ONE");
		await write(middle, { ...cast, seed: cast.seed + 6 }, 500);
		group.nodes.shift();
		group.parents.splice(0, 3, -1, 0);
		group.proxies.shift()?.[Symbol.dispose]();
		await group.linkIsUp(1);
		findings.add((await atRest(group)).map((line) => `after its promotion: ${line}`));
		findings.equal("full copies of the middle", (await copies(middle)).full, full);
		await first[Symbol.asyncDispose]();
		return findings.list;
	},
};

/** The line goes dead without a word: each side notices by itself. */
const silence: Scene = {
	name: "silence",
	async play(cast) {
		const findings = new Findings();
		const timeout = ["--repl-timeout", "3", "--repl-ping-replica-period", "1"];
		await using group = await attachedPair(cast, timeout, timeout);
		const [leader, replica] = [group.leader, group.nodes[1]!];
		group.proxies[1]!.stall();
		await group.until("the replica notices", 15_000, async () => {
			return (await replica.info("replication")).get("master_link_status") === "down";
		});
		await group.until("the leader notices", 15_000, async () => (await leader.count("connected_slaves")) === 0);
		await write(leader, cast, 1000);
		group.proxies[1]!.cut();
		await group.cutAndBack(1, () => group.proxies[1]!.flow());
		findings.add(await atRest(group));
		findings.equal("copies", await copies(leader), { full: 1, partial: 1 });
		return findings.list;
	},
};

export const fateScenes: readonly Scene[] = [frozenReplica, restartedReplica, killedLeader, promotion, chain, silence];
