import { describe, expect, test } from "bun:test";
import { type DiskOperation, type Fault, SimulatedDisk } from "../../support/simulated-disk.ts";
import { AofMachine, commands, FOLDER, INCREMENT, START_MS } from "./machine.ts";

const FIRST = "file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n";
const SECOND = "file appendonly.aof.2.base.rdb seq 2 type b\nfile appendonly.aof.2.incr.aof seq 2 type i\n";
const REFUSED = "-MISCONF Errors writing to the AOF file: No space left on device\r\n";

function failing(disk: SimulatedDisk, path: RegExp, action: DiskOperation["action"], fault: Fault): void {
	disk.fault = (operation) => (operation.action === action && path.test(operation.path) ? fault : null);
}

function healthy(disk: SimulatedDisk): void {
	disk.fault = () => null;
}

/** A machine on the same disk after the end of the one before. */
function next(machine: AofMachine, directives: string[] = []): AofMachine {
	machine.server.stop();
	return new AofMachine(machine.disk as SimulatedDisk, directives, machine.time.now_ms() + 1000);
}

describe("a fresh start", () => {
	test("makes a base, an increment and the manifest", () => {
		const machine = new AofMachine();
		expect(machine.disk.list(FOLDER)).toEqual([
			"appendonly.aof.1.base.rdb",
			"appendonly.aof.1.incr.aof",
			"appendonly.aof.manifest",
		]);
		expect(machine.manifest()).toBe(FIRST);
		expect(machine.log()).toContain("Creating AOF base file appendonly.aof.1.base.rdb on server start");
		expect(machine.log()).toContain("Creating AOF incr file appendonly.aof.1.incr.aof on server start");
	});

	test("takes its names from the configuration", () => {
		const directives = ["appenddirname files", 'appendfilename "my data"', "aof-use-rdb-preamble no"];
		const machine = new AofMachine(new SimulatedDisk(), directives);
		expect(machine.disk.texts.get("/work/files/my data.manifest")).toBe(
			'file "my data.1.base.aof" seq 1 type b\nfile "my data.1.incr.aof" seq 1 type i\n',
		);
		machine.run("SET", "a", 1);
		expect(next(machine, directives).run("GET", "a")).toBe("$1\r\n1\r\n");
	});

	test("ends where the folder cannot be made", () => {
		const disk = new SimulatedDisk();
		failing(disk, /appendonlydir/, "makeDirectory", "EACCES");
		const machine = new AofMachine(disk);
		expect(machine.exitCode).toBe(1);
		expect(machine.log()).toContain("Can't open or create append-only dir appendonlydir: Permission denied");
	});
});

describe("a rewrite", () => {
	test("leaves a base and what came since", () => {
		const machine = new AofMachine();
		for (let i = 0; i < 100; i++) machine.run("INCR", "n");
		expect(machine.run("BGREWRITEAOF", "")).toStartWith("-ERR wrong number");
		expect(machine.run("BGREWRITEAOF")).toBe("+Background append only file rewriting started\r\n");
		machine.run("SET", "after", 1);
		machine.time.advance(1000);
		expect(machine.manifest()).toBe(SECOND);
		expect(machine.disk.list(FOLDER)).toEqual([
			"appendonly.aof.2.base.rdb",
			"appendonly.aof.2.incr.aof",
			"appendonly.aof.manifest",
		]);
		expect(machine.text("appendonly.aof.2.incr.aof")).toBe(commands("SELECT 0", "SET after 1"));
		expect(machine.disk.list("/work").filter((name) => name.startsWith("temp"))).toEqual([]);
		expect(machine.info("aof_rewrites")).toBe("1");
		const bytes = ["appendonly.aof.2.base.rdb", "appendonly.aof.2.incr.aof"].map(
			(name) => machine.disk.contents(`${FOLDER}/${name}`)!.length,
		);
		expect(machine.info("aof_current_size")).toBe(String(bytes[0]! + bytes[1]!));
		expect(machine.log()).toContain("Background AOF rewrite finished successfully");
		expect(next(machine).run("MGET", "n", "after")).toBe("*2\r\n$3\r\n100\r\n$1\r\n1\r\n");
	});

	test("parts exactly what comes before and behind it", () => {
		for (const directive of ["appendfsync everysec", "appendfsync always", "appendfsync no"]) {
			const machine = new AofMachine(new SimulatedDisk(), [directive]);
			machine.client.sendText(commands("INCR n", "RPUSH l 1", "BGREWRITEAOF", "INCR n", "RPUSH l 2"));
			machine.time.advance(1000);
			expect(machine.text("appendonly.aof.2.incr.aof")).toBe(commands("SELECT 0", "INCR n", "RPUSH l 2"));
			expect(next(machine).run("GET", "n")).toBe("$1\r\n2\r\n");
		}
	});

	test("as commands, with aof-use-rdb-preamble no", () => {
		const directives = ["aof-use-rdb-preamble no"];
		const machine = new AofMachine(new SimulatedDisk(), directives);
		machine.run("RPUSH", "l", 1, 2);
		machine.run("BGREWRITEAOF");
		machine.time.advance(1000);
		expect(machine.text("appendonly.aof.2.base.aof")).toContain("RPUSH");
		expect(next(machine, directives).run("LRANGE", "l", 0, -1)).toBe("*2\r\n$1\r\n1\r\n$1\r\n2\r\n");
	});

	test("one at a time, and behind a save", () => {
		const machine = new AofMachine();
		machine.client.send("BGREWRITEAOF");
		machine.client.send("BGREWRITEAOF");
		machine.client.send("BGSAVE");
		expect(machine.run("PING")).toBe(
			"+Background append only file rewriting started\r\n" +
				"-ERR Background append only file rewriting already in progress\r\n" +
				"-ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to schedule a BGSAVE whenever possible.\r\n" +
				"+PONG\r\n",
		);
		machine.time.advance(1000);
		machine.client.send("BGSAVE");
		machine.client.send("BGREWRITEAOF");
		machine.client.send("INFO", "persistence");
		const text = machine.run("PING");
		expect(text).toContain("+Background append only file rewriting scheduled\r\n");
		expect(text).toContain("aof_rewrite_scheduled:1\r\n");
		machine.time.advance(1000);
		expect(machine.info("aof_rewrites")).toBe("2");
		expect(machine.info("aof_rewrite_scheduled")).toBe("0");
	});

	test("without an append-only file leaves one for those who turn it on", () => {
		const machine = new AofMachine(new SimulatedDisk(), ["appendonly no"]);
		machine.run("SET", "a", 1);
		expect(machine.run("BGREWRITEAOF")).toBe("+Background append only file rewriting started\r\n");
		machine.time.advance(1000);
		expect(machine.manifest()).toBe("file appendonly.aof.1.base.rdb seq 1 type b\n");
		expect(next(machine).run("GET", "a")).toBe("$1\r\n1\r\n");
	});

	test("begins by itself when the file has grown", () => {
		const machine = new AofMachine(new SimulatedDisk(), ["auto-aof-rewrite-min-size 1000"]);
		machine.run("SET", "a", "x".repeat(500));
		machine.time.advance(1000);
		expect(machine.info("aof_rewrites")).toBe("0");
		machine.run("SET", "a", "x".repeat(500));
		machine.time.advance(1000);
		expect(machine.info("aof_rewrites")).toBe("1");
		expect(machine.log()).toMatch(/Starting automatic rewriting of AOF on \d+% growth/);
	});

	test("keeps the history with aof-disable-auto-gc", () => {
		const machine = new AofMachine(new SimulatedDisk(), ["aof-disable-auto-gc yes"]);
		machine.run("BGREWRITEAOF");
		machine.time.advance(1000);
		expect(machine.manifest().match(/type h/g)?.length).toBe(2);
		expect(machine.disk.exists(INCREMENT)).toBe(true);
		const second = next(machine);
		expect(second.manifest()).toBe(SECOND);
		expect(second.disk.exists(INCREMENT)).toBe(false);
	});

	test("that fails is told, leaves all as it was, and waits longer each time", () => {
		const disk = new SimulatedDisk();
		const machine = new AofMachine(disk, ["auto-aof-rewrite-min-size 100"]);
		machine.run("SET", "a", "x".repeat(1000));
		failing(disk, /temp-rewriteaof/, "create", "EACCES");
		machine.time.advance(10_000);
		expect(machine.info("aof_last_bgrewrite_status")).toBe("err");
		const attempts = () => Number(machine.info("aof_rewrites_consecutive_failures"));
		expect(attempts()).toBe(3);
		expect(machine.log()).toContain("has repeatedly failed and triggered the limit, will retry in 1 minutes");
		machine.time.advance(61_000);
		expect(attempts()).toBe(4);
		machine.time.advance(100_000);
		expect(attempts()).toBe(4);
		machine.time.advance(30_000);
		expect(attempts()).toBe(5);
		expect(machine.manifest().match(/type i/g)?.length).toBe(6);
		machine.run("SET", "b", 1);
		const second = next(machine);
		expect(second.run("STRLEN", "a") + second.run("GET", "b")).toBe(":1000\r\n$1\r\n1\r\n");
		healthy(disk);
		second.run("BGREWRITEAOF");
		second.time.advance(1000);
		expect(second.info("aof_last_bgrewrite_status")).toBe("ok");
		expect(second.manifest().match(/type/g)?.length).toBe(2);
	});

	test("that fails anywhere leaves a folder that loads", () => {
		const actions = ["create", "write", "sync", "rename", "syncDirectory", "remove"] as const;
		for (const action of actions) {
			for (let nth = 1; nth <= 8; nth++) {
				const disk = new SimulatedDisk();
				const machine = new AofMachine(disk);
				machine.run("SET", "a", 1);
				let count = 0;
				disk.fault = (operation) =>
					operation.path !== "/work/log" && operation.action === action && ++count === nth ? "EIO" : null;
				machine.run("BGREWRITEAOF");
				machine.run("SET", "b", 2);
				machine.time.advance(3000);
				healthy(disk);
				machine.time.advance(3000);
				machine.run("SET", "c", 3);
				const second = next(machine);
				expect([action, nth, second.exitCode]).toEqual([action, nth, null]);
				expect([action, nth, second.run("MGET", "a", "c")]).toEqual([action, nth, "*2\r\n$1\r\n1\r\n$1\r\n3\r\n"]);
				second.run("BGREWRITEAOF");
				second.time.advance(1000);
				expect(second.info("aof_last_bgrewrite_status")).toBe("ok");
				second.server.stop();
			}
		}
	});
});

describe("CONFIG SET appendonly", () => {
	test("yes begins with a rewrite and writes what comes meanwhile", () => {
		const machine = new AofMachine(new SimulatedDisk(), ["appendonly no"]);
		machine.run("SET", "a", 1);
		expect(machine.disk.exists(FOLDER)).toBe(false);
		machine.client.send("CONFIG", "SET", "appendonly", "yes");
		machine.client.send("SET", "b", 2);
		machine.time.advance(0);
		expect(machine.client.take()).toBe("+OK\r\n+OK\r\n");
		machine.time.advance(1000);
		expect(machine.info("aof_enabled")).toBe("1");
		expect(machine.manifest()).toBe(FIRST);
		expect(machine.text("appendonly.aof.1.incr.aof")).toBe(commands("SELECT 0", "SET b 2"));
		machine.run("SET", "c", 3);
		expect(next(machine).run("MGET", "a", "b", "c")).toBe("*3\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n");
	});

	test("no ends it, and yes again loads nothing twice", () => {
		const machine = new AofMachine();
		machine.run("SET", "a", 1);
		machine.run("CONFIG", "SET", "appendonly", "no");
		machine.run("SET", "a", 2);
		expect(machine.text("appendonly.aof.1.incr.aof")).toBe(commands("SELECT 0", "SET a 1"));
		expect(machine.info("aof_enabled")).toBe("0");
		machine.run("CONFIG", "SET", "appendonly", "yes");
		machine.time.advance(1000);
		machine.run("RPUSH", "l", 1);
		const second = next(machine);
		expect(second.run("GET", "a") + second.run("LLEN", "l")).toBe("$1\r\n2\r\n:1\r\n");
	});

	test("yes is refused where it cannot be done", () => {
		const disk = new SimulatedDisk();
		const machine = new AofMachine(disk, ["appendonly no"]);
		failing(disk, /appendonlydir/, "makeDirectory", "ENOSPC");
		expect(machine.run("CONFIG", "SET", "appendonly", "yes")).toBe(
			"-ERR CONFIG SET failed (possibly related to argument 'appendonly') - Unable to turn on AOF. Check server logs.\r\n",
		);
		expect(machine.run("CONFIG", "GET", "appendonly")).toContain("no");
		expect(machine.run("SET", "a", 1)).toBe("+OK\r\n");
	});

	test("yes tries again where the first rewrite fails", () => {
		const disk = new SimulatedDisk();
		const machine = new AofMachine(disk, ["appendonly no"]);
		machine.run("SET", "a", 1);
		failing(disk, /temp-rewriteaof/, "sync", "EIO");
		machine.run("CONFIG", "SET", "appendonly", "yes");
		machine.time.advance(50);
		expect(machine.log()).toContain("Removing the temp incr aof file temp-appendonly.aof.incr in the background");
		healthy(disk);
		machine.run("SET", "b", 2);
		machine.time.advance(1000);
		expect(machine.manifest()).toBe(FIRST);
		expect(next(machine).run("MGET", "a", "b")).toBe("*2\r\n$1\r\n1\r\n$1\r\n2\r\n");
	});
});

describe("a disk that is full", () => {
	test("refuses writes until it is not, and loses nothing", () => {
		const disk = new SimulatedDisk();
		const machine = new AofMachine(disk);
		machine.run("SET", "a", 1);
		failing(disk, /incr/, "write", 5);
		expect(machine.run("SET", "b", 2)).toBe("+OK\r\n");
		expect(machine.text("appendonly.aof.1.incr.aof")).toBe(commands("SELECT 0", "SET a 1"));
		expect(machine.run("SET", "c", 3)).toBe(REFUSED);
		expect(machine.run("GET", "b")).toBe("$1\r\n2\r\n");
		expect(machine.info("aof_last_write_status")).toBe("err");
		expect(machine.log()).toMatch(/Short write while writing to the AOF file: \(nwritten=5, expected=27\)/);
		healthy(disk);
		machine.time.advance(1000);
		expect(machine.log()).toContain("AOF write error looks solved, Redis can write again.");
		expect(machine.run("SET", "c", 3)).toBe("+OK\r\n");
		expect(machine.text("appendonly.aof.1.incr.aof")).toBe(commands("SELECT 0", "SET a 1", "SET b 2", "SET c 3"));
	});

	test("that cannot even be cut back goes on in the middle", () => {
		const disk = new SimulatedDisk();
		const machine = new AofMachine(disk);
		machine.run("SET", "a", 1);
		disk.fault = ({ action, path }) =>
			!path.includes("incr") ? null : action === "write" ? 5 : action === "truncate" ? "EIO" : null;
		machine.run("SET", "b", 2);
		healthy(disk);
		machine.time.advance(1000);
		expect(machine.text("appendonly.aof.1.incr.aof")).toBe(commands("SELECT 0", "SET a 1", "SET b 2"));
	});

	test("ends the server under always, without a word to the client", () => {
		const disk = new SimulatedDisk();
		const machine = new AofMachine(disk, ["appendfsync always"]);
		failing(disk, /incr/, "write", "ENOSPC");
		expect(machine.run("SET", "a", 1)).toBe("");
		expect(machine.exitCode).toBe(1);
		expect(machine.log()).toContain("Error writing to the AOF file: No space left on device");
		expect(machine.log()).toContain(
			"Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting...",
		);
	});

	test("that does not sync ends the server under always", () => {
		const disk = new SimulatedDisk();
		const machine = new AofMachine(disk, ["appendfsync always"]);
		failing(disk, /incr/, "sync", "EIO");
		expect(machine.run("SET", "a", 1)).toBe("");
		expect(machine.exitCode).toBe(1);
		expect(machine.log()).toContain(
			"Can't persist AOF for fsync error when the AOF fsync policy is 'always': Input/output error. Exiting...",
		);
	});

	test("that does not sync refuses writes under everysec, until all is in a new file", () => {
		const disk = new SimulatedDisk();
		const machine = new AofMachine(disk);
		failing(disk, /./, "sync", "EIO");
		machine.run("SET", "a", 1);
		machine.time.advance(2000);
		expect(machine.run("SET", "b", 1)).toBe("-MISCONF Errors writing to the AOF file: Input/output error\r\n");
		expect(machine.info("aof_last_write_status")).toBe("err");
		// What the failed sync should have kept is not to be counted on, whatever a later one says.
		expect(machine.text("appendonly.aof.1.incr.aof")).toBe("");
		healthy(disk);
		machine.time.advance(2000);
		expect(machine.run("SET", "b", 1)).toBe("+OK\r\n");
		expect(machine.manifest()).toContain("appendonly.aof.2.base.rdb");
		expect(machine.info("aof_last_write_status")).toBe("ok");
		expect(next(machine).run("GET", "a")).toBe("$1\r\n1\r\n");
	});

	test("that did not sync once is done with at the next rewrite", () => {
		const disk = new SimulatedDisk();
		const machine = new AofMachine(disk);
		machine.run("SET", "a", 1);
		failing(disk, /1\.incr/, "sync", "EIO");
		machine.time.advance(5000);
		expect(machine.log()).toContain("Fail to fsync the AOF file: Input/output error");
		expect(machine.log()).toContain("AOF write error looks solved, Redis can write again.");
		expect(machine.run("SET", "c", 1)).toBe("+OK\r\n");
		for (const key of ["a", "c"]) expect(next(machine).run("GET", key)).toBe("$1\r\n1\r\n");
	});
});

describe("a sync that takes long", () => {
	const slow = () => {
		const machine = new AofMachine(new SimulatedDisk(), ["appendfsync everysec"]);
		machine.disk.later = (action) => machine.time.after(2600, action);
		machine.run("SET", "a", 1);
		machine.time.advance(1100);
		return machine;
	};

	test("is waited for with the next write, up to two seconds", () => {
		const machine = slow();
		machine.run("SET", "b", 2);
		expect(machine.info("aof_pending_bio_fsync")).toBe("1");
		expect(machine.text("appendonly.aof.1.incr.aof")).toBe(commands("SELECT 0", "SET a 1"));
		machine.time.advance(2100);
		expect(machine.info("aof_delayed_fsync")).toBe("1");
		expect(machine.text("appendonly.aof.1.incr.aof")).toBe(commands("SELECT 0", "SET a 1", "SET b 2"));
	});

	test("is not waited for at the end", () => {
		const machine = slow();
		machine.run("SET", "b", 2);
		machine.client.send("SHUTDOWN");
		machine.time.advance(10);
		expect(machine.exitCode).toBe(0);
		expect(machine.log()).toContain("Calling fsync() on the AOF file.");
		expect(machine.text("appendonly.aof.1.incr.aof")).toBe(commands("SELECT 0", "SET a 1", "SET b 2"));
		expect((machine.disk as SimulatedDisk).crash(machine.server.keyspace.random).texts.get(INCREMENT)).toContain("SET");
	});
});

test("seconds are noted with aof-timestamp-enabled", () => {
	const machine = new AofMachine(new SimulatedDisk(), ["aof-timestamp-enabled yes"]);
	const at_s = START_MS / 1000;
	machine.run("SET", "a", 1);
	machine.run("SET", "b", 1);
	machine.time.advance(3000);
	machine.run("SET", "c", 1);
	expect(machine.text("appendonly.aof.1.incr.aof")).toBe(
		`#TS:${at_s}\r\n${commands("SELECT 0", "SET a 1", "SET b 1")}#TS:${at_s + 3}\r\n${commands("SET c 1")}`,
	);
	expect(next(machine).run("EXISTS", "a", "b", "c")).toBe(":3\r\n");
});

describe("WAITAOF", () => {
	test("says what is on the disk", () => {
		const machine = new AofMachine();
		expect(machine.run("WAITAOF", 1, 0, 0)).toBe("*2\r\n:1\r\n:0\r\n");
		machine.client.send("SET", "a", 1);
		machine.client.send("WAITAOF", 1, 0, 0);
		machine.time.advance(0);
		expect(machine.client.take()).toBe("+OK\r\n");
		machine.time.advance(1100);
		expect(machine.client.take()).toBe("*2\r\n:1\r\n:0\r\n");
	});

	test("is answered at once under always", () => {
		const machine = new AofMachine(new SimulatedDisk(), ["appendfsync always"]);
		machine.client.send("SET", "a", 1);
		machine.client.send("WAITAOF", 1, 0, 0);
		machine.time.advance(0);
		expect(machine.client.take()).toBe("+OK\r\n*2\r\n:1\r\n:0\r\n");
	});

	test("gives up when its time is over", () => {
		const machine = new AofMachine(new SimulatedDisk(), ["appendfsync no"]);
		machine.client.send("SET", "a", 1);
		machine.client.send("WAITAOF", 1, 0, 100);
		machine.time.advance(99);
		expect(machine.client.take()).toBe("+OK\r\n");
		machine.time.advance(1);
		expect(machine.client.take()).toBe("*2\r\n:0\r\n:0\r\n");
		machine.client.send("WAITAOF", 0, 1, 50);
		machine.time.advance(50);
		expect(machine.client.take()).toBe("*2\r\n:0\r\n:0\r\n");
	});

	test("that was given up does not end another wait", () => {
		const machine = new AofMachine();
		machine.client.send("SET", "a", 1);
		machine.client.send("WAITAOF", 1, 0, 100);
		machine.client.send("BLPOP", "l", 0);
		machine.time.advance(5000);
		expect(machine.client.take()).toBe("+OK\r\n*2\r\n:0\r\n:0\r\n");
	});

	test("refuses what it cannot do", () => {
		const machine = new AofMachine(new SimulatedDisk(), ["appendonly no"]);
		expect(machine.run("WAITAOF", 1, 0, 0)).toBe(
			"-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.\r\n",
		);
		expect(machine.run("WAITAOF", 2, 0, 0)).toBe("-ERR value is out of range, value must between 0 and 1\r\n");
		expect(machine.run("WAITAOF", 0, -1, 0)).toBe("-ERR value is out of range, must be positive\r\n");
		expect(machine.run("WAITAOF", 0, 0, -1)).toBe("-ERR timeout is negative\r\n");
		expect(machine.run("WAITAOF", 0, 0, "x")).toBe("-ERR timeout is not an integer or out of range\r\n");
	});
});
