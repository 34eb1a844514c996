/**
 * Pieces of Lua for random scripts: literals of every type, and what prints a value in full.
 *
 * Invariant: no piece shows an address, the version, or the time, and none asks for much memory; keys of tables are no
 * tables and no functions, whose order depends on where they lie.
 */
import type { Source } from "../source.ts";

/** A string as Lua reads it, whatever bytes it has. */
export function luaString(text: string): string {
	let quoted = "";
	for (let i = 0; i < text.length; i++) {
		const character = text[i]!;
		const isPlain = character >= " " && character <= "~" && character !== "'" && character !== "\\";
		quoted += isPlain ? character : `\\${String(text.charCodeAt(i)).padStart(3, "0")}`;
	}
	return `'${quoted}'`;
}

const specialNumbers = [
	..."0 1 -1 2 7 10 15 16 31 32 127 128 255 256 -32 -33 -128 -129 65535 65536 -32768 -32769 0.5 -0.5 1.5 -1.5".split(
		" ",
	),
	..."2^31 2^31-1 -2^31 -2^31-1 2^32 2^32-1 2^53 2^53+1 -2^53 2^62 2^63 -2^63 2^64 1e14 1e15 1e16 1e17 1e18".split(" "),
	..."1e19 1e20 1e21 1e22 1e100 1e300 -1e300 1e-5 1e-4 1e-7 1e-300 5e-324 2.2250738585072014e-308".split(" "),
	..."1/3 -1/3 2/3 0.1 0.2 0.3 0.1+0.2 123456789012345 1234567890123456 99999999999999.9 123456.789 3.14159".split(" "),
	..."16777216 16777217 3.4028234663852886e38 1e39 0x10 0xffffffff 9223372036854775807 -9223372036854775808".split(" "),
];
const infinite = ["1/0", "-1/0", "0/0", "-(0/0)", "math.huge", "-math.huge"];

export function finiteNumber(source: Source): string {
	const pick = source.below(10);
	if (pick < 4) return source.choose(specialNumbers);
	if (pick < 6) return String(source.between(-300, 300));
	if (pick < 8) return String((source.below(2 ** 31) - 2 ** 30) / 10 ** source.below(12));
	return `${source.below(2 ** 31) - 2 ** 30}*2^${source.between(-80, 80)}`;
}

export function number(source: Source): string {
	return source.chance(7) ? source.choose(infinite) : finiteNumber(source);
}

export function string(source: Source): string {
	if (source.chance(20))
		return luaString(source.choose(["", "err", "ok", "\r\n", "a\nb", "txt", "12", "0x1F", " 7 ", "1e3"]));
	return luaString(source.shortValue());
}

/** A value that is no table. */
export function scalar(source: Source): string {
	const pick = source.below(20);
	if (pick < 8) return number(source);
	if (pick < 15) return string(source);
	if (pick < 18) return source.choose(["true", "false"]);
	return source
		.choose(["nil", "nil", "cjson.null", "print_nothing", "math.floor"])
		.replace("print_nothing", "function() end");
}

const key = (source: Source): string =>
	source.choose([
		() => `[${string(source)}]`,
		() => `[${finiteNumber(source)}]`,
		() => `[${source.between(-1, 12)}]`,
		() => source.choose(["a", "b", "c", "err", "ok", "double", "map", "set", "name", "x1"]),
		() => source.choose(["[true]", "[false]"]),
	])();

/** A table with fields of its own, or one that becomes a reply of a special kind. */
function table(source: Source, depth: number): string {
	const inner = () => value(source, depth - 1);
	switch (source.below(12)) {
		case 0:
			return `{err=${source.chance(80) ? string(source) : inner()}}`;
		case 1:
			return `{ok=${source.chance(80) ? string(source) : inner()}}`;
		case 2:
			return `{double=${source.chance(80) ? number(source) : inner()}}`;
		case 3:
			return `{map=${source.chance(85) ? record(source, depth) : inner()}}`;
		case 4:
			return `{set=${source.chance(85) ? record(source, depth) : inner()}}`;
		case 5:
			return `{big_number=${source.chance(80) ? string(source) : inner()}}`;
		case 6:
			return source.chance(80)
				? `{verbatim_string={format=${luaString(source.choose(["txt", "mkd", "abc"]))},string=${string(source)}}}`
				: `{verbatim_string={format=${luaString("txt")},string=${inner()}}}`;
		case 7:
		case 8:
			return record(source, depth);
		default:
			return `{${source.several(0, 5, inner).join(",")}}`;
	}
}

export function record(source: Source, depth: number): string {
	return `{${source.several(0, 6, () => `${key(source)}=${value(source, depth - 1)}`).join(",")}}`;
}

/** A value of any type, tables within tables at most `depth` deep. */
export function value(source: Source, depth: number): string {
	return depth > 0 && source.chance(55) ? table(source, depth) : scalar(source);
}

/** A value without functions and nan: one that libraries turn into bytes. */
export function plainValue(source: Source, depth: number): string {
	const inner = () => plainValue(source, depth - 1);
	if (depth > 0 && source.chance(50)) {
		if (source.chance(50)) return `{${source.several(0, 6, inner).join(",")}}`;
		return `{${source.several(0, 6, () => `${key(source)}=${inner()}`).join(",")}}`;
	}
	const pick = source.below(10);
	if (pick < 5) return finiteNumber(source);
	if (pick < 8) return string(source);
	return source.choose(["true", "false", "nil", "cjson.null"]);
}

/** Defines d, which prints a value in full and in the order that pairs finds, and hex. */
export const prelude =
	"local function d(v,n) n=n or 0 local t=type(v) " +
	"if t=='table' then if n>20 then return '...' end local r={} " +
	"for k,x in pairs(v) do r[#r+1]=d(k,n+1)..'='..d(x,n+1) end return '{'..table.concat(r,',')..'}' end " +
	"if t=='number' then return v~=v and 'nan' or string.format('%.17g',v) end " +
	"if t=='string' then return string.format('%q',v) end " +
	"if t=='nil' or t=='boolean' then return tostring(v) end return t end " +
	"local function all(...) local r={} for i=1,select('#',...) do r[i]=d((select(i,...))) end return r end " +
	"local function hex(s) return (s:gsub('.',function(c) return string.format('%02x',c:byte()) end)) end\n";
