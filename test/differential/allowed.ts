/**
 * Differences that are right: the subject follows Redis 7.2, the reference is 7.0.
 *
 * Invariant: each entry matches as little as it can and says why; anything else is a defect of the subject or of the
 * tests, never a reason to add an entry.
 */
import type { Frame } from "../support/wire.ts";
import { aclAllowances } from "./allowances/acl.ts";
import { bitmapAllowances } from "./allowances/bitmap.ts";
import { geoAllowances } from "./allowances/geo.ts";
import { hashAllowances } from "./allowances/hash.ts";
import { hyperloglogAllowances } from "./allowances/hyperloglog.ts";
import { listAllowances } from "./allowances/list.ts";
import { pubSubAllowances } from "./allowances/pubsub.ts";
import { insideScripts, scriptingAllowances } from "./allowances/scripting.ts";
import { setAllowances } from "./allowances/set.ts";
import { sortedSetAllowances } from "./allowances/sorted-set.ts";
import { streamAllowances } from "./allowances/stream.ts";

export interface Allowance {
	readonly why: string;
	readonly applies: (args: readonly string[], expected: Frame, actual: Frame) => boolean;
}

const isError = (reply: Frame, text: RegExp): boolean => text.test(reply.text());

const outside: readonly Allowance[] = [
	{
		why: "COMMAND GETKEYS wants at least one argument after the command's name before 7.2",
		applies: ([name, subcommand, ...rest], expected) =>
			/^command$/i.test(name ?? "") &&
			/^getkeys(andflags)?$/i.test(subcommand ?? "") &&
			rest.length === 1 &&
			isError(expected, /^-ERR wrong number of arguments for 'command\|getkeys(andflags)?' command\r\n$/),
	},
	{
		why: "the advice to authenticate in HELLO names the protocol argument since 7.2",
		applies: (_, expected, actual) =>
			isError(expected, /^-NOAUTH HELLO /) &&
			actual.text() === expected.text().replace("the HELLO AUTH", "the HELLO <proto> AUTH"),
	},
	{
		why: "the texts of HELP are our own",
		applies: ([, subcommand], expected, actual) =>
			/^help$/i.test(subcommand ?? "") &&
			[expected, actual].every((reply) => /^\*\d+\r\n\+[A-Z]+ <subcommand> /.test(reply.text())),
	},
	...aclAllowances,
	...bitmapAllowances,
	...geoAllowances,
	...hashAllowances,
	...hyperloglogAllowances,
	...listAllowances,
	...pubSubAllowances,
	...setAllowances,
	...sortedSetAllowances,
	...streamAllowances,
];

export const allowances: readonly Allowance[] = [...outside, ...scriptingAllowances, ...insideScripts(outside)];
