/** Random areas and positions, with a liking for the poles, the date line and measures of every magnitude. */
import fc from "fast-check";
import type { Area } from "../../../src/types/geo/area.ts";
import { LATITUDE_MAX, LATITUDE_MIN } from "../../../src/types/geo/geohash.ts";

export interface Measures {
	readonly longitude: number;
	readonly latitude: number;
	readonly isBox: boolean;
	readonly radius: number;
	readonly width: number;
	readonly height: number;
	readonly unit_m: number;
}

const longitude = fc.oneof(
	{ weight: 3, arbitrary: fc.double({ min: -180, max: 180, noNaN: true }) },
	{ weight: 2, arbitrary: fc.double({ min: 178, max: 182, noNaN: true }).map((x) => (x > 180 ? x - 360 : x)) },
	{ weight: 1, arbitrary: fc.constantFrom(-180, 180, 0) },
);
const latitude = fc.oneof(
	{ weight: 3, arbitrary: fc.double({ min: LATITUDE_MIN, max: LATITUDE_MAX, noNaN: true }) },
	{ weight: 2, arbitrary: fc.double({ min: 79, max: LATITUDE_MAX, noNaN: true }) },
	{ weight: 2, arbitrary: fc.double({ min: LATITUDE_MIN, max: -79, noNaN: true }) },
	{ weight: 1, arbitrary: fc.constantFrom(LATITUDE_MIN, LATITUDE_MAX, 0, 66, -66, 80) },
);
/** Metres, from the width of a finger to beyond the globe. */
const length = fc.oneof(
	{ weight: 12, arbitrary: fc.double({ min: -2, max: 8, noNaN: true }).map((power) => 10 ** power) },
	{ weight: 1, arbitrary: fc.constantFrom(0, 5e-324, 1e300, Infinity) },
);

export const position = fc.tuple(longitude, latitude);

export const anyArea: fc.Arbitrary<Measures> = fc
	.tuple(position, fc.boolean(), length, length, length, fc.constantFrom(1, 1000, 0.3048, 1609.34))
	.map(([[longitude, latitude], isBox, radius, width, height, unit_m]) => ({
		longitude,
		latitude,
		isBox,
		radius: radius / unit_m,
		width: width / unit_m,
		height: height / unit_m,
		unit_m,
	}));

export function fill(area: Area, measures: Measures): void {
	area.middle.place(measures.longitude, measures.latitude);
	area.isBox = measures.isBox;
	area.radius = measures.radius;
	area.width = measures.width;
	area.height = measures.height;
	area.unit_m = measures.unit_m;
}
