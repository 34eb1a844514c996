/** The cache of scripts, read-only scripts, flags behind `#!`, and scripts in transactions. */
import { bytesOf } from "../../../src/bytes/ascii.ts";
import { sha1, sha1Hexadecimal } from "../../../src/bytes/sha1.ts";
import { doubles, exact } from "../compare.ts";
import type { Group } from "../generate.ts";
import type { Source } from "../source.ts";
import { fixed, type PlannedCommand, planned, type Step, sequence } from "../step.ts";
import { value } from "./lua-text.ts";

const known = [
	"return 1", "return KEYS[1]", "return {KEYS,ARGV}", "return redis.call('GET',KEYS[1])", "return redis.call('SET',KEYS[1],ARGV[1])",
	"error('cached')", "return redis.error_reply('X y')", "return nosuch", "local x=1\nreturn x.y.z", "redis.call('INCR',KEYS[1])\nreturn redis.pcall('LPUSH',KEYS[1],1)",
	"#!lua\nreturn redis.call('SET','k','v')", "#!lua flags=no-writes\nreturn redis.call('SET','k','v')", "#!lua flags=no-writes\nreturn redis.pcall('GET','k')",
]; // biome-ignore format: few rows
export const flags = [
	"no-writes",
	"allow-oom",
	"allow-stale",
	"no-cluster",
	"allow-cross-slot-keys",
	"",
	"nosuch",
	"no-writes,allow-oom",
	"no-writes,",
];

function sha1Of(script: string): string {
	const bytes = bytesOf(script);
	const hash = new Int32Array(5);
	sha1(bytes, 0, bytes.length, hash);
	return sha1Hexadecimal(hash);
}

const sha = (source: Source) => {
	const digest = source.chance(85)
		? sha1Of(source.choose(known))
		: source.choose(["", "abc", "f".repeat(40), "g".repeat(40), "x".repeat(41)]);
	return source.chance(15) ? digest.toUpperCase() : digest;
};
export const keysAndArguments = (source: Source): string[] => {
	const words = source.several(0, 3, () => (source.chance(50) ? source.key() : source.shortValue()));
	return [source.chance(90) ? String(source.below(words.length + 1)) : source.choose(["-1", "x", "9"]), ...words];
};

function run(source: Source): PlannedCommand {
	const pick = source.below(10);
	if (pick < 3)
		return planned(
			exact,
			source.choose(["EVAL", "EVAL", "EVAL_RO"]),
			source.choose(known),
			...keysAndArguments(source),
		);
	return planned(exact, source.choose(["EVALSHA", "EVALSHA", "EVALSHA_RO"]), sha(source), ...keysAndArguments(source));
}

function cache(source: Source): Step {
	const pick = source.below(20);
	if (pick < 5)
		return fixed(exact, "SCRIPT", source.word("LOAD"), source.choose([...known, "return", "x x", "#!lua\nx x"]));
	if (pick < 9) return fixed(exact, "SCRIPT", source.word("EXISTS"), ...source.several(0, 4, () => sha(source)));
	if (pick < 11)
		return fixed(
			exact,
			"SCRIPT",
			source.word("FLUSH"),
			...source.choose([[], [], ["ASYNC"], ["sync"], ["x"], ["SYNC", "SYNC"]]),
		);
	if (pick < 12) return fixed(exact, "SCRIPT", ...source.choose([["KILL"], ["x"], [], ["LOAD"], ["KILL", "x"]]));
	return sequence(run(source));
}

/** Behind "#!": most of them are wrong. */
const oddHeads = [
	"",
	"lua5",
	"LUA",
	"python",
	" lua",
	"lua ",
	"lua  flags=no-writes",
	"lua name=x",
	"lua x",
	"lua flags",
	"lua flags=no-writes flags=allow-oom",
];

function shebang(source: Source): Step {
	const head = source.choose([
		() => `#!lua flags=${source.choose(flags)}\n`,
		() => "#!lua\n",
		() => `#!${source.choose(oddHeads)}\n`,
		() => "#!lua",
		() => "#!lua flags=no-writes\r\n",
	])();
	const body = source.choose([
		"return 1",
		"return redis.call('SET','k','v')",
		"return redis.pcall('GET','k')",
		`return ${value(source, 2)}`,
		"x x",
		"\nerror('line 3')",
		"return redis.pcall('SET','k')",
	]);
	if (source.chance(20)) return fixed(exact, "SCRIPT", "LOAD", head + body);
	return fixed(doubles, source.choose(["EVAL", "EVAL", "EVAL_RO"]), head + body, ...keysAndArguments(source));
}

function transaction(source: Source): Step {
	return sequence(
		planned(exact, "MULTI"),
		...source.several(1, 4, () =>
			source.chance(85)
				? run(source)
				: planned(exact, "EVAL", ...source.choose([["return 1"], ["x x", "0"], ["return 1", "-1"], []])),
		),
		planned(exact, source.chance(95) ? "EXEC" : "DISCARD"),
	);
}

export const cachedGroup: Group = {
	name: "cached",
	makers: [
		{ weight: 40, make: cache },
		{ weight: 20, make: shebang },
		{ weight: 20, make: transaction },
	],
};
