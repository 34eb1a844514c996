/** Scripts that fail, in every way and at every depth: what the error says, which line it names, and who catches it. */
import { exact } from "../compare.ts";
import type { Group } from "../generate.ts";
import type { Source } from "../source.ts";
import { fixed, type Step } from "../step.ts";
import { luaString, prelude } from "./lua-text.ts";

// An error that is a table needs an err: without one redis-server 7.0 crashes.
const errors = [
	"'plain'", "'CODE text'", "'-CODE text'", "''", "'two\\nlines'", "'a\\0b'", "5", "1.5", "{err='ERR table'}", "{err='CODE table'}",
	"{err='x'}", "{err='-X y'}", "{err=''}", "redis.error_reply('MY error')", "redis.error_reply('one')", "{err='E x',a=1}",
]; // biome-ignore format: one row a kind
const oddErrors = ["nil", "true", "false"];

const mistakes = [
	..."local x=nil x.y=1;local x=nil return x.y;return nil+1;return 'a'<1;return {}..'x';return {}<{};return #5".split(
		";",
	),
	..."local t={} t.a.b.c=1;local t={} t.f();local s='x' s:nope();string.rep();('x'):rep('y');setmetatable(1,{})".split(
		";",
	),
	..."redis.call();redis.call('nosuch');redis.call('get');redis.call('incr',KEYS[1]);redis.call('lpush','k','v')".split(
		";",
	),
	..."redis.call({});redis.call('get',nil);redis.call('get',true);redis.call('set','k',1.5,2);redis.call('subscribe','x')".split(
		";",
	),
	..."redis.pcall();redis.pcall('nosuch');redis.pcall({});redis.nosuch();redis.x=1;string.x=1;KEYS.x=1;_G.x=1".split(
		";",
	),
	..."assert(false);assert(nil,'msg');assert(false,{err='E x'});assert();assert(1,2,3);unknown_global();return unknown".split(
		";",
	),
	..."newglobal=1;function newfunction() end;select(0);table.concat({{}});ipairs();for i=1,'x' do end;for i=1,2,0 do break end".split(
		";",
	),
	..."tostring();loadstring('x=')();loadstring('error(\"in\")')();loadstring('return nosuch')();coroutine.resume(1)".split(
		";",
	),
	..."next({},'x');rawset(1,2,3);rawset(redis,'x',1);setmetatable(redis,{});setmetatable(_G,{});getmetatable('').x=1".split(
		";",
	),
	..."string.format('%d','x');string.format('%d');string.char(256);table.insert(1);table.insert({},1,2,3);unpack()".split(
		";",
	),
	..."math.random(0);math.floor('x');tonumber('z',99);tonumber();('x').y.z=1;local t={} t[nil]=1;local t={} t[0/0]=1".split(
		";",
	),
	..."print('x');require('x');dofile('x');os.exit();io.write('x');debug.traceback();package.path='x';getfenv();setfenv()".split(
		";",
	),
	..."collectgarbage('x');gcinfo(1);table.sort({3,1,'x'});table.sort({1,2,3},function() error('cmp') end);return 2^'x'".split(
		";",
	),
	..."redis.setresp(5);redis.log(9,'x');redis.set_repl(99);cjson.decode('{');cmsgpack.unpack('\\217');struct.pack('i','x')".split(
		";",
	),
	..."local function f() return f() end coroutine.wrap(f);coroutine.wrap(function() error('in wrap') end)();bit.tobit({})".split(
		";",
	),
	..."coroutine.wrap(function() error({err='T x'}) end)();string.gsub('abc','.',function() error('cb') end);newproxy()".split(
		";",
	),
	..."local t=setmetatable({},{__index=function(_,k) error('idx '..k) end}) return t.q;KEYS[1]();(nil)();(1)();('x')()".split(
		";",
	),
	..."local function f(n) if n==0 then error('deep') end f(n-1) end f(5);local function f() error('l2',2) end f()".split(
		";",
	),
	..."local a,b='x' return a+b;return KEYS+1;return ARGV.x.y;string.find('a','[');string.gsub('a','(','x');return -{}".split(
		";",
	),
];

function mistake(source: Source): string {
	const pick = source.below(10);
	const level = source.choose(["", "", ",0", ",1", ",2"]);
	if (pick < 4) return `error(${source.choose(errors)}${level})`;
	if (pick < 5) return `error(${source.choose(oddErrors)}${level})`;
	return source.choose(mistakes);
}

const note = (call: string) => `r[#r+1]=all(${call})`;

/** A block of lines that runs the one inside. */
function around(source: Source, inside: string): string {
	const body = `function()\n${source.choose(["", "\n", "local q=1\n"])}${inside}\nend`;
	switch (source.below(12)) {
		case 0:
			return `local function f()\n${inside}\nend\nf()`;
		case 1:
			return note(`pcall(${body})`);
		case 2:
			return note(`xpcall(${body},function(e) return type(e)=='table' and e.err or e end)`);
		case 3:
			return note(`coroutine.resume(coroutine.create(${body}))`);
		case 4:
			return note(`coroutine.wrap(${body})()`);
		case 5:
			return `(${body})()`;
		case 6:
			return `for i=1,2 do\nif i==2 then\n${inside}\nend\nend`;
		case 7:
			return `return (${body})()`;
		case 8:
			return note(`pcall(pcall,${body})`);
		case 9:
			return `table.sort({2,1},${body})`;
		case 10:
			return `local ok,e=pcall(${body})\nif not ok then error(e${source.choose(["", ",0", ",2"])}) end`;
		default:
			return `do\n${inside}\nend`;
	}
}

function failing(source: Source): string {
	let text = `do ${mistake(source)} end`;
	for (let depth = source.below(4); depth > 0; depth--) text = `do ${around(source, text)} end`;
	return `local r={}\n${text}\n${source.choose(["return r", "return {#r,r}", ""])}`;
}

/** Printed errors could show where a coroutine or a table lies. */
function failure(source: Source): Step {
	return fixed(exact, "EVAL", prelude + failing(source), source.choose(["0", "1"]), "key", "value");
}

function uncompiled(source: Source): Step {
	const whole = source.chance(50)
		? failing(source)
		: source.choose(["return 1", "if x then", "for", "local function", "x = = 1", "'"]);
	// An error whose text is cut away would end redis-server.
	const text = whole.includes("err=") ? "for" : whole;
	const at = source.below(text.length + 1);
	const junk = source.choose([
		"",
		"",
		"end",
		"(",
		")",
		"=",
		"'",
		'"',
		"[[",
		"--[[",
		"\0",
		"\xff",
		"then",
		"1.2.3",
		"...",
		"goto",
		"\x1bLua",
	]);
	return fixed(exact, "EVAL", text.slice(0, at) + junk + text.slice(at + source.below(3)), "0");
}

function made(source: Source): Step {
	const text = source.choose([
		"return nosuch",
		"error('x')",
		"x=",
		"return ...",
		"return 1,2",
		"\x1bLua",
		"return KEYS",
		"y=1",
	]);
	const name = source.choose(["", ",'chunk'", ",'@file'", ",'=name'"]);
	return fixed(
		exact,
		"EVAL",
		`${prelude}local r={} local f,e=loadstring(${luaString(text)}${name}) if f then r=all(pcall(f,7)) else r=all(e) end return r`,
		"0",
	);
}

export const failuresGroup: Group = {
	name: "failures",
	makers: [
		{ weight: 70, make: failure },
		{ weight: 15, make: uncompiled },
		{ weight: 10, make: made },
	],
};
