/** Coroutines as scripts see them, though pcall is made of coroutines here. */
import { expect, test } from "bun:test";
import { ScriptClient } from "../../support/script-client.ts";

const scripts = new ScriptClient();
const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`;

test("coroutine.running is the script's own coroutine, in pcall as well", () => {
	expect(scripts.text("coroutine.running()")).toBe("nil");
	expect(scripts.text("select(2, pcall(coroutine.running))")).toBe("nil");
	expect(scripts.text("select(2, pcall(function() return coroutine.running() end))")).toBe("nil");
	const inside = `local r, co = {}
co = coroutine.create(function()
	r[1] = coroutine.running() == co
	pcall(function() r[2] = coroutine.running() == co end)
	coroutine.wrap(function() r[3] = coroutine.running() ~= co and coroutine.running() ~= nil end)()
	coroutine.yield()
	r[4] = coroutine.running() == co
	pcall(coroutine.yield)
	r[5] = coroutine.running() == co
end)
coroutine.resume(co)
r[6] = coroutine.running() == nil
coroutine.resume(co)
return { tostring(r[1]), tostring(r[2]), tostring(r[3]), tostring(r[4]), tostring(r[5]), tostring(r[6]) }`;
	expect(scripts.eval(inside)).toBe(`*6\r\n${bulk("true").repeat(6)}`);
});

test("coroutine.status tells of it as if pcall were not there", () => {
	const script = `local r, co = {}
co = coroutine.create(function()
	pcall(function()
		r[1] = coroutine.status(co)
		r[2] = select(2, coroutine.resume(co))
		coroutine.wrap(function() r[3] = coroutine.status(co) end)()
	end)
	coroutine.yield()
end)
coroutine.resume(co)
r[4] = coroutine.status(co)
coroutine.resume(co)
r[5] = coroutine.status(co)
return r`;
	const words = ["running", "cannot resume running coroutine", "normal", "suspended", "dead"];
	expect(scripts.eval(script)).toBe(`*5\r\n${words.map(bulk).join("")}`);
});

test("an error in a coroutine leaves the one that has resumed it at work", () => {
	const script = `local r = {}
r[1] = tostring(coroutine.resume(coroutine.create(function() error('x') end)))
r[2] = tostring(coroutine.running())
r[3] = tostring(pcall(coroutine.wrap(function() coroutine.yield() error('x') end)))
r[4] = tostring(coroutine.running())
return r`;
	expect(scripts.eval(script)).toBe(`*4\r\n${["false", "nil", "true", "nil"].map(bulk).join("")}`);
});

test("nothing yields through pcall, nor out of the script", () => {
	const boundary = "attempt to yield across metamethod/C-call boundary";
	const protectedYield = "select(2, pcall(coroutine.yield, 1))";
	expect(scripts.text(protectedYield)).toBe(boundary);
	expect(scripts.text(`coroutine.wrap(function() return ${protectedYield} end)()`)).toBe(boundary);
	expect(scripts.text("coroutine.wrap(function() return select(2, pcall(pcall, coroutine.yield)) end)()")).toBe(
		"false",
	);
	expect(scripts.error("coroutine.yield(1)")).toBe(`ERR ${boundary}`);
	expect(scripts.text("coroutine.wrap(function() coroutine.yield('fine') end)()")).toBe("fine");
	expect(scripts.text("select(2, pcall(coroutine.wrap(function() coroutine.yield('fine') end)))")).toBe("fine");
});

test("a script that was ended in a coroutine leaves nothing to the next", () => {
	scripts.eval("coroutine.wrap(function() table.foreach({1}, function() coroutine.yield() end) end)()");
	scripts.eval("coroutine.wrap(function() redis.call('NOSUCH') end)()");
	scripts.eval("coroutine.wrap(function() local function f() return f() + 1 end f() end)()");
	expect(scripts.text("coroutine.running()")).toBe("nil");
});
