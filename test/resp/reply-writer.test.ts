import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { bytesOf, latin1 } from "../../src/bytes/ascii.ts";
import { elementBytes, writeElement } from "../../src/bytes/elements.ts";
import { Random } from "../../src/bytes/random.ts";
import { ReplyWriter } from "../../src/resp/reply-writer.ts";
import { hasRedisServer, missingRedisServer, RedisServer } from "../support/redis-server.ts";
import { frameEnd, parseReply } from "../support/reply.ts";
import { toBytes, WireConnection } from "../support/wire.ts";

const initialBytes = new ReplyWriter().bytes.length;

function written(writer: ReplyWriter): string {
	return latin1(writer.bytes, 0, writer.length);
}

/** What one call writes, in RESP2 and in RESP3. */
function both(write: (writer: ReplyWriter) => void): [resp2: string, resp3: string] {
	const forms = [2, 3].map((protocol) => {
		const writer = new ReplyWriter();
		writer.protocol = protocol;
		write(writer);
		return written(writer);
	});
	return [forms[0]!, forms[1]!];
}

type Write = (writer: ReplyWriter) => void;
const text = toBytes("xxhello\0\xffyy");

const sameInBoth: readonly (readonly [name: string, write: Write, bytes: string])[] = [
	["ok", (writer) => writer.ok(), "+OK\r\n"],
	["pong", (writer) => writer.pong(), "+PONG\r\n"],
	["a status", (writer) => writer.simple("RESET"), "+RESET\r\n"],
	["an empty status", (writer) => writer.simple(""), "+\r\n"],
	["an error", (writer) => writer.error("ERR wrong"), "-ERR wrong\r\n"],
	["an error with line ends", (writer) => writer.error("ERR a\r\nb\nc"), "-ERR a  b c\r\n"],
	["an error with raw bytes", (writer) => writer.error("ERR '\xff\0\x80'"), "-ERR '\xff\0\x80'\r\n"],
	["a bulk string", (writer) => writer.bulk(text, 2, 7), "$7\r\nhello\0\xff\r\n"],
	["an empty bulk string", (writer) => writer.bulk(text, 4, 0), "$0\r\n\r\n"],
	["a bulk string of bytes", (writer) => writer.bulkBytes(text), "$11\r\nxxhello\0\xffyy\r\n"],
	["a bulk string of text", (writer) => writer.bulkText("é"), "$2\r\n\xc3\xa9\r\n"],
	["a bulk string of digits", (writer) => writer.bulkInteger(-12), "$3\r\n-12\r\n"],
	["an array", (writer) => writer.array(3), "*3\r\n"],
	["an empty array", (writer) => writer.array(0), "*0\r\n"],
	["int64", (writer) => writer.bigInteger(-(2n ** 63n)), ":-9223372036854775808\r\n"],
	["bytes that are a reply", (writer) => writer.raw(text, 2, 5), "hello"],
];

const differing: readonly (readonly [name: string, write: Write, resp2: string, resp3: string])[] = [
	["null", (writer) => writer.null(), "$-1\r\n", "_\r\n"],
	["a null array", (writer) => writer.nullArray(), "*-1\r\n", "_\r\n"],
	["a map", (writer) => writer.map(2), "*4\r\n", "%2\r\n"],
	["an empty map", (writer) => writer.map(0), "*0\r\n", "%0\r\n"],
	["a set", (writer) => writer.set(12), "*12\r\n", "~12\r\n"],
	["a push", (writer) => writer.push(3), "*3\r\n", ">3\r\n"],
	["true", (writer) => writer.boolean(true), ":1\r\n", "#t\r\n"],
	["false", (writer) => writer.boolean(false), ":0\r\n", "#f\r\n"],
	["a double", (writer) => writer.double(3.25), "$4\r\n3.25\r\n", ",3.25\r\n"],
	["a whole double", (writer) => writer.double(-7), "$2\r\n-7\r\n", ",-7\r\n"],
	["a double given as text", (writer) => writer.doubleText(bytesOf("x1.50"), 1, 4), "$4\r\n1.50\r\n", ",1.50\r\n"],
	["infinity", (writer) => writer.double(Number.POSITIVE_INFINITY), "$3\r\ninf\r\n", ",inf\r\n"],
	["minus infinity", (writer) => writer.double(Number.NEGATIVE_INFINITY), "$4\r\n-inf\r\n", ",-inf\r\n"],
	[
		"a big number",
		(writer) => writer.bigNumber("12345678999999999999"),
		"$20\r\n12345678999999999999\r\n",
		"(12345678999999999999\r\n",
	],
	["verbatim text", (writer) => writer.verbatim("txt", "a\nb"), "$3\r\na\nb\r\n", "=7\r\ntxt:a\nb\r\n"],
	["empty verbatim text", (writer) => writer.verbatim("mkd", ""), "$0\r\n\r\n", "=4\r\nmkd:\r\n"],
	[
		"verbatim text beyond ASCII",
		(writer) => writer.verbatim("txt", "é"),
		"$2\r\n\xc3\xa9\r\n",
		"=6\r\ntxt:\xc3\xa9\r\n",
	],
];

describe("RESP2 and RESP3", () => {
	test.each(sameInBoth)("%s", (_name, write, bytes) => {
		expect(both(write)).toEqual([bytes, bytes]);
	});

	test.each(differing)("%s", (_name, write, resp2, resp3) => {
		expect(both(write)).toEqual([resp2, resp3]);
	});

	test("integers of every length", () => {
		const values = [0, 9, 10, 99, 100, 12_345, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER];
		for (const value of [...values, ...values.map((positive) => -positive)]) {
			const bytes = `:${BigInt(value)}\r\n`;
			expect(both((writer) => writer.integer(value))).toEqual([bytes, bytes]);
		}
	});

	test("verbatim headers before bodies of every count of digits, behind other replies", () => {
		for (const length of [0, 5, 6, 95, 96, 995, 996, 9995, 9996, 99_996, 200_000]) {
			const writer = new ReplyWriter();
			writer.protocol = 3;
			writer.ok();
			writer.verbatim("txt", "$".repeat(length));
			writer.integer(1);
			const expected = `+OK\r\n=${length + 4}\r\ntxt:${"$".repeat(length)}\r\n:1\r\n`;
			expect(written(writer) === expected).toBe(true);
		}
	});
});

describe("errors", () => {
	test("are counted, and the last one is kept as it was given", () => {
		const writer = new ReplyWriter();
		writer.error("WRONGTYPE a");
		writer.ok();
		writer.error("ERR b\n");
		expect([writer.errors, writer.lastError]).toEqual([2, "ERR b\n"]);
	});
});

describe("the buffer", () => {
	test("grows for replies of any kind and keeps what is in it", () => {
		const writers: readonly Write[] = [...sameInBoth, ...differing].map(([, write]) => write);
		for (const write of writers) {
			const single = both(write)[0];
			// So little room that one reply more has to make new room, at each place of its bytes.
			for (let room = 0; room <= single.length; room++) {
				const writer = new ReplyWriter();
				const filling = new Uint8Array(initialBytes - room).fill(0x2e);
				writer.raw(filling, 0, filling.length);
				write(writer);
				write(writer);
				const expected = ".".repeat(filling.length) + single + single;
				expect(written(writer) === expected).toBe(true);
			}
		}
	});

	test("grows in strides, so that many replies are copied a few times", () => {
		const writer = new ReplyWriter();
		let grown = 0;
		let capacity = writer.bytes.length;
		for (let count = 0; count < 200_000; count++) {
			writer.bulk(text, 0, 11);
			if (writer.bytes.length !== capacity) grown++;
			capacity = writer.bytes.length;
		}
		expect(writer.length).toBe(200_000 * 18);
		expect(grown).toBeLessThan(12);
	});

	test("takes one reply of many times its size", () => {
		const writer = new ReplyWriter();
		const huge = new Uint8Array(3 << 20).fill(0x61);
		writer.ok();
		writer.bulk(huge, 0, huge.length);
		expect(writer.length).toBe(5 + 10 + huge.length + 2);
		expect(latin1(writer.bytes, 0, 18)).toBe("+OK\r\n$3145728\r\naaa");
		expect(latin1(writer.bytes, writer.length - 4, writer.length)).toBe("aa\r\n");
	});

	test("is let go when it was flushed after a huge reply, and kept after others", () => {
		const writer = new ReplyWriter();
		writer.bulk(new Uint8Array(200_000), 0, 200_000);
		const kept = writer.bytes;
		writer.clear();
		expect(writer.bytes === kept).toBe(true);
		// Values of a megabyte or two come again and again.
		writer.bulk(new Uint8Array(2 << 20), 0, 2 << 20);
		const large = writer.bytes;
		writer.clear();
		expect(writer.bytes === large).toBe(true);
		writer.bulk(new Uint8Array(5 << 20), 0, 5 << 20);
		writer.clear();
		expect([writer.length, writer.bytes.length]).toEqual([0, initialBytes]);
	});

	test("takes back what was written behind a mark", () => {
		const writer = new ReplyWriter();
		writer.ok();
		const mark = writer.length;
		writer.bulk(new Uint8Array(100_000), 0, 100_000);
		writer.truncate(mark);
		writer.pong();
		expect(written(writer)).toBe("+OK\r\n+PONG\r\n");
	});

	test("puts a header before the elements written ahead of it", () => {
		for (const count of [0, 1, 9, 20_000]) {
			const writer = new ReplyWriter();
			writer.ok();
			const start = writer.length;
			for (let element = 0; element < count; element++) writer.integer(element);
			const header = writer.length;
			writer.array(count);
			writer.bringForward(header, start);
			writer.pong();
			const elements = Array.from({ length: count }, (_, element) => `:${element}\r\n`).join("");
			expect(written(writer) === `+OK\r\n*${count}\r\n${elements}+PONG\r\n`).toBe(true);
		}
	});
});

describe("random replies", () => {
	test("are well formed frames, one behind the other", () => {
		const random = new Random(11);
		const calls = [...sameInBoth.slice(0, -1), ...differing].map(([, write]) => write);
		for (const protocol of [2, 3]) {
			const writer = new ReplyWriter();
			writer.protocol = protocol;
			let frames = 0;
			for (let round = 0; round < 2000; round++) {
				const from = writer.length;
				// Aggregates are filled with integers, so that each call makes one frame.
				calls[random.below(calls.length)]!(writer);
				const header = /^[*%~>](\d+)\r\n$/.exec(latin1(writer.bytes, from, writer.length));
				if (header !== null) {
					const parts = Number(header[1]) * (writer.bytes[from] === 0x25 ? 2 : 1);
					for (let part = 0; part < parts; part++) writer.integer(random.uint32());
				}
				expect(frameEnd(writer.bytes, from, writer.length)).toBe(writer.length);
				parseReply(writer.bytes.slice(from, writer.length));
				frames++;
			}
			let position = 0;
			for (; position < writer.length; frames--) position = frameEnd(writer.bytes, position, writer.length);
			expect([position, frames]).toEqual([writer.length, 0]);
		}
	});
});

if (!hasRedisServer()) console.warn(missingRedisServer);

describe("many bulk strings at once", () => {
	const lengths = [0, 1, 4, 9, 10, 31, 32, 33, 99, 100, 127, 128, 300, 4096, 16_383];
	const texts = lengths.map((length, i) => String.fromCharCode(97 + i).repeat(length));

	/** Each behind its length of one byte or two, with other bytes before and behind. */
	function run(): Uint8Array {
		const bytes = texts.flatMap((text) => [
			...(text.length < 0x80 ? [text.length] : [(text.length & 0x7f) | 0x80, text.length >> 7]),
			...Buffer.from(text),
		]);
		return new Uint8Array([1, 2, 3, ...bytes, 4, 5]);
	}

	test("from a run", () => {
		const source = run();
		const writer = new ReplyWriter();
		// Every remainder of the buffer is met.
		for (let before = 0; before < 30; before++) {
			writer.clear();
			writer.bulkText("x".repeat(60_000 + before));
			const mark = writer.length;
			writer.bulkRun(source, 3, source.length - 2, texts.length);
			const written = Buffer.from(writer.bytes.subarray(mark, writer.length)).toString("latin1");
			expect(written).toBe(texts.map((text) => `$${text.length}\r\n${text}\r\n`).join(""));
		}
		const { length } = writer;
		writer.bulkRun(source, 3, 3, 0);
		expect(writer.length).toBe(length);
	});

	test("from elements, from any of them on and as many as are wanted", () => {
		const source = new Uint8Array(texts.reduce((sum, text) => sum + elementBytes(text.length), 3));
		const starts: number[] = [];
		let end = 3;
		for (const text of texts) {
			starts.push(end);
			end = writeElement(source, end, bytesOf(text), 0, text.length);
		}
		const writer = new ReplyWriter();
		for (const [first, from] of starts.entries()) {
			for (let count = 0; first + count <= texts.length; count++) {
				writer.clear();
				writer.bulkText("x".repeat(65_000 - count));
				const mark = writer.length;
				writer.elements(source, from, end, count);
				const written = latin1(writer.bytes, mark, writer.length);
				const wanted = texts.slice(first, first + count);
				expect(written).toBe(wanted.map((text) => `$${text.length}\r\n${text}\r\n`).join(""));
			}
		}
	});
});

describe.skipIf(!hasRedisServer())("like a genuine server", () => {
	let server: RedisServer;
	beforeAll(async () => {
		server = await RedisServer.start([], { first: 7521, last: 7529 });
	});
	afterAll(async () => await server?.stop());

	/** What DEBUG PROTOCOL answers, written by us. */
	const samples: readonly (readonly [name: string, write: Write])[] = [
		["string", (writer) => writer.bulkText("Hello World")],
		["integer", (writer) => writer.integer(12_345)],
		["double", (writer) => writer.double(Number("3.141"))],
		["null", (writer) => writer.null()],
		["array", (writer) => three(writer.array, writer)],
		["set", (writer) => three(writer.set, writer)],
		["map", (writer) => three(writer.map, writer, (index) => writer.boolean(index === 1))],
		["bignum", (writer) => writer.bigNumber("1234567999999999999999999999999999999")],
		["true", (writer) => writer.boolean(true)],
		["false", (writer) => writer.boolean(false)],
		["verbatim", (writer) => writer.verbatim("txt", "This is a verbatim\nstring")],
	];

	/** An aggregate of the integers 0 to 2, each with what belongs to it. */
	function three(begin: (count: number) => void, writer: ReplyWriter, also: (index: number) => void = () => {}): void {
		begin.call(writer, 3);
		for (let index = 0; index < 3; index++) {
			writer.integer(index);
			also(index);
		}
	}

	test.each(samples)("%s", async (name, write) => {
		const connection = await WireConnection.connect(server);
		const [resp2, resp3] = both(write);
		expect((await connection.command("DEBUG", "PROTOCOL", name)).text()).toBe(resp2);
		await connection.command("HELLO", "3");
		expect((await connection.command("DEBUG", "PROTOCOL", name)).text()).toBe(resp3);
		connection.close();
	});
});
