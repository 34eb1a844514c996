/** Differences of the set group that are right. */
import type { Allowance } from "../allowed.ts";

export const setAllowances: readonly Allowance[] = [
	{
		why: "small sets of strings are listpacks since 7.2",
		applies: ([name, subcommand], expected, actual) =>
			/^object$/i.test(name ?? "") &&
			/^encoding$/i.test(subcommand ?? "") &&
			expected.text() === "$9\r\nhashtable\r\n" &&
			actual.text() === "$8\r\nlistpack\r\n",
	},
];
