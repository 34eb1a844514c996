/** Commands of all other groups, called by scripts instead of clients. */
import { doubles, exact } from "../compare.ts";
import { Generator, type Group } from "../generate.ts";
import { groups } from "../groups/index.ts";
import type { Source } from "../source.ts";
import { fixed, type PipelineStep, type PlannedCommand, planned, type Step, sequence } from "../step.ts";
import { prelude } from "./lua-text.ts";

/** Scripts that run their arguments as a command and return its reply as it is. */
export const passing: readonly string[] = [
	"return redis.call(unpack(ARGV))",
	"return redis.pcall(unpack(ARGV))",
	"redis.setresp(3) return redis.call(unpack(ARGV))",
	"redis.setresp(3) return redis.pcall(unpack(ARGV))",
];
/** Scripts that tell which value of Lua the reply is. */
const telling = [
	`${prelude}return all(redis.pcall(unpack(ARGV)))`,
	`${prelude}return all(pcall(redis.call,unpack(ARGV)))`,
	"local r=redis.pcall(unpack(ARGV)) return {type(r),type(r)=='table' and (r.err or r.ok) or 0}",
];

/** Random commands of those groups; one generator a source. */
const inner = new WeakMap<Source, Generator>();
const usable = groups.filter(({ name }) => !["pubsub", "connection", "server"].includes(name));

function nextPipeline(source: Source): PipelineStep {
	let generator = inner.get(source);
	if (generator === undefined) {
		generator = new Generator(source.below(2 ** 30), source.protocol, usable);
		inner.set(source, generator);
	}
	for (;;) {
		const step = generator.next();
		if (step.kind === "pipeline") return step;
	}
}

/** What 7.2 answers otherwise: for the allowances it must stay as it is. */
const changing = /^(bitcount|bitpos|xread|xreadgroup|zrank|zrevrank|object|lcs|geosearch|randomkey)$/i;

/** What 7.2 answers with more fields: as a table of Lua they have another order. */
const isWider = /^xinfo$/i;

function wrapped(source: Source, { args, verb }: PlannedCommand, isAlone: boolean): PlannedCommand {
	// Words of a command that are not in its order are not for a value that shows it.
	if (!isAlone) return planned(verb, "EVAL", source.choose(passing.slice(0, 2)), "0", ...args);
	const isPlain = changing.test(args[0] ?? "");
	const script =
		!isPlain && verb.kind === "exact" && source.chance(35)
			? source.choose(telling)
			: source.choose(isWider.test(args[0] ?? "") ? passing.slice(0, 2) : passing);
	// Doubles become words, whose digits are more before 7.2.
	return planned(verb.kind === "exact" ? doubles : verb, "EVAL", script, "0", ...args);
}

function call(source: Source): Step {
	const { commands } = nextPipeline(source);
	return sequence(...commands.map((command) => wrapped(source, command, commands.length === 1)));
}

/** The same commands from a client, so that data is made without scripts as well. */
const plain = (source: Source): Step => nextPipeline(source);

const numbersAsWords = "1 1.5 -0 1e15 1e17 1e20 2^53 2^63 -2^63 1/3 0.1 1e100 1e-7 123456789012 3.0 1/0 -1/0".split(
	" ",
);

/** Numbers as words of commands, and words that are none. */
function words(source: Source): Step {
	const odd = () => source.choose(["nil", "true", "{}", "function() end", "cjson.null", "''", "'\\0'", "KEYS", "'x'"]);
	const word = () => (source.chance(80) ? source.choose(numbersAsWords) : odd());
	const name = source.choose([
		"'ECHO'",
		"'ECHO'",
		"'SET','k'",
		"'RPUSH','list'",
		"'GET'",
		"'HSET','h','f'",
		"'NOSUCH'",
		"5",
		"'CONFIG','x'",
	]);
	return fixed(
		exact,
		"EVAL",
		`return redis.${source.choose(["call", "pcall"])}(${[name, ...source.several(0, 3, word)].join(",")})`,
		"0",
	);
}

const refused =
	"SUBSCRIBE MULTI EXEC WATCH AUTH EVAL EVALSHA SCRIPT DEBUG MONITOR SHUTDOWN CLIENT CONFIG ACL FUNCTION FCALL RESET QUIT SAVE BGSAVE HELLO SLOWLOG LATENCY MEMORY UNSUBSCRIBE SSUBSCRIBE PUBSUB ECHO PING SELECT".split(
		" ",
	);

function notAllowed(source: Source): Step {
	const words = [
		source.word(source.choose(refused)),
		...source.several(0, 3, () => source.choose(["LIST", "x", "0", "GET", "id", "FLUSH", "2"])),
	];
	if (/^(client|cluster|latency|memory|slowlog|pubsub|wait|acl)$/i.test(words[0]!)) words.length = 1;
	return fixed(exact, "EVAL", source.choose(passing.slice(0, 2)), "0", ...words);
}

/** Several commands in one script, as applications have them. */
const programs: readonly string[] = [
	"local n=redis.call('INCR',KEYS[1]) if n>3 then return redis.call('DEL',KEYS[1]) end redis.call('EXPIRE',KEYS[1],1000) return n",
	"local v=redis.call('GET',KEYS[1]) if v==ARGV[1] then return redis.call('DEL',KEYS[1]) else return 0 end",
	"redis.call('SET',KEYS[1],ARGV[1]) redis.call('SELECT',1) redis.call('SET',KEYS[1],ARGV[1]) return redis.call('GET',KEYS[1])",
	"local t=redis.call('TYPE',KEYS[1]) return {t.ok,redis.call('EXISTS',KEYS[1])}",
	"redis.call('RPUSH',KEYS[1],unpack(ARGV)) local r={} while redis.call('LLEN',KEYS[1])>0 do r[#r+1]=redis.call('LPOP',KEYS[1]) end return r",
	"for i=1,20 do redis.call('ZADD',KEYS[1],i/4,'m'..i) end return redis.call('ZRANGE',KEYS[1],0,-1,'WITHSCORES')",
	"redis.call('HSET',KEYS[1],'a',1,'b',ARGV[1]) return cjson.encode(redis.call('HGETALL',KEYS[1]))",
	"redis.call('SET','before','1') redis.call('NOSUCH') redis.call('SET','after','1')",
	"local e=redis.pcall('INCR',KEYS[1],'x') return {e.err,e.ignore_error_stats_update}",
	"redis.setresp(3) local m=redis.call('HGETALL',KEYS[1]) return {type(m),m.map and next(m.map)==nil}",
	"redis.set_repl(redis.REPL_NONE) redis.call('SET',KEYS[1],ARGV[1]) return redis.replicate_commands()",
];

function program(source: Source): Step {
	return fixed(
		doubles,
		source.choose(["EVAL", "EVAL", "EVAL", "EVAL_RO"]),
		source.choose(programs),
		"1",
		source.key(),
		...source.several(1, 4, () => source.shortValue()),
	);
}

export const callsGroup: Group = {
	name: "calls",
	makers: [
		{ weight: 60, make: call },
		{ weight: 12, make: plain },
		{ weight: 10, make: words },
		{ weight: 8, make: notAllowed },
		{ weight: 15, make: program },
	],
};
