/**
 * Random rules of users.
 *
 * Invariant: what is generated depends on the source and the names alone. Commands are such that both servers know, and
 * no rule asks a genuine redis-server 7.0 for what makes it crash.
 */
import type { Source } from "./source.ts";

export interface RuleNames {
	/** Names of commands, and "config|get" for subcommands. */
	readonly commands: readonly string[];
	readonly categories: readonly string[];
}

const patterns = [
	"*",
	"a",
	"a*",
	"b",
	"?",
	"n[12]",
	"n*",
	"key",
	"{tag}:*",
	"user:*",
	"k\\[*",
	"",
	"*e*",
	"sort:*",
	"key:*",
	"key:[0-2]",
	"word:0",
];
const passwords = ["", "secret", "other", "\xff\x00\n", "p w"];
const hashes = [
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	"2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b",
	"E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
	"abc",
];
const words = [
	"on off nopass resetpass reset allkeys resetkeys allchannels resetchannels allcommands nocommands clearselectors",
	"sanitize-payload skip-sanitize-payload +@all -@all ~* &*",
].flatMap((line) => line.split(" "));
const mistakes = [
	"",
	"foo",
	"+",
	"-",
	"+@",
	"-@nosuch",
	"+nosuch",
	"-select|1",
	"+get|",
	"+config|",
	"+config|nosuch",
].concat(
	["%", "%Q~a", "%RR~a", "%r", "~a b", "& ", "+config|get|x", "+nosuch|x", "(foo)", "(on)", "()", "(+get ~* ~a)", ")"],
	["#abc", "!abc", "<absent", "+@all +get", "~\x00"],
);

function commandRule(source: Source, { commands, categories }: RuleNames): string {
	const sign = source.choose(["+", "+", "-"]);
	const pick = source.below(10);
	if (pick < 4) return `${sign}@${source.word(source.choose(categories))}`;
	if (pick < 9) return `${sign}${source.word(source.choose(commands))}`;
	return `+${source.choose(["select", "get", "set", "object", "publish"])}|${source.choose(["0", "1", "a", "KEY", "encoding"])}`;
}

function keyRule(source: Source): string {
	return source.choose(["~", "~", "%R~", "%W~", "%RW~", "%r~", "%wr~"]) + source.choose(patterns);
}

function channelRule(source: Source): string {
	return `&${source.choose(patterns)}`;
}

function selectorRule(source: Source, names: RuleNames): string {
	const pick = source.below(10);
	if (pick < 5) return commandRule(source, names);
	if (pick < 8) return keyRule(source);
	if (pick < 9) return channelRule(source);
	return source.choose(["+@all", "-@all", "allkeys", "resetkeys", "allchannels", "resetchannels"]);
}

function selector(source: Source, names: RuleNames): string[] {
	const rules = Array.from({ length: source.between(0, 4) }, () => selectorRule(source, names));
	const text = `(${rules.join(" ")})`;
	// In one argument, or in as many as it has words.
	return source.chance(50) ? [text] : text.split(" ");
}

function passwordRule(source: Source): string {
	if (source.chance(50)) return source.choose([">", "<"]) + source.choose(passwords);
	return source.choose(["#", "!"]) + source.choose(hashes);
}

/** What a user may begin with, so that not everything is denied. */
export const beginnings: readonly (readonly string[])[] = [
	[],
	["+@all"],
	["allkeys"],
	["+@all", "~*"],
	["+@all", "~*", "&*"],
	["+@all", "%R~*", "~n*", "&*"],
	["+@read", "+@write", "~[a-z]*"],
];

const narrowings: readonly (readonly string[])[] = [
	["clearselectors", "-@write"],
	["clearselectors", "-@read"],
	["clearselectors", "resetkeys", "~[a-m]*"],
	["clearselectors", "resetkeys", "%R~*"],
	["clearselectors", "resetkeys", "%W~*"],
	["clearselectors", "resetchannels"],
	["clearselectors", "-@string", "-@list", "-@hash"],
	["clearselectors", "nocommands"],
];

/** Rules that take something away. */
export function randomNarrowing(source: Source): readonly string[] {
	return source.choose(narrowings);
}

/** Arguments of one ACL SETUSER behind the name. */
export function randomRules(source: Source, names: RuleNames): string[] {
	const rules: string[] = [];
	for (let left = source.between(1, 6); left > 0; left--) {
		const pick = source.below(100);
		if (pick < 68) rules.push(selectorRule(source, names));
		else if (pick < 80) rules.push(...selector(source, names));
		else if (pick < 88) rules.push(passwordRule(source));
		else if (pick < 98) rules.push(source.word(source.choose(words)));
		else rules.push(source.choose(mistakes));
	}
	return rules;
}
