/** Sizes of elements as the format of listpacks has them; that nodes are counted right, the differential test shows. */
import { expect, test } from "bun:test";
import { entrySizeBytes, numberBytes, textBytes, wideNumberBytes } from "../../../src/types/stream/node-bytes.ts";

const bytesOfText = (text: string): number => textBytes(Buffer.from(`-${text}-`, "latin1"), 1, text.length);

test.each([
	[0, 2],
	[127, 2],
	[128, 3],
	[-1, 3],
	[4095, 3],
	[-4096, 3],
	[4096, 4],
	[-4097, 4],
	[32_767, 4],
	[32_768, 5],
	[8_388_607, 5],
	[-8_388_608, 5],
	[8_388_608, 6],
	[2_147_483_647, 6],
	[-2_147_483_648, 6],
])("the number %d takes %d bytes, as a number and as text", (value, expected) => {
	expect(numberBytes(value)).toBe(expected);
	expect(wideNumberBytes(value < 0 ? -1 : 0, value)).toBe(expected);
	expect(bytesOfText(String(value))).toBe(expected);
});

test("numbers beyond 32 bits", () => {
	expect(bytesOfText("2147483648")).toBe(10);
	expect(bytesOfText("-9223372036854775808")).toBe(10);
	expect(bytesOfText("9223372036854775807")).toBe(10);
	// Above 2^31 - 1 the low half alone is a negative number.
	expect([wideNumberBytes(0, -1), wideNumberBytes(1, 0), wideNumberBytes(-1, 0)]).toEqual([10, 10, 10]);
});

test.each([
	["", 2],
	["a", 3],
	["007", 5],
	["9223372036854775808", 21],
	["x".repeat(63), 65],
	["x".repeat(64), 67],
	["x".repeat(125), 128],
	["x".repeat(126), 130],
	["x".repeat(4095), 4099],
	["x".repeat(4096), 4103],
	["x".repeat(16_377), 16_384],
	["x".repeat(16_378), 16_386],
	["x".repeat(2_097_145), 2_097_153],
	["x".repeat(2_097_146), 2_097_155],
])("text %#", (text, expected) => {
	expect(bytesOfText(text)).toBe(expected);
});

test("the count behind an entry", () => {
	expect([entrySizeBytes(1, false), entrySizeBytes(1, true), entrySizeBytes(124, false)]).toEqual([2, 2, 2]);
	expect([entrySizeBytes(125, false), entrySizeBytes(62, true)]).toEqual([3, 3]);
});
