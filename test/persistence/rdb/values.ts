/** Values of every type, encoding and size that matters to how they are saved, as the commands that make them. */

export interface SampleValue {
	readonly name: string;
	/** Of the key "k". */
	readonly commands: readonly (readonly (string | number)[])[];
	/** Members of hash tables have no order, 7.0 has no listpacks of sets, and its scores have 17 digits. */
	readonly isLoose?: boolean;
}

const x = (length: number, letter = "x"): string => letter.repeat(length);
const numbered = <T>(count: number, make: (index: number) => T): T[] =>
	Array.from({ length: count }, (_, i) => make(i));

/** Letters in a fixed order that compresses a little. */
function letters(length: number): string {
	let state = length;
	return numbered(length, () => {
		state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
		return String.fromCharCode(97 + ((state >> 16) % 7));
	}).join("");
}

const int8 = ["0", "1", "-1", "127", "128", "-128", "-129"];
const int16 = ["255", "256", "4095", "4096", "-4096", "-4097", "32767", "32768", "-32768", "-32769"];
const int32 = ["8388607", "8388608", "-8388608", "-8388609", "2147483647", "2147483648", "-2147483648", "-2147483649"];
const int64 = ["9007199254740993", "-9007199254740993", "9223372036854775807", "-9223372036854775808"];
const noIntegers = ["9223372036854775808", "01", "-0", "+1", " 1", "1 ", "1.5", "abc", "-", ""];
const integers = [...int8, ...int16, ...int32, ...int64];
const binary = "\x00\xff\x80\r\n";
const lengths = [20, 21, 44, 45, 63, 64, 4096, 4097, 16_383, 16_384, 70_000, 300_000];

const alphabet = "abcdefghijklmnopqrstuvwxyz";

const strings: SampleValue[] = [
	...[...integers, ...noIntegers, binary].map((value) => string(JSON.stringify(value), value)),
	...lengths.map((length) => string(`${length} equal bytes`, x(length))),
	...[21, 30, 100, 1000, 5000, 50_000].map((length) => string(`${length} letters`, letters(length))),
	...numbered(9, (i) => string(`an end of ${i + 16} bytes seen before`, alphabet + alphabet.slice(1, 17 + i))),
	string("zeros between", binary + x(50, "\x00") + binary),
	{ name: "a string set bit by bit", commands: [["SETBIT", "k", 10_000, 1]] },
	{ name: "a HyperLogLog", commands: [["PFADD", "k", "a", "b", "c"]] },
	{
		name: "an appended number",
		commands: [
			["SET", "k", "12"],
			["APPEND", "k", "34"],
		],
	},
];

function string(name: string, value: string): SampleValue {
	return { name: `a string: ${name}`, commands: [["SET", "k", value]] };
}

const elements = ["", "a", x(63), x(64), x(126), x(127), x(4095), x(4096), x(20_000), binary, letters(300)];

function list(name: string, ...values: (string | number)[]): SampleValue {
	return { name: `a list of ${name}`, commands: [["RPUSH", "k", ...values]] };
}

const lists: SampleValue[] = [
	list("integers", ...integers, ...noIntegers),
	list("strings", ...elements),
	list("one empty element", ""),
	list("20 elements", ...numbered(20, (i) => `el${i}`)),
	list("3,000 elements", ...numbered(3000, (i) => `el${i}`)),
	list("30,000 elements", ...numbered(30_000, (i) => `element:${i * 7}`)),
	list("long elements", ...numbered(100, (i) => x(1000, String.fromCharCode(65 + (i % 26))))),
	list("a node and one byte", x(8000), x(170), "a", x(8179), x(8180), "b"),
];

function set(name: string, ...members: (string | number)[]): SampleValue {
	return { name: `a set of ${name}`, commands: [["SADD", "k", ...members]] };
}

const sets: SampleValue[] = [
	set("one integer", 7),
	set("integers of 16 bits", 1, 2, 3, -5, 32_767, -32_768),
	set("integers of 32 bits", 1, 70_000, 3, -5),
	set("integers of 64 bits", 1, 70_000, ...int64),
	set("512 integers", ...numbered(512, (i) => i * 3)),
	set("512 wide integers", ...numbered(512, (i) => String(9_000_000_000_000_000_000n + BigInt(i)))),
	{ ...set("one string", "abc"), isLoose: false },
	{ ...set("strings", "a", "b", "c", "12", "", binary), isLoose: true },
	{ ...set("1,000 strings", ...numbered(1000, (i) => `m${i}`)), isLoose: true },
	{ ...set("1,000 integers", ...numbered(1000, (i) => i)), isLoose: true },
	{ ...set("long strings", x(5000), x(70_000), "a"), isLoose: true },
];

function sortedSet(name: string, ...words: (string | number)[]): SampleValue {
	return { name: `a sorted set of ${name}`, commands: [["ZADD", "k", ...words]] };
}

const sortedSets: SampleValue[] = [
	sortedSet("integers by integers", ...integers.flatMap((value, i) => [i * 1000 - 3, value])),
	sortedSet(
		"extremes",
		...["inf", "-inf", "0", "-0", "4611686018427387904", "9007199254740993"].flatMap((s) => [s, s]),
	),
	sortedSet("halves", 0.5, "a", 1.25, "b", -2.75, ""),
	{ ...sortedSet("fractions", 0.1, "a", "1e300", "b", 3.3, "c", "5e-324", "d"), isLoose: true },
	sortedSet("a long member", 1, x(65), 2, "b", 0.1, "c", "-inf", "d"),
	{ ...sortedSet("500 members", ...numbered(500, (i) => [i / 7, `m${i}`]).flat()), isLoose: true },
	{ ...sortedSet("huge members", 1, x(5000), 2, x(70_000)), isLoose: true },
];

function hash(name: string, ...words: (string | number)[]): SampleValue {
	return { name: `a hash of ${name}`, commands: [["HSET", "k", ...words]] };
}

const hashes: SampleValue[] = [
	hash("a few fields", "f", "v", "g", 12, "", "", binary, x(64)),
	hash("100 fields", ...numbered(100, (i) => [`f${i}`, i * i]).flat()),
	hash("a long value", "f", x(65)),
	{ ...hash("600 fields", ...numbered(600, (i) => [`f${i}`, i * i]).flat()), isLoose: true },
	{ ...hash("huge values", "f", x(10_000), "g", "1", x(70_000), letters(70_000)), isLoose: true },
];

const entries = (count: number) =>
	numbered(count, (i) => ["XADD", "k", `${1000 + i * 3}-${i % 5}`, "sensor", `t${i % 3}`, "value", i * 7]);

const streams: SampleValue[] = [
	{ name: "a stream of one entry", commands: [["XADD", "k", "1-1", "a", "1"]] },
	{
		name: "a stream of other fields",
		commands: [
			["XADD", "k", "1-1", "a", "1", "b", "xyz"],
			["XADD", "k", "1-2", "a", "2", "b", "xyz"],
			["XADD", "k", "5-2", "c", binary],
			["XADD", "k", "1000000-0", "a", "-7", "b", ""],
		],
	},
	{ name: "a stream of many entries", commands: entries(250) },
	{ name: "a stream with holes", commands: [...entries(20), ["XDEL", "k", "1003-1", "1006-2"]] },
	{ name: "a trimmed stream", commands: [...entries(250), ["XTRIM", "k", "MAXLEN", "120"]] },
	{
		name: "an empty stream",
		commands: [
			["XADD", "k", "1-1", "a", "b"],
			["XDEL", "k", "1-1"],
		],
	},
	{ name: "a stream that never had an entry", commands: [["XGROUP", "CREATE", "k", "g", "$", "MKSTREAM"]] },
	{
		name: "a stream of the greatest ids",
		commands: [
			["XADD", "k", "4294967296-4294967295", "a", "b"],
			["XADD", "k", "9223372036854775807-9223372036854775807", "a", "b"],
			["XADD", "k", "18446744073709551615-5", "a", "b"],
			["XADD", "k", "18446744073709551615-18446744073709551614", "a", "b"],
		],
	},
	{
		name: "a stream with groups",
		commands: [
			...entries(10),
			["XGROUP", "CREATE", "k", "one", "0"],
			["XGROUP", "CREATE", "k", "two", "1003-1", "ENTRIESREAD", "2"],
			["XGROUP", "CREATE", "k", "", "$"],
		],
	},
	{ name: "a stream of long values", commands: numbered(5, (i) => ["XADD", "k", `${i + 1}-0`, "f", x(3000 * i)]) },
];

export const sampleValues: readonly SampleValue[] = [
	...strings,
	...lists,
	...sets,
	...sortedSets,
	...hashes,
	...streams,
];
