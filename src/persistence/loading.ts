import type { Clock, Timer, Timers } from "../adapters/clock.ts";
import type { Host } from "../adapters/host.ts";
import type { Config } from "../config/config.ts";
import type { LoadingState } from "../introspection/info/source.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";

/**
 * How data comes back at the start, and from a master: from a file or from the network, a slice at a time, while clients
 * that ask for data hear -LOADING or are shown what was there before.
 */

/** Says when it is time to let others work. */
export interface Pace {
	/** `loadedBytes` is the source's count. Cheap: to be asked after every key, and every few elements of a large one. */
	isOver(loadedBytes: number): boolean;
}

/** For a load that nobody waits beside: DEBUG RELOAD. */
export const WITHOUT_PAUSE: Pace = { isOver: () => false };

/** What is loaded, be it an RDB file or append-only files. */
export interface LoadSource {
	/** Of all its files. */
	readonly totalBytes: number;
	loadedBytes: number;
	keysLoaded: number;
	/** Keys that were left out because their time was over. */
	keysExpired: number;
	/** What was in use when it was written, as far as it says so. */
	readonly usedMemory_bytes?: number;
	/** As the line in the log names it: "disk", "append only file". */
	readonly origin: string;
	/** Loads on, at least a little, until `pace` is over; true when all is there. Throws a LoadFailure where it cannot. */
	advance(pace: Pace): boolean;
	/** Whether it can do nothing before more has come; then `Loading.more` is called when it can. */
	isWaiting?(): boolean;
	/** Lets go of its files. Called once, however it ended. */
	close(): void;
}

/** The file cannot be loaded. The lines say why, as the log shows them. */
export class LoadFailure extends Error {
	readonly lines: readonly string[];

	constructor(lines: readonly string[]) {
		super(lines[0]);
		this.lines = lines;
	}
}

/** Longer than this nobody waits, however small the slices of bytes are configured. */
const SLICE_US = 10_000;
/** Reading the clock costs as much as loading a key or two. */
const CLOCK_EVERY_BYTES = 16 * 1024;
const SHOWN_EVERY_MS = 100;
const LOGGED_EVERY_MS = 5000;
const BAR_CHARACTERS = 40;
/** Timers are no finer: shorter delays are taken together. */
const DELAY_US_MIN = 1000;

/** One slice: so many bytes, so much time, or so many keys. */
class Slice implements Pace {
	private readonly clock: Clock;
	private endBytes: number;
	private endKeys: number;
	private end_us: number;
	private lookAtBytes: number;

	constructor(clock: Clock) {
		this.clock = clock;
		this.endBytes = 0;
		this.endKeys = 0;
		this.end_us = 0;
		this.lookAtBytes = 0;
	}

	begin(loadedBytes: number, bytes: number, keys: number): void {
		this.endBytes = loadedBytes + bytes;
		this.endKeys = keys;
		this.end_us = this.clock.monotonic_us() + SLICE_US;
		this.lookAtBytes = loadedBytes + CLOCK_EVERY_BYTES;
	}

	isOver(loadedBytes: number): boolean {
		if (--this.endKeys <= 0 || loadedBytes >= this.endBytes) return true;
		if (loadedBytes < this.lookAtBytes) return false;
		this.lookAtBytes = loadedBytes + CLOCK_EVERY_BYTES;
		return this.clock.monotonic_us() >= this.end_us;
	}
}

export interface LoadingHost {
	readonly adapters: { readonly clock: Clock; readonly timers: Timers; readonly host: Host };
	readonly config: Config;
	readonly keyspace: Keyspace;
	readonly log: { notice(line: string): void; warning(line: string): void };
	/** What is refused while data loads, in place of what there is or beside it. */
	readonly executor: { isLoading: boolean; isLoadingAside: boolean };
}

/** The load of the data at the start, or that of a copy of a master's, or none. */
export class Loading {
	/** Of the last load of an RDB file. */
	loadedKeys: number;
	expiredKeys: number;
	private readonly host: LoadingHost;
	private readonly slice: Slice;
	private source: LoadSource | null;
	/** What was there before is still served. */
	private isAside: boolean;
	/** The source has nothing more for now. */
	private isWaiting: boolean;
	private done: (isLoaded: boolean) => void;
	private timer: Timer | null;
	private startedAt_ms: number;
	private began_us: number;
	private shownAt_ms: number;

	constructor(host: LoadingHost) {
		this.loadedKeys = 0;
		this.expiredKeys = 0;
		this.host = host;
		this.slice = new Slice(host.adapters.clock);
		this.source = null;
		this.isAside = false;
		this.isWaiting = false;
		this.done = () => {};
		this.timer = null;
		this.startedAt_ms = 0;
		this.began_us = 0;
		this.shownAt_ms = 0;
	}

	isOn(): boolean {
		return this.source !== null;
	}

	/** What is there is not all that there will be. */
	isInPlace(): boolean {
		return this.source !== null && !this.isAside;
	}

	/**
	 * Loads all of `source` and calls back, with false where it failed, which the log has told: perhaps at once, since the
	 * first slice is loaded before this returns. `isAside`: it goes elsewhere, and what there is is served meanwhile.
	 */
	begin(source: LoadSource, done: (isLoaded: boolean) => void, isAside = false): void {
		const { clock } = this.host.adapters;
		this.source = source;
		this.done = done;
		this.startedAt_ms = clock.now_ms();
		this.began_us = clock.monotonic_us();
		this.shownAt_ms = this.startedAt_ms;
		this.isAside = isAside;
		this.isWaiting = false;
		if (isAside) this.host.executor.isLoadingAside = true;
		else this.host.executor.isLoading = true;
		this.advance();
	}

	/** There is more of a source that was waiting for it. */
	more(): void {
		if (this.isWaiting) this.advance();
	}

	private advance(): void {
		const { host, source, slice } = this;
		if (source === null) return;
		const { values } = host.config;
		const delay_us = values["key-load-delay"];
		slice.begin(source.loadedBytes, values["loading-process-events-interval-bytes"], keysAtOnce(delay_us));
		host.keyspace.advance();
		let isDone: boolean;
		try {
			isDone = source.advance(slice);
		} catch (failure) {
			return this.fail(failure);
		}
		if (isDone) return this.finish(source);
		this.isWaiting = source.isWaiting?.() ?? false;
		if (this.isWaiting) return;
		this.showProgress(source);
		const { timers } = host.adapters;
		if (delay_us === 0) timers.soon(() => this.advance());
		else this.timer = timers.after(Math.max(1, delay_us / 1000), () => this.advance());
	}

	private finish(source: LoadSource): void {
		const { log, adapters } = this.host;
		this.note(source);
		this.end();
		const duration_s = (adapters.clock.monotonic_us() - this.began_us) / 1e6;
		log.notice(`DB loaded from ${source.origin}: ${duration_s.toFixed(3)} seconds`);
		this.done(true);
	}

	/** What INFO tells of the last load. */
	note(source: LoadSource): void {
		this.loadedKeys = source.keysLoaded;
		this.expiredKeys = source.keysExpired;
	}

	private fail(failure: unknown): void {
		this.end();
		for (const line of linesOf(failure)) this.host.log.warning(line);
		this.done(false);
	}

	private end(): void {
		const { source, host } = this;
		this.source = null;
		this.timer?.cancel();
		this.timer = null;
		source?.close();
		host.executor.isLoading = false;
		host.executor.isLoadingAside = false;
		if (host.adapters.host.isTerminal && this.shownAt_ms !== this.startedAt_ms) host.adapters.host.showProgress?.("");
	}

	/** Gives up, without a word: the server ends, or what is loaded is worth nothing any more. */
	stop(): void {
		if (this.source !== null) this.end();
	}

	state(): LoadingState | null {
		const { source, startedAt_ms, isAside } = this;
		if (source === null) return null;
		const { totalBytes, loadedBytes, usedMemory_bytes } = source;
		// Of a stream it may not be known.
		const total = totalBytes === Infinity ? 0 : totalBytes;
		return { startedAt_ms, isAside, totalBytes: total, loadedBytes, usedMemory_bytes: usedMemory_bytes ?? 0 };
	}

	private showProgress({ loadedBytes, totalBytes }: LoadSource): void {
		const { adapters, log } = this.host;
		const { host } = adapters;
		const now_ms = adapters.clock.now_ms();
		if (now_ms - this.shownAt_ms < (host.isTerminal ? SHOWN_EVERY_MS : LOGGED_EVERY_MS)) return;
		this.shownAt_ms = now_ms;
		if (totalBytes === Infinity) return log.notice(`Loading the data: ${loadedBytes} bytes`);
		const share = Math.min(1, loadedBytes / Math.max(1, totalBytes));
		const left_s = ((now_ms - this.startedAt_ms) * (1 / Math.max(share, 0.001) - 1)) / 1000;
		const text = `${Math.floor(share * 100)}%, ${Math.ceil(left_s)} s left`;
		if (!host.isTerminal) return log.notice(`Loading the data: ${text}`);
		const full = Math.round(share * BAR_CHARACTERS);
		const bar = "#".repeat(full) + ".".repeat(BAR_CHARACTERS - full);
		host.showProgress?.(`Loading [${bar}] ${text}`);
	}
}

/** Keys that are loaded between two delays; a negative delay is one of a microsecond every so many keys. */
function keysAtOnce(delay_us: number): number {
	if (delay_us === 0) return Infinity;
	return delay_us > 0 ? Math.ceil(DELAY_US_MIN / delay_us) : -delay_us * DELAY_US_MIN;
}

function linesOf(failure: unknown): readonly string[] {
	if (failure instanceof LoadFailure) return failure.lines;
	const trace = failure instanceof Error ? (failure.stack ?? failure.message) : String(failure);
	return [`Internal error while loading: ${trace}`, "Fatal error loading the DB, check server logs. Exiting."];
}
