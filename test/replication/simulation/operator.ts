/**
 * Who runs the servers: knows who should follow whom, says so to those concerned, and says it again where it was not
 * heard. Its lines to the servers never fail, but a server that is dead or loads does not listen.
 */
import { HostTime } from "../../support/host-time.ts";
import type { HostNetwork } from "../../support/virtual-internet.ts";
import type { Words } from "./commands.ts";
import { Session } from "./load.ts";
import { type Machine, SERVER_PORT } from "./machine.ts";
import type { World } from "./world.ts";

const OPERATOR_ADDRESS = "10.0.9.9";

export class Operator {
	/** Whom a machine should follow, by its address; null for a master. */
	readonly plan: Map<string, string | null>;
	private readonly world: World;
	private readonly network: HostNetwork;
	private readonly sessions: Map<Machine, Session>;

	constructor(world: World) {
		this.plan = new Map();
		this.world = world;
		this.network = world.internet.attach(OPERATOR_ADDRESS, new HostTime(world.time));
		this.sessions = new Map();
	}

	/** The machine at the top of the plan. */
	leader(): Machine {
		for (const [address, master] of this.plan) if (master === null) return this.world.machine(address);
		throw new Error("nobody leads");
	}

	/** The lines of configuration that say whom a machine follows when it starts. */
	directivesOf(machine: Machine): string[] {
		const master = this.plan.get(machine.address) ?? null;
		return master === null ? [] : [`replicaof ${master} ${SERVER_PORT}`];
	}

	follow(machine: Machine, master: Machine | null): void {
		this.plan.set(machine.address, master?.address ?? null);
		this.tellPlace(machine);
	}

	/** One takes the place of the leader, which follows it from now on, as all do that followed the leader. */
	promote(machine: Machine): void {
		const old = this.leader();
		if (machine === old) return;
		this.follow(machine, null);
		this.follow(old, machine);
		for (const [address, master] of this.plan) {
			if (master === old.address && address !== machine.address) this.follow(this.world.machine(address), machine);
		}
	}

	/** Whether a server follows whom it should. */
	isInPlace(machine: Machine): boolean {
		const server = machine.server();
		if (server === null) return false;
		return (server.replication.follower.master?.host ?? null) === (this.plan.get(machine.address) ?? null);
	}

	/** Says again whom it has to follow, where it does not. */
	insist(): void {
		for (const machine of this.world.machines) {
			if (machine.server() !== null && !this.isInPlace(machine)) this.tellPlace(machine);
		}
	}

	command(machine: Machine, ...words: Words): void {
		if (machine.server() === null) return;
		let session = this.sessions.get(machine);
		if (session === undefined || session.isOver) {
			session = new Session(this.network, machine.address);
			this.sessions.set(machine, session);
		}
		this.world.note(`operator to ${machine.address}: ${words.join(" ")}`);
		session.send(words, (reply) => {
			if (reply.kind === "error") this.world.note(`${machine.address} answers ${reply.text}`);
		});
	}

	private tellPlace(machine: Machine): void {
		const master = this.plan.get(machine.address) ?? null;
		if (master === null) this.command(machine, "REPLICAOF", "NO", "ONE");
		else this.command(machine, "REPLICAOF", master, String(SERVER_PORT));
	}
}
