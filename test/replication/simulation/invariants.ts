/**
 * What must be true at any moment of any scenario:
 *
 * - no server meets an internal error or ends by itself;
 * - servers with the same history hold the same data at the same offset, to the last bit;
 * - nobody is further in a history than the server that writes it;
 * - the structures in memory are sound, and the stream takes no more memory than backlog and slow replicas may;
 *
 * and, when everything has healed: all replicas are connected, as far as the leader, and hold what it holds.
 */
import type { Server } from "../../../src/server/server.ts";
import { contentOf, differences, fingerprint } from "./content.ts";
import type { Machine } from "./machine.ts";
import type { Operator } from "./operator.ts";
import type { World } from "./world.ts";

interface Sight {
	readonly where: string;
	readonly print: string;
	readonly content: ReadonlyMap<string, string>;
}

/** Blocks of the stream that begin or are spare. */
const STREAM_SLACK_BYTES = 4 * 256 * 1024;
/** A replica that reads nothing is dropped a little after it has come to its limit. */
const BURST_BYTES = 4 << 20;

/** Where a server stands in its history, where that can be said; null while it loads, or a command is at work. */
export function positionOf(server: Server): { id: string; offset: number } | null {
	const { replication, keyspace, persistence } = server;
	const { history, stream } = replication;
	if (keyspace.effects.length > 0 || keyspace.isStandingStill || persistence.loading.isOn()) return null;
	const state = replication.follower.state();
	if (state === null) return stream.isOpen ? { id: history.id, offset: stream.offset } : null;
	if (state.isSyncing || !state.linkIsUp) return null;
	return { id: history.id, offset: state.offset };
}

export class Invariants {
	/** How often two servers were found at the same place. */
	meetings: number;
	private readonly world: World;
	private readonly operator: Operator;
	/** What was seen at a place of a history. */
	private readonly sights: Map<string, Sight>;

	constructor(world: World, operator: Operator) {
		this.meetings = 0;
		this.world = world;
		this.operator = operator;
		this.sights = new Map();
	}

	/** What is wrong now; empty where nothing is. */
	check(): string[] {
		const { machines } = this.world;
		const problems = machines.flatMap((machine) => this.healthOf(machine));
		for (const machine of machines) problems.push(...this.look(machine));
		return problems;
	}

	/** The structures in memory, walked from end to end. */
	verify(): void {
		for (const machine of this.world.machines) {
			for (const { table, fieldExpiry } of machine.server()?.keyspace.databases ?? []) {
				if (table.count === 0) continue;
				table.verify();
				fieldExpiry.verify();
			}
		}
	}

	private healthOf(machine: Machine): string[] {
		const server = machine.server();
		const problems = machine.failure === "" ? [] : [machine.failure];
		if (server === null) return problems;
		const { statistics, replication, config } = server;
		if (statistics.internalErrors > 0) problems.push(`${machine.address}: internal errors\n${machine.log()}`);
		const limit = config.values["client-output-buffer-limit"].replica.hard_bytes || BURST_BYTES;
		const most = config.values["repl-backlog-size"] + limit + BURST_BYTES + STREAM_SLACK_BYTES;
		const used = replication.stream.bytesUsed();
		if (used > most) problems.push(`${machine.address}: its stream takes ${used} bytes, at most ${most} may be`);
		return problems;
	}

	private look(machine: Machine): string[] {
		const server = machine.server();
		if (server === null) return [];
		const position = positionOf(server);
		if (position === null) return [];
		const { id, offset } = position;
		const problems: string[] = [];
		const written = this.writtenOf(id);
		if (offset > written) problems.push(`${machine.address} is at ${offset} of ${id}, which ends at ${written}`);
		const content = contentOf(server.keyspace);
		const print = fingerprint(content);
		this.world.trace(`${machine.address} ${id} ${offset} ${print}`);
		const place = `${id} ${offset}`;
		const seen = this.sights.get(place);
		const where = `${machine.address} at ${this.world.elapsed_ms()} ms`;
		if (seen === undefined) this.sights.set(place, { where, print, content });
		else if (seen.print !== print) {
			const found = differences(seen.content, content).join("\n    ");
			problems.push(`at ${place} ${seen.where} | ${where} differ:\n    ${found}`);
		} else if (!seen.where.startsWith(`${machine.address} `)) this.meetings++;
		return problems;
	}

	/** How far the server has come that writes this history, Infinity where none does any more. */
	private writtenOf(id: string): number {
		const servers = this.world.machines.flatMap((machine) => machine.server() ?? []);
		const writer = servers.find(({ replication }) => !replication.isReplica() && replication.history.id === id);
		return writer?.replication.stream.offset ?? Infinity;
	}

	/** What keeps the world from being healed; empty where all are connected and equal. */
	unhealed(): string[] {
		const leader = this.operator.leader();
		const server = leader.server();
		if (server === null) return [`the leader ${leader.address} is down`];
		const { history, stream } = server.replication;
		const expected = contentOf(server.keyspace);
		const problems: string[] = [];
		for (const machine of this.world.machines) {
			const other = machine.server();
			const where = machine.address;
			if (other === null) problems.push(`${where} is down`);
			else if (!this.operator.isInPlace(machine)) problems.push(`${where} does not follow whom it should`);
			else if (machine !== leader) {
				const state = other.replication.follower.state();
				const id = other.replication.history.id;
				if (state === null || !state.linkIsUp) problems.push(`${where}: its link is ${state?.role ?? "nowhere"}`);
				else if (id !== history.id) problems.push(`${where}: its history is ${id}, not ${history.id}`);
				else if (state.offset !== stream.offset)
					problems.push(`${where} is at ${state.offset}, the leader at ${stream.offset}`);
				else problems.push(...differences(expected, contentOf(other.keyspace)).map((line) => `${where}: ${line}`));
			}
		}
		return problems;
	}
}
