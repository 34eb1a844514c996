import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { globMatch } from "../../src/bytes/glob.ts";
import { framed, inEveryFrame, seeded } from "./framed.ts";
import { caselessGlobVectors, globVectors } from "./glob-vectors.ts";

function matches(pattern: string, text: string, ignoreCase = false): boolean {
	return inEveryFrame(pattern, (p, pStart, pEnd) =>
		inEveryFrame(text, (t, tStart, tEnd) => globMatch(p, pStart, pEnd, t, tStart, tEnd, ignoreCase)),
	);
}

describe("as the real server", () => {
	for (const [pattern, text, expected] of globVectors) {
		test(`${JSON.stringify(pattern)} ${expected ? "matches" : "does not match"} ${JSON.stringify(text)}`, () => {
			expect(matches(pattern, text)).toBe(expected);
		});
	}

	for (const [pattern, text, expected] of caselessGlobVectors) {
		test(`${JSON.stringify(pattern)} ${expected ? "matches" : "does not match"} ${JSON.stringify(text)}, any case`, () => {
			expect(matches(pattern, text, true)).toBe(expected);
		});
	}
});

/** Patterns of stars, question marks and plain letters by a table over all prefixes of both: no search, no retry. */
function matchesByTable(pattern: string, text: string): boolean {
	if (text === "") return pattern === "";
	let row = [true, ...Array<boolean>(text.length).fill(false)];
	for (const item of pattern) {
		const next = [item === "*" && row[0]!];
		for (let index = 1; index <= text.length; index++) {
			if (item === "*") next.push(row[index]! || next[index - 1]!);
			else next.push(row[index - 1]! && (item === "?" || item === text[index - 1]));
		}
		row = next;
	}
	return row[text.length]!;
}

describe("search", () => {
	test("agrees with a table on stars, question marks and letters", () => {
		const pattern = fc
			.array(fc.constantFrom("*", "?", "a", "b", "*", "a"), { maxLength: 12 })
			.map((items) => items.join(""));
		const text = fc.array(fc.constantFrom("a", "b", "a"), { maxLength: 16 }).map((items) => items.join(""));
		let matched = 0;
		fc.assert(
			fc.property(pattern, text, (p, t) => {
				const expected = matchesByTable(p, t);
				if (expected) matched++;
				expect([p, t, matches(p, t)]).toEqual([p, t, expected]);
			}),
			{ ...seeded, numRuns: 20_000 },
		);
		expect(matched).toBeGreaterThan(2000);
	});

	test("escaping every byte matches exactly that text", () => {
		const special = fc.array(fc.constantFrom("*", "?", "[", "]", "\\", "^", "-", "a", "\xff", "\0"), { maxLength: 8 });
		fc.assert(
			fc.property(special, special, (one, other) => {
				const text = one.join("");
				const escaped = one.map((character) => `\\${character}`).join("");
				expect(matches(escaped, text)).toBe(true);
				expect(matches(escaped, other.join(""))).toBe(other.join("") === text);
			}),
			seeded,
		);
	});

	/** How many bytes of the text are read, whatever the clock says. */
	function readsOf(pattern: string, text: string): number {
		let reads = 0;
		const bytes = new Uint8Array(Buffer.from(text, "latin1"));
		const counting = new Proxy(bytes, {
			get(target, property) {
				reads++;
				return target[Number(property)];
			},
		});
		const p = framed(pattern);
		expect(globMatch(p.bytes, p.start, p.end, counting, 0, text.length, false)).toBe(false);
		return reads;
	}

	test("many stars and a text that almost matches take a single pass", () => {
		const length = 50_000;
		expect(readsOf("a*a*a*a*a*a*a*b", "a".repeat(length))).toBeLessThan(2 * length);
	});

	test("the worst pattern takes pattern times text", () => {
		const length = 2000;
		const reads = readsOf(`*${"a".repeat(100)}b*`, "a".repeat(length));
		expect(reads).toBeGreaterThan(100 * (length - 100));
		expect(reads).toBeLessThan(102 * length);
	});

	test("a long text and a pattern of stars only", () => {
		expect(matches("*".repeat(1000), "a".repeat(100_000))).toBe(true);
		expect(matches(`${"*".repeat(1000)}b`, "a".repeat(100_000))).toBe(false);
	});
});
