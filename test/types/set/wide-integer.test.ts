import { expect, test } from "bun:test";
import fc from "fast-check";
import { WideInteger } from "../../../src/types/set/wide-integer.ts";

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

/** Numbers near powers of two and ten, where halves and digits carry. */
const edges = [0n, 1n, 9n, MAX, MIN];
for (const base of [2n, 10n]) {
	for (let power = 1n; base ** power <= MAX; power++) {
		for (const offset of [-2n, -1n, 0n, 1n, 2n]) edges.push(base ** power + offset, -(base ** power) - offset);
	}
}
const values = fc.oneof(
	fc.constantFrom(...edges.filter((n) => n >= MIN && n <= MAX)),
	fc.bigInt({ min: MIN, max: MAX }),
);

function parsed(text: string): WideInteger {
	const number = new WideInteger();
	const bytes = Buffer.from(`x${text}y`, "latin1");
	expect(number.parse(bytes, 1, bytes.length - 1)).toBe(true);
	return number;
}

function printed(number: WideInteger): string {
	const target = new Uint8Array(24);
	return Buffer.from(target.subarray(2, 2 + number.print(target, 2))).toString("latin1");
}

test("reads, keeps and prints every int64", () => {
	fc.assert(
		fc.property(values, (value) => {
			const number = parsed(String(value));
			expect((BigInt(number.high) << 32n) + BigInt(number.low)).toBe(value);
			expect(printed(number)).toBe(String(value));
			expect(number.printedLength()).toBe(String(value).length);
			expect(number.isSafe()).toBe(Number.isSafeInteger(Number(value)));
		}),
		{ numRuns: 2000, seed: 1 },
	);
});

test("takes as many bytes as it needs, and comes back from them", () => {
	fc.assert(
		fc.property(values, (value) => {
			const number = parsed(String(value));
			const width = [2, 4, 8].find((bytes) => BigInt.asIntN(8 * bytes, value) === value)!;
			expect(number.width()).toBe(width);
			for (const wide of [2, 4, 8].filter((bytes) => bytes >= width)) {
				const bytes = new Uint8Array(12).fill(0xaa);
				number.store(bytes, 1, wide);
				expect([bytes[0], bytes[wide + 1]]).toEqual([0xaa, 0xaa]);
				const other = new WideInteger();
				other.load(bytes, 1, wide);
				expect([other.high, other.low]).toEqual([number.high, number.low]);
			}
		}),
		{ numRuns: 2000, seed: 2 },
	);
});

test("compares", () => {
	fc.assert(
		fc.property(values, values, (a, b) => {
			expect(Math.sign(parsed(String(a)).compare(parsed(String(b))))).toBe(a === b ? 0 : a < b ? -1 : 1);
		}),
		{ numRuns: 2000, seed: 3 },
	);
});

test("takes no text but that of an int64", () => {
	const wrong = ["", "-", "-0", "+1", "01", "1 ", " 1", "1.0", "1e3", "abc", "9223372036854775808", "1".repeat(20)];
	wrong.push("-9223372036854775809", "12345678901234x", "1234567890123456x");
	for (const text of wrong) {
		const bytes = Buffer.from(text);
		expect(new WideInteger().parse(bytes, 0, bytes.length)).toBe(false);
	}
});
