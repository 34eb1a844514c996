/**
 * A genuine leader and ours, each with a genuine replica, get the same commands: what they say of themselves and of their
 * replicas is compared word by word, offsets too, and the replicas have what their leaders have.
 */
import { describe, expect, test } from "bun:test";
import { DataServer, type ServerMaker } from "../support/data-server.ts";
import type { Command } from "../support/every-type.ts";
import { TemporaryDirectory } from "../support/program.ts";
import { hasRedisServer } from "../support/redis-server.ts";

const directives = ["--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "3600", "--repl-timeout", "600"];

/** What differs from run to run. */
function withoutChance(text: string, replicaPort: number): string {
	return text
		.replaceAll(String(replicaPort), "PORT")
		.replace(/(?<=master_replid:)[0-9a-f]{40}/, "ID")
		.replace(/(?<=lag=)[0-9]+/g, "n");
}

class Pair implements AsyncDisposable {
	readonly leader: DataServer;
	readonly replica: DataServer;
	private readonly folders: TemporaryDirectory[];

	private constructor(leader: DataServer, replica: DataServer, folders: TemporaryDirectory[]) {
		this.leader = leader;
		this.replica = replica;
		this.folders = folders;
	}

	static async start(maker: ServerMaker, further: readonly string[]): Promise<Pair> {
		const folders = [new TemporaryDirectory(), new TemporaryDirectory()];
		const leader = await DataServer.start(maker, folders[0]!.path, [...directives, ...further]);
		const replica = await DataServer.start("redis-server", folders[1]!.path, directives);
		return new Pair(leader, replica, folders);
	}

	async attach(): Promise<void> {
		const { host, port } = this.leader.address;
		await this.replica.command("REPLICAOF", host, String(port));
		await this.settle();
	}

	/** Waits until the replica has said that it has everything. */
	async settle(): Promise<void> {
		for (;;) {
			const text = await this.tell("INFO", "replication");
			const offset = /master_repl_offset:(\d+)/.exec(text)![1]!;
			if (text.includes(`state=online,offset=${offset},`)) return;
			await Bun.sleep(20);
		}
	}

	async tell(...command: Command): Promise<string> {
		const text = (await this.leader.command(...command)).text();
		return withoutChance(text, this.replica.address.port);
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.replica[Symbol.asyncDispose]();
		await this.leader[Symbol.asyncDispose]();
		for (const folder of this.folders) folder[Symbol.dispose]();
	}
}

const writes: readonly Command[] = [
	["SET", "a", "1"],
	["SELECT", "2"],
	["RPUSH", "l", "x", "y"],
	["SPOP", "nothing"],
	["MULTI"],
	["INCR", "n"],
	["INCR", "n"],
	["EXEC"],
	["EVAL", "redis.call('SET', KEYS[1], 'x', 'PX', 100000) return 1", "1", "k"],
	["XADD", "s", "1-1", "f", "v"],
	["WAIT", "1", "1000"],
	["SELECT", "0"],
];

describe.skipIf(!hasRedisServer()).each([
	["yes", "a copy that is streamed"],
	["no", "a copy that is written first"],
])("repl-diskless-sync %s: %s", (isDiskless) => {
	test("leaders say the same, and replicas have the same", async () => {
		await using theirs = await Pair.start("redis-server", ["--repl-diskless-sync", isDiskless]);
		await using ours = await Pair.start("redis-lite", ["--repl-diskless-sync", isDiskless]);
		const pairs = [theirs, ours];
		const same = async (...command: Command) => expect(await ours.tell(...command)).toBe(await theirs.tell(...command));
		await same("INFO", "replication");
		for (const { leader } of pairs) await leader.command("SET", "before", "1");
		for (const pair of pairs) await pair.attach();
		await same("INFO", "replication");
		for (const { leader } of pairs) await leader.pipeline(writes);
		for (const pair of pairs) await pair.settle();
		await same("INFO", "replication");
		await same("ROLE");
		await same("CLIENT", "KILL", "TYPE", "replica");
		for (const { leader } of pairs) await leader.command("INCR", "after");
		for (const pair of pairs) await pair.settle();
		await same("INFO", "replication");
		await same("WAIT", "1", "100");
		const counts = async ({ leader }: Pair) =>
			(await leader.command("INFO", "stats"))
				.text()
				.match(/^sync_.*$/gm)!
				.map((line) => line.trim());
		expect(await counts(ours)).toEqual(await counts(theirs));
		for (const { leader, replica } of pairs) expect(await replica.digest()).toBe(await leader.digest());
	}, 60_000);
});
