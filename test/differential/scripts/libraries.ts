/** Scripts about cjson, cmsgpack, struct and bit: random values, formats and settings, and input that is spoiled. */
import { exact } from "../compare.ts";
import type { Group } from "../generate.ts";
import type { Source } from "../source.ts";
import { fixed, type Step } from "../step.ts";
import { finiteNumber, luaString, number, plainValue, prelude, scalar, string, value } from "./lua-text.ts";

const script = (text: string): Step => fixed(exact, "EVAL", prelude + text, "0");

// cjson

const jsonNumbers =
	"0 1 -1 1.5 -0.5 1e5 1E+3 1e-7 12345678901234567890 0x10 01 -0 1. .5 - + NaN Infinity -inf 1e400".split(" ");
const jsonStrings = [
	"",
	"a",
	"\\n",
	'\\"',
	"\\u0041",
	"\\u00e9",
	"\\ud83d\\ude00",
	"\\ud83d",
	"\\u0000",
	"\\/",
	"\\x",
	"\x7f",
	"\xff",
	"é",
];

function json(source: Source, depth: number): string {
	const blank = source.chance(10) ? source.choose([" ", "\t", "\n", "\r", "  "]) : "";
	const text = () => `"${source.several(0, 3, () => source.choose(jsonStrings)).join("")}"`;
	if (depth > 0 && source.chance(55)) {
		const inner = () => json(source, depth - 1);
		if (source.chance(50)) return `${blank}[${source.several(0, 4, inner).join(`,${blank}`)}]`;
		return `{${source.several(0, 4, () => `${text()}${blank}:${inner()}`).join(",")}}${blank}`;
	}
	const pick = source.below(10);
	if (pick < 4) return blank + (source.chance(60) ? String(source.between(-99, 999)) : source.choose(jsonNumbers));
	if (pick < 7) return text() + blank;
	return source.choose(["true", "false", "null", "null"]);
}

/** The text, in a third of all cases with a byte taken out, put in or changed. */
function spoilt(source: Source, text: string): string {
	if (source.chance(66) || text === "") return text;
	const at = source.below(text.length);
	const junk = source.choose([...'{}[],:"\\ x0-t\0\x01\xff']);
	if (source.chance(30)) return text.slice(0, at);
	return text.slice(0, at) + (source.chance(70) ? junk : "") + text.slice(at + source.below(2));
}

const settings: readonly ((source: Source) => string)[] = [
	(source) =>
		`encode_sparse_array(${source.choose(["true", "false", "nil", "'on'", "'x'"])}${source.choose(["", ",0", ",2,3", ",1,0", ",-1"])})`,
	(source) => `encode_max_depth(${source.choose(["1", "2", "5", "1000", "0", "'3'", "-1", "1.5", "2^31"])})`,
	(source) => `decode_max_depth(${source.choose(["1", "2", "5", "1000", "0", "{}"])})`,
	(source) => `encode_number_precision(${source.choose(["1", "3", "10", "14", "15", "16", "17", "0"])})`,
	(source) => `encode_keep_buffer(${source.choose(["true", "false", "'off'", "nil", "5"])})`,
	(source) => `encode_invalid_numbers(${source.choose(["true", "false", "'null'", "'on'", "'y'"])})`,
	(source) => `decode_invalid_numbers(${source.choose(["true", "false", "'off'"])})`,
];

/** Settings of a library of one's own; those of the server's would outlive a script. */
function configured(source: Source): string {
	if (source.chance(60)) return "local c=cjson ";
	const calls = source.several(1, 2, () => `r[#r+1]=all(c.${source.choose(settings)(source)})`);
	return `local c=cjson.new() local r={} ${calls.join(" ")} `;
}

function encode(source: Source): Step {
	const given = source.chance(80) ? plainValue(source, 4) : value(source, 3);
	return script(`${configured(source)}return c.encode(${given})`);
}

function decode(source: Source): Step {
	const text = luaString(spoilt(source, json(source, 4)));
	if (source.chance(25)) return script(`${configured(source)}return c.encode(c.decode(${text}))`);
	return script(`${configured(source)}return d(c.decode(${text}))`);
}

// cmsgpack

const heads = [
	0xc0, 0xc1, 0xc2, 0xc4, 0xc5, 0xc7, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf, 0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd9, 0xda,
];
const containers = [0x80, 0x81, 0x82, 0x90, 0x91, 0x93, 0xdc, 0xde, 0xa0, 0xa1, 0xa3, 0xe0, 0x7f];

function messagePack(source: Source): string {
	const piece = () => {
		const pick = source.below(10);
		if (pick < 3) return String.fromCharCode(source.choose(heads));
		if (pick < 5) return String.fromCharCode(source.choose(containers));
		if (pick < 7) return `\x00${String.fromCharCode(source.below(4))}`;
		return pick < 8 ? source.bytes(source.below(9)) : "\x01a";
	};
	return source.several(0, 6, piece).join("");
}

function msgpack(source: Source): Step {
	const values = source.several(0, 3, () => plainValue(source, 4)).join(",");
	const limits = source.several(0, 2, () => source.choose(["0", "1", "2", "3", "-1", "100", "'1'", "1.5"]));
	const input = source.chance(60) ? luaString(messagePack(source)) : `cmsgpack.pack(${values || "1"})`;
	return script(
		source.choose([
			() => `return hex(cmsgpack.pack(${values}))`,
			() => `return hex(cmsgpack.pack(${values}))`,
			() => `return all(cmsgpack.unpack(${input}))`,
			() => `return all(cmsgpack.unpack_one(${[input, ...limits.slice(1)].join(",")}))`,
			() => `return all(cmsgpack.unpack_limit(${[input, ...limits].join(",")}))`,
			() => `return all(cmsgpack.unpack(string.sub(${input},1,${source.between(-6, 6)})))`,
			() => `local t={} for i=1,${source.below(40)} do t={t,a=i} end return hex(cmsgpack.pack(t))`,
		])(),
	);
}

// struct

function structFormat(source: Source): string {
	const option = () => {
		const pick = source.below(20);
		if (pick < 10) return source.choose([..."bBhHlLTfdxsi"]);
		if (pick < 14) return source.choose(["i1", "I2", "i3", "I4", "i5", "i6", "I7", "i8", "I8", "i16", "I32"]);
		if (pick < 16) return source.choose(["c0", "c1", "c3", "c", "c10"]);
		if (pick < 18) return source.choose([">", "<", "!", "!1", "!2", "!4", "!8", "!16", " "]);
		return source.choose(["!3", "i33", "c99999999999", "q", "%", "z", "i0", "=", "\0", "Bc0", "bs"]);
	};
	return source.several(0, 6, option).join("");
}

function struct(source: Source): Step {
	const format = luaString(structFormat(source));
	// What C makes of a double that fits no integer is not defined.
	const sane = () =>
		source.choose([
			() => String(source.between(-70000, 70000)),
			() => "1.5",
			() => "2^31",
			() => "-2^40",
			() => string(source),
		])();
	return script(
		source.choose([
			() => `return hex(struct.pack(${[format, ...source.several(0, 7, sane)].join(",")}))`,
			() =>
				`return all(struct.unpack(${format},${luaString(source.bytes(source.below(60)))}${source.choose(["", "", ",1", ",5", ",0", ",-1", ",100"])}))`,
			() => `return all(struct.unpack(${format},struct.pack(${[format, ...source.several(4, 7, sane)].join(",")})))`,
			() => `return all(struct.size(${format}))`,
		])(),
	);
}

// bit

function bit(source: Source): Step {
	const operand = () =>
		source.chance(90) ? finiteNumber(source) : source.choose([string(source), number(source), "nil", "{}"]);
	const name = source.choose("tobit bnot band bor bxor lshift rshift arshift rol ror bswap tohex".split(" "));
	return script(`return all(bit.${name}(${source.several(source.chance(90) ? 1 : 0, 3, operand).join(",")}))`);
}

/** Libraries given anything at all. */
function anything(source: Source): Step {
	const name = source.choose([
		..."cjson.encode cjson.decode cmsgpack.pack cmsgpack.unpack struct.pack struct.unpack".split(" "),
		..."struct.size bit.band redis.sha1hex redis.log redis.set_repl redis.setresp redis.status_reply".split(" "),
		..."redis.replicate_commands redis.breakpoint redis.debug redis.acl_check_cmd tonumber tostring ipairs pairs".split(
			" ",
		),
		..."setmetatable getmetatable rawset rawget coroutine.create coroutine.status loadstring xpcall pcall".split(" "),
	]);
	const given = source.several(0, 3, () => (source.chance(70) ? scalar(source) : plainValue(source, 2)));
	const args = name === "tostring" ? given.map((text) => (/^[{fm]/.test(text) ? "1" : text)) : given;
	return script(
		`local function t(...) local r={} for i=1,select('#',...) do r[i]=type((select(i,...))) end return r end return t(${name}(${args.join(",")}))`,
	);
}

export const librariesGroup: Group = {
	name: "libraries",
	makers: [
		{ weight: 25, make: encode },
		{ weight: 25, make: decode },
		{ weight: 30, make: msgpack },
		{ weight: 30, make: struct },
		{ weight: 15, make: bit },
		{ weight: 15, make: anything },
	],
};
