import { describe, expect, test } from "bun:test";
import { metricsText } from "../../src/introspection/metrics.ts";
import { NO_ID } from "../../src/replication/history.ts";
import { PING, SELECT_0, started } from "./leading.ts";
import { ScriptedReplica } from "./scripted-replica.ts";

describe("the stream", () => {
	test("waits until the copy is loaded, and has what was done in order", () => {
		const { client, follow, settle } = started();
		const replica = follow();
		settle();
		client.run("SET", "a", 1);
		client.run("SELECT", 3);
		client.run("SET", "b", 2);
		client.run("GET", "b");
		settle();
		expect(replica.takeStream()).toBe("");
		replica.acknowledge();
		settle();
		expect(replica.takeStream()).toBe(`${SELECT_0} *3 $3 SET $1 a $1 1 *2 $6 SELECT $1 3 *3 $3 SET $1 b $1 2`);
	});

	test("says the database to everyone who begins with a copy", () => {
		const { client, settle, online } = started();
		online();
		client.run("SELECT", 3);
		client.run("SET", "a", 1);
		const second = online();
		client.run("SET", "b", 2);
		settle();
		expect(second.takeStream()).toBe("*2 $6 SELECT $1 3 *3 $3 SET $1 b $1 2");
		expect(second.copy).toContain("repl-stream-db\xc0\0");
	});

	test("goes on where a replica has lost it, once per reconnection", () => {
		const { client, settle, online, follow, info } = started();
		const replica = online();
		client.run("SET", "a", 1);
		settle();
		replica.takeStream();
		replica.client.cut();
		client.run("SET", "b", 2);
		settle();
		const again = follow(replica.id, replica.offset + 1);
		settle();
		expect(again.takeStream()).toBe("*3 $3 SET $1 b $1 2");
		expect(again.lines.at(-1)).toBe(`+CONTINUE ${replica.id}`);
		expect(info()).toMatchObject({ sync_full: "1", sync_partial_ok: "1", sync_partial_err: "0" });
		const old = follow(replica.id, replica.offset + 1, ["eof"]);
		settle();
		expect(old.read().lines.at(-1)).toBe("+CONTINUE");
	});

	test("goes on behind the word that it does, though others write in the same turn", () => {
		const { machine, client, settle, online } = started();
		const replica = online();
		const again = new ScriptedReplica(machine.network, 6379);
		again.client.run("REPLCONF", "capa", "psync2");
		client.send("SET", "a", 1);
		again.client.send("PSYNC", replica.id, replica.offset + 1);
		client.send("SET", "b", 2);
		settle();
		expect(again.read().lines).toEqual([`+CONTINUE ${replica.id}`]);
		expect(again.takeStream()).toBe(replica.takeStream());
	});

	test.each([
		["of another history", "f".repeat(40), 1],
		["beyond its end", "", 1000],
		["of a history that never was", NO_ID, 1],
	])("cannot go on from a position %s", (_what, id, wanted) => {
		const { online, follow, settle, info } = started();
		const replica = online();
		const other = follow(id === "" ? replica.id : id, wanted);
		settle();
		expect(other.read().lines.some((line) => line.startsWith("+FULLRESYNC"))).toBe(true);
		expect(info()).toMatchObject({ sync_full: "2", sync_partial_ok: "0", sync_partial_err: "1" });
	});

	test("cannot go on from what the backlog has given up", () => {
		const { client, online, follow, settle, info } = started("repl-backlog-size 16kb");
		const replica = online();
		replica.client.cut();
		for (let i = 0; i < 400; i++) client.send("SET", `k${i}`, "x".repeat(2000));
		settle();
		follow(replica.id, replica.offset + 1);
		settle();
		expect(info()).toMatchObject({ sync_full: "2", sync_partial_err: "1" });
	});

	test("ends with its last replica, after a time, and the next one begins anew", () => {
		const { server, client, online, settle, info } = started("repl-backlog-ttl 5");
		const replica = online();
		const { id } = server.replication.history;
		replica.client.cut();
		settle(4000);
		expect(info()["repl_backlog_active"]).toBe("1");
		settle(3000);
		expect(info()["repl_backlog_active"]).toBe("0");
		expect(server.replication.history.id).not.toBe(id);
		expect(server.keyspace.effects.isOn).toBe(false);
		client.run("SET", "a", 1);
		expect(online().lines.some((line) => line.startsWith("+FULLRESYNC"))).toBe(true);
	});

	test("has a ping every so often, and no other server's", () => {
		const { client, online, settle } = started();
		const replica = online();
		client.run("CONFIG", "SET", "repl-ping-replica-period", 2);
		settle(4000);
		expect(replica.takeStream()).toBe(`${PING} ${PING}`);
	});

	test("is closed to a replica that does not read, within the limit, and memory with it", () => {
		const directives = "repl-backlog-size 100kb\nclient-output-buffer-limit replica 2mb 0 0";
		const { machine, server, client, settle, online } = started(directives);
		const stuck = new ScriptedReplica(machine.network, 6379, { window_bytes: 100_000 }).ask();
		settle();
		stuck.read().acknowledge();
		settle();
		const good = online();
		stuck.client.stopReading();
		let most = 0;
		for (let i = 0; i < 5000; i++) {
			client.send("SET", "k", "x".repeat(1000));
			settle(0);
			most = Math.max(most, server.replication.stream.bytesUsed());
		}
		expect(stuck.client.isClosed).toBe(true);
		expect(good.client.isClosed).toBe(false);
		expect(most).toBeGreaterThan(2 << 20);
		expect(most).toBeLessThan(4 << 20);
		expect(server.replication.stream.bytesUsed()).toBeLessThan(1 << 20);
		expect(good.takeStream().split("$3 SET").length).toBe(5001);
	});

	test("is closed to one that goes beyond the soft limit for too long", () => {
		const directives = "repl-backlog-size 100kb\nclient-output-buffer-limit replica 0 300kb 3";
		const { machine, client, settle } = started(directives);
		const stuck = new ScriptedReplica(machine.network, 6379, { window_bytes: 100_000 }).ask();
		settle();
		stuck.read().acknowledge();
		settle();
		stuck.client.stopReading();
		for (let i = 0; i < 500; i++) client.send("SET", "k", "x".repeat(1000));
		settle(2000);
		expect(stuck.client.isClosed).toBe(false);
		settle(2000);
		expect(stuck.client.isClosed).toBe(true);
	});

	test("is closed to one that is silent", () => {
		const { online, settle, info } = started("repl-timeout 5");
		const [silent, good] = [online(), online()];
		for (let second = 0; second < 7; second++) {
			good.acknowledge();
			settle(1000);
		}
		expect(silent.client.isClosed).toBe(true);
		expect(good.client.isClosed).toBe(false);
		expect(info()["connected_slaves"]).toBe("1");
	});

	test("stays open to one that says by empty lines that it is loading", () => {
		const { follow, settle } = started("repl-timeout 5");
		const replica = follow();
		for (let second = 0; second < 10; second++) {
			replica.client.sendText("\n");
			settle(1000);
		}
		expect(replica.read().client.isClosed).toBe(false);
		settle(7000);
		expect(replica.client.isClosed).toBe(true);
	});

	test("is closed to one that asks for replies", () => {
		const { online, settle } = started();
		const replica = online();
		replica.client.send("PING");
		settle();
		expect(replica.client.isClosed).toBe(true);
	});

	test("takes nothing away from replies: they do not wait for it", () => {
		const { client, online, machine, server } = started();
		online();
		client.send("SET", "a", 1);
		while (server.keyspace.effects.length === 0) machine.time.step();
		expect(server.groupCommit.isHolding()).toBe(false);
	});
});

describe("WAIT", () => {
	test("asks replicas, and is over when enough have answered", () => {
		const { client, online, settle } = started();
		const [one, two] = [online(), online()];
		client.run("SET", "a", 1);
		client.send("WAIT", 2, 0);
		settle();
		expect(client.take()).toBe("");
		expect(one.takeStream()).toContain("*3 $8 REPLCONF $6 GETACK $1 *");
		one.acknowledge();
		settle();
		expect(client.take()).toBe("");
		two.read().acknowledge();
		settle();
		expect(client.take()).toBe(":2\r\n");
		expect(client.run("WAIT", 1, 0)).toBe(":2\r\n");
	});

	test("counts what is there when its time is over", () => {
		const { client, online, settle } = started();
		const one = online();
		online();
		client.run("SET", "a", 1);
		client.send("WAIT", 2, 500);
		settle();
		one.read().acknowledge();
		settle(1000);
		expect(client.take()).toBe(":1\r\n");
	});

	test("is not deceived by what is in the stream besides", () => {
		const { client, online, settle } = started();
		const one = online();
		client.run("CONFIG", "SET", "repl-ping-replica-period", 1);
		settle(20_000);
		one.read().acknowledge();
		settle();
		client.run("SET", "a", 1);
		client.send("WAIT", 1, 500);
		settle(0);
		expect(client.take()).toBe("");
		settle(1000);
		expect(client.take()).toBe(":0\r\n");
	});

	test("does not wait for what others have done", () => {
		const { client, machine, online, settle } = started();
		const one = online();
		client.run("SET", "a", 1);
		settle();
		one.read().acknowledge();
		settle();
		machine.network.connect(6379).run("SET", "b", 2);
		expect(client.run("WAIT", 1, 0)).toBe(":1\r\n");
	});

	test("goes by what is on disk where it is WAITAOF", () => {
		const { client, online, settle } = started();
		const one = online();
		client.run("SET", "a", 1);
		client.send("WAITAOF", 0, 1, 0);
		settle();
		one.read().acknowledge();
		settle();
		expect(client.take()).toBe("");
		one.acknowledge("FACK", one.offset);
		settle();
		expect(client.take()).toBe("*2\r\n:0\r\n:1\r\n");
	});
});

describe("what is told", () => {
	test("INFO and CLIENT LIST of replicas", () => {
		const { server, client, online, follow, info, settle } = started("repl-diskless-sync-delay 60");
		client.run("CONFIG", "SET", "repl-diskless-sync-delay", 0);
		const replica = online();
		client.run("CONFIG", "SET", "repl-diskless-sync-delay", 60);
		follow();
		settle();
		client.run("SET", "a", 1);
		settle(2000);
		replica.read().acknowledge();
		settle(3000);
		const labels = 'slave_ip="127.0.0.1",slave_port="7777",slave_state="online"';
		const metrics = metricsText(server);
		expect(metrics).toContain(`redis_connected_slave_offset_bytes{${labels}} ${replica.offset}\n`);
		expect(metrics).toContain(`redis_connected_slave_lag_seconds{${labels}} 3\n`);
		const told = info();
		expect(told["slave0"]).toBe(`ip=127.0.0.1,port=7777,state=online,offset=${replica.offset},lag=3`);
		expect(told["slave1"]).toBe("ip=127.0.0.1,port=7777,state=wait_bgsave,offset=0,lag=0");
		expect(told).toMatchObject({ connected_slaves: "2", connected_clients: "1" });
		expect(Number(told["total_net_repl_output_bytes"])).toBeGreaterThan(100);
		expect(client.run("CLIENT", "LIST", "TYPE", "replica").match(/flags=S/g)).toHaveLength(2);
		expect(client.run("CLIENT", "KILL", "TYPE", "slave")).toBe(":2\r\n");
		settle();
		expect(replica.client.isClosed).toBe(true);
		expect(info()["connected_slaves"]).toBe("0");
	});

	test("min-replicas-to-write counts those that are near", () => {
		const { client, online, settle, info } = started("min-replicas-to-write 1\nmin-replicas-max-lag 3");
		expect(client.run("SET", "a", 1)).toBe("-NOREPLICAS Not enough good replicas to write.\r\n");
		const replica = online();
		expect(info()["min_slaves_good_slaves"]).toBe("1");
		expect(client.run("SET", "a", 1)).toBe("+OK\r\n");
		settle(5000);
		expect(client.run("SET", "a", 1)).toContain("-NOREPLICAS");
		replica.acknowledge();
		settle(1000);
		expect(client.run("SET", "a", 1)).toBe("+OK\r\n");
		replica.client.cut();
		settle();
		expect(client.run("SET", "a", 1)).toContain("-NOREPLICAS");
		client.run("CONFIG", "SET", "min-replicas-to-write", 0);
		expect(client.run("SET", "a", 1)).toBe("+OK\r\n");
	});
});
