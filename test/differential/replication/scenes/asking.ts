/**
 * What clients are told by a replica, beside what a genuine one tells that follows the same leader: keys whose time is over,
 * writes, reads without a link, and the words about itself.
 */
import type { Command } from "../../../support/every-type.ts";
import { ReplicationGroup } from "../group.ts";
import { fillLeader } from "../link-campaign.ts";
import { atRest, type Cast, Findings, leaderOf, replicaOf, type Scene } from "../scene.ts";

/** The leader, a replica under test, and a genuine one. */
async function withReference(cast: Cast, directives: readonly string[] = []): Promise<ReplicationGroup> {
	const genuine = { ...replicaOf(cast, directives), maker: "redis-server" as const };
	const group = await ReplicationGroup.start([leaderOf(cast), replicaOf(cast, directives), genuine]);
	await fillLeader(group.leader, true);
	await group.attachAll();
	return group;
}

const kinds: readonly Command[] = [
	["SET", "e:s", "v"],
	["RPUSH", "e:l", "a", "b"],
	["HSET", "e:h", "f", "v"],
	["SADD", "e:t", "a", "b"],
	["ZADD", "e:z", "1", "a"],
	["XADD", "e:x", "1-1", "f", "v"],
];

const looks: readonly Command[] = [
	["GET", "e:s"],
	["STRLEN", "e:s"],
	["GETRANGE", "e:s", "0", "-1"],
	["MGET", "e:s", "e:l", "lives"],
	["EXISTS", "e:s", "e:l", "e:h", "lives"],
	["TYPE", "e:h"],
	["TTL", "e:s"],
	["PTTL", "e:z"],
	["PEXPIRETIME", "e:z"],
	["LRANGE", "e:l", "0", "-1"],
	["LLEN", "e:l"],
	["HGETALL", "e:h"],
	["SMEMBERS", "e:t"],
	["SINTER", "e:t", "e:t"],
	["SUNION", "e:t", "lives"],
	["ZRANGE", "e:z", "0", "-1"],
	["XRANGE", "e:x", "-", "+"],
	["XLEN", "e:x"],
	["TOUCH", "e:s", "lives"],
	["OBJECT", "ENCODING", "e:s"],
	["DUMP", "e:s"],
	["SORT_RO", "e:l", "ALPHA"],
	["KEYS", "e:*"],
	["SCAN", "0", "MATCH", "e:*", "COUNT", "100000"],
	["DBSIZE"],
	["EVAL_RO", "return {redis.call('get',KEYS[1]),redis.call('exists',KEYS[2])}", "2", "e:s", "e:l"],
	["PFCOUNT", "e:s"],
	["BITCOUNT", "e:s"],
	["LCS", "e:s", "e:s"],
	["GEOPOS", "e:z", "a"],
];

const expiry: Scene = {
	name: "expiry",
	async play(cast) {
		const findings = new Findings();
		await using group = await withReference(cast);
		const [leader, replica, genuine] = [group.nodes[0]!, group.nodes[1]!, group.nodes[2]!];
		await leader.ask([["FLUSHALL"], ["DEBUG", "SET-ACTIVE-EXPIRE", "0"]]);
		await leader.pipeline(kinds.flatMap((kind) => [kind, ["PEXPIRE", kind[1]!, "60"]]));
		// Whoever settles a group looks for keys whose time is over.
		await leader.command("WAIT", "2", "10000");
		await Bun.sleep(150);
		await findings.sameReplies(genuine, replica, looks);
		await leader.command("SET", "lives", "x");
		findings.equal("the leader's keys", (await leader.command("DBSIZE")).text(), ":7\r\n");
		await leader.pipeline(kinds.map((kind) => ["EXISTS", kind[1]!]));
		findings.check((await group.settle()) === "", "the leader's DELs do not arrive");
		await findings.sameReplies(genuine, replica, [...looks, ["DBSIZE"]]);
		await leader.command("DEBUG", "SET-ACTIVE-EXPIRE", "1");
		const many = Array.from({ length: 3000 }, (_, index) => [
			"SET",
			`m:${index}`,
			"v",
			"PX",
			String(1 + (index % 400)),
		]);
		await leader.pipeline(many);
		findings.add(await atRest(group));
		findings.equal("keys that are left", (await replica.command("DBSIZE")).text(), ":1\r\n");
		return findings.list;
	},
};

const writes: readonly Command[] = [
	["SET", "a", "b"],
	["DEL", "a"],
	["FLUSHALL"],
	["SWAPDB", "0", "1"],
	["EVAL", "return redis.call('set','a','b')", "0"],
	["EVAL", "return redis.pcall('set','a','b')", "0"],
	["EVAL", "#!lua flags=no-writes\nreturn redis.call('get','lives')", "0"],
	["EVAL", "#!lua\nreturn 1", "0"],
	["EVAL_RO", "return redis.call('set','a','b')", "0"],
	["FUNCTION", "LOAD", "#!lua name=x\nredis.register_function('x',function() end)"],
	["FUNCTION", "FLUSH"],
	["FUNCTION", "LIST"],
	["PUBLISH", "c", "m"],
	["SORT", "list:integers", "STORE", "a"],
	["SORT", "list:one"],
	["GEORADIUS", "geo", "15", "37", "200", "km", "STORE", "a"],
	["GEORADIUS_RO", "geo", "15", "37", "200", "km"],
	["BITFIELD", "a", "SET", "u8", "0", "1"],
	["BITFIELD_RO", "bitmap", "GET", "u8", "0"],
	["GETEX", "string:embstr"],
	["XREADGROUP", "GROUP", "g", "c", "STREAMS", "stream:one", ">"],
	["PFCOUNT", "hll:sparse"],
	["PFMERGE", "a", "hll:sparse"],
	["BLPOP", "nothing", "0.01"],
	["MULTI"],
	["SET", "a", "b"],
	["GET", "a"],
	["EXEC"],
	["MULTI"],
	["GET", "string:embstr"],
	["EXEC"],
	["WAIT", "0", "10"],
	["WAIT", "1", "0"],
	["OBJECT", "ENCODING", "list:quicklist"],
	["MIGRATE", "127.0.0.1", "1", "a", "0", "1"],
	["RESTORE", "a", "0", "junk"],
	["PSYNC", "?", "x"],
	["REPLCONF", "listening-port", "x"],
	["REPLCONF", "nosuch", "1"],
	["REPLCONF", "capa"],
	["REPLICAOF", "a"],
	["REPLICAOF", "NO", "TWO"],
	["REPLICAOF", "host", "99999999"],
];

const refusals: Scene = {
	name: "refusals",
	async play(cast) {
		const findings = new Findings();
		await using group = await withReference(cast, ["--replica-serve-stale-data", "no"]);
		const [replica, genuine] = [group.nodes[1]!, group.nodes[2]!];
		// A replica that counts anew writes down what it found.
		await group.leader.command("PFCOUNT", "hll:sparse");
		await group.settle();
		await findings.sameReplies(genuine, replica, writes);
		for (const proxy of group.proxies) if (proxy !== null) proxy.isRefusing = true;
		for (const proxy of group.proxies) proxy?.cut();
		for (const node of [replica, genuine]) {
			await group.until("it notices", 10_000, async () => {
				return (await node.info("replication")).get("master_link_status") === "down";
			});
		}
		const more: Command[] = [["GET", "a"], ["PING"], ["CONFIG", "GET", "port-x"], ["ECHO", "x"], ["KEYS", "e:*"]];
		const others: Command[] = [
			["SUBSCRIBE", "c"],
			["UNSUBSCRIBE", "c"],
			["SELECT", "1"],
			["EXISTS", "a"],
			["AUTH", "x"],
		];
		const scripts: Command[] = [
			["EVAL", "return redis.call('get','a')", "0"],
			["EVAL", "return 1", "0"],
		];
		const flagged: Command[] = [["EVAL", "#!lua flags=allow-stale\nreturn redis.call('get','a')", "0"]];
		// MIGRATE and what may change who the master is were asked above.
		await findings.sameReplies(genuine, replica, [...writes.slice(0, 31), ...more, ...others, ...scripts, ...flagged]);
		for (const proxy of group.proxies) if (proxy !== null) proxy.isRefusing = false;
		for (const index of [1, 2]) await group.linkIsUp(index);
		findings.add(await atRest(group));
		return findings.list;
	},
};

/** Fields of INFO, in order, and words of ROLE and CLIENT LIST: tools read them. */
const words: Scene = {
	name: "words",
	async play(cast) {
		const findings = new Findings();
		await using group = await withReference(cast);
		const [leader, replica, genuine] = [group.nodes[0]!, group.nodes[1]!, group.nodes[2]!];
		await group.settle();
		const fields = async (node: typeof leader) => [...(await node.info("replication")).keys()];
		findings.equal("fields of a replica", await fields(replica), await fields(genuine));
		const shape = (text: string) => text.replace(/\d+/g, "N");
		const roles = await Promise.all([genuine, replica].map(async (node) => shape((await node.command("ROLE")).text())));
		findings.equal("ROLE of a replica", roles[1], roles[0]);
		const role = shape((await leader.command("ROLE")).text());
		const entry = "*N\r\n$N\r\nN.N.N.N\r\n$N\r\nN\r\n$N\r\nN\r\n";
		findings.equal("ROLE of the leader", role, `*N\r\n$N\r\nmaster\r\n:N\r\n*N\r\n${entry}${entry}`);
		const list = (await leader.command("CLIENT", "LIST", "TYPE", "replica")).tree().text;
		findings.equal("flags of replicas", list.match(/flags=\w+/g), ["flags=S", "flags=S"]);
		const master = (await replica.command("CLIENT", "LIST", "TYPE", "master")).tree().text;
		findings.equal("flags of the master", master.match(/flags=\w+/g), ["flags=M"]);
		const slave = /^ip=127\.0\.0\.1,port=\d+,state=online,offset=\d+,lag=[01]$/;
		for (const field of ["slave0", "slave1"]) {
			const line = (await leader.info("replication")).get(field) ?? "";
			findings.check(slave.test(line), `${field}: ${line}`);
		}
		await leader.command("CLIENT", "KILL", "TYPE", "replica");
		for (const index of [1, 2]) await group.linkIsUp(index);
		await replica.command("CLIENT", "KILL", "TYPE", "master");
		findings.add(await atRest(group));
		findings.equal("full copies", await leader.count("sync_full"), 2);
		return findings.list;
	},
};

export const askingScenes: readonly Scene[] = [expiry, refusals, words];
