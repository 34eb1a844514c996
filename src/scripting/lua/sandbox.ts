/**
 * What scripts see of Lua. Written in Lua and run once, when a state is made.
 *
 * Redis marks tables as read-only, with a Lua of its own. Ours is the genuine one, so what is to be protected is hidden:
 * a script gets an empty table that reads from the real one and refuses to be written to, and the few functions that
 * would look behind it (pairs, next, rawget, rawset, getmetatable, setmetatable) know which tables those are.
 *
 *     environment {}  ── reads ──▶  globals { redis, string, KEYS, … }  ── reads ──▶  error: nonexistent global
 *     string {}       ── reads ──▶  the string library
 *
 * A script that runs long makes way for other clients now and then: a hook yields, and whoever has called what runs has to
 * yield as well, up to the script itself. So pcall is made of coroutines here (the one of Lua cannot be yielded from), and
 * what resumes a coroutine looks at `signal[1]`, which is true while all this happens. When it goes on, what the script is
 * resumed with is handed down to where it was: where that is a function of C, these are its results. `signal[2]` is the
 * thread of the script, which does not count as a coroutine. `signal[3]` is true when the script is to end: then nothing
 * catches the error.
 *
 * Libraries of functions have an environment of their own: while one is loaded it has nothing but what registers functions,
 * afterwards what scripts have, but for KEYS and ARGV.
 *
 * The chunk is called with the globals, which hold all libraries already, with the signal, with redis.register_function,
 * and with what says whether a table is sorted soon enough not to be interrupted. It returns the environment
 * of scripts; a list of the empty tables that stand for protected ones, which can be written into all the same, as
 * table.insert does not ask (the machine is thrown away then); the environment of libraries; and what says whether one is
 * being loaded.
 */
import { sortSource } from "./sort.ts";

export const sandboxSource = `
local globals, signal, register, sortsSoon = ...
local error, type, next, pairs, tostring = error, type, next, pairs, tostring
local rawget, rawset, getmetatable, setmetatable = rawget, rawset, getmetatable, setmetatable
local pcall, select, sub, gsub, find = pcall, select, string.sub, string.gsub, string.find
local load, loadstring, setfenv = load, loadstring, setfenv
local create, resume, yield = coroutine.create, coroutine.resume, coroutine.yield

local READ_ONLY = "Attempt to modify a readonly table"
local behind = {}
local fronts = {}

local function refuse()
	error(READ_ONLY, 2)
end

-- What is wrong with an argument of the function that asks, as Lua's own functions say it.
local function blame(index, name, what, ...)
	local count, value = select("#", ...), (select(index, ...))
	local given = index > count and "no value" or type(value)
	local reason = what == "any" and "value expected" or what .. " expected, got " .. given
	error("bad argument #" .. index .. " to '" .. name .. "' (" .. reason .. ")", 3)
end

local function protect(real)
	local front = setmetatable({}, { __index = real, __newindex = refuse, __metatable = false })
	behind[front] = real
	fronts[#fronts + 1] = front
	return front
end

for _, name in pairs({ "dofile", "loadfile", "print", "getfenv", "setfenv", "newproxy", "module", "require" }) do
	globals[name] = nil
end
local strict = {
	__index = function(_, name)
		error("Script attempted to access nonexistent global variable '" .. tostring(name) .. "'", 2)
	end,
}
setmetatable(globals, strict)

local environment = protect(globals)
local stringFront

globals._G = environment

function globals.next(...)
	local table, key = ...
	if type(table) ~= "table" then blame(1, "next", "table", ...) end
	return next(behind[table] or table, key)
end

function globals.pairs(...)
	local table = ...
	if type(table) ~= "table" then blame(1, "pairs", "table", ...) end
	if behind[table] ~= nil then return globals.next, table, nil end
	return pairs(table)
end

function globals.rawget(...)
	local table, key = ...
	if type(table) ~= "table" then blame(1, "rawget", "table", ...) end
	if select("#", ...) < 2 then blame(2, "rawget", "any", ...) end
	return rawget(behind[table] or table, key)
end

function globals.rawset(...)
	local table, key, value = ...
	if type(table) ~= "table" then blame(1, "rawset", "table", ...) end
	local count = select("#", ...)
	if count < 3 then blame(count + 1, "rawset", "any", ...) end
	if behind[table] ~= nil then error(READ_ONLY, 0) end
	return rawset(table, key, value)
end

function globals.setmetatable(...)
	local table, meta = ...
	if type(table) ~= "table" then blame(1, "setmetatable", "table", ...) end
	if type(meta) ~= "table" and (meta ~= nil or select("#", ...) < 2) then
		error("bad argument #2 to 'setmetatable' (nil or table expected)", 2)
	end
	if behind[table] ~= nil then error(READ_ONLY, 0) end
	return setmetatable(table, meta)
end

function globals.getmetatable(...)
	local value = ...
	if select("#", ...) == 0 then blame(1, "getmetatable", "any") end
	if type(value) == "string" then return stringFront end
	if behind[value] ~= nil then return nil end
	return getmetatable(value)
end

${sortSource}
-- A text without what tells of the function here that has called what failed: for Redis that is a function of C.
local function cleaned(text)
	if type(text) ~= "string" or sub(text, 1, 8) ~= "sandbox:" then return text end
	text = gsub(text, "^sandbox:%d+: ", "")
	text = gsub(text, "^(bad argument #%d+ to )'f'", "%1'?'")
	return (gsub(text, "^attempt to call local 'f' %((.*)%)$", "attempt to call %1"))
end

local callsBack = {
	dofile = true, find = true, foreach = true, foreachi = true, gsub = true, load = true, loadfile = true, match = true,
	pcall = true, require = true, sort = true, tostring = true, xpcall = true,
}
local DONE = {}
local idle = {}

local function work(f, ...)
	return work(yield(DONE, f(...)))
end

local function finish(worker, isFine, value, ...)
	if signal[1] then
		return finish(worker, resume(worker, yield()))
	end
	if not isFine then return false, value end
	idle[#idle + 1] = worker
	return true, ...
end

local function protected(f, ...)
	local worker = idle[#idle]
	if worker == nil then worker = create(work)
	else idle[#idle] = nil end
	return finish(worker, resume(worker, f, ...))
end

local function told(isFine, ...)
	if isFine then return true, ... end
	if signal[3] then error((...), 0) end
	local value = ...
	if type(value) ~= "table" then return false, cleaned(value) end
	local text = value.err
	if type(text) == "string" or type(text) == "number" then return false, text end
	return false, value, text
end

local isQuick = {}
for name, f in pairs(globals) do
	if type(f) == "function" and not callsBack[name] then isQuick[f] = true end
end

local function safely(f, ...)
	if isQuick[f] then return told(pcall(f, ...)) end
	return told(protected(f, ...))
end

function globals.pcall(...)
	if select("#", ...) == 0 then return false, "attempt to call a boolean value" end
	return safely(...)
end

local function handled(handler, isFine, ...)
	if isFine then return true, ... end
	if signal[3] then error((...), 0) end
	local isHandled, result = pcall(handler, cleaned((...)))
	if not isHandled then return false, "error in error handling" end
	return false, result
end

function globals.xpcall(...)
	local f, handler = ...
	if select("#", ...) < 2 then blame(2, "xpcall", "any", ...) end
	return handled(handler, protected(f))
end

-- The coroutine of the script that is at work: where it calls pcall, one of ours is.
local current
local status = coroutine.status

local function settled(before, coroutine, ...)
	if signal[1] then return settled(before, coroutine, resume(coroutine, yield())) end
	if signal[3] then error((select(2, ...)), 0) end
	current = before
	return ...
end

local function resumed(coroutine, ...)
	if coroutine == current and status(coroutine) == "normal" then return false, "cannot resume running coroutine" end
	local before = current
	current = coroutine
	return settled(before, coroutine, resume(coroutine, ...))
end

function coroutine.resume(coroutine, ...)
	if type(coroutine) ~= "thread" then error("bad argument #1 to 'resume' (coroutine expected)", 2) end
	return resumed(coroutine, ...)
end

local function unwrapped(isFine, ...)
	if isFine then return ... end
	local value = ...
	if type(value) == "string" or type(value) == "number" then error(tostring(value), 3) end
	error(value, 0)
end

function coroutine.wrap(f)
	local isFine, coroutine = pcall(create, f)
	if not isFine and find(coroutine, "Lua function expected", 1, true) then
		error("bad argument #1 to 'wrap' (Lua function expected)", 2)
	elseif not isFine then error(coroutine, 0) end
	return function(...)
		return unwrapped(resumed(coroutine, ...))
	end
end

-- Lua's own pcall cannot be yielded through: scripts do not find out that this one can.
local running = coroutine.running
function coroutine.yield(...)
	if current == nil or running() ~= current then error("attempt to yield across metamethod/C-call boundary", 0) end
	return yield(...)
end

-- A script that was ended may have left its coroutine: that one does nothing.
function coroutine.running()
	if current == nil then return nil end
	local now = status(current)
	if now == "running" or now == "normal" then return current end
	return nil
end

function coroutine.status(coroutine)
	if type(coroutine) ~= "thread" then error("bad argument #1 to 'status' (coroutine expected)", 2) end
	local now = status(coroutine)
	if coroutine == current and now == "normal" then return "running" end
	return now
end

local function placed(environment, f, text)
	if f == nil then return nil, text end
	return setfenv(f, environment)
end

local function openLoaders(target, environment)
	function target.loadstring(...)
		local source, name = ...
		if type(source) ~= "string" and type(source) ~= "number" then blame(1, "loadstring", "string", ...) end
		if name ~= nil and type(name) ~= "string" and type(name) ~= "number" then blame(2, "loadstring", "string", ...) end
		if type(source) == "string" and sub(source, 1, 1) == "\\27" then
			local _, text = loadstring("\\1" .. sub(source, 2), name or source)
			return nil, (gsub(text, "char%(1%)", "char(27)", 1))
		end
		return placed(environment, loadstring(source, name))
	end

	function target.load(...)
		local reader, name = ...
		if name ~= nil and type(name) ~= "string" and type(name) ~= "number" then blame(2, "load", "string", ...) end
		if type(reader) ~= "function" then blame(1, "load", "function", ...) end
		local isFirst = true
		return placed(environment, load(function()
			local piece = reader()
			if isFirst and type(piece) == "string" and piece ~= "" then
				if sub(piece, 1, 1) == "\\27" then error("bytecode is not loaded", 0) end
				isFirst = false
			end
			return piece
		end, name))
	end
end

openLoaders(globals, environment)

local collectgarbage = collectgarbage
function globals.collectgarbage(what, ...)
	if what == nil or what == "collect" or what == "count" or what == "step" then return collectgarbage(what, ...) end
	if what == "stop" or what == "restart" or what == "setpause" or what == "setstepmul" then return 0 end
	error("bad argument #1 to 'collectgarbage' (invalid option '" .. tostring(what) .. "')", 2)
end

stringFront = protect({})

local functionGlobals, loadGlobals = {}, {}
local libraryMeta = { __index = functionGlobals, __newindex = refuse, __metatable = false }
local libraries = setmetatable({}, libraryMeta)
behind[libraries] = functionGlobals
fronts[#fronts + 1] = libraries

local function openLibraries(register)
	for name, value in pairs(globals) do functionGlobals[name] = value end
	openLoaders(functionGlobals, libraries)
	local redis = behind[globals.redis]
	local functionRedis, loadRedis = {}, setmetatable({ register_function = register }, strict)
	for name, value in pairs(redis) do
		if type(value) ~= "function" then
			functionRedis[name] = value
			if sub(name, 1, 4) ~= "REPL" then loadRedis[name] = value end
		elseif name ~= "breakpoint" and name ~= "debug" and name ~= "replicate_commands" then
			functionRedis[name] = value
		end
	end
	loadRedis.log = redis.log
	functionGlobals.redis = protect(functionRedis)
	functionGlobals._G = libraries
	loadGlobals.redis = protect(loadRedis)
	setmetatable(functionGlobals, strict)
	setmetatable(loadGlobals, strict)
end

local function setLoading(isLoading)
	libraryMeta.__index = isLoading and loadGlobals or functionGlobals
end

for _, name in pairs({ "string", "table", "math", "coroutine", "bit", "cjson", "cmsgpack", "struct", "redis" }) do
	local library = globals[name]
	for function_name, f in pairs(library) do
		if type(f) == "function" and name ~= "coroutine" and not callsBack[function_name] then isQuick[f] = true end
	end
	globals[name] = protect(library)
end
rawset(behind[stringFront], "__index", globals.string)
openLibraries(register)

return environment, fronts, libraries, setLoading
`;
