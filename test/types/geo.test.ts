import { beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Random } from "../../src/bytes/random.ts";
import { Table } from "../../src/memory/table.ts";
import { Area } from "../../src/types/geo/area.ts";
import { columnOf, LATITUDE_MAX, latitudeOf, longitudeOf, rowOf, scoreOf } from "../../src/types/geo/geohash.ts";
import { ALL_MATCHES, FARTHEST_FIRST, GeoSearch, NEAREST_FIRST, UNSORTED } from "../../src/types/geo.ts";
import { Limits } from "../../src/types/limits.ts";
import { LonePlace } from "../../src/types/lone-place.ts";
import { SortedSet } from "../../src/types/sorted-set.ts";
import { anyArea, fill, type Measures } from "./geo/areas.ts";

interface Match {
	readonly member: string;
	readonly score: number;
	readonly distance: number;
}

/** Positions all over the map, many of them crowded where maps are difficult, and some equal. */
function randomScores(count: number): number[] {
	const random = new Random(count);
	const unit = (): number => random.uint32() / 2 ** 32;
	return Array.from({ length: count }, () => {
		const place = random.below(6);
		const longitude = place === 0 ? 179 + unit() : place === 1 ? -179 - unit() : place === 2 ? 180 : 360 * unit() - 180;
		const latitude = place === 3 ? LATITUDE_MAX : place === 4 ? 80 + 5 * unit() : 170 * unit() - 85;
		return place === 5 ? scoreOf(10, 10 + random.below(40) / 1000) : scoreOf(longitude, latitude);
	});
}

function nameOf(index: number): string {
	return `m${String(index).padStart(5, "0")}`;
}

/** Small ones are packed, others not. */
function setOf(scores: readonly number[]): SortedSet {
	const place = new LonePlace(new Table(1, 2));
	const set = new SortedSet();
	set.openForWrite(place, new Limits());
	for (const [index, score] of scores.entries()) {
		const bytes = Buffer.from(nameOf(index));
		set.add(bytes, 0, bytes.length, score);
	}
	set.close();
	set.open(place);
	return set;
}

/** By the book: every member in every cell, measured; then sorted, then cut. */
function naive(scores: readonly number[], area: Area, order: number, wanted: number, any: boolean): Match[] {
	const all = scores.map((score, index) => ({ member: nameOf(index), score }));
	all.sort((a, b) => a.score - b.score || (a.member < b.member ? -1 : 1));
	let found: Match[] = [];
	area.findCells();
	for (let cell = 0; cell < area.cellCount; cell++) {
		for (const { member, score } of all) {
			if (score < area.cells[2 * cell]! || score >= area.cells[2 * cell + 1]!) continue;
			const distance = area.distanceInside_m(longitudeOf(columnOf(score)), latitudeOf(rowOf(score)));
			if (distance >= 0) found.push({ member, score, distance });
		}
	}
	if (any) found = found.slice(0, wanted);
	if (order !== UNSORTED) found.sort((a, b) => (order === NEAREST_FIRST ? 1 : -1) * (a.distance - b.distance));
	return wanted === ALL_MATCHES ? found : found.slice(0, wanted);
}

const search = new GeoSearch();

function found(set: SortedSet, measures: Measures, order: number, wanted: number, any: boolean): Match[] {
	fill(search.area, measures);
	search.run(set, order, wanted, any);
	const { ranks, scores, distances_m, count } = search.matches;
	return Array.from({ length: count }, (_, i) => {
		set.seek(ranks[i]!);
		const member = Buffer.from(set.bytes.subarray(set.start, set.start + set.length)).toString();
		expect(set.score).toBe(scores[i]!);
		return { member, score: scores[i]!, distance: distances_m[i]! };
	});
}

const order = fc.constantFrom(UNSORTED, NEAREST_FIRST, FARTHEST_FIRST);
const wanted = fc.oneof(
	fc.constant(ALL_MATCHES),
	fc.integer({ min: 1, max: 40 }),
	fc.constant(Number.MAX_SAFE_INTEGER),
);

describe.each([0, 1, 100, 3000])("a search among %i members", (count) => {
	let scores: number[];
	let set: SortedSet;

	beforeAll(() => {
		scores = randomScores(count);
		set = setOf(scores);
	});

	test("finds what looking at each of them finds", () => {
		fc.assert(
			fc.property(anyArea, order, wanted, fc.boolean(), (measures, order, wanted, isAny) => {
				const any = isAny && wanted !== ALL_MATCHES;
				const area = new Area();
				fill(area, measures);
				expect(found(set, measures, order, wanted, any)).toEqual(naive(scores, area, order, wanted, any));
			}),
			{ numRuns: 300, seed: 1 },
		);
	});
});

test("the nearest of very many in one place", () => {
	const random = new Random(5);
	const scores = Array.from({ length: 5000 }, () =>
		scoreOf(10 + random.below(1000) / 1e5, 50 + random.below(1000) / 1e5),
	);
	const set = setOf(scores);
	const measures = { longitude: 10, latitude: 50, isBox: false, radius: 100, width: 0, height: 0, unit_m: 1000 };
	for (const wanted of [1, 10, 100, 4999, 5000, 6000]) {
		const area = new Area();
		fill(area, measures);
		expect(found(set, measures, NEAREST_FIRST, wanted, false)).toEqual(
			naive(scores, area, NEAREST_FIRST, wanted, false),
		);
	}
});

test("scores that are no positions are where their bits say", () => {
	const scores = [-1, -Infinity, 0, 0.5, 1.5, 2 ** 52, 2 ** 53, 2 ** 53 + 2 ** 52, 2 ** 54, 1e30, Infinity];
	const set = setOf(scores);
	let count = 0;
	for (const [longitude, latitude] of [
		[-180, -85],
		[180, 85],
		[-180, 85],
		[180, -85],
	] as const) {
		const measures = { longitude, latitude, isBox: false, radius: 100, width: 0, height: 0, unit_m: 1000 };
		const area = new Area();
		fill(area, measures);
		const matches = naive(scores, area, UNSORTED, ALL_MATCHES, false);
		expect(found(set, measures, UNSORTED, ALL_MATCHES, false)).toEqual(matches);
		count += matches.length;
	}
	expect(count).toBeGreaterThan(3);
});
