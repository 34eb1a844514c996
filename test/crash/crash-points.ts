/**
 * A whole server in virtual time, several writers, and after any step on the disk a look at what a crash there would
 * leave: the power is cut, or the process killed, another server starts on what is left, and must have what it promised.
 *
 * A story is one way to persist and a number of generations: each but the first starts on what a crash of the one
 * before left, so that what is repaired at a start is itself put to the test.
 *
 *     always      nothing answered is lost
 *     everysec    what was answered in the last two seconds may be lost, nothing else
 *     snapshots   the state is that of the last snapshot known to be complete, or of one after it
 *
 * Where the disk fails: with always the server may end, and still nothing answered is lost. Otherwise it refuses writes
 * or goes on, and is itself again some seconds after the disk is; until then nothing more is lost than was in the two
 * seconds before the disk failed, and afterwards nothing at all of what was there.
 */
import { Random } from "../../src/bytes/random.ts";
import { checkAof } from "../../src/persistence/aof/check.ts";
import { type DiskAction, SimulatedDisk } from "../support/simulated-disk.ts";
import type { VirtualClient } from "../support/virtual-network.ts";
import { commandText, toBytes } from "../support/wire.ts";
import { DurableMachine } from "./durable-machine.ts";
import type { Words } from "./model.ts";
import { ReplyFrames } from "./reply-frames.ts";
import { judge, type Moment, stateFrom, stateQueries, type Verdict, Writer } from "./verdict.ts";

export const policies = ["always", "everysec", "snapshots"] as const;
export type Policy = (typeof policies)[number];

export interface StoryOptions {
	readonly seed: number;
	readonly policy: Policy;
	/** How many crash points it should come to. */
	readonly points: number;
	/** Whether a power cut may leave zeros at the end of a file: the server refuses it, and `check-aof --fix` mends it. */
	readonly makesZeroTails?: boolean;
	/** Whether the disk fails now and then, and recovers. */
	readonly isFaulty?: boolean;
	readonly makeDisk?: () => SimulatedDisk;
	readonly tell?: (line: string) => void;
}

export interface StoryReport {
	readonly points: number;
	/** Commands answered in the story itself. */
	readonly answered: number;
	/** Commands that had been answered and were lost, at all points. */
	readonly lost: number;
	/** How often files had to be mended. */
	readonly mended: number;
	readonly problems: readonly string[];
}

const START_MS = 1_700_000_000_000;
const WRITERS = 3;
/** What `everysec` promises. */
const EVERYSEC_LOSS_MS = 2000;
/** With one sync a second begun, and this for each, the promise can be kept. */
const SYNC_MS_MAX = 700;
const STEPS_PER_GENERATION = 60;
/** How long a server may take to be itself again after its disk is. */
const RECOVERY_MS = 10_000;

interface Look {
	readonly left: SimulatedDisk;
	readonly verdict: Verdict;
}

/** Thrown through the story once there is a problem. */
class Found extends Error {}

export function tellStory(options: StoryOptions): StoryReport {
	const story = new Story(options);
	try {
		while (story.points < options.points) story.generation();
	} catch (failure) {
		if (!(failure instanceof Found)) throw failure;
	}
	return story.report();
}

class Story {
	points: number;
	private readonly options: StoryOptions;
	private readonly random: Random;
	private readonly directives: readonly string[];
	private readonly writers: readonly Writer[];
	private disk: SimulatedDisk;
	private now_ms: number;
	private order: number;
	private machine: DurableMachine | null;
	/** Orders of moments, as in kill-campaign.ts. */
	private keptBefore: number;
	private sentBefore: number;
	/** When the disk began to fail, as long as its server has not recovered. */
	private troubledSince_ms: number;
	/** Chance of a look after a step, one in so many. */
	private rarity: number;
	private isLooking: boolean;
	/** What the generation has come to, in the middle of a step: what its server does after that is not seen. */
	private ending: Look | null;
	private answered: number;
	private lost: number;
	private mended: number;
	private readonly problems: string[];

	constructor(options: StoryOptions) {
		this.options = options;
		this.random = new Random(options.seed);
		this.points = 0;
		this.directives = directivesOf(options.policy, this.random);
		this.now_ms = START_MS;
		const clock = () => this.machine?.time.now_ms() ?? this.now_ms;
		this.writers = Array.from({ length: WRITERS }, (_, index) => new Writer(this.fork(), `writer${index}`, clock));
		this.disk = options.makeDisk?.() ?? new SimulatedDisk();
		// In the middle of a value nobody could tell them from data.
		this.disk.makesHoles = false;
		this.disk.makesZeroTails = options.makesZeroTails ?? false;
		this.order = 0;
		this.machine = null;
		this.keptBefore = Infinity;
		this.sentBefore = Infinity;
		this.troubledSince_ms = Infinity;
		this.rarity = 1;
		this.isLooking = false;
		this.ending = null;
		this.answered = 0;
		this.lost = 0;
		this.mended = 0;
		this.problems = [];
	}

	report(): StoryReport {
		const { points, answered, lost, mended, problems } = this;
		return { points, answered, lost, mended, problems };
	}

	/** A start, a time of writing, and the crash that the next generation starts on. */
	generation(): void {
		const { random, writers, options } = this;
		const isSnapshots = options.policy === "snapshots";
		this.keptBefore = isSnapshots ? 0 : Infinity;
		this.sentBefore = isSnapshots ? 0 : Infinity;
		this.rarity = 1 + random.below(6);
		if (this.disk.isSettled()) this.disk.afterOperation = () => this.lookNowAndThen();
		const machine = new DurableMachine(this.disk, this.now_ms, this.seed(), this.directives, SYNC_MS_MAX);
		this.machine = machine;
		this.disk.afterOperation = () => this.lookNowAndThen();
		if (machine.exitCode !== null) this.found(`it ended at its start:\n${machine.logText()}`);
		const control = machine.connect();
		const load = writers.map((writer) => this.tap(writer, machine.connect()));
		for (let step = 0; step < STEPS_PER_GENERATION && this.points < options.points; step++) {
			this.step(machine, control, load);
			if (options.isFaulty && random.below(20) === 0) this.trouble(machine, load);
			if (machine.exitCode !== null || this.ending !== null) break;
		}
		this.disk.fault = () => null;
		this.disk.afterOperation = () => {};
		// What a disk shows that has failed to sync, and to take back what it was given, is not what it has.
		const isPowerCut = random.below(2) === 0 || machine.exitCode !== null;
		const { left, verdict } = this.ending ?? this.look(isPowerCut);
		this.ending = null;
		for (const [index, writer] of writers.entries()) {
			this.answered += writer.answeredAt.length;
			writer.goOnFrom(verdict.counts[index]!);
		}
		// What a killed process left was shown to the clients of the next one, before that promises anything: a power cut in
		// between is another story. But what it promises then must not rest on names that are not on the disk.
		if (options.policy === "snapshots") left.settle();
		else left.settleContents();
		this.troubledSince_ms = Infinity;
		this.disk = left;
		this.now_ms = machine.time.now_ms() + random.below(5000);
		this.machine = null;
	}

	private step(machine: DurableMachine, control: VirtualClient, load: readonly ((count: number) => void)[]): void {
		const { random } = this;
		// What was found in the middle of the server's work, the server has caught.
		if (this.problems.length > 0) throw new Found();
		for (const send of load) if (random.below(2) === 0) send(1 + random.below(random.below(4) === 0 ? 20 : 4));
		const incident = random.below(30);
		if (incident < 2) this.snapshot(machine, control);
		else if (this.options.policy !== "snapshots" && incident === 2) this.request(machine, control, "BGREWRITEAOF");
		else if (this.options.policy !== "snapshots" && incident === 3) this.toggle(machine, control);
		machine.time.advance([0, 0, 1, 10, 100, 400][random.below(6)]!);
		if (machine.exitCode !== null) this.found(`it ended with ${machine.exitCode}:\n${machine.logText()}`);
	}

	/** The disk fails for a while; the server ends, or recovers afterwards. */
	private trouble(machine: DurableMachine, load: readonly ((count: number) => void)[]): void {
		const { random } = this;
		this.troubledSince_ms = machine.time.now_ms();
		this.disk.fault = faultFrom(random);
		for (let step = random.below(10); step >= 0 && machine.exitCode === null; step--) {
			for (const send of load) if (random.below(2) === 0) send(1 + random.below(4));
			machine.time.advance([0, 1, 20, 200, 1000][random.below(5)]!);
		}
		this.disk.fault = () => null;
		for (let waited_ms = 0; machine.exitCode === null; waited_ms += 100) {
			machine.time.advance(100);
			// Asked when things have settled, so that an answer is not the last one before the next refusal.
			if (waited_ms < RECOVERY_MS / 2) continue;
			if (!machine.server.executor.writeRefusal) break;
			if (waited_ms > RECOVERY_MS) this.found(`it does not recover\n${machine.logText()}`);
		}
		if (machine.exitCode === null) this.troubledSince_ms = Infinity;
		else if (this.options.policy !== "always") this.found(`it ended with ${machine.exitCode}\n${machine.logText()}`);
	}

	private snapshot(machine: DurableMachine, control: VirtualClient): void {
		const { random } = this;
		const isSnapshots = this.options.policy === "snapshots";
		const { order } = this.moment();
		const { sentBefore } = this;
		if (isSnapshots) this.sentBefore = Infinity;
		const name = random.below(4) === 0 ? "SAVE" : "BGSAVE";
		if (!this.request(machine, control, name)) {
			this.sentBefore = sentBefore;
			return;
		}
		if (isSnapshots) this.sentBefore = this.moment().order;
		if (name === "BGSAVE") {
			if (random.below(3) === 0) return;
			this.await(machine, control, ["rdb_bgsave_in_progress:0"]);
		}
		if (isSnapshots) this.keptBefore = order;
	}

	/** Off and on again: what is answered meanwhile is only kept once the new files are complete. */
	private toggle(machine: DurableMachine, control: VirtualClient): void {
		const { random } = this;
		this.keptBefore = Math.min(this.keptBefore, this.moment().order);
		this.request(machine, control, "CONFIG", "SET", "appendonly", "no");
		machine.time.advance(random.below(20));
		this.request(machine, control, "CONFIG", "SET", "appendonly", "yes");
		if (random.below(4) === 0) return;
		this.await(machine, control, ["aof_enabled:1", "aof_rewrite_in_progress:0", "aof_rewrite_scheduled:0"]);
		this.keptBefore = Infinity;
	}

	/** False where the answer was no, for which there may be a reason. */
	private request(machine: DurableMachine, control: VirtualClient, ...words: readonly string[]): boolean {
		const [reply] = machine.ask(control, [words]);
		if (reply!.kind !== "error") return true;
		const hasReason = /already in progress|background save|rewriting/i.test(reply!.text);
		if (!hasReason) this.found(`${words.join(" ")}: ${reply!.text}\n${machine.logText()}`);
		return false;
	}

	/** Waits until INFO has these lines, while nothing is written. */
	private await(machine: DurableMachine, control: VirtualClient, lines: readonly string[]): void {
		for (let waited_ms = 0; waited_ms < 60_000; waited_ms += 10) {
			const info = machine.ask(control, [["INFO", "persistence"]])[0]!.text;
			if (lines.every((line) => info.includes(line))) {
				// Not before: until then it is the outcome of what was tried earlier, on a disk that failed.
				const failed = /\w+_status:(?!ok).*/.exec(info)?.[0];
				if (failed !== undefined) this.found(`INFO says ${failed}\n${machine.logText()}`);
				return;
			}
			machine.time.advance(10);
		}
		this.found(`it never came to ${lines.join(" ")}\n${machine.logText()}`);
	}

	/** Returns what lets the writer send so many commands. What the server hands to its connection counts as answered. */
	private tap(writer: Writer, client: VirtualClient): (count: number) => void {
		const frames = new ReplyFrames((bytes) => {
			const text = Buffer.from(bytes).toString("latin1");
			const isRefused = text.startsWith("-MISCONF") && this.troubledSince_ms < Infinity;
			if (text.startsWith("-") && !isRefused && text !== "-ERR no such key\r\n") {
				this.found(`${writer.name} was told ${text}\n${this.machine?.logText()}`);
			}
			writer.answered(this.moment(), isRefused);
		});
		const accept = client.accept.bind(client);
		client.accept = (bytes) => {
			frames.add(bytes);
			accept(bytes);
		};
		return (count) => {
			let text = "";
			for (; count > 0; count--) text += commandText(writer.send(this.moment()));
			client.sendBytes(toBytes(text));
		};
	}

	private lookNowAndThen(): void {
		// A look starts a server on another disk; and a step while one is taken is none of the story.
		if (
			this.isLooking ||
			this.ending !== null ||
			this.random.below(this.rarity) > 0 ||
			this.points >= this.options.points
		)
			return;
		const look = this.look(this.random.below(4) > 0);
		if (this.random.below(20) === 0) this.ending = look;
	}

	/** What a crash now would leave, and what a server makes of it. */
	private look(isPowerCut: boolean): Look {
		this.isLooking = true;
		this.points++;
		const { policy, tell, seed } = this.options;
		const now_ms = this.machine?.time.now_ms() ?? this.now_ms;
		const left = isPowerCut ? this.disk.crash(this.fork()) : this.disk.killed();
		// Looked at through a copy: what the look itself writes must not be there in the next generation.
		let machine = new DurableMachine(left.killed(), now_ms, this.seed(), this.directives);
		if (machine.exitCode !== null && left.makesZeroTails && machine.logText().includes("check-aof --fix")) {
			this.mended++;
			mend(left);
			machine = new DurableMachine(left.killed(), now_ms, this.seed(), this.directives);
		}
		const where = `seed ${seed}, ${policy}, ${isPowerCut ? "power cut" : "kill"} after step ${this.disk.operations}`;
		if (machine.exitCode !== null) this.found(`${where}: it ends with ${machine.exitCode}\n${machine.logText()}`);
		const state = readState(machine);
		const safe_ms = policy === "everysec" ? Math.min(now_ms, this.troubledSince_ms) - EVERYSEC_LOSS_MS : Infinity;
		const verdict = judge(this.writers, state, {
			isKept: ({ at_ms, order }) => order < this.keptBefore && at_ms < safe_ms,
			orderEnd: this.sentBefore,
			now_ms: machine.time.now_ms(),
		});
		if (verdict.problems.length > 0) {
			this.found(
				`${where}: ${verdict.problems.join("\n")}\nbefore:\n${this.machine?.logText()}\nafter:\n${machine.logText()}`,
			);
		}
		this.lost += verdict.lost;
		tell?.(`${where}: ${verdict.counts.join(" ")} there, ${verdict.lost} lost`);
		this.isLooking = false;
		return { left, verdict };
	}

	private found(problem: string): never {
		this.problems.push(problem);
		throw new Found(problem);
	}

	private seed(): number {
		return this.random.below(2 ** 32);
	}

	private fork(): Random {
		return new Random(this.seed());
	}

	private moment(): Moment {
		return { at_ms: this.machine?.time.now_ms() ?? this.now_ms, order: ++this.order };
	}
}

/** One kind of failure, every time or now and then. */
function faultFrom(random: Random): SimulatedDisk["fault"] {
	const rarity = 1 + random.below(3);
	const [actions, code] = faults[random.below(faults.length)]!;
	return ({ action }) => {
		if (!actions.includes(action) || random.below(rarity) > 0) return null;
		return code === "short" ? random.below(40) : code;
	};
}

const faults: readonly (readonly [readonly DiskAction[], string])[] = [
	[["write"], "ENOSPC"],
	[["write"], "short"],
	[["sync"], "EIO"],
	[["write", "sync"], "EIO"],
	[["create", "write", "makeDirectory"], "ENOSPC"],
	[["rename"], "EIO"],
	[["syncDirectory"], "EIO"],
	[["create", "write", "truncate", "sync", "rename", "remove", "makeDirectory", "syncDirectory"], "EIO"],
];

function mend(disk: SimulatedDisk): void {
	const print = () => {};
	checkAof(["--fix", "appendonlydir/appendonly.aof.manifest"], {
		files: disk,
		now_ms: START_MS,
		print,
		ask: () => "y",
	});
}

function directivesOf(policy: Policy, random: Random): readonly string[] {
	const common = ['save ""', "auto-aof-rewrite-percentage 0"];
	if (policy === "snapshots") return common;
	const preamble = random.below(3) === 0 ? "no" : "yes";
	return [...common, "appendonly yes", `appendfsync ${policy}`, `aof-use-rdb-preamble ${preamble}`];
}

export function readState(machine: DurableMachine): Map<string, string> {
	const client = machine.connect();
	const keys = machine.ask(client, [["KEYS", "*"]])[0]!.items.map((item) => item.text);
	return stateFrom(keys, machine.ask(client, stateQueries(keys) as Words[]));
}
