/**
 * Differences between the events of the two servers that are right: the subject follows Redis 7.2, the reference is 7.0.
 *
 * Invariant: as for allowed.ts, each entry matches as little as it can and says why.
 */
import { quote } from "../support/quoting.ts";

export type Commands = readonly (readonly string[])[];

export interface EventAllowance {
	readonly why: string;
	/** A command that may look at the keys it names in one server alone. */
	readonly excuses?: (args: readonly string[]) => boolean;
	/**
	 * Looks at the place where the events of both, lines as event-watch.ts writes them, begin to differ after these commands.
	 * Where the difference is the one it allows, takes it out of the lists and returns true.
	 */
	readonly repair?: (commands: Commands, expected: string[], actual: string[], at: number) => boolean;
}

/** The key that an event is about, quoted. */
export function keyOf(line: string): string {
	return line.slice(line.indexOf(" ", 2) + 1, line.lastIndexOf(" "));
}

/** Whether this is such an event of a key, told to the key's own channel. */
function isEvent(line: string | undefined, event: string): line is string {
	return line?.startsWith("K ") === true && line.endsWith(` ${event}`);
}

export const eventAllowances: readonly EventAllowance[] = [
	{
		why: "BITCOUNT and BITPOS judge their arguments before they look at the key since 7.2, and so do not miss it",
		excuses: ([name, , ...rest]) => /^bit(count|pos)$/i.test(name!) && rest.length > 0,
	},
	{
		why: "a key whose time is over and that an empty result deletes has expired for us, and is deleted for Redis",
		repair(commands, expected, actual, at) {
			const [left, right] = [expected[at], actual[at]];
			if (!isEvent(left, "del") || !isEvent(right, "expired") || keyOf(left) !== keyOf(right)) return false;
			const names = /store|^bitop$|^georadius|^sort$/i;
			const isTarget = ([name, ...args]: readonly string[]) =>
				names.test(name!) && args.map(quote).includes(keyOf(left));
			if (!commands.some(isTarget)) return false;
			for (const events of [expected, actual]) events.splice(at, 2);
			return true;
		},
	},
];
