import { latin1, latin1Bytes } from "../bytes/ascii.ts";
import { DENIED_AUTHENTICATION, DENIED_CHANNEL, DENIED_COMMAND, DENIED_KEY } from "./denial.ts";

/** How many entries are looked at for one of the same kind. */
const LOOK_BACK = 10;
/** How old an entry may be that another one of its kind is added to. */
const SAME_EVENT_MS = 60_000;
/** Longer names are cut off: a client that may do nothing must not fill the memory. */
const NAME_CHARACTERS_MAX = 1024;

/** Somebody was refused. */
export interface Refusal {
	/** DENIED_COMMAND and its like. */
	readonly reason: number;
	readonly context: "toplevel" | "multi" | "lua";
	/** What was refused: a command, a key, a channel; of a login, the command that tried. */
	readonly object: string;
	readonly user: string;
	/** The client as CLIENT LIST shows it. */
	readonly client: string;
}

export interface LogEntry extends Refusal {
	readonly number: number;
	count: number;
	client: string;
	readonly createdAt_ms: number;
	updatedAt_ms: number;
}

/** What INFO counts of refusals. */
export interface RefusalCounts {
	authenticationFailures: number;
	deniedCommands: number;
	deniedKeys: number;
	deniedChannels: number;
}

/**
 * ACL LOG: who was refused what, the newest first. What happens again within a minute is counted in the entry that is
 * there, which becomes the newest.
 */
export class AccessLog {
	readonly entries: LogEntry[];
	private readonly counts: RefusalCounts;
	private readonly entriesMax: () => number;
	private created: number;

	constructor(counts: RefusalCounts, entriesMax: () => number) {
		this.entries = [];
		this.counts = counts;
		this.entriesMax = entriesMax;
		this.created = 0;
	}

	add(event: Refusal, now_ms: number): void {
		this.count(event.reason);
		const refusal = { ...event, object: shortened(event.object), user: shortened(event.user) };
		const { entries } = this;
		const most = this.entriesMax();
		if (most > 0) {
			const at = entries.slice(0, LOOK_BACK).findIndex((entry) => isSameEvent(entry, refusal, now_ms));
			entries.unshift(at < 0 ? this.newEntry(refusal, now_ms) : entries.splice(at, 1)[0]!);
			const newest = entries[0]!;
			newest.count++;
			newest.client = refusal.client;
			newest.updatedAt_ms = now_ms;
		}
		if (entries.length > most) entries.length = most;
	}

	private newEntry(refusal: Refusal, now_ms: number): LogEntry {
		return { ...refusal, number: this.created++, count: 0, createdAt_ms: now_ms, updatedAt_ms: now_ms };
	}

	private count(reason: number): void {
		const { counts } = this;
		if (reason === DENIED_COMMAND) counts.deniedCommands++;
		else if (reason === DENIED_KEY) counts.deniedKeys++;
		else if (reason === DENIED_CHANNEL) counts.deniedChannels++;
		else if (reason === DENIED_AUTHENTICATION) counts.authenticationFailures++;
	}

	clear(): void {
		this.entries.length = 0;
	}
}

function isSameEvent(entry: LogEntry, { reason, context, object, user }: Refusal, now_ms: number): boolean {
	if (entry.reason !== reason || entry.context !== context || entry.object !== object || entry.user !== user)
		return false;
	return Math.abs(now_ms - entry.updatedAt_ms) <= SAME_EVENT_MS;
}

/** As a text of its own: a part of a long one would keep all of it. */
function shortened(name: string): string {
	if (name.length <= NAME_CHARACTERS_MAX) return name;
	return latin1(latin1Bytes(name.slice(0, NAME_CHARACTERS_MAX)), 0, NAME_CHARACTERS_MAX);
}
