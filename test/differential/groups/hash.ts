/**
 * The hash group. Deadlines of fields are newer than the reference and so not here.
 *
 * Hashes under `orderedKeys` are never anything but small, so Redis keeps them in order and their replies are compared as
 * they come; those of all other hashes in any order.
 */
import { exact, member, normalized, sorted, sortedPairs, type Verb } from "../compare.ts";
import type { Group } from "../generate.ts";
import type { Source } from "../source.ts";
import { fixed, one, planned, type ScanStep, type Step, sequence } from "../step.ts";

const orderedKeys = ["small:1", "small:2"];
const hashKeys = ["h1", "h2", "h3", "h4", "big"];
const fields = "a b c f1 f2 f3 n1 n2 12345 -7 field:000000000001 field:000000000002".split(" ");
const oddFields = ["", "\x00", "\r\n", "\xff\xfe", "x".repeat(64), "x".repeat(65), "y".repeat(200), "z".repeat(5000)];
const counts = [
	..."0 1 2 3 5 10 100 100000 -1 -2 -5 -50 9223372036854775807 -9223372036854775808 4611686018427387904".split(" "),
	..."-4611686018427387904 4611686018427387903 9223372036854775808 -9223372036854775809 1.5 abc nan".split(" "),
	"",
];
const patterns = ["*", "a*", "f?", "n[12]", "field:*", "nothing", "", "[", "\\", "*\x00*"];
/** One page of pairs, or of whatever follows the cursor. */
const pageOfPairs: Verb = { kind: "sorted", depth: 1, stride: 2 };
/** Everything but which elements they are. */
const shape: Verb = normalized((reply) => JSON.stringify(reply.items.map(({ kind, items }) => [kind, items.length])));

function key(source: Source): string {
	return source.chance(85) ? source.choose(hashKeys) : source.key();
}

function field(source: Source): string {
	return source.chance(88) ? source.choose(fields) : source.choose(oddFields);
}

function pairs(source: Source): string[] {
	const flat = source.several(1, 5, () => [field(source), source.value()]).flat();
	if (source.chance(4)) flat.pop();
	return flat;
}

/** A hash in order, and what it is then. */
function ordered(source: Source): Step {
	const name = source.choose(orderedKeys);
	const letters = () => source.letters(source.below(50));
	const some = source.several(1, 6, () => [source.choose(fields), letters()]).flat();
	const change = source.choose([
		planned(exact, "HSET", name, ...some),
		planned(exact, "HMSET", name, ...some),
		planned(exact, "HSETNX", name, source.choose(fields), letters()),
		planned(exact, "HDEL", name, ...source.several(1, 3, () => source.choose(fields))),
		planned(exact, "HINCRBY", name, source.choose(fields), source.integer()),
		planned(exact, "HINCRBYFLOAT", name, source.choose(fields), String(source.between(-99, 99) / 8)),
	]);
	const question = source.choose([["HGETALL"], ["HKEYS"], ["HVALS"], ["HSCAN", "0"], ["OBJECT", "ENCODING"]]);
	const [command, ...rest] = question;
	const asked = command === "OBJECT" ? [command, "ENCODING", name] : [command!, name, ...rest];
	return sequence(change, planned(exact, ...asked));
}

/** Many fields at once, about as many as a small hash may have. */
function fill(source: Source): Step {
	const count = source.choose([60, 64, 65, 129, 511, 512, 513, 530]);
	const first = source.below(100);
	const long = source.chance(30) ? "v".repeat(source.between(1, 64)) : "";
	const flat = Array.from({ length: count }, (_, index) => [`field:${first + index}`, `${index}${long}`.slice(0, 64)]);
	return one(exact, "HSET", key(source), ...flat.flat());
}

function thin(source: Source): Step {
	const first = source.below(100);
	const names = Array.from({ length: source.between(50, 600) }, (_, index) => `field:${first + index}`);
	return one(exact, "HDEL", key(source), ...names);
}

/** The same under other thresholds, which are put back. */
function underLimits(source: Source): Step {
	const [entries, bytes] = [source.choose(["0", "1", "2", "3", "5"]), source.choose(["0", "1", "3", "10", "100"])];
	const name = key(source);
	return sequence(
		planned(exact, "CONFIG", "SET", "hash-max-listpack-entries", entries, "hash-max-listpack-value", bytes),
		...source.several(1, 4, () =>
			source.choose([
				planned(exact, "HSET", name, source.choose(fields), source.letters(source.below(12))),
				planned(exact, "HSET", name, "a", "1", "b", "22", "c", source.letters(source.below(5))),
				planned(exact, "HSETNX", name, source.choose(fields), source.letters(source.below(12))),
				planned(exact, "HINCRBY", name, source.choose(fields), String(source.between(-5, 1000))),
				planned(exact, "HINCRBYFLOAT", name, source.choose(fields), "0.125"),
			]),
		),
		planned(exact, "OBJECT", "ENCODING", name),
		planned(exact, "CONFIG", "SET", "hash-max-listpack-entries", "512", "hash-max-listpack-value", "64"),
	);
}

function scanPage(source: Source): Step {
	const options = source.chance(60) ? [] : [source.word("MATCH"), source.choose(patterns)];
	if (source.chance(10)) options.push(source.junk());
	const cursor = source.chance(90) ? "0" : source.choose(["abc", "", "-", "18446744073709551616", "1.5"]);
	// A page of a few elements depends on the order of the table, one of nearly all of int64 overflows in the reference.
	const count = source.chance(85) ? "100000" : source.choose(["0", "-1", "abc", "9223372036854775808", "1.5", ""]);
	return fixed(pageOfPairs, "HSCAN", key(source), cursor, ...options, source.word("COUNT"), count);
}

function scanLoop(source: Source): ScanStep {
	const after = source.chance(70) ? ["COUNT", source.choose(["1", "2", "10", "1000"])] : [];
	if (source.chance(40)) after.push("MATCH", source.choose(patterns));
	return { kind: "scan", before: ["HSCAN", key(source)], after };
}

function random(source: Source): Step {
	const name = source.chance(15) ? source.choose(orderedKeys) : key(source);
	if (source.chance(30)) {
		const some = source.several(1, 6, () => [field(source), source.shortValue()]).flat();
		return sequence(
			planned(exact, "DEL", "drawn"),
			planned(exact, "HSET", "drawn", ...some),
			planned(member, "HRANDFIELD", "drawn"),
			planned(sorted, "HKEYS", "drawn"),
		);
	}
	const options = source.chance(50) ? [source.word("WITHVALUES")] : [];
	if (source.chance(5)) options.push(source.junk());
	const count = source.choose(counts);
	// The reference would try to write as many fields as it is asked for.
	const isHuge = /^-\d{7,}$/.test(count) && count !== "-9223372036854775808" && count !== "-9223372036854775809";
	return fixed(shape, "HRANDFIELD", name, isHuge ? "-5" : count, ...options);
}

export const hashGroup: Group = {
	name: "hash",
	makers: [
		{ weight: 40, make: (source) => one(exact, "HSET", key(source), ...pairs(source)) },
		{ weight: 8, make: (source) => one(exact, "HMSET", key(source), ...pairs(source)) },
		{ weight: 10, make: (source) => one(exact, "HSETNX", key(source), field(source), source.value()) },
		{ weight: 30, make: (source) => one(exact, "HGET", key(source), field(source)) },
		{ weight: 10, make: (source) => one(exact, "HMGET", key(source), ...source.several(1, 6, () => field(source))) },
		{ weight: 12, make: (source) => one(exact, "HDEL", key(source), ...source.several(1, 4, () => field(source))) },
		{ weight: 8, make: (source) => one(exact, "HEXISTS", key(source), field(source)) },
		{ weight: 10, make: (source) => one(exact, "HLEN", key(source)) },
		{ weight: 8, make: (source) => one(exact, "HSTRLEN", key(source), field(source)) },
		{ weight: 10, make: (source) => one(sortedPairs, "HGETALL", key(source)) },
		{ weight: 5, make: (source) => one(sorted, "HKEYS", key(source)) },
		{ weight: 5, make: (source) => one(sorted, "HVALS", key(source)) },
		{ weight: 16, make: (source) => one(exact, "HINCRBY", key(source), field(source), source.integer()) },
		{ weight: 16, make: (source) => one(exact, "HINCRBYFLOAT", key(source), field(source), source.float()) },
		{ weight: 12, make: random },
		{ weight: 6, make: scanPage },
		{ weight: 2, make: scanLoop },
		{ weight: 30, make: ordered },
		{ weight: 2, make: fill },
		{ weight: 2, make: thin },
		{ weight: 8, make: underLimits },
		{ weight: 4, make: (source) => one(exact, "DEL", key(source)) },
		{ weight: 3, make: (source) => one(exact, "RENAME", key(source), key(source)) },
		{ weight: 3, make: (source) => one(exact, "COPY", key(source), key(source), "REPLACE") },
		{ weight: 3, make: (source) => one(exact, "SET", source.key(), source.value()) },
		{ weight: 3, make: (source) => one(exact, "TYPE", key(source)) },
		{ weight: 8, make: (source) => one(exact, "OBJECT", "ENCODING", key(source)) },
	],
};
