/** Differences of the sorted-set group that are right. */
import type { Allowance } from "../allowed.ts";

export const sortedSetAllowances: readonly Allowance[] = [
	{
		why: "ZRANK and ZREVRANK take WITHSCORE since 7.2",
		applies: ([name, ...rest], expected) =>
			/^zrank$|^zrevrank$/i.test(name ?? "") &&
			rest.length === 3 &&
			/^-ERR wrong number of arguments for 'z(rev)?rank' command\r\n$/.test(expected.text()),
	},
];
