/** The generic group: what can be done to a key of any type. */
import { approximate, exact, member, sorted, sortedInside, typeOnly } from "../compare.ts";
import type { Group } from "../generate.ts";
import type { Source } from "../source.ts";
import { fixed, one, planned, type ScanStep, sequence } from "../step.ts";

const expireCommands = ["EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT"];
const deadlineCommands = ["TTL", "EXPIRETIME"];
const preciseDeadlineCommands = ["PTTL", "PEXPIRETIME"];

const patterns = [
	..."* ** a ? ?? k* *e* n[12] n[0-9] n[9-0] n[^1] n[^1-2] [a-c] [^a-c] [c-a] [ab]* [] [^] a[ a[b a[^ *[ \\* \\".split(
		" ",
	),
	..."*\\ k\\[1\\]\\*\\?\\\\ k[[]1]* *\\x *:* {tag}:? user:1??? *o*g*o*g*x *************a [\\]] [\\-] n[\\1] [a- n[1-]".split(
		" ",
	),
	"",
	"\xff*",
	"\x00",
	"*\r\n*",
	"*\x00*",
	"[\x00-\xff]*",
	`${"*a".repeat(20)}b`,
];

const badCursors = ["abc", "", "1.5", " 0", "+0", "00", "18446744073709551616", "0x0", "0 "];
const types = ["string", "string", "STRING", "list", "zset", "foo", ""];

function scanOptions(source: Source): string[] {
	const options: string[] = [];
	for (let count = source.choose([0, 1, 1, 2, 3]); count > 0; count--) {
		const pick = source.below(10);
		if (pick < 5) options.push(source.word("MATCH"), source.choose(patterns));
		else if (pick < 9) options.push(source.word("TYPE"), source.choose(types));
		else options.push(source.junk());
	}
	return options;
}

/** SCAN with a page so large that everything comes at once. */
function scanPage(source: Source): readonly string[] {
	const count = source.chance(80) ? "100000" : source.choose(["0", "-1", "abc", "9223372036854775808", ""]);
	return [
		"SCAN",
		source.chance(85) ? "0" : source.choose(badCursors),
		...scanOptions(source),
		source.word("COUNT"),
		count,
	];
}

function scanLoop(source: Source): ScanStep {
	const after = source.chance(50) ? ["COUNT", source.choose(["1", "2", "7", "10", "1000"])] : [];
	if (source.chance(40)) after.push("MATCH", source.choose(patterns));
	if (source.chance(20)) after.push("TYPE", source.choose(types.slice(0, 5)));
	return { kind: "scan", before: ["SCAN"], after };
}

function copyOptions(source: Source): string[] {
	const options: string[] = [];
	if (source.chance(40)) options.push(source.word("DB"), database(source));
	if (source.chance(50)) options.push(source.word("REPLACE"));
	if (source.chance(5)) options.push(source.junk());
	return source.chance(20) ? options.reverse() : options;
}

/** Mostly one of four databases, most often the first. */
export function database(source: Source): string {
	if (source.chance(85)) return source.choose(["0", "0", "0", "0", "1", "1", "2", "3"]);
	return source.choose([
		"9",
		"15",
		"16",
		"-1",
		"100",
		"2147483648",
		"-9223372036854775808",
		"4294967296",
		"abc",
		"",
		"1.5",
		"01",
	]);
}

function objectCommand(source: Source) {
	const pick = source.below(12);
	if (pick < 5) return one(exact, "OBJECT", source.word("ENCODING"), source.key());
	if (pick < 8) return one(exact, "OBJECT", source.word("REFCOUNT"), source.key());
	// An integer that Redis shares is as idle as the server is old.
	if (pick < 10) return one(approximate(600), "OBJECT", source.word("IDLETIME"), source.key());
	if (pick < 11) return one(exact, "OBJECT", source.word("FREQ"), source.key());
	if (source.chance(20)) return fixed(typeOnly, "OBJECT", source.word("HELP"));
	return one(exact, "OBJECT", source.choose(["FOO", "encoding", ""]), ...source.keys(0, 2));
}

export const genericGroup: Group = {
	name: "generic",
	makers: [
		{ weight: 10, make: (source) => one(exact, "DEL", ...source.keys(1, 3)) },
		{ weight: 4, make: (source) => one(exact, "UNLINK", ...source.keys(1, 3)) },
		{ weight: 8, make: (source) => one(exact, "EXISTS", ...source.keys(1, 5)) },
		{ weight: 4, make: (source) => one(exact, "TOUCH", ...source.keys(1, 5)) },
		{ weight: 8, make: (source) => one(exact, "TYPE", source.key()) },
		{
			weight: 20,
			make: (source) =>
				one(exact, source.choose(expireCommands), source.key(), source.soberDeadline(), ...condition(source)),
		},
		{
			weight: 16,
			make: (source) =>
				one(exact, source.choose(expireCommands), source.key(), source.deadline(), ...condition(source)),
		},
		{
			weight: 8,
			make: (source) =>
				one(exact, source.choose(["EXPIREAT", "PEXPIREAT"]), source.key(), source.moment(), ...condition(source)),
		},
		{ weight: 10, make: (source) => one(approximate(5), source.choose(deadlineCommands), source.key()) },
		{ weight: 10, make: (source) => one(approximate(5000), source.choose(preciseDeadlineCommands), source.key()) },
		{ weight: 8, make: (source) => one(exact, "PERSIST", source.key()) },
		{ weight: 8, make: (source) => one(exact, "RENAME", source.key(), source.key()) },
		{ weight: 8, make: (source) => one(exact, "RENAMENX", source.key(), source.key()) },
		{ weight: 2, make: (source) => one(exact, "RENAME", ...Array(2).fill(source.key())) },
		{ weight: 12, make: (source) => one(exact, "COPY", source.key(), source.key(), ...copyOptions(source)) },
		{ weight: 8, make: (source) => one(exact, "MOVE", source.key(), database(source)) },
		{ weight: 3, make: () => sequence(planned(member, "RANDOMKEY"), planned(sorted, "KEYS", "*")) },
		{ weight: 1, make: (source) => fixed(exact, "RANDOMKEY", source.key()) },
		{ weight: 4, make: (source) => one(sorted, "KEYS", source.choose(patterns)) },
		// Without its COUNT a page would depend on the order of the table.
		{ weight: 6, make: (source) => fixed(sortedInside, ...scanPage(source)) },
		{ weight: 1, make: (source) => scanLoop(source) },
		{ weight: 14, make: objectCommand },
		// Waiting for one replica or more would block.
		{
			weight: 2,
			make: (source) =>
				fixed(
					exact,
					"WAIT",
					...source.choose([["0", "0"], ["0", "10"], ["-1", "0"], ["0", "-1"], ["abc", "0"], ["0"], ["0", "1.5"]]),
				),
		},
	],
};

function condition(source: Source): string[] {
	const pick = source.below(20);
	if (pick < 8) return [];
	if (pick < 17) return [source.word(source.choose(["NX", "XX", "GT", "LT"]))];
	if (pick < 19) return source.several(2, 4, () => source.word(source.choose(["NX", "XX", "GT", "LT"])));
	return [source.junk()];
}
