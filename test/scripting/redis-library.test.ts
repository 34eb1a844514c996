/** The table `redis` of scripts; the texts are those of a genuine Redis. */
import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { ScriptClient } from "../support/script-client.ts";

const scripts = new ScriptClient();

test("sha1hex of any bytes", () => {
	const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array).toString("latin1"));
	fc.assert(
		fc.property(bytes, (text) => {
			const expected = new Bun.CryptoHasher("sha1").update(Buffer.from(text, "latin1")).digest("hex");
			expect(scripts.eval("return redis.sha1hex(ARGV[1])", [], [text])).toBe(`$40\r\n${expected}\r\n`);
		}),
	);
	expect(scripts.text("redis.sha1hex(12)")).toBe("7b52009b64fd0a2a49e6d8a939753077792b0554");
	expect(scripts.error("return redis.sha1hex()")).toBe("ERR wrong number of arguments");
});

describe("replies to return", () => {
	test("an error has a code", () => {
		expect(scripts.eval("return redis.error_reply('x')")).toBe("-ERR x\r\n");
		expect(scripts.eval("return redis.error_reply('My err')")).toBe("-My err\r\n");
		expect(scripts.eval("return redis.error_reply('-CODE x')")).toBe("-CODE x\r\n");
	});

	test("a status is one line", () => {
		expect(scripts.eval("return redis.status_reply('fine')")).toBe("+fine\r\n");
	});

	test("of what is no string are errors", () => {
		const error = "-ERR wrong number or type of arguments\r\n";
		for (const call of ["status_reply(1)", "error_reply()", "error_reply({})", "status_reply('a','b')"]) {
			expect([call, scripts.eval(`return redis.${call}`)]).toEqual([call, error]);
		}
	});
});

test("arguments that are wrong", () => {
	const errors: Readonly<Record<string, string>> = {
		"log(1)": "redis.log() requires two arguments or more.",
		"log('x','y')": "First argument must be a number (log level).",
		"log(9,'y')": "Invalid debug level.",
		"setresp(4)": "RESP version must be 2 or 3.",
		"setresp()": "redis.setresp() requires one argument.",
		"set_repl(7)": "Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.",
		"acl_check_cmd()": "Please specify at least one argument for this redis lib call",
		"acl_check_cmd('nosuch')": "Invalid command passed to redis.acl_check_cmd()",
	};
	for (const [call, error] of Object.entries(errors)) {
		expect([call, scripts.error(`return redis.${call}`)]).toEqual([call, `ERR ${error}`]);
	}
});

test("log writes to the log, from the level on that it has", () => {
	const logged = new ScriptClient("loglevel notice");
	const before = logged.machine.host.printed.length;
	logged.eval("redis.log(redis.LOG_NOTICE, 'seen', 7) redis.log(redis.LOG_DEBUG, 'hidden')");
	const lines = logged.machine.host.printed.slice(before);
	expect(lines).toHaveLength(1);
	expect(lines[0]).toEndWith("* seen 7");
});

test("acl_check_cmd tells what the client of the script may do", () => {
	const limited = new ScriptClient();
	limited.run("ACL", "SETUSER", "u", "on", "nopass", "+eval", "+get", "~a*");
	limited.run("AUTH", "u", "");
	const allowed = (words: string) => limited.eval(`return redis.acl_check_cmd(${words})`);
	expect([allowed("'get','a1'"), allowed("'get','b'"), allowed("'set','a1','x'")]).toEqual([
		":1\r\n",
		"$-1\r\n",
		"$-1\r\n",
	]);
});

test("constants, and functions without effect", () => {
	expect(
		scripts.eval(
			"return {redis.LOG_WARNING, redis.REPL_ALL, redis.REPL_SLAVE, redis.replicate_commands(), redis.REDIS_VERSION_NUM}",
		),
	).toBe("*5\r\n:3\r\n:3\r\n:2\r\n:1\r\n:459268\r\n");
	expect(scripts.text("redis.REDIS_VERSION")).toBe("7.2.4");
});

test("an error without a code gets one, with or without the minus of the protocol", () => {
	const expected = { "-X": "ERR X", "-X y": "X y", "--X": "ERR -X", X: "ERR X", "": "ERR ", "-": "ERR ", "- x": " x" };
	for (const [given, text] of Object.entries(expected)) {
		const reply = new ScriptClient().eval("return redis.error_reply(ARGV[1]).err", [], [given]);
		expect([given, reply]).toEqual([given, `$${text.length}\r\n${text}\r\n`]);
	}
});
