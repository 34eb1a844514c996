/** Differences of the bitmap group that are right. */
import type { Allowance } from "../allowed.ts";

export const bitmapAllowances: readonly Allowance[] = [
	{
		why: "BITCOUNT and BITPOS judge their arguments before they look at the key since 7.2",
		applies: ([name, ...rest], expected, actual) =>
			/^bit(count|pos)$/i.test(name ?? "") &&
			rest.length >= 2 &&
			/^(:0|:-1|-WRONGTYPE .*)\r\n$/.test(expected.text()) &&
			/^-ERR (syntax error|value is not an integer or out of range)\r\n$/.test(actual.text()),
	},
];
