import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
	asSigned,
	asUnsigned,
	FAIL,
	fitField,
	fitWideField,
	NUMBER_BITS_MAX,
	readField,
	readWideField,
	SATURATE,
	settingOf,
	WRAP,
	writeField,
	writeWideField,
} from "../../../src/types/bitmap/field.ts";
import { StringView } from "../../../src/types/string.ts";

/** A string of so many random-looking bytes in the midst of others. */
function viewOf(length: number, seed: number): StringView {
	const view = new StringView();
	view.bytes = Uint8Array.from({ length: length + 10 }, (_, i) => Math.imul(i + seed + 1, 0x9e3779b1) >>> 24);
	view.start = 4;
	view.length = length;
	return view;
}

/** All bits of the string and as many zeros behind it as a field may want. */
function digits({ bytes, start, length }: StringView): string {
	const own = [...bytes.subarray(start, start + length)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
	return own + "0".repeat(200);
}

const place = fc.record({
	bits: fc.integer({ min: 1, max: 64 }),
	offset: fc.nat(120),
	length: fc.integer({ min: 0, max: 24 }),
	seed: fc.nat(1000),
});

test("fields are read at any bit, as zeros behind the end", () => {
	fc.assert(
		fc.property(place, ({ bits, offset, length, seed }) => {
			const view = viewOf(length, seed);
			const expected = BigInt(`0b${digits(view).slice(offset, offset + bits)}`);
			expect(readWideField(view, offset, false, bits)).toBe(expected);
			expect(readWideField(view, offset, true, bits)).toBe(BigInt.asIntN(bits, expected));
			if (bits > NUMBER_BITS_MAX) return;
			expect(readField(view, offset, bits)).toBe(Number(expected));
			expect(asSigned(Number(expected), bits)).toBe(Number(BigInt.asIntN(bits, expected)));
		}),
		{ seed: 1, numRuns: 2000 },
	);
});

test("fields are written at any bit, and nothing beside them", () => {
	fc.assert(
		fc.property(place, fc.bigInt(-(2n ** 64n), 2n ** 64n), ({ bits, offset, seed }, value) => {
			const view = viewOf(24, seed);
			const before = digits(view);
			const around = [...view.bytes.subarray(0, 4), ...view.bytes.subarray(28)];
			const wanted = BigInt.asUintN(bits, value);
			const expected = before.slice(0, offset) + wanted.toString(2).padStart(bits, "0") + before.slice(offset + bits);
			writeWideField(view, offset, bits, value);
			expect(digits(view)).toBe(expected);
			expect([...view.bytes.subarray(0, 4), ...view.bytes.subarray(28)]).toEqual(around);
			if (bits > NUMBER_BITS_MAX) return;
			const again = viewOf(24, seed);
			writeField(again, offset, bits, Number(wanted));
			expect(digits(again)).toBe(expected);
		}),
		{ seed: 1, numRuns: 2000 },
	);
});

describe("values that do not fit", () => {
	test("small fields, every value around them", () => {
		for (const isSigned of [false, true]) {
			for (let bits = 1; bits <= 4; bits++) {
				const min = isSigned ? -(2 ** (bits - 1)) : 0;
				const max = min + 2 ** bits - 1;
				for (let value = -40; value <= 40; value++) {
					const fits = value >= min && value <= max;
					const wrapped = min + ((((value - min) % 2 ** bits) + 2 ** bits) % 2 ** bits);
					expect(fitField(value, isSigned, bits, WRAP)).toBe(fits ? value : wrapped);
					expect(fitField(value, isSigned, bits, SATURATE)).toBe(Math.max(min, Math.min(max, value)));
					expect(fitField(value, isSigned, bits, FAIL)).toBe(fits ? value : Number.NaN);
				}
			}
		}
	});

	test("the wide form says the same as the one in numbers, and is right beyond", () => {
		const value = fc.oneof(
			fc.bigInt(-(2n ** 65n), 2n ** 65n),
			fc.integer({ min: 0, max: 64 }).chain((bits) => fc.bigInt(-3n, 3n).map((near) => 2n ** BigInt(bits) + near)),
			fc.integer({ min: 0, max: 64 }).chain((bits) => fc.bigInt(-3n, 3n).map((near) => near - 2n ** BigInt(bits))),
		);
		fc.assert(
			fc.property(value, fc.boolean(), fc.integer({ min: 1, max: 64 }), (wanted, isSigned, bits) => {
				const min = isSigned ? -(2n ** BigInt(bits - 1)) : 0n;
				const max = min + 2n ** BigInt(bits) - 1n;
				const fits = wanted >= min && wanted <= max;
				const wrapped = isSigned ? BigInt.asIntN(bits, wanted) : BigInt.asUintN(bits, wanted);
				expect(fitWideField(wanted, isSigned, bits, WRAP)).toBe(wrapped);
				expect(fitWideField(wanted, isSigned, bits, SATURATE)).toBe(fits ? wanted : wanted < min ? min : max);
				expect(fitWideField(wanted, isSigned, bits, FAIL)).toBe(fits ? wanted : undefined);
				const number = Number(wanted);
				if (bits > NUMBER_BITS_MAX || !Number.isSafeInteger(number)) return;
				expect(fitField(number, isSigned, bits, WRAP)).toBe(Number(wrapped));
				expect(fitField(number, isSigned, bits, FAIL)).toBe(fits ? number : Number.NaN);
				expect(fitField(number, isSigned, bits, SATURATE)).toBe(Number(fits ? wanted : wanted < min ? min : max));
				expect(asUnsigned(number, bits)).toBe(Number(BigInt.asUintN(bits, wanted)));
			}),
			{ seed: 1, numRuns: 3000 },
		);
	});

	test("what SET is given is huge where Redis's subtraction overflows", () => {
		const least = -(2n ** 63n);
		expect(settingOf(-1n, false, 8)).toBe(2n ** 64n - 1n);
		expect(settingOf(least, false, 63)).toBe(2n ** 63n);
		expect(settingOf(5n, false, 8)).toBe(5n);
		expect(settingOf(-129n, true, 8)).toBe(-129n);
		expect(settingOf(least, true, 8)).toBe(2n ** 63n);
		expect(settingOf(least + 127n, true, 8)).toBe(2n ** 63n + 127n);
		expect(settingOf(least + 128n, true, 8)).toBe(least + 128n);
		expect(settingOf(least, true, 64)).toBe(least);
	});
});
