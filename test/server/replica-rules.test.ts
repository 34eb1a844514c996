/**
 * What it means for clients, keys and a master's commands that a server is a replica, or that CLIENT PAUSE holds: nothing
 * expires, nothing is evicted, and what was judged before is not judged again.
 */
import { describe, expect, test } from "bun:test";
import { FOR_ALL } from "../../src/keyspace/effects.ts";
import { MASTER_DOWN, READ_ONLY_REPLICA, TOO_FEW_REPLICAS } from "../../src/resp/errors.ts";
import type { Server } from "../../src/server/server.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";

const OK = "+OK\r\n";
const NIL = "$-1\r\n";

function started(directives = "") {
	const machine = new VirtualMachine();
	const server = machine.start(directives);
	const client = machine.network.connect(6379);
	const run = (...words: (string | number)[]) => client.run(...words);
	/** Runs commands as a master's link has them run. */
	const obey = (...commands: (string | number)[][]) => {
		const master = machine.network.connect(6379);
		master.run("PING");
		const own = [...server.clients.all()].at(-1)!;
		own.isObeyed = true;
		const replies = commands.map((words) => master.run(...words));
		own.isObeyed = false;
		master.end();
		return replies;
	};
	return { machine, server, client, run, obey };
}

function statistic(run: (...words: string[]) => string, name: string): number {
	return Number(new RegExp(`^${name}:(.*)\r$`, "m").exec(run("INFO", "everything"))![1]);
}

/** What replicas are told from now on. */
function listen(server: Server): () => string {
	let told = "";
	server.keyspace.effects.want(FOR_ALL, true);
	server.keyspace.effects.onTaken = (bytes, length) => {
		told += Buffer.from(bytes.slice(0, length)).toString();
	};
	return () => told;
}

describe("a replica", () => {
	test("refuses writes of clients, and obeys its master", () => {
		const { server, run, obey } = started();
		server.roleChanged(true, true);
		expect(run("SET", "k", "v")).toBe(`-${READ_ONLY_REPLICA}\r\n`);
		expect(run("GET", "k")).toBe(NIL);
		expect(obey(["SET", "k", "v"])).toEqual([OK]);
		expect(run("GET", "k")).toBe("$1\r\nv\r\n");
		expect(obey(["MULTI"], ["SET", "k", "w"], ["EXEC"])[2]).toBe("*1\r\n+OK\r\n");
		expect(obey(["EVAL", "return redis.call('SET','k','x')", 0])).toEqual([OK]);
		expect(obey(["EVAL", "#!lua\nreturn redis.call('SET','k','y')", 0])).toEqual([OK]);
		run("CONFIG", "SET", "replica-read-only", "no");
		expect(run("SET", "k", "z")).toBe(OK);
		run("CONFIG", "SET", "replica-read-only", "yes");
		expect(run("SET", "k", "z")).toStartWith("-READONLY");
		server.roleChanged(false, false);
		expect(run("SET", "k", "z")).toBe(OK);
	});

	test("without its master shows nothing where that is not wanted, but to its master", () => {
		const { server, run, obey } = started("replica-serve-stale-data no");
		server.roleChanged(true, false);
		expect(run("GET", "k")).toBe(`-${MASTER_DOWN}\r\n`);
		expect(run("INFO", "server")).toContain("redis_version");
		expect(obey(["SET", "k", "v"])).toEqual([OK]);
		server.roleChanged(true, true);
		expect(run("GET", "k")).toBe("$1\r\nv\r\n");
		server.roleChanged(true, false);
		run("CONFIG", "SET", "replica-serve-stale-data", "yes");
		expect(run("GET", "k")).toBe("$1\r\nv\r\n");
	});

	test("hides what is over, from the master it does not", () => {
		const { machine, server, run, obey } = started();
		server.keyspace.effects.want(FOR_ALL, true);
		run("SET", "k", "v", "PX", 10);
		run("HSET", "h", "f", "v", "g", "w");
		run("HPEXPIRE", "h", 10, "FIELDS", 1, "f");
		run("HSET", "gone", "f", "v");
		run("HPEXPIRE", "gone", 10, "FIELDS", 1, "f");
		const fields = Array.from({ length: 600 }, (_, i) => [`field:${i}`, "value"]).flat();
		run("HSET", "big", ...fields);
		run("HPEXPIRE", "big", 10, "FIELDS", 2, "field:1", "field:2");
		server.roleChanged(true, true);
		machine.time.advance(1000);
		machine.network.settle();
		const before = server.keyspace.effects.position();
		expect(run("GET", "k")).toBe(NIL);
		expect(run("HGETALL", "h")).toBe("*2\r\n$1\r\ng\r\n$1\r\nw\r\n");
		expect(run("HLEN", "h")).toBe(":1\r\n");
		expect(run("HGET", "h", "f")).toBe(NIL);
		expect(run("HRANDFIELD", "h", 5)).toBe("*1\r\n$1\r\ng\r\n");
		expect(run("EXISTS", "gone")).toBe(":0\r\n");
		expect(run("HLEN", "big")).toBe(":598\r\n");
		expect(run("HEXISTS", "big", "field:1")).toBe(":0\r\n");
		expect(run("DBSIZE")).toBe(":4\r\n");
		expect(statistic(run, "expired_keys")).toBe(0);
		expect(server.keyspace.effects.position()).toBe(before);
		expect(obey(["GET", "k"], ["HGET", "h", "f"], ["APPEND", "k", "w"], ["HSET", "h", "f", "x"])).toEqual([
			"$1\r\nv\r\n",
			"$1\r\nv\r\n",
			":2\r\n",
			":0\r\n",
		]);
		expect(obey(["PEXPIREAT", "big", 1], ["EXISTS", "big"])).toEqual([":1\r\n", ":1\r\n"]);
		expect(run("EXISTS", "big")).toBe(":0\r\n");
		expect(run("HGET", "h", "f")).toBe("$1\r\nx\r\n");
		for (const { table } of server.keyspace.databases) table.verify();
		server.roleChanged(false, false);
		server.endBatch();
		machine.time.advance(10);
		machine.network.settle();
		expect(run("DBSIZE")).toBe(":1\r\n");
		expect(statistic(run, "expired_keys")).toBe(2);
	});

	test("counts spans that a master hands on from now", () => {
		const { machine, server, run, obey } = started();
		server.roleChanged(true, true);
		obey(["SET", "a", "v", "EX", 10], ["SETEX", "b", 10, "v"], ["SET", "c", "v"], ["EXPIRE", "c", 10]);
		obey(["HSET", "h", "f", "v"], ["HEXPIRE", "h", 10, "FIELDS", 1, "f"]);
		for (const key of ["a", "b", "c"]) expect(run("PTTL", key)).toBe(":10000\r\n");
		expect(run("HTTL", "h", "FIELDS", 1, "f")).toBe("*1\r\n:10\r\n");
		machine.time.advance(10_001);
		expect(run("EXISTS", "a", "b", "c", "h")).toBe(":0\r\n");
		expect(run("DBSIZE")).toBe(":4\r\n");
	});

	test("that takes writes lets go of what is in their way, and of what its clients have set", () => {
		const { machine, server, run } = started("replica-read-only no");
		for (const key of ["a", "b", "c"]) run("SET", key, "v", "PX", 10);
		run("HSET", "h", "f", "v", "g", "w");
		run("HPEXPIRE", "h", 10, "FIELDS", 1, "f");
		server.roleChanged(true, true);
		machine.time.advance(100);
		const told = listen(server);
		expect(run("APPEND", "a", "x")).toBe(":1\r\n");
		expect(run("HSET", "h", "g", "x")).toBe(":0\r\n");
		expect(run("HGETALL", "h")).toBe("*2\r\n$1\r\ng\r\n$1\r\nx\r\n");
		expect(run("COPY", "a", "b")).toBe(":1\r\n");
		expect(run("TTL", "b")).toBe(":-1\r\n");
		expect(told()).toContain("DEL\r\n$1\r\na\r\n");
		expect(told()).toContain("DEL\r\n$1\r\nb\r\n");
		run("SET", "own", "v", "PX", 50);
		run("PEXPIRE", "b", 50);
		run("SELECT", 3);
		run("SET", "own", "v", "PX", 50);
		expect(statistic(run, "slave_expires_tracked_keys")).toBe(3);
		machine.time.advance(1000);
		expect(statistic(run, "slave_expires_tracked_keys")).toBe(0);
		expect(run("DBSIZE")).toBe(":0\r\n");
		run("SELECT", 0);
		expect(run("DBSIZE")).toBe(":3\r\n");
		for (const { table } of server.keyspace.databases) table.verify();
	});

	test("leaves eviction to its master", () => {
		const { server, run, obey, machine } = started("maxmemory-policy allkeys-random");
		for (let i = 0; i < 200; i++) run("SET", `key:${i}`, "v".repeat(100));
		server.roleChanged(true, true);
		expect(run("CONFIG", "SET", "maxmemory", 1000)).toBe(OK);
		machine.time.advance(100);
		expect(obey(["SET", "new", "value"], ["LPUSH", "list", "a"])).toEqual([OK, ":1\r\n"]);
		expect(run("DBSIZE")).toBe(":202\r\n");
		run("CONFIG", "SET", "replica-ignore-maxmemory", "no");
		run("CONFIG", "SET", "maxmemory", 999);
		machine.time.advance(100);
		expect(run("DBSIZE")).toBe(":0\r\n");
	});

	test("picks a random key even where all are over, and ends", () => {
		const { machine, server, run } = started();
		for (let i = 0; i < 100; i++) run("SET", `key:${i}`, "v", "PX", 10);
		server.roleChanged(true, true);
		machine.time.advance(100);
		expect(run("RANDOMKEY")).toContain("key:");
		expect(run("KEYS", "*")).toBe("*0\r\n");
		expect(run("SCAN", 0, "COUNT", 1000)).toBe("*2\r\n$1\r\n0\r\n*0\r\n");
	});
});

test("a master with too few replicas refuses writes, nothing else, and not what it obeys", () => {
	const { server, run, obey } = started();
	server.executor.lacksReplicas = true;
	expect(run("SET", "k", "v")).toBe(`-${TOO_FEW_REPLICAS}\r\n`);
	expect(run("GET", "k")).toBe(NIL);
	expect(run("PING")).toBe("+PONG\r\n");
	expect(run("EVAL", "return redis.pcall('SET','k','v')", 0)).toBe(`-${TOO_FEW_REPLICAS}\r\n`);
	expect(obey(["SET", "k", "v"])).toEqual([OK]);
	server.executor.lacksReplicas = false;
	expect(run("SET", "k", "v")).toBe(OK);
});

test("while a copy loads aside, reads are served", () => {
	const { server, run } = started();
	run("SET", "k", "v");
	server.executor.isLoadingAside = true;
	expect(run("GET", "k")).toBe("$1\r\nv\r\n");
	expect(run("SAVE")).toStartWith("-LOADING");
	expect(run("MULTI")).toBe(OK);
	server.executor.isLoadingAside = false;
	expect(run("EXEC")).toBe("*0\r\n");
});

test("EXEC is judged by all that was queued", () => {
	const { server, run } = started("replica-serve-stale-data no");
	for (const [queued, isShown] of [
		[["PING"], false],
		[["TIME"], true],
	] as const) {
		server.roleChanged(false, false);
		run("MULTI");
		run("TIME");
		expect(run(...queued)).toBe("+QUEUED\r\n");
		server.roleChanged(true, false);
		const reply = run("EXEC");
		if (isShown) expect(reply).toStartWith("*2");
		else expect(reply).toBe(`-EXECABORT Transaction discarded because of: ${MASTER_DOWN}\r\n`);
	}
});

describe("CLIENT PAUSE", () => {
	test.each(["WRITE", "ALL"])("%s lets nothing expire or be evicted, and shows nothing that is over", (mode) => {
		const { machine, server, run } = started("maxmemory-policy allkeys-random");
		const reader = machine.network.connect(6379);
		reader.run("PING");
		run("SET", "k", "v", "PX", 100);
		run("SET", "other", "v".repeat(1000));
		server.keyspace.effects.want(FOR_ALL, true);
		run("CLIENT", "PAUSE", 1000, mode);
		expect(server.config.set(["maxmemory", "100"], true)).toBeUndefined();
		machine.time.advance(500);
		expect(server.keyspace.keyCount()).toBe(2);
		if (mode === "WRITE") expect(reader.run("GET", "k")).toBe(NIL);
		expect(server.keyspace.expiredKeys).toBe(0);
		expect(server.config.set(["maxmemory", "0"], true)).toBeUndefined();
		machine.time.advance(600);
		machine.network.settle();
		expect(server.keyspace.keyCount()).toBe(1);
		expect(server.keyspace.expiredKeys).toBe(1);
	});

	test("of everything does not hold replicas", () => {
		const { machine, run } = started();
		const replica = machine.network.connect(6379);
		replica.send("PSYNC", "?", "-1");
		machine.network.settle();
		machine.time.advance(10_000);
		machine.network.settle();
		expect(replica.take()).toContain("FULLRESYNC");
		run("CLIENT", "PAUSE", 5000, "ALL");
		replica.send("REPLCONF", "ACK", "7");
		machine.network.settle();
		machine.time.advance(5500);
		machine.network.settle();
		expect(run("INFO", "replication")).toMatch(/slave0:.*offset=7,lag=5/);
	});

	test("holds what may be replicated, and not a master", () => {
		const { machine, run, obey } = started();
		run("PFADD", "p", "a");
		run("CLIENT", "PAUSE", 1000, "WRITE");
		const held = [
			["PUBLISH", "c", "m"],
			["SPUBLISH", "c", "m"],
			["PFCOUNT", "p"],
			["EVAL", "return 1", "0"],
			["SET", "k", "v"],
		];
		const clients = held.map((words) => {
			const client = machine.network.connect(6379);
			client.send(...words);
			return client;
		});
		machine.network.settle();
		expect(clients.map((client) => client.take())).toEqual(["", "", "", "", ""]);
		expect(run("GET", "k")).toBe(NIL);
		expect(run("EVAL_RO", "return 1", 0)).toBe(":1\r\n");
		expect(run("EVAL", "#!lua flags=no-writes\nreturn 1", 0)).toBe(":1\r\n");
		expect(obey(["SET", "k", "master"])).toEqual([OK]);
		machine.time.advance(1100);
		machine.network.settle();
		expect(clients.map((client) => client.take())).toEqual([":0\r\n", ":0\r\n", ":1\r\n", ":1\r\n", OK]);
	});
});
