/** The string group. */
import { exact } from "../compare.ts";
import type { Group } from "../generate.ts";
import type { Source } from "../source.ts";
import { one, planned, type Step, sequence } from "../step.ts";

function deadlineOption(source: Source): string[] {
	if (source.chance(20)) return [source.word(source.choose(["EXAT", "PXAT"])), source.moment()];
	const option = source.word(source.choose(["EX", "PX", "EXAT", "PXAT"]));
	return [option, source.chance(65) ? source.soberDeadline() : source.deadline()];
}

function setOptions(source: Source): string[] {
	const options: string[] = [];
	const count = source.choose([0, 0, 0, 1, 1, 1, 2, 2, 3]);
	for (let index = 0; index < count; index++) {
		const pick = source.below(12);
		if (pick < 4) options.push(...deadlineOption(source));
		else if (pick === 11) options.push(source.junk());
		else options.push(source.word(source.choose(["NX", "XX", "GET", "KEEPTTL"])));
	}
	return options;
}

function getexOptions(source: Source): string[] {
	const pick = source.below(10);
	if (pick < 2) return [];
	if (pick < 4) return [source.word("PERSIST")];
	if (pick < 8) return deadlineOption(source);
	if (pick < 9) return [...deadlineOption(source), source.word("PERSIST")];
	return [source.junk()];
}

// LCS takes time and memory by the product of the lengths, so it has keys of its own with short values.
const lcsKeys = ["lcs:a", "lcs:b"];

function lcs(source: Source): Step {
	const options = source.several(0, 4, () => source.word(source.choose(["LEN", "IDX", "WITHMATCHLEN", "MINMATCHLEN"])));
	const complete = options.flatMap((option) =>
		option.toUpperCase() === "MINMATCHLEN" && source.chance(90)
			? [option, source.choose(["0", "1", "2", "3", "4", "-1", source.integer()])]
			: [option],
	);
	const value = () => (source.chance(85) ? source.letters(source.below(40)) : source.bytes(source.below(30)));
	const setter = (key: string) =>
		source.chance(95) ? planned(exact, "SET", key, value()) : planned(exact, "DEL", key);
	const pair = source.chance(90) ? lcsKeys : [source.choose(lcsKeys), source.choose(lcsKeys)];
	return sequence(setter("lcs:a"), setter("lcs:b"), planned(exact, source.word("LCS"), ...pair, ...complete));
}

function pairs(source: Source): string[] {
	const flat = source.several(1, 5, () => [source.key(), source.value()]).flat();
	if (source.chance(4)) flat.pop();
	return flat;
}

export const stringGroup: Group = {
	name: "string",
	makers: [
		{ weight: 40, make: (source) => one(exact, "SET", source.key(), source.value(), ...setOptions(source)) },
		{ weight: 12, make: (source) => one(exact, "SET", source.counter(), source.integer()) },
		{ weight: 4, make: (source) => one(exact, "SET", source.counter(), source.float()) },
		{ weight: 30, make: (source) => one(exact, "GET", source.key()) },
		{ weight: 6, make: (source) => one(exact, "GETSET", source.key(), source.value()) },
		{ weight: 6, make: (source) => one(exact, "GETDEL", source.key()) },
		{ weight: 12, make: (source) => one(exact, "GETEX", source.key(), ...getexOptions(source)) },
		{ weight: 6, make: (source) => one(exact, "SETNX", source.key(), source.value()) },
		{ weight: 6, make: (source) => one(exact, "SETEX", source.key(), source.deadline(), source.value()) },
		{ weight: 6, make: (source) => one(exact, "PSETEX", source.key(), source.deadline(), source.value()) },
		{ weight: 8, make: (source) => one(exact, "MGET", ...source.keys(1, 6)) },
		{ weight: 8, make: (source) => one(exact, "MSET", ...pairs(source)) },
		{ weight: 6, make: (source) => one(exact, "MSETNX", ...pairs(source)) },
		{ weight: 12, make: (source) => one(exact, "APPEND", source.key(), source.shortValue()) },
		{ weight: 8, make: (source) => one(exact, "STRLEN", source.key()) },
		{ weight: 10, make: (source) => one(exact, "SETRANGE", source.key(), source.offset(), source.shortValue()) },
		{ weight: 8, make: (source) => one(exact, "GETRANGE", source.key(), source.offset(), source.offset()) },
		{ weight: 3, make: (source) => one(exact, "SUBSTR", source.key(), source.offset(), source.offset()) },
		{ weight: 8, make: (source) => one(exact, "INCR", source.counter()) },
		{ weight: 8, make: (source) => one(exact, "DECR", source.counter()) },
		{ weight: 12, make: (source) => one(exact, "INCRBY", source.counter(), source.integer()) },
		{ weight: 12, make: (source) => one(exact, "DECRBY", source.counter(), source.integer()) },
		{ weight: 16, make: (source) => one(exact, "INCRBYFLOAT", source.counter(), source.float()) },
		{ weight: 12, make: lcs },
	],
};
