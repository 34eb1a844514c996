import { describe, expect, test } from "bun:test";
import { MemberRange, ScoreRange } from "../../../src/types/sorted-set/ranges.ts";

const bytesOf = (text: string): Uint8Array => Buffer.from(text, "latin1");

function score(text: string): number | string {
	const range = new ScoreRange();
	// Not at the start, and not up to the end, of what it is read from.
	const bytes = bytesOf(`9${text}9`);
	if (!range.readMin(bytes, 1, 1 + text.length)) return "refused";
	const again = new ScoreRange();
	expect(again.readMax(bytes, 1, 1 + text.length)).toBe(true);
	expect([again.max, again.maxExclusive]).toEqual([range.min, range.minExclusive]);
	return range.minExclusive ? `(${range.min}` : range.min;
}

describe("bounds of scores", () => {
	test.each<[string, number | string]>([
		["1", 1],
		["-1.5", -1.5],
		["(1", "(1"],
		["inf", Infinity],
		["-INF", -Infinity],
		["(+inf", "(Infinity"],
		["0x10", 16],
		["", 0],
		["(", "(0"],
		[" 1", 1],
		["( 1", "(1"],
		["\t\n\v\f\r 1", 1],
		["1\0x", 1],
		["\0", 0],
		["(\0x", "(0"],
		["1e400", Infinity],
		["-1e400", -Infinity],
		["1e-400", 0],
		["0x1p2000", Infinity],
		["-0x1p2000", -Infinity],
		["0x1p-2000", 0],
		[" ", "refused"],
		["1 ", "refused"],
		["nan", "refused"],
		["((1", "refused"],
		["[1", "refused"],
		["abc", "refused"],
		["1e", "refused"],
		["0x", "refused"],
		["+", "refused"],
		[".", "refused"],
	])("%j is %p", (text, expected) => {
		expect(score(text)).toEqual(expected);
	});
});

function range(min: string, max: string): MemberRange | null {
	const members = new MemberRange();
	const bytes = bytesOf(`${min}|${max}`);
	const isRange =
		members.readMin(bytes, 0, min.length) && members.readMax(bytes, min.length + 1, min.length + 1 + max.length);
	return isRange ? members : null;
}

function includes(min: string, max: string, member: string): boolean {
	const members = range(min, max)!;
	const bytes = bytesOf(`<${member}>`);
	return members.isReachedBy(bytes, 1, member.length) && !members.isPassedBy(bytes, 1, member.length);
}

describe("ranges of members", () => {
	test.each(["", "a", " [a", "+a", "-a", "++", "1"])("%j is no bound", (text) => {
		expect(range(text, "+")).toBe(null);
		expect(range("-", text)).toBe(null);
	});

	test.each<[string, string, string, boolean]>([
		["-", "+", "", true],
		["-", "+", "\xff", true],
		["-\0", "+\0x", "a", true],
		["[a", "[c", "a", true],
		["(a", "[c", "a", false],
		["(a", "[c", "a\0", true],
		["[a", "[c", "c", true],
		["[a", "(c", "c", false],
		["[a", "(c", "bzzz", true],
		["[", "+", "", true],
		["(", "+", "", false],
		["[a", "+", "A", false],
		["-", "[a", "aa", false],
		["+", "+", "a", false],
		["-", "-", "a", false],
	])("%j to %j has %j: %p", (min, max, member, expected) => {
		expect(includes(min, max, member)).toBe(expected);
	});

	test.each<[string, string, boolean]>([
		["-", "+", false],
		["+", "-", true],
		["+", "+", true],
		["-", "-", true],
		["[a", "[a", false],
		["(a", "[a", true],
		["[a", "(a", true],
		["[b", "[a", true],
		["(a", "(a\0", false],
		["[a", "-", true],
		["+", "[a", true],
	])("%j to %j is empty: %p", (min, max, expected) => {
		expect(range(min, max)!.isEmpty()).toBe(expected);
	});
});
