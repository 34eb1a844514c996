import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Area } from "../../../src/types/geo/area.ts";
import { columnOf, latitudeOf, longitudeOf, rowOf, scoreOf } from "../../../src/types/geo/geohash.ts";
import { Window } from "../../../src/types/geo/window.ts";
import { anyArea, fill, position } from "./areas.ts";

const area = new Area();
const window = new Window();

function distanceInside_m(score: number): number {
	return area.distanceInside_m(longitudeOf(columnOf(score)), latitudeOf(rowOf(score)));
}

describe("a window", () => {
	test("has everything in it that the area has", () => {
		fc.assert(
			fc.property(anyArea, fc.array(position, { maxLength: 40 }), (measures, positions) => {
				fill(area, measures);
				window.fit(area);
				for (const [longitude, latitude] of positions) {
					const score = scoreOf(longitude, latitude);
					if (distanceInside_m(score) >= 0) expect(window.mayContain(score)).toBe(true);
				}
			}),
			{ numRuns: 2000, seed: 1 },
		);
	});

	test("has the edge of the area in it, and little of what is behind", () => {
		const metre = 360 / (2 * Math.PI * 6372797.560856);
		const coordinates = fc.tuple(fc.double({ min: -180, max: 179.99, noNaN: true }), fc.integer({ min: -60, max: 60 }));
		fc.assert(
			fc.property(coordinates, fc.integer({ min: 10, max: 500_000 }), ([longitude, latitude], radius) => {
				fill(area, { longitude, latitude, isBox: false, radius, width: 0, height: 0, unit_m: 1 });
				window.fit(area);
				const north = (factor: number) => scoreOf(longitude, latitude + factor * radius * metre);
				expect(window.mayContain(north(1))).toBe(true);
				expect(window.mayContain(north(-1))).toBe(true);
				expect(window.mayContain(north(1.01 + 3 / radius))).toBe(false);
				expect(window.mayContain(north(-1.01 - 3 / radius))).toBe(false);
				expect(window.mayContain(scoreOf(longitude < 0 ? longitude + 170 : longitude - 170, latitude))).toBe(false);
			}),
			{ seed: 1 },
		);
	});

	test("goes across the date line", () => {
		fill(area, { longitude: 179.9, latitude: 10, isBox: false, radius: 50, width: 0, height: 0, unit_m: 1000 });
		window.fit(area);
		expect(window.mayContain(scoreOf(-179.9, 10))).toBe(true);
		expect(window.mayContain(scoreOf(180, 10))).toBe(true);
		expect(window.mayContain(scoreOf(-179, 10))).toBe(false);
		expect(window.mayContain(scoreOf(179, 10))).toBe(false);
	});

	test("shrinks with a circle", () => {
		fill(area, { longitude: 10, latitude: 10, isBox: false, radius: 5000, width: 0, height: 0, unit_m: 1000 });
		window.fit(area);
		expect(window.mayContain(scoreOf(11, 10))).toBe(true);
		window.fitCircle(area, 50_000);
		expect(window.mayContain(scoreOf(11, 10))).toBe(false);
		expect(window.mayContain(scoreOf(10.4, 10.2))).toBe(true);
	});
});
