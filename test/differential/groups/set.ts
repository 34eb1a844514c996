/** The set group. */
import { exact, member, normalized, sorted, sortedInside } from "../compare.ts";
import type { Group } from "../generate.ts";
import { keyPool, type Source } from "../source.ts";
import { fixed, one, planned, type ScanStep, type Step, sequence } from "../step.ts";

/** Few, so that sets grow large and meet each other. */
const setKeys = keyPool.slice(0, 12);
/** Where members are taken out at random: made and removed within one step. */
const RANDOM_KEY = "random";

const badNumbers = ["", "abc", "1.5", "-1", "0", "9223372036854775808", "-9223372036854775809", "nan", "1 "];
// None that is negative and large: for a key that exists the reference would write replies until it is out of memory.
const randomCounts = [..."0 1 2 3 5 10 100 1000 9223372036854775807 -1 -2 -5 -100 -9223372036854775808".split(" ")];

function key(source: Source): string {
	return source.chance(90) ? source.choose(setKeys) : source.key();
}

function keys(source: Source, low: number, high: number): string[] {
	return source.several(low, high, () => key(source));
}

function element(source: Source): string {
	const pick = source.below(100);
	if (pick < 40) return String(source.between(-5, 40));
	if (pick < 60) return source.letters(source.below(3));
	if (pick < 75) return source.integer();
	if (pick < 85) return `member:${source.below(50)}`;
	if (pick < 90) return source.letters(source.between(62, 67));
	return source.value();
}

/** Numbers or names in a row, so many that the encodings change. */
function manyElements(source: Source): string[] {
	const prefix = source.choose(["", "", "member:"]);
	const first = source.choose([-100, 0, 0, 32_700, 2_147_483_600]);
	const count = source.choose([10, 100, 125, 130, 500, 515, 2000]);
	return Array.from({ length: count }, (_, i) => `${prefix}${first + i}`);
}

function elements(source: Source): string[] {
	if (source.chance(6)) return manyElements(source);
	return source.several(1, source.chance(80) ? 4 : 20, () => element(source));
}

function lengthOf(reply: { readonly kind: string; readonly items: readonly unknown[] }): string {
	return `${reply.kind} of ${reply.items.length}`;
}

const sameLength = normalized(lengthOf);

/** Members that are taken out at random, counted; the two servers differ in what is left until the key goes. */
function popSome(source: Source): Step {
	const count = source.choose(["0", "1", "2", "3", "7", "20", "100", "9223372036854775807", ...badNumbers]);
	return sequence(
		planned(exact, "SADD", RANDOM_KEY, ...elements(source)),
		planned(exact, "SCARD", RANDOM_KEY),
		planned(sameLength, "SPOP", RANDOM_KEY, count),
		planned(exact, "SCARD", RANDOM_KEY),
		planned(exact, "DEL", RANDOM_KEY),
	);
}

/** One by one until there are none. */
function popAll(source: Source): Step {
	const name = element(source);
	return sequence(
		planned(exact, "SADD", RANDOM_KEY, name),
		planned(exact, "SPOP", RANDOM_KEY),
		planned(exact, "SPOP", RANDOM_KEY),
		planned(exact, "EXISTS", RANDOM_KEY),
	);
}

function drawOne(source: Source): Step {
	return sequence(
		planned(exact, "SADD", RANDOM_KEY, ...elements(source)),
		planned(member, "SRANDMEMBER", RANDOM_KEY),
		planned(sorted, "SMEMBERS", RANDOM_KEY),
		planned(exact, "DEL", RANDOM_KEY),
	);
}

function sscanLoop(source: Source): ScanStep {
	const after = source.chance(50) ? ["COUNT", source.choose(["1", "2", "7", "10", "1000"])] : [];
	if (source.chance(40)) after.push("MATCH", source.choose(["*", "1*", "member:*", "[a-c]*", "?", "", "x"]));
	return { kind: "scan", before: ["SSCAN", key(source)], after };
}

function sscanOptions(source: Source): string[] {
	const options = [source.word("COUNT"), source.chance(85) ? "100000" : source.choose(badNumbers)];
	if (source.chance(30)) options.unshift(source.word("MATCH"), source.choose(["*", "1*", "m*", "\\", "[", ""]));
	if (source.chance(5)) options.push(source.choose(["TYPE", "NOVALUES", "MATCH", "COUNT"]));
	return options;
}

function sintercard(source: Source): string[] {
	const chosen = keys(source, 1, 4);
	const count = source.chance(85) ? String(chosen.length) : source.choose([...badNumbers, "5", "9223372036854775807"]);
	const limit = source.chance(50)
		? [source.word("LIMIT"), source.chance(80) ? String(source.below(20)) : source.choose(badNumbers)]
		: [];
	return [count, ...chosen, ...limit];
}

export const setGroup: Group = {
	name: "set",
	makers: [
		{ weight: 40, make: (source) => one(exact, "SADD", key(source), ...elements(source)) },
		{ weight: 22, make: (source) => one(exact, "SREM", key(source), ...elements(source)) },
		{ weight: 10, make: (source) => one(exact, "SISMEMBER", key(source), element(source)) },
		{ weight: 10, make: (source) => one(exact, "SMISMEMBER", key(source), ...elements(source)) },
		{ weight: 6, make: (source) => one(exact, "SCARD", key(source)) },
		{ weight: 10, make: (source) => one(sorted, "SMEMBERS", key(source)) },
		{ weight: 12, make: (source) => one(exact, "SMOVE", key(source), key(source), element(source)) },
		{ weight: 8, make: (source) => one(sorted, "SINTER", ...keys(source, 1, 4)) },
		{ weight: 8, make: (source) => one(sorted, "SUNION", ...keys(source, 1, 4)) },
		{ weight: 8, make: (source) => one(sorted, "SDIFF", ...keys(source, 1, 5)) },
		{ weight: 8, make: (source) => one(exact, "SINTERSTORE", key(source), ...keys(source, 1, 3)) },
		{ weight: 5, make: (source) => one(exact, "SUNIONSTORE", key(source), ...keys(source, 1, 3)) },
		{ weight: 8, make: (source) => one(exact, "SDIFFSTORE", key(source), ...keys(source, 1, 5)) },
		{ weight: 12, make: (source) => one(exact, "SINTERCARD", ...sintercard(source)) },
		{ weight: 6, make: sscanLoop },
		{ weight: 6, make: (source) => fixed(sortedInside, "SSCAN", key(source), "0", ...sscanOptions(source)) },
		{
			weight: 2,
			make: (source) => fixed(sortedInside, "SSCAN", key(source), source.choose(["abc", "1.5", " 0", "-", "0x"])),
		},
		{ weight: 8, make: popSome },
		{ weight: 4, make: popAll },
		{
			weight: 8,
			make: (source) => fixed(sorted, "SPOP", key(source), source.choose(["100000", "9223372036854775807"])),
		},
		{ weight: 3, make: (source) => fixed(exact, "SPOP", key(source), source.choose(badNumbers.slice(0, 4))) },
		{ weight: 8, make: (source) => one(sameLength, "SRANDMEMBER", key(source), source.choose(randomCounts)) },
		{ weight: 6, make: drawOne },
		{ weight: 8, make: (source) => one(exact, "OBJECT", "ENCODING", key(source)) },
		{ weight: 4, make: (source) => one(exact, "DEL", key(source)) },
		{ weight: 3, make: (source) => one(exact, "SET", key(source), source.shortValue()) },
		{ weight: 3, make: (source) => one(exact, "EXPIRE", key(source), source.soberDeadline()) },
		{ weight: 3, make: (source) => one(exact, "COPY", key(source), key(source), source.word("REPLACE")) },
	],
};
