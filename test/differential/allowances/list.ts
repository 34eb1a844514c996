/** Differences of the list group that are right. */
import type { Allowance } from "../allowed.ts";

const INT64_OUT_OF_RANGE =
	"-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807\r\n";

export const listAllowances: readonly Allowance[] = [
	{
		why: "a small list is a listpack since 7.2, not a quicklist",
		applies: ([name, subcommand], expected, actual) =>
			/^object$/i.test(name ?? "") &&
			/^encoding$/i.test(subcommand ?? "") &&
			expected.text() === "$9\r\nquicklist\r\n" &&
			actual.text() === "$8\r\nlistpack\r\n",
	},
	{
		why: "LPOS refuses a RANK whose negative is no int64 since 7.2",
		applies: ([name, ...rest], _, actual) =>
			/^lpos$/i.test(name ?? "") && rest.includes("-9223372036854775808") && actual.text() === INT64_OUT_OF_RANGE,
	},
	{
		why: "a timeout beyond int64 is out of range since 7.2; before it overflows, and is negative",
		applies: (_, expected, actual) =>
			expected.text() === "-ERR timeout is negative\r\n" && actual.text() === "-ERR timeout is out of range\r\n",
	},
];
