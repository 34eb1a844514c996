import { expect, test } from "bun:test";
import { approximate, errorPrefix, exact, sorted, sortedInside, sortedPairs, typeOnly } from "./compare.ts";
import { parseTranscript } from "./transcript.ts";

const only = (line: string) => parseTranscript(line).lines[0]!;

test("comments and empty lines are passed over, line numbers kept", () => {
	const { lines, protocols } = parseTranscript("# a\n\nprotocol 3\n  PING  \n#b\nGET a");
	expect(lines.map((line) => [line.number, line.args])).toEqual([
		[4, ["PING"]],
		[6, ["GET", "a"]],
	]);
	expect(protocols).toEqual([3]);
	expect(parseTranscript("PING").protocols).toEqual([2, 3]);
});

test("verbs", () => {
	expect(only("GET a").verb).toBe(exact);
	expect(only("~ TTL a").verb).toEqual(approximate(5));
	expect(only("~100 PTTL a").verb).toEqual(approximate(100));
	expect(only("? KEYS *").verb).toBe(sorted);
	expect(only("?? SCAN 0").verb).toBe(sortedInside);
	expect(only("! FOO").verb).toBe(errorPrefix);
	expect(only("% TIME").verb).toBe(typeOnly);
	expect(only("config get a").verb).toBe(sortedPairs);
	expect(only("HELLO 3").verb.kind).toBe("normalized");
});

test("actions", () => {
	expect(only("- CLIENT REPLY OFF")).toMatchObject({ action: "command", replies: 0, args: ["CLIENT", "REPLY", "OFF"] });
	expect(only("@2 <")).toMatchObject({ action: "await", connection: 2, replies: 1 });
	expect(only("@3 ~ TTL a")).toMatchObject({ action: "command", connection: 3, args: ["TTL", "a"] });
	expect(only('raw "*1\\r\\n"')).toMatchObject({ action: "raw", replies: 1, args: ["*1\r\n"] });
	expect(only('raw*3 "a" "b"')).toMatchObject({ action: "raw", replies: 3, args: ["a", "b"] });
	expect(only('part "*1"')).toMatchObject({ action: "part", replies: 0 });
	expect(only('ECHO "a{b*3}c" {x*70000}').args).toEqual(["ECHO", "abbbc", "x".repeat(70_000)]);
	expect(() => parseTranscript('ECHO "a')).toThrow();
});
