/** Differences of users and permissions that are right. */
import { Frame, toBytes } from "../../support/wire.ts";
import type { Allowance } from "../allowed.ts";

/** 7.2's words for what a user may not do, in those of 7.0. */
function inWordsOf70(text: string): string {
	return text
		.replace(/NOPERM User \S+ has no permissions to run/g, "NOPERM this user has no permissions to run")
		.replace(/-NOPERM No permissions to access a (key|channel)\r/g, (_, what: string) => {
			return `-NOPERM this user has no permissions to access one of the ${what}s used as arguments\r`;
		})
		.replace(/\$\d+\r\nUser \S+ has no permissions/g, "$n\r\nThis user has no permissions");
}

export const aclAllowances: readonly Allowance[] = [
	{
		why: "what a user may not do is said in other words since 7.2",
		applies: (_, expected, actual) =>
			/NOPERM |has no permissions/.test(actual.text()) &&
			new Frame(toBytes(expected.text().replace(/\$\d+\r\nThis user/g, "$n\r\nThis user"))).text() ===
				inWordsOf70(actual.text()),
	},
	{
		why: "since 7.2 new users have the flag sanitize-payload",
		applies: ([name = "", subcommand = ""], expected, actual) =>
			/^acl (list|getuser)$/i.test(`${name} ${subcommand}`) &&
			withoutFlag(actual.text()) === withoutFlag(expected.text()),
	},
];

/** Without what says how long it is, too. */
function withoutFlag(text: string): string {
	return text
		.replace(/\$16\r\nsanitize-payload\r\n/g, "")
		.replace(/ sanitize-payload/g, "")
		.replace(/\$5\r\nflags\r\n([*~])\d/g, "$5\r\nflags\r\n$1n")
		.replace(/\$\d+\r\nuser /g, "$n\r\nuser ");
}
