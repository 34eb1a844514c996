/** What a connection makes of bytes that come in pieces, and what it keeps and copies meanwhile. */
import { afterEach, describe, expect, test } from "bun:test";
import { Random } from "../../src/bytes/random.ts";
import { RequestParser } from "../../src/resp/request-parser.ts";
import { TestHost } from "../support/connections.ts";
import { commandText, encodeCommand, toBytes } from "../support/wire.ts";

const record = commandText(["RECORD", "key", "\r\n$1\r\n\0"]);
const manyWords = Array.from({ length: 10_000 }, (_, index) => String(index));
const manyArguments = commandText(["RECORD", ...manyWords]);

/** RECORD tells which arguments arrived, ECHO and PING what was answered, in which order. */
const streams: readonly (readonly [name: string, bytes: string])[] = [
	["a pipeline", record + commandText(["PING"]) + record + commandText(["ECHO", "x".repeat(120)])],
	["inline mixed with multibulk", `PING\r\nRECORD a 'b c'\n${record}RECORD "\\x41\\r\\n" "" x"y z"\r\n${record}`],
	["empty commands", `\r\n*0\r\n${record}*-1\r\n\n  \r\n${record}`],
	["an end in the middle", `${record}QUIT\r\n${record}`],
	["a broken count", `${record}*x\r\n${record}`],
	["a broken length", `${record}*2\r\n$4\r\nECHO\r\n$-5\r\n${record}`],
	["no length", `${record}*2\r\n$4\r\nECHO\r\n+OK\r\n${record}`],
	["unbalanced quotes", `${record}RECORD 'a\r\n${record}`],
	["a switch of the protocol", `HELLO 3\r\n${record}CLIENT GETNAME\r\nHELLO 2\r\nCLIENT GETNAME\r\n`],
	["replies turned off", `CLIENT REPLY SKIP\r\n${record}PING\r\nCLIENT REPLY OFF\r\n${record}CLIENT REPLY ON\r\n`],
	["70 arguments and more behind them", `${commandText(["RECORD", ...manyWords.slice(0, 69)])}PING\r\n${record}`],
];

/** Connections get numbers, which HELLO tells. */
const withoutNumbers = (transcript: string) => transcript.replace(/(\$2\r\nid\r\n:)\d+/g, "$1N");

describe("bytes in pieces", () => {
	describe.each(streams)("of %s", (_name, bytes) => {
		const host = new TestHost();
		const whole = withoutNumbers(host.transcript(bytes));

		test("mean something", () => {
			expect(whole).toContain('["RECORD","');
		});

		test("cut at any place mean the same", () => {
			for (let cut = 0; cut <= bytes.length; cut++) {
				expect(withoutNumbers(host.transcript(bytes, [cut]))).toBe(whole);
			}
		});

		test("of any few bytes mean the same", () => {
			for (let size = 1; size <= 20; size++) {
				const cuts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => index * size);
				expect(withoutNumbers(host.transcript(bytes, cuts))).toBe(whole);
			}
		});
	});

	test("keep the limits before AUTH and lose them behind it", () => {
		const echo = commandText(["ECHO", "x".repeat(20_000)]);
		const eleven = commandText(["RECORD", ..."abcdefghij"]);
		const bytes = toBytes(`${commandText(["AUTH", "secret"])}${echo}${eleven}`);
		const host = new TestHost("secret");
		const whole = host.transcript(bytes);
		expect(whole).toEndWith("x\r\n:11\r\n");
		for (let cut = 0; cut < bytes.length; cut += cut < 60 || cut > 20_000 ? 1 : 1013) {
			expect(host.transcript(bytes, [cut]) === whole).toBe(true);
		}
		expect(host.transcript(echo, [10])).toBe("\n-ERR Protocol error: unauthenticated bulk length\r\nclosed");
		expect(host.transcript(eleven, [2])).toBe("\n-ERR Protocol error: unauthenticated multibulk length\r\nclosed");
	});

	test("of a command of 10,000 arguments mean the same wherever it is cut", () => {
		const host = new TestHost();
		const bytes = toBytes(`${record}${manyArguments}${record}`);
		const whole = host.transcript(bytes);
		expect(whole).toContain(JSON.stringify(["RECORD", ...manyWords]));
		const random = new Random(1);
		for (let round = 0; round < 60; round++) {
			const cuts = Array.from({ length: 1 + random.below(4) }, () => random.below(bytes.length));
			expect(
				host.transcript(
					bytes,
					cuts.toSorted((a, b) => a - b),
				),
			).toBe(whole);
		}
	});

	test("of connections that are all in the middle of something do not mix", () => {
		const host = new TestHost();
		const bytes = toBytes(`${commandText(["RECORD", ...manyWords.slice(0, 300)])}PING\r\n${record}`);
		const sessions = Array.from({ length: 7 }, () => host.connect());
		const progress = sessions.map(() => 0);
		const random = new Random(2);
		for (let left = sessions.length; left > 0; ) {
			const turn = random.below(sessions.length);
			if (progress[turn] === bytes.length) continue;
			const end = Math.min(bytes.length, progress[turn]! + 1 + random.below(400));
			sessions[turn]!.stream.deliver(bytes.subarray(progress[turn]!, end));
			progress[turn] = end;
			if (end === bytes.length) left--;
		}
		for (const { stream } of sessions) expect(stream.take()).toBe(":301\r\n+PONG\r\n:3\r\n");
		const expected = [
			JSON.stringify(["RECORD", ...manyWords.slice(0, 300)]),
			'["RECORD","key","\\r\\n$1\\r\\n\\u0000"]',
		];
		expect(host.recorded.toSorted()).toEqual(sessions.flatMap(() => expected).toSorted());
	});
});

describe("a protocol error", () => {
	test("is answered, ends the connection, and nothing behind it happens", () => {
		const host = new TestHost();
		const { stream } = host.connect();
		stream.deliver(toBytes(`${record}*x\r\n${record}`));
		expect(stream.take()).toBe(":3\r\n-ERR Protocol error: invalid multibulk length\r\n");
		expect(stream.isEnded).toBe(true);
		stream.deliver(toBytes(record));
		expect(host.recorded).toHaveLength(1);
	});

	// A genuine server says nothing in either case.
	test.each(["OFF", "SKIP"])("is not answered while replies are %s", (mode) => {
		expect(new TestHost().transcript(`CLIENT REPLY ${mode}\r\n*x\r\n`)).toBe("\nclosed");
	});
});

describe("what a connection keeps", () => {
	const least = 16_384;

	test("is nothing between commands", () => {
		const { stream, connection } = new TestHost().connect();
		stream.deliverCut(toBytes(record), [10]);
		expect([connection.queryBytes(), connection.queryCapacityBytes()]).toEqual([0, 0]);
	});

	test.each([
		"*1\r\n$536870912\r\n",
		"*2147483647\r\n$536870912\r\n",
		`${record}*3\r\n$6\r\nRECORD\r\n$536870912\r\nabc`,
		`*2147483647\r\n${"$1\r\nx\r\n".repeat(500)}$536870912\r\n`,
	])("is not what a header claims: %j", (bytes) => {
		const { stream, connection } = new TestHost().connect();
		stream.deliver(toBytes(bytes));
		expect(connection.queryCapacityBytes()).toBeLessThanOrEqual(least);
		for (let more = 0; more < 20; more++) stream.deliver(toBytes("x".repeat(10)));
		expect(connection.queryCapacityBytes()).toBeLessThanOrEqual(least);
	});

	test("never exceeds twice what came", () => {
		const { stream, connection } = new TestHost().connect();
		const random = new Random(3);
		stream.deliver(toBytes("*2\r\n$6\r\nRECORD\r\n$536870912\r\n"));
		for (let received = 28; received < 1 << 22; ) {
			const length = 1 + random.below(60_000);
			stream.deliver(new Uint8Array(length).fill(0x78));
			received += length;
			expect(connection.queryBytes()).toBe(received);
			expect(connection.queryCapacityBytes()).toBeLessThanOrEqual(Math.max(least, 2 * received));
		}
	});

	test("is limited by configuration", () => {
		const host = new TestHost();
		host.queryMax = 1 << 20;
		const { stream, connection } = host.connect();
		const chunk = new Uint8Array(65_536).fill(0x78);
		stream.deliver(toBytes("*2\r\n$6\r\nRECORD\r\n$536870912\r\n"));
		for (let sent = 0; sent < 15; sent++) stream.deliver(chunk);
		expect(stream.isClosed).toBe(false);
		stream.deliver(chunk);
		expect(stream.isTerminated).toBe(true);
		expect(host.dropped).toHaveLength(1);
		expect(host.dropped[0]).toContain("max query buffer length");
		expect(connection.queryCapacityBytes()).toBe(0);
		expect(host.clients.get(connection.client.id)).toBeNull();
	});
});

describe("the work for an unfinished command", () => {
	const { set, copyWithin, slice } = Uint8Array.prototype;
	const { parse } = RequestParser.prototype;
	let copied = 0;
	let found = 0;

	/** Counts bytes copied and arguments found while `work` runs. */
	function counted(work: () => void): void {
		copied = 0;
		found = 0;
		Uint8Array.prototype.set = function (this: Uint8Array, source: ArrayLike<number>, offset?: number) {
			copied += source.length;
			set.call(this, source, offset);
		};
		Uint8Array.prototype.copyWithin = function (this: Uint8Array, target: number, start: number, end = this.length) {
			copied += end - start;
			return copyWithin.call(this, target, start, end);
		} as typeof copyWithin;
		Uint8Array.prototype.slice = function (this: Uint8Array, start = 0, end = this.length) {
			copied += end - start;
			return slice.call(this, start, end);
		} as typeof slice;
		RequestParser.prototype.parse = function (this: RequestParser, bytes: Uint8Array, end: number) {
			const before = this.rangesUsed;
			const more = parse.call(this, bytes, end);
			found += (this.rangesUsed - before) / 2;
			return more;
		};
		work();
	}

	afterEach(() => {
		Object.assign(Uint8Array.prototype, { set, copyWithin, slice });
		RequestParser.prototype.parse = parse;
	});

	/** Delivers in chunks of equal size; the network's own copies are not counted. */
	function deliverIn(host: TestHost, bytes: Uint8Array, size: number): string {
		const { stream, connection } = host.connect();
		const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
			Uint8Array.from(bytes.subarray(index * size, (index + 1) * size)),
		);
		counted(() => {
			for (const chunk of chunks) connection.receive(chunk);
		});
		return stream.take();
	}

	// The room for it is made anew with every chunk.
	test.each([
		[100_000, 16],
		[1 << 20, 16_384],
	])("of %d bytes in chunks of %d is a few copies of it", (length, size) => {
		const answer = deliverIn(new TestHost(), encodeCommand("ECHO", "x".repeat(length)), size);
		expect(answer === `$${length}\r\n${"x".repeat(length)}\r\n`).toBe(true);
		expect(copied).toBeGreaterThanOrEqual(length);
		expect(copied).toBeLessThan(6 * length);
	});

	test("of 10,000 arguments byte by byte finds each of them a few times", () => {
		const bytes = toBytes(manyArguments);
		expect(deliverIn(new TestHost(), bytes, 1)).toBe(":10001\r\n");
		expect(found).toBeGreaterThanOrEqual(10_001);
		expect(found).toBeLessThan(4 * 10_001);
		expect(copied).toBeLessThan(6 * bytes.length);
	});

	test("behind a long pipeline moves little", () => {
		const bytes = toBytes(record.repeat(5000));
		expect(deliverIn(new TestHost(), bytes, 4096) === ":3\r\n".repeat(5000)).toBe(true);
		expect(copied).toBeLessThan(2 * bytes.length);
		expect(found).toBeLessThan(16_000);
	});
});
