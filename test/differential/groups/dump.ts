/**
 * DUMP beside redis-server 7.0: the same bytes. Left out is what has no order (tables), sets that are listpacks, which 7.0
 * does not know, and of scores with decimals, which 7.0 saves with 17 digits: they are made to be large, or left out.
 */
import { exact } from "../compare.ts";
import type { Group } from "../generate.ts";
import type { Source } from "../source.ts";
import { one, type PlannedCommand, planned, type Step, sequence } from "../step.ts";

/** Makes a value of its own and dumps it: what earlier steps did has no part in it. */
function dumped(source: Source, make: (key: string) => readonly PlannedCommand[]): Step {
	const key = source.key();
	return sequence(planned(exact, "DEL", key), ...make(key), planned(exact, "DUMP", key));
}

function words(source: Source, low: number, high: number): string[] {
	return source.several(low, high, () => element(source));
}

function element(source: Source): string {
	const pick = source.below(10);
	if (pick < 3) return source.integer();
	if (pick < 6) return source.shortValue();
	if (pick < 8) return String(source.between(-70_000, 70_000));
	return source.chance(50) ? source.bytes(source.below(80)) : source.letters(source.below(300));
}

/** Some text that says the same again and again. */
function repetitive(source: Source): string {
	const parts = source.several(1, 5, () => source.bytes(source.between(1, 9)).repeat(source.between(1, 200)));
	return parts.join(source.letters(3));
}

function integers(source: Source): string[] {
	const range = source.choose([100, 30_000, 100_000, 2 ** 31, 2 ** 40]);
	return source.several(1, 60, () => String(source.between(-range, range)));
}

const streamFields = ["a", "field", "12"];

function streamEntries(source: Source, key: string): PlannedCommand[] {
	const fields = source.several(1, 3, () => source.choose(streamFields));
	let ms = source.below(100_000);
	return source.several(1, 150, () => {
		ms += source.between(1, source.choose([1, 50, 5_000_000]));
		const own = source.chance(90) ? fields : source.several(1, 4, () => element(source));
		return planned(exact, "XADD", key, `${ms}-${source.below(3)}`, ...own.flatMap((field) => [field, element(source)]));
	});
}

/** Members with whole scores, or with halves, which are the same in any number of digits. */
function scored(source: Source, low: number, high: number): string[] {
	const score = () => String(source.between(-10_000, 10_000) / source.choose([1, 1, 1, 2, 4]));
	return source
		.several(low, high, () => [source.chance(95) ? score() : source.choose(["inf", "-inf", "1e15"]), element(source)])
		.flat();
}

export const dumpGroup: Group = {
	name: "dump",
	makers: [
		{ weight: 10, make: (source) => one(exact, "DUMP", `absent:${source.key()}`) },
		{ weight: 30, make: (source) => dumped(source, (key) => [planned(exact, "SET", key, element(source))]) },
		{ weight: 20, make: (source) => dumped(source, (key) => [planned(exact, "SET", key, repetitive(source))]) },
		{
			weight: 30,
			make: (source) => dumped(source, (key) => [planned(exact, "RPUSH", key, ...words(source, 1, 100))]),
		},
		{
			weight: 4,
			make: (source) => {
				const series = Array.from({ length: source.between(500, 3000) }, (_, index) => `${source.below(5)}:${index}`);
				return dumped(source, (key) => [planned(exact, "RPUSH", key, ...series)]);
			},
		},
		{ weight: 20, make: (source) => dumped(source, (key) => [planned(exact, "SADD", key, ...integers(source))]) },
		{
			weight: 20,
			make: (source) => dumped(source, (key) => [planned(exact, "ZADD", key, ...scored(source, 1, 60))]),
		},
		{
			weight: 20,
			make: (source) =>
				dumped(source, (key) => [planned(exact, "HSET", key, ...words(source, 1, 50).flatMap(smallPair(source)))]),
		},
		{ weight: 15, make: (source) => dumped(source, (key) => streamEntries(source, key)) },
	],
};

/** A field and a value that both fit a listpack. */
function smallPair(source: Source): (word: string) => string[] {
	return (word) => [word.slice(0, 64), element(source).slice(0, 64)];
}
