import { describe, expect, test } from "bun:test";
import { sealed } from "../../fuzzers/payloads.ts";
import { VirtualMachine } from "../../support/virtual-machine.ts";
import type { VirtualClient } from "../../support/virtual-network.ts";

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");
const payload = (value: string, version?: number) =>
	text(sealed(new Uint8Array(Buffer.from(value, "latin1")), version));

const string = payload("\x00\x05hello");
const list = payload("\x01\x02\x01a\x01b");

function started(directives = ""): { machine: VirtualMachine; client: VirtualClient } {
	const machine = new VirtualMachine();
	machine.start(`enable-debug-command yes\n${directives}`);
	return { machine, client: machine.network.connect(6379) };
}

describe("RESTORE", () => {
	test("makes the key that DUMP gave out, also in place of another", () => {
		const { client } = started();
		client.run("RPUSH", "l", "a", "b", "c");
		const reply = client.run("DUMP", "l");
		const dump = reply.slice(reply.indexOf("\r\n") + 2, -2);
		expect(client.run("RESTORE", "m", 0, dump)).toBe("+OK\r\n");
		expect(client.run("LRANGE", "m", 0, -1)).toBe(client.run("LRANGE", "l", 0, -1));
		expect(client.run("RESTORE", "m", 0, string)).toBe("-BUSYKEY Target key name already exists.\r\n");
		expect(client.run("RESTORE", "m", 0, string, "replace")).toBe("+OK\r\n");
		expect(client.run("GET", "m")).toBe("$5\r\nhello\r\n");
		expect(client.run("RESTORE", "m", 0, list, "REPLACE")).toBe("+OK\r\n");
		expect(client.run("TYPE", "m")).toBe("+list\r\n");
	});

	test("takes a time to live, or a moment", () => {
		const { machine, client } = started();
		client.run("SET", "k", "v", "PX", 5);
		expect(client.run("RESTORE", "k", 7000, string, "REPLACE")).toBe("+OK\r\n");
		expect(client.run("PTTL", "k")).toBe(":7000\r\n");
		const moment = machine.time.now_ms() + 9000;
		expect(client.run("RESTORE", "k", moment, string, "REPLACE", "ABSTTL")).toBe("+OK\r\n");
		expect(client.run("PEXPIRETIME", "k")).toBe(`:${moment}\r\n`);
		expect(client.run("RESTORE", "k", 0, string, "REPLACE", "ABSTTL")).toBe("+OK\r\n");
		expect(client.run("PTTL", "k")).toBe(":-1\r\n");
	});

	test("a moment that is over leaves nothing", () => {
		const { client } = started();
		expect(client.run("RESTORE", "k", 1000, string, "ABSTTL")).toBe("+OK\r\n");
		expect(client.run("EXISTS", "k")).toBe(":0\r\n");
		client.run("SET", "k", "v");
		expect(client.run("RESTORE", "k", 1000, string, "ABSTTL", "REPLACE")).toBe("+OK\r\n");
		expect(client.run("EXISTS", "k")).toBe(":0\r\n");
	});

	test("sets the idle time, or the frequency where that is what counts", () => {
		const { client } = started();
		client.run("RESTORE", "k", 0, string, "IDLETIME", 1000);
		expect(client.run("OBJECT", "IDLETIME", "k")).toBe(":1000\r\n");
		const counting = started("maxmemory-policy allkeys-lfu").client;
		counting.run("RESTORE", "k", 0, string, "FREQ", 200);
		expect(counting.run("OBJECT", "FREQ", "k")).toBe(":200\r\n");
	});

	test("refuses what it does not understand, in Redis's order", () => {
		const { client } = started();
		client.run("SET", "there", "1");
		const error = (...words: (string | number)[]) => client.run("RESTORE", ...words).slice(1, -2);
		expect(error("there", "x", "y", "BAR")).toBe("ERR syntax error");
		expect(error("there", "x", "y")).toBe("BUSYKEY Target key name already exists.");
		expect(error("k", "x", "y")).toBe("ERR value is not an integer or out of range");
		expect(error("k", -1, "y")).toBe("ERR Invalid TTL value, must be >= 0");
		expect(error("k", 0, "y")).toBe("ERR DUMP payload version or checksum are wrong");
		expect(error("k", 0, "y", "FREQ", 3, "IDLETIME", 3)).toBe("ERR syntax error");
		expect(error("k", 0, "y", "IDLETIME")).toBe("ERR syntax error");
		expect(error("k", 0, "y", "IDLETIME", -1)).toBe("ERR Invalid IDLETIME value, must be >= 0");
		expect(error("k", 0, "y", "FREQ", 256)).toBe("ERR Invalid FREQ value, must be >= 0 and <= 255");
		expect(client.run("EXISTS", "k")).toBe(":0\r\n");
	});

	test("refuses versions of the future, takes Valkey's, and sees a wrong checksum", () => {
		const { client } = started();
		const wrong = "-ERR DUMP payload version or checksum are wrong\r\n";
		expect(client.run("RESTORE", "a", 0, payload("\x00\x05hello", 13))).toBe(wrong);
		expect(client.run("RESTORE", "a", 0, payload("\x00\x05hello", 79))).toBe(wrong);
		expect(client.run("RESTORE", "a", 0, `${string.slice(0, -1)}x`)).toBe(wrong);
		expect(client.run("RESTORE", "a", 0, string.slice(0, 9))).toBe(wrong);
		expect(client.run("RESTORE", "a", 0, payload("\x00\x05hello", 80))).toBe("+OK\r\n");
		expect(client.run("RESTORE", "b", 0, payload("\x00\x05hello", 1))).toBe("+OK\r\n");
	});

	test.each([
		["an empty collection", "\x02\x00"],
		["a string that is cut", "\x00\x05hell"],
		["more behind the value", "\x00\x05hello!"],
		["a type nobody knows", "\x63\x00"],
		["data of a module", "\x07\x05\x00"],
		["nothing", ""],
		["a member twice", "\x02\x02\x01a\x01a"],
	])("refuses %s, and what was there stays", (_name, value) => {
		const { client } = started();
		client.run("SET", "k", "v", "EX", 100);
		expect(client.run("RESTORE", "k", 0, payload(value), "REPLACE")).toBe("-ERR Bad data format\r\n");
		expect(client.run("GET", "k")).toBe("$1\r\nv\r\n");
		expect(client.run("TTL", "k")).toBe(":100\r\n");
	});

	test("is one change and one event", () => {
		const { machine, client } = started("notify-keyspace-events KEA");
		const listener = machine.network.connect(6379);
		listener.run("PSUBSCRIBE", "__keyevent@0__:*");
		const changes = () => Number(/rdb_changes_since_last_save:(\d+)/.exec(client.run("INFO", "persistence"))![1]);
		client.run("SET", "k", "v");
		listener.take();
		const before = changes();
		client.run("RESTORE", "k", 0, list, "REPLACE");
		expect(changes()).toBe(before + 1);
		expect(listener.take().match(/__keyevent@0__:\w+/g)).toEqual(["__keyevent@0__:restore"]);
	});
});
