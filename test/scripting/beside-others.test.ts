/** Scripts and the rest of a server: who may, who watches, who is told, what is counted. */
import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { FOR_REPLICAS } from "../../src/keyspace/effects.ts";
import { parseReply } from "../support/reply.ts";
import { parseRequests } from "../support/requests.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";

const OK = "+OK\r\n";

function started(directives = "") {
	const machine = new VirtualMachine();
	const server = machine.start(directives);
	const connect = () => machine.network.connect(6379);
	const client = connect();
	return { machine, server, connect, client, run: (...words: string[]) => client.run(...words) };
}

const filled = (bytes: number) =>
	`for i = 1, ${bytes / 1000} do redis.call('SET', 'k' .. i, string.rep('x', 1000)) end`;

describe("permissions", () => {
	test("hold for the commands of a script, whose denials are logged; asking is not", () => {
		const { run, connect } = started();
		run("ACL", "SETUSER", "limited", "on", "nopass", "~k*", "+@all", "-set");
		const limited = connect();
		expect(limited.run("AUTH", "limited", "x")).toBe(OK);
		const asks =
			"return {redis.acl_check_cmd('set','k','v'), redis.acl_check_cmd('get','x'), redis.acl_check_cmd('get','k')}";
		expect(limited.run("EVAL", asks, "0")).toBe("*3\r\n$-1\r\n$-1\r\n:1\r\n");
		expect(run("ACL", "LOG")).toBe("*0\r\n");
		expect(limited.run("EVAL", "return redis.call('SET','k','v')", "0")).toStartWith(
			"-ERR ACL failure in script: User limited has no permissions to run the 'set' command script: ",
		);
		expect(limited.run("EVAL", "return redis.pcall('GET','x')", "0")).toBe(
			"-ERR ACL failure in script: No permissions to access a key\r\n",
		);
		const log = run("ACL", "LOG");
		expect(log.match(/lua/g)).toHaveLength(2);
		expect(log).toContain("$3\r\nset\r\n");
	});
});

describe("maxmemory", () => {
	test("counts what Lua keeps, and lets a script that has begun to write go on", () => {
		const { run, server } = started("maxmemory-policy noeviction");
		expect(server.scripting.memory().engine).toBe(0);
		run("EVAL", filled(100_000), "0");
		const { engine } = server.scripting.memory();
		expect(engine).toBeGreaterThan(10_000);
		server.memory.cron();
		run("CONFIG", "SET", "maxmemory", "1");
		expect(run("EVAL", "return redis.call('SET','k','v')", "0")).toStartWith("-OOM command not allowed");
		expect(run("EVAL", "redis.call('DEL','k1') return redis.call('SET','k','v')", "0")).toBe(OK);
		expect(run("EVAL", "#!lua\nreturn 1", "0")).toBe("-OOM command not allowed when used memory > 'maxmemory'.\r\n");
		expect(run("EVAL", "#!lua flags=allow-oom\nreturn redis.call('SET','k','w')", "0")).toBe(OK);
	});

	test("makes room before a script", () => {
		const { run, server } = started("maxmemory-policy allkeys-random");
		// More than Lua takes for itself, which counts as well.
		run("EVAL", filled(400_000), "0");
		run("CONFIG", "SET", "maxmemory", String(server.memory.used() - 50_000));
		expect(run("EVAL", "return redis.call('SET','k','v')", "0")).toBe(OK);
		expect(server.memory.evictedKeys()).toBeGreaterThan(10);
	});
});

describe("writes that are refused", () => {
	test("are refused in scripts, too: by command, or as a whole where the script says what it does", () => {
		const { run, server, connect } = started();
		const reason = "MISCONF Errors writing to the AOF file: No space left on device";
		run("CONFIG", "SET", "appendonly", "no");
		server.executor.writeRefusal = reason;
		expect(run("EVAL", "return redis.call('SET','k','v')", "0")).toStartWith(`-${reason} script: `);
		expect(run("EVAL", "return redis.call('GET','k')", "0")).toBe("$-1\r\n");
		expect(run("EVAL", "#!lua\nreturn 1", "0")).toBe(`-${reason}\r\n`);
		expect(run("EVAL", "#!lua flags=no-writes\nreturn 1", "0")).toBe(":1\r\n");
		server.executor.writeRefusal = null;
		run("MULTI");
		run("EVAL", "#!lua\nreturn 1", "0");
		server.executor.writeRefusal = reason;
		expect(run("EXEC")).toBe(`-EXECABORT Transaction discarded because of: ${reason}\r\n`);
		// Of one that was not known when it was queued nothing was known then.
		server.executor.writeRefusal = null;
		run("SCRIPT", "FLUSH");
		run("MULTI");
		run("EVALSHA", createHash("sha1").update("#!lua\nreturn 1").digest("hex"), "0");
		connect().run("SCRIPT", "LOAD", "#!lua\nreturn 1");
		server.executor.writeRefusal = reason;
		expect(run("EXEC")).toBe(
			"*1\r\n-MISCONF Redis is configured to persist data to AOF, but it's currently unable to persist to disk. Writable scripts are blocked. Use 'no-writes' flag for read only scripts. AOF error: No space left on device\r\n",
		);
	});
});

describe("those who watch", () => {
	test("are shown the script first, then its commands as those of lua", () => {
		const { run, connect } = started();
		const monitor = connect();
		expect(monitor.run("MONITOR")).toBe(OK);
		run("EVAL", "redis.call('SELECT',3) redis.call('SET','k','v') return redis.pcall('GET')", "0");
		run("EVALSHA", "f".repeat(40), "0");
		const lines = monitor
			.take()
			.split("\r\n")
			.map((line) => line.replace(/^\+\d+\.\d+ /, "").replace(/ [\d.]+:\d+\]/, " client]"));
		expect(lines).toEqual([
			`[0 client] "EVAL" "redis.call('SELECT',3) redis.call('SET','k','v') return redis.pcall('GET')" "0"`,
			'[3 lua] "SELECT" "3"',
			'[3 lua] "SET" "k" "v"',
			`[0 client] "EVALSHA" "${"f".repeat(40)}" "0"`,
			"",
		]);
	});

	test("of keys: only what the commands of a script have read is remembered", () => {
		const { connect } = started();
		const reader = connect();
		const writer = connect();
		reader.run("HELLO", "3");
		reader.run("CLIENT", "TRACKING", "ON");
		reader.run("EVAL_RO", "return 1", "1", "named");
		reader.run("EVAL_RO", "return redis.call('GET','read')", "1", "named");
		writer.run("SET", "named", "1");
		expect(reader.take()).toBe("");
		writer.run("EVAL", "return redis.call('SET','read','1')", "0");
		expect(reader.take()).toContain("invalidate\r\n*1\r\n$4\r\nread\r\n");
	});

	test("of events hear of each command", () => {
		const { run, connect } = started("notify-keyspace-events KEA");
		const listener = connect();
		listener.run("PSUBSCRIBE", "__keyevent*");
		run(
			"EVAL",
			"redis.call('SET','k','v') redis.call('SELECT',2) redis.call('DEL',redis.call('RPUSH','l','a') and 'l')",
			"0",
		);
		const events = [...listener.take().matchAll(/__keyevent@(\d)__:(\w+)\r\n\$\d+\r\n(\w+)/g)].map((match) =>
			match.slice(1),
		);
		expect(events).toEqual([
			["0", "set", "k"],
			["2", "rpush", "l"],
			["2", "del", "l"],
		]);
	});
});

describe("statistics", () => {
	test("count the script and its commands, those that were refused and those that failed", () => {
		const { run } = started();
		run(
			"EVAL",
			"redis.call('SET','s','v') redis.call('GET','s') redis.call('GET','s') redis.pcall('LPUSH','s','x')",
			"0",
		);
		run("EVAL", "return redis.call('LPUSH','s','x')", "0");
		run("EVAL", "redis.pcall('GET') return redis.pcall('MULTI')", "0");
		const stats = run("INFO", "commandstats");
		expect(stats).toMatch(/cmdstat_get:calls=2,.*rejected_calls=1,failed_calls=0/);
		expect(stats).toMatch(/cmdstat_lpush:calls=2,.*rejected_calls=0,failed_calls=2/);
		expect(stats).toMatch(/cmdstat_multi:calls=0,.*rejected_calls=1,failed_calls=0/);
		expect(stats).toMatch(/cmdstat_eval:calls=3,.*rejected_calls=0,failed_calls=2/);
		expect(run("INFO", "errorstats")).toContain("errorstat_ERR:count=2\r\nerrorstat_WRONGTYPE:count=2\r\n");
	});

	test("tell the memory of scripts and functions", () => {
		const { run } = started();
		run("EVAL", "return 1", "0");
		run("SCRIPT", "LOAD", "return 2");
		run(
			"FUNCTION",
			"LOAD",
			"#!lua name=l\nredis.register_function('f', function() end) redis.register_function('g', function() end)",
		);
		const memory = run("INFO", "memory");
		expect(memory).toContain("number_of_cached_scripts:2\r\n");
		expect(memory).toContain("number_of_functions:2\r\n");
		expect(memory).toContain("number_of_libraries:1\r\n");
		expect(memory).toMatch(/used_memory_vm_eval:[1-9]\d{4,}\r\n/);
		expect(run("MEMORY", "STATS")).toMatch(/lua\.caches\r\n:[1-9]\d*\r\n\$16\r\nfunctions\.caches\r\n:102\r\n/);
	});

	test("a slow command inside a script is in the slow log by itself", () => {
		const { run } = started("slowlog-log-slower-than 0");
		run("SLOWLOG", "RESET");
		run("EVAL", "redis.call('SET','k','v') return redis.call('KEYS','*')", "0");
		const log = run("SLOWLOG", "GET", "3");
		expect([...log.matchAll(/\r\n(EVAL|SET|KEYS)\r\n/g)].map((match) => match[1]!)).toEqual(["EVAL", "KEYS", "SET"]);
	});

	test("commands of scripts come from nobody in the logs of commands, in MULTI as well", () => {
		const { run, client } = started(
			"slowlog-log-slower-than 0\ncommandlog-reply-larger-than 100\ncommandlog-request-larger-than 100",
		);
		run("CLIENT", "SETNAME", "anna");
		run("FUNCTION", "LOAD", "#!lua name=l\nredis.register_function('f', function() return redis.call('GET','k') end)");
		run("SLOWLOG", "RESET");
		run("EVAL", "return redis.call('SET','k',string.rep('x',200))", "0");
		run("MULTI");
		run("FCALL", "f", "0");
		run("ECHO", "x");
		run("EXEC");
		const sources = (...words: string[]) =>
			parseReply(Buffer.from(run(...words), "latin1")).items.map(({ items }) => [
				items[3]!.items[0]!.text,
				items[4]!.text,
				items[5]!.text,
			]);
		const fromClient = [client.address(), "anna"];
		expect(sources("SLOWLOG", "GET")).toEqual([
			["ECHO", ...fromClient],
			["FCALL", ...fromClient],
			["GET", "?:0", ""],
			["MULTI", ...fromClient],
			["EVAL", ...fromClient],
			["SET", "?:0", ""],
			["SLOWLOG", ...fromClient],
		]);
		expect(sources("COMMANDLOG", "GET", "-1", "large-reply")).toContainEqual(["GET", "?:0", ""]);
		const large = sources("COMMANDLOG", "GET", "-1", "large-request");
		expect(large).toEqual([
			["SET", "?:0", ""],
			["FUNCTION", ...fromClient],
		]);
	});

	test("count each call in the histograms: one bar a command, as INFO does", () => {
		const { run } = started();
		run("FUNCTION", "LOAD", "#!lua name=l\nredis.register_function('f', function() return redis.call('GET','k') end)");
		run(
			"EVAL",
			"redis.call('SET','k','1') for i=1,300 do redis.call('INCR','k') redis.call('GET','k') end redis.pcall('LPUSH','k','x') redis.pcall('SUBSCRIBE','x') redis.pcall('GET')",
			"0",
		);
		run("FCALL", "f", "0");
		run("MULTI");
		run("EVAL", "return redis.call('SELECT',2)", "0");
		run("FCALL", "f", "0");
		run("EXEC");
		const calls = (name: string) =>
			new RegExp(`cmdstat_${name}:calls=(\\d+),`).exec(run("INFO", "commandstats"))?.[1] ?? "none";
		const bars = (name: string) => {
			const reply = parseReply(Buffer.from(run("LATENCY", "HISTOGRAM", name), "latin1"));
			return reply.items[1]?.items[1]?.text ?? "none";
		};
		const counts = { set: 1, incr: 300, get: 302, lpush: 1, select: 1, eval: 2, fcall: 2, exec: 1, subscribe: 0 };
		for (const [name, count] of Object.entries(counts)) {
			expect([name, calls(name)]).toEqual([name, String(count)]);
			expect([name, bars(name)]).toEqual([name, count === 0 ? "none" : String(count)]);
		}
		expect(run("INFO", "latencystats")).toContain("latency_percentiles_usec_incr:");
	});
});

describe("who is told", () => {
	test("is decided by redis.set_repl, and of messages replicas alone are", () => {
		const { run, server, machine } = started("appendonly yes\nappendfsync always");
		const { effects } = server.keyspace;
		effects.want(FOR_REPLICAS, true);
		const replicas: Buffer[] = [];
		effects.onTaken = (bytes, length) => replicas.push(Buffer.from(bytes.slice(0, length)));
		const set = (targets: string) => `redis.set_repl(redis.REPL_${targets}) redis.call('SET','${targets}','v')`;
		run("EVAL", ["AOF", "REPLICA", "NONE", "ALL"].map(set).join(" "), "0");
		run("EVAL", "redis.set_repl(redis.REPL_AOF) return redis.call('PUBLISH','c','unheard')", "0");
		run("SELECT", "3");
		run("PUBLISH", "c", "m");
		run("SELECT", "0");
		run("SPUBLISH", "c", "m");
		run("SET", "last", "v");
		machine.network.settle();
		const read = (bytes: Buffer) => parseRequests(bytes).map((words) => words.join(" "));
		expect(read(Buffer.from(machine.files.readText("appendonlydir/appendonly.aof.1.incr.aof")))).toEqual([
			...["MULTI", "SELECT 0", "SET AOF v", "SET ALL v", "EXEC"],
			"SET last v",
		]);
		expect(read(Buffer.concat(replicas))).toEqual([
			...["MULTI", "SELECT 0", "SET REPLICA v", "SET ALL v", "EXEC"],
			...["SELECT 3", "PUBLISH c m", "SELECT 0", "SPUBLISH c m", "SET last v"],
		]);
	});
});
