import type { Clock, Timers } from "../adapters/clock.ts";
import type { Config } from "../config/config.ts";
import type { Executor } from "../dispatch/execute.ts";
import { GATE_MEMORY } from "../dispatch/gates.ts";
import { humanBytes } from "../introspection/human-bytes.ts";
import type { InfoSource, MemoryState } from "../introspection/info/source.ts";
import type { Log } from "../introspection/log.ts";
import { usedBeside } from "../introspection/memory-use.ts";
import { Evictor } from "../keyspace/eviction/evictor.ts";
import { Residence } from "./residence.ts";

export interface MemoryLimitHost extends InfoSource {
	readonly adapters: InfoSource["adapters"] & { readonly clock: Clock; readonly timers: Timers };
	readonly config: Config;
	readonly executor: Executor;
	readonly log: Log;
}

/** Hears how long evictions took: LATENCY. */
export interface EvictionWitness {
	/** One turn of eviction, `eviction-cycle`, or the removal of one key in it, `eviction-del`. */
	took(event: "eviction-cycle" | "eviction-del", elapsed_us: number): void;
}

/** Bytes received between two counts of what clients use. */
const COUNT_EVERY_BYTES = 256 * 1024;
/** Keys evicted between two readings of the clock. */
const KEYS_PER_READING = 16;

const OK = 0;
/** Over the limit still, but the work goes on between commands. */
const GOES_ON = 1;
const FAILED = 2;

/**
 * `maxmemory`: sees to it that data and clients use no more, by evicting keys where the policy allows it.
 *
 * What data use is counted exactly before every command that may need more; what clients use is added up now and then.
 * A turn of eviction ends when there is room, or when it has taken the time that `maxmemory-eviction-tenacity` allows; the
 * rest is done a turn at a time, before further commands and between them, and commands are not refused meanwhile.
 *
 * Invariant: while there is a limit that counts GATE_MEMORY is shut.
 */
export class MemoryLimit implements MemoryState {
	readonly evictor: Evictor;
	witness: EvictionWitness | null;
	private readonly host: MemoryLimitHost;
	/** `maxmemory`; 0 is none. */
	private limit: number;
	/** What is used beside the data, when last counted, and the count of bytes received at which that is done again. */
	private besideBytes: number;
	private countAt: number;
	private readonly residence: Residence | null;
	private turn_us: number;
	private isRunning: boolean;
	private isIgnored: boolean;
	/** Nothing is evicted, and nothing refused, while CLIENT PAUSE holds. */
	rests: boolean;
	/** Since when there is too little room; -1 where there is enough. */
	private exceededSince_us: number;
	private exceeded_us: number;
	private readonly goOn: () => void;

	/** `ownsProcess`: what is resident in memory is there for this server alone. */
	constructor(host: MemoryLimitHost, ownsProcess: boolean) {
		const { config, keyspace } = host;
		const { values } = config;
		this.evictor = new Evictor(keyspace);
		this.witness = null;
		this.host = host;
		this.limit = 0;
		this.besideBytes = 0;
		this.countAt = 0;
		this.residence = ownsProcess ? new Residence(host.adapters.host) : null;
		this.turn_us = turnLimit_us(values["maxmemory-eviction-tenacity"]);
		this.isRunning = false;
		this.isIgnored = false;
		this.rests = false;
		this.exceededSince_us = -1;
		this.exceeded_us = 0;
		this.goOn = () => this.runTurn();
		this.hearConfig();
	}

	private hearConfig(): void {
		const { config, keyspace } = this.host;
		const { evictor } = this;
		const { effects, frequency } = keyspace;
		config.follow("maxmemory-policy", (name) => evictor.setPolicy(name));
		config.follow("maxmemory-samples", (keys) => evictor.setSampleSize(keys));
		config.follow("maxmemory-eviction-tenacity", (tenacity) => {
			this.turn_us = turnLimit_us(tenacity);
		});
		config.follow("lfu-log-factor", (factor) => {
			frequency.logFactor = factor;
		});
		config.follow("lfu-decay-time", (minutes) => {
			frequency.decay_minutes = minutes;
		});
		config.follow("lazyfree-lazy-eviction", (isLazy) => {
			effects.unlinksEvicted = isLazy;
		});
		this.setLimit(config.values.maxmemory);
		config.onChange("maxmemory", (bytes) => {
			this.setLimit(bytes);
			this.warnIfExceeded();
			return undefined;
		});
	}

	private setLimit(bytes: number): void {
		this.limit = bytes;
		this.host.executor.setGate(GATE_MEMORY, bytes > 0 && !this.isIgnored);
		this.countAt = 0;
	}

	/** On a replica the limit is the master's business: `replica-ignore-maxmemory`. */
	ignore(isIgnored: boolean): void {
		this.isIgnored = isIgnored;
		this.setLimit(this.limit);
	}

	/** A limit that is exceeded already takes effect at once. */
	private warnIfExceeded(): void {
		this.countBeside();
		const used = this.used();
		if (this.limit === 0 || used <= this.limit) return;
		this.host.log.warning(
			`WARNING: the new maxmemory value set via CONFIG SET (${this.limit}) is smaller than the current memory usage ` +
				`(${used}, ${humanBytes(used)}). Keys will be evicted, or writes be refused, as the maxmemory-policy says.`,
		);
		this.start();
	}

	/** Adds up what is used beside the data. */
	private countBeside(): void {
		this.countAt = this.host.statistics.networkInput_bytes + COUNT_EVERY_BYTES;
		this.besideBytes = usedBeside(this.host);
	}

	/** Before a batch of commands: counts clients anew where enough has come in. */
	beginBatch(): void {
		if (this.limit > 0 && this.host.statistics.networkInput_bytes >= this.countAt) this.countBeside();
	}

	cron(): void {
		if (this.limit === 0) return;
		this.countBeside();
		this.residence?.look(this.used() - this.overheadBytes(), this.limit, this.host.adapters.clock.now_ms());
	}

	overheadBytes(): number {
		return this.residence === null ? 0 : this.residence.overheadBytes;
	}

	/** What counts against the limit. */
	used(): number {
		return this.host.keyspace.bytesUsed() + this.besideBytes;
	}

	/** Before a command that may need more memory: false where it has to be refused. */
	makesRoom(): boolean {
		if (this.used() <= this.limit && this.exceededSince_us < 0) return true;
		return this.run() !== FAILED;
	}

	/** One turn. */
	private run(): number {
		const { executor, keyspace } = this.host;
		if (this.limit === 0 || this.isIgnored || this.rests || executor.isLoading || keyspace.isStandingStill) return OK;
		const { clock } = this.host.adapters;
		const started_us = clock.monotonic_us();
		const outcome = this.used() <= this.limit ? OK : this.makeRoom(started_us);
		if (outcome !== OK) {
			if (this.exceededSince_us < 0) this.exceededSince_us = started_us;
		} else if (this.exceededSince_us >= 0) {
			this.exceeded_us += clock.monotonic_us() - this.exceededSince_us;
			this.exceededSince_us = -1;
		}
		if (outcome === GOES_ON) this.start();
		return outcome;
	}

	private makeRoom(started_us: number): number {
		const { evictor, turn_us } = this;
		const { clock } = this.host.adapters;
		if (!evictor.evicts) return FAILED;
		let outcome = OK;
		for (let done = 1; this.used() > this.limit; done++) {
			if (!evictor.compact() && !this.evictOne() && !evictor.compact(true)) {
				outcome = FAILED;
				break;
			}
			if (done % KEYS_PER_READING === 0 && clock.monotonic_us() - started_us > turn_us) {
				outcome = GOES_ON;
				break;
			}
		}
		this.witness?.took("eviction-cycle", clock.monotonic_us() - started_us);
		return outcome;
	}

	private evictOne(): boolean {
		const { witness } = this;
		if (witness === null) return this.evictor.evict();
		const { clock } = this.host.adapters;
		const started_us = clock.monotonic_us();
		const isEvicted = this.evictor.evict();
		witness.took("eviction-del", clock.monotonic_us() - started_us);
		return isEvicted;
	}

	/** Further turns are taken between commands until there is room, or none can be made. */
	private start(): void {
		if (this.isRunning) return;
		this.isRunning = true;
		this.host.adapters.timers.soon(this.goOn);
	}

	private runTurn(): void {
		this.isRunning = false;
		this.host.keyspace.advance();
		this.run();
	}

	purge(): void {
		while (this.evictor.compact(true));
		this.host.adapters.host.collectGarbage(true);
	}

	// Statistics

	evictedKeys(): number {
		return this.evictor.evictedKeys;
	}

	/** Time that there was too little room, all told and this time. */
	exceededTotal_ms(): number {
		return Math.floor((this.exceeded_us + this.exceededNow_us()) / 1000);
	}

	exceededNow_ms(): number {
		return Math.floor(this.exceededNow_us() / 1000);
	}

	private exceededNow_us(): number {
		const { exceededSince_us } = this;
		return exceededSince_us < 0 ? 0 : this.host.adapters.clock.monotonic_us() - exceededSince_us;
	}

	resetStatistics(): void {
		this.evictor.evictedKeys = 0;
		this.exceeded_us = 0;
		if (this.exceededSince_us >= 0) this.exceededSince_us = this.host.adapters.clock.monotonic_us();
	}
}

/** How long a turn may take: up to 10 half a millisecond at most, then fifteen percent more each step; 100 is no limit. */
function turnLimit_us(tenacity: number): number {
	if (tenacity <= 10) return 50 * tenacity;
	return tenacity === 100 ? Infinity : 500 * 1.15 ** (tenacity - 10);
}
