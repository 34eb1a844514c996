/** KEYS and ARGV are those of the call, whatever the scripts before it have done to theirs. */
import { expect, test } from "bun:test";
import { ScriptClient } from "../support/script-client.ts";

/** What there is in KEYS and ARGV, by any key, and whether somebody listens. */
const LOOK = `local function look(words)
  local found = {#words, tostring(getmetatable(words))}
  for key, value in pairs(words) do found[#found + 1] = tostring(key) .. '=' .. tostring(value) end
  return table.concat(found, ' ')
end
return look(KEYS) .. ' | ' .. look(ARGV)`;

const spoilers = [
	"return 1",
	"KEYS[1] = nil",
	"ARGV[2] = nil",
	"KEYS[2] = 'more'",
	"KEYS.name = 'x' ARGV.name = nil",
	"ARGV[-1] = 1 ARGV[-1] = nil",
	"setmetatable(KEYS, {__index = function() return 'there' end})",
	"setmetatable(ARGV, {__newindex = function() end})",
	"for i = 1, 100 do table.insert(ARGV, i) end",
	"while #ARGV > 0 do table.remove(ARGV) end",
	"table.sort(ARGV, function(a, b) return a > b end)",
	"KEYS[1] = ARGV ARGV[1] = KEYS",
	"ARGV[1] = function() return KEYS end error('behind that')",
	"local kept = KEYS coroutine.wrap(function() coroutine.yield(kept) end)()",
];

test.each(spoilers)("behind %s", (spoiler) => {
	const scripts = new ScriptClient();
	for (const [keys, argv] of [
		[["k"], ["a", "b"]],
		[["k"], ["c", "d"]],
		[["k", "l"], []],
		[[], []],
		[[], ["e"]],
	] as const) {
		scripts.eval(spoiler, keys, argv);
		const words = (list: readonly string[]) =>
			[list.length, "nil", ...list.map((word, i) => `${i + 1}=${word}`)].join(" ");
		const expected = `${words(keys)} | ${words(argv)}`;
		for (let again = 0; again < 2; again++) {
			expect(scripts.eval(LOOK, keys, argv)).toBe(`$${expected.length}\r\n${expected}\r\n`);
		}
	}
});

test("a table that comes back in a reply is that of its own call", () => {
	const scripts = new ScriptClient();
	for (const word of ["one", "two", "six"]) {
		expect(scripts.eval("return {KEYS, ARGV}", ["key"], [word])).toBe(
			`*2\r\n*1\r\n$3\r\nkey\r\n*1\r\n$3\r\n${word}\r\n`,
		);
	}
});
