/** When snapshots are taken and what becomes of them; the snapshots themselves are made up. */
import { beforeEach, describe, expect, test } from "bun:test";
import { stringCommands } from "../../src/commands/string.ts";
import { infoText } from "../../src/introspection/info.ts";
import { CANNOT_SAVE } from "../../src/resp/errors.ts";
import { ServerFixture } from "../support/server-fixture.ts";

const ok = "+OK\r\n";
let server: ServerFixture;

function configure(...words: string[]): void {
	expect(server.run("CONFIG", "SET", ...words)).toBe(ok);
}

/** A field of INFO persistence. */
function field(name: string): string {
	return new RegExp(`^${name}:(.*)\r$`, "m").exec(infoText(server, ["persistence"]))?.[1] ?? "missing";
}

function fields(...names: string[]): string {
	return names.map(field).join(" ");
}

function lastLines(count: number): string[] {
	return server.adapters.host.printed.slice(-count).map((line) => line.replace(/^.*\d\.\d{3} /, ""));
}

/** Lets seconds go by, with the housekeeping of each. */
function pass(seconds: number): void {
	for (let i = 0; i < seconds; i++) {
		server.engine.advance(1000);
		server.persistence.cron();
	}
}

function saved(path = "/work/dump.rdb"): string {
	const { files } = server.adapters;
	return files.exists(path) ? files.readText(path) : "nothing";
}

beforeEach(() => {
	server = new ServerFixture(stringCommands({ stringBytesMax: () => 1 << 20 }));
});

describe("SAVE", () => {
	test("leaves the file under its name, nothing under the temporary one, and no changes to be saved", () => {
		server.run("SET", "a", 1);
		server.engine.advance(5000);
		expect(server.run("SAVE")).toBe(ok);
		expect(saved()).toBe("1 keys");
		expect(server.adapters.files.list("/work")).toEqual(["dump.rdb"]);
		expect(server.snapshots.requests[0]!.path).toBe("/work/temp-4711.rdb");
		expect(fields("rdb_changes_since_last_save", "rdb_saves", "rdb_last_bgsave_status")).toBe("0 1 ok");
		expect(server.run("LASTSAVE")).toBe(":1700000005\r\n");
		expect(lastLines(1)).toEqual(["* DB saved on disk"]);
	});

	test("gives the file its name, and then makes sure of the name", () => {
		const steps: string[] = [];
		const { files } = server.adapters;
		const { rename, syncDirectory } = files;
		files.rename = (from, to) => {
			steps.push(`rename ${from} ${to}`);
			rename.call(files, from, to);
		};
		files.syncDirectory = (path) => {
			steps.push(`sync ${path}`);
			syncDirectory.call(files, path);
		};
		server.run("SAVE");
		expect(steps).toEqual(["rename /work/temp-4711.rdb /work/dump.rdb", "sync /work"]);
	});

	test("asks for what the configuration says", () => {
		configure("rdbcompression", "no", "maxmemory-policy", "allkeys-lfu");
		server.config.adopt("dbfilename", "other.rdb");
		server.run("SAVE");
		expect(server.snapshots.requests[0]).toEqual({
			path: "/work/temp-4711.rdb",
			format: "rdb",
			auxiliary: [["aof-base", "0"]],
			compresses: false,
			hasChecksum: true,
			syncsIncrementally: true,
			access: "frequency",
			keyDelay_us: 0,
		});
		expect(saved("/work/other.rdb")).toBe("0 keys");
		configure("maxmemory-policy", "volatile-lru");
		server.run("SAVE");
		configure("maxmemory-policy", "noeviction");
		server.run("SAVE");
		expect(server.snapshots.requests.slice(1).map(({ access }) => access)).toEqual(["idle", "none"]);
	});

	test("that fails says so, keeps the old file and the count of changes, and is no failed BGSAVE", () => {
		server.run("SAVE");
		server.run("SET", "a", 1);
		server.snapshots.failure = new Error("ENOSPC: no space left on device");
		expect(server.run("SAVE")).toBe("-ERR\r\n");
		expect(saved()).toBe("0 keys");
		expect(fields("rdb_changes_since_last_save", "rdb_saves", "rdb_last_bgsave_status")).toBe("1 2 ok");
		expect(lastLines(1)[0]).toMatch(/^# Write error saving DB on disk .*no space left on device$/);
	});

	test("of DEBUG RELOAD ends a BGSAVE, which is older, and has a file of its own", () => {
		server.run("SET", "a", 1);
		server.run("BGSAVE");
		server.run("SET", "b", 1);
		expect(server.persistence.saves.saveNow()).toBe(true);
		const paths = server.snapshots.requests.map(({ path }) => path);
		expect(paths).toEqual(["/work/temp-4711-1.rdb", "/work/temp-4711.rdb"]);
		expect(saved()).toBe("2 keys");
		expect(fields("rdb_bgsave_in_progress", "rdb_changes_since_last_save")).toBe("0 0");
		server.run("BGSAVE");
		expect(server.snapshots.requests.at(-1)!.path).toBe("/work/temp-4711-2.rdb");
	});

	test("is refused during a BGSAVE", () => {
		server.run("BGSAVE");
		expect(server.run("SAVE")).toBe("-ERR Background save already in progress\r\n");
		expect(server.run("SAVE", "x")).toBe("-ERR wrong number of arguments for 'save' command\r\n");
	});
});

describe("BGSAVE", () => {
	test("is done when its file has its name; changes meanwhile are still to be saved", () => {
		server.run("SET", "a", 1);
		expect(server.run("BGSAVE")).toBe("+Background saving started\r\n");
		expect(lastLines(1)).toEqual(["* Background saving started by pid 4711"]);
		server.run("MSET", "b", 1, "c", 1);
		server.engine.advance(3000);
		const during = ["rdb_bgsave_in_progress", "rdb_current_bgsave_time_sec", "rdb_last_bgsave_time_sec"];
		expect(field("rdb_bgsave_in_progress")).toBe("1");
		expect(fields("current_save_keys_processed", "current_save_keys_total", "current_fork_perc")).toBe("0 1 0.00");
		expect(fields("current_cow_size", "current_cow_peak")).toBe("100 200");
		expect(saved()).toBe("nothing");
		server.snapshots.end();
		expect(saved()).toBe("1 keys");
		expect(server.adapters.files.list("/work")).toEqual(["dump.rdb"]);
		expect(fields(...during)).toBe("0 -1 3");
		expect(fields("rdb_changes_since_last_save", "rdb_saves", "rdb_last_cow_size")).toBe("2 1 200");
		expect(server.run("LASTSAVE")).toBe(":1700000003\r\n");
		expect(lastLines(2)).toEqual(["* DB saved on disk", "* Background saving terminated with success"]);
	});

	test("is counted until CONFIG RESETSTAT", () => {
		server.run("BGSAVE");
		server.snapshots.end();
		expect(field("rdb_saves")).toBe("1");
		server.run("CONFIG", "RESETSTAT");
		expect(fields("rdb_saves", "rdb_last_bgsave_time_sec")).toBe("0 0");
	});

	test("there is one at a time, and its words are checked", () => {
		server.run("BGSAVE", "schedule");
		for (const words of [[], ["SCHEDULE"]]) {
			expect(server.run("BGSAVE", ...words)).toBe("-ERR Background save already in progress\r\n");
		}
		for (const words of [["x"], ["SCHEDULE", "x"]]) {
			expect(server.run("BGSAVE", ...words)).toBe("-ERR syntax error\r\n");
		}
	});

	test("waits for a rewrite of the append-only file where it is scheduled", () => {
		server.snapshots.start({ ...server.persistence.saves.request("/work/base"), format: "commands" }, () => {});
		expect(server.run("BGSAVE")).toMatch(/^-ERR Another child process is active \(AOF\?\): can't BGSAVE right now\./);
		expect(server.run("BGSAVE", "SCHEDULE")).toBe("+Background saving scheduled\r\n");
		expect(field("rdb_bgsave_in_progress")).toBe("0");
		pass(2);
		expect(server.snapshots.requests).toHaveLength(1);
		server.snapshots.end();
		pass(1);
		expect(field("rdb_bgsave_in_progress")).toBe("1");
		server.snapshots.end();
		pass(10);
		expect(field("rdb_saves")).toBe("1");
	});

	test("that fails leaves the old file, and the status says so until the next good one", () => {
		server.run("SAVE");
		server.run("SET", "a", 1);
		server.run("BGSAVE");
		server.snapshots.end(new Error("EIO: i/o error"));
		expect(saved()).toBe("0 keys");
		expect(fields("rdb_last_bgsave_status", "rdb_changes_since_last_save")).toBe("err 1");
		expect(lastLines(1)).toEqual(["# Background saving error"]);
		server.run("SAVE");
		expect(field("rdb_last_bgsave_status")).toBe("ok");
	});

	test("that cannot begin is an error", () => {
		server.snapshots.start = () => {
			throw new Error("ENOENT: no such file or directory");
		};
		expect(server.run("BGSAVE")).toBe("-ERR\r\n");
		expect(fields("rdb_last_bgsave_status", "rdb_bgsave_in_progress")).toBe("err 0");
	});

	test("that cannot give the file its name removes it", () => {
		server.run("BGSAVE");
		server.adapters.files.rename = () => {
			throw new Error("EACCES: permission denied");
		};
		server.snapshots.end();
		expect(server.adapters.files.list("/work")).toEqual([]);
		expect(field("rdb_last_bgsave_status")).toBe("err");
	});

	test("goes where the server was when it began", () => {
		server.adapters.files.makeDirectory("/elsewhere");
		server.run("BGSAVE");
		server.adapters.files.changeDirectory("/elsewhere");
		server.snapshots.end();
		expect(saved("/work/dump.rdb")).toBe("0 keys");
	});
});

describe("save points", () => {
	test("begin a BGSAVE when enough changes are older than their seconds", () => {
		configure("save", "100 1 10 5");
		server.run("SET", "a", 1);
		pass(100);
		expect(field("rdb_bgsave_in_progress")).toBe("0");
		pass(1);
		expect(field("rdb_bgsave_in_progress")).toBe("1");
		expect(lastLines(2)).toEqual(["* 1 changes in 100 seconds. Saving...", "* Background saving started by pid 4711"]);
		for (const key of ["b", "c", "d", "e", "f"]) server.run("SET", key, 1);
		server.snapshots.end();
		expect(field("rdb_changes_since_last_save")).toBe("5");
		pass(10);
		expect(field("rdb_bgsave_in_progress")).toBe("0");
		pass(1);
		expect(lastLines(2)[0]).toBe("* 5 changes in 10 seconds. Saving...");
		server.snapshots.end();
		pass(500);
		expect(field("rdb_saves")).toBe("2");
	});

	test("try again five seconds after a failure", () => {
		configure("save", "1 1");
		server.run("SET", "a", 1);
		pass(2);
		server.snapshots.end(new Error("EIO"));
		pass(5);
		expect(field("rdb_saves")).toBe("1");
		pass(1);
		expect(field("rdb_saves")).toBe("2");
	});
});

describe("a failed BGSAVE", () => {
	beforeEach(() => {
		configure("save", "3600 1");
		server.run("SET", "a", 1);
		server.run("BGSAVE");
		server.snapshots.end(new Error("EIO"));
	});

	test("refuses what writes, and PING, and nothing else, until the next good save", () => {
		const misconf = `-${CANNOT_SAVE}\r\n`;
		for (const words of [["SET", "a", "2"], ["FLUSHALL"]]) expect(server.run(...words)).toBe(misconf);
		expect(server.run("GET", "a")).toBe("$1\r\n1\r\n");
		expect(server.run("SET", "a")).toMatch(/^-ERR wrong number/);
		expect(server.table.named("set")!.rejectedCalls).toBe(2);
		server.run("BGSAVE");
		expect(server.run("SET", "a", 2)).toBe(misconf);
		server.snapshots.end();
		expect(server.run("SET", "a", 2)).toBe(ok);
	});

	test("refuses nothing where the configuration says so, from that moment on", () => {
		configure("stop-writes-on-bgsave-error", "no");
		expect(server.run("SET", "a", 2)).toBe(ok);
		configure("stop-writes-on-bgsave-error", "yes");
		expect(server.run("SET", "a", 2)).toMatch(/^-MISCONF /);
		configure("save", "");
		expect(server.run("SET", "a", 2)).toBe(ok);
		configure("save", "5 1");
		expect(server.run("SET", "a", 2)).toMatch(/^-MISCONF /);
		expect(server.run("SAVE")).toBe(ok);
		expect(server.run("SET", "a", 2)).toBe(ok);
	});
});

describe("FLUSHALL", () => {
	test("ends a BGSAVE, and rewrites the file where there are save points", () => {
		configure("save", "3600 1");
		server.run("SET", "a", 1);
		server.run("SAVE");
		server.run("BGSAVE");
		server.run("FLUSHALL");
		expect(saved()).toBe("0 keys");
		expect(fields("rdb_bgsave_in_progress", "rdb_changes_since_last_save")).toBe("0 0");
		expect(fields("rdb_last_bgsave_status", "rdb_saves")).toBe("ok 2");
	});

	test("leaves the file alone where there are none", () => {
		server.run("SET", "a", 1);
		server.run("SAVE");
		server.run("FLUSHALL");
		expect(saved()).toBe("1 keys");
	});
});

describe("SHUTDOWN", () => {
	const end = (...words: string[]) => [server.run("SHUTDOWN", ...words), server.shutdowns, saved()].join(" ");

	test("saves where there are save points, or where it is asked to", () => {
		server.run("SET", "a", 1);
		expect(end()).toBe(" 1 nothing");
		expect(end("SAVE")).toBe(" 2 1 keys");
		server.run("SET", "b", 1);
		configure("save", "3600 1");
		expect(end("NOSAVE")).toBe(" 3 1 keys");
		expect(end()).toBe(" 4 2 keys");
	});

	test("does not happen where saving fails, unless it is forced", () => {
		configure("save", "3600 1");
		server.snapshots.failure = new Error("ENOSPC");
		expect(server.run("SHUTDOWN")).toBe("-ERR Errors trying to SHUTDOWN. Check logs.\r\n");
		expect(server.shutdowns).toBe(0);
		expect(lastLines(2)).toEqual([
			"# Error trying to save the DB, can't exit.",
			"# Errors trying to shut down the server. Check the logs for more information.",
		]);
		expect(end("FORCE", "NOW")).toBe(" 1 nothing");
	});

	test("ends a BGSAVE and removes its file", () => {
		server.run("BGSAVE");
		server.adapters.files.replaceText("/work/temp-4711-1.rdb", "half");
		expect(end("NOSAVE")).toBe(" 1 nothing");
		expect(server.adapters.files.list("/work")).toEqual([]);
		expect(server.snapshots.progress()).toBe(null);
	});

	test("has options that exclude each other, and nothing to abort", () => {
		for (const words of [["x"], ["SAVE", "NOSAVE"], ["ABORT", "NOW"], ["SAVE", "ABORT"]]) {
			expect(end(...words)).toBe("-ERR syntax error\r\n 0 nothing");
		}
		expect(end("ABORT")).toBe("-ERR No shutdown in progress.\r\n 0 nothing");
	});
});
