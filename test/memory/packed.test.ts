import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
	findPacked,
	findPackedKey,
	findRarePacked,
	PACKED_LENGTH_MAX,
	packedBytes,
	packedCount,
	packedEquals,
	packedLength,
	packedNext,
	packedSkip,
	packedStart,
	verifyPacked,
	writePacked,
} from "../../src/memory/packed.ts";

const FROM = 3;
const lengths = [0, 1, 2, 9, 10, 126, 127, 128, 129, 255, 256, 4096, PACKED_LENGTH_MAX];

/** The elements one behind the other, with other bytes before and behind. */
function pack(elements: readonly Uint8Array[]): { run: Uint8Array; to: number } {
	const size = elements.reduce((sum, element) => sum + packedBytes(element.length), 0);
	const run = new Uint8Array(FROM + size + 5).fill(0xee);
	let to = FROM;
	for (const element of elements) to = writePacked(run, to, element, 0, element.length);
	expect(to).toBe(FROM + size);
	return { run, to };
}

function elementsOf(run: Uint8Array, to: number): Uint8Array[] {
	const elements: Uint8Array[] = [];
	for (let at = FROM; at < to; at = packedNext(run, at)) {
		const start = packedStart(run, at);
		elements.push(run.slice(start, start + packedLength(run, at)));
	}
	return elements;
}

describe("a packed run", () => {
	test("gives back what was written, at every width of the length", () => {
		const elements = lengths.map((length, i) => new Uint8Array(length).fill(i));
		const { run, to } = pack(elements);
		expect(elementsOf(run, to)).toEqual(elements);
		expect(packedCount(run, FROM, to)).toBe(elements.length);
		expect(verifyPacked(run, FROM, to, 1)).toBe(elements.length);
		let at = FROM;
		for (let i = 0; i < elements.length; i++) {
			expect(packedSkip(run, FROM, i)).toBe(at);
			at = packedNext(run, at);
		}
	});

	test("that is empty has nothing", () => {
		const { run, to } = pack([]);
		expect([packedCount(run, FROM, to), verifyPacked(run, FROM, to, 2)]).toEqual([0, 0]);
		expect(findPacked(run, FROM, to, run, 0, 1)).toBe(-1);
	});

	test("that is cut short, or lacks a value, is found out", () => {
		const { run, to } = pack([new Uint8Array(3), new Uint8Array(200)]);
		for (const end of [to - 1, FROM + 5]) expect(() => verifyPacked(run, FROM, end, 1)).toThrow("fill it");
		expect(() => verifyPacked(run, FROM, to, 3)).toThrow("as many values as keys");
	});
});

describe("finding in a packed run", () => {
	const element = fc.oneof(
		{ weight: 6, arbitrary: fc.integer({ min: 0, max: 30 }).map((n) => `user:${n}`) },
		{ weight: 2, arbitrary: fc.integer({ min: 120, max: 135 }).map((n) => "w".repeat(n)) },
		{ weight: 1, arbitrary: fc.constantFrom("", "a", "aa", "ab", "ba") },
	);

	test("agrees with looking at one element after the other", () => {
		fc.assert(
			fc.property(fc.array(element, { maxLength: 40 }), element, (texts, wanted) => {
				const { run, to } = pack(texts.map((text) => Buffer.from(text)));
				// The needle lies in the middle of other bytes, too.
				const needle = Buffer.from(`>>${wanted}<<`);
				const found = [
					findPacked(run, FROM, to, needle, 2, wanted.length),
					findPackedKey(run, FROM, to, needle, 2, wanted.length),
					findRarePacked(run, FROM, to, 3, needle, 2, wanted.length),
				];
				for (const [index, stride] of [1, 2, 3].entries()) {
					const at = texts.findIndex((text, i) => i % stride === 0 && text === wanted);
					if (texts.length % stride !== 0) continue;
					expect(found[index]).toBe(at < 0 ? -1 : packedSkip(run, FROM, at));
				}
			}),
			{ numRuns: 400, seed: 11 },
		);
	});

	test("compares whole elements", () => {
		const { run } = pack([Buffer.from("abc")]);
		for (const [text, expected] of [
			["abc", true],
			["ab", false],
			["abcd", false],
			["abd", false],
			["", false],
		] as const) {
			expect(packedEquals(run, FROM, Buffer.from(text), 0, text.length)).toBe(expected);
		}
	});
});
