import { describe, expect, test } from "bun:test";
import { VirtualMachine } from "../support/virtual-machine.ts";
import { noFaults, type VirtualClient } from "../support/virtual-network.ts";
import { A_WHILE_MS, PING, started } from "./leading.ts";
import { MASTER_PORT, OTHER_ID, ScriptedMaster } from "./scripted-master.ts";
import { ScriptedReplica } from "./scripted-replica.ts";
import type { Machine } from "./simulation/machine.ts";
import { runScenario } from "./simulation/scenario.ts";
import type { World } from "./simulation/world.ts";

const LEADS_ALREADY = "-ERR PSYNC FAILOVER can't be sent to a master.\r\n";
const READONLY = "-READONLY You can't write against a read only replica.\r\n";
const SEEDS = 8;
const TARGET = ["TO", "127.0.0.1", MASTER_PORT] as const;

/** A server that leads, and a replica that a test plays: as a client of the server, and as its master afterwards. */
function group(directives = "") {
	const made = started(directives);
	const { machine, client, settle } = made;
	const target = new ScriptedMaster(machine);
	const replica = new ScriptedReplica(machine.network, 6379);
	replica.client.run("REPLCONF", "listening-port", MASTER_PORT, "capa", "eof", "capa", "psync2");
	replica.client.send("PSYNC", "?", -1);
	settle();
	replica.read().acknowledge();
	settle();
	client.run("SET", "first", "1");
	settle();
	const state = () => made.info()["master_failover_state"];
	const log = () => machine.host.printed.map((line) => line.replace(/^\S+:(.) .{24} /, "$1 ")).join("\n");
	/** Says that it has all there is. */
	const catchUp = () => {
		replica.read().acknowledge();
		settle();
	};
	/** A client that has asked for a write, and waits. */
	const writer = () => {
		const other = machine.network.connect(6379);
		other.send("SET", "later", "1");
		settle();
		return other;
	};
	return { ...made, target, replica, state, log, catchUp, writer };
}

/** Up to the moment at which the target is asked to lead. */
function inProgress(directives = "") {
	const made = group(directives);
	expect(made.client.run("FAILOVER", ...TARGET)).toBe("+OK\r\n");
	const held = made.writer();
	made.catchUp();
	expect(made.state()).toBe("failover-in-progress");
	return { ...made, held };
}

/** Two servers of which the second follows the first, and a client of each. */
function pair(directives = "", faults = noFaults) {
	const machine = new VirtualMachine(5, faults);
	const leader = machine.start(`repl-diskless-sync-delay 0\n${directives}`);
	const replica = machine.start(`port 6380\nreplicaof 127.0.0.1 6379\n${directives}`);
	machine.time.advance(3000);
	const clients = [machine.network.connect(6379), machine.network.connect(6380)] as const;
	return { machine, leader, replica, clients };
}

describe("FAILOVER between two servers", () => {
	test("changes their roles by a partial resync, at once, and the other way round", () => {
		const { machine, leader, replica, clients } = pair();
		const [a, b] = clients;
		a.run("SET", "k", "1");
		expect(a.run("FAILOVER", "TO", "127.0.0.1", 6380, "TIMEOUT", 5000)).toBe("+OK\r\n");
		machine.time.advance(10);
		expect([leader.role(), replica.role()]).toEqual(["replica", "master"]);
		expect(a.run("SET", "k", "2")).toBe(READONLY);
		expect(b.run("SET", "k", "2")).toBe("+OK\r\n");
		expect(b.run("FAILOVER")).toBe("+OK\r\n");
		machine.time.advance(10);
		expect([leader.role(), replica.role()]).toEqual(["master", "replica"]);
		expect([a.run("GET", "k"), b.run("GET", "k")]).toEqual(["$1\r\n2\r\n", "$1\r\n2\r\n"]);
		expect([leader.statistics.fullSyncs, replica.statistics.fullSyncs]).toEqual([1, 0]);
		expect([leader.statistics.partialSyncs, replica.statistics.partialSyncs]).toEqual([1, 1]);
		expect(leader.replication.history.id).toBe(replica.replication.history.id);
	});

	for (const directives of ["", "appendonly yes\nappendfsync always"]) {
		test(`loses no write that was acknowledged; ${directives}`, () => {
			const { machine, leader, replica, clients } = pair(directives, { ...noFaults, delay_ms_max: 5 });
			const acknowledged = [0, 0, 0];
			const writers = acknowledged.map(() => machine.network.connect(6379));
			const heads = writers.map(() => "");
			const write = (writer: VirtualClient, index: number) => {
				heads[index] += writer.take();
				acknowledged[index]! += heads[index]!.split(":").length - 1;
				const isRefused = heads[index]!.includes("READONLY");
				heads[index] = "";
				if (!isRefused) writer.send("INCR", `n${index}`);
				return !isRefused;
			};
			let going = writers.length;
			for (let round = 0; round < 4000 && going > 0; round++) {
				going = writers.filter((writer, index) => write(writer, index)).length;
				if (round === 50) clients[0].run("FAILOVER");
				machine.time.advance(1);
			}
			expect(going).toBe(0);
			machine.time.advance(2000);
			expect(replica.role()).toBe("master");
			for (const client of clients) {
				client.take();
				client.send("MGET", "n0", "n1", "n2");
				machine.time.advance(100);
				const counts = client
					.take()
					.match(/\r\n\d+(?=\r\n)/g)!
					.map(Number);
				expect(counts).toEqual(acknowledged);
			}
			expect(Math.min(...acknowledged)).toBeGreaterThan(10);
			expect(replica.statistics.fullSyncs).toBe(0);
			expect(leader.statistics.internalErrors + replica.statistics.internalErrors).toBe(0);
		});
	}

	test("takes the other replicas along by partial resyncs", () => {
		const { machine, replica, clients } = pair();
		const third = machine.start("port 6381\nreplicaof 127.0.0.1 6379");
		machine.time.advance(3000);
		clients[0].run("SET", "k", "1");
		clients[0].run("FAILOVER", "TO", "127.0.0.1", 6380);
		machine.time.advance(3000);
		clients[1].run("SET", "k", "2");
		machine.time.advance(3000);
		expect(machine.network.connect(6381).run("GET", "k")).toBe("$1\r\n2\r\n");
		expect([replica.statistics.fullSyncs, third.replication.history.id]).toEqual([0, replica.replication.history.id]);
	});
});

test("where lines break and speak slowly it loses no write that was answered", () => {
	let done = 0;
	for (let seed = 1; seed <= SEEDS; seed++) {
		let world: World | null = null;
		const { problems, lost } = runScenario({
			seed,
			alter: (plan) => ({ ...plan, faults: ["failover", "cut"], faultEvery_ms: 500, waiters: 2, clients: 1 }),
			prepare: (made) => {
				world = made;
			},
		});
		expect([seed, problems, lost]).toEqual([seed, [], 0]);
		const logs = (world as unknown as World).machines.map(
			({ process }: Machine) => process?.host.printed.join("\n") ?? "",
		);
		done += logs.join("\n").split("is synced, failing over").length - 1;
	}
	expect(done).toBeGreaterThan(SEEDS);
}, 60_000);

describe("FAILOVER waits", () => {
	test("until the target has everything, and clients with their writes as long", () => {
		const { client, replica, state, target, settle, writer, catchUp, log, info } = group("repl-ping-replica-period 1");
		replica.takeStream();
		client.run("FAILOVER", ...TARGET);
		const held = writer();
		settle(5000);
		expect(state()).toBe("waiting-for-sync");
		expect(client.run("CLIENT", "UNPAUSE")).toBe("+OK\r\n");
		settle();
		expect([held.take(), client.run("GET", "first")]).toEqual(["", "$1\r\n1\r\n"]);
		// It is asked once where it is, and told nothing more.
		expect(replica.takeStream()).toBe("*3 $8 REPLCONF $6 GETACK $1 *");
		expect(target.connections).toBe(0);
		catchUp();
		expect(target.newest()).toBe(`PSYNC ${info()["master_replid"]} ${replica.offset + 1} FAILOVER`);
		expect(log()).toContain(`M FAILOVER requested to 127.0.0.1:${MASTER_PORT}.`.replace("M ", "M * "));
		expect(log()).toContain(`Failover target 127.0.0.1:${MASTER_PORT} is synced, failing over.`);
	});

	test("also for what was written just before", () => {
		const { client, catchUp, state, settle, target } = group();
		catchUp();
		client.sendText("SET a 1\r\nFAILOVER\r\n");
		settle();
		expect([state(), target.connections]).toEqual(["waiting-for-sync", 0]);
		catchUp();
		expect(target.newest()).toEndWith("FAILOVER");
	});

	test("for whichever replica is first", () => {
		const { client, online, catchUp, target, state } = group();
		online().read();
		client.run("SET", "a", "1");
		client.run("FAILOVER");
		expect(state()).toBe("waiting-for-sync");
		catchUp();
		expect(target.newest()).toEndWith("FAILOVER");
	});

	test("no longer than TIMEOUT", () => {
		const { client, state, settle, writer, log } = group();
		client.run("FAILOVER", "TIMEOUT", 1000);
		const held = writer();
		settle(700);
		expect([state(), held.take()]).toEqual(["waiting-for-sync", ""]);
		settle(400);
		expect([state(), held.take()]).toEqual(["no-failover", "+OK\r\n"]);
		expect(log()).toContain("FAILOVER to any replica aborted: Replica never caught up before timeout");
	});

	test("no longer than TIMEOUT, whatever the target has, with FORCE", () => {
		const { client, state, settle, target, log } = group();
		client.run("FAILOVER", ...TARGET, "FORCE", "TIMEOUT", 1000);
		settle(700);
		expect(target.connections).toBe(0);
		settle(500);
		expect([state(), client.run("SET", "a", "1")]).toEqual(["failover-in-progress", READONLY]);
		expect(target.newest()).toEndWith("FAILOVER");
		expect(log()).toContain(`FAILOVER to 127.0.0.1:${MASTER_PORT} time out exceeded, failing over.`);
	});

	test("until ABORT, and then all is as before", () => {
		const { client, state, writer, settle, log, info } = group();
		const { master_replid: id } = info();
		client.run("FAILOVER", ...TARGET);
		const held = writer();
		expect(client.run("FAILOVER", "ABORT")).toBe("+OK\r\n");
		settle();
		expect([state(), held.take(), info()["master_replid"]]).toEqual(["no-failover", "+OK\r\n", id]);
		expect(log()).toContain(`FAILOVER to 127.0.0.1:${MASTER_PORT} aborted: Failover manually aborted`);
		expect(client.run("FAILOVER", "ABORT")).toBe("-ERR No failover in progress.\r\n");
	});

	test("for a target that is lost until it is back", () => {
		const { client, replica, state, settle, machine, target, info } = group();
		client.run("FAILOVER", ...TARGET);
		replica.client.end();
		settle(3000);
		expect(state()).toBe("waiting-for-sync");
		const again = new ScriptedReplica(machine.network, 6379);
		again.client.run("REPLCONF", "listening-port", MASTER_PORT);
		again.client.send("PSYNC", info()["master_replid"]!, Number(info()["master_repl_offset"]) + 1);
		settle();
		expect(again.client.take()).toBe("-NOMASTERLINK Can't SYNC while failing over\r\n");
		expect(target.connections).toBe(0);
	});

	test("while nothing expires", () => {
		const { client, settle, replica, info } = group();
		client.run("SET", "short", "1", "PX", 500);
		client.run("FAILOVER", ...TARGET);
		settle();
		const { master_repl_offset: offset } = info();
		replica.takeStream();
		settle(2000);
		expect([client.run("GET", "short"), info()["master_repl_offset"]]).toEqual(["$-1\r\n", offset!]);
		client.run("FAILOVER", "ABORT");
		settle(2000);
		expect(replica.takeStream()).toContain("DEL $5 short");
	});

	test("apart from CLIENT PAUSE", () => {
		const { client, writer, settle } = group();
		client.run("FAILOVER", ...TARGET);
		client.run("CLIENT", "PAUSE", 1000, "WRITE");
		const held = writer();
		client.run("FAILOVER", "ABORT");
		settle();
		expect(held.take()).toBe("");
		settle(1000);
		expect(held.take()).toBe("+OK\r\n");
	});

	test("and sends no PING", () => {
		const { client, settle, replica } = group("repl-ping-replica-period 1");
		client.run("FAILOVER", ...TARGET);
		settle();
		replica.takeStream();
		settle(3000);
		expect(replica.takeStream()).toBe("");
		client.run("FAILOVER", "ABORT");
		settle(1500);
		expect(replica.takeStream()).toContain(PING);
	});
});

describe("a target that is asked to lead", () => {
	test("and does: this server is its replica, and writes are refused", () => {
		const { target, settle, state, held, server } = inProgress();
		expect([held.take(), server.role()]).toEqual(["", "replica"]);
		target.say(`+CONTINUE ${OTHER_ID}\r\n`);
		settle();
		expect([state(), held.take()]).toEqual(["no-failover", READONLY]);
		expect([server.replication.history.id, server.replication.follower.state()!.linkIsUp]).toEqual([OTHER_ID, true]);
	});

	test("and refuses: this server is a master again, under another name", () => {
		const { target, settle, state, held, server, info, log } = inProgress();
		const { id } = server.replication.history;
		target.say("-ERR PSYNC FAILOVER replid must match my replid.\r\n");
		settle();
		expect([state(), held.take(), server.role()]).toEqual(["no-failover", "+OK\r\n", "master"]);
		expect(info()["master_replid2"]).toBe(id);
		expect(server.config.values.replicaof).toBeUndefined();
		expect(log()).toContain(`aborted: Failover target rejected psync request`);
		const { connections } = target;
		settle(3000);
		expect(target.connections).toBe(connections);
	});

	for (const line of ["-LOADING wait", "-NOMASTERLINK wait", "what is this"]) {
		test(`and says ${line}: it has refused`, () => {
			const { target, settle, state, server } = inProgress();
			target.say(`${line}\r\n`);
			settle();
			expect([state(), server.role()]).toEqual(["no-failover", "master"]);
			expect(target.requests()).not.toContain("SYNC");
		});
	}

	test("and is lost is asked again, many times a second", () => {
		const { target, settle, state, held } = inProgress();
		for (let i = 0; i < 3; i++) {
			const { connections } = target;
			target.cut();
			settle(150);
			expect([target.connections, state(), held.take()]).toEqual([connections + 1, "failover-in-progress", ""]);
			expect(target.newest()).toEndWith("FAILOVER");
		}
	});

	test("and waits for this server itself is not waited for", () => {
		const { target, settle, state, held, server } = inProgress();
		target.answers.set("PING", "-MASTERDOWN Link with MASTER is down\r\n");
		target.cut();
		settle(150);
		expect(target.newest()).toEndWith("FAILOVER");
		target.say("-MASTERDOWN Link with MASTER is down\r\n");
		settle();
		expect([state(), held.take(), server.role()]).toEqual(["no-failover", "+OK\r\n", "master"]);
	});

	test("and has led since it was lost goes on where it was", () => {
		const { target, settle, state, held, server } = inProgress();
		target.cut();
		settle(150);
		target.say(LEADS_ALREADY);
		settle();
		expect(target.newest()).toBe(`PSYNC ${server.replication.history.id} ${server.replication.stream.offset + 1}`);
		expect(state()).toBe("failover-in-progress");
		target.say(`+CONTINUE ${OTHER_ID}\r\n`);
		settle();
		expect([state(), held.take(), server.role()]).toEqual(["no-failover", READONLY, "replica"]);
	});

	test("and has begun anew since it was lost is not followed", () => {
		const { target, settle, state, held, server, client } = inProgress();
		target.say(LEADS_ALREADY);
		settle();
		target.say(`+FULLRESYNC ${OTHER_ID} 1\r\n$0\r\n`);
		settle();
		expect([state(), held.take(), server.role()]).toEqual(["no-failover", "+OK\r\n", "master"]);
		expect(client.run("GET", "first")).toBe("$1\r\n1\r\n");
	});

	test("and does not answer, until ABORT", () => {
		const { target, settle, state, held, server, client } = inProgress();
		settle(3000);
		expect([state(), held.take()]).toEqual(["failover-in-progress", ""]);
		expect(client.run("FAILOVER", "ABORT")).toBe("+OK\r\n");
		settle();
		expect([state(), held.take(), server.role(), target.isClosed]).toEqual(["no-failover", "+OK\r\n", "master", true]);
	});
});

describe("errors", () => {
	const SYNTAX = "-ERR syntax error\r\n";
	const NOT_AN_INTEGER = "-ERR value is not an integer or out of range\r\n";
	const NOT_POSITIVE = "-ERR FAILOVER timeout must be greater than 0\r\n";
	const INCOMPLETE = "-ERR FAILOVER with force option requires both a timeout and target HOST and IP.\r\n";
	const UNKNOWN = "-ERR FAILOVER target HOST and PORT is not a replica.\r\n";
	for (const [words, error] of [
		["ABORT", "-ERR No failover in progress.\r\n"],
		["ABORT ABORT", SYNTAX],
		["ABORT TIMEOUT 5", SYNTAX],
		["TO", SYNTAX],
		["TO host", SYNTAX],
		["TO host x", NOT_AN_INTEGER],
		["TO host 1 TO host 1", SYNTAX],
		["TO host 1", UNKNOWN],
		["TO host 99999999999", UNKNOWN],
		["TIMEOUT", SYNTAX],
		["TIMEOUT x", NOT_AN_INTEGER],
		["TIMEOUT 0", NOT_POSITIVE],
		["TIMEOUT -1", NOT_POSITIVE],
		["TIMEOUT 1 TIMEOUT 1", SYNTAX],
		["FORCE", INCOMPLETE],
		["FORCE FORCE", SYNTAX],
		["FORCE TIMEOUT 5", INCOMPLETE],
		[`TO 127.0.0.1 ${MASTER_PORT} FORCE`, INCOMPLETE],
	] as const) {
		test(`FAILOVER ${words}`, () => {
			const { client, state } = group();
			expect(client.run("FAILOVER", ...words.split(" "))).toBe(error);
			expect(state()).toBe("no-failover");
		});
	}

	test("without replicas, and with one that is not there yet", () => {
		const { client, follow } = started("repl-diskless-sync-delay 1000");
		expect(client.run("FAILOVER")).toBe("-ERR FAILOVER requires connected replicas.\r\n");
		follow();
		expect(client.run("FAILOVER", "TO", "127.0.0.1", 7777)).toBe("-ERR FAILOVER target replica is not online.\r\n");
	});

	test("while one goes on", () => {
		const { client, machine } = group();
		client.run("FAILOVER");
		expect(client.run("FAILOVER")).toBe("-ERR FAILOVER already in progress.\r\n");
		for (const words of [
			["NO", "ONE"],
			["a", "x"],
		]) {
			expect(client.run("REPLICAOF", ...words)).toBe("-ERR REPLICAOF not allowed while failing over.\r\n");
		}
		const other = machine.network.connect(6379);
		expect(other.run("SYNC")).toBe("-NOMASTERLINK Can't SYNC while failing over\r\n");
	});

	test("of PSYNC … FAILOVER", () => {
		const { machine, leader, replica, clients } = pair();
		const { id } = replica.replication.history;
		expect(clients[0].run("PSYNC", id, 1, "FAILOVER")).toBe(LEADS_ALREADY);
		expect(clients[1].run("PSYNC", OTHER_ID, 1, "failover")).toBe(
			"-ERR PSYNC FAILOVER replid must match my replid.\r\n",
		);
		machine.time.advance(A_WHILE_MS);
		expect([leader.role(), replica.role()]).toEqual(["master", "replica"]);
		const log = machine.host.printed.join("\n");
		expect(log).toContain(`# Failover request received for replid ${OTHER_ID}.`);
	});

	test("on a replica", () => {
		const [, replica] = pair().clients;
		// It has none of its own.
		expect(replica.run("FAILOVER")).toBe("-ERR FAILOVER is not valid when server is a replica.\r\n");
	});
});
