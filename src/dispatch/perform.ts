import type { Keyspace } from "../keyspace/keyspace.ts";
import { INTERNAL_ERROR } from "../resp/errors.ts";
import type { Call } from "./call.ts";
import type { Client, CommandWitness } from "./client.ts";
import type { Command } from "./command.ts";
import { MAY_REPLICATE, READONLY } from "./flags.ts";
import {
	GATE_LOADING,
	GATE_LOADING_ASIDE,
	GATE_MONITORED,
	GATE_PAUSE,
	GATE_READONLY,
	GATE_REPLICAS,
	GATE_STALE,
	GATE_TRACKED,
	GATE_WRITES,
	GATES_ALWAYS,
	GATES_BEHIND,
} from "./gates.ts";
import { Scale } from "./scale.ts";

/** What an executor reports to; implemented by the server's statistics and log. */
export interface ExecutionObserver {
	/** An error reply was written; `text` begins with its code. */
	errorReplied(text: string): void;
	/** A handler threw: a defect of ours. */
	internalError(command: string, error: unknown): void;
	/** Null where a command guarded by configuration may run, else the error. */
	protectedCommandError(command: Command, client: Client): string | null;
	/** Asked before commands that may need memory while there is a limit: false where no room could be made. */
	makesRoom(): boolean;
	/** Asked only while `holding` is set: whether the client has to wait before a command with these flags. */
	holdsBack(flags: number, client: Client): boolean;
	/** What came is HTTP: a page somewhere makes a browser talk to us. The connection is to be closed without a word. */
	webRequestReceived(client: Client): void;
	/** Monotonic clock, microseconds. */
	monotonic_us(): number;
}

/** Words of a script are no request. */
const WITHOUT_REQUEST = -1;
/** Where commands of scripts come from, in the words of MONITOR. */
const SCRIPT = "lua";
/** Short commands of a script that share two readings of the clock. */
const INSIDE_CALLS_MAX = 128;

/**
 * Runs one command with all that goes with it, whoever wants it run: a client, EXEC, a script. And holds what is true for
 * all commands: the gates that are shut for everybody, who watches, how much was done.
 */
export class Performer {
	/** Commands executed. */
	commandsProcessed: number;
	/** Gates that are shut for everybody: bits of `gates.ts`. */
	gates: number;
	/** There was too little memory when that was last asked: before the command at work, or the script around it. */
	isOutOfMemory: boolean;
	/** The error behind GATE_BUSY. */
	busyError: string;
	/** Sees every command while GATE_MONITORED is shut. */
	monitor: CommandWitness | null;
	/** False while latency-tracking is off. */
	tracksLatency: boolean;
	/** From where on a command is worth a word to `scale.witness`. */
	readonly scale: Scale;
	/** The last reading of the clock: when the command at work began, unless it is one of a run of short ones. */
	read_us: number;
	readonly keyspace: Keyspace;
	readonly observer: ExecutionObserver;
	/** The error behind GATE_WRITES. */
	private refusal: string | null;
	/** Commands inside a script whose time was not accounted for yet, one for each call, and when the first began. */
	private readonly inside: (Command | null)[];
	private insideCalls: number;
	private insideSince_us: number;
	/** The last error of a command inside a script, "" behind it. */
	private insideError: string;

	constructor(keyspace: Keyspace, observer: ExecutionObserver) {
		this.commandsProcessed = 0;
		this.gates = GATES_ALWAYS;
		this.isOutOfMemory = false;
		this.busyError = "";
		this.monitor = null;
		this.tracksLatency = true;
		this.scale = new Scale();
		this.read_us = 0;
		this.keyspace = keyspace;
		this.observer = observer;
		this.refusal = null;
		this.inside = new Array<Command | null>(INSIDE_CALLS_MAX).fill(null);
		this.insideCalls = 0;
		this.insideSince_us = 0;
		this.insideError = "";
	}

	setGate(gate: number, isShut: boolean): void {
		if (isShut) this.gates |= gate;
		else this.gates &= ~gate;
	}

	/** The error of commands that write while what they write could not be kept, and of PING; else null. */
	get writeRefusal(): string | null {
		return this.refusal;
	}

	set writeRefusal(error: string | null) {
		this.refusal = error;
		this.setGate(GATE_WRITES, error !== null);
	}

	/** Set while the data set loads. */
	get isLoading(): boolean {
		return (this.gates & GATE_LOADING) !== 0;
	}

	set isLoading(isLoading: boolean) {
		this.setGate(GATE_LOADING, isLoading);
	}

	/** Set while this server is a replica and takes writes from its master alone. */
	get isReadOnly(): boolean {
		return (this.gates & GATE_READONLY) !== 0;
	}

	set isReadOnly(isReadOnly: boolean) {
		this.setGate(GATE_READONLY, isReadOnly);
	}

	/** Set while it is a replica without its master whose data are not to be shown: `replica-serve-stale-data no`. */
	get isStale(): boolean {
		return (this.gates & GATE_STALE) !== 0;
	}

	set isStale(isStale: boolean) {
		this.setGate(GATE_STALE, isStale);
	}

	/** Set while it is a master and fewer replicas than `min-replicas-to-write` are near. */
	get lacksReplicas(): boolean {
		return (this.gates & GATE_REPLICAS) !== 0;
	}

	set lacksReplicas(lacksReplicas: boolean) {
		this.setGate(GATE_REPLICAS, lacksReplicas);
	}

	/** Set while a full copy loads beside the data that are still shown: `repl-diskless-load swapdb`. */
	get isLoadingAside(): boolean {
		return (this.gates & GATE_LOADING_ASIDE) !== 0;
	}

	set isLoadingAside(isLoadingAside: boolean) {
		this.setGate(GATE_LOADING_ASIDE, isLoadingAside);
	}

	/** Set while CLIENT PAUSE holds. */
	set holding(isHolding: boolean) {
		this.setGate(GATE_PAUSE, isHolding);
	}

	/** Runs an admitted command, whose request begins at `requestStart` of the call's bytes, with all that goes with it. */
	perform(call: Call, command: Command, requestStart: number): void {
		const { reply } = call;
		const mark = reply.length;
		const errors = reply.errors;
		call.command = command;
		this.commandsProcessed++;
		const { snapshot } = this.keyspace;
		// Of those that read, PFCOUNT writes down what it counted.
		if (snapshot !== null) snapshot.arm((command.flags & (READONLY | MAY_REPLICATE)) !== READONLY);
		try {
			if (call.effects.isOn) call.runTelling(requestStart);
			else command.run(call);
		} catch (error) {
			reply.truncate(mark);
			reply.error(INTERNAL_ERROR);
			this.observer.internalError(command.fullName, error);
		}
		if (snapshot !== null) snapshot.arm(true);
		if (reply.errors !== errors) {
			command.failedCalls++;
			this.countError(command, reply.lastError, requestStart === WITHOUT_REQUEST);
		}
		const behind = command.gates & (this.gates | call.client.gates) & GATES_BEHIND;
		if (behind !== 0) this.show(call, behind, requestStart);
	}

	/** An error that a script hands on has been counted where its command failed. */
	private countError(command: Command, text: string, isInside: boolean): void {
		const isKnown = command.row.flagsOfScript !== undefined && this.insideError !== "";
		if (!isKnown || !text.startsWith(this.insideError)) this.observer.errorReplied(text);
		this.insideError = isInside ? text : "";
	}

	// Commands of scripts

	/** A script's command was not run; null: there is none of that name. */
	refusedInside(command: Command | null, error: string): void {
		if (command !== null) command.rejectedCalls++;
		this.observer.errorReplied(error);
		this.insideError = error;
	}

	/** A script begins, with the command at work. */
	beginInside(): void {
		this.insideSince_us = this.read_us;
	}

	/** Runs a command on behalf of a script, which has checked it; the reply goes to the call's own writer. */
	runInside(call: Call, command: Command): void {
		// What may take long is weighed by itself.
		const isShared = (command.flags & this.scale.shared) !== 0;
		if (!isShared || this.insideCalls === INSIDE_CALLS_MAX) this.accountInside();
		this.inside[this.insideCalls++] = command;
		this.perform(call, command, WITHOUT_REQUEST);
		if (!isShared) this.weigh(call, command, this.accountInside(), 0);
	}

	/**
	 * Accounts for the time since the last reading, of which all short commands since have equal shares; returns it. What is
	 * left of this behind a script is done with the command around it.
	 */
	accountInside(now_us = this.observer.monotonic_us()): number {
		const elapsed_us = now_us - this.insideSince_us;
		const { inside, insideCalls: calls } = this;
		const share_us = elapsed_us / calls;
		for (let from = 0, to = 1; to <= calls; to++) {
			const command = inside[from]!;
			if (to < calls && inside[to] === command) continue;
			command.calls += to - from;
			command.duration_us += (to - from) * share_us;
			if (this.tracksLatency) command.recordLatency(to - from, (to - from) * share_us);
			from = to;
		}
		this.insideCalls = 0;
		this.insideSince_us = now_us;
		return elapsed_us;
	}

	/** To those who want to know what has run. */
	private show(call: Call, behind: number, requestStart: number): void {
		if ((behind & GATE_TRACKED) !== 0) call.client.tracking?.ran(call);
		if ((behind & GATE_MONITORED) !== 0) this.monitor?.ran(call, requestStart === WITHOUT_REQUEST ? SCRIPT : undefined);
	}

	/** Counts calls that have ended, of which `call` was the last; their replies begin at `replyFrom`. Returns the time. */
	account(call: Call, command: Command, calls: number, since_us: number, replyFrom: number): number {
		const now_us = this.observer.monotonic_us();
		if (this.insideCalls !== 0) this.accountInside(now_us);
		this.read_us = now_us;
		const elapsed_us = now_us - since_us;
		command.calls += calls;
		command.duration_us += elapsed_us;
		if (this.tracksLatency) command.recordLatency(calls, elapsed_us);
		this.weigh(call, command, elapsed_us, replyFrom);
		return now_us;
	}

	weigh(call: Call, command: Command, elapsed_us: number, replyFrom: number): void {
		const { scale } = this;
		const replyBytes = call.reply.length - replyFrom;
		const isLarge = replyBytes >= scale.replyBytes || call.argumentBytes() >= scale.argumentsBytes;
		if (isLarge || elapsed_us >= scale.long_us) scale.witness?.weighed(call, command, elapsed_us, replyBytes);
	}
}
