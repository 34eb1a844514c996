/** The library `bit`; the numbers are those of a genuine Redis. */
import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { toBit } from "../../../src/scripting/libraries/bit.ts";
import { ScriptClient } from "../../support/script-client.ts";

const scripts = new ScriptClient();

test("numbers are taken modulo 2^32", () => {
	fc.assert(
		fc.property(fc.bigInt(-(2n ** 51n), 2n ** 51n), (value) => {
			expect(toBit(Number(value))).toBe(Number(BigInt.asIntN(32, value)));
		}),
	);
});

test("halves are rounded to the even one", () => {
	expect([0.5, 1.5, 2.5, -0.5, -1.5, 2 ** 31 - 0.5].map(toBit)).toEqual([0, 2, 2, 0, -2, -(2 ** 31)]);
});

describe("what Redis says", () => {
	const cases: Readonly<Record<string, string>> = {
		"bit.tobit(0xffffffff)": "-1",
		"bit.tobit(2^40+1)": "1",
		"bit.tohex(-1)": "ffffffff",
		"bit.tohex(255,-4)": "00FF",
		"bit.tohex(255,2)": "ff",
		"bit.tohex(255,0)": "",
		"bit.tohex(255,-2^31)": "000000FF",
		"bit.bnot(0)": "-1",
		"bit.band(0x12345678,0xff,0xf0)": "112",
		"bit.bor(1,2,4)": "7",
		"bit.bxor(0xa5a5f0f0,0xaa55ff00)": "267390960",
		"bit.lshift(1,31)": "-2147483648",
		"bit.lshift(1,33)": "2",
		"bit.rshift(-256,8)": "16777215",
		"bit.arshift(-256,8)": "-1",
		"bit.rol(0x12345678,12)": "1164411171",
		"bit.ror(0x12345678,12)": "1736516421",
		"bit.bswap(0x12345678)": "2018915346",
	};
	for (const [expression, text] of Object.entries(cases)) {
		test(expression, () => expect(scripts.text(expression)).toBe(text));
	}

	test("of arguments that are none", () => {
		const prefix = "ERR user_script:1: bad argument #1 to";
		expect(scripts.error("return bit.tobit()")).toBe(`${prefix} 'tobit' (number expected, got no value)`);
		expect(scripts.error("return bit.band('x')")).toBe(`${prefix} 'band' (number expected, got string)`);
	});
});
