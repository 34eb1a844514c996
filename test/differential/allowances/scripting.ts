/** Differences that are right where scripts are concerned. */
import { Frame, toBytes } from "../../support/wire.ts";
import type { Allowance } from "../allowed.ts";
import { print } from "../compare.ts";

const isScript = (args: readonly string[]): boolean => /^(eval|evalsha|fcall)(_ro)?$/i.test(args[0] ?? "");

const withoutSignOfNan = (reply: Frame): string => print(reply.tree()).replace(/[-+]nan/gi, "nan");

/** Both may be wrong in different ways. */
const withoutArgument = (reply: Frame): string =>
	print(reply.tree()).replace(
		/bad argument #[12] to '(fmod|mod|ldexp|pow)' \(number expected, got [a-z ]+\)/g,
		"bad argument to '$1'",
	);

export const scriptingAllowances: readonly Allowance[] = [
	{
		why: "the sign of nan is that of the processor: 0/0 is -nan on x86, nan in WebAssembly",
		applies: (args, expected, actual) =>
			isScript(args) && /nan/i.test(expected.text()) && withoutSignOfNan(expected) === withoutSignOfNan(actual),
	},
	{
		why: "of two wrong arguments of fmod, mod, ldexp and pow the second is named: in C the order is the compiler's",
		applies: (args, expected, actual) =>
			isScript(args) && /#2 to '/.test(expected.text()) && withoutArgument(expected) === withoutArgument(actual),
	},
	{
		why: "XREAD BLOCK is not refused in scripts since 7.2, it does not wait",
		applies: (args, expected) =>
			isScript(args) && /command is not allowed with BLOCK option from scripts/.test(expected.text()),
	},
	{
		why: "ZRANK and ZREVRANK take another argument since 7.2",
		applies: (args, expected, actual) =>
			isScript(args) &&
			args.some((word) => /^zrev(rank)$|^zrank$/i.test(word)) &&
			expected.text().includes(arity) &&
			/ERR (syntax error|wrong number of arguments for)/.test(actual.text()),
	},
];

const arity = "Wrong number of args calling Redis command from script";
const place = / script: [0-9a-f]{40}, on @user_script:\d+\.\r\n$/;

/** What may differ between replies to a command may differ as well where a script that passes it on calls it. */
export function insideScripts(outside: readonly Allowance[]): Allowance[] {
	return outside.map(({ why, applies }) => ({
		why: `in a script: ${why}`,
		applies: ([name, script, count, ...args], expected, actual) => {
			if (!isScript([name ?? ""]) || count !== "0" || !/unpack\(ARGV\)/.test(script ?? "")) return false;
			const plain = (reply: Frame) =>
				new Frame(
					toBytes(
						reply
							.text()
							.replace(place, "\r\n")
							.replace(arity, `wrong number of arguments for '${args[0]?.toLowerCase()}' command`),
					),
				);
			return applies(args, plain(expected), plain(actual));
		},
	}));
}
