/** Values between commands and scripts, in both directions and both protocols. */
import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { numberText } from "../../src/scripting/replies.ts";
import { ScriptClient } from "../support/script-client.ts";

const two = new ScriptClient();
const three = new ScriptClient();
three.run("HELLO", 3);

describe("what a script returns", () => {
	const cases: readonly (readonly [script: string, resp2: string, resp3: string])[] = [
		["1", ":1\r\n", ":1\r\n"],
		["3.99", ":3\r\n", ":3\r\n"],
		["-3.99", ":-3\r\n", ":-3\r\n"],
		["'a\\0b'", "$3\r\na\0b\r\n", "$3\r\na\0b\r\n"],
		["'\\255'", "$1\r\n\u00ff\r\n", "$1\r\n\u00ff\r\n"],
		["nil", "$-1\r\n", "_\r\n"],
		["true", ":1\r\n", ":1\r\n"],
		["false", "$-1\r\n", "_\r\n"],
		["{}", "*0\r\n", "*0\r\n"],
		["{1,{2,'x'}}", "*2\r\n:1\r\n*2\r\n:2\r\n$1\r\nx\r\n", "*2\r\n:1\r\n*2\r\n:2\r\n$1\r\nx\r\n"],
		["{1,nil,3}", "*1\r\n:1\r\n", "*1\r\n:1\r\n"],
		["{ok='fine\\r\\n'}", "+fine  \r\n", "+fine  \r\n"],
		["{err='BAD luck'}", "-BAD luck\r\n", "-BAD luck\r\n"],
		["{double=1.5}", "$3\r\n1.5\r\n", ",1.5\r\n"],
		["{map={a=1}}", "*2\r\n$1\r\na\r\n:1\r\n", "%1\r\n$1\r\na\r\n:1\r\n"],
		["{set={a=true}}", "*1\r\n$1\r\na\r\n", "~1\r\n$1\r\na\r\n"],
		["{big_number='123'}", "$3\r\n123\r\n", "(123\r\n"],
		["{verbatim_string={format='txt',string='x'}}", "$1\r\nx\r\n", "=5\r\ntxt:x\r\n"],
		["function() end", "$-1\r\n", "_\r\n"],
	];
	test.each(cases)("%s", (expression, resp2, resp3) => {
		expect(two.eval(`return ${expression}`)).toBe(resp2);
		expect(three.eval(`return ${expression}`)).toBe(resp3);
	});

	test("truth is a type of its own for scripts that work with RESP3", () => {
		expect(three.eval("redis.setresp(3) return {true,false}")).toBe("*2\r\n#t\r\n#f\r\n");
		expect(two.eval("redis.setresp(3) return {true,false}")).toBe("*2\r\n:1\r\n:0\r\n");
	});

	test("nested without end it is an error, and the next script runs", () => {
		expect(two.eval("local t = {} t[1] = t return t")).toContain("reached lua stack limit");
		expect(two.eval("return 1")).toBe(":1\r\n");
	});
});

describe("what a script sees of a reply", () => {
	two.run("RPUSH", "list", "a", "b");
	two.run("HSET", "hash", "f", "v");
	two.run("ZADD", "zset", 1.5, "m");
	const shown = (command: string, setup = "") =>
		two.eval(`${setup}
			local function show(v)
				if type(v) ~= 'table' then return type(v)..':'..tostring(v) end
				local parts = {}
				for k, x in pairs(v) do parts[#parts+1] = tostring(k)..'='..show(x) end
				return '{'..table.concat(parts, ' ')..'}'
			end
			return show(redis.pcall(${command}))`);
	const text = (value: string) => `$${value.length}\r\n${value}\r\n`;

	test("in RESP2", () => {
		expect(shown("'PING'")).toBe(text("{ok=string:PONG}"));
		expect(shown("'STRLEN','x'")).toBe(text("number:0"));
		expect(shown("'GET','x'")).toBe(text("boolean:false"));
		expect(shown("'LRANGE','list',0,-1")).toBe(text("{1=string:a 2=string:b}"));
		expect(shown("'HGETALL','hash'")).toBe(text("{1=string:f 2=string:v}"));
		expect(shown("'ZSCORE','zset','m'")).toBe(text("string:1.5"));
		expect(shown("'GET','list'")).toContain("err=string:WRONGTYPE Operation");
	});

	test("in RESP3", () => {
		const setup = "redis.setresp(3)";
		expect(shown("'GET','x'", setup)).toBe(text("nil:nil"));
		expect(shown("'HGETALL','hash'", setup)).toBe(text("{map={f=string:v}}"));
		expect(shown("'ZSCORE','zset','m'", setup)).toBe(text("{double=number:1.5}"));
	});

	test("in RESP3: pairs goes over maps and sets in the order of Redis", () => {
		const keys =
			"'name',1,'consumers',1,'pending',1,'last-delivered-id',1,'lag',1,'entries-read',1,'a',1,'b',1,'c',1,'d',1";
		const order = (command: string, kind: string) =>
			two.eval(
				`redis.setresp(3) local o={} for k in pairs(redis.call(${command}).${kind}) do o[#o+1]=k end return table.concat(o,' ')`,
			);
		two.eval(`redis.call('HSET','fields',${keys}) redis.call('SADD','members',3,1,4,15,9,26,5,35,8)`);
		expect(order("'HGETALL','fields'", "map")).toBe(
			text("a c b consumers lag entries-read name d last-delivered-id pending"),
		);
		expect(order("'SMEMBERS','members'", "set")).toBe(text("1 3 5 4 35 9 15 26 8"));
	});

	test("which holds for one script", () => {
		expect(shown("'GET','x'")).toBe(text("boolean:false"));
	});
});

test("numbers as arguments: whole ones without a point, others so that they can be read back", () => {
	expect([3, -0, 1e15, 0.1, 1e100, -1.5, 1e-7].map(numberText)).toEqual([
		"3",
		"-0",
		"1000000000000000",
		"0.10000000000000001",
		"1e+100",
		"-1.5",
		"9.9999999999999995e-08",
	]);
	fc.assert(
		fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) =>
			Object.is(Number(numberText(value)), value),
		),
	);
});
