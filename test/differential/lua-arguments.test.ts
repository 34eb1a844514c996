/**
 * Every function that scripts have, with every kind of argument, right or wrong, and with integers of more than 32 bits:
 * results and errors beside those of a genuine redis-server.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { hasRedisServer, missingRedisServer, RedisServer } from "../support/redis-server.ts";
import { type Subject, startSubject } from "../support/subject.ts";
import { WireConnection } from "../support/wire.ts";

const missing = hasRedisServer() ? undefined : missingRedisServer;
if (missing !== undefined) console.warn(`arguments of Lua's functions skipped: ${missing}`);

/** Makes a text of all results, `show`, and a list of what calls lead to, `note`. */
const PRELUDE = `local r = {}
local function show(v)
	local t = type(v)
	if t == 'string' then return (string.gsub(string.gsub(v, '0x%x+', 'P'), 'userdata: .*', 'userdata')) end
	if t == 'number' then return v ~= v and 'nan' or tostring(v) end
	if t == 'table' and v.err then return show(v.err) end
	return t == 'boolean' and tostring(v) or t
end
local function note(...)
	local s = {}
	for i = 1, select('#', ...) do s[i] = show((select(i, ...))) end
	r[#r + 1] = table.concat(s, ' ')
end
`;

const FUNCTIONS =
	"assert error getmetatable ipairs load loadstring next pairs pcall rawequal rawget rawset select setmetatable tonumber " +
	"tostring type unpack xpcall " +
	"string.byte string.char string.find string.format string.gmatch string.gsub string.len string.lower string.match " +
	"string.reverse string.sub string.upper table.concat table.foreach table.foreachi table.getn table.insert table.maxn " +
	"table.remove table.setn table.sort math.abs math.ceil math.cos math.exp math.floor math.fmod math.frexp math.ldexp " +
	"math.log math.log10 math.max math.min math.mod math.modf math.pow math.rad math.randomseed math.sqrt math.tan " +
	"coroutine.create coroutine.resume coroutine.running coroutine.status coroutine.wrap bit.band bit.bnot bit.lshift " +
	"bit.tohex cjson.decode cjson.encode cmsgpack.pack cmsgpack.unpack cmsgpack.unpack_limit cmsgpack.unpack_one " +
	"struct.pack struct.size struct.unpack redis.sha1hex redis.error_reply redis.status_reply redis.setresp redis.log";
/** Of two wrong arguments Redis names the second here, as its compiler has it. */
const BACKWARD = /^math\.(fmod|mod|ldexp|pow)$/;

const VALUES = "nil true {} 'x' function()end 1 -1 '1' coroutine.create(function()end) cjson.null".split(" ");
const LAST = "nil {} 'x' 2".split(" ");

function combinations(name: string): string[] {
	const all = [""];
	for (const first of VALUES) {
		if (BACKWARD.test(name) && !/1/.test(first)) continue;
		all.push(first);
		for (const second of VALUES) {
			all.push(`${first},${second}`);
			for (const third of LAST) all.push(`${first},${second},${third}`);
		}
	}
	return BACKWARD.test(name) ? all.slice(1) : all;
}

const NUMBERS = (
	"0 1 2 -1 2^31-1 2^31 2^31+2 2^32-1 2^32 2^32+2 2^40+2 2^53-1 2^53 2^62 2^63 2^64 1e300 1/0 0/0 -2^31 -2^31-1 -2^32 " +
	"-2^32+2 -2^40 -2^53 -2^63 -2^64 -1/0 1.5 2^32+1.5 '4294967297' '0x100000001'"
).split(" ");
/** N stands for a number. */
const CALLS = [
	..."string.sub('hello',N) string.sub('hello',1,N) string.sub('hello',N,-2) string.byte('hello',N) string.byte('hello',1,N)".split(
		" ",
	),
	..."string.find('hello','l',N) string.find('hello','l',N,true) string.match('hello','l+',N) string.match('hello','()',N)".split(
		" ",
	),
	..."string.gsub('hello','l','x',N) string.char(N) string.format('%c',N) string.format('%d|%x|%u|%o',N,N,N,N)".split(
		" ",
	),
	..."table.concat({1,2,3},',',N) table.concat({1,2,3},',',1,N) table.concat({1,2,3},',',N,3) table.remove({1,2,3},N)".split(
		" ",
	),
	..."unpack({1,2,3},N) unpack({1,2,3},1,N) unpack({1,2,3},N,3) select(N,'a','b') rawget({7},N) tonumber('10',N)".split(
		" ",
	),
	..."math.ldexp(1,N) math.frexp(N) math.modf(N) math.floor(N) math.fmod(N,7) error('x',N) bit.tobit(N) bit.lshift(5,N)".split(
		" ",
	),
	..."bit.band(N,255) bit.tohex(N) cmsgpack.unpack_one('\\1\\2\\3',N) cmsgpack.unpack_limit('\\1\\2\\3',N)".split(" "),
	..."cmsgpack.unpack_limit('\\1\\2\\3',1,N) cmsgpack.unpack_limit('\\1\\2\\3',N,1) struct.unpack('B','abc',N)".split(
		" ",
	),
	..."struct.unpack('','abc',N) redis.setresp(N) redis.set_repl(N) redis.log(N,'x') tostring(N)".split(" "),
];
/** Strings of gigabytes. */
const HUGE = ["2^31-1", "-2^31-1"];

describe.skipIf(missing !== undefined)("arguments of Lua's functions", () => {
	let reference: RedisServer;
	let subject: Subject;
	let connections: readonly WireConnection[];

	beforeAll(async () => {
		reference = await RedisServer.start();
		subject = await startSubject();
		connections = await Promise.all([WireConnection.connect(reference), WireConnection.connect(subject)]);
	});

	afterAll(async () => {
		for (const connection of connections) connection.close();
		await subject.stop();
		await reference.stop();
	});

	/** The calls whose results differ, with both of them. */
	async function differences(calls: readonly string[]): Promise<string[]> {
		const found: string[] = [];
		for (let from = 0; from < calls.length; from += PER_SCRIPT) {
			const part = calls.slice(from, from + PER_SCRIPT);
			const script = `${PRELUDE}${part.map((call) => `note(pcall(${call}))`).join("\n")}\nreturn r`;
			const replies = await Promise.all(connections.map((one) => one.command("EVAL", script, "0")));
			const [expected, actual] = replies.map((reply) => reply.tree().items.map(({ text }) => text));
			if (expected!.length !== part.length) throw new Error(replies.map((reply) => reply.text()).join("\n"));
			part.forEach((call, i) => {
				if (expected![i] !== actual![i]) found.push(`${call}: ${expected![i]}, not ${actual![i]}`);
			});
		}
		return found;
	}

	test("of every kind", async () => {
		for (const name of FUNCTIONS.split(" ")) {
			const calls = combinations(name).map((words) => (words === "" ? name : `${name},${words}`));
			expect(await differences(calls)).toEqual([]);
		}
	}, 60_000);

	test("that are integers of more than 32 bits", async () => {
		for (const call of CALLS) {
			const calls = NUMBERS.map(
				(number) => `function() local function all(...) return ... end return all(${call.replaceAll("N", number)}) end`,
			);
			expect(await differences(calls)).toEqual([]);
		}
		const counts = NUMBERS.filter((number) => !HUGE.includes(number));
		expect(await differences(counts.map((number) => `string.rep,'ab',${number}`))).toEqual([]);
	}, 60_000);

	test("would show a difference", async () => {
		expect(await differences(["redis.sha1hex,'x'", "tostring,redis.REDIS_VERSION"])).toHaveLength(1);
	});
});

const PER_SCRIPT = 100;
