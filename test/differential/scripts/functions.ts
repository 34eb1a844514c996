/** Libraries of functions: loaded, called, listed and deleted. */
import type { Reply } from "../../support/reply.ts";
import { doubles, exact, normalized, typeOnly } from "../compare.ts";
import type { Group } from "../generate.ts";
import type { Source } from "../source.ts";
import { fixed, planned, type Step, sequence } from "../step.ts";
import { flags, keysAndArguments } from "./cached.ts";
import { value } from "./lua-text.ts";

/** In any order, at every level. */
function deepSorted(reply: Reply): string {
	if (reply.items.length === 0)
		return `${reply.kind === "map" || reply.kind === "set" ? "array" : reply.kind}(${reply.text})`;
	return `[${reply.items.map(deepSorted).sort().join(" ")}]`;
}

const bodies = [
	"return 1", "return {keys,args}", "return redis.call('SET',keys[1],args[1])", "return redis.call('GET',keys[1])", "error('in function')", "error({err='MY err'})",
	"return redis.pcall('NOSUCH')", "return nosuch", "return KEYS", "x=1", "return redis.register_function('z',function() end)", "redis.setresp(3) return {double=1.5}",
	"local t=nil\nreturn t.x", "return #keys..':'..#args", "redis.call('INCR',keys[1]) return redis.call('LPUSH',keys[1],1)", "return cjson.encode({keys,args})",
]; // biome-ignore format: few rows
const libraries = ["lib1", "lib2", "lib3"];
const names = [...libraries.flatMap((library) => [`${library}_a`, `${library}_b`]), "nosuch", ""];

/** Libraries that load: after some that fail redis-server 7.0 crashes. Which fail, and why, transcripts compare. */
function library(source: Source, name: string): string {
	const body = () => {
		const lines = source.chance(80) ? source.choose(bodies) : `return ${value(source, 2)}`;
		return `function(keys,args)\n${lines}\nend`;
	};
	const flag = source.choose(flags.slice(0, 5));
	return [
		`#!lua name=${name}`,
		`redis.register_function('${name}_a',${body()})`,
		`redis.register_function{function_name='${name}_b',callback=${body()},flags={'${flag}'}}`,
	].join("\n");
}

const list = normalized(deepSorted);

function functions(source: Source): Step {
	const pick = source.below(30);
	if (pick < 10) {
		const name = source.choose(libraries);
		return sequence(
			planned(exact, "FUNCTION", "DELETE", name),
			planned(exact, "FUNCTION", source.word("LOAD"), library(source, name)),
		);
	}
	if (pick < 12)
		return fixed(exact, "FUNCTION", source.word("DELETE"), source.choose(["lib1", "lib2", "lib3", "LIB1", "x"]));
	if (pick < 14)
		return fixed(
			list,
			"FUNCTION",
			source.word("LIST"),
			...source.choose([
				[],
				["WITHCODE"],
				["LIBRARYNAME", "lib*"],
				["LIBRARYNAME", "lib1", "WITHCODE"],
				["x"],
				["LIBRARYNAME"],
				["WITHCODE", "WITHCODE"],
			]),
		);
	if (pick < 15)
		return fixed(
			exact,
			"FUNCTION",
			...source.choose([
				["FLUSH"],
				["FLUSH", "ASYNC"],
				["FLUSH", "x"],
				["KILL"],
				["STATS"],
				["x"],
				[],
				["LOAD"],
				["LOAD", "x", "y"],
				["RESTORE", "junk"],
				["RESTORE", "junk", "x"],
				["DELETE"],
			]),
		);
	if (pick < 16) return fixed(typeOnly, "FUNCTION", "DUMP");
	return fixed(
		doubles,
		source.choose(["FCALL", "FCALL", "FCALL", "FCALL_RO", "fcall"]),
		source.choose(names),
		...keysAndArguments(source),
	);
}

export const functionsGroup: Group = { name: "functions", makers: [{ weight: 60, make: functions }] };
