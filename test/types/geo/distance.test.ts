import { expect, test } from "bun:test";
import fc from "fast-check";
import { EARTH_RADIUS_M, Origin } from "../../../src/types/geo/distance.ts";

const longitude = fc.double({ min: -180, max: 180, noNaN: true });
const latitude = fc.double({ min: -85, max: 85, noNaN: true });
const origin = new Origin();

function distance_m(longitude1: number, latitude1: number, longitude2: number, latitude2: number): number {
	origin.place(longitude1, latitude1);
	return origin.distanceTo_m(longitude2, latitude2);
}

/** The angle between two vectors, another way to the same number. */
function vectorDistance_m(longitude1: number, latitude1: number, longitude2: number, latitude2: number): number {
	const [a, b, c, d] = [longitude1, latitude1, longitude2, latitude2].map((degrees) => (degrees * Math.PI) / 180);
	const one = [Math.cos(b!) * Math.cos(a!), Math.cos(b!) * Math.sin(a!), Math.sin(b!)];
	const other = [Math.cos(d!) * Math.cos(c!), Math.cos(d!) * Math.sin(c!), Math.sin(d!)];
	const chord = Math.hypot(...one.map((part, i) => part - other[i]!));
	return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, chord / 2));
}

test("is that of Redis's documentation, Palermo to Catania", () => {
	expect(distance_m(13.361389338970184, 38.1155563954963, 15.087267458438873, 37.50266842333162).toFixed(4)).toBe(
		"166274.1516",
	);
});

test("is what vectors say, the same both ways, and across the date line", () => {
	fc.assert(
		fc.property(longitude, latitude, longitude, latitude, (longitude1, latitude1, longitude2, latitude2) => {
			const there = distance_m(longitude1, latitude1, longitude2, latitude2);
			// Next to the opposite side of the globe the arc sine is steep.
			expect(Math.abs(there - vectorDistance_m(longitude1, latitude1, longitude2, latitude2))).toBeLessThan(1);
			expect(Math.abs(there - distance_m(longitude2, latitude2, longitude1, latitude1))).toBeLessThan(1);
		}),
		{ seed: 1 },
	);
	expect(distance_m(179.99, 0, -179.99, 0)).toBeCloseTo(distance_m(0, 0, 0.02, 0), 3);
});

test("along a meridian needs no sine", () => {
	expect(distance_m(10, 0, 10, 1)).toBe((EARTH_RADIUS_M * Math.PI) / 180);
	origin.place(10, 5);
	expect(origin.distanceNorth_m(5)).toBe(0);
	expect(origin.distanceNorth_m(-5)).toBeCloseTo(10 * ((EARTH_RADIUS_M * Math.PI) / 180), 6);
});

test("east and west is that of two positions on one parallel", () => {
	fc.assert(
		fc.property(longitude, latitude, longitude, (longitude1, latitude, longitude2) => {
			const along = distance_m(longitude1, latitude, longitude2, latitude);
			expect(origin.distanceEast_m(longitude2, latitude)).toBe(along);
		}),
		{ seed: 1 },
	);
});
