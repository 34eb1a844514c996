import type { Clock } from "../adapters/clock.ts";
import { keepPages, type Pages } from "../adapters/pages.ts";
import type { Random } from "../bytes/random.ts";
import { Limits } from "../types/limits.ts";
import { Changes } from "./change.ts";
import { Database } from "./database.ts";
import { Effects } from "./effects.ts";
import { FREQUENCY_OF_NEW, Frequency } from "./frequency.ts";
import type { KeyspaceSnapshot } from "./keyspace-snapshot.ts";
import { OwnDeadlines } from "./own-deadlines.ts";

/** Milliseconds per tick of the access clock, which is 24 bits of seconds as in OBJECT IDLETIME. */
const ACCESS_CLOCK_RESOLUTION_MS = 1000;
const ACCESS_CLOCK_MASK = 0xffffff;

/** Why nothing expires: this server is a replica; CLIENT PAUSE holds. */
export const FOR_MASTER = 1;
export const FOR_PAUSE = 2;

/** All databases of a server and what they share: the time of the current command, the hash seeds, the statistics. */
export class Keyspace {
	databases: Database[];
	readonly changes: Changes;
	readonly effects: Effects;
	readonly random: Random;
	/** Up to where values count as small. */
	readonly limits: Limits;
	readonly seed0: number;
	readonly seed1: number;
	/** Time of the command that runs, ms: one command sees one time. */
	now_ms: number;
	/** The same, also while time stands still. */
	wall_ms: number;
	/** It is always zero o'clock: commands of a file or of a master are executed, which say themselves what is over. */
	isTimeless: boolean;
	/**
	 * Nothing expires: what is over is not there for anybody who asks, and stays until a master says that it is gone, or
	 * until this is over. Set by `hideExpired`.
	 */
	hidesExpired: boolean;
	/** FOR_MASTER, FOR_PAUSE: why. */
	private hidingReasons: number;
	/** The exceptions: keys whose time clients of this replica have set. */
	readonly ownDeadlines: OwnDeadlines;
	/** `now_ms` as entries are stamped with where the eviction policy is not LFU. */
	accessClock: number;
	/** True where it is: stamps tell how often keys are used, not when. */
	readonly frequency: Frequency;
	stampsFrequency: boolean;
	/** The stamp of an entry that is new. */
	freshStamp: number;
	/** Whether to read a key sets its access time, or counts in its frequency; neither while a client with NO-TOUCH reads. */
	touches: boolean;
	counts: boolean;
	/** False while DEBUG SET-ACTIVE-EXPIRE 0 holds. */
	activeExpire: boolean;
	/** A command has made way for others and will go on: nothing may change meanwhile. */
	isStandingStill: boolean;
	hits: number;
	misses: number;
	expiredKeys: number;
	/** No deadline of any database lies before this moment, ms; Infinity where there is none, or nothing expires. */
	deadlineBound_ms: number;
	readonly pages: Pages;
	/** Sources of the libraries of functions, as files of data hold them. */
	libraries: Uint8Array[];
	/** The snapshot that is taken in the background, if any. */
	snapshot: KeyspaceSnapshot | null;
	private readonly clock: Clock;

	constructor(databases: number, clock: Clock, random: Random, pages: Pages = keepPages) {
		this.seed0 = random.uint32() | 0;
		this.seed1 = random.uint32() | 0;
		this.databases = [];
		this.changes = new Changes();
		this.effects = new Effects();
		this.random = random;
		this.limits = new Limits();
		this.now_ms = 0;
		this.wall_ms = 0;
		this.isTimeless = false;
		this.hidesExpired = false;
		this.hidingReasons = 0;
		this.ownDeadlines = new OwnDeadlines(this);
		this.accessClock = 0;
		this.frequency = new Frequency(random);
		this.stampsFrequency = false;
		this.freshStamp = 0;
		this.touches = true;
		this.counts = false;
		this.activeExpire = true;
		this.isStandingStill = false;
		this.hits = 0;
		this.misses = 0;
		this.expiredKeys = 0;
		this.deadlineBound_ms = Infinity;
		this.pages = pages;
		this.libraries = [];
		this.snapshot = null;
		this.clock = clock;
		for (let index = 0; index < databases; index++) this.databases.push(new Database(this, index));
		this.advance();
	}

	/** Takes the time from the clock; called before each batch of commands. */
	advance(): void {
		const now_ms = this.clock.now_ms();
		this.wall_ms = now_ms;
		this.now_ms = this.isTimeless ? 0 : now_ms;
		this.accessClock = Math.floor(now_ms / ACCESS_CLOCK_RESOLUTION_MS) & ACCESS_CLOCK_MASK;
		this.freshStamp = this.accessClock;
		if (this.stampsFrequency) this.advanceFrequency();
	}

	private advanceFrequency(): void {
		this.frequency.setTime(this.wall_ms);
		this.freshStamp = this.frequency.stampWith(FREQUENCY_OF_NEW);
	}

	/** Stops time at its beginning, or lets it go on: around what a master sends. */
	stopTime(isStopped: boolean): void {
		if (isStopped === this.isTimeless) return;
		this.isTimeless = isStopped;
		this.now_ms = isStopped ? 0 : this.wall_ms;
	}

	/** Whether it is a master who says what is over. */
	isReplica(): boolean {
		return (this.hidingReasons & FOR_MASTER) !== 0;
	}

	/**
	 * Begins or ends that nothing expires, for this reason; see `hidesExpired`. Where no reason is left everything does
	 * again from the end of the next batch on.
	 */
	hideExpired(reason: number, isOn: boolean): void {
		if (((this.hidingReasons & reason) !== 0) === isOn) return;
		this.hidingReasons ^= reason;
		this.hidesExpired = this.hidingReasons !== 0;
		if (reason === FOR_MASTER) this.ownDeadlines.clear();
		this.tightenDeadlineBound();
	}

	/** What stamps tell from now on. Those that are there stay as they are, and mean something else. */
	stampFrequency(isOn: boolean): void {
		this.stampsFrequency = isOn;
		this.advance();
		this.touch(true);
	}

	/** Whether reading leaves a trace. */
	touch(isOn: boolean): void {
		this.touches = isOn && !this.stampsFrequency;
		this.counts = isOn && this.stampsFrequency;
	}

	/** The stamp of an entry that has been used once more. */
	usedStamp(stamp: number): number {
		return this.stampsFrequency ? this.frequency.used(stamp) : this.accessClock;
	}

	/** The stamp of an entry of which a file says how often it was used, and for how long not; -1 where it does not. */
	toldStamp(stamp: number, idle_s: number, counter: number): number {
		if (this.stampsFrequency) return counter < 0 ? stamp : this.frequency.stampWith(counter);
		return idle_s < 0 ? stamp : this.stampFor(idle_s);
	}

	/** Seconds since an entry with this stamp was read or written. */
	idle_s(stamp: number): number {
		return (this.accessClock - stamp) & ACCESS_CLOCK_MASK;
	}

	/** The stamp of an entry that has been idle for so long. */
	private stampFor(idle_s: number): number {
		return (this.accessClock - idle_s) & ACCESS_CLOCK_MASK;
	}

	/** Exchanges the contents of two databases; clients stay with their index. */
	swap(first: number, second: number): void {
		const a = this.databases[first]!;
		const b = this.databases[second]!;
		[a.table, b.table] = [b.table, a.table];
		[a.fieldExpiry, b.fieldExpiry] = [b.fieldExpiry, a.fieldExpiry];
	}

	/** Removes every key of every database, and says so; returns how many there were. */
	clear(): number {
		let removed = 0;
		for (const database of this.databases) removed += database.clear();
		this.changes.database(-1, 0);
		return removed;
	}

	/** Makes the bound exact, as far as those of the tables are; while nothing expires there is none. */
	tightenDeadlineBound(): void {
		let bound_ms = Infinity;
		if (this.hidesExpired) {
			this.deadlineBound_ms = bound_ms;
			return;
		}
		for (const { table, fieldExpiry } of this.databases) {
			bound_ms = Math.min(bound_ms, table.deadlineBound_ms, fieldExpiry.bound_ms());
		}
		this.deadlineBound_ms = bound_ms;
	}

	resetStatistics(): void {
		this.hits = 0;
		this.misses = 0;
		this.expiredKeys = 0;
	}

	keyCount(): number {
		let keys = 0;
		for (const database of this.databases) keys += database.table.count;
		return keys;
	}

	bytesUsed(): number {
		const { databases } = this;
		let bytes = 0;
		for (let i = 0; i < databases.length; i++) {
			const { table, fieldExpiry } = databases[i]!;
			// Asked before every command that writes while there is a limit; what empty tables use is the program's.
			if (table.count > 0) bytes += table.bytesUsed() + fieldExpiry.bytesUsed();
		}
		return bytes;
	}
}
