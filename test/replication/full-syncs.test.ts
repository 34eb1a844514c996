import { describe, expect, test } from "bun:test";
import { loaded, SELECT_0, started } from "./leading.ts";
import { ScriptedReplica } from "./scripted-replica.ts";

describe.each(["yes", "no"])("a full copy, repl-diskless-sync %s", (isDiskless) => {
	const directives = `repl-diskless-sync ${isDiskless}`;

	test("has what there was when it began; what came behind it is in the stream", () => {
		const { client, follow, settle } = started(directives);
		client.run("SET", "before", 1);
		client.run("RPUSH", "list", "a", "b");
		const replica = follow();
		client.send("SET", "meanwhile", 2);
		settle();
		client.run("SET", "after", 3);
		replica.read().acknowledge();
		settle();
		const copy = loaded(replica.copy!);
		expect(copy.run("GET", "before")).toBe("$1\r\n1\r\n");
		expect(copy.run("LRANGE", "list", 0, -1)).toBe("*2\r\n$1\r\na\r\n$1\r\nb\r\n");
		expect(copy.run("EXISTS", "after")).toBe(":0\r\n");
		const stream = replica.takeStream();
		expect(stream).toContain("*3 $3 SET $5 after $1 3");
		expect(copy.run("EXISTS", "meanwhile") === ":1\r\n").not.toBe(stream.includes("meanwhile"));
	});

	test("begins behind nothing of what one turn has done, or behind all of it", () => {
		const { client, follow, settle } = started(directives);
		const first = follow();
		settle();
		first.read().acknowledge();
		client.sendText("MULTI\r\nINCR n\r\nINCR n\r\nEXEC\r\nINCR n\r\n");
		const second = follow();
		client.sendText("INCR n\r\n");
		settle();
		second.read().acknowledge();
		client.run("INCR", "n");
		settle();
		const copied = Number(loaded(second.copy!).run("GET", "n").split("\r\n")[1]);
		const streamed = second.takeStream().split("INCR").length - 1;
		expect(copied + streamed).toBe(5);
		expect(second.offset).toBe(first.read().offset);
	});

	test("has what is done but not told yet", () => {
		const { machine, server, client, follow, settle } = started("repl-diskless-sync-delay 60");
		const replica = follow(undefined, undefined, isDiskless === "yes" ? undefined : []);
		settle();
		client.run("CONFIG", "SET", "repl-diskless-sync-delay", 0);
		client.send("INCR", "n");
		while (server.keyspace.effects.length === 0) machine.time.step();
		server.replication.leader.cron();
		settle();
		replica.read().acknowledge();
		settle();
		const copied = loaded(replica.copy!).run("GET", "n") === "$1\r\n1\r\n" ? 1 : 0;
		expect(copied + replica.takeStream().split("INCR").length - 1).toBe(1);
	});

	test("is told where it stands", () => {
		const { server, follow, settle, info } = started(directives);
		const { id } = server.replication.history;
		const replica = follow();
		settle();
		replica.read();
		// Nobody has followed the history there was.
		expect(replica.id).not.toBe(id);
		expect(replica.lines.filter((line) => line !== "")).toEqual([
			`+FULLRESYNC ${server.replication.history.id} 0`,
			expect.stringMatching(isDiskless === "yes" ? /^\$EOF:[0-9a-f]{40}$/ : /^\$\d+$/),
		]);
		expect(replica.copy).toContain("repl-stream-db");
		expect(replica.copy).toContain(server.replication.history.id);
		expect(info()["sync_full"]).toBe("1");
	});

	test("is made once for all who wait", () => {
		const { server, follow, settle, info } = started(directives);
		const replicas = [follow(), follow(), follow()];
		settle();
		for (const replica of replicas) expect(replica.read().copy).not.toBeNull();
		expect(new Set(replicas.map(({ copy }) => copy)).size).toBe(1);
		expect(info()["connected_slaves"]).toBe("3");
		expect(server.persistence.snapshots.progress()).toBeNull();
	});

	test("comes whole through a network that takes what it likes", () => {
		const faults = { chunkBytesMax: 700, writeBytesMax: 900, delay_ms_max: 2, drainsFalsely: true };
		const { machine, client, settle } = started(directives, faults);
		for (let i = 0; i < 200; i++) client.send("SET", `key:${i}`, "x".repeat(100));
		settle(2000);
		const replica = new ScriptedReplica(machine.network, 6379);
		replica.client.send("REPLCONF", "capa", "eof");
		settle();
		replica.client.send("PSYNC", "?", -1);
		settle(5000);
		replica.read().acknowledge();
		expect(loaded(replica.copy!).run("DBSIZE")).toBe(":200\r\n");
		for (let i = 0; i < 50; i++) client.send("SET", `key:${i}`, "y");
		settle(5000);
		expect(replica.takeStream().split("$3 SET").length).toBe(51);
	});

	test("leaves nothing behind when all who wanted it are gone", () => {
		const { server, machine, client, follow, settle } = started(directives);
		for (let i = 0; i < 50; i++) client.run("SET", `key:${i}`, "x".repeat(1000));
		const names = machine.files.list(machine.files.resolve("."));
		const replicas = [follow(), follow()];
		machine.network.settle();
		for (const replica of replicas) replica.client.cut();
		settle();
		expect(server.persistence.snapshots.progress()).toBeNull();
		expect(server.persistence.saves.isBusy()).toBe(false);
		expect(server.replication.stream.readers.size).toBe(0);
		expect(machine.files.list(machine.files.resolve("."))).toEqual(names);
		expect(follow().read).toBeDefined();
		settle();
		expect(client.run("BGSAVE")).toContain("+Background saving started");
	});
});

describe("a full copy", () => {
	test("is given up by a slow replica alone", () => {
		const { machine, client, follow, settle } = started("repl-timeout 10");
		for (let i = 0; i < 3000; i++) client.send("SET", `key:${i}`, "x".repeat(1000));
		settle();
		client.take();
		const stuck = new ScriptedReplica(machine.network, 6379, { window_bytes: 4096 }).ask();
		const quick = follow();
		stuck.client.stopReading();
		settle(3000);
		expect(quick.read().copy).not.toBeNull();
		for (let second = 0; second < 15; second++) {
			quick.acknowledge();
			settle(1000);
		}
		expect(stuck.client.isClosed).toBe(true);
		expect(quick.client.isClosed).toBe(false);
	});

	test("is made no faster than it is taken", () => {
		const { machine, server, client, settle } = started("rdbcompression no");
		const value = "x".repeat(1000);
		for (let i = 0; i < 20_000; i++) client.send("SET", `key:${i}`, value);
		settle();
		const slow = new ScriptedReplica(machine.network, 6379, { window_bytes: 1 << 20 }).ask();
		slow.client.stopReading();
		settle(2000);
		const { keys, keysTotal } = server.persistence.snapshots.progress()!;
		expect([keysTotal, keys < 15_000]).toEqual([20_000, true]);
		slow.client.startReading();
		settle(2000);
		expect(loaded(slow.read().copy!).run("DBSIZE")).toBe(":20000\r\n");
	});

	test("waits for a save at work, and a save waits for it", () => {
		const { server, client, follow, settle, machine } = started();
		client.run("SET", "a", 1);
		expect(client.run("BGSAVE")).toContain("started");
		const replica = follow();
		machine.network.settle();
		settle();
		expect(replica.read().copy).not.toBeNull();
		const second = follow();
		machine.time.step();
		server.replication.leader.cron();
		while (server.persistence.snapshots.progress() === null) machine.time.step();
		expect(client.send("BGSAVE")).toBeUndefined();
		while (client.arrivedBytes() === 0) machine.time.step();
		expect(client.take()).toBe("-ERR Background save already in progress\r\n");
		settle();
		expect(second.read().copy).not.toBeNull();
	});

	test("waits for others as long as it is told to", () => {
		const { client, follow, settle } = started("repl-diskless-sync-delay 3\nrepl-diskless-sync-max-replicas 2");
		const first = follow();
		settle(2000);
		expect(first.read().copy).toBeNull();
		// It is told that it is not forgotten.
		expect(first.lines.filter((line) => line === "").length).toBeGreaterThan(0);
		settle(1500);
		expect(first.read().copy).not.toBeNull();
		const [second, third] = [follow(), follow()];
		settle(500);
		expect(second.read().copy).not.toBeNull();
		expect(third.read().copy).not.toBeNull();
		expect(client.run("ROLE")).toContain("*3\r\n*3\r\n$9\r\n127.0.0.1\r\n$4\r\n7777\r\n$1\r\n0\r\n");
	});

	test("of functions alone, and no more than that, goes to who asks for it", () => {
		const { client, settle, machine } = started();
		client.run("SET", "a", 1);
		client.run("FUNCTION", "LOAD", "#!lua name=mine\nredis.register_function('f', function() return 1 end)");
		const replica = new ScriptedReplica(machine.network, 6379);
		replica.client.run("REPLCONF", "rdb-only", 1, "rdb-filter-only", "functions");
		replica.ask();
		settle();
		const copy = loaded(replica.read().copy!);
		expect(copy.run("DBSIZE")).toBe(":0\r\n");
		expect(copy.run("FUNCTION", "LIST")).toContain("mine");
		expect(replica.client.isClosed).toBe(true);
	});

	test("goes to a client of old, by SYNC, and the stream behind it without being asked for", () => {
		const { client, settle, machine } = started();
		client.run("SET", "a", 1);
		const replica = new ScriptedReplica(machine.network, 6379);
		replica.client.send("SYNC");
		settle();
		expect(replica.read().lines.filter((line) => line !== "")).toEqual([expect.stringMatching(/^\$\d+$/)]);
		expect(loaded(replica.copy!).run("GET", "a")).toBe("$1\r\n1\r\n");
		client.run("SET", "b", 2);
		settle();
		expect(replica.takeStream()).toBe(`${SELECT_0} *3 $3 SET $1 b $1 2`);
	});
});
