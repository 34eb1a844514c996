import { describe, expect, test } from "bun:test";
import { VirtualMachine } from "../support/virtual-machine.ts";

const BUSY_SCRIPT = "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n";
const BUSY_FUNCTION = "-BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.\r\n";
const ENDLESS = "while true do end";
/** Takes years. */
const FIND = "return string.find(string.rep('a', 9000), '.-.-.-.-.-b')";

/** A server whose monotonic clock moves by a second with each reading, so that any script of length is overdue. */
function started(directives = "") {
	const machine = new VirtualMachine();
	let now_us = 0;
	machine.time.monotonic_us = () => {
		now_us += 1_000_000;
		return now_us;
	};
	const server = machine.start(directives);
	const [runner, other] = [machine.network.connect(6379), machine.network.connect(6379)];
	/** A few turns: while a script goes on all the time there is no end to wait for. */
	const turns = (count = 14) => {
		for (let i = 0; i < count; i++) machine.time.step();
	};
	turns();
	const ask = (client: typeof other, ...words: (string | number)[]) => {
		client.send(...words);
		turns();
		return client.take();
	};
	return { machine, server, runner, other, turns, ask };
}

/** One that takes a while and comes to its end by itself. */
const lengthy = (before: string, behind: string) => `${before} for i = 1, 16000000 do end ${behind}`;

describe("a script that takes long", () => {
	test("makes way: others are told that the server is busy, and it comes to its end", () => {
		const { runner, other, machine, ask } = started();
		runner.send("EVAL", lengthy("redis.call('SET', 'a', 1)", "return redis.call('INCR', 'a')"), 0);
		expect(ask(other, "GET", "a")).toBe(BUSY_SCRIPT);
		for (const words of [
			["PING"],
			["CLIENT", "LIST"],
			["INFO"],
			["EVAL", "return 1", 0],
			["SUBSCRIBE", "x"],
			["SELECT", 1],
		]) {
			expect([words, ask(other, ...words)]).toEqual([words, BUSY_SCRIPT]);
		}
		expect(ask(other, "FUNCTION", "KILL")).toBe(BUSY_SCRIPT);
		expect(ask(other, "SHUTDOWN")).toBe(BUSY_SCRIPT);
		expect(runner.take()).toBe("");
		machine.network.settle();
		expect(runner.take()).toBe(":2\r\n");
		expect(other.run("GET", "a")).toBe("$1\r\n2\r\n");
		expect(other.run("SCRIPT", "KILL")).toBe("-NOTBUSY No scripts in execution right now.\r\n");
	});

	test("has a master wait, who is not told", () => {
		const { server, runner, other, machine, ask } = started();
		expect(ask(other, "SET", "a", 1)).toBe("+OK\r\n");
		const master = [...server.clients.all()].at(-1)!;
		server.roleChanged(true, true);
		master.isObeyed = true;
		runner.send("EVAL", lengthy("redis.call('GET', 'a')", "return redis.call('GET', 'a')"), 0);
		expect(ask(other, "SET", "a", 2, "PX", 1)).toBe("");
		expect(ask(other, "MULTI")).toBe("");
		expect(ask(other, "INCR", "a")).toBe("");
		expect(ask(other, "EXEC")).toBe("");
		machine.network.settle();
		expect(runner.take()).toBe("$1\r\n1\r\n");
		expect(other.take()).toBe("+OK\r\n+OK\r\n+QUEUED\r\n*1\r\n:3\r\n");
		expect(server.keyspace.isTimeless).toBeFalse();
	});

	test.each([
		["a loop", ENDLESS],
		["pcall", `pcall(function() ${ENDLESS} end) return 'survived'`],
		["pcall that is repeated", "while true do pcall(function() for i = 1, 1000000 do end end) end"],
		["pcall within pcall", `pcall(pcall, pcall, function() ${ENDLESS} end) return 'survived'`],
		["xpcall", `xpcall(function() ${ENDLESS} end, function() ${ENDLESS} end) return 'survived'`],
		["a coroutine", `coroutine.wrap(function() ${ENDLESS} end)() return 'survived'`],
		["a coroutine within pcall", `pcall(coroutine.wrap(function() pcall(function() ${ENDLESS} end) end))`],
		["recursion in coroutines", `local function f(n) if n == 0 then ${ENDLESS} end coroutine.wrap(f)(n - 1) end f(20)`],
		["loaded code", `loadstring('${ENDLESS}')()`],
		["calls of commands", "while true do redis.call('GET', 'a') end"],
		["string.find", FIND],
		["string.match in pcall", `pcall(function() ${FIND} end) return 'survived'`],
		["string.match called by pcall", "pcall(string.match, string.rep('a', 9000), '.-.-.-.-.-b') return 'survived'"],
		["string.find in a coroutine", `coroutine.wrap(function() pcall(function() ${FIND} end) end)()`],
		["string.gsub", "return string.gsub(string.rep('a', 9000), '.-.-.-.-.-b', 'x')"],
		["string.find of a text", "return string.find(string.rep('a', 6000000), string.rep('a', 3000000) .. 'b', 1, true)"],
		["table.sort", "table.sort({ 1, 2, 3 }, function() while true do end end)"],
		[
			"table.sort without an order",
			"local t = {} for i = 1, 100 do t[i] = i end while true do table.sort(t, function() return false end) end",
		],
		[
			"table.sort of long strings",
			`local s = string.rep('a', 3000000) local t = {} for i = 1, 3000 do t[i] = s end table.sort(t)`,
		],
	])("is killed in %s", (_name, script) => {
		const { runner, other, server, machine, ask } = started();
		runner.send("EVAL", script, 0);
		expect(ask(other, "PING")).toBe(BUSY_SCRIPT);
		expect(ask(other, "SCRIPT", "KILL")).toBe("+OK\r\n");
		machine.network.settle();
		expect(runner.take()).toMatch(
			/^-ERR Script killed by user with SCRIPT KILL\.\.\. script: [0-9a-f]{40}, on (@user_script|while true do end):[01]\.\r\n$/,
		);
		expect(runner.run("EVAL", "return pcall(function() return 1 end) and 'fine'", 0)).toBe("$4\r\nfine\r\n");
		expect(other.run("PING")).toBe("+PONG\r\n");
		expect(server.statistics.internalErrors).toBe(0);
	});

	test("says in which line it was killed", () => {
		const { runner, other, machine, ask } = started();
		runner.send("EVAL", `local a = 1\n\n${ENDLESS}`, 0);
		ask(other, "SCRIPT", "KILL");
		machine.network.settle();
		expect(runner.take()).toEndWith(", on @user_script:3.\r\n");
	});

	test("cannot be killed once it has written", () => {
		const { runner, other, machine, ask } = started();
		runner.send("EVAL", lengthy("redis.call('SET', 'a', 1)", "return 'done'"), 0);
		expect(ask(other, "SCRIPT", "KILL")).toStartWith("-UNKILLABLE Sorry the script already executed write commands");
		machine.network.settle();
		expect(runner.take()).toBe("$4\r\ndone\r\n");
	});

	test("ends with the server: SHUTDOWN NOSAVE", () => {
		const { runner, other, machine, server, turns } = started();
		let code = -1;
		server.onStopped((exitCode) => {
			code = exitCode;
		});
		runner.send("EVAL", `redis.call('SET', 'a', 1) ${ENDLESS}`, 0);
		turns();
		other.send("SHUTDOWN", "NOSAVE");
		machine.network.settle();
		expect(code).toBe(0);
		expect(machine.time.pendingCount()).toBe(0);
	});

	test("lets a signal wait for its end, so that no half of it is saved", () => {
		const { runner, machine, server, turns } = started();
		let code = -1;
		server.onStopped((exitCode) => {
			code = exitCode;
		});
		runner.send("EVAL", lengthy("", "return redis.call('SET', 'a', 1)"), 0);
		turns();
		server.signalled("SIGTERM");
		turns();
		expect(code).toBe(-1);
		machine.time.advance(1000);
		expect([code, runner.take()]).toEqual([0, "+OK\r\n"]);
	});

	test("goes on where its client has gone, for what it has begun is done as a whole", () => {
		const { runner, other, machine, server, turns, ask } = started();
		runner.send("EVAL", lengthy("redis.call('SET', 'a', 1)", "redis.call('SET', 'b', 2)"), 0);
		expect(ask(other, "PING")).toBe(BUSY_SCRIPT);
		runner.cut();
		turns();
		expect(ask(other, "PING")).toBe(BUSY_SCRIPT);
		machine.network.settle();
		expect(other.run("MGET", "a", "b")).toBe("*2\r\n$1\r\n1\r\n$1\r\n2\r\n");
		expect([server.clients.count(), server.statistics.internalErrors]).toEqual([1, 0]);
	});

	test("finds the data as they were: no key expires or is evicted meanwhile", () => {
		const { runner, other, machine, ask } = started("maxmemory-policy allkeys-random");
		other.run("SET", "short", "x", "PX", 50);
		other.run("SET", "long", "x".repeat(100_000));
		const exists = "redis.call('EXISTS', 'short', 'long')";
		runner.send("EVAL", lengthy(`local n = ${exists}`, `return { n, ${exists}, redis.call('PTTL', 'short') }`), 0);
		expect(ask(other, "PING")).toBe(BUSY_SCRIPT);
		machine.time.sleep(5000);
		expect(ask(other, "PING")).toBe(BUSY_SCRIPT);
		machine.network.settle();
		expect(runner.take()).toBe("*3\r\n:2\r\n:2\r\n:50\r\n");
		machine.time.advance(10);
		expect(other.run("EXISTS", "short", "long")).toBe(":1\r\n");
		expect(other.run("DBSIZE")).toBe(":1\r\n");
	});

	test("lets others queue nothing, and who had queued something is told at EXEC", () => {
		const { runner, other, machine, ask } = started();
		other.run("MULTI");
		other.run("SET", "a", 1);
		runner.send("EVAL", lengthy("", "return 1"), 0);
		expect(ask(other, "SET", "b", 1)).toBe(BUSY_SCRIPT);
		machine.network.settle();
		expect(other.run("EXEC")).toStartWith("-EXECABORT");
		expect(other.run("EXISTS", "a", "b")).toBe(":0\r\n");
	});

	test("does not make way within a transaction", () => {
		const { runner, other, ask } = started();
		runner.sendText("MULTI\r\n");
		runner.send("EVAL", "for i = 1, 900 do end return redis.call('INCR', 'n')", 0);
		expect(ask(runner, "EXEC")).toBe("+OK\r\n+QUEUED\r\n*1\r\n:1\r\n");
		expect(ask(other, "GET", "n")).toBe("$1\r\n1\r\n");
	});

	test.each([
		["a transaction", "MULTI", ENDLESS],
		[
			"a transaction, and catches errors",
			"MULTI",
			`while true do pcall(function() pcall(function() ${ENDLESS} end) end) end`,
		],
		[
			"a transaction, within coroutines",
			"MULTI",
			`while true do coroutine.wrap(function() pcall(function() ${ENDLESS} end) end)() end`,
		],
		[
			"a transaction, within xpcall",
			"MULTI",
			`while true do xpcall(function() ${ENDLESS} end, function() ${ENDLESS} end) end`,
		],
		["a pattern in a transaction", "MULTI", FIND],
		["a function that string.gsub calls", "ECHO", `string.gsub('a', 'a', function() ${ENDLESS} end)`],
		["what gmatch returns", "ECHO", "for a in string.gmatch(string.rep('a', 9000), '.-.-.-.-.-b') do end"],
		["a metamethod", "ECHO", `return setmetatable({}, { __index = function() ${ENDLESS} end }).a`],
	])("is ended where it cannot make way for too long: in %s", (_name, first, script) => {
		const { runner, server, ask } = started();
		const inside = first === "MULTI";
		ask(runner, ...(inside ? ["MULTI"] : ["ECHO", "x"]));
		const reply = ask(runner, "EVAL", script, 0);
		expect(inside ? ask(runner, "EXEC") : reply).toContain(
			"-ERR Script has run for too long where it cannot be interrupted script: ",
		);
		expect(runner.run("EVAL", "return { pcall(error, 'x') }", 0)).toBe("*2\r\n$-1\r\n$1\r\nx\r\n");
		expect(server.statistics.internalErrors).toBe(0);
	});

	test("gives what it was left in its results, as deep as it was", () => {
		const { runner, machine } = started();
		const long = "local s = string.rep('ab', 2000)";
		const find = "string.find(s, '()(.-)(b)(b)', 3)";
		for (const [script, reply] of [
			[`return { string.find(s .. 'b', '(.-)(bb)(.?)') }`, /^\*5\r\n:1\r\n:4001\r\n\$3999\r\n/],
			[`return { pcall(function() return ${find} end) }`, /^\*1\r\n:1\r\n$/],
			[
				"return { coroutine.wrap(function() return pcall(string.match, s .. 'b', '(.-)(b)b()') end)() }",
				/^\*4\r\n:1\r\n\$3999/,
			],
			["return { string.gsub(s, '.-a*b', '%0') }", /^\*2\r\n\$4000\r\n(ab)+\r\n:2000\r\n$/],
			["return { pcall(string.gsub, s, '.-b', '%2') }", /^\*1\r\n\$-1\r\n|^-ERR|^\*2/],
		] as const) {
			runner.send("EVAL", lengthy(long, script), 0);
			machine.network.settle();
			expect(runner.take()).toMatch(reply);
		}
	});

	test("publishes, wakes and is told in full at its end, in order", () => {
		const { runner, other, machine, turns } = started();
		const listener = machine.network.connect(6379);
		listener.run("SUBSCRIBE", "news");
		other.send("BLPOP", "list", 0);
		turns();
		runner.send("EVAL", lengthy("redis.call('RPUSH', 'list', 'a')", "redis.call('PUBLISH', 'news', 'b') return 1"), 0);
		turns();
		expect(other.take()).toBe("");
		machine.network.settle();
		expect(other.take()).toBe("*2\r\n$4\r\nlist\r\n$1\r\na\r\n");
		expect(listener.take()).toBe("*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$1\r\nb\r\n");
		expect(runner.take()).toBe(":1\r\n");
	});

	test("replies anything as it would have at once", () => {
		const { runner, machine } = started();
		for (const [value, reply] of [
			["{ 1, { err = 'X y' }, { ok = 'fine' } }", "*3\r\n:1\r\n-X y\r\n+fine\r\n"],
			["{ err = 'X y' }", "-X y\r\n"],
			["redis.pcall('NOSUCH')", "-ERR Unknown Redis command called from script\r\n"],
			["nil", "$-1\r\n"],
		] as const) {
			runner.send("EVAL", lengthy("", `return ${value}`), 0);
			machine.network.settle();
			expect([value, runner.take().slice(0, reply.length)]).toEqual([value, reply]);
		}
	});

	test("may use up its memory or its stack then, and costs its machine only", () => {
		const { runner, other, machine, server } = started();
		server.scripting.bytesMax = 40 << 20;
		for (const [rest, error] of [
			["local s = 'x' while true do s = s .. s end", "-ERR not enough memory"],
			["local function f() return 1 + f() end f()", "-ERR user_script:1: stack overflow"],
		] as const) {
			runner.send("EVAL", lengthy("redis.call('INCR', 'n')", rest), 0);
			machine.network.settle();
			expect(runner.take()).toStartWith(error);
			expect(other.run("EVAL", "return redis.call('GET', 'n')", 0)).toStartWith("$1\r\n");
		}
		expect(server.statistics.internalErrors).toBe(0);
	});

	test("that is never overdue is not interrupted: busy-reply-threshold 0", () => {
		const { runner, other, turns, ask } = started("busy-reply-threshold 0");
		runner.send("EVAL", lengthy("", "return 1"), 0);
		turns(5);
		expect(runner.take()).toBe(":1\r\n");
		expect(ask(other, "PING")).toBe("+PONG\r\n");
	});
});

describe("a function that takes long", () => {
	test("is shown by FUNCTION STATS and ended by FUNCTION KILL", () => {
		const { runner, other, machine, ask } = started();
		const code = `#!lua name=lib\nredis.register_function('f', function()\n${ENDLESS} end)`;
		expect(ask(runner, "FUNCTION", "LOAD", code)).toBe("$3\r\nlib\r\n");
		runner.send("FCALL", "f", 0, "word");
		expect(ask(other, "PING")).toBe(BUSY_FUNCTION);
		expect(ask(other, "SCRIPT", "KILL")).toBe(BUSY_FUNCTION);
		const stats = ask(other, "FUNCTION", "STATS");
		expect(stats).toContain("$4\r\nname\r\n$1\r\nf\r\n");
		expect(stats).toContain("*4\r\n$5\r\nFCALL\r\n$1\r\nf\r\n$1\r\n0\r\n$4\r\nword\r\n");
		expect(ask(other, "FUNCTION", "KILL")).toBe("+OK\r\n");
		machine.network.settle();
		expect(runner.take()).toBe("-ERR Script killed by user with SCRIPT KILL... script: f, on @user_function:3.\r\n");
		expect(other.run("FUNCTION", "KILL")).toBe("-NOTBUSY No scripts in execution right now.\r\n");
	});
});
