import { Rate } from "./rate.ts";

/**
 * What a server counts, as plain fields that whoever sees it happen increments. What the keyspace and the commands count
 * stays with them; INFO puts it together.
 *
 *     statistics.connectionsReceived++;
 *     statistics.countError("WRONGTYPE Operation …");
 *     statistics.sample(clock.monotonic_us(), executor.commandsProcessed);      ten times a second
 */

/** Kinds of errors told apart. More mean that somebody makes them up, and then none are counted by kind. */
const ERROR_KINDS_MAX = 128;
/** An error code ends before this many characters. */
const ERROR_CODE_MAX = 32;
const TOO_MANY_KINDS = "ERRORSTATS_DISABLED";

export class Statistics {
	connectionsReceived: number;
	connectionsRejected: number;
	networkInput_bytes: number;
	networkOutput_bytes: number;
	/** Of these, what came from a master and went to replicas. */
	replicationInput_bytes: number;
	replicationOutput_bytes: number;
	/** Full copies for replicas, and how often one could go on, or could not though it had asked for that. */
	fullSyncs: number;
	partialSyncs: number;
	partialSyncsRefused: number;
	/** Chunks that came from and went to clients. */
	readsProcessed: number;
	writesProcessed: number;
	errorReplies: number;
	/** Defects of ours that a client met: a handler threw. */
	internalErrors: number;
	/** Share of the keys examined by active expiry that were past their deadline, percent. */
	staleKeys_percent: number;
	/**
	 * Rounds of the event loop that did something, and the time they took. The runtime does not tell of its rounds, so what
	 * counts is chunks from clients and rounds of housekeeping, and the CPU time.
	 */
	cycles: number;
	cyclesDuration_us: number;
	/** Refused by AUTH and HELLO; commands that were refused for want of rights to them, to a key, to a channel. */
	authenticationFailures: number;
	deniedCommands: number;
	deniedKeys: number;
	deniedChannels: number;
	memoryPeak_bytes: number;
	/** Memory in use when the server was ready; set once. */
	memoryAtStart_bytes: number;
	/** How many errors there were of each code. */
	readonly errors: Map<string, number>;
	/** Rates per second, the last one the microseconds of a cycle. */
	readonly commandRate: Rate;
	readonly inputRate: Rate;
	readonly outputRate: Rate;
	readonly replicationInputRate: Rate;
	readonly replicationOutputRate: Rate;
	readonly cycleRate: Rate;
	readonly cycleDuration_us: Rate;
	private countsErrorKinds: boolean;
	private crons: number;
	/** CPU time since the start, as noted last and when the statistics were reset. */
	private cpu_us: number;
	private cpuAtReset_us: number;

	constructor() {
		this.connectionsReceived = 0;
		this.connectionsRejected = 0;
		this.networkInput_bytes = 0;
		this.networkOutput_bytes = 0;
		this.replicationInput_bytes = 0;
		this.replicationOutput_bytes = 0;
		this.fullSyncs = 0;
		this.partialSyncs = 0;
		this.partialSyncsRefused = 0;
		this.readsProcessed = 0;
		this.writesProcessed = 0;
		this.errorReplies = 0;
		this.internalErrors = 0;
		this.staleKeys_percent = 0;
		this.cycles = 0;
		this.cyclesDuration_us = 0;
		this.authenticationFailures = 0;
		this.deniedCommands = 0;
		this.deniedKeys = 0;
		this.deniedChannels = 0;
		this.memoryPeak_bytes = 0;
		this.memoryAtStart_bytes = 0;
		this.errors = new Map();
		this.commandRate = new Rate();
		this.inputRate = new Rate();
		this.outputRate = new Rate();
		this.replicationInputRate = new Rate();
		this.replicationOutputRate = new Rate();
		this.cycleRate = new Rate();
		this.cycleDuration_us = new Rate();
		this.countsErrorKinds = true;
		this.crons = 0;
		this.cpu_us = 0;
		this.cpuAtReset_us = 0;
	}

	/** `text` is the error reply, its code first. Returns lines for the log, none but once in a server's life. */
	countError(text: string): readonly string[] {
		this.errorReplies++;
		if (!this.countsErrorKinds) return [];
		const code = errorCode(text);
		const count = this.errors.get(code);
		if (count !== undefined || this.errors.size < ERROR_KINDS_MAX) {
			this.errors.set(code, (count ?? 0) + 1);
			return [];
		}
		const codes = [...this.errors.keys()].sort().join(", ");
		this.errors.clear();
		this.errors.set(TOO_MANY_KINDS, 1);
		this.countsErrorKinds = false;
		return [
			`Errorstats stopped adding new errors because the number of errors reached the limit (${ERROR_KINDS_MAX}).`,
			`Current errors code list: ${codes}`,
		];
	}

	noteMemory(used_bytes: number): void {
		if (used_bytes > this.memoryPeak_bytes) this.memoryPeak_bytes = used_bytes;
	}

	/** Brings what is known of the event loop up to date; `cpu_us` is the CPU time since the start. */
	noteLoop(cpu_us: number): void {
		this.cpu_us = cpu_us;
		this.cycles = this.readsProcessed + this.crons;
		this.cyclesDuration_us = cpu_us - this.cpuAtReset_us;
	}

	/**
	 * Takes the samples the rates are made of, once in each round of housekeeping; `commands` is how many were processed so
	 * far.
	 */
	sample(now_us: number, commands: number, cpu_us = this.cpu_us): void {
		this.crons++;
		this.noteLoop(cpu_us);
		const now_s = now_us / 1e6;
		this.commandRate.sample(commands, now_s);
		this.inputRate.sample(this.networkInput_bytes, now_s);
		this.outputRate.sample(this.networkOutput_bytes, now_s);
		this.replicationInputRate.sample(this.replicationInput_bytes, now_s);
		this.replicationOutputRate.sample(this.replicationOutput_bytes, now_s);
		this.cycleRate.sample(this.cycles, now_s);
		this.cycleDuration_us.sample(this.cyclesDuration_us, this.cycles);
	}

	/** CONFIG RESETSTAT: all but what says how much memory there is, and who was refused. */
	reset(now_us: number): void {
		this.connectionsReceived = 0;
		this.connectionsRejected = 0;
		this.networkInput_bytes = 0;
		this.networkOutput_bytes = 0;
		this.replicationInput_bytes = 0;
		this.replicationOutput_bytes = 0;
		this.fullSyncs = 0;
		this.partialSyncs = 0;
		this.partialSyncsRefused = 0;
		this.readsProcessed = 0;
		this.writesProcessed = 0;
		this.errorReplies = 0;
		this.internalErrors = 0;
		this.staleKeys_percent = 0;
		this.cycles = 0;
		this.cyclesDuration_us = 0;
		this.errors.clear();
		this.countsErrorKinds = true;
		this.crons = 0;
		this.cpuAtReset_us = this.cpu_us;
		const now_s = now_us / 1e6;
		const { commandRate, inputRate, outputRate, replicationInputRate, replicationOutputRate, cycleRate } = this;
		for (const rate of [commandRate, inputRate, outputRate, replicationInputRate, replicationOutputRate, cycleRate]) {
			rate.reset(0, now_s);
		}
		this.cycleDuration_us.reset(0, 0);
	}
}

function errorCode(text: string): string {
	const blank = text.slice(0, ERROR_CODE_MAX).indexOf(" ");
	return blank < 0 ? "ERR" : text.slice(0, blank);
}
