/**
 * The sorted-set group: the commands of single members and of ranges.
 *
 * Where scores differ, a range of members is a matter of chance in a large set of Redis: it is asked of the keys under
 * `equalKeys`, whose scores are all equal, and `smallKeys`, whose sets never become large.
 */
import { doubles, exact, type Verb } from "../compare.ts";
import type { Group } from "../generate.ts";
import type { Source } from "../source.ts";
import { fixed, one, type PipelineStep, planned, sequence } from "../step.ts";

const setKeys = ["z1", "z2", "z3", "big"];
const smallKeys = ["small:z1", "small:z2"];
const equalKeys = ["equal:1", "equal:2"];
const members = "a b c d e f aa ab b1 B 1 2 10 -7 12345 member:01 member:02 member:03 member:04 member:05".split(" ");
const oddMembers = ["", "\x00", "a\x00", "\r\n", "\xff\xfe", "\xff", "x".repeat(64)];
const longMembers = [
	"x".repeat(65),
	"y".repeat(127),
	"y".repeat(128),
	"z".repeat(254),
	"z".repeat(255),
	"w".repeat(5000),
];
const scores = [
	..."0 0 1 1 2 3 5 10 -1 -2 -0 0.5 -0.5 1.5 inf -inf +inf 1e300 -1e300 247 248 255 256 65536 1e9 4294967296".split(
		" ",
	),
	..."0.1 3.14 1e-7 1.7976931348623157e308 9007199254740993 nan infinity 0x10 1e400 1e-400 -1e400 . e5 1x".split(" "),
	"",
	" 1",
	"1 ",
	"1\x00",
];
const bounds = [
	..."0 1 2 3 5 10 -1 -5 (0 (1 (2 (5 (-1 -inf +inf inf (-inf (+inf (inf 1.5 (1.5 1e400 -1e400 1e-400 0x1p2000".split(
		" ",
	),
	..."-0x1p2000 0x1p-2000 0x (0x10 nan (nan ( (( + - . 1e 5x infinity -infinity infin 0x1 ((5 [5".split(" "),
	"",
	" 1",
	"( 1",
	"\t-1",
	"1 ",
	" ",
	"1\x00x",
	"\x00",
	"(\x00",
];
const memberBounds = [
	..."- - + + [a [b [c (a (b (c [aa [ab [B [1 (1 [member:02 (member:04 [zzz (zzz [ ( a b +a -a ++ 1 (- [+".split(" "),
	"",
	"-\x00",
	"+\x00x",
	"[\xff",
	"(\xff\xfe",
	"[a\x00",
	" [a",
];
const ranks = [
	..."0 0 1 2 3 5 -1 -1 -2 -3 -5 10 100 -100 130 9223372036854775807 -9223372036854775808 9223372036854775806".split(
		" ",
	),
	..."-9223372036854775807 9007199254740993 9223372036854775808 -9223372036854775809 abc 1.5 01".split(" "),
	"",
];
const counts = "0 1 1 2 3 5 100 1000000 9223372036854775807 -1 9223372036854775808 abc 1.5".split(" ");
const offsets = "0 0 1 2 5 100 -1 -5 9223372036854775807 -9223372036854775808 abc".split(" ");

function key(source: Source): string {
	return source.chance(85) ? source.choose(setKeys) : source.key();
}

/** A key where a range of members is not left to chance. */
function orderedKey(source: Source): string {
	return source.choose(source.chance(60) ? equalKeys : smallKeys);
}

/** Any of them; only what makes large sets keeps away from the small ones. */
function anyKey(source: Source): string {
	return source.chance(70) ? key(source) : orderedKey(source);
}

function smallMember(source: Source): string {
	return source.chance(90) ? source.choose(members) : source.choose(oddMembers);
}

function member(source: Source): string {
	return source.chance(94) ? smallMember(source) : source.choose(longMembers);
}

function score(source: Source): string {
	if (source.chance(60)) return String(source.between(-5, 12));
	return source.chance(70) ? source.choose(scores) : source.float();
}

function bound(source: Source): string {
	return source.chance(50) ? String(source.between(-5, 12)) : source.choose(bounds);
}

function options(source: Source): string[] {
	const some = source.choose([0, 0, 1, 1, 2, 3]);
	return Array.from({ length: some }, () => source.word(source.choose(["NX", "XX", "GT", "LT", "CH", "CH", "INCR"])));
}

function limit(source: Source): string[] {
	return [source.word("LIMIT"), source.choose(offsets), source.choose(counts)];
}

function some(source: Source, percent: number, make: () => string[]): string[] {
	return source.chance(percent) ? make() : [];
}

function add(source: Source): PipelineStep {
	const pairs = source.several(1, 4, () => [score(source), member(source)]).flat();
	return one(doubles, "ZADD", key(source), ...options(source), ...pairs);
}

/** To the keys where ranges of members are asked for: equal scores, or few and short members. */
function addInOrder(source: Source): PipelineStep {
	if (source.chance(50)) {
		const pairs = source.several(1, 4, () => [score(source), smallMember(source)]).flat();
		return one(doubles, "ZADD", source.choose(smallKeys), ...options(source), ...pairs);
	}
	const pairs = source.several(1, 5, () => ["0", member(source)]).flat();
	return sequence(planned(exact, "ZADD", source.choose(equalKeys), ...pairs));
}

/** Many members at once, about as many as a small set may have; none of them twice. */
function fill(source: Source): PipelineStep {
	const count = source.choose([20, 60, 127, 128, 129, 140, 400]);
	const first = source.below(60);
	const isEqual = source.chance(30);
	const name = isEqual ? source.choose(equalKeys) : key(source);
	const pairs = Array.from({ length: count }, (_, index) => [
		isEqual ? "0" : String(source.between(-20, 20) / 2),
		`member:${String(first + index).padStart(2, "0")}`,
	]);
	return sequence(planned(exact, "ZADD", name, ...pairs.flat()));
}

function thin(source: Source): PipelineStep {
	const first = source.below(60);
	const names = Array.from({ length: source.between(20, 300) }, (_, index) => `member:${first + index}`);
	if (source.chance(50)) return one(exact, "ZREM", source.choose([...setKeys, ...equalKeys]), ...names);
	return one(
		exact,
		"ZREMRANGEBYRANK",
		source.choose(setKeys),
		String(source.between(-5, 20)),
		String(source.below(200)),
	);
}

/** The same under other thresholds, which are put back. */
function underLimits(source: Source): PipelineStep {
	const [entries, bytes] = [source.choose(["0", "1", "2", "3", "5"]), source.choose(["0", "1", "3", "10", "100"])];
	const name = key(source);
	const pairs = source.several(1, 3, () => [String(source.between(0, 5)), smallMember(source)]);
	// All of them new: 7.2 decides by how many are given, 7.0 by how many come.
	const distinct = [...new Map(pairs.map(([number, text]) => [text!, number!]))].flatMap(([text, number]) => [
		number,
		text,
	]);
	return sequence(
		planned(exact, "CONFIG", "SET", "zset-max-listpack-entries", entries, "zset-max-listpack-value", bytes),
		planned(exact, "DEL", name),
		planned(exact, "ZADD", name, ...distinct),
		planned(exact, "OBJECT", "ENCODING", name),
		planned(exact, "ZADD", name, "1", smallMember(source)),
		planned(exact, "OBJECT", "ENCODING", name),
		planned(exact, "CONFIG", "SET", "zset-max-listpack-entries", "128", "zset-max-listpack-value", "64"),
	);
}

function range(source: Source): PipelineStep {
	const withScores = () => [source.word("WITHSCORES")];
	const rev = () => [source.word("REV")];
	const pick = source.below(10);
	if (pick < 4) {
		const ends = [source.choose(ranks), source.choose(ranks)];
		const rest = [...some(source, 40, rev), ...some(source, 50, withScores), ...some(source, 4, () => limit(source))];
		return one(doubles, "ZRANGE", anyKey(source), ...ends, ...rest);
	}
	if (pick < 7) {
		const by = [source.word("BYSCORE"), ...some(source, 40, rev)];
		const rest = [...some(source, 40, () => limit(source)), ...some(source, 50, withScores)];
		return one(doubles, "ZRANGE", anyKey(source), bound(source), bound(source), ...by, ...rest);
	}
	const by = [...some(source, 40, rev), source.word("BYLEX"), ...some(source, 3, withScores)];
	const ends = [source.choose(memberBounds), source.choose(memberBounds)];
	return byMember(source, doubles, "ZRANGE", ...ends, ...by, ...some(source, 40, () => limit(source)));
}

function oldRange(source: Source): PipelineStep {
	const withScores = some(source, 50, () => [source.word("WITHSCORES")]);
	const pick = source.below(10);
	if (pick < 3)
		return one(doubles, "ZREVRANGE", anyKey(source), source.choose(ranks), source.choose(ranks), ...withScores);
	const cut = some(source, 50, () => limit(source));
	if (pick < 7) {
		const name = source.choose(["ZRANGEBYSCORE", "ZREVRANGEBYSCORE"]);
		const rest = source.chance(50) ? [...withScores, ...cut] : [...cut, ...withScores];
		return one(doubles, name, anyKey(source), bound(source), bound(source), ...rest);
	}
	const name = source.choose(["ZRANGEBYLEX", "ZREVRANGEBYLEX"]);
	return byMember(source, exact, name, source.choose(memberBounds), source.choose(memberBounds), ...cut);
}

function removeRange(source: Source): PipelineStep {
	const pick = source.below(3);
	if (pick === 0) return one(exact, "ZREMRANGEBYRANK", anyKey(source), source.choose(ranks), source.choose(ranks));
	if (pick === 1) return one(exact, "ZREMRANGEBYSCORE", anyKey(source), bound(source), bound(source));
	return byMember(source, exact, "ZREMRANGEBYLEX", source.choose(memberBounds), source.choose(memberBounds));
}

/**
 * Asks for a range of members. What is spoiled might name another key, where it is a matter of chance, so only questions
 * for a key that is never there are.
 */
function byMember(source: Source, verb: Verb, name: string, ...args: readonly string[]): PipelineStep {
	if (source.chance(15)) return one(verb, name, "nowhere", ...args);
	return fixed(verb, name, orderedKey(source), ...args);
}

function rank(source: Source): PipelineStep {
	const name = source.choose(["ZRANK", "ZREVRANK"]);
	return one(doubles, name, anyKey(source), member(source), ...some(source, 15, () => [source.word("WITHSCORE")]));
}

export const sortedSetGroup: Group = {
	name: "sorted-set",
	makers: [
		{ weight: 50, make: add },
		{ weight: 24, make: addInOrder },
		{ weight: 8, make: fill },
		{ weight: 6, make: thin },
		{ weight: 3, make: underLimits },
		{ weight: 20, make: (source) => one(doubles, "ZINCRBY", key(source), score(source), member(source)) },
		{ weight: 40, make: range },
		{ weight: 30, make: oldRange },
		{ weight: 10, make: removeRange },
		{ weight: 16, make: rank },
		{ weight: 12, make: (source) => one(exact, "ZREM", anyKey(source), ...source.several(1, 3, () => member(source))) },
		{ weight: 12, make: (source) => one(doubles, "ZSCORE", anyKey(source), member(source)) },
		{
			weight: 8,
			make: (source) => one(doubles, "ZMSCORE", anyKey(source), ...source.several(1, 4, () => member(source))),
		},
		{ weight: 6, make: (source) => one(exact, "ZCARD", anyKey(source)) },
		{ weight: 14, make: (source) => one(exact, "ZCOUNT", anyKey(source), bound(source), bound(source)) },
		{
			weight: 12,
			make: (source) => byMember(source, exact, "ZLEXCOUNT", source.choose(memberBounds), source.choose(memberBounds)),
		},
		{
			weight: 12,
			make: (source) =>
				one(
					doubles,
					source.choose(["ZPOPMIN", "ZPOPMAX"]),
					anyKey(source),
					...some(source, 60, () => [source.choose(counts)]),
				),
		},
		{ weight: 10, make: (source) => one(exact, "OBJECT", "ENCODING", anyKey(source)) },
		{ weight: 3, make: (source) => one(exact, "DEL", anyKey(source)) },
		{ weight: 3, make: (source) => one(exact, "COPY", source.choose(setKeys), source.choose(setKeys), "REPLACE") },
		{ weight: 3, make: (source) => one(exact, "SET", source.key(), source.value()) },
	],
};
