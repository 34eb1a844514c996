/** Scripts and functions, and the append-only file: what is told, what comes back, what waits for a long script. */
import { describe, expect, test } from "bun:test";
import type { Server } from "../../src/server/server.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";
import type { VirtualClient } from "../support/virtual-network.ts";
import { commandText } from "../support/wire.ts";

const APPENDING = "appendonly yes\nappendfsync always\nenable-debug-command yes";
const FILE = "appendonlydir/appendonly.aof.1.incr.aof";

class Place {
	readonly machine = new VirtualMachine();
	server: Server;
	client: VirtualClient;

	constructor(directives = APPENDING) {
		this.server = this.machine.start(directives);
		this.client = this.machine.network.connect(6379);
		this.machine.network.settle();
	}

	run(...words: string[]): string {
		return this.client.run(...words);
	}

	told(): string {
		this.machine.network.settle();
		return Buffer.from(this.machine.files.readText(FILE)).toString("latin1");
	}

	restart(directives = APPENDING): void {
		this.server.stop();
		this.server = this.machine.start(directives);
		this.machine.network.settle();
		this.client = this.machine.network.connect(6379);
	}
}

const MULTI = commandText(["MULTI"]);
const EXEC = commandText(["EXEC"]);

describe("the append-only file", () => {
	test("has the changes of a script as one unit, and brings them back", () => {
		const place = new Place();
		place.run("EVAL", "redis.call('SET','a','1') redis.call('SELECT',3) redis.call('SET','b','2')", "0");
		const unit = commandText(["SET", "a", "1"]) + commandText(["SELECT", "3"]) + commandText(["SET", "b", "2"]);
		expect(place.told()).toContain(unit + EXEC);
		expect(place.told()).toContain(MULTI);
		expect(place.told()).not.toContain("EVAL");
		place.restart();
		expect(place.run("GET", "a")).toBe("$1\r\n1\r\n");
		place.run("SELECT", "3");
		expect(place.run("GET", "b")).toBe("$1\r\n2\r\n");
	});

	test("that has scripts in place of their changes, as before Redis 7, is replayed", () => {
		const place = new Place();
		place.run("SET", "before", "1");
		const more = [
			["EVAL", "redis.call('SET',KEYS[1],ARGV[1]) return redis.call('INCR','n')", "1", "k", "v"],
			["SCRIPT", "LOAD", "return redis.call('INCR','n')"],
			["EVALSHA", "0b07a4ad21d8ab3cec2b7a1be8cf09c80ac2bb11", "0"],
			["FUNCTION", "LOAD", "#!lua name=l\nredis.register_function('f', function() return redis.call('INCR','n') end)"],
			["FCALL", "f", "0"],
		];
		const sha = new Bun.CryptoHasher("sha1").update(more[1]![2]!).digest("hex");
		more[2]![1] = sha;
		place.machine.files.replaceText(FILE, place.told() + more.map((words) => commandText(words)).join(""));
		place.restart();
		expect(place.run("GET", "n")).toBe("$1\r\n3\r\n");
		expect(place.run("GET", "k")).toBe("$1\r\nv\r\n");
		expect(place.run("FCALL", "f", "0")).toBe(":4\r\n");
	});

	test("hears what redis.set_repl lets it, and in any case of keys whose time is over", () => {
		const place = new Place();
		place.run("DEBUG", "SET-ACTIVE-EXPIRE", "0");
		place.run("SET", "old", "v", "PX", "10");
		place.machine.time.advance(20);
		place.run("EVAL", "redis.set_repl(redis.REPL_NONE) redis.call('SETNX','old','new') redis.call('SET','q','1')", "0");
		expect(place.told()).toContain(commandText(["DEL", "old"]));
		expect(place.told()).not.toContain("SETNX");
		place.run("SET", "loud", "1");
		expect(place.told()).toContain(commandText(["SET", "loud", "1"]));
		place.restart();
		expect(place.run("EXISTS", "old", "q", "loud")).toBe(":1\r\n");
	});

	test("loads functions behind FLUSHALL, DEBUG RELOAD and a rewrite", () => {
		const place = new Place();
		place.run("FUNCTION", "LOAD", "#!lua name=l\nredis.register_function('f', function() return 5 end)");
		place.run("FLUSHALL");
		expect(place.run("DEBUG", "RELOAD")).toBe("+OK\r\n");
		expect(place.run("FCALL", "f", "0")).toBe(":5\r\n");
		place.run("BGREWRITEAOF");
		for (let i = 0; i < 20; i++) place.machine.time.advance(100);
		place.restart();
		expect(place.run("FCALL", "f", "0")).toBe(":5\r\n");
	});

	test("with a library that cannot be loaded keeps the server from starting", () => {
		const place = new Place("");
		place.run("FUNCTION", "LOAD", "#!lua name=l\nredis.register_function('f', function() return 5 end)");
		place.server.keyspace.libraries = [Buffer.from("#!lua name=l\nlocal broken = nil + 1")];
		expect(place.run("SAVE")).toBe("+OK\r\n");
		place.server.stop();
		const server = place.machine.prepare("");
		let exitCode = -1;
		server.onStopped((code) => {
			exitCode = code;
		});
		server.start();
		place.machine.network.settle();
		expect(exitCode).toBe(1);
		expect(place.machine.host.printed.join("\n")).toContain(
			"# Failed loading the functions: Error registering functions: ",
		);
	});
});

describe("libraries in a file that cannot be loaded", () => {
	const GOOD = "#!lua name=good\nredis.register_function('f', function() return 5 end)";
	const WRONG = [
		["#!lua name=l\nlocal broken = nil + 1"],
		["#!lua name=l y\n"],
		[GOOD, GOOD.replace("5", "6")],
		[GOOD, "#!lua name=other\nredis.register_function('F', function() return 6 end)"],
		["#!lua name=l\nwhile"],
	];

	test.each(WRONG)("DEBUG RELOAD says so, and none of them is there", (...sources) => {
		const place = new Place("enable-debug-command yes");
		place.run("FUNCTION", "LOAD", GOOD.replace("good", "before"));
		place.run("SET", "k", "v");
		place.server.keyspace.libraries = sources.map((source) => Buffer.from(source));
		expect(place.run("SAVE")).toBe("+OK\r\n");
		place.server.keyspace.libraries = [];
		expect(place.run("DEBUG", "RELOAD", "NOSAVE")).toStartWith("-ERR Error trying to load the RDB dump");
		expect(place.run("FUNCTION", "LIST")).toBe("*0\r\n");
		expect(place.run("FCALL", "f", "0")).toBe("-ERR Function not found\r\n");
		expect(place.run("FUNCTION", "LOAD", GOOD)).toBe("$4\r\ngood\r\n");
		expect(place.run("FCALL", "f", "0")).toBe(":5\r\n");
		expect(place.run("DEBUG", "RELOAD")).toBe("+OK\r\n");
		expect(place.run("FCALL", "f", "0")).toBe(":5\r\n");
		expect(place.server.statistics.internalErrors).toBe(0);
	});

	test("leave those alone on top of which they are loaded", () => {
		const place = new Place("enable-debug-command yes");
		place.run("FUNCTION", "LOAD", GOOD);
		place.server.keyspace.libraries = [Buffer.from("#!lua name=l\nlocal broken = nil + 1")];
		place.run("SAVE");
		place.server.keyspace.libraries = [Buffer.from(GOOD)];
		expect(place.run("FCALL", "f", "0")).toBe(":5\r\n");
		expect(place.run("DEBUG", "RELOAD", "NOSAVE", "NOFLUSH", "MERGE")).toStartWith("-ERR Error trying to load");
		expect(place.run("FCALL", "f", "0")).toBe(":5\r\n");
		expect(place.server.statistics.internalErrors).toBe(0);
	});

	test("keep a server with an append-only file from starting, whatever follows in it", () => {
		const place = new Place();
		place.server.keyspace.libraries = [Buffer.from("#!lua name=l\nlocal broken = nil + 1")];
		expect(place.run("BGREWRITEAOF")).toStartWith("+");
		for (let i = 0; i < 20; i++) place.machine.time.advance(100);
		place.server.keyspace.libraries = [];
		place.run("FUNCTION", "LOAD", GOOD);
		expect(place.run("FCALL", "f", "0")).toBe(":5\r\n");
		expect(place.run("DEBUG", "LOADAOF")).toStartWith("-");
		expect(place.server.statistics.internalErrors).toBe(0);
		place.server.stop();
		const server = place.machine.prepare(APPENDING);
		let exitCode = -1;
		server.onStopped((code) => {
			exitCode = code;
		});
		server.start();
		place.machine.network.settle();
		expect(exitCode).toBe(1);
		expect(server.statistics.internalErrors).toBe(0);
	});
});

describe("while a script has made way", () => {
	const SLOW =
		"redis.call('SET','a','1') for i = 1, 1e6 do end redis.call('SET','b','2') for i = 1, 1e6 do end return 7";

	/** A script that makes way at once and goes on, turn by turn. */
	function slow(script: string) {
		const place = new Place();
		const other = place.machine.network.connect(6379);
		place.server.scripting.patience.threshold_ms = -1;
		place.client.send("EVAL", script, "0");
		return { place, other };
	}

	test("its changes stay one unit, whatever others may do meanwhile", () => {
		const { place, other } = slow(SLOW);
		other.send("GET", "a");
		other.send("MULTI");
		other.send("DISCARD");
		place.machine.network.settle();
		expect(other.take()).toStartWith("-BUSY Redis is busy running a script.");
		place.machine.network.settle();
		expect(place.client.take()).toBe(":7\r\n");
		const unit = MULTI + commandText(["SELECT", "0"]) + commandText(["SET", "a", "1"]) + commandText(["SET", "b", "2"]);
		expect(place.told()).toEndWith(unit + EXEC);
	});

	test("SHUTDOWN NOSAVE leaves nothing of it in the file", () => {
		const { place, other } = slow(SLOW);
		place.told();
		const before = place.told();
		place.client.send("EVAL", "redis.call('SET','lost','1') for i = 1, 1e7 do end", "0");
		other.send("SHUTDOWN", "NOSAVE");
		place.machine.network.settle();
		expect(place.told()).toBe(before);
		expect(before).toContain("SET");
	});
});
