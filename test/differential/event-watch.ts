/**
 * Keyspace events of both servers, side by side: a connection to each listens to all of them, and after every few commands
 * what it has heard since is compared, event by event, in order.
 *
 * Invariant: keys whose time is over go when somebody meets them and never by themselves, so that the order of their
 * events is that of the commands.
 */
import { quote, splitQuoted } from "../support/quoting.ts";
import { type Address, encodeCommand, WireConnection } from "../support/wire.ts";
import { type Commands, type EventAllowance, eventAllowances, keyOf } from "./allowed-events.ts";

/** What one connection to a server has heard. */
class Ear {
	private readonly listener: WireConnection;
	private readonly speaker: WireConnection;

	private constructor(listener: WireConnection, speaker: WireConnection) {
		this.listener = listener;
		this.speaker = speaker;
	}

	static async at(address: Address): Promise<Ear> {
		const speaker = await WireConnection.connect(address);
		await speaker.command("CONFIG", "SET", "notify-keyspace-events", "KEAnm");
		await speaker.command("DEBUG", "SET-ACTIVE-EXPIRE", "0");
		const listener = await WireConnection.connect(address);
		await listener.command("PSUBSCRIBE", "__key*__:*");
		await listener.command("SUBSCRIBE", MARK);
		return new Ear(listener, speaker);
	}

	/** Events since the last call, each a line. */
	async take(): Promise<string[]> {
		this.speaker.send(encodeCommand("PUBLISH", MARK, ""));
		await this.speaker.receive(1);
		const events: string[] = [];
		for (;;) {
			const [frame] = await this.listener.receive(1);
			if (frame === undefined) throw new Error(`events cannot be heard any more: ${this.listener.condition()}`);
			const [, channel, name, text] = frame.tree().items.map((item) => item.text);
			if (channel === MARK) return events;
			events.push(describeEvent(name!, text!));
		}
	}

	async close(): Promise<void> {
		await this.speaker.command("CONFIG", "SET", "notify-keyspace-events", "");
		await this.speaker.command("DEBUG", "SET-ACTIVE-EXPIRE", "1");
		this.listener.close();
		this.speaker.close();
	}
}

const MARK = "all events so far";

/** `K 0 key event` or `E 0 key event`, by the channel they came through. */
function describeEvent(channel: string, text: string): string {
	const match = /^__key(space|event)@(\d+)__:(.*)$/s.exec(channel);
	if (match === null) return `${quote(channel)} ${quote(text)}`;
	const [, kind, database, name] = match;
	return kind === "space" ? `K ${database} ${quote(name!)} ${text}` : `E ${database} ${quote(text)} ${name}`;
}

export interface EventDifference {
	/** The keys that the first differing events are about. */
	readonly keys: readonly string[];
	readonly expected: string;
	readonly actual: string;
}

export class EventWatch {
	/** How often each allowed difference occurred. */
	readonly allowed: Map<EventAllowance, number>;
	/** Events that both servers published. */
	count: number;
	private readonly reference: Ear;
	private readonly subject: Ear;
	/** Keys whose time is over that an excused command removed from one server; the other will tell when it meets them. */
	private readonly owed: Set<string>;

	private constructor(reference: Ear, subject: Ear) {
		this.allowed = new Map();
		this.count = 0;
		this.owed = new Set();
		this.reference = reference;
		this.subject = subject;
	}

	static async begin(seats: { readonly reference: Address; readonly subject: Address }): Promise<EventWatch> {
		return new EventWatch(await Ear.at(seats.reference), await Ear.at(seats.subject));
	}

	async end(): Promise<void> {
		for (const ear of [this.reference, this.subject]) await ear.close();
	}

	/** Forgets what was heard so far. */
	async skip(): Promise<void> {
		for (const ear of [this.reference, this.subject]) await ear.take();
	}

	/**
	 * Where the events since the last call differ, for no allowed reason, after these commands. What the excused ones among
	 * them did differs anyhow, and so may the events of the keys they name.
	 */
	async compare(commands: Commands, excused: Commands): Promise<EventDifference | undefined> {
		const [expected, actual] = await Promise.all([this.reference.take(), this.subject.take()]);
		this.count += expected.length;
		if (commands.some(([name]) => /^sort(_ro)?$/i.test(name!))) {
			for (const events of [expected, actual]) putMissesInOrder(events);
		}
		const isExcused = isEventOfAny([...excused, ...commands.filter(isExcusedByName)]);
		let at = 0;
		while (at < Math.max(expected.length, actual.length)) {
			if (expected[at] === actual[at]) at++;
			else if (isExcused(expected[at]) || isExcused(actual[at])) {
				for (const events of [expected, actual]) this.excuse(events, at, isExcused);
			} else if (
				!this.paysDebt(expected, at) &&
				!this.paysDebt(actual, at) &&
				!this.repair(commands, expected, actual, at)
			) {
				const lines = [expected[at], actual[at]].filter((line) => line !== undefined);
				const keys = lines.flatMap((line) => splitQuoted(keyOf(line)));
				return { keys, expected: around(expected, at), actual: around(actual, at) };
			}
		}
		return undefined;
	}

	/** Takes out the events that are excused. */
	private excuse(events: string[], at: number, isExcused: (line: string | undefined) => boolean): void {
		const rest = events.splice(at);
		for (const line of rest) {
			if (!isExcused(line)) events.push(line);
			else if (line.endsWith(" expired")) this.owed.add(placeOf(line));
		}
	}

	/** Takes out that a key has expired where the other server told it before. */
	private paysDebt(events: string[], at: number): boolean {
		const line = events[at];
		if (!line?.startsWith("K ") || !line.endsWith(" expired") || !this.owed.delete(placeOf(line))) return false;
		events.splice(at, 2);
		return true;
	}

	/** Makes the two alike at a place where an allowed difference begins; false where there is none. */
	private repair(commands: Commands, expected: string[], actual: string[], at: number): boolean {
		for (const allowance of eventAllowances) {
			if (!allowance.repair?.(commands, expected, actual, at)) continue;
			this.allowed.set(allowance, (this.allowed.get(allowance) ?? 0) + 1);
			return true;
		}
		return false;
	}
}

/** SORT meets the members of a set in the order of a table, and so misses keys it makes of them. */
function putMissesInOrder(events: string[]): void {
	for (let from = 0; from < events.length; from++) {
		const misses: string[][] = [];
		let to = from;
		for (let length = missLength(events, to); length > 0; length = missLength(events, to)) {
			misses.push(events.slice(to, to + length));
			to += length;
		}
		misses.sort(([left], [right]) => (placeOf(left!) < placeOf(right!) ? -1 : 1));
		events.splice(from, to - from, ...misses.flat());
		from = to;
	}
}

/** Lines about a key that was missed, perhaps because its time was over; 0 where no such lines begin. */
function missLength(events: readonly string[], at: number): number {
	const isOf = (line: string | undefined, event: string) => line === `K ${placeOf(events[at]!)} ${event}`;
	if (at >= events.length) return 0;
	if (isOf(events[at], "keymiss")) return 2;
	return isOf(events[at], "expired") && isOf(events[at + 2], "keymiss") ? 4 : 0;
}

function isExcusedByName(args: readonly string[]): boolean {
	return eventAllowances.some((allowance) => allowance.excuses?.(args));
}

/** Database and key of an event. */
function placeOf(line: string): string {
	return line.slice(2, line.lastIndexOf(" "));
}

/** Whether a line is an event of a key that one of the commands names. */
function isEventOfAny(commands: Commands): (line: string | undefined) => boolean {
	const keys = new Set(commands.flatMap((args) => args.slice(1).map(quote)));
	return (line) => line !== undefined && keys.has(keyOf(line));
}

const shown = 6;

/** The events at and behind a place, a few before it. */
function around(events: readonly string[], at: number): string {
	return [
		...events.slice(Math.max(0, at - 2), at),
		`> ${events[at] ?? "(no more)"}`,
		...events.slice(at + 1, at + shown),
	].join(" | ");
}
