/**
 * The algebra of sorted sets: unions, intersections and differences, ranges stored, members popped from one of several
 * keys, drawn and scanned.
 *
 * A blocking command never waits for ever here: its timeout is a moment or refused. What is drawn at random is compared by
 * how much it is, unless everything is drawn.
 */

import type { Reply } from "../../support/reply.ts";
import { doubles, exact, normalized, print, type Verb } from "../compare.ts";
import type { Group } from "../generate.ts";
import type { Source } from "../source.ts";
import { fixed, one, type PipelineStep, planned, type Step, sequence } from "../step.ts";

const sortedKeys = ["alg:1", "alg:2", "alg:3", "alg:big1", "alg:big2"];
const plainKeys = ["alg:plain1", "alg:plain2", "alg:numbers"];
const equalKey = "alg:equal";
/** Its scores are whole: a scan of many pages is compared as text. */
const wholeKey = "alg:whole";
const resultKeys = ["alg:result1", "alg:result2"];

const names = "a b c d e f 1 2 3 10 -7 member:0001 member:0002 member:0003".split(" ");
const oddNames = ["", "\x00", "\xff\xfe", "x".repeat(64), "y".repeat(65), "z".repeat(300)];
const scores = [
	..."0 1 -1 -0 0.1 0.2 0.3 1.5 -2.5 1e17 9007199254740993 1e300 -1e300 1e308 inf -inf 5e-324 3.14".split(" "),
	..."nan x".split(" "),
	"",
];
const weights = [..."1 2 -1 0 0.5 0.1 3 -0 1e300 inf -inf 1e-300 nan x 1e400".split(" "), ""];
const timeouts = "0.001 0.002 1e-3 0x1p-10 -1 -0.5 abc nan 1e17 inf -inf 1e400".split(" ");
const ranks = "0 0 1 2 5 -1 -1 -2 -5 100 -100 9223372036854775807 -9223372036854775808 abc".split(" ");
const bounds = "0 1 -1 5 (0 (1 -inf +inf (inf 1.5 nan x".split(" ");
const memberBounds = "- + [a (a [b (c [member:0010 (member:0100 + - a".split(" ");
const patterns = "* a* member:* *1* [ab] ? x".split(" ");
// To draw a great many with repeats is more than any server should be asked for; one more than the most is refused.
const counts = "0 1 2 3 5 10 100 1000000 -1 -2 -5 -20 9223372036854775807 -9223372036854775808".split(" ");
const oddCounts = "4611686018427387903 4611686018427387904 9223372036854775808 abc 1.5".split(" ");

function sortedKey(source: Source): string {
	if (source.chance(88)) return source.choose(sortedKeys);
	return source.chance(70) ? source.choose([equalKey, wholeKey, ...resultKeys]) : source.key();
}

function inputKey(source: Source): string {
	return source.chance(75) ? sortedKey(source) : source.choose(plainKeys);
}

function resultKey(source: Source): string {
	if (source.chance(92)) return source.choose(resultKeys);
	return source.chance(50) ? source.choose([...sortedKeys, ...plainKeys]) : source.key();
}

function name(source: Source): string {
	return source.chance(94) ? source.choose(names) : source.choose(oddNames);
}

function score(source: Source): string {
	if (source.chance(60)) return String(source.between(-50, 50) / 10);
	return source.choose(scores);
}

function add(source: Source): PipelineStep {
	const pairs = source.several(1, 5, () => [score(source), name(source)]).flat();
	return one(doubles, "ZADD", source.chance(94) ? source.choose(sortedKeys) : source.key(), ...pairs);
}

/** As many as make a set large, or leave it small by a little. */
function fill(source: Source): PipelineStep {
	const first = source.below(60);
	const isEqual = source.chance(30);
	const isWhole = source.chance(30);
	const key = isEqual ? equalKey : isWhole ? wholeKey : source.choose(["alg:big1", "alg:big2"]);
	const pairs = Array.from({ length: source.choose([30, 100, 128, 129, 200]) }, (_, index) => [
		isEqual ? "0" : isWhole ? String(source.below(50)) : String(source.between(-500, 500) / 10),
		`member:${String(first + index).padStart(4, "0")}`,
	]);
	return sequence(planned(exact, "ZADD", key, ...pairs.flat()));
}

function addPlain(source: Source): PipelineStep {
	const key = source.choose(plainKeys);
	if (key === "alg:numbers") return one(exact, "SADD", key, ...source.several(1, 6, () => String(source.below(20))));
	return one(exact, "SADD", key, ...source.several(1, 6, () => name(source)));
}

/** The number of keys and the keys, mostly the right number. */
function inputs(source: Source): string[] {
	const keys = source.several(1, 4, () => inputKey(source));
	const number = source.chance(94)
		? String(keys.length)
		: source.choose(["0", "-1", "5", "1", "99", "abc", source.integer()]);
	return [number, ...keys];
}

function combination(source: Source, keys: number): string[] {
	const options: string[] = [];
	if (source.chance(45)) {
		const given = source.chance(95) ? keys : source.below(5);
		options.push(source.word("WEIGHTS"), ...Array.from({ length: given }, () => source.choose(weights)));
	}
	if (source.chance(50)) {
		const how = source.chance(95) ? source.choose(["SUM", "MIN", "MAX"]) : source.junk();
		options.push(source.word("AGGREGATE"), source.word(how));
	}
	return options;
}

function combine(source: Source): Step {
	const words = inputs(source);
	const how = source.choose(["ZUNION", "ZINTER", "ZDIFF"]);
	const options = how === "ZDIFF" && source.chance(95) ? [] : combination(source, words.length - 1);
	if (source.chance(60)) options.push(source.word("WITHSCORES"));
	if (source.chance(3)) options.push(source.junk());
	return one(doubles, how, ...words, ...options);
}

function combineAndStore(source: Source): Step {
	const words = inputs(source);
	const how = source.choose(["ZUNIONSTORE", "ZINTERSTORE", "ZDIFFSTORE"]);
	const options = how === "ZDIFFSTORE" && source.chance(95) ? [] : combination(source, words.length - 1);
	if (source.chance(3)) options.push(source.choose(["WITHSCORES", source.junk()]));
	return one(exact, how, resultKey(source), ...words, ...options);
}

function countCommon(source: Source): Step {
	const options = source.chance(50) ? [source.word("LIMIT"), source.choose(["0", "1", "2", "5", "-1", "x"])] : [];
	if (source.chance(3)) options.push(source.junk());
	return one(exact, "ZINTERCARD", ...inputs(source), ...options);
}

function limit(source: Source): string[] {
	const offset = source.choose(["0", "0", "1", "2", "100", "-1", "x"]);
	return [source.word("LIMIT"), offset, source.choose(["0", "1", "3", "100", "-1", "x"])];
}

function storeRange(source: Source): Step {
	const target = resultKey(source);
	const rest = source.chance(40) ? [source.word("REV")] : [];
	const pick = source.below(3);
	if (source.chance(pick === 0 ? 3 : 40)) rest.push(...limit(source));
	if (source.chance(3)) rest.push(source.choose(["WITHSCORES", source.junk()]));
	if (pick === 0)
		return one(exact, "ZRANGESTORE", target, sortedKey(source), source.choose(ranks), source.choose(ranks), ...rest);
	if (pick === 1) {
		const ends = [source.choose(bounds), source.choose(bounds)];
		return one(exact, "ZRANGESTORE", target, sortedKey(source), ...ends, source.word("BYSCORE"), ...rest);
	}
	const ends = [source.choose(memberBounds), source.choose(memberBounds)];
	return one(exact, "ZRANGESTORE", target, equalKey, ...ends, source.word("BYLEX"), ...rest);
}

function multiPop(source: Source): string[] {
	const keys = source.several(1, 3, () => sortedKey(source));
	const number = source.chance(95) ? String(keys.length) : source.choose(["0", "-1", "9", "abc"]);
	const end = source.chance(97) ? source.choose(["MIN", "MAX"]) : source.junk();
	const words = [number, ...keys, source.word(end)];
	if (source.chance(50)) {
		words.push(source.word("COUNT"), source.choose(["1", "2", "5", "1000", "9223372036854775807", "0", "-1", "x"]));
	}
	if (source.chance(3)) words.push(source.choose(["COUNT", "1", source.junk()]));
	return words;
}

function pop(source: Source): Step {
	const pick = source.below(20);
	if (pick < 14) return one(doubles, "ZMPOP", ...multiPop(source));
	const timeout = source.choose(timeouts);
	if (pick < 17) return fixed(doubles, "BZMPOP", timeout, ...multiPop(source));
	const keys = source.several(1, 3, () => sortedKey(source));
	return fixed(doubles, source.choose(["BZPOPMIN", "BZPOPMAX"]), ...keys, timeout);
}

const howMany: Verb = normalized((reply) => `${reply.kind} of ${reply.items.length}`);

function draw(source: Source): Step {
	const key = sortedKey(source);
	const words = source.chance(50) ? [source.word(source.chance(95) ? "WITHSCORES" : source.junk())] : [];
	if (source.chance(10)) return fixed(exact, "ZRANDMEMBER", key, source.choose(oddCounts.slice(2)), ...words);
	if (source.chance(30))
		return fixed(doubles, "ZRANDMEMBER", key, source.choose(["1000", "9223372036854775807", ...oddCounts]), ...words);
	return fixed(howMany, "ZRANDMEMBER", key, source.choose(counts), ...words);
}

/** A page of everything: the cursor, then members with their scores as numbers, in any order. */
const page: Verb = normalized(({ items }: Reply) => {
	const [cursor, elements] = items;
	const pairs: string[] = [];
	for (let i = 0; i + 1 < (elements?.items.length ?? 0); i += 2) {
		pairs.push(`${print(elements!.items[i]!)} ${Number(elements!.items[i + 1]!.text)}`);
	}
	return `${cursor?.text} ${pairs.sort().join(" ")}`;
});

function scan(source: Source): Step {
	const match = source.chance(40) ? [source.word("MATCH"), source.choose(patterns)] : [];
	if (source.chance(30)) {
		return {
			kind: "scan",
			before: ["ZSCAN", wholeKey],
			after: [...match, "COUNT", source.choose(["1", "10", "1000"])],
		};
	}
	if (source.chance(5)) match.push(source.junk());
	const cursor = source.chance(95) ? "0" : source.choose(["x", "", "1.5"]);
	const words = [...match, source.word("COUNT"), source.chance(95) ? "100000" : source.choose(["0", "x", "-1"])];
	return fixed(page, "ZSCAN", sortedKey(source), cursor, ...words);
}

export const sortedSetAlgebraGroup: Group = {
	name: "sorted-set-algebra",
	makers: [
		{ weight: 30, make: add },
		{ weight: 8, make: fill },
		{ weight: 10, make: addPlain },
		{ weight: 40, make: combine },
		{ weight: 30, make: combineAndStore },
		{ weight: 12, make: countCommon },
		{ weight: 20, make: storeRange },
		{ weight: 12, make: pop },
		{ weight: 16, make: draw },
		{ weight: 8, make: scan },
		{ weight: 6, make: (source) => one(exact, "OBJECT", "ENCODING", resultKey(source)) },
		{ weight: 2, make: (source) => one(exact, "DEL", inputKey(source)) },
		{ weight: 1, make: (source) => one(exact, "SET", resultKey(source), "value") },
		{ weight: 2, make: (source) => one(exact, "EXPIRE", resultKey(source), source.soberDeadline()) },
		{ weight: 4, make: (source) => one(exact, "ZREM", sortedKey(source), name(source), name(source)) },
	],
};
