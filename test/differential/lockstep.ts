/**
 * A campaign: the same random commands to the reference and to the subject, over the same set of connections, in the
 * same order, every reply compared, and now and then the whole data.
 *
 * Invariant: at most one connection has commands under way, so both servers execute them in one order. After a
 * mismatch both servers are emptied and all connections made anew; the campaign goes on with the next command.
 */
import { describeCommand } from "../support/quoting.ts";
import { type Address, type Frame, toBytes, WireConnection } from "../support/wire.ts";
import { type Allowance, allowances } from "./allowed.ts";
import type { EventAllowance } from "./allowed-events.ts";
import { agree, exact, isMember } from "./compare.ts";
import type { EffectWatch } from "./effects.ts";
import { EventWatch } from "./event-watch.ts";
import { converse, iterate } from "./exchange.ts";
import { Generator, type Group } from "./generate.ts";
import { formatMismatch, History, type Mismatch, showReply } from "./report.ts";
import type { Protocol } from "./source.ts";
import { compareStates, readState } from "./state.ts";
import { fixed, type PlannedCommand, planned, type ScanStep, type SessionStep, type Step, wireText } from "./step.ts";

/** Ways to make a campaign fail on purpose, to prove that it can. */
export interface Canary {
	/** Alters the subject's reply to the command with this index. */
	readonly reply?: { readonly index: number; readonly alter: (actual: Frame) => Frame };
	/** Gives this command to the subject alone, before the first comparison of the data. */
	readonly command?: readonly string[];
	/** Lets the subject alone publish an event before the command with this index. */
	readonly event?: number;
}

export interface CampaignOptions {
	readonly seed: number;
	readonly commands: number;
	readonly protocol: Protocol;
	readonly groups: readonly Group[];
	/** How many mismatches end the campaign. */
	readonly mismatchLimit?: number;
	readonly canary?: Canary;
	/** Compare keyspace events, too; commands that meet keys by chance are then left out. */
	readonly events?: boolean;
	/** Compares the effects of commands, too; commands that meet keys by chance are then left out. */
	readonly effects?: EffectWatch;
	/** So many characters of each argument are shown. */
	readonly width?: number;
}

export interface CampaignResult {
	readonly executed: number;
	readonly stateChecks: number;
	readonly mismatches: readonly Mismatch[];
	/** How often each allowed difference occurred. */
	readonly allowed: ReadonlyMap<Allowance | EventAllowance, number>;
	/** Keyspace events that both servers published. */
	readonly events: number;
}

interface Seats {
	readonly reference: Address;
	readonly subject: Address;
}

/** One connection to each server; the database is the one SELECT last succeeded with. */
interface Lane {
	readonly reference: WireConnection;
	readonly subject: WireConnection;
	database: number;
}

const laneCount = 4;
const batchSize = 200;
/** A difference between events or effects is told with the commands of its batch. */
const batchSizeWhenWatched = 20;
const stateInterval = 5000;

export async function runCampaign(seats: Seats, options: CampaignOptions): Promise<CampaignResult> {
	const campaign = new Campaign(seats, options);
	try {
		return await campaign.run();
	} finally {
		campaign.disconnect();
	}
}

/** Every mismatch in full, each with the line that shows it again. */
export function describeMismatches(result: CampaignResult, options: CampaignOptions): string {
	return result.mismatches
		.map((mismatch, ordinal) => {
			const flags = `--seed ${options.seed} --commands ${mismatch.index + 1} --protocol ${options.protocol}`;
			const names = options.groups.map((group) => group.name).join(",");
			const nth = ordinal === 0 ? "" : ` --mismatches ${ordinal + 1}`;
			return formatMismatch(mismatch, `bun test/differential/campaign.ts ${flags} --groups ${names}${nth}`);
		})
		.join("\n\n");
}

class Campaign {
	private readonly seats: Seats;
	private readonly options: CampaignOptions;
	private readonly generator: Generator;
	private readonly history: History;
	private readonly mismatches: Mismatch[];
	private readonly allowed: Map<Allowance | EventAllowance, number>;
	private lanes: Lane[];
	/** A pair of connections that stay in RESP2, for what is not part of the test. */
	private inspectors: Lane | undefined;
	private watch: EventWatch | undefined;
	private events: number;
	/** Commands of this round whose replies differed as they may. */
	private excused: (readonly string[])[];
	private executed: number;
	private stateChecks: number;

	constructor(seats: Seats, options: CampaignOptions) {
		this.seats = seats;
		this.options = options;
		this.generator = new Generator(options.seed, options.protocol, options.groups);
		this.history = new History();
		this.mismatches = [];
		this.allowed = new Map();
		this.lanes = [];
		this.inspectors = undefined;
		this.watch = undefined;
		this.events = 0;
		this.excused = [];
		this.executed = 0;
		this.stateChecks = 0;
	}

	async run(): Promise<CampaignResult> {
		await this.startOver();
		let nextState = stateInterval;
		while (this.executed < this.options.commands && !this.enough()) {
			await this.round();
			if (this.executed >= nextState || this.executed >= this.options.commands) {
				nextState = this.executed + stateInterval;
				await this.checkState();
			}
		}
		await this.unwatch();
		const { executed, stateChecks, mismatches, allowed, events } = this;
		return { executed, stateChecks, mismatches, allowed, events };
	}

	disconnect(): void {
		for (const lane of [...this.lanes, ...(this.inspectors === undefined ? [] : [this.inspectors])]) {
			lane.reference.close();
			lane.subject.close();
		}
	}

	private enough(): boolean {
		return this.mismatches.length >= (this.options.mismatchLimit ?? 1);
	}

	/** One batch of pipelined commands on one lane, then the step that ended it, if any. */
	private async round(): Promise<void> {
		const laneIndex = this.generator.source.below(laneCount);
		const commands: PlannedCommand[] = [];
		let last: Step | undefined;
		const isWatched = this.options.events === true || this.options.effects !== undefined;
		const size = isWatched ? batchSizeWhenWatched : batchSize;
		const room = Math.min(size, this.options.commands - this.executed);
		while (commands.length < room && last === undefined) {
			const generated = this.generator.next();
			const step = isWatched
				? without(generated, this.options.effects === undefined ? chance : chanceAndConfig)
				: generated;
			if (step.kind === "pipeline") commands.push(...step.commands);
			else last = step;
		}
		// Counted before they are sent: an index is a place in what the seed generates, whatever a mismatch cuts off.
		const first = this.executed;
		this.excused = [];
		this.executed += commands.length + (last === undefined ? 0 : 1);
		const clean = commands.length === 0 || (await this.pipeline(laneIndex, first, commands));
		if (!clean) return;
		if (last?.kind === "scan") await this.scan(laneIndex, last);
		if (last?.kind === "session") await this.session(laneIndex, last);
		const session = last?.kind === "session" ? [["(raw session)", last.bytes]] : [];
		const given = [...commands.map(({ args }) => args), ...session];
		await this.compareEvents(first, given);
		await this.compareEffects(given);
	}

	private async compareEffects(commands: readonly (readonly string[])[]): Promise<void> {
		const difference = await this.options.effects?.compare(commands);
		if (difference !== undefined) await this.failWatched("effects", commands, difference);
	}

	private async compareEvents(first: number, commands: readonly (readonly string[])[]): Promise<void> {
		if (this.watch === undefined) return;
		const canary = this.options.canary?.event ?? -1;
		if (canary >= first && canary < this.executed) {
			await this.inspectors!.subject.command("PUBLISH", "__keyevent@0__:canary", "");
		}
		const difference = await this.watch.compare(commands, this.excused);
		if (difference === undefined) return;
		await this.failWatched("events", commands, difference);
	}

	/** What a batch of commands did besides its replies differed. */
	private async failWatched(
		kind: string,
		commands: readonly (readonly string[])[],
		{
			keys,
			expected,
			actual,
		}: { readonly keys: readonly string[]; readonly expected: string; readonly actual: string },
	): Promise<void> {
		const what = `(${kind}) ${commands.map((args) => describeCommand(args)).join("; ")}`;
		const index = this.executed - 1;
		const earlier = this.history.before(index, [`(${kind})`, ...keys], -1);
		this.mismatches.push({ index, what, expected, actual, earlier });
		if (!this.enough()) await this.startOver();
	}

	/** False where a mismatch made the rest of the batch meaningless. */
	private async pipeline(laneIndex: number, first: number, commands: readonly PlannedCommand[]): Promise<boolean> {
		const lane = this.lanes[laneIndex]!;
		const bytes = toBytes(commands.map(wireText).join(""));
		lane.reference.send(bytes);
		lane.subject.send(bytes);
		const [expected, actual] = await Promise.all([
			lane.reference.receive(commands.length),
			lane.subject.receive(commands.length),
		]);
		for (let position = 0; position < commands.length; position++) {
			const { args, verb } = commands[position]!;
			const index = first + position;
			const left = expected[position];
			const failed = left?.text().startsWith("-") ?? false;
			this.history.add({ index, lane: laneIndex, database: lane.database, args, failed });
			const right = this.tamper(index, actual[position]);
			if (left === undefined || right === undefined) {
				if (left === undefined && right === undefined && lane.reference.closed && lane.subject.closed) {
					throw new Error(
						`both servers closed the connection at #${index}: ${describeCommand(args, this.options.width)}`,
					);
				}
				await this.report(
					index,
					laneIndex,
					args,
					left?.text() ?? lane.reference.condition(),
					right?.text() ?? lane.subject.condition(),
				);
				return false;
			}
			followDatabase(lane, args, left);
			const same =
				agree(verb, left, right) && (verb.kind !== "member" || isMember(right, actual[position + 1] ?? right));
			if (same || this.isAllowed(args, left, right)) continue;
			await this.report(index, laneIndex, args, left.text(), right.text());
			return false;
		}
		return true;
	}

	/** Walks the whole iteration on each server at its own pace and compares what it met. */
	private async scan(laneIndex: number, step: ScanStep): Promise<void> {
		const lane = this.lanes[laneIndex]!;
		const index = this.executed - 1;
		const args = [...step.before, "…", ...step.after];
		const [expected, actual] = await Promise.all([iterate(lane.reference, step), iterate(lane.subject, step)]);
		if (expected !== actual) await this.report(index, laneIndex, args, expected, actual);
	}

	private async session(laneIndex: number, step: SessionStep): Promise<void> {
		const index = this.executed - 1;
		this.history.add({ index, lane: laneIndex, database: 0, args: ["(raw session)", step.bytes], failed: false });
		const [expected, actual] = await Promise.all([
			converse(this.seats.reference, step.bytes),
			converse(this.seats.subject, step.bytes),
		]);
		if (expected !== actual) await this.report(index, laneIndex, ["(raw session)", step.bytes], expected, actual);
	}

	private async checkState(): Promise<void> {
		const { reference, subject } = this.inspectors!;
		if (this.options.canary?.command !== undefined && this.stateChecks === 0) {
			await subject.command(...this.options.canary.command);
		}
		this.stateChecks++;
		const differences = compareStates(await readState(reference), await readState(subject));
		// To read is to miss keys, and to meet those whose time is over.
		await this.watch?.skip();
		await this.options.effects?.skip();
		if (differences.length === 0) return;
		const keys = new Set(differences.slice(0, 3).map(({ key }) => key));
		const lines = differences.slice(0, 20).map(({ description }) => description);
		await this.fail(this.executed - 1, -1, ["(state)", ...keys], "the same data", lines.join("\n  "));
	}

	private tamper(index: number, actual: Frame | undefined): Frame | undefined {
		const plan = this.options.canary?.reply;
		return plan === undefined || plan.index !== index || actual === undefined ? actual : plan.alter(actual);
	}

	private isAllowed(args: readonly string[], expected: Frame, actual: Frame): boolean {
		const allowance = allowances.find((candidate) => candidate.applies(args, expected, actual));
		if (allowance === undefined) return false;
		this.allowed.set(allowance, (this.allowed.get(allowance) ?? 0) + 1);
		this.excused.push(args);
		return true;
	}

	private report(
		index: number,
		lane: number,
		args: readonly string[],
		expected: string,
		actual: string,
	): Promise<void> {
		return this.fail(index, lane, args, showReply(expected, actual), showReply(actual, expected));
	}

	private async fail(
		index: number,
		lane: number,
		args: readonly string[],
		expected: string,
		actual: string,
	): Promise<void> {
		const earlier = this.history.before(index, args, lane);
		this.mismatches.push({ index, what: describeCommand(args, this.options.width), expected, actual, earlier });
		if (!this.enough()) await this.startOver();
	}

	/** New connections to emptied servers. */
	private async startOver(): Promise<void> {
		this.disconnect();
		await this.unwatch();
		this.inspectors = await this.openLane();
		for (const server of [this.inspectors.reference, this.inspectors.subject]) {
			const reply = await server.command("FLUSHALL");
			if (reply.text() !== "+OK\r\n") throw new Error(`FLUSHALL answered ${reply.text()}`);
			await server.command("SCRIPT", "FLUSH");
			await server.command("FUNCTION", "FLUSH");
		}
		this.lanes = [];
		for (let index = 0; index < laneCount; index++) {
			const lane = await this.openLane();
			if (this.options.protocol === 3) {
				for (const server of [lane.reference, lane.subject]) await server.command("HELLO", "3");
			}
			this.lanes.push(lane);
		}
		if (this.options.effects !== undefined) {
			for (const server of [this.inspectors.reference, this.inspectors.subject]) {
				await server.command("DEBUG", "SET-ACTIVE-EXPIRE", "0");
			}
			await this.options.effects.skip();
		}
		if (this.options.events) this.watch = await EventWatch.begin(this.seats);
	}

	private async unwatch(): Promise<void> {
		if (this.watch === undefined) return;
		await this.watch.end();
		this.events += this.watch.count;
		for (const [allowance, count] of this.watch.allowed) {
			this.allowed.set(allowance, (this.allowed.get(allowance) ?? 0) + count);
		}
		this.watch = undefined;
	}

	private async openLane(): Promise<Lane> {
		const reference = await WireConnection.connect(this.seats.reference);
		const subject = await WireConnection.connect(this.seats.subject);
		return { reference, subject, database: 0 };
	}
}

/** Commands that meet keys in an order of their own, and so remove those whose time is over. */
const chance = /^(RANDOMKEY|SCAN)$/i;
/** What the configuration does to data no effect tells; DEBUG may let keys expire by themselves. */
const chanceAndConfig = /^(RANDOMKEY|SCAN|CONFIG|DEBUG)$/i;

/** The step without commands of such names. */
function without(step: Step, names: RegExp): Step {
	if (step.kind === "scan") return fixed(exact, "PING");
	if (step.kind === "session") return step;
	const isMeant = ({ args }: PlannedCommand) => names.test(args[0]!);
	return { ...step, commands: step.commands.map((command) => (isMeant(command) ? planned(exact, "PING") : command)) };
}

function followDatabase(lane: Lane, args: readonly string[], reply: Frame): void {
	const name = args[0]?.toUpperCase();
	if (name === "SELECT" && reply.text() === "+OK\r\n") lane.database = Number(args[1]);
	if (name === "RESET" && args.length === 1) lane.database = 0;
}
