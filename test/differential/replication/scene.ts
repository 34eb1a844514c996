/** What all scenes of replication need: the servers they play with, and how to say what went wrong. */
import type { ServerMaker } from "../../support/data-server.ts";
import type { Command } from "../../support/every-type.ts";
import { groupDisagreements } from "./agreement.ts";
import { type Member, ReplicationGroup } from "./group.ts";
import { fillLeader } from "./link-campaign.ts";
import type { ServerNode } from "./node.ts";
import { nearDeadline_ms, type WorkloadSettings } from "./workload.ts";
import { Writers } from "./writers.ts";

/** Who plays which part, and for how long. */
export interface Cast {
	readonly leader: ServerMaker;
	readonly replica: ServerMaker;
	/** For CI: fewer writes, smaller values, fewer variants. */
	readonly isShort: boolean;
	readonly seed: number;
}

export interface Scene {
	readonly name: string;
	/** What went wrong; empty where nothing did. */
	play(cast: Cast): Promise<string[]>;
}

/** Replicas need not wait for each other. */
export const atOnce = ["--repl-diskless-sync-delay", "0"];

export function leaderOf(cast: Cast, directives: readonly string[] = []): Member {
	return { maker: cast.leader, directives: [...atOnce, ...directives] };
}

export function replicaOf(cast: Cast, directives: readonly string[] = [], follows = 0): Member {
	return { maker: cast.replica, directives: [...atOnce, ...directives], follows };
}

/** A leader with one of everything and random data, and a replica that follows it. */
export async function attachedPair(
	cast: Cast,
	leader: readonly string[] = [],
	replica: readonly string[] = [],
): Promise<ReplicationGroup> {
	const group = await ReplicationGroup.start([leaderOf(cast, leader), replicaOf(cast, replica)]);
	try {
		await fillLeader(group.leader, cast.isShort);
		await group.attachAll();
		return group;
	} catch (error) {
		await group[Symbol.asyncDispose]();
		throw error;
	}
}

/** Random writes by several clients, to one server that stays the master. */
export async function write(
	node: ServerNode,
	cast: Cast,
	commands: number,
	settings: WorkloadSettings = {},
): Promise<void> {
	using writers = await Writers.of(node, cast.seed, settings);
	await writers.writeUntil(commands);
}

/** Writes until something else is done, whose result it hands back. */
export async function writeDuring<Value>(node: ServerNode, cast: Cast, during: Promise<Value>): Promise<Value> {
	using writers = await Writers.of(node, cast.seed + 1000);
	let isDone = false;
	const watched = during.finally(() => {
		isDone = true;
	});
	const [value] = await Promise.all([watched, writers.writeUntil(0, () => isDone)]);
	return value;
}

/** When every near deadline is over: what the replicas have that the leader has not, and the other way round. */
export async function atRest(group: ReplicationGroup): Promise<string[]> {
	await Bun.sleep(nearDeadline_ms);
	return await groupDisagreements(group);
}

/** Collects what is not as it should be. */
export class Findings {
	readonly list: string[] = [];

	check(isSo: boolean, what: string): void {
		if (!isSo) this.list.push(what);
	}

	equal(what: string, actual: unknown, expected: unknown): void {
		this.check(Bun.deepEquals(actual, expected), `${what}: ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`);
	}

	add(found: readonly string[]): void {
		this.list.push(...found);
	}

	/** The same commands to two servers, whose replies must be the same; errors among them. */
	async sameReplies(one: ServerNode, other: ServerNode, commands: readonly Command[]): Promise<void> {
		const [left, right] = [await one.ask(commands), await other.ask(commands)];
		for (const [index, command] of commands.entries()) {
			const [a, b] = [left[index]!.text(), right[index]!.text()];
			if (a === b) continue;
			this.list.push(`${command.join(" ")}: ${one.name} ${JSON.stringify(a)}, ${other.name} ${JSON.stringify(b)}`);
		}
	}
}

/** How often a master gave full copies, and how often what was missing. */
export async function copies(node: ServerNode): Promise<{ full: number; partial: number }> {
	const info = await node.info("stats");
	return { full: Number(info.get("sync_full")), partial: Number(info.get("sync_partial_ok")) };
}
