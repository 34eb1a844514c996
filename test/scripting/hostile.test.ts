import { heapStats } from "bun:jsc";
import { describe, expect, test } from "bun:test";
import { VirtualMachine } from "../support/virtual-machine.ts";

/** Scripts that want more memory, stack or room than there is: each gets an error, and the server goes on. */

const MEMORY = "not enough memory script";
const STACK = "stack overflow script";

/** A server whose scripts have little memory, as large amounts only take longer. */
function started(directives = "busy-reply-threshold 0") {
	const machine = new VirtualMachine();
	const server = machine.start(directives);
	server.scripting.bytesMax = 48 << 20;
	const client = machine.network.connect(6379);
	const run = (script: string, ...words: (string | number)[]) =>
		words.length === 0 ? client.run("EVAL", script, 0) : client.run("EVAL", script, ...words);
	return { machine, server, client, run };
}

const memoryBombs = [
	"return string.rep('x', 2000000000)",
	"return string.rep('x', 100000000)",
	"local s = 'x' while true do s = s .. s end",
	"local t = {} while true do t[#t + 1] = { 1, 2, 3 } end",
	"local t = {} for i = 1, 1e9 do t['k' .. i] = i end",
	"local t = {} while true do t[#t + 1] = function() return t end end",
	"local t = {} while true do t[#t + 1] = coroutine.create(function() end) end",
	"local t = {} while true do t[#t + 1] = assert(loadstring('return 1')) end",
	"local t = {} for i = 1, 100 do t[i] = string.rep('x', 1000000) end return table.concat(t)",
	"return string.gsub(string.rep('x', 1000000), 'x', string.rep('y', 1000))",
	"local s = string.rep('x', 12000000) return cjson.encode({ s, s, s })",
	"local s = string.rep('x', 12000000) return cmsgpack.pack(s, s, s)",
	"local s = string.rep('x', 12000000) return struct.pack('sss', s, s, s)",
	"local s = string.rep('x', 12000000) redis.call('SET', 'a', s) return { redis.call('MGET', 'a', 'a', 'a', 'a') }",
	"pcall(function() local s = 'x' while true do s = s .. s end end) local s = 'x' while true do s = s .. s end",
	"coroutine.wrap(function() local s = 'x' while true do s = s .. s end end)()",
	"for i = 1, 20000 do cjson.new() end",
	"local function f(...) return 1 + f(1, ...) end return f()",
	"local s = string.rep('x', 12000000) return { string.upper(s), string.lower(s), string.reverse(s .. 'y') }",
	"local t = {} for i = 1, 40 do t = { t, t } end return cjson.encode(t)",
	"local t = {} for i = 1, 15 do t = { t, t, t, t, t, t } end return cmsgpack.pack(t)",
	"local k = {} for i = 1, 7 do k[i] = 'a' end redis.call('SET', 'a', string.rep('x', 9000000)) redis.call('MGET', unpack(k))",
	"return cjson.decode('[' .. string.rep('1,', 6000000) .. '1]')",
	"return { cmsgpack.unpack('\\221\\0\\255\\255\\255' .. string.rep('\\1', 12000000)) }",
	"return string.gsub(string.rep('x', 10000), '.', { x = string.rep('y', 10000) })",
	"return string.gsub(string.rep('x', 10000), '.', function() return string.rep('y', 10000) end)",
];

/** Small in Lua's memory and large without: the same value many times. */
const largeReplies = [
	"local s = string.rep('x', 1000000) local t = {} for i = 1, 200 do t[i] = s end return t",
	"local t = {} for i = 1, 40 do t = { t, t } end return t",
	"local t = { map = { a = 1 } } for i = 1, 40 do t = { map = { a = t, b = t } } end return t",
];

const stackBombs = [
	"local function f() return 1 + f() end return f()",
	"local t = setmetatable({}, {}) getmetatable(t).__newindex = function(t, k) t[k + 1] = 1 end t[1] = 1",
	"local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k + 1] end return t[1]",
	"local t = setmetatable({}, { __tostring = function(t) return tostring(t) end }) return tostring(t)",
	"local t = setmetatable({}, {}) getmetatable(t).__call = function(t) return 1 + t() end return t()",
	"local t = setmetatable({}, {}) getmetatable(t).__concat = function(a, b) return a .. b end return t .. t",
	"local function f() return coroutine.wrap(f)() end return f()",
	"local function f() return (string.gsub('a', 'a', f)) end return f()",
	"local function f() local t = { 1, 2 } table.sort(t, f) return true end return f()",
	"local t = {} for i = 1, 100000 do t = { t } end cjson.encode_max_depth(1000000) return cjson.encode(t)",
];

/** These end in whatever way, but end. */
const others = [
	"local function f() local isFine, e = pcall(f) if not isFine then error(e) end end return f()",
	"local h h = function(e) error(h) end return xpcall(h, h)",
	"local function f() return xpcall(error, f) end return f()",
	"cjson.decode_max_depth(10000000) return type(cjson.decode(string.rep('[', 100000) .. string.rep(']', 100000)))",
	"return type(cjson.decode(string.rep('{\"a\":', 100000)))",
	"local t = {} t[1] = t return cjson.encode(t)",
	"local t = {} t[1] = t return cmsgpack.pack(t)",
	"local t = {} t[1] = t return t",
	"local t = {} t.map = t return t",
	"local t = {} for i = 1, 100000 do t = { t } end return t",
	"return cmsgpack.unpack(string.rep('\\145', 100000))",
	"return cmsgpack.unpack('\\221\\255\\255\\255\\255')",
	"return cmsgpack.unpack('\\219\\255\\255\\255\\255')",
	"return struct.pack('c2000000000', 'x')",
	"return struct.unpack('c2000000000', 'x')",
	"return { unpack({}, 1, 8000000) }",
	"return unpack({}, -2147483648, 2147483647)",
	"return string.rep('x', -1) .. string.rep('', 1e300)",
	"return string.rep('x', 1e300)",
	"return string.format('%99999999d', 1)",
	"return #table.concat({}, 'x', 1, 2000000000)",
	"return select(-1, 1)",
	"return string.char(unpack({}, 1, 7000))",
	"return string.find(string.rep('a', 300000), string.rep('a?', 300000) .. 'b')",
	"return string.find(string.rep('a', 300000), string.rep('(', 300000))",
	"local t = {} for i = 1, 300000 do t[2 * i] = 1 end return #cjson.encode(t)",
	"return tonumber(string.rep('f', 1000000), 16)",
	"return #{ string.byte(string.rep('x', 1000000), 1, -1) }",
	...["(", "{", "not ", "-", "function() ", "a.", "f("].map(
		(piece) => `return loadstring('return ' .. string.rep('${piece}', 100000)) and 1 or 0`,
	),
	"return loadstring('return 1' .. string.rep('..1', 100000)) and 1 or 0",
	"return loadstring(string.rep('do ', 100000) .. string.rep(' end', 100000)) and 1 or 0",
	"return loadstring('local ' .. string.rep('a,', 100000) .. 'a') and 1 or 0",
	"loadstring('error(1)\\n\\r\\n')()",
	"error('a\\r\\nb')",
	"error({ err = 'a\\r\\nb' })",
	"return { err = 'a\\r\\n+b' }",
	"return redis.error_reply('a\\r\\n$1')",
];

describe("a hostile script", () => {
	test.each(memoryBombs)("runs out of memory, and all of it is given back: %s", (script) => {
		const { server, run } = started();
		const reply = run(script);
		expect(reply).toStartWith("-");
		expect(reply).toContain(MEMORY);
		expect(server.scripting.memory().engine).toBe(0);
		expect(run("return redis.call('ECHO', ARGV[1])", 0, "fine")).toBe("$4\r\nfine\r\n");
		expect(server.statistics.internalErrors).toBe(0);
	});

	test.each(stackBombs)("runs out of stack: %s", (script) => {
		const { server, run } = started();
		expect(run(script)).toContain(STACK);
		expect(run("return redis.call('ECHO', ARGV[1])", 0, "fine")).toBe("$4\r\nfine\r\n");
		expect(server.statistics.internalErrors).toBe(0);
	});

	test.each(largeReplies)("gets an error instead of a reply that is far larger than its memory: %s", (script) => {
		const { server, client, run } = started();
		expect(run(script)).toMatch(
			/^-ERR Reply is larger than the memory that scripts may use script: \w+, on @user_script:0\.\r\n$/,
		);
		client.send("MULTI");
		client.send("EVAL", script, 0);
		client.send("EXEC");
		expect(run("return 'fine'")).toMatch(/\*1\r\n-ERR Reply is larger [^\r]*\r\n\$4\r\nfine\r\n$/);
		expect(server.statistics.internalErrors).toBe(0);
	});

	test("is no reason to keep a machine that was thrown away, though its script is known", async () => {
		const { run } = started();
		const machines = () => heapStats().objectTypeCounts["WebAssembly.Memory"] ?? 0;
		const counts: number[] = [];
		for (let i = 0; i < 12; i++) {
			run(`table.insert(redis, ${i})`);
			await Bun.sleep(1);
			Bun.gc(true);
			counts.push(machines());
		}
		// Some fifty belong to each: one for its memory and one for each function of ours.
		expect(counts.at(-1)! - counts[0]!).toBeLessThan(6 * 50);
	});

	test("ends in one way or another, with one reply", () => {
		const { server, client, run } = started();
		for (const script of others) {
			const reply = run(script);
			if (reply.startsWith("-") || reply.startsWith(":"))
				expect([script, reply.split("\r\n").length]).toEqual([script, 2]);
			expect([script, client.run("ECHO", "fine")]).toEqual([script, "$4\r\nfine\r\n"]);
			expect([script, run("return 'fine'")]).toEqual([script, "$4\r\nfine\r\n"]);
		}
		expect(server.statistics.internalErrors).toBe(0);
	});

	test("costs others nothing: scripts and functions that were known still are", () => {
		const { client, run } = started();
		const sha = client.run("SCRIPT", "LOAD", "return { KEYS[1], ARGV[1] }").split("\r\n")[1]!;
		for (const name of ["one", "two"]) {
			client.run(
				"FUNCTION",
				"LOAD",
				`#!lua name=${name}\nredis.register_function('${name}', function() return '${name}' end)`,
			);
		}
		const list = client.run("FUNCTION", "LIST", "WITHCODE");
		for (const script of [memoryBombs[2]!, stackBombs[8]!, "table.insert(redis, 1)"]) {
			expect(run(script)).toStartWith("-");
			expect(client.run("EVALSHA", sha, 1, "k", "v")).toBe("*2\r\n$1\r\nk\r\n$1\r\nv\r\n");
			expect(client.run("FCALL", "two", 0) + client.run("FCALL", "one", 0)).toBe("$3\r\ntwo\r\n$3\r\none\r\n");
			expect(client.run("FUNCTION", "LIST", "WITHCODE")).toBe(list);
			expect(client.run("SCRIPT", "EXISTS", sha)).toBe("*1\r\n:1\r\n");
		}
	});

	test("may be a library: it is refused, and those that are there stay", () => {
		const { server, client } = started("");
		const load = (name: string, code: string) =>
			client.run(
				"FUNCTION",
				"LOAD",
				`#!lua name=${name}\nredis.register_function('${name}', function() return '${name}' end)\n${code}`,
			);
		expect(load("good", "")).toBe("$4\r\ngood\r\n");
		for (const code of [
			"local s = 'x' while true do s = s .. s end",
			"local function f() return 1 + f() end f()",
			"local t = {} while true do t[#t + 1] = {} end",
		]) {
			expect([code, load("bad", code)[0]]).toEqual([code, "-"]);
			expect(client.run("FCALL", "good", 0)).toBe("$4\r\ngood\r\n");
			expect(client.run("FCALL", "bad", 0)).toBe("-ERR Function not found\r\n");
		}
		expect(server.statistics.internalErrors).toBe(0);
	});

	test("has what was sent for it too large: KEYS and ARGV", () => {
		const { server, client, run } = started();
		expect(run("return #ARGV[1]", 0, "x".repeat(60 << 20))).toStartWith("-ERR not enough memory");
		expect(client.run("SCRIPT", "LOAD", `return '${"x".repeat(60 << 20)}'`)).toContain("not enough memory");
		expect(run("return #ARGV[1]", 0, "x".repeat(1 << 20))).toBe(`:${1 << 20}\r\n`);
		const words = new Array<number>(20_000).fill(7);
		expect(run("return #KEYS + #ARGV", 10_000, ...words)).toBe(":20000\r\n");
		expect(server.statistics.internalErrors).toBe(0);
	});
});
