/** The list group. */
import { exact } from "../compare.ts";
import type { Group } from "../generate.ts";
import { keyPool, type Source } from "../source.ts";
import { fixed, one, planned, type Step, sequence } from "../step.ts";

/** Few, so that lists grow large and meet each other. */
const listKeys = keyPool.slice(0, 10);

const badNumbers = ["", "abc", "1.5", "-1", "0", "9223372036854775808", "-9223372036854775809", "nan", "1 ", "+1"];
const indexes = [
	..."0 0 0 1 1 2 3 4 5 9 10 20 50 100 200 500 1000 5000 -1 -1 -1 -2 -3 -4 -10 -20 -50 -100 -500 -1000".split(" "),
	..."2147483648 -2147483649 4294967296 9007199254740993 9223372036854775807 -9223372036854775808".split(" "),
	..."9223372036854775806 -9223372036854775807 9223372036854775808 abc 1.5 -0 00".split(" "),
	"",
];
const counts = "0 1 1 1 2 2 3 5 10 50 100 1000 4611686018427387904 9223372036854775807".split(" ");
// Short ones only, and none that waits for ever: the next command of the connection waits, too.
const timeouts = "0.001 0.002 0.003 1e-3 0x1p-10 0.0001 1e-10 -1 -0.5 -1e30 abc nan 1e17 inf -inf 1e400".split(" ");

function key(source: Source): string {
	return source.chance(92) ? source.choose(listKeys) : source.key();
}

/** Of a few values, so that some are met again. */
function element(source: Source): string {
	const pick = source.below(100);
	if (pick < 40) return source.letters(source.below(3));
	if (pick < 60) return String(source.between(-5, 300));
	if (pick < 70) return source.integer();
	if (pick < 75) return source.letters(1).repeat(source.choose([62, 63, 64, 252, 253, 254, 255, 256, 257]));
	if (pick < 77) return source.letters(1).repeat(source.choose([1000, 2000, 4095, 4096, 8191, 8192, 8193, 20_000]));
	return source.value();
}

function elements(source: Source): string[] {
	if (source.chance(4)) return manyElements(source);
	return source.several(1, source.chance(80) ? 3 : 20, () => element(source));
}

/** So many that blocks are filled. */
function manyElements(source: Source): string[] {
	const filler = source.letters(1).repeat(source.choose([0, 0, 1, 10, 100]));
	return Array.from({ length: source.choose([30, 100, 300, 1000]) }, (_, i) => `${filler}${i % 50}`);
}

function index(source: Source): string {
	return source.choose(indexes);
}

function count(source: Source): string {
	return source.chance(90) ? source.choose(counts) : source.choose(badNumbers);
}

function side(source: Source): string {
	return source.word(source.chance(95) ? source.choose(["LEFT", "RIGHT"]) : source.junk());
}

function lposOptions(source: Source): string[] {
	const value = (word: string): string => {
		if (source.chance(8)) return source.choose([...badNumbers, "-9223372036854775808", "9223372036854775807"]);
		return word === "RANK" ? source.choose("1 1 2 3 10 -1 -1 -2 -10".split(" ")) : source.choose(counts);
	};
	return source
		.several(0, 3, () => source.choose(["RANK", "COUNT", "MAXLEN"]))
		.flatMap((word) => (source.chance(96) ? [source.word(word), value(word)] : [source.word(word)]));
}

function multiPop(source: Source): string[] {
	const keys = source.several(1, 3, () => key(source));
	const number = source.chance(92) ? String(keys.length) : source.choose([...badNumbers, "2", "9223372036854775806"]);
	const amount = source.chance(50) ? [source.word("COUNT"), count(source)] : [];
	if (source.chance(3)) amount.push(source.junk());
	return [number, ...keys, side(source), ...amount];
}

function blocking(source: Source): Step {
	const timeout = source.choose(timeouts);
	switch (source.below(5)) {
		case 0:
			return fixed(exact, source.word("BLMOVE"), key(source), key(source), side(source), side(source), timeout);
		case 1:
			return fixed(exact, source.word("BRPOPLPUSH"), key(source), key(source), timeout);
		case 2:
			return fixed(exact, source.word("BLMPOP"), timeout, ...multiPop(source));
		default:
			return fixed(
				exact,
				source.word(source.choose(["BLPOP", "BRPOP"])),
				...source.several(1, 3, () => key(source)),
				timeout,
			);
	}
}

/** A list that is filled from both ends, changed in the middle and emptied: blocks come and go. */
function lifeOfBlocks(source: Source): Step {
	const name = key(source);
	const change = () => {
		switch (source.below(6)) {
			case 0:
				return planned(exact, "LSET", name, String(source.between(-40, 40)), element(source));
			case 1:
				return planned(exact, "LINSERT", name, source.choose(["BEFORE", "AFTER"]), element(source), element(source));
			case 2:
				return planned(exact, "LREM", name, source.choose(["0", "1", "-1", "2", "-3"]), element(source));
			case 3:
				return planned(exact, "LINDEX", name, index(source));
			default:
				return planned(exact, source.choose(["LPUSH", "RPUSH"]), name, ...manyElements(source));
		}
	};
	return sequence(
		planned(exact, "DEL", name),
		...source.several(3, 12, change),
		planned(exact, "LRANGE", name, "0", "-1"),
		planned(exact, "LTRIM", name, index(source), index(source)),
		planned(exact, "LRANGE", name, "-200", "200"),
		planned(exact, source.choose(["LPOP", "RPOP"]), name, source.choose(counts)),
		planned(exact, "LLEN", name),
	);
}

export const listGroup: Group = {
	name: "list",
	makers: [
		{ weight: 20, make: (source) => one(exact, "LPUSH", key(source), ...elements(source)) },
		{ weight: 20, make: (source) => one(exact, "RPUSH", key(source), ...elements(source)) },
		{ weight: 6, make: (source) => one(exact, "LPUSHX", key(source), ...elements(source)) },
		{ weight: 6, make: (source) => one(exact, "RPUSHX", key(source), ...elements(source)) },
		{ weight: 14, make: (source) => one(exact, source.choose(["LPOP", "RPOP"]), key(source)) },
		{ weight: 14, make: (source) => one(exact, source.choose(["LPOP", "RPOP"]), key(source), count(source)) },
		{ weight: 10, make: (source) => one(exact, "LMPOP", ...multiPop(source)) },
		{ weight: 6, make: (source) => one(exact, "LLEN", key(source)) },
		{ weight: 12, make: (source) => one(exact, "LINDEX", key(source), index(source)) },
		{ weight: 16, make: (source) => one(exact, "LRANGE", key(source), index(source), index(source)) },
		{ weight: 14, make: (source) => one(exact, "LPOS", key(source), element(source), ...lposOptions(source)) },
		{ weight: 16, make: (source) => one(exact, "LSET", key(source), index(source), element(source)) },
		{
			weight: 16,
			make: (source) => {
				const where = source.word(source.chance(95) ? source.choose(["BEFORE", "AFTER"]) : source.junk());
				return one(exact, "LINSERT", key(source), where, element(source), element(source));
			},
		},
		{ weight: 10, make: (source) => one(exact, "LTRIM", key(source), index(source), index(source)) },
		{ weight: 16, make: (source) => one(exact, "LREM", key(source), index(source), element(source)) },
		{ weight: 14, make: (source) => one(exact, "LMOVE", key(source), key(source), side(source), side(source)) },
		{ weight: 8, make: (source) => one(exact, "RPOPLPUSH", key(source), key(source)) },
		{ weight: 4, make: blocking },
		{ weight: 6, make: lifeOfBlocks },
		{ weight: 3, make: (source) => one(exact, "OBJECT", "ENCODING", key(source)) },
		{ weight: 3, make: (source) => one(exact, "SET", key(source), source.shortValue()) },
		{ weight: 3, make: (source) => one(exact, "EXPIRE", key(source), source.soberDeadline()) },
		{ weight: 2, make: (source) => one(exact, source.choose(["COPY", "RENAME"]), key(source), key(source)) },
		{ weight: 5, make: (source) => one(exact, "DEL", key(source)) },
	],
};
