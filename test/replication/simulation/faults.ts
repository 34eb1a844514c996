/** What can go wrong in a scenario, by name; each begins now, and ends by itself or when all is healed. */
import type { Random } from "../../../src/bytes/random.ts";
import { type Death, type Machine, SERVER_PORT } from "./machine.ts";
import type { Operator } from "./operator.ts";
import type { World } from "./world.ts";

export interface Stage {
	readonly world: World;
	readonly operator: Operator;
	readonly random: Random;
	/** All is healed from here on: nothing that was begun before may do harm any more. */
	isHealed: boolean;
}

type Fault = (stage: Stage, machine: Machine, other: Machine) => void;

const faults = {
	/** All connections between two machines break. */
	cut({ world }, machine, other) {
		world.note(`cut ${machine.address} - ${other.address}`);
		world.internet.cut(machine.address, other.address);
	},
	/** One of them hears nothing of the other: a slow reader, or half a connection, for long enough. */
	silence(stage, machine, other) {
		silenceFor(stage, machine.address, other.address, someTime(stage));
	},
	partition(stage) {
		const { world, random } = stage;
		const inside = world.machines.filter(() => random.below(2) === 0);
		const outside = world.machines.filter((machine) => !inside.includes(machine));
		const time_ms = someTime(stage);
		for (const a of inside) {
			for (const b of outside) {
				silenceFor(stage, a.address, b.address, time_ms);
				silenceFor(stage, b.address, a.address, time_ms);
			}
		}
	},
	freeze(stage, machine) {
		const { process } = machine;
		if (process === null) return;
		stage.world.note(`freeze ${machine.address}`);
		process.time.standStill();
		later(stage, someTime(stage), `thaw ${machine.address}`, () => thaw(stage.world, machine));
	},
	kill(stage, machine) {
		die(stage, machine, "killed");
	},
	powerCut(stage, machine) {
		die(stage, machine, "powerless");
	},
	/** It dies in the middle of its work on the disk, where it does any soon. */
	dieInside(stage, machine) {
		if (machine.server() === null) return;
		const steps = 1 + stage.random.below(60);
		stage.world.note(`${machine.address} dies in ${steps} steps`);
		machine.dieInSteps(steps);
		later(stage, someTime(stage), `start ${machine.address}`, () => start(stage, machine));
	},
	clockStep({ world, random }, machine) {
		const { process } = machine;
		const step_ms = random.below(4001) - 2000;
		world.note(`the clock of ${machine.address} steps by ${step_ms} ms`);
		machine.skew_ms += step_ms;
		if (process !== null) process.time.skew_ms = machine.skew_ms;
	},
	configure({ operator, random }, machine) {
		const [name, values] = settings[random.below(settings.length)]!;
		operator.command(machine, "CONFIG", "SET", name, values[random.below(values.length)]!);
	},
	save({ operator, random }, machine) {
		operator.command(machine, random.below(2) === 0 ? "BGSAVE" : "BGREWRITEAOF");
	},
	flush({ operator }) {
		operator.command(operator.leader(), "FLUSHALL");
	},
	/** A replica follows another one from now on, or the same anew. */
	move({ operator }, machine, other) {
		if (machine === operator.leader() || leadsTo(operator, other.address, machine.address)) return;
		operator.follow(machine, other);
	},
	/** A replica leads for a moment, and comes back. */
	detach(stage, machine) {
		const { operator } = stage;
		const master = operator.plan.get(machine.address);
		if (master === null || master === undefined) return;
		operator.command(machine, "REPLICAOF", "NO", "ONE");
		later(stage, stage.random.below(1500), `${machine.address} comes back`, () => operator.insist());
	},
	promote({ operator }, machine) {
		if (machine.server() !== null) operator.promote(machine);
	},
	/** The leader itself hands over; where it does not come to that, the operator says so in the end. */
	failover({ operator }, machine) {
		const leader = operator.leader();
		if (operator.plan.get(machine.address) !== leader.address || leader.server() === null) return;
		operator.command(leader, "FAILOVER", "TO", machine.address, String(SERVER_PORT), "TIMEOUT", "2000");
		operator.plan.set(machine.address, null);
		operator.plan.set(leader.address, machine.address);
	},
} satisfies Readonly<Record<string, Fault>>;

export type FaultName = keyof typeof faults;
export const faultNames = Object.keys(faults) as FaultName[];

const settings: readonly (readonly [string, readonly string[]])[] = [
	["repl-backlog-size", ["16kb", "100kb", "1mb"]],
	["repl-diskless-sync", ["yes", "no"]],
	["repl-diskless-load", ["disabled", "on-empty-db", "swapdb"]],
	["repl-diskless-sync-delay", ["0", "1"]],
	["repl-timeout", ["3", "6"]],
	["appendonly", ["yes", "no"]],
	["replica-serve-stale-data", ["yes", "no"]],
	["client-output-buffer-limit", ["replica 64kb 16kb 1", "replica 0 0 0"]],
];

export function commit(stage: Stage, name: FaultName): void {
	const { world, random } = stage;
	const { machines } = world;
	const index = random.below(machines.length);
	const other = (index + 1 + random.below(Math.max(1, machines.length - 1))) % machines.length;
	const fault: Fault = faults[name];
	fault(stage, machines[index]!, machines[other]!);
}

/** Everything is mended: lines speak, machines run, whoever is down starts. */
export function heal(stage: Stage): void {
	const { world } = stage;
	stage.isHealed = true;
	world.note("everything heals");
	world.internet.restore();
	for (const machine of world.machines) {
		machine.dieInSteps(Infinity);
		thaw(world, machine);
		start(stage, machine);
	}
}

function start({ world, operator }: Stage, machine: Machine): void {
	if (machine.process !== null) return;
	world.note(`start ${machine.address}`);
	machine.start(operator.directivesOf(machine));
}

function die(stage: Stage, machine: Machine, death: Death): void {
	if (machine.server() === null) return;
	const { world, random } = stage;
	world.note(`${machine.address} is ${death}`);
	machine.die(death);
	if (random.below(10) === 0) machine.wipe();
	later(stage, someTime(stage), `start ${machine.address}`, () => start(stage, machine));
}

function thaw(world: World, machine: Machine): void {
	machine.process?.time.goOn();
	world.internet.stir();
}

function silenceFor(stage: Stage, from: string, to: string, time_ms: number): void {
	const { internet } = stage.world;
	stage.world.note(`nothing comes from ${from} to ${to} for ${time_ms} ms`);
	internet.silence(from, to);
	later(stage, time_ms, `${from} > ${to} speaks`, () => internet.restore(from, to));
}

/** Short, or longer than anybody's patience. */
function someTime({ random }: Stage): number {
	return random.below([200, 1500, 6000, 12_000][random.below(4)]!);
}

function later(stage: Stage, delay_ms: number, what: string, action: () => void): void {
	stage.world.time.after(delay_ms, () => {
		if (stage.isHealed) return;
		stage.world.trace(what);
		action();
	});
}

/** Whether one follows the other, over however many in between. */
function leadsTo({ plan }: Operator, from: string, to: string): boolean {
	for (let at: string | null | undefined = from; at; at = plan.get(at)) if (at === to) return true;
	return false;
}
