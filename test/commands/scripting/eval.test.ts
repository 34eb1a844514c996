/** EVAL, EVALSHA and their like: arguments, what scripts may call, and what errors look like. */
import { beforeEach, describe, expect, test } from "bun:test";
import { ScriptClient } from "../../support/script-client.ts";

let scripts = new ScriptClient();
beforeEach(() => {
	scripts = new ScriptClient();
});

const READ_ONLY = "ERR Write commands are not allowed from read-only scripts.";

test("keys and arguments are bytes", () => {
	const reply = scripts.eval("return {KEYS[1], KEYS[2], ARGV[1], #ARGV}", ["a", "\0\u00ff"], ["", "x"]);
	expect(reply).toBe("*4\r\n$1\r\na\r\n$2\r\n\0\u00ff\r\n$0\r\n\r\n:2\r\n");
});

test("the number of keys", () => {
	expect(scripts.run("EVAL", "return 1", "x")).toBe("-ERR value is not an integer or out of range\r\n");
	expect(scripts.run("EVAL", "return 1", 2, "a")).toBe("-ERR Number of keys can't be greater than number of args\r\n");
	expect(scripts.run("EVAL", "return 1", -1)).toBe("-ERR Number of keys can't be negative\r\n");
});

describe("errors", () => {
	test("name the script and the line", () => {
		const sha = "9851144f39f03a0d597a980c5aa79c80cb696891";
		expect(scripts.eval("error('x')")).toBe(`-ERR user_script:1: x script: ${sha}, on @user_script:1.\r\n`);
		const script = "\n redis.call('set','k','v')\n return redis.call('lpush','k','x')";
		expect(scripts.eval(script)).toMatch(
			/^-WRONGTYPE Operation against a key holding the wrong kind of value script: [0-9a-f]{40}, on @user_script:3\.\r\n$/,
		);
	});

	test("of commands that cannot be called", () => {
		expect(scripts.error("return redis.call('nosuch')")).toBe("ERR Unknown Redis command called from script");
		expect(scripts.error("return redis.call('get')")).toBe(
			"ERR Wrong number of args calling Redis command from script",
		);
		const notAllowed = "ERR This Redis command is not allowed from script";
		for (const command of ["'eval','return 1',0", "'multi'", "'subscribe','x'", "'auth','x'", "'blpop','x',0"]) {
			expect([command, scripts.error(`return redis.call(${command})`)]).toEqual([command, notAllowed]);
		}
	});

	test("are values for pcall, and the script goes on", () => {
		expect(scripts.eval("local r = redis.pcall('incr') redis.call('set','k',r.err) return redis.call('get','k')")).toBe(
			"$58\r\nERR Wrong number of args calling Redis command from script\r\n",
		);
	});
});

describe("scripts that may not write", () => {
	test("by the command", () => {
		expect(scripts.run("EVAL_RO", "return redis.call('get',KEYS[1])", 1, "k")).toBe("$-1\r\n");
		expect(scripts.run("EVAL_RO", "return redis.call('set',KEYS[1],1)", 1, "k")).toContain(READ_ONLY);
		expect(scripts.run("EVAL_RO", "#!lua\nreturn 1", 0)).toBe(
			"-ERR Can not execute a script with write flag using *_ro command.\r\n",
		);
	});

	test("by their first line", () => {
		const script = "#!lua flags=no-writes\nreturn redis.call('set','k',1)";
		expect(scripts.eval(script)).toContain(READ_ONLY);
		expect(scripts.run("EXISTS", "k")).toBe(":0\r\n");
	});
});

test("SELECT holds for the script alone", () => {
	expect(scripts.eval("redis.call('select',1) return redis.call('set','k','v')")).toBe("+OK\r\n");
	expect(scripts.run("EXISTS", "k")).toBe(":0\r\n");
	scripts.run("SELECT", 1);
	expect(scripts.run("EXISTS", "k")).toBe(":1\r\n");
});

test("in a transaction a script is one of the commands", () => {
	scripts.run("MULTI");
	scripts.run("SET", "k", 1);
	scripts.run("EVAL", "return redis.call('incr','k')", 0);
	scripts.run("EVAL", "error('x')", 0);
	scripts.run("GET", "k");
	expect(scripts.run("EXEC")).toMatch(/^\*4\r\n\+OK\r\n:2\r\n-ERR user_script:1: x .*\r\n\$1\r\n2\r\n$/);
});

test("who waits for a key is served behind the script", () => {
	const waiting = scripts.machine.network.connect(6379);
	waiting.send("BLPOP", "list", 0);
	scripts.machine.network.settle();
	expect(scripts.eval("redis.call('rpush','list','a','b') return redis.call('llen','list')")).toBe(":2\r\n");
	scripts.machine.network.settle();
	expect(waiting.take()).toBe("*2\r\n$4\r\nlist\r\n$1\r\na\r\n");
});
