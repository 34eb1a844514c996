import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Area } from "../../../src/types/geo/area.ts";
import { columnOf, latitudeOf, longitudeOf, PLAIN_SCORE_END, rowOf, scoreOf } from "../../../src/types/geo/geohash.ts";
import { anyArea, fill, position } from "./areas.ts";

const area = new Area();

function circle(longitude: number, latitude: number, radius_m: number): void {
	fill(area, { longitude, latitude, isBox: false, radius: radius_m, width: 0, height: 0, unit_m: 1 });
	area.findCells();
}

function isInside(score: number): boolean {
	return area.distanceInside_m(longitudeOf(columnOf(score)), latitudeOf(rowOf(score))) >= 0;
}

function isCovered(score: number): boolean {
	const { cells, cellCount } = area;
	return Array.from({ length: cellCount }, (_, i) => score >= cells[2 * i]! && score < cells[2 * i + 1]!).includes(
		true,
	);
}

describe("cells", () => {
	test("are ranges of scores that do not overlap, the first with the middle in it", () => {
		fc.assert(
			fc.property(anyArea, (measures) => {
				fill(area, measures);
				area.findCells();
				expect(area.cellCount).toBeGreaterThan(0);
				expect(area.cellCount).toBeLessThanOrEqual(9);
				const middle = scoreOf(measures.longitude, measures.latitude);
				if (middle < PLAIN_SCORE_END) {
					expect(area.cells[0]!).toBeLessThanOrEqual(middle);
					expect(area.cells[1]!).toBeGreaterThan(middle);
				}
				const ranges = Array.from({ length: area.cellCount }, (_, i) => area.cells.slice(2 * i, 2 * i + 2));
				ranges.sort((a, b) => a[0]! - b[0]!);
				for (const [i, range] of ranges.entries()) {
					expect(range[0]!).toBeLessThan(range[1]!);
					if (i > 0) expect(range[0]!).toBeGreaterThanOrEqual(ranges[i - 1]![1]!);
				}
			}),
			{ numRuns: 2000, seed: 1 },
		);
	});

	test("cover circles away from the poles and the date line", () => {
		const middle = fc.tuple(fc.integer({ min: -120, max: 120 }), fc.integer({ min: -60, max: 60 }));
		const power = fc.double({ min: 0, max: 6, noNaN: true });
		const direction = fc.double({ min: 0, max: 2 * Math.PI, noNaN: true });
		fc.assert(
			fc.property(middle, power, fc.array(direction), ([longitude, latitude], power, directions) => {
				circle(longitude, latitude, 10 ** power);
				for (const angle of directions) {
					const degrees = (10 ** power / 6372797.560856 / Math.PI) * 180;
					const east = (Math.cos(angle) * degrees) / Math.cos(((latitude + degrees) * Math.PI) / 180);
					const score = scoreOf(longitude + east, latitude + Math.sin(angle) * degrees);
					if (isInside(score)) expect(isCovered(score)).toBe(true);
				}
			}),
			{ seed: 1 },
		);
	});

	test("are few where little is to be covered", () => {
		circle(1, 1, 0);
		expect(area.cellCount).toBe(1);
		circle(1, 1, 1e9);
		// Two columns and two rows: neighbours on opposite sides are the same.
		expect(area.cellCount).toBe(4);
		const whole = Array.from({ length: 4 }, (_, i) => area.cells[2 * i]! / 2 ** 50);
		expect(whole.sort()).toEqual([0, 1, 2, 3]);
	});
});

describe("an area", () => {
	test("of a circle ends at its radius", () => {
		circle(10, 0, 0);
		expect(area.distanceInside_m(10, 0)).toBe(0);
		expect(area.distanceInside_m(10.00001, 0)).toBe(-1);
		const degree_m = (6372797.560856 * Math.PI) / 180;
		circle(10, 0, degree_m);
		expect(area.distanceInside_m(10, 1)).toBe(degree_m);
		expect(area.distanceInside_m(10, -1)).toBe(degree_m);
		expect(area.distanceInside_m(10, 1.000001)).toBe(-1);
	});

	test("of a box ends at its sides, each measured on its own parallel", () => {
		fill(area, { longitude: 10, latitude: 60, isBox: true, radius: 0, width: 200, height: 100, unit_m: 1000 });
		expect(area.distanceInside_m(10, 60.449)).toBeGreaterThan(0);
		expect(area.distanceInside_m(10, 60.451)).toBe(-1);
		expect(area.distanceInside_m(11.7, 60)).toBeGreaterThan(0);
		expect(area.distanceInside_m(11.81, 60)).toBe(-1);
		// Farther north a kilometre is more degrees.
		expect(area.distanceInside_m(11.81, 60.4)).toBeGreaterThan(0);
	});

	test("has what its unit says", () => {
		fc.assert(
			fc.property(anyArea, position, (measures, [longitude, latitude]) => {
				const { unit_m, radius, width, height } = measures;
				fill(area, measures);
				const there = area.distanceInside_m(longitude, latitude);
				const inMetres = { radius: radius * unit_m, width: width * unit_m, height: height * unit_m };
				fill(area, { ...measures, ...inMetres, unit_m: 1 });
				expect(area.distanceInside_m(longitude, latitude)).toBe(there);
			}),
			{ seed: 1 },
		);
	});
});
