/**
 * One scenario, from its seed: servers that follow each other, clients that write, faults that come and go, and what must
 * be true all the while (invariants.ts). In the end everything heals, the clients fall silent, and within a while all
 * replicas must be connected and equal to the leader.
 *
 *     plan.ts       what is there: servers, their configuration, lines, clients, kinds of faults
 *     faults.ts     what goes wrong
 *     operator.ts   who should follow whom, and says so
 *     world.ts, machine.ts      time, network, disks, processes
 *     load.ts, commands.ts, waits.ts      clients
 */
import { Commands } from "./commands.ts";
import { commit, heal, type Stage } from "./faults.ts";
import { Invariants } from "./invariants.ts";
import { LoadClient } from "./load.ts";
import { Operator } from "./operator.ts";
import { planFrom, type ScenarioPlan } from "./plan.ts";
import { lostOn, WaitingClient } from "./waits.ts";
import { World } from "./world.ts";

export interface ScenarioOptions {
	readonly seed: number;
	readonly tell?: (line: string) => void;
	/** Changes the plan that the seed has drawn. */
	readonly alter?: (plan: ScenarioPlan) => ScenarioPlan;
	/** Is given the world before anything happens: to break what has to be found. */
	readonly prepare?: (world: World) => void;
}

export interface ScenarioReport {
	readonly seed: number;
	/** Empty where everything was as it must be. */
	readonly problems: readonly string[];
	readonly trace: string;
	/** Commands answered; writes that WAIT confirmed. */
	readonly answered: number;
	readonly confirmed: number;
	/** Answered writes of the clients that wait which are gone in the end, as with crashes and promotions they may be. */
	readonly lost: number;
	/** How often two servers were found at the same place of a history, and compared. */
	readonly meetings: number;
	/** Keys of the leader at the end. */
	readonly keys: number;
	readonly fullSyncs: number;
	readonly partialSyncs: number;
	/** From healing to the moment when all were equal. */
	readonly healing_ms: number;
}

const CHECK_EVERY_MS = 500;
/** Longer than any timeout of any server, several times. */
const HEALING_MS_MAX = 60_000;
const HEALING_STEP_MS = 100;
const INSIST_EVERY_MS = 3000;

/** Never throws: what goes wrong is in the report. */
export function runScenario(options: ScenarioOptions): ScenarioReport {
	const scenario = new Scenario(options);
	try {
		scenario.run();
	} catch (failure) {
		scenario.problems.push(failure instanceof Error ? (failure.stack ?? failure.message) : String(failure));
	}
	return scenario.report();
}

/** The line that runs a scenario again. */
export function repeatLine(seed: number): string {
	return `bun test/replication/simulation/main.ts --seed ${seed} --tell`;
}

class Scenario {
	readonly problems: string[];
	private readonly options: ScenarioOptions;
	private readonly plan: ScenarioPlan;
	private readonly world: World;
	private readonly operator: Operator;
	private readonly invariants: Invariants;
	private readonly stage: Stage;
	private readonly clients: LoadClient[];
	private readonly waiters: WaitingClient[];
	private healing_ms: number;

	constructor(options: ScenarioOptions) {
		this.problems = [];
		this.options = options;
		this.world = new World(options.seed, PERFECT, options.tell);
		const { world } = this;
		const plan = planFrom(world.fork());
		this.plan = options.alter?.(plan) ?? plan;
		world.internet.quality = this.plan.quality;
		this.operator = new Operator(world);
		this.invariants = new Invariants(world, this.operator);
		const { operator } = this;
		this.stage = { world, operator, random: world.fork(), isHealed: false };
		this.clients = [];
		this.waiters = [];
		this.healing_ms = 0;
	}

	run(): void {
		this.startServers();
		this.startClients();
		this.options.prepare?.(this.world);
		this.live();
		for (const client of [...this.clients, ...this.waiters]) client.stop();
		heal(this.stage);
		this.recover();
	}

	private startServers(): void {
		const { world, operator, plan } = this;
		world.note(`plan: ${JSON.stringify(plan)}`);
		for (const { address, master, directives } of plan.servers) {
			operator.plan.set(address, master);
			const machine = world.addMachine(address, directives);
			if (plan.hasSkew) machine.skew_ms = world.random.below(5000) - 2500;
			machine.start(operator.directivesOf(machine));
		}
	}

	private startClients(): void {
		const { world, operator, plan, clients, waiters } = this;
		const leader = () => operator.leader().address;
		for (let number = 1; number <= plan.clients; number++) {
			const { time } = world;
			const empties = plan.waiters === 0;
			const commands = new Commands(world.seed(), () => time.now_ms(), plan.usesScripts, empties);
			clients.push(new LoadClient(world, `10.0.1.${number}`, leader, () => commands.next()));
		}
		for (let number = 1; number <= plan.waiters; number++) {
			waiters.push(new WaitingClient(world, `10.0.2.${number}`, leader));
		}
	}

	/** The time in which things go wrong. */
	private live(): void {
		const { world, plan, stage } = this;
		const { random } = stage;
		let nextFault_ms = random.below(2 * plan.faultEvery_ms);
		let nextCheck_ms = CHECK_EVERY_MS;
		let isResting = false;
		while (world.elapsed_ms() < plan.duration_ms && this.problems.length === 0) {
			world.advance([1, 5, 20, 60, 150][random.below(5)]!);
			// Now and then nobody writes, so that replicas come as far as their leader and can be compared.
			if (random.below(15) === 0) isResting = !isResting;
			if (!isResting) for (const client of [...this.clients, ...this.waiters]) client.tick();
			if (world.elapsed_ms() >= nextFault_ms && plan.faults.length > 0) {
				nextFault_ms += 1 + random.below(2 * plan.faultEvery_ms);
				commit(stage, plan.faults[random.below(plan.faults.length)]!);
			}
			if (world.elapsed_ms() >= nextCheck_ms) {
				nextCheck_ms += CHECK_EVERY_MS;
				this.check();
			}
		}
	}

	/** The time in which all becomes good. */
	private recover(): void {
		const { world, operator, invariants } = this;
		let left = ["not looked at yet"];
		while (left.length > 0 && this.problems.length === 0) {
			// What has been said comes about by itself first.
			if (this.healing_ms % INSIST_EVERY_MS === INSIST_EVERY_MS - HEALING_STEP_MS) operator.insist();
			world.advance(HEALING_STEP_MS);
			this.healing_ms += HEALING_STEP_MS;
			left = invariants.unhealed();
			if (this.healing_ms < HEALING_MS_MAX) continue;
			this.problems.push(`not healed after ${HEALING_MS_MAX} ms:\n    ${left.join("\n    ")}`);
			for (const machine of world.machines) this.problems.push(`log of ${machine.address}:\n${machine.log()}`);
		}
		this.check();
		invariants.verify();
	}

	private check(): void {
		this.problems.push(...this.invariants.check(), ...this.waiters.flatMap(({ problems }) => problems.splice(0)));
	}

	report(): ScenarioReport {
		const { world, clients, waiters, problems, options, healing_ms } = this;
		const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
		const syncs = world.machines.map((machine) => machine.syncs());
		return {
			seed: options.seed,
			problems: problems.map((problem) => problem.slice(0, PROBLEM_CHARACTERS_MAX)),
			trace: world.traceOf(),
			answered: sum(clients.map(({ answered }) => answered)),
			confirmed: sum(waiters.map(({ confirmed }) => confirmed)),
			lost: lostOn(this.operator.leader(), waiters),
			meetings: this.invariants.meetings,
			keys: this.operator.leader().server()?.keyspace.keyCount() ?? 0,
			fullSyncs: sum(syncs.map(({ full }) => full)),
			partialSyncs: sum(syncs.map(({ partial }) => partial)),
			healing_ms,
		};
	}
}

const PERFECT = { pieceBytesMax: Infinity, writeBytesMax: Infinity, delay_ms_max: 0, window_bytes: 1 << 20 };
const PROBLEM_CHARACTERS_MAX = 6000;
