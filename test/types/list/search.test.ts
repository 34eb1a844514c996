import { expect, test } from "bun:test";
import fc from "fast-check";
import { elementBytes, elementLength, elementStart, nextElement, writeElement } from "../../../src/bytes/elements.ts";
import { countEqual, findElement, removeEqual } from "../../../src/types/list/search.ts";
import { toBytes } from "../../support/wire.ts";

const words = fc.array(fc.constantFrom("", "a", "b", "ab", "x".repeat(300)), { maxLength: 30 });

function runOf(texts: readonly string[]): Uint8Array {
	const run = new Uint8Array(texts.reduce((sum, text) => sum + elementBytes(text.length), 0));
	let at = 0;
	for (const text of texts) at = writeElement(run, at, toBytes(text), 0, text.length);
	return run;
}

function textsOf(run: Uint8Array, to: number): string[] {
	const texts: string[] = [];
	for (let at = 0; at < to; at = nextElement(run, at)) {
		const start = elementStart(run, at);
		texts.push(Buffer.from(run.subarray(start, start + elementLength(run, at))).toString("latin1"));
	}
	return texts;
}

test("the first element that is the given bytes is found, and all are counted", () => {
	fc.assert(
		fc.property(words, fc.constantFrom("", "a", "ab", "c", "x".repeat(300)), (texts, wanted) => {
			const run = runOf(texts);
			const bytes = toBytes(`-${wanted}`);
			const at = findElement(run, 0, run.length, bytes, 1, wanted.length);
			const index = texts.indexOf(wanted);
			expect(at < 0 ? -1 : textsOf(run, at).length).toBe(index);
			const count = texts.filter((text) => text === wanted).length;
			expect(countEqual(run, 0, run.length, bytes, 1, wanted.length)).toBe(count);
		}),
	);
});

test("elements are taken out behind those to skip, up to a limit, and the rest moves together", () => {
	fc.assert(
		fc.property(
			words,
			fc.constantFrom("", "a", "x".repeat(300)),
			fc.nat(4),
			fc.nat(6),
			(texts, gone, skipped, limit) => {
				const run = runOf(texts);
				const end = removeEqual(run, 0, run.length, toBytes(gone), 0, gone.length, skipped, limit);
				let seen = 0;
				const isTaken = (text: string): boolean => {
					if (text !== gone) return false;
					seen++;
					return seen > skipped && seen <= skipped + limit;
				};
				expect(textsOf(run, end)).toEqual(texts.filter((text) => !isTaken(text)));
			},
		),
	);
});
