/** FAILOVER and SHUTDOWN with genuine servers and our own in both roles, while clients write without a pause. */
import { describe, expect, test } from "bun:test";
import type { ServerMaker } from "../../support/data-server.ts";
import { hasRedisServer, missingRedisServer } from "../../support/redis-server.ts";
import { encodeCommand } from "../../support/wire.ts";
import { ReplicationGroup } from "./group.ts";
import type { ServerNode } from "./node.ts";

const missing = hasRedisServer() ? undefined : missingRedisServer;
if (missing !== undefined) console.warn(`failovers skipped: ${missing}`);

const pairs: readonly (readonly [ServerMaker, ServerMaker])[] = [
	["redis-lite", "redis-lite"],
	["redis-lite", "redis-server"],
	["redis-server", "redis-lite"],
];
const WRITERS = 4;
const look_ms = 10;

/** A client that counts, with whichever server takes its writes; returns how many were acknowledged. */
async function write(nodes: readonly ServerNode[], key: string, isOver: () => boolean): Promise<number> {
	let acknowledged = 0;
	let at = 0;
	while (!isOver()) {
		const connection = await nodes[at]!.connect().catch(() => null);
		while (connection !== null && !isOver()) {
			connection.send(encodeCommand("INCR", key));
			const [reply] = await connection.receive(1);
			const text = reply?.text() ?? "";
			if (!text.startsWith(":")) break;
			// Each write is there when the next one is made.
			if (Number(text.slice(1)) <= acknowledged)
				throw new Error(`${key} is ${text}, ${acknowledged} were acknowledged`);
			acknowledged++;
		}
		connection?.close();
		at = (at + 1) % nodes.length;
		await Bun.sleep(1);
	}
	return acknowledged;
}

async function hasTurned(group: ReplicationGroup, leads: ServerNode, follows: ServerNode): Promise<void> {
	await group.until(`${leads.name} leads and ${follows.name} follows`, 20_000, async () => {
		const [master, replica] = await Promise.all([leads.info("replication"), follows.info("replication")]);
		return master.get("role") === "master" && replica.get("master_link_status") === "up";
	});
}

/** The port that a replica names is that of a proxy nowhere: the two reach each other themselves. */
async function started(makers: readonly ServerMaker[]): Promise<ReplicationGroup> {
	const directives = ["--repl-diskless-sync-delay", "0"];
	const group = await ReplicationGroup.start(
		makers.map((maker, index) => ({ maker, directives, ...(index > 0 ? { follows: 0 } : {}) })),
	);
	for (const index of group.replicas()) {
		await group.nodes[index]!.command("REPLICAOF", "127.0.0.1", String(group.leader.address.port));
		await group.linkIsUp(index);
		// A genuine leader says so a little later.
		await group.until("the leader has it online", 20_000, async () => {
			const info = await group.leader.info("replication");
			return info.get(`slave${index - 1}`)?.includes("state=online") === true;
		});
	}
	return group;
}

describe.skipIf(missing !== undefined)("FAILOVER under load", () => {
	test.each(pairs)(
		"%s -> %s and back loses nothing, and takes no full copy",
		async (leader, replica) => {
			await using group = await started([leader, replica]);
			const [a, b] = group.nodes as [ServerNode, ServerNode];
			let isOver = false;
			const writers = Array.from({ length: WRITERS }, (_, i) => write([a, b], `n${i}`, () => isOver));
			for (const [from, to] of [
				[a, b],
				[b, a],
				[a, b],
			] as const) {
				await Bun.sleep(200);
				await from.command("FAILOVER", "TO", "127.0.0.1", String(to.address.port), "TIMEOUT", "10000");
				await hasTurned(group, to, from);
			}
			await Bun.sleep(100);
			isOver = true;
			const acknowledged = await Promise.all(writers);
			for (const [i, count] of acknowledged.entries()) {
				expect(count).toBeGreaterThan(100);
				expect(Number((await b.command("GET", `n${i}`)).tree().text)).toBeGreaterThanOrEqual(count);
			}
			await group.until("both have the same", 10_000, async () => (await a.digest()) === (await b.digest()));
			expect((await a.count("sync_full")) + (await b.count("sync_full"))).toBe(1);
			expect([...a.alarms(), ...b.alarms()]).toEqual([]);
		},
		60_000,
	);
});

describe.skipIf(missing !== undefined)("words about a failover", () => {
	test("are those of a genuine server", async () => {
		const replies: string[][] = [];
		for (const maker of ["redis-lite", "redis-server"] as const) {
			await using group = await started([maker, "redis-server"]);
			const [a, b] = group.nodes as [ServerNode, ServerNode];
			const port = String(b.address.port);
			const said: string[] = [];
			const say = async (node: ServerNode, line: string) => {
				const [reply] = await node.ask([line.replaceAll("$port", port).split(" ")]);
				said.push(`${line}: ${reply!.text()} ${(await node.info("replication")).get("master_failover_state")}`);
			};
			for (const line of lines) await say(a, line);
			for (const line of lines) await say(b, line);
			b.signal("SIGSTOP");
			await a.command("SET", "k", "v");
			for (const line of ["FAILOVER", ...lines, "REPLICAOF NO ONE", "CLIENT UNPAUSE"]) await say(a, line);
			await say(a, "FAILOVER ABORT");
			await say(a, "FAILOVER TO 127.0.0.1 $port TIMEOUT 100 FORCE");
			await group.until("it is tried", 10_000, async () => (await a.info("replication")).get("role") === "slave");
			for (const line of ["SET k w", "GET k", "FAILOVER", "REPLICAOF NO ONE", "FAILOVER ABORT", "SET k x"])
				await say(a, line);
			b.signal("SIGCONT");
			replies.push(said);
		}
		expect(replies[0]).toEqual(replies[1]!);
	}, 60_000);
});

const lines = [
	"FAILOVER ABORT TIMEOUT 5",
	"FAILOVER TIMEOUT 5 ABORT",
	"FAILOVER ABORT ABORT",
	"FAILOVER FOO",
	"FAILOVER FORCE",
	"FAILOVER FORCE TIMEOUT 100",
	"FAILOVER TO 127.0.0.1 $port FORCE",
	"FAILOVER TO 127.0.0.1 1 FORCE TIMEOUT 100",
	"FAILOVER TO localhost $port",
	"FAILOVER TO 127.0.0.1 99999999999999",
	"FAILOVER TO 127.0.0.1 x",
	"FAILOVER TIMEOUT 0",
	"FAILOVER TIMEOUT 1 TIMEOUT 1",
	"FAILOVER TO a 1 TO a 1",
];

describe.skipIf(missing !== undefined)("SHUTDOWN under load", () => {
	test.each(pairs)(
		"%s -> %s leaves everything that was acknowledged with the replica",
		async (leader, replica) => {
			await using group = await started([leader, replica]);
			const [a, b] = group.nodes as [ServerNode, ServerNode];
			let isOver = false;
			const writers = Array.from({ length: WRITERS }, (_, i) => write([a], `n${i}`, () => isOver));
			await Bun.sleep(300);
			await a.shutdown("NOSAVE");
			isOver = true;
			const acknowledged = await Promise.all(writers);
			for (const [i, count] of acknowledged.entries()) {
				expect(count).toBeGreaterThan(100);
				expect(Number((await b.command("GET", `n${i}`)).tree().text)).toBeGreaterThanOrEqual(count);
			}
			expect(a.log()).toContain("1 of 1 replicas are in sync when shutting down.");
			expect(a.alarms()).toEqual([]);
		},
		60_000,
	);

	test.each(["redis-lite", "redis-server"] as const)(
		"%s: SIGTERM waits no longer than it may",
		async (maker) => {
			await using group = await started([maker, "redis-server"]);
			const [a, b] = group.nodes as [ServerNode, ServerNode];
			b.signal("SIGSTOP");
			await a.command("CONFIG", "SET", "shutdown-timeout", "1");
			await a.command("SET", "k", "v");
			a.signal("SIGTERM");
			while (a.isRunning()) await Bun.sleep(look_ms);
			b.signal("SIGCONT");
			expect(a.log()).toContain("* Waiting for replicas before shutting down.");
			expect(a.log()).toMatch(
				/[*#] Lagging replica 127\.0\.0\.1:\d+ reported offset \d+ behind master, lag=\d, state=online\./,
			);
			expect(a.log()).toContain("* 0 of 1 replicas are in sync when shutting down.");
		},
		30_000,
	);
});
