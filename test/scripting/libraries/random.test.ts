/** math.random: the numbers are those of a genuine Redis. */
import { expect, test } from "bun:test";
import { ScriptClient } from "../../support/script-client.ts";

const scripts = new ScriptClient();
const integers = (...values: number[]) => `*${values.length}\r\n${values.map((value) => `:${value}\r\n`).join("")}`;

test("seeds lead to the numbers of Redis", () => {
	const eight = "local t={} for i=1,8 do t[i]=math.random(1000) end return t";
	expect(scripts.eval(`math.randomseed(42) ${eight}`)).toBe(integers(745, 343, 112, 423, 82, 857, 499, 479));
	const two = "return {math.random(1e6), math.random(-5,5)}";
	expect(scripts.eval(`math.randomseed(-1) ${two}`)).toBe(integers(300026, -5));
	expect(scripts.eval(`math.randomseed(2^31) ${two}`)).toBe(integers(670829, -3));
});

test("with no bound it is a fraction, with one it begins at 1", () => {
	expect(
		scripts.eval(
			"math.randomseed(0) return {math.random(6), math.random(10,20), tostring(math.random()), math.random(1)}",
		),
	).toBe("*4\r\n:2\r\n:18\r\n$16\r\n0.09637165539729\r\n:1\r\n");
});

test("intervals without a number, and too many bounds, are refused", () => {
	const empty = (argument: number) => `ERR user_script:1: bad argument #${argument} to 'random' (interval is empty)`;
	expect(scripts.error("return math.random(0)")).toBe(empty(1));
	expect(scripts.error("return math.random(2,1)")).toBe(empty(2));
	expect(scripts.error("return math.random(1,2,3)")).toBe("ERR user_script:1: wrong number of arguments");
});
