/** The bitmap group. */
import { exact } from "../compare.ts";
import type { Group } from "../generate.ts";
import type { Source } from "../source.ts";
import { fixed, one } from "../step.ts";

// Of a bit that may be written: small, or beyond the longest string, so that no run allocates hundreds of megabytes.
const hostileBits = [
	..."-1 -8 4294967296 4294967297 34359738368 9007199254740993 9223372036854775807 9223372036854775808".split(" "),
	..."-9223372036854775808 1.5 1e2 +1 01 0x10 abc - inf".split(" "),
	"",
	" 1",
	"1 ",
	"1\x00",
];

// Counted in fields. Where the product with the width overflows, Redis goes on with what is left of it, which is right for
// none of them; these are refused by both.
const hostileFieldPlaces = [
	..."#-1 # ## #abc #1.5 #+1 #01 #4294967296 #9007199254740993 #9223372036854775807".split(" "),
	"#9223372036854775808",
	"# 1",
	"#1\x00",
];

const hostileTypes = [
	..."i0 u0 i65 u64 u65 i-1 u-8 i u U8 I8 8 s8 i+8 u08 i8.0 u9223372036854775807 i99999999999999999999".split(" "),
	"",
	"u8\x00x",
	"i\x008",
	" u8",
	"u8 ",
];

const wideValues = [
	..."127 128 255 256 -128 -129 32767 65535 2147483647 2147483648 -2147483648 4294967295 4294967296".split(" "),
	..."9007199254740991 9007199254740992 9007199254740993 -9007199254740992 4503599627370495 4503599627370496".split(
		" ",
	),
	..."-4503599627370496 -4503599627370497 4611686018427387904 9223372036854775806 9223372036854775807".split(" "),
	..."-9223372036854775807 -9223372036854775808".split(" "),
];

function bit(source: Source): string {
	const pick = source.below(20);
	if (pick === 0) return source.choose(hostileBits);
	if (pick < 12) return String(source.below(100));
	return String(source.below(source.choose([1000, 33_000, 40_000, 700_000])));
}

function fieldPlace(source: Source): string {
	if (source.chance(70)) return bit(source);
	return source.chance(85) ? `#${source.below(200)}` : source.choose(hostileFieldPlaces);
}

function fieldType(source: Source): string {
	const pick = source.below(20);
	if (pick === 0) return source.choose(hostileTypes);
	if (pick < 8)
		return source.choose(["u8", "i8", "u16", "i16", "u32", "i32", "i64", "u63", "i53", "u53", "i54", "u54"]);
	return source.chance(50) ? `i${source.between(1, 64)}` : `u${source.between(1, 63)}`;
}

function fieldValue(source: Source): string {
	const pick = source.below(10);
	if (pick < 2) return source.integer();
	if (pick < 5) return source.choose(wideValues);
	return String(source.between(-300, 300));
}

function fieldOperation(source: Source): string[] {
	const place = [fieldType(source), fieldPlace(source)];
	const pick = source.below(20);
	if (pick < 5) return [source.word("GET"), ...place];
	if (pick < 9) return [source.word("SET"), ...place, fieldValue(source)];
	if (pick < 15) return [source.word("INCRBY"), ...place, fieldValue(source)];
	if (pick < 19) return [source.word("OVERFLOW"), source.word(source.choose(["WRAP", "SAT", "FAIL", "FAIL", "SAT"]))];
	return source.choose([["OVERFLOW", "FOO"], ["GET"], [source.junk()], ["OVERFLOW"]]);
}

function getOperation(source: Source): string[] {
	if (source.chance(95)) return [source.word("GET"), fieldType(source), fieldPlace(source)];
	return fieldOperation(source);
}

function end(source: Source): string {
	return source.chance(70) ? String(source.between(-40, 40)) : source.offset();
}

/** Up to three words of BITCOUNT and BITPOS, the last of them a unit. */
function range(source: Source): string[] {
	const unit = source.chance(90) ? source.word(source.choose(["BIT", "BYTE"])) : source.junk();
	const words = [end(source), end(source), unit];
	return words.slice(0, source.choose([0, 1, 2, 2, 3, 3, 3]));
}

/** A string of one long run, so that searching and counting go far. */
function runs(source: Source): string {
	const filler = source.choose(["\x00", "\xff", "\x55"]);
	const length = source.choose([3, 60, 255, 256, 300, 4090, 4096, 4097, 8191, 9000, 20_000, 70_000]);
	return filler.repeat(length) + (source.chance(70) ? source.bytes(source.below(4)) : "");
}

function operation(source: Source): string[] {
	const name = source.chance(95) ? source.choose(["AND", "OR", "XOR", "NOT"]) : source.junk();
	const isAlone = /^not$/i.test(name) && source.chance(85);
	return [source.word(name), source.key(), ...source.keys(isAlone ? 1 : 1, isAlone ? 1 : 5)];
}

export const bitmapGroup: Group = {
	name: "bitmap",
	makers: [
		{ weight: 12, make: (source) => fixed(exact, "SET", source.key(), runs(source)) },
		{ weight: 8, make: (source) => one(exact, "SET", source.key(), source.value()) },
		{ weight: 6, make: (source) => one(exact, "GET", source.key()) },
		{ weight: 4, make: (source) => one(exact, "DEL", source.key()) },
		{
			weight: 30,
			make: (source) =>
				one(exact, "SETBIT", source.key(), bit(source), source.choose(["0", "1", "1", source.integer()])),
		},
		{ weight: 20, make: (source) => one(exact, "GETBIT", source.key(), bit(source)) },
		{ weight: 25, make: (source) => one(exact, "BITCOUNT", source.key(), ...range(source)) },
		{
			weight: 25,
			make: (source) =>
				one(exact, "BITPOS", source.key(), source.choose(["0", "0", "1", "1", source.integer()]), ...range(source)),
		},
		{ weight: 25, make: (source) => one(exact, "BITOP", ...operation(source)) },
		{
			weight: 40,
			make: (source) =>
				one(exact, "BITFIELD", source.key(), ...source.several(0, 6, () => fieldOperation(source)).flat()),
		},
		{
			weight: 12,
			make: (source) =>
				one(exact, "BITFIELD_RO", source.key(), ...source.several(0, 4, () => getOperation(source)).flat()),
		},
	],
};
