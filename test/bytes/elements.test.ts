import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
	elementBytes,
	elementEquals,
	elementLength,
	elementStart,
	nextElement,
	previousElement,
	skipElements,
	skipElementsBack,
	verifyElements,
	writeElement,
} from "../../src/bytes/elements.ts";
import { toBytes } from "../support/wire.ts";

/** A run of the texts, with bytes before and behind it that must not matter. */
function runOf(texts: readonly string[]): { run: Uint8Array; from: number; to: number } {
	const bytes = texts.reduce((sum, text) => sum + elementBytes(text.length), 0);
	const run = new Uint8Array(bytes + 6).fill(0xff);
	let at = 3;
	for (const text of texts) at = writeElement(run, at, toBytes(`<${text}>`), 1, text.length);
	expect(at).toBe(3 + bytes);
	return { run, from: 3, to: at };
}

function textAt(run: Uint8Array, at: number): string {
	const start = elementStart(run, at);
	return Buffer.from(run.subarray(start, start + elementLength(run, at))).toString("latin1");
}

const lengths = fc.oneof(fc.nat(20), fc.constantFrom(0, 127, 128, 253, 254, 255, 256, 300, 65_535, 65_536, 70_000));
const texts = fc.array(
	fc.tuple(lengths, fc.constantFrom("a", "\0", "\xff", "\xfe")).map(([length, letter]) => letter.repeat(length)),
	{ maxLength: 12 },
);

describe("elements", () => {
	test("are read as they were written, in both directions", () => {
		fc.assert(
			fc.property(texts, (wanted) => {
				const { run, from, to } = runOf(wanted);
				const forward: string[] = [];
				for (let at = from; at < to; at = nextElement(run, at)) forward.push(textAt(run, at));
				expect(forward).toEqual([...wanted]);
				const backward: string[] = [];
				for (let at = to; at > from; ) {
					at = previousElement(run, at);
					backward.unshift(textAt(run, at));
				}
				expect(backward).toEqual([...wanted]);
				expect(verifyElements(run, from, to)).toBe(wanted.length);
			}),
			{ numRuns: 200 },
		);
	});

	test("are reached by their number from either end", () => {
		const wanted = Array.from({ length: 20 }, (_, i) => `${i}`.repeat(i * i));
		const { run, from, to } = runOf(wanted);
		for (let i = 0; i < 20; i++) {
			expect(textAt(run, skipElements(run, from, i))).toBe(wanted[i]!);
			expect(textAt(run, skipElementsBack(run, to, 20 - i))).toBe(wanted[i]!);
		}
		expect(skipElements(run, from, 20)).toBe(to);
		expect(skipElementsBack(run, to, 20)).toBe(from);
	});

	test("take two bytes more than they have, and ten from 255 on", () => {
		expect([0, 1, 253, 254, 255, 1000].map(elementBytes)).toEqual([2, 3, 255, 256, 265, 1010]);
	});

	test("are compared byte for byte", () => {
		const { run, from } = runOf(["key", "x".repeat(300)]);
		const second = nextElement(run, from);
		const equals = (at: number, text: string): boolean => elementEquals(run, at, toBytes(text), 0, text.length);
		expect(equals(from, "key")).toBe(true);
		for (const other of ["", "ke", "kez", "keys"]) expect(equals(from, other)).toBe(false);
		expect(equals(second, "x".repeat(300))).toBe(true);
		expect(equals(second, `${"x".repeat(299)}y`)).toBe(false);
		expect(equals(second, "x".repeat(301))).toBe(false);
	});

	test("that are broken are noticed", () => {
		const { run, from, to } = runOf(["abc", "de"]);
		expect(() => verifyElements(run, from, to - 1)).toThrow();
		run[from + 4] = 2;
		expect(() => verifyElements(run, from, to)).toThrow();
	});
});
