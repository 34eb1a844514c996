/** A mismatch as a person needs it: what was sent, what came back, what happened before to the same keys. */
import { describeCommand, quote } from "../support/quoting.ts";
import { keyPool } from "./source.ts";

export interface HistoryEntry {
	readonly index: number;
	readonly lane: number;
	readonly database: number;
	readonly args: readonly string[];
	readonly failed: boolean;
}

export interface Mismatch {
	readonly index: number;
	readonly what: string;
	readonly expected: string;
	readonly actual: string;
	readonly earlier: readonly string[];
}

const remembered = 20_000;
const shown = 10;
const shared = new Set([...keyPool, "lcs:a", "lcs:b"]);
const broad = new Set(["FLUSHDB", "FLUSHALL", "SWAPDB"]);

/** The latest commands of a run. */
export class History {
	private entries: HistoryEntry[];

	constructor() {
		this.entries = [];
	}

	add(entry: HistoryEntry): void {
		this.entries.push(entry);
		if (this.entries.length > 2 * remembered) this.entries = this.entries.slice(-remembered);
	}

	/** The last commands before `index` that touched one of the keys among `args`; without keys, those of the lane. */
	before(index: number, args: readonly string[], lane: number): string[] {
		const keys = new Set(args.slice(1).filter((argument) => shared.has(argument)));
		const related = this.entries.filter(
			(entry) => entry.index < index && (keys.size === 0 ? entry.lane === lane : touches(entry, keys)),
		);
		return related.slice(-shown).map(describeEntry);
	}
}

function touches(entry: HistoryEntry, keys: ReadonlySet<string>): boolean {
	if (broad.has(entry.args[0]?.toUpperCase() ?? "")) return !entry.failed;
	return entry.args.some((argument, position) => position > 0 && keys.has(argument));
}

function describeEntry(entry: HistoryEntry): string {
	return `#${entry.index} lane ${entry.lane} db ${entry.database}: ${describeCommand(entry.args)}`;
}

/** A reply as an escaped line; where it is long, the part around the first difference from `other`. */
export function showReply(reply: string, other = reply): string {
	const limit = 400;
	if (reply.length <= limit) return quoted(reply);
	let first = 0;
	while (first < reply.length && reply[first] === other[first]) first++;
	const start = Math.max(0, Math.min(first, reply.length) - limit / 2);
	return `${reply.length} bytes, from byte ${start}: ${quoted(reply.slice(start, start + limit))}`;
}

const quoted = (text: string): string => (/^[!#-&(-[\]-~]+$/.test(text) ? `"${text}"` : quote(text));

export function formatMismatch(mismatch: Mismatch, again: string): string {
	const earlier = mismatch.earlier.map((line) => `    ${line}`).join("\n");
	return [
		`mismatch at #${mismatch.index}`,
		`  command   ${mismatch.what}`,
		`  expected  ${mismatch.expected}`,
		`  actual    ${mismatch.actual}`,
		...(earlier === "" ? [] : ["  before it, on the same keys or lane:", earlier]),
		`  again: ${again}`,
	].join("\n");
}
