/** Differences of streams between Redis 7.0, the reference, and 7.2, which we follow. */
import type { Allowance } from "../allowed.ts";

const isRead = (name: string | undefined): boolean => /^xread(group)?$/i.test(name ?? "");

/** The complaint about streams without ids. */
const unbalanced = (command: string, special: string): string =>
	`-ERR Unbalanced ${command} list of streams: for each stream key an ID or '${special}' must be specified.\r\n`;

export const streamAllowances: readonly Allowance[] = [
	{
		why: "since 7.2 XREAD and XREADGROUP name themselves, and their own special id, when ids are missing",
		applies: ([name], expected, actual) =>
			isRead(name) &&
			expected.text() === unbalanced("XREAD", "$") &&
			actual.text() === unbalanced(`'${name!.toLowerCase()}'`, name!.length === 5 ? "$" : ">"),
	},
];
