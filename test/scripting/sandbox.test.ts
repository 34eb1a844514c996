import { describe, expect, test } from "bun:test";
import { VirtualMachine } from "../support/virtual-machine.ts";

/**
 * Ways out of the sandbox, or into the next script, that are known of Lua 5.1 and of Redis: each ends in an error, or does
 * nothing that a later script could see.
 */

const machine = new VirtualMachine();
const server = machine.start();
const client = machine.network.connect(6379);
const run = (script: string, ...words: (string | number)[]) =>
	words.length === 0 ? client.run("EVAL", script, 0) : client.run("EVAL", script, ...words);

/** What a script finds: names and kinds of everything, and what some of it does. */
const look = `
local seen = {}
for name, value in pairs(_G) do
	seen[#seen + 1] = name .. " " .. type(value)
	if type(value) == "table" and value ~= _G and value ~= KEYS and value ~= ARGV then
		for key, inner in pairs(value) do
			seen[#seen + 1] = name .. "." .. tostring(key) .. " " .. type(inner)
			if type(inner) ~= "function" then seen[#seen] = seen[#seen] .. " " .. tostring(inner) end
		end
	end
end
table.sort(seen)
local t = { 3, 1, 2 }
table.sort(t)
table.insert(t, 4)
local works = {
	("x"):rep(3), string.format("%d", 7), math.floor(1.5), tostring(nil), table.concat(t, ","), cjson.encode({ 1, "a" }),
	cjson.decode("[5]")[1], struct.unpack("B", "A"), bit.bor(1, 2), cmsgpack.unpack(cmsgpack.pack("m")), select("#", 1, 2),
	type(redis.call("TIME")), redis.sha1hex(""), redis.REDIS_VERSION, #KEYS, #ARGV, tostring(getmetatable("").__index == string),
	tostring(pcall(error, "x")), tostring(select(2, pcall(error, "x"))), tonumber("0x10"), rawequal(_G, _G) and 1 or 0,
	tostring(coroutine.running()), coroutine.wrap(function() return 9 end)(), loadstring("return 8")(),
	collectgarbage("count") < 100000 and "small" or "large", tostring(getmetatable(_G)), tostring(getmetatable(redis)),
}
return table.concat(seen, "\\n") .. "\\n" .. table.concat(works, " ")
`;

const libraries = ["string", "table", "math", "coroutine", "bit", "cjson", "cmsgpack", "struct", "redis"];
const protectedTables = ["_G", ...libraries, 'getmetatable("")'];

/** Each is done to each protected table, `T`, and has to be refused. */
const writes = [
	"T.x = 1",
	"T[1] = 1",
	"T.__index = function() return 'escaped' end",
	"T.__proto__ = {}",
	"T.constructor = 1",
	"T.call = function() return 'escaped' end",
	"T.format = nil",
	"T.encode = print",
	"rawset(T, 'x', 1)",
	"rawset(T, 1, 1)",
	"setmetatable(T, {})",
	"setmetatable(T, nil)",
	"table.insert(T, 1)",
	"table.insert(T, 1, 'escaped')",
	"pcall(table.insert, T, 1)",
	"coroutine.wrap(function() table.insert(T, 1) end)()",
	"for i = 1, 100 do table.insert(T, i) end for i = 1, 100 do table.remove(T) end",
	"getmetatable(T).__index = nil",
	"getmetatable(T).__newindex = nil",
];

/** Each has to be refused. */
const refused = [
	...["getfenv(1)", "getfenv(0)", "setfenv(1, {})", "setfenv(0, {})", "setfenv(print, {})", "getfenv(redis.call)"],
	...[
		"newproxy(true)",
		"module('x')",
		"require('os')",
		"require 'io'",
		"package.loadlib('x', 'y')",
		"package.path = ''",
	],
	...[
		"debug.getinfo(1)",
		"debug.getregistry()",
		"debug.sethook()",
		"debug.getupvalue(pcall, 1)",
		"debug.setmetatable('', {})",
	],
	...["io.open('/etc/passwd')", "io.popen('id')", "os.execute('id')", "os.exit(1)", "os.getenv('PATH')", "os.time()"],
	...["loadfile('/etc/passwd')", "dofile('/etc/passwd')", "print('x')", "print.x = 1"],
	...["x = 1", "string = nil", "redis = {}", "KEYS = {}", "ARGV = nil", "_G = {}", "pcall = nil", "function f() end"],
	...[
		"return x",
		"return _G.x",
		"return __proto__",
		"return constructor",
		"return __index",
		"return _ENV",
		"return toString",
	],
	...[
		"_G['redis'] = nil",
		"_G._G._G.x = 1",
		"_G['_G'].string = nil",
		"rawset(_G, 'KEYS', {})",
		"rawset(_G._G, 'x', 1)",
	],
	...["loadstring('x = 1')()", "loadstring('redis = {}')()", "loadstring('string.format = nil')()"],
	...[
		"load(function() return nil end, 'x')() x = 1",
		"assert(loadstring('return os'))()",
		"assert(loadstring('_G.x = 1'))()",
	],
	...["loadstring(string.dump(function() return 1 end))()", "loadstring('\\27Lua')()", "loadstring('\\27')()"],
	...[
		"load(coroutine.wrap(function() coroutine.yield('\\27Lua') end))()",
		"assert(loadstring('\\27LuaQ\\0\\1\\4\\4\\4\\8\\0'))",
	],
	"local i = 0 assert(load(function() i = i + 1 return ({ '', '\\27Lua' })[i] end))()",
	"local s = string.dump(function() return 1 end) local i = 0 assert(load(function() i = i + 1 return s:sub(i, i) end))()",
	"local _, meta = next({ getmetatable('') }) meta.__index = {}",
	"getmetatable('').__index.format = nil",
	"getmetatable('').__index = nil",
	"getmetatable('').__add = function() return 'escaped' end",
	"setmetatable(getmetatable(''), {})",
	"getmetatable(pcall).x = 1",
	"string.__index = nil",
	"('').x = 1",
	"coroutine.wrap(function() x = 1 end)()",
	"coroutine.yield(1)",
	"coroutine.wrap(function() string.format = 1 end)()",
	"assert(pcall(function() x = 1 end))",
	"assert(xpcall(function() redis.call = 1 end, function(e) return e end))",
	"local ok, e = pcall(function() x = 1 end) error(e)",
	"redis.call = function() return 'escaped' end",
	"redis.pcall('SET', 'k', 'v') redis.x = 1",
	"redis.call('EVAL', 'return 1', 0)",
	"redis.call('SCRIPT', 'FLUSH')",
	"redis.call('FUNCTION', 'FLUSH')",
	"redis.call('CONFIG', 'SET', 'maxmemory', '1')",
	"redis.call('DEBUG', 'SLEEP', '1')",
	"redis.call('SHUTDOWN')",
	"redis.call('MULTI')",
	"redis.call('SUBSCRIBE', 'x')",
	"redis.call('CLIENT', 'KILL', 'ID', '1')",
	"redis.register_function('f', function() end)",
	"error(setmetatable({}, { __tostring = function() error('x') end }))",
	"error(setmetatable({}, { __index = function() error('x') end }))",
	"error({ err = 'X y' })",
	"error()",
	"return setmetatable({}, { __index = redis }).call.x.y",
	"cjson.encode(setmetatable({}, { __index = function() error('x') end }))() ",
	"setmetatable(_G, { __index = function() return 'escaped' end })",
	"setmetatable(_G, getmetatable(_G))",
	"collectgarbage('nonsense')",
	"table.sort(_G, 1)",
	"cjson.new().x.y = 1",
	"for i = 1, 20000 do cjson.new() end",
];

/** Each may run, but must not find a way out: it returns "escaped" where it has, and the next script must see no trace. */
const harmless = [
	"return getfenv and 'escaped' or 1".replace("getfenv", "rawget(_G, 'getfenv')"),
	...[
		"setfenv",
		"newproxy",
		"module",
		"require",
		"package",
		"debug",
		"io",
		"os",
		"loadfile",
		"dofile",
		"print",
		"x",
	].map((name) => `return rawget(_G, '${name}') ~= nil and 'escaped' or 1`),
	...["getfenv", "setfenv", "debug", "io", "os"].map(
		(name) => `for k in pairs(_G) do if k == '${name}' then return 'escaped' end end`,
	),
	"for k, v in next, _G do if k == 'x' then return 'escaped' end end",
	"for k, v in ipairs(_G) do return 'escaped' end",
	"return unpack(_G) ~= nil and 'escaped' or 1",
	"return #_G > 0 and 'escaped' or 1",
	"return table.remove(_G) ~= nil and 'escaped' or 1",
	"return table.remove(string, 1) ~= nil and 'escaped' or 1",
	"table.sort(redis)",
	"table.foreach(_G, function(k, v) if k == 'x' then error('x') end end)",
	"table.foreachi(redis, function() error('x') end)",
	"return table.maxn(_G) ~= 0 and 'escaped' or 1",
	"return table.concat(_G) ~= '' and 'escaped' or 1",
	"return getmetatable(_G) ~= nil and 'escaped' or 1",
	"return getmetatable(redis) ~= nil and 'escaped' or 1",
	"return getmetatable(getmetatable('')) ~= nil and 'escaped' or 1",
	"return rawget(getmetatable(''), '__index') ~= string and 'escaped' or 1",
	"for k, v in pairs(getmetatable('')) do if v ~= string then return 'escaped' end end",
	"local iterate, table = pairs(_G) return rawequal(table, _G) and 1 or 'escaped'",
	"local t = setmetatable({}, _G) t.x = 1 return rawget(_G, 'x') ~= nil and 'escaped' or 1",
	"local t = setmetatable({}, { __newindex = _G }) pcall(function() t.x = 1 end) return rawget(_G, 'x') and 'escaped' or 1",
	"local t = setmetatable({}, { __newindex = string }) pcall(function() t.format = 1 end)",
	"local t = setmetatable({}, { __newindex = KEYS }) t.x = 1",
	"local t = setmetatable({}, { __index = _G }) return t.os ~= nil and 'escaped' or 1".replace(
		"t.os",
		"rawget(t, 'os')",
	),
	"local t = setmetatable({}, { __mode = 'kv' }) t[1] = {} collectgarbage() return t[1] and 'escaped' or 1",
	"setmetatable({}, { __gc = function() redis.call('SET', 'gc', 'escaped') end }) collectgarbage()",
	"local t = setmetatable({}, { __metatable = 'hidden' }) return getmetatable(t) == 'hidden' and 1 or 'escaped'",
	"return tostring(setmetatable({}, { __tostring = function() return 'text' end })) == 'text' and 1 or 'escaped'",
	"collectgarbage('stop')",
	"collectgarbage('setpause', 100000)",
	"collectgarbage('setstepmul', 1)",
	"KEYS[1] = 'escaped' ARGV.x = 'escaped' KEYS.__index = ARGV",
	"setmetatable(KEYS, { __index = function() return 'escaped' end })",
	"setmetatable(ARGV, { __newindex = function() end, __metatable = 1 })",
	"local t = {} t.__proto__ = { x = 'escaped' } return t.x or 1",
	"local t = { constructor = 1, __proto__ = 2, toString = 3, hasOwnProperty = 4 } return t.constructor",
	'local t = cjson.decode(\'{"__proto__":{"x":"escaped"},"constructor":{"prototype":{"y":1}}}\') return t.x or 1',
	"local t = cjson.decode(cjson.encode({ __proto__ = { x = 'escaped' }, __index = { x = 'escaped' } })) return t.x or 1",
	"local t = cmsgpack.unpack(cmsgpack.pack({ __proto__ = { x = 'escaped' }, __metatable = 1 })) return t.x or 1",
	"redis.call('HSET', '__proto__', 'constructor', 'v', '__index', 'w') return redis.call('HGET', '__proto__', 'toString') or 1",
	"redis.call('HSET', 'constructor', '__proto__', 'v') redis.call('DEL', 'constructor', '__proto__')",
	"local worker = coroutine.create(function() while true do coroutine.yield() end end) coroutine.resume(worker)",
	"pcall(function() coroutine.yield() end)",
	"local co co = coroutine.wrap(function() pcall(function() coroutine.yield(1) error('x') end) return 2 end) co() co()",
	"local co = coroutine.create(function() pcall(coroutine.yield) end) coroutine.resume(co)",
	"pcall(pcall, pcall, error)",
	"xpcall(function() error({}) end, function(e) e.x = 1 return e end)",
	"pcall(function() error(setmetatable({}, { __index = _G })) end)",
	"local ok, e = pcall(redis.call, 'NOSUCH') e.err = 'escaped' setmetatable(e, { __index = _G })",
	"local e = redis.pcall('NOSUCH') e.ok = 'escaped' e.x = _G",
	"redis.setresp(3)",
	"redis.call('SELECT', '5')",
	"redis.set_repl(redis.REPL_NONE)",
	"math.randomseed(7) math.random()",
	"local s = '' for i = 1, 255 do s = s .. string.char(i) end s:gsub('.', string) s:gsub('%a', _G)",
	"string.gsub('x', 'x', setmetatable({}, { __index = _G }))",
	"string.format('%q', string.rep('\\0', 10))",
	"return loadstring('\\27Lua') and 'escaped' or 1",
	"return pcall(load, function() error('x') end) and 1",
	"local f = loadstring('local a = ... return a') return f('fine')",
	"loadstring('return _G', '=\\27')()",
	"local upvalue = 0 local function f() upvalue = upvalue + 1 return upvalue end f() return f() == 2 and 1 or 'escaped'",
	"return select('#', unpack({}, 1, 200))",
	"local t = {} t[t] = t t.t = t collectgarbage()",
	"return tostring(redis):find('table') and 1 or 'escaped'",
];

function escapes(): string[] {
	const onTables = protectedTables.flatMap((table) => writes.map((write) => `local T = ${table} ${write}`));
	return [...onTables, ...refused];
}

describe("the sandbox", () => {
	const before = run(look);

	test("has what it should have", () => {
		expect(before).toContain("redis.call function");
		expect(before).toContain('xxx 7 1 nil 1,2,3,4 [1,"a"] 5 65');
	});

	test(`refuses ${escapes().length} attempts, and the next script sees nothing of them`, () => {
		for (const script of escapes()) {
			const reply = run(script);
			expect([script, reply.slice(0, 1)]).toEqual([script, "-"]);
			expect([script, run(look)]).toEqual([script, before]);
		}
	});

	test(`lets ${harmless.length} others run, and they lead nowhere`, () => {
		for (const script of harmless) {
			const reply = run(script);
			expect([script, reply.includes("escaped")]).toEqual([script, false]);
			expect([script, run(look)]).toEqual([script, before]);
		}
		machine.time.advance(1000);
		expect(client.run("EXISTS", "gc")).toBe(":0\r\n");
		expect(client.run("CLIENT", "INFO")).toContain(" db=0 ");
	});

	test("stands when each is tried inside pcall, a coroutine, a loaded chunk and a callback", () => {
		const quoted = (script: string) => `loadstring(${JSON.stringify(script).replace(/\\u001b/g, "\\27")})`;
		const disguises = [
			(script: string) => `pcall(function() ${script} end)`,
			(script: string) => `coroutine.resume(coroutine.create(function() ${script} end))`,
			(script: string) => `table.sort({ 1, 2 }, function() ${script} end)`,
			(script: string) => `string.gsub('x', 'x', function() ${script} end)`,
			(script: string) => `local f = ${quoted(script)} if f then f() end`,
		];
		let count = 0;
		for (const script of [...refused, ...harmless]) {
			for (const disguise of disguises) {
				const reply = run(disguise(script));
				expect([script, reply.includes("escaped") && !reply.startsWith("-")]).toEqual([script, false]);
				count++;
			}
			expect([script, run(look)]).toEqual([script, before]);
		}
		expect(count).toBe(5 * (refused.length + harmless.length));
	});

	test("does not take an attempt that was refused for one that succeeded", () => {
		expect(run("return pcall(function() x = 1 end) and 'escaped' or 'refused'")).toBe("$7\r\nrefused\r\n");
		expect(run("for i = 1, 99 do pcall(function() _G[i] = i end) end return 1")).toBe(":1\r\n");
		expect(run("pcall(table.insert, string, 1) return 1")).toStartWith(
			"-ERR Attempt to modify a readonly table script: ",
		);
		expect(run("return 1")).toBe(":1\r\n");
	});

	test("keeps names that mean something elsewhere apart: as keys, arguments and results", () => {
		for (const name of ["__proto__", "constructor", "__index", "toString", "prototype", "\0"]) {
			const length = name.length;
			const expected = `*2\r\n$${length}\r\n${name}\r\n$${length}\r\n${name}\r\n`;
			expect(run("return { KEYS[1], ARGV[1] }", 1, name, name)).toBe(expected);
			expect(run("return redis.call('SET', KEYS[1], ARGV[1])", 1, name, name)).toBe("+OK\r\n");
			expect(run("return redis.call('GET', KEYS[1])", 1, name)).toBe(`$${length}\r\n${name}\r\n`);
		}
		expect(run("return #KEYS + #ARGV")).toBe(":0\r\n");
	});

	const inherited = [
		...["__proto__", "constructor", "prototype", "toString", "valueOf", "hasOwnProperty"],
		...["isPrototypeOf", "__defineGetter__", "__lookupSetter__", "propertyIsEnumerable", "size", "get"],
	];

	test(`keeps ${inherited.length} names apart that JavaScript knows: as those of functions, libraries, scripts, commands and fields`, () => {
		const load = (library: string, name: string) =>
			client.run(
				"FUNCTION",
				"LOAD",
				`#!lua name=${library}\nredis.register_function('${name}', function(keys) return keys[1] end)`,
			);
		for (const name of inherited) {
			const absent = (...words: string[]) => expect([words, client.run(...words)[0]]).toEqual([words, "-"]);
			absent("FCALL", name, "0");
			absent("FCALL_RO", name, "0");
			absent("FUNCTION", "DELETE", name);
			absent("EVALSHA", name, "0");
			absent("EVAL", `return redis.${name}.x`, "0");
			absent("EVAL", `return redis.${name}()`, "0");
			absent("EVAL", `redis.${name} = 1`, "0");
			absent("EVAL", "return redis.call(ARGV[1])", "0", name);
			absent("EVAL", "return redis.call('CONFIG', ARGV[1])", "0", name);
			absent("EVAL", `#!lua flags=${name}\nreturn 1`, "0");
			absent("EVAL", `#!${name}\nreturn 1`, "0");
			absent("FUNCTION", "LOAD", `#!${name} name=x\nreturn 1`);
			absent("FUNCTION", "LOAD", `#!lua ${name}=x\nreturn 1`);
			for (const wrong of [`${name} = 1`, `flags = { '${name}' }`]) {
				const code = `redis.register_function{ function_name = 'f', callback = function() end, ${wrong} }`;
				absent("FUNCTION", "LOAD", `#!lua name=x\n${code}`);
			}
			expect(client.run("SCRIPT", "EXISTS", name)).toBe("*1\r\n:0\r\n");
			expect(client.run("FUNCTION", "LIST", "LIBRARYNAME", name)).toBe("*0\r\n");
		}
		for (const name of inherited) {
			const bulk = `$${name.length}\r\n${name}\r\n`;
			expect(load(name, name)).toBe(bulk);
			expect(load(name, "other")).toBe(`-ERR Library '${name}' already exists\r\n`);
			expect(client.run("FCALL", name, 1, name)).toBe(bulk);
			expect(client.run("FUNCTION", "LIST", "LIBRARYNAME", name)).toContain(bulk);
			const value = `cjson.decode(cjson.encode({ ["${name}"] = ARGV[1] }))["${name}"]`;
			expect(run(`return ${value}`, 0, name)).toBe(bulk);
			expect(run(`return cmsgpack.unpack(cmsgpack.pack({ ["${name}"] = ARGV[1] }))["${name}"]`, 0, name)).toBe(bulk);
			expect(run(`return cjson.decode('{}')["${name}"]`)).toBe("$-1\r\n");
			expect(run(`return { ["${name}"] = 1 }`)).toBe("*0\r\n");
		}
		for (const name of inherited) expect(client.run("FUNCTION", "DELETE", name)).toBe("+OK\r\n");
		expect(client.run("FUNCTION", "LIST")).toBe("*0\r\n");
		expect(run(look)).toBe(before);
	});

	test("is another one for libraries, which alter nothing for scripts, nor scripts for them", () => {
		const load = (code: string) => client.run("FUNCTION", "LOAD", "REPLACE", `#!lua name=lib\n${code}`);
		const register = "redis.register_function('f', function(keys) return 1 end)";
		for (const code of [
			"x = 1",
			"string.format = nil",
			"rawset(_G, 'x', 1)",
			"redis.call('SET', 'x', '1')",
			"return os.x",
		]) {
			expect([code, load(`${register}\n${code}`)[0]]).toEqual([code, "-"]);
			expect([code, run(look)]).toEqual([code, before]);
		}
		run("return 1", 1, "secret", "secret");
		for (const body of [
			"return KEYS",
			"return loadstring('return KEYS')()",
			"return load(coroutine.wrap(function() coroutine.yield('return ARGV') end))()",
			"x = 1",
			"string.x = 1",
			"redis.register_function('g', function() end)",
			"table.insert(_G, 1)",
			"table.insert(redis, 1)",
		]) {
			expect(load(`redis.register_function('f', function(keys) ${body} end)`)).toBe("$3\r\nlib\r\n");
			expect([body, client.run("FCALL", "f", 0)[0]]).toEqual([body, "-"]);
			expect([body, run(look)]).toEqual([body, before]);
		}
		expect(load("local n = 0 redis.register_function('f', function() n = n + 1 return n end)")).toBe("$3\r\nlib\r\n");
		expect(client.run("FCALL", "f", 0) + client.run("FCALL", "f", 0)).toBe(":1\r\n:2\r\n");
		expect(run("table.insert(_G, 1)")[0]).toBe("-");
		// The machine of scripts is another one; that of functions has nothing to do with it.
		expect(client.run("FCALL", "f", 0)).toBe(":3\r\n");
		expect(
			load(
				"local n = 0 redis.register_function('f', function() n = n + 1 if n > 2 then table.insert(_G, 1) end return n end)",
			),
		).toBe("$3\r\nlib\r\n");
		expect(client.run("FCALL", "f", 0) + client.run("FCALL", "f", 0)).toBe(":1\r\n:2\r\n");
		// Here it was the function's own doing: the library is there again, as it was loaded.
		expect(client.run("FCALL", "f", 0)[0]).toBe("-");
		expect(client.run("FCALL", "f", 0)).toBe(":1\r\n");
	});

	test("has cost no internal error", () => {
		expect(server.statistics.internalErrors).toBe(0);
	});
});
