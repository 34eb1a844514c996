/**
 * Three genuine Redis Sentinels that watch one group of servers.
 *
 * Invariant: each has a configuration file in a folder of its own; no process outlives disposal.
 */
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../support/program.ts";
import type { Reply } from "../../support/reply.ts";
import { type Address, encodeCommand, WireConnection } from "../../support/wire.ts";

/** The name under which sentinels and clients know the group. */
export const groupName = "group";
const count = 3;
const quorum = 2;
const reply_ms = 5000;
const look_ms = 20;

export interface SentinelTiming {
	/**
	 * A server that was silent for so long is held to be down. Longer than the period of pings: within one a sentinel does
	 * not try again to reach a server that has taken the place of another.
	 */
	readonly downAfter_ms: number;
	readonly failoverTimeout_ms: number;
	/** Looks around, and tells the others, several times as often as sentinels do by themselves. */
	readonly isSwift: boolean;
}

const swiftly = ["SENTINEL", "DEBUG", "ping-period", "250", "publish-period", "500", "info-period", "1000"];

export function hasRedisSentinel(): boolean {
	return Bun.which("redis-sentinel") !== null;
}

export const missingRedisSentinel = "redis-sentinel is not installed (apt-get install redis-sentinel)";

const running = new Set<Bun.Subprocess>();
process.on("exit", () => {
	for (const child of running) child.kill("SIGKILL");
});
/** Where it is installed, the kernel ends a sentinel whose test was killed. */
const deathPrefix = Bun.which("setpriv") === null ? [] : ["setpriv", "--pdeathsig", "KILL"];

export class Sentinels implements AsyncDisposable {
	readonly addresses: readonly Address[];
	private readonly folders: readonly string[];
	private readonly children: readonly Bun.Subprocess[];

	private constructor(ports: readonly number[], folders: readonly string[], children: readonly Bun.Subprocess[]) {
		this.addresses = ports.map((port) => ({ host: "127.0.0.1", port }));
		this.folders = folders;
		this.children = children;
	}

	/** They need not have found each other or the replicas yet: `isAtRest` says when they have. */
	static async start(directory: string, leader: Address, timing: SentinelTiming): Promise<Sentinels> {
		const numbers = Array.from({ length: count }, (_, index) => index);
		const ports = numbers.map(freePort);
		const folders = numbers.map((index) => join(directory, `sentinel-${index}`));
		const children = numbers.map((index) => spawn(folders[index]!, ports[index]!, leader, timing));
		const sentinels = new Sentinels(ports, folders, children);
		for (const address of sentinels.addresses) await sentinels.ready(address);
		if (timing.isSwift) for (const address of sentinels.addresses) await ask(address, swiftly);
		return sentinels;
	}

	/** The leader's port as each of them has it. */
	async leaderPorts(): Promise<number[]> {
		const replies = await Promise.all(
			this.addresses.map((address) => ask(address, ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", groupName])),
		);
		return replies.map(({ items }) => Number(items[1]?.text));
	}

	/** The first of them promotes a replica, whatever the leader and the others say. */
	async failOver(): Promise<void> {
		await ask(this.addresses[0]!, ["SENTINEL", "FAILOVER", groupName]);
	}

	/** What keeps them from agreeing that `leader` leads so many replicas that all follow it; "" where nothing does. */
	async unrest(leader: number, replicas: number): Promise<string> {
		for (const address of this.addresses) {
			const master = fields(await ask(address, ["SENTINEL", "MASTER", groupName]));
			const seen = ["port", "flags", "num-other-sentinels"].map((name) => master.get(name)).join(" ");
			if (seen !== `${leader} master ${count - 1}`) return `sentinel ${address.port}: ${seen}`;
			const others = (await ask(address, ["SENTINEL", "REPLICAS", groupName])).items.map(fields);
			const told = others.map((one) => ["flags", "master-link-status", "master-port"].map((name) => one.get(name)));
			const good = told.filter((words) => words.join(" ") === `slave ok ${leader}`);
			if (told.length !== replicas || good.length !== replicas)
				return `sentinel ${address.port}: ${told.map((words) => words.join(" ")).join(", ")}`;
		}
		return "";
	}

	/** The ends of their logs. */
	log(): string {
		return this.folders
			.map((folder) => `--- ${folder}\n${readFileSync(join(folder, "log"), "utf8").split("\n").slice(-25).join("\n")}`)
			.join("\n");
	}

	async [Symbol.asyncDispose](): Promise<void> {
		for (const child of this.children) {
			child.kill("SIGKILL");
			await child.exited;
		}
	}

	private async ready(address: Address): Promise<void> {
		const deadline_ms = Date.now() + reply_ms;
		while ((await ask(address, ["PING"]).catch(() => undefined)) === undefined) {
			if (Date.now() > deadline_ms) throw new Error(`a sentinel did not get ready:\n${this.log()}`);
			await Bun.sleep(look_ms);
		}
	}
}

function spawn(folder: string, port: number, leader: Address, timing: SentinelTiming): Bun.Subprocess {
	mkdirSync(folder, { recursive: true });
	const file = join(folder, "sentinel.conf");
	const lines = [
		`port ${port}`,
		"bind 127.0.0.1",
		`dir ${folder}`,
		`sentinel monitor ${groupName} ${leader.host} ${leader.port} ${quorum}`,
		`sentinel down-after-milliseconds ${groupName} ${timing.downAfter_ms}`,
		`sentinel failover-timeout ${groupName} ${timing.failoverTimeout_ms}`,
		`sentinel parallel-syncs ${groupName} 2`,
	];
	writeFileSync(file, `${lines.join("\n")}\n`);
	const output = openSync(join(folder, "log"), "a");
	const child = Bun.spawn([...deathPrefix, "redis-sentinel", file], {
		stdin: "ignore",
		stdout: output,
		stderr: output,
	});
	closeSync(output);
	running.add(child);
	void child.exited.then(() => running.delete(child));
	return child;
}

/** A question over a connection of its own; throws where there is no answer, or an error. */
async function ask(address: Address, command: readonly string[]): Promise<Reply> {
	const connection = await WireConnection.connect(address);
	try {
		connection.send(encodeCommand(...command));
		const [frame] = await connection.receive(1, reply_ms);
		if (frame === undefined || frame.text().startsWith("-"))
			throw new Error(`sentinel ${address.port} answered ${command.join(" ")} with ${frame?.text() ?? "nothing"}`);
		return frame.tree();
	} finally {
		connection.close();
	}
}

function fields({ items }: Reply): ReadonlyMap<string, string> {
	const pairs = new Map<string, string>();
	for (let i = 0; i + 1 < items.length; i += 2) pairs.set(items[i]!.text, items[i + 1]!.text);
	return pairs;
}
