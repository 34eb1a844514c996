import type { Clock } from "../adapters/clock.ts";
import type { Config } from "../config/config.ts";
import type { Call } from "../dispatch/call.ts";
import { type Command, FAST, SKIP_SLOWLOG } from "../dispatch/command.ts";
import type { HeavyWitness, Scale } from "../dispatch/scale.ts";
import { CommandLog } from "./command-log.ts";
import { LatencyMonitor } from "./latency-monitor.ts";

/** The logs of COMMANDLOG by name; the slow one is SLOWLOG's. */
export type CommandLogs = ReadonlyMap<string, CommandLog>;

/**
 * What the executor finds heavy, put down where it can be looked at: the slow log, the logs of large requests and replies,
 * the latency monitor. It sets the executor's scale to what is asked for, so that nothing lighter comes here.
 */
export class Observation implements HeavyWitness {
	readonly slow: CommandLog;
	readonly largeRequests: CommandLog;
	readonly largeReplies: CommandLog;
	readonly logs: CommandLogs;
	readonly latency: LatencyMonitor;
	private readonly clock: Clock;
	private readonly scale: Scale;

	constructor(scale: Scale, config: Config, clock: Clock) {
		this.slow = new CommandLog();
		this.largeRequests = new CommandLog();
		this.largeReplies = new CommandLog();
		this.logs = new Map([
			["slow", this.slow],
			["large-request", this.largeRequests],
			["large-reply", this.largeReplies],
		]);
		this.latency = new LatencyMonitor(clock);
		this.clock = clock;
		this.scale = scale;
		scale.witness = this;
		this.follow(config);
	}

	weighed(call: Call, command: Command, elapsed_us: number, replyBytes: number): void {
		this.latency.note((command.flags & FAST) !== 0 ? "fast-command" : "command", elapsed_us);
		// One that waits is told of when it is served.
		if ((command.flags & SKIP_SLOWLOG) === 0 && call.client.unblock === null) {
			this.put(call, command, elapsed_us, replyBytes);
		}
	}

	/** The call has served a client that had waited. */
	servedLate(call: Call, elapsed_us: number, replyBytes: number): void {
		const { command } = call;
		command.duration_us += elapsed_us;
		this.latency.note("command-unblocking", elapsed_us);
		this.put(call, command, elapsed_us, replyBytes);
	}

	private put(call: Call, command: Command, elapsed_us: number, replyBytes: number): void {
		const now_ms = this.clock.now_ms();
		this.slow.offer(call, command, Math.floor(elapsed_us), now_ms);
		this.largeRequests.offer(call, command, requestBytes(call), now_ms);
		this.largeReplies.offer(call, command, replyBytes, now_ms);
	}

	private weighFrom(): void {
		const { threshold_ms } = this.latency;
		const long_us = Math.min(this.slow.from(), threshold_ms === 0 ? Infinity : threshold_ms * 1000);
		this.scale.set(long_us, this.largeRequests.from(), this.largeReplies.from());
	}

	private follow(config: Config): void {
		const threshold = (log: CommandLog) => (amount: number) => {
			log.threshold = amount;
			this.weighFrom();
		};
		const length = (log: CommandLog) => (entries: number) => {
			log.setLength(entries);
			this.weighFrom();
		};
		config.follow("slowlog-log-slower-than", threshold(this.slow));
		config.follow("slowlog-max-len", length(this.slow));
		config.follow("commandlog-request-larger-than", threshold(this.largeRequests));
		config.follow("commandlog-large-request-max-len", length(this.largeRequests));
		config.follow("commandlog-reply-larger-than", threshold(this.largeReplies));
		config.follow("commandlog-large-reply-max-len", length(this.largeReplies));
		config.follow("latency-monitor-threshold", (milliseconds) => {
			this.latency.threshold_ms = milliseconds;
			this.weighFrom();
		});
	}
}

/** The request as it came: `*3`, `$3` and the line ends, too. */
function requestBytes(call: Call): number {
	return call.argumentBytes() + digits(call.argc) + digits(call.length(0)) + FRAME_BYTES;
}

/** Type byte and line end of the number of words and of the first one's length, and the last line end. */
const FRAME_BYTES = 3 + 3 + 2;

function digits(value: number): number {
	return String(value).length;
}
