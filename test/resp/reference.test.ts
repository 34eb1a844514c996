/** The protocol as a genuine redis-server speaks it: the same bytes to both, the same bytes back. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Random } from "../../src/bytes/random.ts";
import { TestHost } from "../support/connections.ts";
import { hasRedisServer, missingRedisServer, RedisServer } from "../support/redis-server.ts";
import { commandText, toBytes } from "../support/wire.ts";

const ports = { first: 7521, last: 7529 };
const password = "secret";
if (!hasRedisServer()) console.warn(missingRedisServer);

/** Everything the server says to these bytes and the end of the stream behind them. */
async function askReference(server: RedisServer, bytes: Uint8Array): Promise<string> {
	const { promise, resolve } = Promise.withResolvers<string>();
	let unsent = bytes;
	let answer = "";
	const send = (socket: Bun.Socket) => {
		unsent = unsent.subarray(Math.max(0, socket.write(unsent)));
		if (unsent.length === 0) socket.shutdown();
	};
	await Bun.connect({
		hostname: server.host,
		port: server.port,
		socket: {
			open: send,
			drain: send,
			data(_socket, chunk) {
				answer += chunk.toString("latin1");
			},
			close: () => resolve(answer),
			error: () => resolve(answer),
		},
	});
	return await promise;
}

function askOurs(host: TestHost, bytes: Uint8Array): string {
	const { stream } = host.connect();
	stream.deliver(bytes);
	return stream.take();
}

describe.skipIf(!hasRedisServer())("like a genuine server", () => {
	let open: RedisServer;
	let guarded: RedisServer;
	beforeAll(async () => {
		open = await RedisServer.start([], ports);
		guarded = await RedisServer.start(["--requirepass", password], ports);
	});
	afterAll(async () => {
		await open?.stop();
		await guarded?.stop();
	});

	async function expectSame(bytes: Uint8Array, host = new TestHost(), server = open): Promise<void> {
		const theirs = await askReference(server, bytes);
		// The bytes stand in the comparison, so that a difference shows what it is about.
		expect([toText(bytes), askOurs(host, bytes)]).toEqual([toText(bytes), theirs]);
	}
	const toText = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1").slice(0, 200);

	const lengths = [
		"",
		"0",
		"1",
		"2",
		"01",
		"-1",
		"-0",
		"+1",
		" 1",
		"1 ",
		"a",
		"1a",
		"16385",
		"536870913",
		"2147483647",
	];
	const moreLengths = ["2147483648", "4294967296", "9223372036854775807", "9223372036854775808", "-999999999999999"];

	test("counts and lengths", async () => {
		for (const length of [...lengths, ...moreLengths]) {
			await expectSame(toBytes(`PING\r\n*${length}\r\n$4\r\nPING\r\n`));
			await expectSame(toBytes(`*1\r\n$${length}\r\nPING\r\n`));
			await expectSame(toBytes(`*2\r\n$4\r\nECHO\r\n$${length}\r\nx\r\n`));
		}
	}, 20_000);

	test("every byte where '$' is expected", async () => {
		// A zero byte ends what a genuine server looks at, and it waits for more.
		for (let byte = 1; byte < 256; byte++) {
			await expectSame(toBytes(`*1\r\n${String.fromCharCode(byte)}4\r\nPING\r\n`));
		}
	}, 20_000);

	test("lines without an end", async () => {
		for (const start of ["*", "*1\r\n$", "PING "]) await expectSame(toBytes(start + "1".repeat(70_000)));
	}, 20_000);

	test("limits of clients that have not authenticated", async () => {
		const streams = [
			...["*10", "*11", "*1\r\n$16384", "*1\r\n$16385", "*11\r\n$1", "PING"].map((start) => `${start}\r\n`),
			commandText(["AUTH", password]) + commandText(["PING", "x".repeat(20_000)]),
			commandText(["AUTH", password]) + commandText(["EXISTS", ..."abcdefghijkl"]).replace("EXISTS", "CLIENT"),
			commandText(["AUTH", "wrong"]) + commandText(["PING", "x".repeat(20_000)]),
			commandText(["HELLO", "3", "AUTH", "default", password]) + commandText(["PING", "x".repeat(20_000)]),
			"FOO\r\nCLIENT\r\nCLIENT FOO\r\nCLIENT ID\r\nSELECT\r\nSELECT 1\r\nRESET\r\nAUTH a b c\r\n",
		];
		for (const stream of streams) {
			// What HELLO says differs in version and number.
			const bytes = toBytes(stream);
			if (stream.includes("HELLO")) {
				expect((await askReference(guarded, bytes)).endsWith(`${"x".repeat(20_000)}\r\n`)).toBe(true);
				expect(askOurs(new TestHost(password), bytes).endsWith(`${"x".repeat(20_000)}\r\n`)).toBe(true);
			} else await expectSame(bytes, new TestHost(password), guarded);
		}
	}, 20_000);

	test("inline quoting", async () => {
		const random = new Random(7521);
		const host = new TestHost();
		const pieces = [
			'"',
			"'",
			"\\",
			'\\"',
			"\\'",
			"\\x41",
			"\\x0",
			"\\n",
			" ",
			"\t",
			"\r",
			"a",
			"xyz",
			"\xff",
			'""',
			"''",
		];
		for (let round = 0; round < 400; round++) {
			// Lines on one connection up to the first that is unbalanced, which ends it.
			let text = "";
			for (let line = 0; line < 8; line++) {
				text += "ECHO ";
				for (let piece = random.below(7); piece >= 0; piece--) text += pieces[random.below(pieces.length)];
				text += random.below(2) === 0 ? "\n" : "\r\n";
			}
			await expectSame(toBytes(text), host);
		}
	}, 60_000);

	test("CLIENT REPLY", async () => {
		const random = new Random(7522);
		const host = new TestHost();
		const commands = ["ON", "OFF", "SKIP", "MAYBE"].map((mode) => `CLIENT REPLY ${mode}`);
		const choices = [...commands, "PING a", "PING b", "FOO", "RESET", "CLIENT GETNAME", "CLIENT"];
		for (let round = 0; round < 300; round++) {
			const lines = Array.from({ length: 6 }, () => choices[random.below(choices.length)]);
			await expectSame(toBytes(`${lines.join("\r\n")}\r\nCLIENT REPLY ON\r\n`), host);
		}
	}, 60_000);
});
