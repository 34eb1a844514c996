import { describe, expect, test } from "bun:test";
import { Frame, toBytes } from "../support/wire.ts";
import {
	agree,
	approximate,
	doubles,
	errorPrefix,
	exact,
	ignored,
	isMember,
	member,
	normalized,
	sorted,
	sortedInside,
	sortedPairs,
	typeOnly,
	type Verb,
} from "./compare.ts";

const frame = (text: string): Frame => new Frame(toBytes(text.replaceAll(" ", "\r\n").concat("\r\n")));
const same = (verb: Verb, one: string, other: string): boolean => agree(verb, frame(one), frame(other));

const verbs: readonly Verb[] = [exact, sorted, sortedPairs, sortedInside, approximate(5), doubles, typeOnly, member];

describe("verbs", () => {
	test("every verb accepts what is equal and tells a value from an error and from a null", () => {
		for (const verb of [...verbs, errorPrefix, normalized((reply) => reply.kind)]) {
			expect(same(verb, "-ERR:1", "-ERR:1")).toBe(true);
			expect(same(verb, ":1", "-ERR")).toBe(false);
			expect(same(verb, "-ERR", "+OK")).toBe(false);
		}
		for (const verb of verbs) {
			expect(same(verb, "$-1", "$1 a")).toBe(false);
			expect(same(verb, "_", "*0")).toBe(false);
		}
	});

	test("exact tells bytes apart that mean the same", () => {
		expect(same(exact, "$-1", "*-1")).toBe(false);
		expect(same(exact, "$1 a", "+a")).toBe(false);
		expect(same(exact, "*2 :1 :2", "*2 :2 :1")).toBe(false);
	});

	test("sorted ignores order, not number, kind or repetition", () => {
		expect(same(sorted, "*3 :1 :2 :3", "*3 :3 :1 :2")).toBe(true);
		expect(same(sorted, "*3 :1 :2 :2", "*3 :1 :1 :2")).toBe(false);
		expect(same(sorted, "*2 :1 :2", "*3 :1 :2 :2")).toBe(false);
		expect(same(sorted, "*2 $1 1 :2", "*2 :2 :1")).toBe(false);
		expect(same(sorted, "*2 :1 :2", "~2 :2 :1")).toBe(false);
		expect(same(sorted, "*1 *2 :1 :2", "*1 *2 :2 :1")).toBe(false);
		expect(same(sorted, "%2 +a :1 +b :2", "%2 +b :2 +a :1")).toBe(true);
		expect(same(sorted, "%2 +a :1 +b :2", "%2 +b :1 +a :2")).toBe(false);
	});

	test("sortedPairs keeps names with their values", () => {
		expect(same(sortedPairs, "*4 +a :1 +b :2", "*4 +b :2 +a :1")).toBe(true);
		expect(same(sortedPairs, "*4 +a :1 +b :2", "*4 +a :2 +b :1")).toBe(false);
		expect(same(sortedPairs, "%2 +a :1 +b :2", "%2 +b :2 +a :1")).toBe(true);
	});

	test("sortedInside sorts the inner array only", () => {
		expect(same(sortedInside, "*2 +0 *2 +a +b", "*2 +0 *2 +b +a")).toBe(true);
		expect(same(sortedInside, "*2 +0 *2 +a +b", "*2 *2 +a +b +0")).toBe(false);
		expect(same(sortedInside, "*2 +0 *1 +a", "*2 +7 *1 +a")).toBe(false);
	});

	test("approximate lets integers differ by the tolerance, special values not at all", () => {
		expect(same(approximate(5), ":100", ":105")).toBe(true);
		expect(same(approximate(5), ":100", ":106")).toBe(false);
		expect(same(approximate(5), ":-1", ":-2")).toBe(false);
		expect(same(approximate(5), ":-1", ":0")).toBe(false);
		expect(same(approximate(5), "*2 :1 $1 a", "*2 :2 $1 a")).toBe(true);
		expect(same(approximate(5), "*2 :1 $1 a", "*2 :2 $1 b")).toBe(false);
		expect(same(approximate(5), "*1 :1", "*2 :1 :1")).toBe(false);
	});

	test("doubles are the same with 17 digits and with as few as they need, and nothing else is", () => {
		expect(same(doubles, "$19 0.10000000000000001", "$3 0.1")).toBe(true);
		expect(same(doubles, ",0.10000000000000001", ",0.1")).toBe(true);
		expect(same(doubles, "*2 $1 a $22 1.2345678901234568e+20", "*2 $1 a $21 123456789012345680000")).toBe(true);
		expect(same(doubles, "$3 0.1", "$19 0.10000000000000001")).toBe(false);
		expect(same(doubles, "$3 1e0", "$1 1")).toBe(false);
		expect(same(doubles, "$1 1", "$2 01")).toBe(false);
		expect(same(doubles, ",1", "$1 1")).toBe(false);
		expect(same(doubles, "*1 $1 1", "*2 $1 1 $1 1")).toBe(false);
	});

	test("errorPrefix compares the first word of errors", () => {
		expect(agree(errorPrefix, new Frame(toBytes("-ERR a\r\n")), new Frame(toBytes("-ERR b\r\n")))).toBe(true);
		expect(agree(errorPrefix, new Frame(toBytes("-ERR a\r\n")), new Frame(toBytes("-WRONGTYPE a\r\n")))).toBe(false);
	});

	test("typeOnly and ignored", () => {
		expect(same(typeOnly, ":1", ":99")).toBe(true);
		expect(same(typeOnly, ":1", "$1 1")).toBe(false);
		expect(same(ignored("a test"), ":1", "-ERR")).toBe(true);
	});
});

test("isMember looks a value up among the elements", () => {
	expect(isMember(frame("$1 b"), frame("*2 $1 a $1 b"))).toBe(true);
	expect(isMember(frame("$1 c"), frame("*2 $1 a $1 b"))).toBe(false);
	expect(isMember(frame("$-1"), frame("*0"))).toBe(true);
});
