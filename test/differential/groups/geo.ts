/**
 * The geo group.
 *
 * No two positions are the same: which of two members at the same distance comes first under COUNT is left to the sorting
 * algorithm of the reference. Only one member, "weird", has scores that are no positions.
 */
import { exact } from "../compare.ts";
import type { Group } from "../generate.ts";
import type { Source } from "../source.ts";
import { one, type Step } from "../step.ts";

const keys = ["geo:1", "geo:2", "geo:poles", "geo:big", "geo:big"];
const results = ["geo:result", "geo:distances"];
const weirdScores = "-1 0 1.5 4503599627370496 9007199254740992 18014398509481984 1e30 inf -inf -1e30".split(" ");
const units = ["m", "km", "ft", "mi", "M", "Km"];

function key(source: Source): string {
	return source.chance(96) ? source.choose(keys) : source.key();
}

/** Never searched: distances that were stored are many positions in one place. */
function resultKey(source: Source): string {
	return source.chance(96) ? source.choose(results) : "geo:other";
}

function member(source: Source, of: string): string {
	if (source.chance(3)) return source.choose(["", "weird", "missing", source.shortValue()]);
	return `m${source.below(of === "geo:big" ? 400 : 30)}`;
}

/** A number with more decimals than two of them are likely to share. */
function between(source: Source, low: number, high: number): string {
	return String(low + ((high - low) * source.below(2 ** 31)) / 2 ** 31);
}

function longitude(source: Source): string {
	const pick = source.below(20);
	if (pick < 10) return between(source, -180, 180);
	if (pick < 14) return between(source, 10, 16);
	return pick < 17 ? between(source, 179, 180) : between(source, -180, -179);
}

function latitude(source: Source): string {
	const pick = source.below(20);
	if (pick < 10) return between(source, -85, 85);
	if (pick < 14) return between(source, 36, 40);
	return pick < 17 ? between(source, 83, 85.05112878) : between(source, -85.05112878, -83);
}

function coordinates(source: Source): string[] {
	const pick = source.below(200);
	if (pick === 0) return source.chance(50) ? [source.float(), latitude(source)] : [longitude(source), source.float()];
	if (pick === 1) return [source.choose(["180", "-180"]), latitude(source)];
	if (pick === 2) return [longitude(source), source.choose(["85.05112878", "-85.05112878"])];
	if (pick === 3) {
		const beyond = source.choose(["180.0001", "-181", "1e30", "inf", "0.0078125"]);
		return [beyond, source.choose(["-85.06", "86", "-inf", "x"])];
	}
	return [longitude(source), latitude(source)];
}

function length(source: Source): string {
	const pick = source.below(40);
	if (pick === 0) return source.float();
	if (pick === 1) return source.choose(["0", "-1", "inf", "1e300", "5e-324", "-0", "nan", "2e7", "20037726.37"]);
	return String(10 ** (source.below(8) - 1) * (1 + source.below(9000) / 1000));
}

function unit(source: Source): string {
	return source.chance(98) ? source.choose(units) : source.choose(["cm", "", "mm", "k", source.junk()]);
}

function middle(source: Source, of: string): string[] {
	if (source.chance(45)) return [source.word("FROMMEMBER"), member(source, of)];
	return [source.word("FROMLONLAT"), ...coordinates(source)];
}

function shape(source: Source): string[] {
	if (source.chance(55)) return [source.word("BYRADIUS"), length(source), unit(source)];
	return [source.word("BYBOX"), length(source), length(source), unit(source)];
}

function count(source: Source): string[] {
	const number = source.chance(92) ? String(source.between(1, 12)) : source.integer();
	return [source.word("COUNT"), number, ...(source.chance(35) ? [source.word("ANY")] : [])];
}

function details(source: Source): string[] {
	return ["WITHCOORD", "WITHDIST", "WITHHASH"].filter(() => source.chance(30)).map((word) => source.word(word));
}

function order(source: Source): string[] {
	return source.chance(50) ? [source.word(source.choose(["ASC", "DESC"]))] : [];
}

/** Some words in another place, or one too few or too many. */
function disturbed(source: Source, words: string[]): string[] {
	if (!source.chance(5)) return words;
	const at = source.below(words.length + 1);
	if (source.chance(30)) return words.toSpliced(at, 1);
	if (source.chance(50)) return words.toSpliced(at, 0, source.junk());
	return [...words.slice(at), ...words.slice(0, at)];
}

function search(source: Source): Step {
	const from = key(source);
	const parts = [middle(source, from), shape(source), order(source), source.chance(40) ? count(source) : []];
	if (source.chance(20)) parts.reverse();
	return one(exact, "GEOSEARCH", from, ...disturbed(source, [...parts.flat(), ...details(source)]));
}

function searchStore(source: Source): Step {
	const from = key(source);
	const parts = [middle(source, from), shape(source), order(source), source.chance(40) ? count(source) : []];
	if (source.chance(40)) parts.push([source.word("STOREDIST")]);
	if (source.chance(3)) parts.push(details(source));
	if (source.chance(20)) parts.reverse();
	return one(exact, "GEOSEARCHSTORE", resultKey(source), from, ...disturbed(source, parts.flat()));
}

function radius(source: Source): Step {
	const from = key(source);
	const isReadOnly = source.chance(40);
	const byMember = source.chance(50);
	const options = [details(source), order(source), source.chance(40) ? count(source) : []];
	if (source.chance(isReadOnly ? 4 : 35)) {
		options.push([source.word(source.choose(["STORE", "STOREDIST"])), resultKey(source)]);
		if (source.chance(80)) options[0] = [];
	}
	if (source.chance(30)) options.reverse();
	const name = `GEORADIUS${byMember ? "BYMEMBER" : ""}${isReadOnly ? "_RO" : ""}`;
	const around = byMember ? [member(source, from)] : coordinates(source);
	return one(exact, name, from, ...disturbed(source, [...around, length(source), unit(source), ...options.flat()]));
}

function add(source: Source): Step {
	const to = key(source);
	const options = source.chance(70)
		? []
		: source.several(1, 3, () => source.word(source.choose(["NX", "XX", "CH", "CH"])));
	const most = to === "geo:big" ? 40 : 4;
	const triples = source.several(1, most, () => [...coordinates(source), member(source, to)]);
	return one(exact, "GEOADD", to, ...options, ...disturbed(source, triples.flat()));
}

function members(source: Source, name: string): Step {
	const of = key(source);
	return one(exact, name, of, ...source.several(0, 4, () => member(source, of)));
}

function distance(source: Source): Step {
	const of = key(source);
	const unitWords = source.chance(50) ? [unit(source)] : [];
	return one(exact, "GEODIST", of, ...disturbed(source, [member(source, of), member(source, of), ...unitWords]));
}

export const geoGroup: Group = {
	name: "geo",
	makers: [
		{ weight: 40, make: add },
		{ weight: 40, make: search },
		{ weight: 12, make: searchStore },
		{ weight: 30, make: radius },
		{ weight: 8, make: (source) => members(source, "GEOPOS") },
		{ weight: 8, make: (source) => members(source, "GEOHASH") },
		{ weight: 12, make: distance },
		{ weight: 2, make: (source) => one(exact, "ZADD", source.choose(keys), source.choose(weirdScores), "weird") },
		{ weight: 2, make: (source) => one(exact, "ZREM", "geo:1", member(source, "geo:1"), member(source, "geo:1")) },
		{ weight: 1, make: (source) => one(exact, "SET", resultKey(source), "value") },
		{ weight: 1, make: (source) => one(exact, "DEL", source.chance(20) ? key(source) : resultKey(source)) },
		{ weight: 1, make: (source) => one(exact, "EXPIRE", resultKey(source), source.soberDeadline()) },
		{
			weight: 3,
			make: (source) => one(exact, "OBJECT", "ENCODING", source.chance(50) ? key(source) : resultKey(source)),
		},
	],
};
