/** A defect of ours in a script: it is counted and told, the client gets an error, and the next script runs. */
import { describe, expect, test } from "bun:test";
import { INTERNAL_ERROR } from "../../src/resp/errors.ts";
import { ScriptClient } from "../support/script-client.ts";

const INTERNAL = `-${INTERNAL_ERROR}\r\n`;
const DEFECT = "redis.log(redis.LOG_VERBOSE, 'x')";

/** A server whose log throws when a script writes to it. */
function started(directives = "") {
	const scripts = new ScriptClient(directives);
	Object.assign(scripts.server.log, {
		verbose() {
			throw new TypeError("a defect");
		},
	});
	const counted = () => Number(/internal_errors:(\d+)/.exec(scripts.run("INFO", "stats"))?.[1]);
	const told = () => scripts.machine.host.printed.filter((line) => line.includes("Internal error"));
	return { scripts, counted, told };
}

describe("a defect inside the engine", () => {
	test("is counted in INFO, told in the log, and costs the script alone", () => {
		const { scripts, counted, told } = started();
		expect(counted()).toBe(0);
		expect(scripts.eval(`redis.call('SET','k','1') ${DEFECT} return 1`)).toBe(INTERNAL);
		expect([counted(), told().length]).toEqual([1, 1]);
		expect(told()[0]).toContain("a defect");
		expect(scripts.eval("return redis.call('GET','k')")).toBe("$1\r\n1\r\n");
		expect(scripts.eval(`return pcall(function() ${DEFECT} end)`)).toBe(INTERNAL);
		expect(scripts.eval(`return coroutine.wrap(function() ${DEFECT} end)()`)).toBe(INTERNAL);
		expect([counted(), told().length]).toEqual([3, 3]);
		expect(scripts.run("PING")).toBe("+PONG\r\n");
		expect(scripts.run("INFO", "commandstats")).toMatch(/cmdstat_eval:calls=4,.*failed_calls=3/);
	});

	test("inside a function costs the function alone, inside a transaction its one reply", () => {
		const { scripts, counted } = started();
		scripts.run(
			"FUNCTION",
			"LOAD",
			`#!lua name=l\nredis.register_function('bad', function() ${DEFECT} end) redis.register_function('good', function() return 7 end)`,
		);
		expect(scripts.run("FCALL", "bad", 0)).toBe(INTERNAL);
		expect(scripts.run("FCALL", "good", 0)).toBe(":7\r\n");
		scripts.run("MULTI");
		scripts.run("FCALL", "bad", 0);
		scripts.run("FCALL", "good", 0);
		scripts.run("EVAL", DEFECT, 0);
		scripts.run("EVAL", "return 8", 0);
		expect(scripts.run("EXEC")).toBe(`*4\r\n${INTERNAL}:7\r\n${INTERNAL}:8\r\n`);
		expect(counted()).toBe(3);
	});

	test("in a library that is loaded: it is not there", () => {
		const { scripts, counted } = started();
		const load = (code: string) => scripts.run("FUNCTION", "LOAD", `#!lua name=l\n${code}`);
		expect(load(`redis.register_function('f', function() end) ${DEFECT}`)).toBe(INTERNAL);
		expect(scripts.run("FCALL", "f", 0)).toBe("-ERR Function not found\r\n");
		expect(load("redis.register_function('f', function() return 1 end)")).toBe("$1\r\nl\r\n");
		expect(scripts.run("FCALL", "f", 0)).toBe(":1\r\n");
		expect(counted()).toBe(1);
	});

	test("in a script that has made way is told to its client, and others are served again", () => {
		const { scripts, counted, told } = started();
		const { client, machine, server } = scripts;
		server.scripting.patience.threshold_ms = -1;
		client.send("EVAL", `for i = 1, 1e6 do end ${DEFECT}`, "0");
		machine.network.settle();
		expect(client.take()).toBe(INTERNAL);
		expect([counted(), told().length]).toEqual([1, 1]);
		expect(machine.network.connect(6379).run("PING")).toBe("+PONG\r\n");
		expect(scripts.eval("return 1")).toBe(":1\r\n");
	});

	test("inside a command of a script is the command's", () => {
		const { scripts, counted, told } = started();
		const echo = scripts.server.table.named("echo")!;
		Object.assign(echo, {
			run() {
				throw new TypeError("a defect of ECHO");
			},
		});
		expect(scripts.eval("return redis.pcall('ECHO','x').err")).toContain(INTERNAL_ERROR);
		expect(scripts.eval("return redis.call('ECHO','x')")).toStartWith(`-${INTERNAL_ERROR} script: `);
		expect(counted()).toBe(2);
		expect(told()[1]).toContain("echo");
		expect(scripts.eval("return redis.call('PING')")).toBe("+PONG\r\n");
	});
});
