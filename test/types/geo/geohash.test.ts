import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { formatLongDouble, longDoubleOf } from "../../../src/bytes/long-double.ts";
import {
	columnAt,
	columnOf,
	GRID_SIZE,
	geohashText,
	interleave,
	LATITUDE_MAX,
	LATITUDE_MIN,
	latitudeOf,
	longitudeOf,
	rowAt,
	rowOf,
	scoreOf,
} from "../../../src/types/geo/geohash.ts";

/** By the book: one bit after the other, of BigInts; what has no room in a double is rounded once. */
function interleavedBits(column: number, row: number): number {
	let bits = 0n;
	for (let bit = 0n; bit <= 26n; bit++) {
		bits |= ((BigInt(row) >> bit) & 1n) << (2n * bit);
		bits |= ((BigInt(column) >> bit) & 1n) << (2n * bit + 1n);
	}
	return Number(bits);
}

const text = (coordinate: number): string => formatLongDouble(longDoubleOf(coordinate));

const coordinate = fc.integer({ min: 0, max: GRID_SIZE - 1 });
const edge = fc.oneof(coordinate, fc.constantFrom(0, 1, GRID_SIZE - 1, GRID_SIZE));

describe("scores", () => {
	test("are what Redis's documentation and a real server show", () => {
		expect(scoreOf(13.361389, 38.115556)).toBe(3479099956230698);
		expect(scoreOf(15.087269, 37.502669)).toBe(3479447370796909);
		expect(scoreOf(-180, LATITUDE_MIN)).toBe(0);
		expect(scoreOf(180, LATITUDE_MAX)).toBe(13510798882111488);
		expect(scoreOf(180, 10.1)).toBe(10138941664592132);
		expect(scoreOf(0, 0)).toBe(3377699720527872);
		expect(scoreOf(-0, -0)).toBe(3377699720527872);
	});

	test("interleave the bits of column and row", () => {
		fc.assert(
			fc.property(edge, edge, (column, row) => {
				expect(interleave(column, row)).toBe(interleavedBits(column, row));
			}),
			{ seed: 1 },
		);
	});

	test("give column and row back", () => {
		fc.assert(
			fc.property(coordinate, coordinate, fc.double({ min: 0, max: 0.25, noNaN: true }), (column, row, fraction) => {
				const score = interleave(column, row);
				expect([columnOf(score), rowOf(score)]).toEqual([column, row]);
				// Whatever lies behind the point of a score does not count.
				expect([columnOf(score + fraction), rowOf(score + fraction)]).toEqual([column, row]);
			}),
			{ seed: 1 },
		);
		expect(columnOf(scoreOf(180, 0))).toBe(GRID_SIZE);
		expect(rowOf(scoreOf(0, LATITUDE_MAX))).toBe(GRID_SIZE);
	});

	test("mean the middle of the cell a position lies in", () => {
		// Next to the edge the score has more bits than a double.
		const longitude = fc.double({ min: -180, max: 179.99, noNaN: true });
		const latitude = fc.double({ min: LATITUDE_MIN, max: 85, noNaN: true });
		fc.assert(
			fc.property(longitude, latitude, (longitude, latitude) => {
				const score = scoreOf(longitude, latitude);
				expect(Math.abs(longitudeOf(columnOf(score)) - longitude)).toBeLessThan(3e-6);
				expect(Math.abs(latitudeOf(rowOf(score)) - latitude)).toBeLessThan(3e-6);
				expect(columnAt(longitude)).toBe(columnOf(score));
				expect(rowAt(latitude)).toBe(rowOf(score));
			}),
			{ seed: 1 },
		);
	});
});

describe("scores that no position has", () => {
	// As a real server answers GEOPOS and GEOHASH for members added by ZADD.
	const west = "-179.99999731779098511";
	const south = "-85.05112751263942528";
	const north = "85.0511287799999991";
	const cases: [score: number, longitude: string, latitude: string, geohash: string][] = [
		[-1, "180", north, "bp05b5048p0"],
		[1.5, west, "-85.05112497791824921", "00bh0hbj210"],
		[-1.5, "180", north, "bp05b5048p0"],
		[4503599627370496, west, north, "bp05b5048p0"],
		[9007199254740992, "180", south, "00bh0hbj200"],
		[18014398509481984, west, north, "bp05b5048p0"],
		[18014398509481988, west, north, "bp05b5048p0"],
		[2 ** 60, west, north, "bp05b5048p0"],
		[2 ** 63, "180", south, "00bh0hbj200"],
		[2 ** 64 - 2048, "180", north, "bp05b5048p0"],
		[2 ** 64, west, south, "00bh0hbj200"],
		[1e30, west, south, "00bh0hbj200"],
		[Infinity, west, south, "00bh0hbj200"],
		[-Infinity, "180", south, "00bh0hbj200"],
		[-(2 ** 63), "180", south, "00bh0hbj200"],
		[-1e30, "180", south, "00bh0hbj200"],
		[3.5e18, "180", north, "bp05b5048p0"],
		[-123456789012345680, "180", north, "bp05b5048p0"],
	];
	for (const [score, longitude, latitude, geohash] of cases) {
		test(`as the real server: ${score}`, () => {
			expect(text(longitudeOf(columnOf(score)))).toBe(longitude);
			expect(text(latitudeOf(rowOf(score)))).toBe(latitude);
			expect(geohashText(score)).toBe(geohash);
		});
	}
});

describe("geohash text", () => {
	test("is what Redis's documentation and a real server show", () => {
		expect(geohashText(3479099956230698)).toBe("sqc8b49rny0");
		expect(geohashText(3479447370796909)).toBe("sqdtr74hyu0");
		expect(geohashText(scoreOf(180, 10.1))).toBe("81b12n8hb00");
		expect(geohashText(0)).toBe("00bh0hbj200");
	});

	test("has eleven letters of its alphabet, the last of them 0", () => {
		fc.assert(
			fc.property(coordinate, coordinate, (column, row) => {
				expect(geohashText(interleave(column, row))).toMatch(/^[0-9b-hjkmnp-z]{10}0$/);
			}),
			{ seed: 1 },
		);
	});
});
