/** SORT and SORT_RO. */
import { exact, normalized, sorted, type Verb } from "../compare.ts";
import type { Group } from "../generate.ts";
import { keyPool, type Source } from "../source.ts";
import { fixed, one, planned, type Step, sequence } from "../step.ts";

const lists = ["sort:list", "sort:texts", "sort:mixed"];
const sets = ["sort:set", "sort:words"];
const sortedSets = ["sort:zset", "sort:scores"];
const numeric = ["sort:list", "sort:set", "sort:zset"];
/** What patterns lead to; numbers are what most of the elements are. */
const targets = Array.from({ length: 16 }, (_, i) => String(i));

const patterns = [
	..."weight_* weight_* weight_* hash_*->f hash_*->f hash_*->g text_* * # weight_ *->f hash_*-> hash_*->".split(" "),
	..."weight_*_x we*ght_* hash_*->f->g ->* *-> ** weight_*->f hash_*".split(" "),
	"",
	"weight_\x00*",
	"weight_*\x00x",
	"hash_*->f\x00",
];
const incomplete = ["", "sort:list LIMIT", "sort:list LIMIT 1", "sort:list BY", "sort:list GET", "sort:list STORE"].map(
	(words) => words.split(" ").filter((word) => word !== ""),
);
const numbers = [..."0 1 2 3 5 10 100 -1 -2 9223372036854775807 -9223372036854775808".split(" ")];
const oddNumbers = ["", "abc", "1.5", "9223372036854775808", " 1"];

/**
 * The reference looks at errno behind strtod without having cleared it: a number out of range, in whatever command, makes
 * it refuse good ones later. To read a cursor clears it.
 */
const clearErrno = planned(exact, "SSCAN", "sort:none", "0");

function anyKey(source: Source): string {
	const pick = source.below(20);
	if (pick === 0) return source.key();
	if (pick === 1) return "sort:stored";
	return source.choose(pick < 9 ? lists : pick < 15 ? sets : sortedSets);
}

function number(source: Source): string {
	const pick = source.below(10);
	if (pick < 6) return String(source.between(-3, 15));
	if (pick < 8) return String(source.below(2000) / 100);
	return source.chance(50) ? source.choose(["inf", "-inf", "1e5", "-0", "0x10", "+5", ".5"]) : "7";
}

function elementFor(source: Source, key: string): string {
	if (numeric.includes(key) && source.chance(97)) return source.chance(70) ? source.choose(targets) : number(source);
	if (key === "sort:mixed") return source.chance(60) ? source.float() : source.shortValue();
	return source.chance(50) ? source.letters(source.below(4)) : source.shortValue();
}

function limit(source: Source): string[] {
	const one = () => (source.chance(92) ? source.choose(numbers) : source.choose(oddNumbers));
	return [source.word("LIMIT"), one(), one()];
}

function gets(source: Source): string[] {
	return source.several(1, 3, () => [source.word("GET"), source.choose(patterns)]).flat();
}

/** Whether the order is one of a hash table, or equal elements may come in any. */
function isOrderOpen(key: string, isBy: boolean, isConstant: boolean, isAlphabetic: boolean): boolean {
	if (isBy && isAlphabetic) return true;
	if (sets.includes(key)) return isConstant;
	// A key of another group may hold a set, whose members may end alike for ALPHA.
	return keyPool.includes(key) && (isConstant || isAlphabetic);
}

/** Options in any order, with a verb that fits: what is equal may come in any order where the reference leaves it open. */
function sortStep(source: Source): Step {
	const key = anyKey(source);
	const options: string[][] = [];
	const by = source.chance(45) ? source.choose([...patterns, "nosort", "nosort"]) : undefined;
	const isAlphabetic = source.chance(numeric.includes(key) ? 25 : 70);
	const isConstant = by !== undefined && !by.split("\x00")[0]!.includes("*");
	const isOpen = isOrderOpen(key, by !== undefined, isConstant, isAlphabetic);
	if (by !== undefined) options.push([source.word("BY"), by]);
	if (isAlphabetic) options.push([source.word("ALPHA")]);
	if (source.chance(40)) options.push([source.word(source.choose(["ASC", "DESC", "DESC"]))]);
	const isLimited = source.chance(35);
	if (isLimited) options.push(limit(source));
	// Which elements are left then is open as well, and so what GET looks up.
	if (source.chance(35) && !(isOpen && isLimited)) options.push(gets(source));
	if (source.chance(3)) options.push([source.junk()]);
	// The order that is open would show in what is stored.
	const isStored = !isOpen && source.chance(20);
	const name = isStored || source.chance(50) ? "SORT" : "SORT_RO";
	if (isStored || (name === "SORT_RO" && source.chance(3)))
		options.push([source.word("STORE"), source.choose(["sort:stored", key])]);
	if (source.chance(50)) options.reverse();
	return sequence(clearErrno, planned(verbFor(isOpen, options), source.word(name), key, ...options.flat()));
}

function verbFor(isOpen: boolean, options: readonly string[][]): Verb {
	if (!isOpen) return exact;
	const isLimited = options.some(([word]) => word?.toUpperCase() === "LIMIT");
	return isLimited ? normalized((reply) => `${reply.kind} of ${reply.items.length}`) : sorted;
}

/** For ALPHA a text ends at a zero byte; in lists, what is equal by that keeps its order, elsewhere it has none. */
function elementsFor(source: Source, key: string): string[] {
	const elements = source.several(1, 8, () => elementFor(source, key));
	return lists.includes(key) ? elements : elements.map((element) => element.replaceAll("\x00", "zero"));
}

function addToList(source: Source): Step {
	const key = source.choose(lists);
	return one(exact, source.choose(["RPUSH", "LPUSH"]), key, ...elementsFor(source, key));
}

function addToSet(source: Source): Step {
	const key = source.choose(sets);
	return fixed(exact, "SADD", key, ...elementsFor(source, key));
}

function addToSortedSet(source: Source): Step {
	const key = source.choose(sortedSets);
	return fixed(exact, "ZADD", key, ...elementsFor(source, key).flatMap((each) => [String(source.below(20)), each]));
}

const weightKey = (source: Source): string =>
	`${source.choose(["weight_", "weight_", "text_"])}${source.choose(targets)}`;
const hashKey = (source: Source): string => `hash_${source.choose(targets)}`;

function weight(source: Source): Step {
	const name = weightKey(source);
	const pick = source.below(20);
	if (pick === 0) return one(exact, "DEL", name);
	if (pick === 1) return one(exact, "SET", name, source.float());
	if (pick === 2) return one(exact, "SADD", name, "x");
	return one(exact, "SET", name, name.startsWith("text") ? source.shortValue() : number(source));
}

export const sortGroup: Group = {
	name: "sort",
	makers: [
		{ weight: 60, make: sortStep },
		{ weight: 3, make: (source) => fixed(exact, source.choose(["SORT", "SORT_RO"]), ...source.choose(incomplete)) },
		{ weight: 6, make: addToList },
		{ weight: 6, make: addToSet },
		{ weight: 6, make: addToSortedSet },
		{ weight: 10, make: weight },
		{ weight: 5, make: (source) => one(exact, "HSET", hashKey(source), source.choose(["f", "g"]), number(source)) },
		{ weight: 1, make: (source) => one(exact, "HSET", hashKey(source), "f", source.shortValue()) },
		{ weight: 3, make: (source) => one(exact, "DEL", source.choose([...lists, ...sets, ...sortedSets])) },
		{ weight: 1, make: (source) => one(exact, "SET", source.choose(["sort:stored", ...lists]), "x") },
		{ weight: 2, make: () => one(exact, "LRANGE", "sort:stored", "0", "-1") },
	],
};
