/** The server group: databases as a whole, CONFIG, COMMAND, DEBUG. */
import { quote } from "../../support/quoting.ts";
import { exact, normalized, sorted, sortedInside, sortedPairs, typeOnly } from "../compare.ts";
import type { Group } from "../generate.ts";
import type { Source } from "../source.ts";
import { fixed, one, planned, type Step, sequence } from "../step.ts";
import { database } from "./generic.ts";

// Directives with the same default in both servers that no command of a run changes the meaning of.
const directives = (
	"maxmemory maxmemory-policy maxmemory-samples databases hz dynamic-hz appendonly appendfsync save list-max-listpack-size " +
	"hash-max-listpack-entries hash-max-ziplist-value set-max-intset-entries zset-max-listpack-entries tcp-keepalive timeout " +
	"lfu-log-factor lfu-decay-time lazyfree-lazy-expire notify-keyspace-events proto-max-bulk-len slowlog-max-len " +
	"slowlog-log-slower-than client-output-buffer-limit stop-writes-on-bgsave-error rdbcompression activerehashing " +
	"min-replicas-to-write min-slaves-max-lag replica-priority slave-priority requirepass unixsocketperm loglevel " +
	"latency-monitor-threshold tracking-table-max-keys maxmemory-clients oom-score-adj-values no-such-directive"
).split(" ");

const globs = ["no-such-*", "*-max-intset-*", "maxmemory-p*", "lfu-*", "[h]z", "h?", "slowlog-*", ""];

// Settings that change no reply but CONFIG GET's and OBJECT ENCODING's: small hashes stay small, and so in order.
const settings: readonly (readonly string[])[] = [
	["hash-max-listpack-entries", "512", "128", "-1", "abc", "", "1k"],
	["hash-max-ziplist-value", "64", "1gb", "1.5", "9223372036854775808"],
	["set-max-intset-entries", "512", "1000", "-5"],
	["slowlog-max-len", "128", "10", "-1", "99999999999999999999"],
	["slowlog-log-slower-than", "10000", "-1", "-2", "abc"],
	["lfu-log-factor", "10", "20", "abc"],
	["lazyfree-lazy-expire", "yes", "no", "YES", "maybe", ""],
	["notify-keyspace-events", "", "Q", "KEQ"],
	["maxmemory-samples", "5", "10", "0", "65"],
	["tcp-keepalive", "300", "0", "-1"],
	["timeout", "0", "100000", "-1"],
	["loglevel", "notice", "warning", "loud", ""],
	["client-output-buffer-limit", "normal 0 0 0", "pubsub 32mb 8mb 60", "normal 1", "foo 0 0 0", "normal 0 0 -1", ""],
	["proto-max-bulk-len", "536870912", "512mb", "1", "1x"],
	["databases", "32"],
	["maxmemory-policy", "noeviction", "sometimes"],
	["stop-writes-on-bgsave-error", "yes", "no", "1"],
	["no-such-directive", "1"],
	["", ""],
];

function setting(source: Source): string[] {
	const [name, ...values] = source.choose(settings);
	return [source.word(name!.toUpperCase()), source.choose(values)];
}

function config(source: Source): Step {
	const pick = source.below(20);
	if (pick < 7)
		return fixed(sortedPairs, "CONFIG", source.word("GET"), ...source.several(1, 3, () => source.choose(directives)));
	if (pick < 9) return fixed(sortedPairs, "CONFIG", "GET", ...source.several(1, 2, () => source.choose(globs)));
	if (pick < 17)
		return fixed(exact, "CONFIG", source.word("SET"), ...source.several(1, 2, () => setting(source)).flat());
	if (pick < 18) return fixed(exact, "CONFIG", "SET", ...source.choose([[], ["maxmemory"], ["hz", "10", "timeout"]]));
	return fixed(
		exact,
		"CONFIG",
		source.choose(["FOO", "", "GET", "RESETSTAT", "resetstat"]),
		...source.choose([[], [], ["extra"]]),
	);
}

const targets: readonly ((source: Source) => readonly string[])[] = [
	(source) => ["GET", source.key()],
	(source) => ["SET", source.key(), "v", ...source.choose([[], ["GET"], ["EX", "10"], ["KEEPTTL", "GET", "NX"]])],
	(source) => ["MSET", ...source.keys(0, 5)],
	(source) => ["MGET", ...source.keys(0, 4)],
	(source) => ["DEL", ...source.keys(0, 3)],
	(source) => ["RENAME", ...source.keys(1, 3)],
	(source) => ["COPY", ...source.keys(2, 2), ...source.choose([[], ["REPLACE"], ["DB", "1"]])],
	(source) => ["LCS", ...source.keys(2, 2), "IDX"],
	(source) => ["OBJECT", "ENCODING", source.key()],
	(source) => ["OBJECT", "FOO", source.key()],
	() => ["OBJECT"],
	(source) => ["GETEX", source.key(), ...source.choose([[], ["PERSIST"]])],
	(source) => [source.choose(["EXPIRE", "MOVE", "APPEND", "INCRBY", "GETRANGE", "SETRANGE"]), ...source.keys(1, 3)],
	() => ["PING"],
	() => ["CONFIG", "GET", "x"],
	() => ["NO-SUCH-COMMAND", "x"],
	() => [""],
	() => [],
];

const commandQuestions: readonly (readonly string[])[] = [
	["INFO", "no-such-command"],
	["INFO", "no-such-command", "client|no-such", "get|x", ""],
	["DOCS", "no-such-command"],
	["LIST", "FILTERBY", "PATTERN", "incr*"],
	["LIST", "FILTERBY", "PATTERN", "no-such-*"],
	["LIST", "FILTERBY", "PATTERN", "mset*"],
	["LIST", "filterby", "pattern", "[G]ETEX"],
	["LIST", "FILTERBY", "MODULE", "no-such-module"],
	["LIST", "FILTERBY", "ACLCAT", "no-such-category"],
	["LIST", "FILTERBY", "FOO", "bar"],
	["LIST", "FILTERBY", "PATTERN"],
	["LIST", "FOO"],
	["COUNT", "extra"],
	["GETKEYS"],
	["GETKEYSANDFLAGS"],
	["FOO"],
	[""],
];

function command(source: Source): Step {
	const pick = source.below(10);
	if (pick < 6) {
		const target = source.choose(targets)(source);
		return fixed(exact, "COMMAND", source.word(source.choose(["GETKEYS", "GETKEYSANDFLAGS"])), ...target);
	}
	if (pick < 9) return fixed(sorted, "COMMAND", ...source.choose(commandQuestions));
	return fixed(typeOnly, "COMMAND", source.word("COUNT"));
}

/**
 * DEBUG OBJECT without address, clock, the length it would have on disk, and what is inside a quicklist. That 7.2 has
 * listpacks where 7.0 has a quicklist or a hashtable is for the comparison of the data to tell from a defect.
 */
export const debugObjectVerb = normalized((reply) => {
	const text = reply.text
		.replace(/(at:0x|serializedlength:|lru:|lru_seconds_idle:)[0-9a-f]+/g, "$1")
		.replace(/ ql_.*/, "")
		.replace(/encoding:(listpack|quicklist|hashtable)/, "encoding:");
	return `${reply.kind} ${text}`;
});

function debug(source: Source): Step {
	const pick = source.below(8);
	if (pick < 4) {
		// DEBUG OBJECT also sees a key whose deadline has passed, so something else meets it first.
		const key = source.key();
		return sequence(planned(exact, "EXISTS", key), planned(debugObjectVerb, "DEBUG", source.word("OBJECT"), key));
	}
	const rest = source.choose([
		[],
		["SLEEP"],
		["SLEEP", "0"],
		["SLEEP", "abc"],
		["SLEEP", "-1"],
		["OBJECT"],
		["OBJECT", "no such key"],
		["SET-ACTIVE-EXPIRE", "1"],
		["SET-ACTIVE-EXPIRE"],
		["NO-SUCH-SUBCOMMAND"],
		[`no such ${quote(source.key())}`, "x"],
		[""],
	]);
	return fixed(exact, "DEBUG", ...rest);
}

/** A key whose deadline has passed counts until someone meets it, so SCAN meets them all first. */
function size(source: Source): Step {
	if (source.chance(3)) return fixed(exact, "DBSIZE", source.shortValue());
	return sequence(planned(sortedInside, "SCAN", "0", "COUNT", "100000"), planned(exact, source.word("DBSIZE")));
}

const flushOptions: readonly (readonly string[])[] = [[], [], ["ASYNC"], ["sync"], ["FOO"], ["ASYNC", "SYNC"], [""]];

export const serverGroup: Group = {
	name: "server",
	makers: [
		{ weight: 6, make: size },
		{
			weight: 1,
			make: (source) => one(exact, source.choose(["FLUSHDB", "FLUSHDB", "FLUSHALL"]), ...source.choose(flushOptions)),
		},
		{ weight: 4, make: (source) => one(exact, "SWAPDB", database(source), database(source)) },
		{ weight: 1, make: () => fixed(typeOnly, "TIME") },
		{ weight: 1, make: () => fixed(typeOnly, "LASTSAVE") },
		{ weight: 8, make: config },
		{ weight: 10, make: command },
		{ weight: 6, make: debug },
		{
			weight: 4,
			make: (source) =>
				fixed(
					exact,
					source.choose(["", "FOO", "get set", "\x00", "x".repeat(300), "foo\r\nbar"]),
					...source.several(0, 4, () => source.shortValue()),
				),
		},
	],
};
