import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Matches } from "../../../src/types/geo/matches.ts";

interface Match {
	readonly rank: number;
	readonly distance: number;
}

/** Few distances, so that many are equal. */
const distances = fc.array(fc.oneof(fc.nat(5), fc.double({ min: 0, max: 10, noNaN: true })), { maxLength: 700 });

function filled(distances: readonly number[]): Matches {
	const matches = new Matches();
	for (const [rank, distance] of distances.entries()) matches.add(rank, rank / 2, distance);
	return matches;
}

function contents(matches: Matches): Match[] {
	const { ranks, scores, distances_m, count } = matches;
	return Array.from({ length: count }, (_, i) => {
		expect(scores[i]).toBe(ranks[i]! / 2);
		return { rank: ranks[i]!, distance: distances_m[i]! };
	});
}

/** Sorting is stable in the language, too. */
function sorted(distances: readonly number[], sign: number): Match[] {
	const all = distances.map((distance, rank) => ({ rank, distance }));
	return all.sort((a, b) => sign * (a.distance - b.distance));
}

describe("matches", () => {
	test("are sorted by distance, equal ones staying in order", () => {
		fc.assert(
			fc.property(distances, fc.boolean(), (distances, descending) => {
				const matches = filled(distances);
				matches.sort(descending);
				expect(contents(matches)).toEqual(sorted(distances, descending ? -1 : 1));
			}),
			{ seed: 1 },
		);
	});

	test("keep the nearest, in the order they were met", () => {
		fc.assert(
			fc.property(distances, fc.nat(700), (distances, wanted) => {
				const count = 1 + (wanted % Math.max(distances.length, 1));
				if (distances.length < count) return;
				const matches = filled(distances);
				const nearest = sorted(distances, 1).slice(0, count);
				expect(matches.keepNearest(count)).toBe(nearest.at(-1)!.distance);
				expect(contents(matches)).toEqual(nearest.sort((a, b) => a.rank - b.rank));
			}),
			{ seed: 1 },
		);
	});

	test("can be cut off and begun anew, however many they were", () => {
		const matches = filled(Array.from({ length: 200_000 }, (_, i) => i));
		matches.truncate(Infinity);
		expect(matches.count).toBe(200_000);
		matches.truncate(3);
		expect(contents(matches).map(({ rank }) => rank)).toEqual([0, 1, 2]);
		matches.clear();
		expect(matches.count).toBe(0);
		expect(matches.ranks.length).toBeLessThan(1000);
		matches.add(7, 3.5, 1);
		expect(contents(matches)).toEqual([{ rank: 7, distance: 1 }]);
	});
});
