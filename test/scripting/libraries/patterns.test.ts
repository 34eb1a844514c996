/** Our pattern matching beside that of Lua itself: the same results and errors, however often it is interrupted. */
import { expect, test } from "bun:test";
import { bytesOf } from "../../../src/bytes/ascii.ts";
import { Random } from "../../../src/bytes/random.ts";
import { Patterns } from "../../../src/scripting/libraries/patterns.ts";
import { GLOBALS, LuaState } from "../../../src/scripting/lua/state.ts";
import { luaModule } from "../../../src/server/real/lua.ts";

/** Calls functions of strings by name and tells all that comes of it. */
const harness = `
local function told(isFine, ...)
	local all = { tostring(isFine) }
	for i = 1, select("#", ...) do all[#all + 1] = type((select(i, ...))) .. ":" .. tostring((select(i, ...))) end
	return table.concat(all, "|")
end
local replacements = {
	f = function(a, b) if a == "a" then return nil end return (a or "") .. "<" .. tostring(b) end,
	b = function(a) return a == "b" end,
	t = setmetatable({ a = "x", ab = 7, [1] = "one" }, { __index = function(_, k) return #tostring(k) > 1 and k .. "!" or nil end }),
}
return function(name, ...)
	if name == "gmatch" then
		return told(pcall(function(s, p)
			local found = {}
			for a, b, c in string.gmatch(s, p) do found[#found + 1] = tostring(a) .. "," .. tostring(b) .. "," .. tostring(c) end
			return table.concat(found, ";")
		end, ...))
	end
	if name == "gsub" then
		local s, p, r, n = ...
		return told(pcall(string.gsub, s, p, replacements[r] or r, n))
	end
	return told(pcall(string[name], ...))
end
`;

interface Side {
	readonly lua: LuaState;
	/** How often the function at work was to be interrupted. */
	looks: number;
}

function side(stepsBetween: number | null): Side {
	const lua = new LuaState(luaModule(), 64 << 20);
	const { lua: api, main } = lua;
	for (const open of [api.luaopen_base, api.luaopen_table, api.luaopen_string]) open(main);
	api.lua_settop(main, 0);
	const one = { lua, looks: 0 };
	if (stepsBetween !== null) {
		const endurance = {
			mustLeave: () => {
				one.looks++;
				return false;
			},
			leave: () => 0,
		};
		lua.getField(main, GLOBALS, "string");
		new Patterns(lua, endurance, 0, stepsBetween).open(main);
		api.lua_settop(main, 0);
	}
	expect(lua.load(main, bytesOf(harness), "@test")).toBe(true);
	expect(api.lua_pcall(main, 0, 1, 0)).toBe(0);
	return one;
}

function call({ lua }: Side, words: readonly (string | number)[]): string {
	const { lua: api, main } = lua;
	api.lua_pushvalue(main, 1);
	for (const word of words) {
		if (typeof word === "number") api.lua_pushnumber(main, word);
		else lua.pushText(main, word);
	}
	expect(api.lua_pcall(main, words.length, 1, 0)).toBe(0);
	const text = lua.text(main, -1);
	api.lua_settop(main, 1);
	return text;
}

const pick = <T>(random: Random, some: readonly T[]): T => some[random.below(some.length)]!;

const singles = [
	"a",
	"b",
	".",
	"%a",
	"%d",
	"%W",
	"%s",
	"[ab]",
	"[^a]",
	"[a-c]",
	"[%d-]",
	"[]]",
	"[^]a]",
	"%.",
	"%%",
	"1",
];
const suffixes = ["", "", "", "*", "+", "-", "?"];
const odd = [
	"(",
	")",
	"()",
	"%1",
	"%2",
	"%b()",
	"%bab",
	"%f[a]",
	"%f[^%z]",
	"$",
	"^",
	"%",
	"[",
	"[a",
	"[%",
	"%b",
	"%f",
	"%z",
	"\0",
	"-",
];

function pattern(random: Random): string {
	let text = random.below(5) === 0 ? "^" : "";
	for (let i = random.below(7); i >= 0; i--) {
		const kind = random.below(10);
		if (kind === 0) text += pick(random, odd);
		else if (kind < 3) text += `(${pick(random, singles)}${pick(random, suffixes)})`;
		else text += pick(random, singles) + pick(random, suffixes);
	}
	return random.below(6) === 0 ? `${text}$` : text;
}

function subject(random: Random): string {
	let text = "";
	for (let i = random.below(14); i > 0; i--)
		text += pick(random, ["a", "b", "ab", "c", "1", "(", ")", " ", "]", "-", "\0", "é"]);
	return text;
}

const replacements = ["x", "", "%0", "%1", "<%1%2>", "%%", "%3", "%", "%a", "f", "b", "t", 5];

test("30,000 calls with random patterns end as in Lua itself", () => {
	const random = new Random(7);
	const original = side(null);
	const ours = [side(1), side(5), side(1_000_000)];
	const outcomes = { found: 0, none: 0, failed: 0 };
	for (let i = 0; i < 30_000; i++) {
		const words: (string | number)[] = [
			pick(random, ["find", "match", "gmatch", "gsub"]),
			subject(random),
			pattern(random),
		];
		if (words[0] === "gsub") words.push(pick(random, replacements));
		if (words[0] !== "gmatch" && random.below(3) === 0) words.push(random.below(12) - 4);
		if (words[0] === "find" && words.length === 4 && random.below(4) === 0) words.push(1);
		const expected = call(original, words);
		if (expected.startsWith("false")) outcomes.failed++;
		else if (expected === "true|nil:nil") outcomes.none++;
		else outcomes.found++;
		for (const one of ours) expect([words, call(one, words)]).toEqual([words, expected]);
	}
	expect(Math.min(...Object.values(outcomes))).toBeGreaterThan(1000);
	expect(ours[0]!.looks).toBeGreaterThan(10_000);
	expect(ours[2]!.looks).toBe(0);
});

test("arguments that are none are refused as in Lua itself", () => {
	const original = side(null);
	const ours = side(5);
	for (const words of [
		["find"],
		["find", "a"],
		["match", "a"],
		["gsub", "a", "b"],
		["gmatch", "a"],
		["find", "a", "a", "x"],
		["find", 12321, 23],
		["find", 12321, 2, 3],
		["match", "a12", "%d+", "2"],
		["gsub", 12321, 2, 7],
		["gsub", "a", "a", "b", "x"],
		["find", "aXa", "a", 1e300],
		["find", "aXa", "a", -1e300],
		["find", "a\0b.", "a\0b."],
		["match", "a".repeat(40), "()".repeat(33)],
		["match", "a".repeat(40), "()".repeat(32)],
		["find", "aaab", "aab", 1, "yes"],
		["find", "", "", 1, "yes"],
		["find", "abc", "", 10],
	]) {
		expect([words, call(ours, words)]).toEqual([words, call(original, words)]);
	}
});
