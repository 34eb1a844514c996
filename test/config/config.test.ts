import { describe, expect, test } from "bun:test";
import { Config } from "../../src/config/config.ts";
import { MemoryFiles } from "./memory-files.ts";
import { loaded, textOf } from "./support.ts";

const fresh = () => new Config(new MemoryFiles({}, ["/var/lib"]));

const failed = (name: string, reason: string) =>
	`ERR CONFIG SET failed (possibly related to argument '${name}') - ${reason}`;

describe("get", () => {
	test("gives a name as it was written, once", () => {
		expect(fresh().get(["TimeOut", "timeout"])).toEqual([["TimeOut", "0"]]);
	});

	test("gives names of patterns as declared, in the order of the table, ignoring case", () => {
		const names = fresh()
			.get(["MAXMEMORY-P*", "maxmemory*"])
			.map(([name]) => name);
		expect(names).toEqual([
			"maxmemory-policy",
			"maxmemory-clients",
			"maxmemory",
			"maxmemory-samples",
			"maxmemory-eviction-tenacity",
		]);
	});

	test("finds old names beside new ones, and hidden ones by their exact name alone", () => {
		expect(
			fresh()
				.get(["*-priority"])
				.map(([name]) => name),
		).toEqual(["replica-priority", "slave-priority"]);
		expect(fresh().get(["watchdog-perio?"])).toEqual([]);
		expect(fresh().get(["watchdog-period"])).toEqual([["watchdog-period", "0"]]);
	});

	test("knows neither statements nor inherited properties", () => {
		expect(fresh().get(["user", "include", "constructor", "__proto__", "nope"])).toEqual([]);
	});

	test("shows exact numbers beyond what a double holds", () => {
		const config = fresh();
		expect(config.set(["client-query-buffer-limit", "9007199254740993"], true)).toBeUndefined();
		expect(textOf(config, "client-query-buffer-limit")).toBe("9007199254740993");
	});
});

describe("set", () => {
	test("changes all or nothing", () => {
		const config = fresh();
		expect(config.set(["timeout", "5", "hz", "20"], true)).toBeUndefined();
		expect(config.set(["timeout", "6", "hz", "x", "maxclients", "y"], true)).toBe(
			failed("hz", "argument couldn't be parsed into an integer"),
		);
		expect([config.values.timeout, config.values.hz]).toEqual([5, 20]);
	});

	test.each([
		[[], "ERR syntax error"],
		[["timeout"], "ERR syntax error"],
		[["Nope", "1", "timeout", "x"], "ERR Unknown option or number of arguments for CONFIG SET - 'Nope'"],
		[["timeout", "x", "nope", "1"], "ERR Unknown option or number of arguments for CONFIG SET - 'nope'"],
		[["__proto__", "1"], "ERR Unknown option or number of arguments for CONFIG SET - '__proto__'"],
		[["include", "a"], "ERR Unknown option or number of arguments for CONFIG SET - 'include'"],
		[["DAEMONIZE", "yes", "nope", "1"], failed("DAEMONIZE", "can't set immutable config")],
		[["slaveof", "no one"], failed("slaveof", "can't set immutable config")],
		[["dir", "/var/lib"], failed("dir", "can't set protected config")],
		[["timeout", "1", "TIMEOUT", "2"], failed("TIMEOUT", "duplicate parameter")],
		[["MaxClients", "0"], failed("maxclients", "argument must be between 1 and 4294967295 inclusive")],
		[
			["cluster-allow-replica-migration", "x"],
			failed("cluster-allow-replica-migration", "argument must be 'yes' or 'no'"),
		],
	])("%j is refused", (pairs, error) => {
		const config = fresh();
		const before = config.get(["*"]);
		expect(config.set(pairs, true)).toBe(error);
		expect(config.get(["*"])).toEqual(before);
	});

	test("lets protected directives be set by those who may", () => {
		const local = loaded("enable-protected-configs local", new MemoryFiles({}, ["/var/lib"]));
		expect(local.set(["dir", "/var/lib"], false)).toBe(failed("dir", "can't set protected config"));
		expect(local.set(["dir", "/var/lib"], true)).toBeUndefined();
		expect(local.values.dir).toBe("/var/lib");
		expect(loaded("enable-protected-configs yes").set(["dbfilename", "a.rdb"], false)).toBeUndefined();
	});

	test("goes back to the old directory with everything else", () => {
		const files = new MemoryFiles({}, ["/var/lib"]);
		const config = loaded("enable-protected-configs yes", files);
		expect(config.set(["dir", "/nope"], true)).toBe(failed("dir", "No such file or directory"));
		expect(config.set(["dir", "/var/lib", "hz", "x"], true)).toContain("'hz'");
		expect([config.values.dir, files.currentDirectory()]).toEqual(["/work", "/work"]);
	});

	test("keeps the limits of client classes it does not name", () => {
		const config = fresh();
		expect(config.set(["client-output-buffer-limit", "pubsub 1kb 2 3"], true)).toBeUndefined();
		expect(textOf(config, "client-output-buffer-limit")).toBe(
			"normal 0 0 0 slave 268435456 67108864 60 pubsub 1024 2 3",
		);
	});
});

describe("onChange", () => {
	test("tells typed values of what really changed, after all of it was set", () => {
		const config = fresh();
		const heard: unknown[] = [];
		config.onChange("timeout", (seconds) => void heard.push([seconds.toFixed(0), config.values.hz]));
		config.onChange("hz", (hz) => void heard.push(hz));
		config.set(["timeout", "5", "hz", "20"], true);
		config.set(["timeout", "5", "hz", "30"], true);
		config.set(["timeout", "6", "hz", "wrong"], true);
		expect(heard).toEqual([["5", 20], 20, 30]);
	});

	test("is told once where two names mean one directive", () => {
		const config = fresh();
		const heard: number[] = [];
		config.onChange("replica-priority", (priority) => void heard.push(priority));
		expect(config.set(["slave-priority", "5", "replica-priority", "6"], true)).toBeUndefined();
		expect(heard).toEqual([6]);
	});

	test("can refuse: all is put back and told again", () => {
		const config = fresh();
		const heard: string[] = [];
		config.onChange("timeout", (seconds) => void heard.push(`timeout ${seconds}`));
		config.onChange("port", (port) => {
			heard.push(`port ${port}`);
			return port === 80 ? "Unable to listen on this port. Check server logs." : undefined;
		});
		config.onChange("hz", (hz) => void heard.push(`hz ${hz}`));
		expect(config.set(["timeout", "5", "port", "80", "hz", "20"], true)).toBe(
			failed("port", "Unable to listen on this port. Check server logs."),
		);
		expect(heard).toEqual(["timeout 5", "port 80", "timeout 0", "port 6379"]);
		expect([config.values.timeout, config.values.port, config.values.hz]).toEqual([0, 6379, 10]);
	});
});

test("adopt takes what the server came to by itself, pending or not, and tells nobody", () => {
	const config = fresh();
	config.onChange("replicaof", () => "never asked");
	config.adopt("replicaof", "localhost 7000");
	expect(config.values.replicaof).toEqual({ host: "localhost", port: 7000 });
	expect(textOf(config, "slaveof")).toBe("localhost 7000");
});

test("two configurations do not share anything", () => {
	const one = fresh();
	const other = fresh();
	one.set(["timeout", "5", "save", ""], true);
	expect([other.values.timeout, other.values.save.length]).toEqual([0, 3]);
});
