/** Whole numbers of more than 32 bits, which are all that a pointer has here: what Redis makes of them, with its 64. */
import { describe, expect, test } from "bun:test";
import { wholeNumber, wideInteger } from "../../../src/scripting/libraries/wide-numbers.ts";
import { ScriptClient } from "../../support/script-client.ts";

const scripts = new ScriptClient();
const text = (expression: string) => scripts.text(expression);

describe("a cast to 64 bits", () => {
	test("cuts fractions off, and makes the smallest number of what does not fit", () => {
		const smallest = -(2n ** 63n);
		for (const [value, whole] of [
			[1.9, 1n],
			[-1.9, -1n],
			[2 ** 53 + 2, 2n ** 53n + 2n],
			[2 ** 63, smallest],
			[-(2 ** 63), smallest],
			[Number.NaN, smallest],
			[Number.POSITIVE_INFINITY, smallest],
			[Number.NEGATIVE_INFINITY, smallest],
		] as const) {
			expect([value, wholeNumber(value)]).toEqual([value, whole]);
			expect([value, wideInteger(value)]).toEqual([value, Number(whole)]);
		}
	});
});

describe("positions in strings", () => {
	test("may lie anywhere within 64 bits", () => {
		expect(text("string.sub('hello', 2, 2^31)")).toBe("ello");
		expect(text("string.sub('hello', -2^40)")).toBe("hello");
		expect(text("string.sub('hello', 2^32 + 2)")).toBe("");
		expect(text("('hello'):sub(1, 2^53)")).toBe("hello");
		expect(text("string.sub('hello', 1, '4294967298')")).toBe("hello");
		expect(text("string.byte('hello', -2^32, 1)")).toBe("104");
		expect(text("string.find('hello', 'l', 2^32 + 1)")).toBe("nil");
		expect(text("string.find('hello', 'l', -2^32)")).toBe("3");
		expect(text("string.match('hello', 'l+', -2^33)")).toBe("ll");
	});

	test("that do not fit into 64 bits are the smallest", () => {
		expect(text("string.sub('hello', 1, 1/0)")).toBe("");
		expect(text("string.sub('hello', 1, 2^63)")).toBe("");
		expect(text("string.sub('hello', 2^64)")).toBe("hello");
		expect(text("string.sub('hello', 0/0)")).toBe("hello");
	});
});

describe("where C takes an int", () => {
	test("the lower 32 bits count", () => {
		expect(text("string.rep('ab', 2^32 + 2)")).toBe("abab");
		expect(text("string.rep('ab', 2^31 + 2)")).toBe("");
		expect(text("string.char(2^32 + 65)")).toBe("A");
		expect(text("table.concat({1, 2, 3}, ',', 2^32 + 2)")).toBe("2,3");
		expect(text("table.concat({1, 2, 3}, ',', 1, 2^40 + 2)")).toBe("1,2");
		expect(text("select(2^32 + 2, 'a', 'b')")).toBe("b");
		expect(text("select('#', unpack({1, 2, 3}, 1, 2^31))")).toBe("0");
		expect(text("select('#', unpack({1, 2, 3}, 1, 2^32 + 2))")).toBe("2");
		expect(text("table.remove({1, 2, 3}, 2^32 + 1)")).toBe("1");
		expect(text("math.ldexp(1, 2^32 + 3)")).toBe("8");
		expect(text("tonumber('z', 2^32 + 36)")).toBe("35");
		expect(text("string.gsub('aaa', 'a', 'b', 2^32 + 1)")).toBe("baa");
		expect(text("select(2, pcall(error, 'x', 2^32))")).toBe("x");
	});

	test("an interval of numbers may be wider than that, which Redis does not mind", () => {
		expect(scripts.eval("math.randomseed(7) return tostring(math.random(-2^31, 5))")).toBe("$11\r\n-2719668202\r\n");
	});
});

describe("cmsgpack and struct", () => {
	test("count offsets with 64 bits, and show 32 of them", () => {
		const wrong = "ERR user_script:1: Start offset 1 greater than input length 3.";
		expect(scripts.error("return cmsgpack.unpack_one(cmsgpack.pack(1, 2, 3), 2^32 + 1)")).toBe(wrong);
		expect(scripts.error("return cmsgpack.unpack_limit(cmsgpack.pack(1, 2, 3), 1, 2^32 + 1)")).toBe(wrong);
		expect(scripts.error("return cmsgpack.unpack_limit(cmsgpack.pack(1, 2, 3), -2^32, 1)")).toBe(
			"ERR user_script:1: Invalid request to unpack with offset of 1 and limit of 3.",
		);
		expect(text("select('#', cmsgpack.unpack_limit(cmsgpack.pack(1, 2, 3), 2^32 + 1))")).toBe("4");
		expect(scripts.error("return struct.unpack('B', 'abc', 2^32 + 1)")).toContain("data string too short");
	});
});

describe("texts of numbers", () => {
	test("string.format writes 64 bits", () => {
		expect(text("string.format('%d|%i|%u', 2^40, -2^53, 2^63)")).toBe(
			"1099511627776|-9007199254740992|9223372036854775808",
		);
		expect(text("string.format('%x|%X|%o', 2^40, -1, 2^33)")).toBe("10000000000|FFFFFFFFFFFFFFFF|100000000000");
		expect(text("string.format('%+20.15d|%-16d|%#x|% d', 2^40, 2^40, 2^40, 2^40)")).toBe(
			"    +001099511627776|1099511627776   |0x10000000000| 1099511627776",
		);
		expect(text("string.format('%d', 1/0)")).toBe("-9223372036854775808");
		expect(scripts.error("return string.format('%d', 'x')")).toContain("number expected, got string");
	});

	test("tonumber reads digits of other bases", () => {
		expect(text("tonumber('ffffffffff', 16)")).toBe("1099511627775");
		expect(text("string.format('%.0f', tonumber('-1', 16))")).toBe("18446744073709551616");
		expect(text("string.format('%.0f', tonumber(string.rep('z', 20), 36))")).toBe("18446744073709551616");
		expect(text("tonumber('  0xfffffffff ', 16)")).toBe("68719476735");
		expect(text("tonumber('fffffffg', 16)")).toBe("nil");
	});

	test("math.frexp has no exponent for what is not finite", () => {
		expect(text("select(2, math.frexp(1/0)) + select(2, math.frexp(0/0))")).toBe("0");
		expect(text("select(2, math.frexp(8))")).toBe("4");
	});
});
