import { expect, test } from "bun:test";
import fc from "fast-check";
import { latin1 } from "../../../src/bytes/ascii.ts";
import { formatLongDouble, longDoubleOf } from "../../../src/bytes/long-double.ts";
import { writeCoordinate } from "../../../src/types/geo/coordinate-text.ts";

const target = new Uint8Array(32);

function written(value: number): string {
	target.fill(0xff);
	const length = writeCoordinate(value, target, 3);
	expect(target.subarray(0, 3)).toEqual(new Uint8Array(3).fill(0xff));
	return latin1(target, 3, 3 + length);
}

test("is what a long double prints as", () => {
	const coordinate = fc.oneof(
		fc.double({ min: -180, max: 180, noNaN: true }),
		fc.integer({ min: -180 * 2 ** 20, max: 180 * 2 ** 20 }).map((units) => units / 2 ** 20),
		fc.integer({ min: -180, max: 180 }),
	);
	fc.assert(
		fc.property(coordinate, (value) => {
			expect(written(value)).toBe(formatLongDouble(longDoubleOf(value)));
		}),
		{ numRuns: 2000, seed: 1 },
	);
});

test("at the edges", () => {
	const cases: [value: number, text: string][] = [
		[0, "0"],
		[-0, "0"],
		[180, "180"],
		[-180, "-180"],
		[1, "1"],
		[1.5, "1.5"],
		[-85.05112878, "-85.0511287799999991"],
		[85.05112878, "85.0511287799999991"],
		[13.361389338970184, "13.36138933897018433"],
		// The last decimal would round up to the next whole number, were there one less.
		[1.9999999999999998, "1.99999999999999978"],
		[179.99999999999997, "179.99999999999997158"],
		[0.1, "0.10000000000000001"],
		[-5e-324, "0"],
	];
	for (const [value, text] of cases) expect(written(value)).toBe(text);
});
