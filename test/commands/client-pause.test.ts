/** CLIENT PAUSE and UNPAUSE, and what becomes of commands that are held back. */
import { beforeEach, describe, expect, test } from "bun:test";
import { type Session, TestHost } from "../support/connections.ts";
import { encodeCommand, toBytes } from "../support/wire.ts";

let host: TestHost;
let session: Session;
let other: Session;
const run = (...words: string[]) => host.ask(session, "CLIENT", ...words);

beforeEach(() => {
	host = new TestHost();
	session = host.connect();
	other = host.connect();
});

/** What the server does when the pause is over: by itself where its time has come, and for all who wait. */
function wake(): void {
	host.clients.endPause(host.time.now_ms());
	for (const { connection } of [session, other]) connection.resume();
}

describe("CLIENT PAUSE", () => {
	test("takes a number of milliseconds and a mode", () => {
		for (const timeout of ["abc", "1.5", "", "01", "9223372036854775808"]) {
			expect(run("PAUSE", timeout)).toBe("-ERR timeout is not an integer or out of range\r\n");
		}
		expect(run("PAUSE", "-1")).toBe("-ERR timeout is negative\r\n");
		expect(run("PAUSE", "9223372036854775807")).toBe("-ERR timeout is out of range\r\n");
		expect(run("PAUSE", "abc", "FOO")).toBe("-ERR CLIENT PAUSE mode must be WRITE or ALL\r\n");
		expect(run("pause", "1", "write", "x")).toBe(
			"-ERR unknown subcommand or wrong number of arguments for 'pause'. Try CLIENT HELP.\r\n",
		);
		expect(run("PAUSE")).toBe("-ERR wrong number of arguments for 'client|pause' command\r\n");
		expect(run("UNPAUSE", "x")).toBe("-ERR wrong number of arguments for 'client|unpause' command\r\n");
		expect(host.clients.pauseEnd_ms()).toBe(Number.POSITIVE_INFINITY);
		expect(run("PAUSE", "9000000000000000000", "write")).toBe("+OK\r\n");
		expect(run("UNPAUSE")).toBe("+OK\r\n");
	});

	test("holds back everything until its time has come", () => {
		expect(run("PAUSE", "100")).toBe("+OK\r\n");
		expect(host.ask(session, "PING", "one")).toBe("");
		expect(host.ask(other, "PING", "two")).toBe("");
		host.time.advance(99);
		wake();
		expect([session.stream.take(), other.stream.take()]).toEqual(["", ""]);
		host.time.advance(1);
		wake();
		expect([session.stream.take(), other.stream.take()]).toEqual(["$3\r\none\r\n", "$3\r\ntwo\r\n"]);
		expect(host.ask(other, "PING")).toBe("+PONG\r\n");
	});

	test("holds back CLIENT UNPAUSE, too", () => {
		run("PAUSE", "100", "all");
		expect(host.ask(other, "CLIENT", "UNPAUSE")).toBe("");
		host.time.advance(100);
		wake();
		expect(other.stream.take()).toBe("+OK\r\n");
	});

	test("does not hold back errors", () => {
		run("PAUSE", "100");
		expect(host.ask(other, "FOO")).toBe("-ERR unknown command 'FOO', with args beginning with: \r\n");
		expect(host.ask(other, "ECHO")).toBe("-ERR wrong number of arguments for 'echo' command\r\n");
	});

	test("of writes lets reading go on, and CLIENT UNPAUSE", () => {
		expect(run("PAUSE", "100", "WRITE")).toBe("+OK\r\n");
		expect(host.ask(session, "PING")).toBe("+PONG\r\n");
		expect(host.ask(other, "WRITE")).toBe("");
		// Behind a command that waits everything waits.
		expect(host.ask(other, "PING")).toBe("");
		expect(run("LIST", "ID", String(other.connection.client.id))).toContain(" flags=b ");
		expect(run("UNPAUSE")).toBe("+OK\r\n");
		wake();
		expect(other.stream.take()).toBe("+OK\r\n+PONG\r\n");
		expect(run("LIST", "ID", String(other.connection.client.id))).toContain(" flags=N ");
	});

	test("that has come and gone holds nobody back, even before anyone noticed", () => {
		run("PAUSE", "100");
		host.time.advance(100);
		expect(host.ask(other, "PING")).toBe("+PONG\r\n");
	});
});

describe("commands held back", () => {
	/** Sends while paused, in pieces, and returns what is answered afterwards. */
	function sentDuringPause(bytes: Uint8Array, cuts: readonly number[]): string {
		run("PAUSE", "100", "WRITE");
		other.stream.deliverCut(bytes, cuts);
		const early = other.stream.take();
		run("UNPAUSE");
		wake();
		return `${early}|${other.stream.take()}`;
	}

	test("are executed once and in order, wherever their bytes were cut", () => {
		const records = (...names: string[]) => names.map((name) => ["RECORD", name]);
		const commands = [...records("a", "b", "c", "d", "e"), ["WRITE"], ...records("f", ""), ["WRITE"], ...records("g")];
		const bytes = Buffer.concat(commands.map((command) => encodeCommand(...command)));
		for (let cut = 0; cut <= bytes.length; cut++) {
			host.recorded.length = 0;
			expect(sentDuringPause(bytes, [cut])).toBe(`${":2\r\n".repeat(5)}|+OK\r\n:2\r\n:2\r\n+OK\r\n:2\r\n`);
			expect(host.recorded).toEqual(["a", "b", "c", "d", "e", "f", "", "g"].map((name) => `["RECORD","${name}"]`));
			expect(other.connection.queryBytes()).toBe(0);
		}
	});

	test("in one chunk of many batches all come back", () => {
		const bytes = Buffer.concat([
			encodeCommand("WRITE"),
			...Array.from({ length: 500 }, (_, index) => encodeCommand("RECORD", String(index))),
		]);
		expect(sentDuringPause(bytes, [])).toBe(`|+OK\r\n${":2\r\n".repeat(500)}`);
	});

	test("of many arguments, unfinished, go on where they were", () => {
		const words = Array.from({ length: 10_000 }, (_, index) => String(index));
		const bytes = Buffer.concat([encodeCommand("WRITE"), encodeCommand("RECORD", ...words)]);
		const answer = sentDuringPause(bytes.subarray(0, 40_000), [20_000]);
		expect(answer).toBe("|+OK\r\n");
		other.stream.deliver(bytes.subarray(40_000));
		expect(other.stream.take()).toBe(":10001\r\n");
		expect(host.recorded).toEqual([JSON.stringify(["RECORD", ...words])]);
	});

	// The line is decoded where it lies, and what is held back is read again from the start.
	test("that were typed with quotes are read as they were typed", () => {
		expect(sentDuringPause(toBytes("WRITE\r\nRECORD \"a\\x41b\" 'c d'\r\n"), [])).toBe("|+OK\r\n:3\r\n");
		expect(host.recorded).toEqual(['["RECORD","aAb","c d"]']);
	});

	test("that pile up stop the reading of the socket until they are executed", () => {
		host.pauseLimits = { ...host.pauseLimits, input_bytes: 1 << 20 };
		other = host.connect();
		run("PAUSE", "100", "WRITE");
		host.ask(other, "WRITE");
		const chunk = encodeCommand("RECORD", "x".repeat(65_000));
		for (let sent = 0; sent < 1 << 20; sent += chunk.length) other.stream.deliver(chunk);
		expect(other.stream.isPaused).toBe(true);
		expect(host.recorded).toEqual([]);
		run("UNPAUSE");
		wake();
		expect(other.stream.isPaused).toBe(false);
		expect(host.recorded.length).toBe(17);
		expect(other.connection.queryCapacityBytes()).toBe(0);
	});

	test("of a connection that goes away are forgotten", () => {
		run("PAUSE", "100", "WRITE");
		host.ask(other, "WRITE");
		other.stream.terminate();
		run("UNPAUSE");
		wake();
		expect(other.stream.take()).toBe("");
		expect(host.clients.get(other.connection.client.id)).toBeNull();
	});
});
