/** Scripts that return values of every type, and that hand KEYS and ARGV back. */
import { doubles, exact } from "../compare.ts";
import type { Group } from "../generate.ts";
import type { Source } from "../source.ts";
import { fixed, type Step } from "../step.ts";
import { finiteNumber, scalar, value } from "./lua-text.ts";

const counts = [
	"0",
	"0",
	"1",
	"2",
	"3",
	"-1",
	"4",
	"5",
	"abc",
	"",
	"1.5",
	"9223372036854775807",
	"99999999999999999999",
	"1 ",
];

function result(source: Source): Step {
	const protocol = source.choose(["", "", "redis.setresp(3) ", "redis.setresp(2) "]);
	return fixed(doubles, "EVAL", `${protocol}return ${value(source, source.between(1, 4))}`, "0");
}

/** Values behind the first are not returned, holes end a table, and depth has its limit. */
function shape(source: Source): Step {
	const depth = source.choose([1, 5, 100, 1000, 5000, 9000]);
	return fixed(
		exact,
		"EVAL",
		source.choose([
			() => `return ${scalar(source)},${scalar(source)}`,
			() =>
				`local t={} for i=1,${source.below(400)} do t[i]=${finiteNumber(source)} end t[${source.below(400)}]=nil return t`,
			() => `local t={} for i=1,${depth} do t={t} end return t`,
			() => `return setmetatable({1,2},{__index=function(_,k) return k end,__len=function() return 7 end})`,
			() => `local t={1} t[2]=t return {#t}`,
			() => `redis.setresp(${source.choose(["3", "2", "'3'", "4", "0", "nil", "", "3,3", "{}", "2.5"])}) return true`,
			() =>
				`return redis.${source.choose(["error_reply", "status_reply"])}(${source.choose([scalar(source), "", "'-X y'", "'x'", "'a b'", "'a\\nb'"])})`,
			() => `return redis.sha1hex(${source.choose([scalar(source), "", "1,2"])})`.replace("function() end", "'f'"),
		])(),
		"0",
	);
}

function words(source: Source): Step {
	const given = source.several(0, 5, () => (source.chance(70) ? source.bytes(source.below(30)) : source.value()));
	const script = source.choose([
		"return {KEYS,ARGV}",
		"return {#KEYS,#ARGV,KEYS[1],ARGV[1]}",
		"local r={} for i,k in ipairs(ARGV) do r[i]=#k end return r",
		"return {string.byte(ARGV[1] or '',1,-1)}",
		"return redis.sha1hex(table.concat(KEYS)..table.concat(ARGV,'\\0'))",
		"KEYS[1]='mine' ARGV={} return {KEYS,ARGV}",
		"return ARGV[1] == string.char(string.byte(ARGV[1],1,-1))",
		"return {ARGV[1]:upper(),ARGV[1]:reverse(),ARGV[1]:lower()}",
	]);
	const count = source.chance(60) ? String(source.below(given.length + 1)) : source.choose(counts);
	return fixed(exact, source.choose(["EVAL", "EVAL", "EVAL_RO", "eval"]), script, count, ...given);
}

export const valuesGroup: Group = {
	name: "values",
	makers: [
		{ weight: 60, make: result },
		{ weight: 20, make: shape },
		{ weight: 20, make: words },
	],
};
