import { beforeEach, describe, expect, test } from "bun:test";
import {
	entry,
	INVALID_ID,
	map,
	NO_ARRAY,
	NOT_AN_INTEGER,
	OK,
	type Said,
	StreamEngine,
	WRONG_TYPE,
} from "./stream-engine.ts";

const NO_KEY =
	"ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.";

let engine: StreamEngine;

beforeEach(() => {
	engine = new StreamEngine();
	engine.add("s", "1-1", "1-2", "2-0");
	engine.takeChanges();
});

function create(words: string): void {
	expect(engine.run("XGROUP", "CREATE", ...words.split(" "))).toBe(OK);
}

function groups(...said: Record<string, Said>[]): void {
	engine.expect("XINFO GROUPS s", said.map(map));
}

function group(name: string, lastId: string, read: Said, lag: Said, consumers = 0, pending = 0) {
	return { name, consumers, pending, "last-delivered-id": lastId, "entries-read": read, lag };
}

describe("XGROUP CREATE", () => {
	test("makes a group that reads from an id on", () => {
		create("s b $");
		create("s a 0 ENTRIESREAD 2");
		create("s c 1 entriesread -1");
		expect(engine.takeChanges()).toEqual({ events: Array(3).fill("xgroup-create s"), dirty: 3 });
		groups(group("a", "0-0", 2, 1), group("b", "2-0", null, 0), group("c", "1-0", null, 3));
		engine.expectError("XGROUP CREATE s a 0", "BUSYGROUP Consumer Group name already exists");
	});

	test("makes an empty stream where it is told to", () => {
		engine.expectError("XGROUP CREATE t g $", NO_KEY);
		engine.expectError("XGROUP CREATE t g $ ENTRIESREAD 1", NO_KEY);
		create("t g $ MKSTREAM");
		expect(engine.takeChanges()).toEqual({ events: ["new t", "xgroup-create t"], dirty: 1 });
		engine.expect("XLEN t", 0);
		engine.expect("XREADGROUP GROUP g c STREAMS t >", NO_ARRAY);
		engine.expect("XINFO GROUPS t", [map(group("g", "0-0", null, 0, 1))]);
	});

	test("refuses what makes no sense, without a trace", () => {
		const syntax = (name: string) =>
			`ERR unknown subcommand or wrong number of arguments for '${name}'. Try XGROUP HELP.`;
		engine.expectError("XGROUP create t g 0 x", syntax("create"));
		engine.expectError("XGROUP CREATE t g 0 MKSTREAM ENTRIESREAD", syntax("CREATE"));
		engine.expectError("XGROUP CREATE t g 0 MKSTREAM MKSTREAM MKSTREAM MKSTREAM", syntax("CREATE"));
		engine.expectError(
			"XGROUP CREATE t g 0 MKSTREAM ENTRIESREAD -2",
			"ERR value for ENTRIESREAD must be positive or -1",
		);
		expect(engine.run("XGROUP", "CREATE", "t", "g", "0", "MKSTREAM", "ENTRIESREAD", "x")).toBe(NOT_AN_INTEGER);
		for (const id of ["-", "+", "x", "(1"])
			expect(engine.run("XGROUP", "CREATE", "t", "g", id, "MKSTREAM")).toBe(INVALID_ID);
		engine.expectError("XGROUP CREATE s g", "ERR wrong number of arguments for 'xgroup|create' command");
		engine.expectError("XGROUP x", "ERR unknown subcommand 'x'. Try XGROUP HELP.");
		engine.run("SET", "string", "x");
		expect(engine.run("XGROUP", "CREATE", "string", "g", "0")).toBe(WRONG_TYPE);
		engine.expect("XLEN t", 0);
		expect(engine.takeChanges().events).toEqual(["set string"]);
	});
});

describe("XGROUP SETID and DESTROY", () => {
	test("SETID moves a group", () => {
		create("s g 0");
		for (const [id, set] of [
			["$", "2-0"],
			["1", "1-0"],
			["1-1", "1-1"],
			["-", "0-0"],
			["+", "18446744073709551615-18446744073709551615"],
		]) {
			expect(engine.run("XGROUP", "SETID", "s", "g", id!)).toBe(OK);
			expect(engine.run("XINFO", "GROUPS", "s")).toContain(`${set}\r\n`);
		}
		expect(engine.takeChanges()).toEqual({
			events: ["xgroup-create s", ...Array(5).fill("xgroup-setid s")],
			dirty: 6,
		});
		expect(engine.run(..."XGROUP SETID s g 1-2 ENTRIESREAD 9223372036854775807".split(" "))).toBe(OK);
		groups(group("g", "1-2", 2n ** 63n - 1n, 3n - (2n ** 63n - 1n)));
	});

	test("SETID wants stream and group", () => {
		engine.expectError("XGROUP SETID missing g 0", NO_KEY);
		engine.expectError("XGROUP SETID s missing 0", "NOGROUP No such consumer group 'missing' for key name 's'");
		create("s g 0");
		expect(engine.run("XGROUP", "SETID", "s", "g", "x")).toBe(INVALID_ID);
		const syntax = "ERR unknown subcommand or wrong number of arguments for 'SETID'. Try XGROUP HELP.";
		engine.expectError("XGROUP SETID s g 0 MKSTREAM", syntax);
		engine.expectError("XGROUP SETID s g 0 ENTRIESREAD 1 ENTRIESREAD 1", syntax);
	});

	test("DESTROY removes a group with all it knew", () => {
		create("s g 0");
		engine.run(..."XREADGROUP GROUP g c STREAMS s >".split(" "));
		engine.takeChanges();
		engine.expect("XGROUP DESTROY s g", 1);
		engine.expect("XGROUP DESTROY s g", 0);
		expect(engine.takeChanges()).toEqual({ events: ["xgroup-destroy s"], dirty: 1 });
		groups();
		engine.expectError("XGROUP DESTROY missing g", NO_KEY);
	});
});

describe("consumers", () => {
	test("come and go", () => {
		create("s g 0");
		engine.takeChanges();
		engine.expect("XGROUP CREATECONSUMER s g c", 1);
		engine.expect("XGROUP CREATECONSUMER s g c", 0);
		expect(engine.takeChanges()).toEqual({ events: ["xgroup-createconsumer s"], dirty: 1 });
		engine.run(..."XREADGROUP GROUP g c COUNT 2 STREAMS s >".split(" "));
		engine.run(..."XREADGROUP GROUP g d STREAMS s >".split(" "));
		engine.takeChanges();
		engine.expect("XGROUP DELCONSUMER s g c", 2);
		engine.expect("XGROUP DELCONSUMER s g c", 0);
		expect(engine.takeChanges()).toEqual({ events: ["xgroup-delconsumer s"], dirty: 1 });
		engine.expect("XPENDING s g", [1, "2-0", "2-0", [["d", "1"]]]);
		engine.expect("XREADGROUP GROUP g c STREAMS s 0", engine.streams(["s", []]));
		engine.expect("XREADGROUP GROUP g d STREAMS s 0", engine.streams(["s", [entry("2-0")]]));
	});

	test("want stream and group", () => {
		for (const command of ["CREATECONSUMER", "DELCONSUMER"]) {
			engine.expectError(`XGROUP ${command} missing g c`, NO_KEY);
			engine.expectError(`XGROUP ${command} s g c`, "NOGROUP No such consumer group 'g' for key name 's'");
		}
		// Errors quote names as C strings.
		const reply = engine.run("XGROUP", "DELCONSUMER", "s", "g\0x", "c");
		expect(reply).toBe("-NOGROUP No such consumer group 'g' for key name 's'\r\n");
	});
});

describe("entries-read and lag", () => {
	test("count with what is read, also from a place that can be told", () => {
		create("s g 0");
		groups(group("g", "0-0", null, 3));
		engine.run(..."XREADGROUP GROUP g c COUNT 1 STREAMS s >".split(" "));
		groups(group("g", "1-1", 1, 2, 1, 1));
		engine.run(..."XREADGROUP GROUP g c STREAMS s >".split(" "));
		groups(group("g", "2-0", 3, 0, 1, 3));
		engine.add("s", "3-0");
		groups(group("g", "2-0", 3, 1, 1, 3));
	});

	test("are unknown in the middle, and again known at the end", () => {
		create("s g 1-1");
		groups(group("g", "1-1", null, 2));
		engine.run("XGROUP", "SETID", "s", "g", "1-2");
		groups(group("g", "1-2", null, null));
		engine.run(..."XREADGROUP GROUP g c STREAMS s >".split(" "));
		groups(group("g", "2-0", 3, 0, 1, 1));
	});

	test("are unknown where entries ahead were deleted, unless all before the first", () => {
		create("s g 0 ENTRIESREAD 0");
		engine.add("s", "3-0");
		engine.run("XDEL", "s", "1-2");
		groups(group("g", "0-0", 0, null));
		engine.run(..."XREADGROUP GROUP g c COUNT 1 STREAMS s >".split(" "));
		groups(group("g", "1-1", null, null, 1, 1));
		engine.run(..."XREADGROUP GROUP g c STREAMS s >".split(" "));
		groups(group("g", "3-0", 4, 0, 1, 3));
		engine.run("XTRIM", "s", "MAXLEN", "1");
		engine.run("XGROUP", "SETID", "s", "g", "0", "ENTRIESREAD", "3");
		groups(group("g", "0-0", 3, 1, 1, 3));
	});

	test("are unknown where the last entry read was deleted", () => {
		create("s g 0");
		engine.run(..."XREADGROUP GROUP g c COUNT 2 STREAMS s >".split(" "));
		groups(group("g", "1-2", 2, 1, 1, 2));
		engine.run("XDEL", "s", "1-2");
		groups(group("g", "1-2", 2, null, 1, 2));
	});

	test("of an empty stream", () => {
		create("s g 0");
		engine.run("XTRIM", "s", "MAXLEN", "0");
		groups(group("g", "0-0", null, 0));
		engine.run("XGROUP", "SETID", "s", "g", "9");
		groups(group("g", "9-0", null, null));
	});
});

test("XGROUP HELP and XINFO HELP explain", () => {
	for (const command of ["XGROUP", "XINFO"]) {
		const reply = engine.run(command, "HELP");
		expect(reply).toContain(`+${command} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:\r\n`);
		expect(reply.endsWith("+HELP\r\n+    Print this help.\r\n")).toBe(true);
	}
});
