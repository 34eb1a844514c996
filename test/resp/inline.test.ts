import { describe, expect, test } from "bun:test";
import { latin1 } from "../../src/bytes/ascii.ts";
import { splitInline } from "../../src/resp/inline.ts";
import { toBytes } from "../support/wire.ts";

/** The words of a line, or null where its quotes are unbalanced. */
function split(line: string): string[] | null {
	const outcomes = [`"'`, "41"].map((around) => splitBetween(line, around));
	expect(outcomes[0]).toEqual(outcomes[1]!);
	return outcomes[0]!;
}

/** What lies around the line must neither be read nor written. */
function splitBetween(line: string, around: string): string[] | null {
	const bytes = new Uint8Array(toBytes(around + line + around));
	const words: string[] = [];
	const ranges = { addRange: (start: number, end: number) => words.push(latin1(bytes, start, end)) };
	const balanced = splitInline(bytes, around.length, around.length + line.length, ranges);
	expect(latin1(bytes, 0, around.length)).toBe(around);
	expect(latin1(bytes, bytes.length - around.length, bytes.length)).toBe(around);
	return balanced ? words : null;
}

// As a genuine server splits them.
const lines: readonly (readonly [line: string, words: readonly string[] | null])[] = [
	["", []],
	[" \t\v\f\r ", []],
	["PING", ["PING"]],
	["  SET \t key  value ", ["SET", "key", "value"]],
	["ECHO x\ry", ["ECHO", "x", "y"]],
	["\v\fECHO x", ["ECHO", "x"]],
	['ECHO "a b"', ["ECHO", "a b"]],
	["ECHO 'a b'", ["ECHO", "a b"]],
	['"ECHO" x', ["ECHO", "x"]],
	['ECHO a"b c"', ["ECHO", "ab c"]],
	["ECHO a'b c' d", ["ECHO", "ab c", "d"]],
	['ECHO ""', ["ECHO", ""]],
	["ECHO '' ''", ["ECHO", "", ""]],
	['ECHO "x"\vy', ["ECHO", "x", "y"]],
	['ECHO "\\n\\r\\t\\b\\a\\q\\\\\\""', ["ECHO", '\n\r\t\b\x07q\\"']],
	["ECHO 'a\\'b\\n\\\\ '", ["ECHO", "a'b\\n\\\\ "]],
	["ECHO 'a\\\\'", null],
	['ECHO "\\x41\\x00\\xfF"', ["ECHO", "A\0\xff"]],
	['ECHO "\\x4g\\xzz\\x4"', ["ECHO", "x4gxzzx4"]],
	["ECHO \\x41 \\n", ["ECHO", "\\x41", "\\n"]],
	["ECHO \xff\x80", ["ECHO", "\xff\x80"]],
	["ECHO \"a'b\" 'a\"b'", ["ECHO", "a'b", 'a"b']],
	['ECHO "a', null],
	["ECHO 'a", null],
	['ECHO "a"b', null],
	["ECHO 'a'b", null],
	['ECHO "a""b"', null],
	['ECHO "a\\', null],
	['ECHO "\\x4', null],
	['ECHO "\\x', null],
	["ECHO 'a\\'", null],
	['ECHO "a\\"', null],
	['"', null],
];

describe("a line", () => {
	test.each(lines)("%j is %j", (line, words) => {
		expect(split(line)).toEqual(words === null ? null : [...words]);
	});

	// These two bytes separate words only at the start of one and behind quotes.
	test("keeps vertical tabs and form feeds inside words", () => {
		expect(split("ECHO a\vb\fc\v")).toEqual(["ECHO", "a\vb\fc\v"]);
	});
});
