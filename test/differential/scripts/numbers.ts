/** Scripts about numbers and strings: formats, conversions, patterns, the libraries string, table and math. */
import { exact } from "../compare.ts";
import type { Group } from "../generate.ts";
import type { Source } from "../source.ts";
import { fixed, type Step } from "../step.ts";
import { finiteNumber, luaString, number, prelude, scalar, string } from "./lua-text.ts";

const show = (expression: string): Step => fixed(exact, "EVAL", `${prelude}return all(${expression})`, "0");

function directive(source: Source): string {
	const flags = source.several(0, 2, () => source.choose(["-", "+", " ", "#", "0"])).join("");
	const width = source.chance(40) ? String(source.below(source.chance(5) ? 200 : 30)) : "";
	const precision = source.chance(40)
		? `.${source.chance(90) ? source.below(25) : source.choose(["", "99", "100"])}`
		: "";
	const letter = source.chance(96) ? source.choose([..."diucxXoeEfgGqs%"]) : source.choose([..."aAnplzL\0 "]);
	return `%${flags}${width}${precision}${letter}`;
}

function format(source: Source): Step {
	const directives = source.several(1, 3, () => source.choose(["", "a", "\0"]) + directive(source));
	const values = source.several(0, 4, () => (source.chance(70) ? finiteNumber(source) : scalar(source)));
	const args = [
		luaString(directives.join("")),
		...values.map((text) => text.replace(/^(nil|math\.floor|function.*)$/, "'x'")),
	];
	return show(`string.format(${args.join(",")})`);
}

function conversion(source: Source): Step {
	const text = source.choose([
		() => luaString(source.float()),
		() => luaString(source.integer()),
		() => string(source),
	])();
	const base = source.choose(["", "", "", ",10", ",16", ",2", ",36", ",37", ",1", ",8", ",-1", ",'16'"]);
	return show(
		source.choose([
			() => `tostring(${number(source)})`,
			() => `${number(source)} .. ''`.replace(/^(-?\d\S*) /, "($1) "),
			() => `tonumber(${text}${base})`,
			() => `tonumber(${finiteNumber(source)}${base})`,
			() => `${text} + ${finiteNumber(source)}`,
			() => `${text} * 1`,
			() => `-${text}`,
		])(),
	);
}

function arithmetic(source: Source): Step {
	const operator = source.choose(["+", "-", "*", "/", "%", "==", "<", "<=", "~=", ">="]);
	const name = source.choose([
		"floor",
		"ceil",
		"abs",
		"fmod",
		"modf",
		"frexp",
		"ldexp",
		"sqrt",
		"max",
		"min",
		"deg",
		"rad",
	]);
	if (source.chance(50)) return show(`(${number(source)}) ${operator} (${number(source)})`);
	if (source.chance(10)) {
		const calls = source.several(
			1,
			4,
			() => `math.random(${source.choose(["", "1", "10", "5,9", "0", "9,5", "1e9"])})`,
		);
		const seed = source.chance(50) ? `math.randomseed(${finiteNumber(source)}) ` : "";
		return fixed(exact, "EVAL", `${prelude}${seed}return all(${calls.join(",")})`, "0");
	}
	const args = source.several(0, 3, () => (source.chance(90) ? finiteNumber(source) : string(source)));
	if (name === "ldexp" && args.length > 1) args[1] = String(source.between(-1100, 1100));
	return show(`math.${name}(${args.join(",").replace(/\d+\*2\^-?\d+/g, "77")})`);
}

const patternPieces = [
	..."a b c . %a %d %s %w %x %p %u %l %c %z %A %W [ab] [^a] [a-c] [%w_] [^%s] (a) (.) () (.-) (%w+) %1 %b() %b[] %f[%w]".split(
		" ",
	),
	..."a* a+ a- a? .* .- .+ [ab]* ^ $ ^a a$ %% %. [ ( ) % [^] [] %2 %b %f [a".split(" "),
];

function patterns(source: Source): Step {
	const pattern = luaString(source.several(1, 4, () => source.choose(patternPieces)).join(""));
	const subject = source.chance(70) ? luaString(source.letters(source.below(20))) : string(source);
	const replacement = source.choose([
		() => luaString(source.choose(["", "x", "%0", "%1", "%2", "<%1>", "%", "%%", "%a"])),
		() => "{a='A',b=false,ab=5}",
		() => "function(x,y) return type(x)=='string' and #x>1 and x..'!' or nil end",
		() => "function() return {} end",
		() => "7",
	])();
	const start = source.choose(["", "", `,${source.between(-5, 8)}`, `,${source.between(-5, 8)},true`]);
	return show(
		source.choose([
			() => `string.find(${subject},${pattern}${start})`,
			() => `string.match(${subject},${pattern}${start.replace(",true", "")})`,
			() => `string.gsub(${subject},${pattern},${replacement}${source.choose(["", "", ",1", ",0", ",-1"])})`,
			() =>
				`(function() local r={} for a,b in string.gmatch(${subject},${pattern}) do r[#r+1]={a,b} if #r>50 then break end end return r end)()`,
		])(),
	);
}

const small = (source: Source) =>
	source.choose(["0", "1", "2", "-1", "-2", "3", "5", "-7", "1.5", "'2'", "100", "nil", "{}"]);

function libraries(source: Source): Step {
	const list = `{${source.several(0, 8, () => (source.chance(85) ? String(source.between(-9, 9)) : scalar(source))).join(",")}}`;
	return show(
		source.choose([
			() => `string.sub(${string(source)},${small(source)},${small(source)})`,
			() => `string.byte(${string(source)},${small(source)},${small(source)})`,
			() => `string.char(${source.several(0, 4, () => String(source.between(-1, 257))).join(",")})`,
			() => `string.rep(${string(source)},${small(source)})`,
			() =>
				`string.${source.choose(["upper", "lower", "reverse", "len"])}(${scalar(source)})`.replace(
					"function() end",
					"{}",
				),
			() => `#${list}`,
			() => `table.concat(${list},${string(source)}${source.choose(["", ",2", ",0,1", ",1,3"])})`,
			() => `(function(t) table.sort(t${source.choose(["", ",function(a,b) return a>b end"])}) return t end)(${list})`,
			() => `(function(t) return t,table.remove(t,${small(source)}),table.insert(t,${scalar(source)}) end)(${list})`,
			() => `(function(t) table.insert(t,${small(source)},'x') return t,table.maxn(t) end)(${list})`,
			() => `unpack(${list}${source.choose(["", ",1", ",0,2", ",2,5", ",-1,1", ",5,1"])})`,
			() => `select(${source.choose(["'#'", small(source), small(source)])},${scalar(source)},${scalar(source)})`,
			() => `next(${list}${source.choose(["", ",1", ",99", ",nil"])})`,
			() => `type(${source.choose([scalar(source), ""])})`,
			() => `rawequal(${scalar(source)},${scalar(source)}),rawget(${list},${small(source)})`,
		])(),
	);
}

export const numbersGroup: Group = {
	name: "numbers",
	makers: [
		{ weight: 30, make: format },
		{ weight: 30, make: conversion },
		{ weight: 20, make: arithmetic },
		{ weight: 20, make: patterns },
		{ weight: 30, make: libraries },
	],
};
