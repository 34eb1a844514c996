import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { formatDouble, formatFixed, formatGeneral, parseDouble } from "../../src/bytes/double.ts";
import { scoreVectors } from "./float-vectors.ts";
import { inEveryFrame, seeded } from "./framed.ts";

function parse(text: string): number {
	return inEveryFrame(text, parseDouble);
}

const anyDouble = fc.double({ noNaN: true });
/** Few digits, as people write them. */
const shortDecimal = fc.tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 52 }), fc.integer({ min: -30, max: 30 }));

describe("parsing", () => {
	for (const [text, reply] of scoreVectors) {
		test(`as the real server: ${JSON.stringify(text.slice(0, 40))}`, () => {
			const value = parse(text);
			expect(Number.isNaN(value) ? "refused" : formatGeneral(value, 17)).toBe(reply);
		});
	}

	test("agrees with the language on every plain decimal", () => {
		fc.assert(
			fc.property(shortDecimal, ([wide, cut, scale]) => {
				const digits = String(Math.trunc(wide / 2 ** cut));
				for (const text of [digits, `${digits}e${scale}`, `${digits}.`, `${digits}.5`, `${digits}.${Math.abs(wide)}`]) {
					expect(parse(text)).toBe(Number(text));
				}
				const sign = digits.startsWith("-") ? "-" : "";
				const bare = digits.replace("-", "");
				for (let point = 0; point <= bare.length; point++) {
					const text = `${sign}${bare.slice(0, point)}.${bare.slice(point)}`;
					expect(parse(text)).toBe(Number(text));
				}
			}),
			{ ...seeded, numRuns: 2000 },
		);
	});

	test("hexadecimal text is exact", () => {
		fc.assert(
			fc.property(anyDouble, (value) => {
				if (!Number.isFinite(value)) return;
				let mantissa = Math.abs(value);
				let exponent = 0;
				while (!Number.isInteger(mantissa)) {
					mantissa *= 2;
					exponent--;
				}
				const sign = value < 0 || Object.is(value, -0) ? "-" : "";
				const hexadecimal = BigInt(mantissa).toString(16);
				expect(parse(`${sign}0x${hexadecimal}p${exponent}`)).toBe(value);
				expect(parse(`${sign}0X.${hexadecimal.toUpperCase()}P${exponent + 4 * hexadecimal.length}`)).toBe(value);
			}),
			seeded,
		);
	});

	test("more hexadecimal digits than any double has", () => {
		const zeros = "0".repeat(60);
		// A tie to even, and the least bit above a tie, sixty digits further on.
		expect(parse(`0x1.00000000000008${zeros}`)).toBe(1);
		expect(parse(`0x1.00000000000008${zeros}1`)).toBe(1 + 2 ** -52);
		expect(parse(`0x${zeros}1${zeros}p-240`)).toBe(1);
		expect(parse(`0x0.${zeros}1p240`)).toBe(2 ** -4);
		expect(parse(`0x1${"0".repeat(300_000)}p-1200000`)).toBe(1);
	});

	test("a zero keeps its sign", () => {
		for (const text of ["-0", "-0.0", "-.0", "-0e5", "-0x0", "-0x0p3"]) expect(parse(text)).toBe(-0);
		for (const text of ["0", "+0", "0.000", "0x0"]) expect(parse(text)).toBe(0);
	});

	test("any other byte anywhere is refused", () => {
		for (const text of ["1.5e3", "12", "0x1.8p3", "inf", "123456789012345678901234567890"]) {
			expect(parse(text)).not.toBeNaN();
			for (let index = 0; index <= text.length; index++) {
				for (const wrong of [" ", "\0", "\n", "_", "\xa0", "g", "/", ":"]) {
					expect(parse(text.slice(0, index) + wrong + text.slice(index))).toBeNaN();
				}
			}
		}
	});
});

describe("formatDouble", () => {
	/** Redis 7.2's choice of notation, once more from the digits and the power of ten of the last of them. */
	function expectedText(value: number): string {
		if (Number.isInteger(value) && Math.abs(value) <= 2 ** 62)
			return Object.is(value, -0) ? "-0" : String(BigInt(value));
		const [mantissa, power] = Math.abs(value).toExponential().split("e") as [string, string];
		const digits = mantissa.replace(".", "");
		const first = Number(power);
		const last = first - digits.length + 1;
		const sign = value < 0 ? "-" : "";
		if (last >= 0 && Math.abs(first) < digits.length + 7) return sign + digits + "0".repeat(last);
		if (last < 0 && (last > -7 || Math.abs(first) < 4)) {
			if (first < 0) return `${sign}0.${"0".repeat(-first - 1)}${digits}`;
			return `${sign}${digits.slice(0, first + 1)}.${digits.slice(first + 1)}`;
		}
		const rest = digits.length > 1 ? `.${digits.slice(1)}` : "";
		return `${sign}${digits[0]!}${rest}e${first < 0 ? "-" : "+"}${Math.abs(first)}`;
	}

	test("notation", () => {
		const table: [number, string][] = [
			[0, "0"],
			[-0, "-0"],
			[3, "3"],
			[-17, "-17"],
			[0.1, "0.1"],
			[0.1 + 0.2, "0.30000000000000004"],
			[1e15, "1000000000000000"],
			[2 ** 53, "9007199254740992"],
			[2 ** 60, "1152921504606846976"],
			[1e18, "1000000000000000000"],
			[2 ** 62, "4611686018427387904"],
			[-(2 ** 62), "-4611686018427387904"],
			[2 ** 62 + 1024, "4611686018427389000"],
			[2 ** 63, "9223372036854776000"],
			[2 ** 64, "18446744073709552000"],
			[5e18, "5e+18"],
			[1e19, "1e+19"],
			[1.2345e20, "1.2345e+20"],
			[1e21, "1e+21"],
			[1.0000000000000001e21, "1000000000000000100000"],
			[-1.2345678901234567e23, "-123456789012345670000000"],
			[1.2345678901234568e24, "1.2345678901234568e+24"],
			[1.5e300, "1.5e+300"],
			[1.7976931348623157e308, "1.7976931348623157e+308"],
			[5e-324, "5e-324"],
			[0.000001, "0.000001"],
			[0.0000015, "1.5e-6"],
			[1e-7, "1e-7"],
			[1.5e-9, "1.5e-9"],
			[0.0012345678, "0.0012345678"],
			[0.00012345678, "1.2345678e-4"],
			[0.000123, "0.000123"],
			[1234.567890123, "1234.567890123"],
			[9999.9999999, "9999.9999999"],
			[12345.678901234, "1.2345678901234e+4"],
			[12345.678901, "12345.678901"],
			[1700000000.123456, "1700000000.123456"],
			[1700000000.1234567, "1.7000000001234567e+9"],
			[Number.POSITIVE_INFINITY, "inf"],
			[Number.NEGATIVE_INFINITY, "-inf"],
			[Number.NaN, "nan"],
		];
		for (const [value, text] of table) expect(formatDouble(value)).toBe(text);
	});

	test("every double reads back as itself, and as the rule says", () => {
		const check = (value: number) => {
			const text = formatDouble(value);
			expect(parse(text)).toBe(value);
			if (Number.isFinite(value)) expect(text).toBe(expectedText(value));
		};
		fc.assert(fc.property(anyDouble, check), { ...seeded, numRuns: 5000 });
		fc.assert(
			fc.property(shortDecimal, ([wide, cut, scale]) => check(Number(`${Math.trunc(wide / 2 ** cut)}e${scale}`))),
			{ ...seeded, numRuns: 5000 },
		);
		for (let power = -1074; power < 1024; power++) check(2 ** power);
		for (let power = -323; power < 309; power++) check(Number(`-1e${power}`));
	});
});

describe("formatGeneral", () => {
	test("is C's %g", () => {
		const table: [number, number, string][] = [
			[0.1, 17, "0.10000000000000001"],
			[3.3, 17, "3.2999999999999998"],
			[100, 17, "100"],
			[-0, 17, "-0"],
			[1e16, 17, "10000000000000000"],
			[1e17, 17, "1e+17"],
			[0.0001, 6, "0.0001"],
			[0.00001, 6, "1e-05"],
			[123456, 6, "123456"],
			[1234567, 6, "1.23457e+06"],
			[999999.5, 6, "1e+06"],
			[99999.95, 6, "99999.9"],
			[2.5, 1, "2"],
			[3.5, 1, "4"],
			[0.25, 1, "0.2"],
			[0.35, 1, "0.3"],
			[9.5, 1, "1e+01"],
			[123.45678901234568, 14, "123.45678901235"],
			[1e100, 14, "1e+100"],
			[-1.5e-7, 14, "-1.5e-07"],
			[1.2345678901234567e19, 14, "1.2345678901235e+19"],
			[Number.NEGATIVE_INFINITY, 17, "-inf"],
			[Number.NaN, 17, "nan"],
		];
		for (const [value, digits, text] of table) expect(formatGeneral(value, digits)).toBe(text);
	});

	test("seventeen digits tell any two doubles apart", () => {
		fc.assert(
			fc.property(anyDouble, (value) => expect(parse(formatGeneral(value, 17))).toBe(value)),
			seeded,
		);
	});
});

describe("formatFixed", () => {
	test("is C's %f", () => {
		const table: [number, number, string][] = [
			[200, 6, "200.000000"],
			[-180.5, 6, "-180.500000"],
			[0, 6, "0.000000"],
			[-0, 6, "-0.000000"],
			[-1e-9, 6, "-0.000000"],
			[1e-6, 6, "0.000001"],
			[0.0078125, 6, "0.007812"],
			[0.0234375, 6, "0.023438"],
			[0.5, 1, "0.5"],
			[0.25, 1, "0.2"],
			[0.35, 1, "0.3"],
			[999.9999999, 6, "1000.000000"],
			[1e21, 2, "1000000000000000000000.00"],
			[-1e23, 1, "-99999999999999991611392.0"],
			[2 ** 69, 3, "590295810358705651712.000"],
			[Number.POSITIVE_INFINITY, 6, "inf"],
			[Number.NEGATIVE_INFINITY, 6, "-inf"],
			[Number.NaN, 6, "nan"],
		];
		for (const [value, decimals, text] of table) expect(formatFixed(value, decimals)).toBe(text);
	});

	test("agrees with the language where nothing is to be rounded", () => {
		fc.assert(
			fc.property(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), (eighths) => {
				const value = eighths / 8;
				if (value !== 0) expect(formatFixed(value, 4)).toBe(value.toFixed(4));
			}),
			seeded,
		);
	});
});
