import { describe, expect, test } from "bun:test";
import { BATCH_COMMANDS_MAX, RequestParser } from "../../src/resp/request-parser.ts";
import { commandText, toBytes } from "../support/wire.ts";
import { parseAll, ways } from "./parsing.ts";

const get = commandText(["GET", "key"]);
const binary = commandText(["SET", "\r\n$3\r\n", "\0\xff*1\r\n"]);

/** Streams and what is in them. */
const streams: readonly (readonly [name: string, input: string, commands: readonly (readonly string[])[]])[] = [
	["one command", get, [["GET", "key"]]],
	["a pipeline", get + get + commandText(["PING"]), [["GET", "key"], ["GET", "key"], ["PING"]]],
	["no argument, empty arguments", commandText([""]) + commandText(["", "", ""]), [[""], ["", "", ""]]],
	[
		"bytes that look like protocol",
		binary + get,
		[
			["SET", "\r\n$3\r\n", "\0\xff*1\r\n"],
			["GET", "key"],
		],
	],
	[
		"arguments of 9, 10, 99, 100 and 1000 bytes",
		commandText([9, 10, 99, 100, 1000].map((length) => "x".repeat(length))),
		[[9, 10, 99, 100, 1000].map((length) => "x".repeat(length))],
	],
	["inline commands", "PING\r\nGET  key \n\tECHO 'a b'\r\n", [["PING"], ["GET", "key"], ["ECHO", "a b"]]],
	["inline quotes", 'SET "a\\x41\\n" \'b\\\'c\' ""\r\n', [["SET", "aA\n", "b'c", ""]]],
	[
		"inline mixed with multibulk",
		`PING\r\n${get}PING\n${binary}`,
		[["PING"], ["GET", "key"], ["PING"], ["SET", "\r\n$3\r\n", "\0\xff*1\r\n"]],
	],
	[
		"empty commands",
		`*0\r\n\r\n\n*-1\r\n${get}*-7\r\n   \r\n*0\r\n${get}*0\r\n`,
		[
			["GET", "key"],
			["GET", "key"],
		],
	],
	["line ends of other bytes behind CR", "*2\rx$3\ryGETzz$3\r\0keyab*1\r\n$4\r\nPINGxx", [["GET", "key"], ["PING"]]],
];

describe("a stream", () => {
	describe.each(streams)("of %s", (_name, input, commands) => {
		test("is parsed", () => {
			expect(parseAll(input)).toEqual({ commands, error: null });
		});

		test.each(ways)("cut at any place is the same where the parser %s", (way) => {
			for (let cut = 0; cut <= input.length; cut++) {
				expect(parseAll(input, { cuts: [cut], way })).toEqual({ commands, error: null });
			}
		});

		test.each(ways)("byte by byte is the same where the parser %s", (way) => {
			const cuts = Array.from({ length: input.length }, (_, index) => index);
			expect(parseAll(input, { cuts, way })).toEqual({ commands, error: null });
		});

		test("is the same to clients that have not authenticated", () => {
			expect(parseAll(input, { unauthenticated: true })).toEqual({ commands, error: null });
		});
	});

	test("cut at any two places is the same", () => {
		const input = `PING\r\n${get}*0\r\n${binary}`;
		const whole = parseAll(input);
		for (let first = 0; first <= input.length; first++) {
			for (let second = first; second <= input.length; second++) {
				const parsed = parseAll(input, { cuts: [first, second], way: ways[(first + second) % ways.length]! });
				expect(parsed).toEqual(whole);
			}
		}
	});

	test("of 10,000 arguments is read once, wherever it is cut", () => {
		const words = Array.from({ length: 10_000 }, (_, index) => String(index));
		const input = commandText(words) + get;
		for (const way of ["goes on", "moves"] as const) {
			const cuts = Array.from({ length: Math.floor(input.length / 997) }, (_, index) => 997 * (index + 1));
			expect(parseAll(input, { cuts, way })).toEqual({ commands: [words, ["GET", "key"]], error: null });
		}
	});
});

describe("batches", () => {
	test("are of so many commands, and the next one goes on behind them", () => {
		const bytes = toBytes(get.repeat(BATCH_COMMANDS_MAX + 3));
		const parser = new RequestParser();
		parser.begin(0);
		expect(parser.parse(bytes, bytes.length)).toBe(true);
		expect(parser.count).toBe(BATCH_COMMANDS_MAX);
		expect(parser.firsts[BATCH_COMMANDS_MAX]).toBe(4 * BATCH_COMMANDS_MAX);
		for (let i = 0; i <= BATCH_COMMANDS_MAX; i++) expect(parser.starts[i]).toBe(i * get.length);
		parser.nextBatch();
		expect(parser.parse(bytes, bytes.length)).toBe(false);
		expect(parser.count).toBe(3);
		expect(parser.starts[0]).toBe(BATCH_COMMANDS_MAX * get.length);
		expect(parser.starts[3]).toBe(bytes.length);
	});

	test("end where their arguments become too many", () => {
		const many = commandText(Array.from({ length: 1500 }, () => "x"));
		const bytes = toBytes(many.repeat(3));
		const parser = new RequestParser();
		parser.begin(0);
		expect(parser.parse(bytes, bytes.length)).toBe(true);
		expect(parser.count).toBe(2);
		parser.nextBatch();
		expect(parser.parse(bytes, bytes.length)).toBe(false);
		expect(parser.count).toBe(1);
	});

	test("of clients that have not authenticated are of one command", () => {
		const parser = new RequestParser();
		parser.unauthenticated = true;
		parser.begin(0);
		const bytes = toBytes(get + get);
		expect(parser.parse(bytes, bytes.length)).toBe(true);
		expect(parser.count).toBe(1);
		// It was AUTH: what is behind it may be large.
		parser.unauthenticated = false;
		parser.nextBatch();
		expect(parser.parse(bytes, bytes.length)).toBe(false);
		expect(parser.count).toBe(1);
	});

	test("begin behind empty commands, of which nothing is left", () => {
		const parser = new RequestParser();
		for (const empty of ["*0\r\n", "*-3\r\n", "\r\n", "  \n"]) {
			const bytes = toBytes(get + empty + empty);
			parser.begin(0);
			parser.parse(bytes, bytes.length);
			expect([parser.count, parser.starts[1]]).toEqual([1, bytes.length]);
		}
	});

	test("say how many bytes the argument at work will need", () => {
		const parser = new RequestParser();
		parser.begin(0);
		const bytes = toBytes(`${get}*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1000\r\nx`);
		parser.parse(bytes, bytes.length);
		expect(parser.needed).toBe("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1000\r\n".length + 1002);
		expect(parser.starts[1]).toBe(get.length);
		parser.begin(0);
		expect(parser.needed).toBe(0);
	});

	test("leave state worth keeping only where many arguments are unfinished", () => {
		const parser = new RequestParser();
		const unfinished = (words: number) => {
			const bytes = toBytes(commandText(Array.from({ length: words }, () => "x")));
			parser.begin(0);
			parser.parse(bytes, bytes.length - 1);
			return parser.hasExpensiveState();
		};
		expect([unfinished(1), unfinished(60), unfinished(1000)]).toEqual([false, false, true]);
		parser.parse(toBytes(commandText(Array.from({ length: 1000 }, () => "x"))), 7000 + "*1000\r\n".length);
		expect([parser.count, parser.hasExpensiveState()]).toEqual([1, false]);
	});
});

const wrong: readonly (readonly [input: string, error: string])[] = [
	["*abc\r\n", "invalid multibulk length"],
	["*\r\n", "invalid multibulk length"],
	["*01\r\n", "invalid multibulk length"],
	["*+1\r\n", "invalid multibulk length"],
	["*-0\r\n", "invalid multibulk length"],
	["*-\r\n", "invalid multibulk length"],
	["* 1\r\n", "invalid multibulk length"],
	["*1 \r\n", "invalid multibulk length"],
	["*1.5\r\n", "invalid multibulk length"],
	["*2147483648\r\n", "invalid multibulk length"],
	["*9007199254740993\r\n", "invalid multibulk length"],
	["*99999999999999999999\r\n", "invalid multibulk length"],
	["*-9223372036854775809\r\n", "invalid multibulk length"],
	["*1\n$4\nPING\n\r\n", "invalid multibulk length"],
	["*1\r\nPING\r\n", "expected '$', got 'P'"],
	["*1\r\n:1\r\n", "expected '$', got ':'"],
	["*1\r\n*1\r\n$4\r\nPING\r\n", "expected '$', got '*'"],
	["*1\r\n\xff\r\n", "expected '$', got '\xff'"],
	["*1\r\n\r\n\r\n", "expected '$', got '\r'"],
	["*1\r\n$-1\r\n", "invalid bulk length"],
	["*1\r\n$\r\n", "invalid bulk length"],
	["*1\r\n$abc\r\n", "invalid bulk length"],
	["*1\r\n$04\r\nPING\r\n", "invalid bulk length"],
	["*1\r\n$4 \r\nPING\r\n", "invalid bulk length"],
	["*1\r\n$536870913\r\n", "invalid bulk length"],
	["*1\r\n$9223372036854775807\r\n", "invalid bulk length"],
	["*2\r\n$4\r\nECHO\r\n$1x\r\na\r\n", "invalid bulk length"],
	['PING "a\r\n', "unbalanced quotes in request"],
	["PING 'a\n", "unbalanced quotes in request"],
	['PING "a"b\r\n', "unbalanced quotes in request"],
	["PING 'a'b\r\n", "unbalanced quotes in request"],
	['"\r\n', "unbalanced quotes in request"],
];

describe("a broken frame", () => {
	test.each(wrong)("%j is %j, behind the commands before it", (input, error) => {
		const whole = get + input;
		expect(parseAll(whole)).toEqual({ commands: [["GET", "key"]], error });
		for (let cut = 0; cut < whole.length; cut++) {
			for (const way of ways) {
				expect(parseAll(whole, { cuts: [cut], way })).toEqual({ commands: [["GET", "key"]], error });
			}
		}
	});

	test("is not broken as long as it may become whole", () => {
		const unfinished = [
			"*",
			"*2147483647",
			"*2147483647\r\n",
			"*1\r",
			"*1\r\n",
			"*1\r\n$",
			"*1\r\n$536870912\r\n",
			"a",
		];
		for (const input of [...unfinished, "*1\r\n$4\r\nPING", "*1\r\n$4\r\nPING\r", '"', "*1\r\nPING", "*1\r\nPING\r"]) {
			expect(parseAll(input)).toEqual({ commands: [], error: null });
		}
	});

	// The line is looked for behind the byte that should be '$', which is its end here.
	test("is a line end where an argument should begin", () => {
		expect(parseAll("*1\r\n\r\n")).toEqual({ commands: [], error: "expected '$', got '\r'" });
	});

	// Redis takes any int64 for "no command".
	test("is not a count far below zero", () => {
		expect(parseAll(`*-9223372036854775808\r\n${get}`)).toEqual({ commands: [["GET", "key"]], error: null });
	});

	test("exceeds the limits of clients that have not authenticated", () => {
		const errorOf = (input: string) => parseAll(input, { unauthenticated: true }).error;
		expect(errorOf("*10\r\n")).toBeNull();
		expect(errorOf("*11\r\n")).toBe("unauthenticated multibulk length");
		expect(errorOf("*2147483648\r\n")).toBe("invalid multibulk length");
		expect(errorOf("*1\r\n$16384\r\n")).toBeNull();
		expect(errorOf("*1\r\n$16385\r\n")).toBe("unauthenticated bulk length");
		expect(errorOf("*1\r\n$536870913\r\n")).toBe("invalid bulk length");
	});

	test("exceeds the configured length of an argument", () => {
		const input = commandText(["x".repeat(1001)]);
		expect(parseAll(input, { bulkBytesMax: 1001 }).error).toBeNull();
		expect(parseAll(input, { bulkBytesMax: 1000 }).error).toBe("invalid bulk length");
	});

	test("is a line without an end", () => {
		const limit = 65_536;
		const errorOf = (input: string) => parseAll(input).error;
		expect(errorOf(`*${"1".repeat(limit - 1)}`)).toBeNull();
		expect(errorOf(`*${"1".repeat(limit)}`)).toBe("too big mbulk count string");
		expect(errorOf(`*1\r\n$${"1".repeat(limit - 1)}`)).toBeNull();
		expect(errorOf(`*1\r\n$${"1".repeat(limit)}`)).toBe("too big bulk count string");
		expect(errorOf("a".repeat(limit))).toBeNull();
		expect(errorOf("a".repeat(limit + 1))).toBe("too big inline request");
		// One that has come with its end is taken, however long.
		expect(parseAll(`${"a".repeat(limit + 1)}\r\n`).commands).toEqual([["a".repeat(limit + 1)]]);
	});
});
