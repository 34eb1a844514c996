import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { quoteWord, splitWords } from "../../src/config/quoting.ts";

const wellFormed = fc.string({ unit: "binary" });

describe("splitWords", () => {
	test.each([
		["", []],
		["timeout 5", ["timeout", "5"]],
		["\t timeout\t5 ", ["timeout", "5"]],
		[`save ""`, ["save", ""]],
		[`a "b c" 'd e'`, ["a", "b c", "d e"]],
		[`"a\\"b" 'a"b' 'a\\'b'`, [`a"b`, `a"b`, `a'b`]],
		[`"\\x41\\n\\r\\t\\a\\b\\q"`, ["A\n\r\t\x07\bq"]],
		[`'\\x41\\n'`, ["\\x41\\n"]],
		[`"\\xc3\\xa9" é`, ["é", "é"]],
	])("%j", (line, words) => {
		expect(splitWords(line)).toEqual(words);
	});

	test.each([`"a`, `'a`, `"a"b`, `'a'b`, `"a"'b'`, `"\\"`])("%j does not balance", (line) => {
		expect(splitWords(line)).toBeUndefined();
	});
});

describe("quoteWord", () => {
	test.each([
		["", `""`],
		["a b", `"a b"`],
		[`a"b\\`, `"a\\"b\\\\"`],
		["\n\r\t\x07\b\0\x7fé", `"\\n\\r\\t\\a\\b\\x00\\x7f\\xc3\\xa9"`],
	])("%j", (word, quoted) => {
		expect(quoteWord(word)).toBe(quoted);
	});

	test("is undone by splitWords", () => {
		fc.assert(
			fc.property(fc.array(wellFormed), (words) => {
				expect(splitWords(words.map(quoteWord).join(" "))).toEqual(words);
			}),
			{ seed: 7, numRuns: 500 },
		);
	});
});
