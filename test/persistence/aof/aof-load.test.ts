import { describe, expect, test } from "bun:test";
import { SimulatedDisk } from "../../support/simulated-disk.ts";
import { commandText, toBytes } from "../../support/wire.ts";
import { AofMachine, commands, diskWith, INCREMENT, START_MS } from "./machine.ts";

const MANIFEST = "appendonly.aof.manifest";
const BASE = "appendonly.aof.1.base.aof";
const ONE = "appendonly.aof.1.incr.aof";
const TWO = "appendonly.aof.2.incr.aof";
const both = `file ${BASE} seq 1 type b\nfile ${ONE} seq 1 type i\n`;
const three = `${both}file ${TWO} seq 2 type i\n`;
const onlyOne = `file ${ONE} seq 1 type i\n`;

/** A server that started on these files, or did not. */
function started(parts: Record<string, string>, directives: string[] = [], texts: Record<string, string> = {}) {
	return new AofMachine(diskWith(parts, texts), directives);
}

describe("at the start", () => {
	test("base and increments are executed in order", () => {
		const machine = started({
			[MANIFEST]: three,
			[BASE]: commands("SELECT 0", "SET a base", "SET b base"),
			[ONE]: commands("SELECT 0", "SET a one", "SELECT 2", "RPUSH l 1 2"),
			[TWO]: commands("SELECT 0", "SET c two"),
		});
		expect(machine.run("MGET", "a", "b", "c")).toBe("*3\r\n$3\r\none\r\n$4\r\nbase\r\n$3\r\ntwo\r\n");
		machine.run("SELECT", 2);
		expect(machine.run("LRANGE", "l", 0, -1)).toBe("*2\r\n$1\r\n1\r\n$1\r\n2\r\n");
		expect(machine.log()).toContain(`DB loaded from base file ${BASE}: `);
		expect(machine.log()).toContain(`DB loaded from incr file ${TWO}: `);
		expect(machine.log()).toContain("DB loaded from append only file: ");
		expect(machine.log()).toContain(`Opening AOF incr file ${TWO} on server start`);
		machine.run("SET", "d", "new");
		expect(machine.text(TWO)).toEndWith(commands("SELECT 2", "SET d new"));
	});

	test("a file on its own becomes the base", () => {
		const machine = started({}, [], { "/work/appendonly.aof": commands("SELECT 0", "SET a 1") });
		expect(machine.run("GET", "a")).toBe("$1\r\n1\r\n");
		expect(machine.manifest()).toBe("file appendonly.aof seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n");
		expect(machine.disk.exists("/work/appendonly.aof")).toBe(false);
		expect(machine.log()).toContain(
			"Successfully migrated an old-style AOF file (appendonly.aof) into the AOF directory (appendonlydir).",
		);
	});

	test("a snapshot with commands behind it is loaded, and kept where they are cut off", () => {
		const writer = new AofMachine();
		writer.run("SET", "a", "from the snapshot");
		writer.run("RPUSH", "l", 1, 2);
		writer.run("SET", "gone", 1, "PXAT", START_MS + 1000);
		writer.run("BGREWRITEAOF");
		writer.time.advance(500);
		const snapshot = Buffer.from(writer.disk.contents("/work/appendonlydir/appendonly.aof.2.base.rdb")!).toString(
			"latin1",
		);
		const tail = commands("SELECT 0", "RPUSH l 3", "PERSIST gone");
		for (const cut of [0, 1, tail.length - 5]) {
			const disk = new SimulatedDisk();
			disk.lay("/work/appendonly.aof", toBytes(snapshot + tail.slice(0, tail.length - cut)));
			const machine = new AofMachine(disk, [], START_MS + 5000);
			expect([cut, machine.exitCode]).toEqual([cut, null]);
			expect([cut, machine.run("GET", "a")]).toEqual([cut, "$17\r\nfrom the snapshot\r\n"]);
			expect([cut, machine.run("LLEN", "l")]).toEqual([cut, `:${cut > 1 ? 2 : 3}\r\n`]);
			expect([cut, machine.run("EXISTS", "gone")]).toEqual([cut, `:${cut === 0 ? 1 : 0}\r\n`]);
			expect(machine.log()).toContain("Reading RDB preamble from AOF file...");
			expect(machine.log()).toContain("Reading the remaining AOF tail...");
			expect(machine.text("appendonly.aof").startsWith("REDIS")).toBe(true);
			machine.server.stop();
		}
	});

	test("a move that came only half about is finished", () => {
		const machine = started({ [MANIFEST]: "file appendonly.aof seq 1 type b\n" }, [], {
			"/work/appendonly.aof": commands("SET a 1"),
		});
		expect(machine.run("GET", "a")).toBe("$1\r\n1\r\n");
	});

	test("what is behind the time of a key still finds it", () => {
		const past = START_MS - 1000;
		const machine = started({
			[MANIFEST]: onlyOne,
			[ONE]: commands("SET n 1", `PEXPIREAT n ${past}`, "INCR n", "SET m 1", `PEXPIREAT m ${past}`, "PERSIST m"),
		});
		expect(machine.run("MGET", "n", "m")).toBe("*2\r\n$-1\r\n$1\r\n1\r\n");
	});

	test("errors of commands are told and stop nothing", () => {
		const machine = started({ [MANIFEST]: onlyOne, [ONE]: commands("SET a x", "INCR a", "SET b 1") });
		expect(machine.run("GET", "b")).toBe("$1\r\n1\r\n");
		expect(machine.log()).toContain(
			"== CRITICAL == This server is sending an error to its AOF-loading-client: '-ERR value is not an integer or out of " +
				"range' after processing the command 'incr'",
		);
		expect(machine.run("INFO", "commandstats")).not.toContain("cmdstat_incr:");
	});

	test("nobody waits", () => {
		const machine = started({ [MANIFEST]: onlyOne, [ONE]: commands("BLPOP l 0", "SET a 1") });
		expect(machine.run("GET", "a")).toBe("$1\r\n1\r\n");
	});
});

describe("a transaction", () => {
	test("counts when its end is there", () => {
		const machine = started({
			[MANIFEST]: onlyOne,
			[ONE]: commands("SET a 1", "MULTI", "SELECT 3", "SET a 2", "SET b 2", "EXEC", "SET c 3"),
		});
		expect(machine.run("GET", "a")).toBe("$1\r\n1\r\n");
		machine.run("SELECT", 3);
		expect(machine.run("MGET", "a", "b", "c")).toBe("*3\r\n$1\r\n2\r\n$1\r\n2\r\n$1\r\n3\r\n");
	});

	test("without an end is as if it had not begun", () => {
		const whole = commands("SET a 1");
		const machine = started({ [MANIFEST]: onlyOne, [ONE]: whole + commands("MULTI", "SET a 2") });
		expect(machine.run("GET", "a")).toBe("$1\r\n1\r\n");
		expect(machine.text(ONE)).toBe(whole);
		expect(machine.log()).toContain(`Revert incomplete MULTI/EXEC transaction in AOF file ${ONE}`);
		expect(machine.log()).toContain(`!!! Truncating the AOF ${ONE} at offset ${whole.length} !!!`);
	});
});

describe("cut off at any byte", () => {
	const units = [
		commands("SELECT 0"),
		commands("SET a 1"),
		commands("MULTI", "SET a 2", "RPUSH l x", "EXEC"),
		`#TS:1700000000\r\n${commands("SET b 3")}`,
	];
	const text = units.join("");
	const ends = units.map((_, i) => units.slice(0, i + 1).join("").length);

	test("it loads what is whole, cuts the rest off, and goes on from there", () => {
		for (let length = 0; length <= text.length; length++) {
			const disk = diskWith({ [MANIFEST]: onlyOne, [ONE]: text.slice(0, length) });
			const machine = new AofMachine(disk);
			expect([length, machine.exitCode]).toEqual([length, null]);
			const [a, l, b] = [
				length >= ends[2]! ? "2" : length >= ends[1]! ? "1" : "",
				length >= ends[2]!,
				length === text.length,
			];
			const asked = machine.run("GET", "a") + machine.run("EXISTS", "l") + machine.run("GET", "b");
			expect([length, asked]).toEqual([
				length,
				`${a === "" ? "$-1" : `$1\r\n${a}`}\r\n:${l ? 1 : 0}\r\n${b ? "$1\r\n3" : "$-1"}\r\n`,
			]);
			machine.run("SET", "more", "x");
			machine.server.stop();
			const again = new AofMachine(disk, [], START_MS + 1000);
			expect([length, again.run("GET", "more")]).toEqual([length, "$1\r\nx\r\n"]);
			expect(again.log().match(/Truncating/g)?.length ?? 0).toBeLessThanOrEqual(1);
			again.server.stop();
		}
	});

	test("it refuses to start with aof-load-truncated no", () => {
		const machine = started({ [MANIFEST]: onlyOne, [ONE]: text.slice(0, -3) }, ["aof-load-truncated no"]);
		expect(machine.exitCode).toBe(1);
		expect(machine.log()).toContain(
			`Unexpected end of file reading the append only file ${ONE}. You can: 1) Make a backup of your AOF file, then use ` +
				"./redis-check-aof --fix <filename.manifest>. 2) Alternatively you can set the 'aof-load-truncated' configuration " +
				"option to yes and restart the server.",
		);
		expect(machine.text(ONE)).toBe(text.slice(0, -3));
	});

	test("it refuses where other files follow, and cuts nothing off", () => {
		const machine = started({ [MANIFEST]: three, [BASE]: "", [ONE]: text.slice(0, -3), [TWO]: commands("SET z 1") });
		expect(machine.exitCode).toBe(1);
		expect(machine.log()).toContain("Fatal error: the truncated file is not the last file");
		expect(machine.text(ONE)).toBe(text.slice(0, -3));
	});
});

describe("it does not start", () => {
	test.each([
		[
			"GET a\r\n",
			`Bad file format reading the append only file ${ONE}: make a backup of your AOF file, then use ./redis-check-aof --fix <filename.manifest>`,
		],
		[commands("NOSUCH a"), `Unknown command 'NOSUCH' reading the append only file ${ONE}`],
		[commandText(["SET", "a"]), `Unknown command 'SET' reading the append only file ${ONE}`],
	])("with %j", (text, line) => {
		const machine = started({ [MANIFEST]: onlyOne, [ONE]: commands("SET a 1") + text });
		expect(machine.exitCode).toBe(1);
		expect(machine.log()).toContain(line);
	});

	test("without a file that is listed", () => {
		const machine = started({ [MANIFEST]: both, [ONE]: "" });
		expect(machine.exitCode).toBe(1);
		expect(machine.log()).toContain(`Unable to obtain the AOF file ${BASE} length. stat: No such file or directory`);
	});

	test("with a broken manifest", () => {
		const machine = started({ [MANIFEST]: `${onlyOne}rubbish\n` });
		expect(machine.exitCode).toBe(1);
		expect(machine.log()).toContain("Reading the manifest file, at line 2");
		expect(machine.log()).toContain(">>> 'rubbish'");
	});
});

test("with a bit flipped anywhere it starts or says why not", () => {
	const text = commands("SET a 1", "MULTI", "SET b 1", "DEL a", "EXEC", "EXPIRE b 100");
	for (let at = 0; at < text.length; at++) {
		const flipped = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << (at % 7))) + text.slice(at + 1);
		const machine = started({ [MANIFEST]: onlyOne, [ONE]: flipped });
		if (machine.exitCode === null) expect(machine.run("PING")).toBe("+PONG\r\n");
		else expect(machine.log()).toMatch(/Bad file format|Unknown command/);
		expect(machine.log()).not.toContain("Internal error");
		machine.server.stop();
	}
});

test("the file goes on where it ended", () => {
	const disk = diskWith({});
	const first = new AofMachine(disk);
	first.run("SET", "a", 1);
	first.server.stop();
	const second = new AofMachine(disk, [], START_MS + 5000);
	second.run("SET", "b", 2);
	expect(disk.texts.get(INCREMENT)).toBe(commands("SELECT 0", "SET a 1", "SELECT 0", "SET b 2"));
});
