/**
 * The stream group. Ids are given, for those of `*` are the moment's: each is mostly a little greater than the one before,
 * whatever its key, so that entries are added and their ids met again. Idle times are nothing, or far from any limit.
 */
import { exact, ignored, normalized, print } from "../compare.ts";
import type { Group } from "../generate.ts";
import type { Source } from "../source.ts";
import { fixed, one, type PipelineStep, type PlannedCommand, planned, sequence } from "../step.ts";
import { withoutTimes } from "../stream-reply.ts";

/** The first is meant three times out of four. */
const keys = ["s1", "s2", "s2", "s3", "", "\x00", "missing", "other"];
const groups = ["g1", "g2", "g2", "G", "", "\xff\x00", "missing"];
const consumers = ["c1", "c1", "c2", "c2", "c3", "Alice", "", "c\x00d", "\xff"];
const fields = ["field", "field", "field", "a", "b", "", "12", "\x00", "long".repeat(20)];
const hostileIds = [
	..."- + ( * 0 0-0 0-1 00-1 007-08 1- -1 1-1-1 1--3 1--03 +5-+6 0x10-1 1.5 abc-* 5-*x (5-1 (- (+ (0 (0-0 $ >".split(
		" ",
	),
	..."18446744073709551615 18446744073709551615-18446744073709551615 18446744073709551615-0".split(" "),
	..."18446744073709551616 0-18446744073709551616 9223372036854775807-9223372036854775808".split(" "),
	..."9007199254740993-9007199254740993 (18446744073709551615-18446744073709551615 4294967296-4294967295".split(" "),
	"",
	" 5",
	" \t\n5-\v7",
	"5 ",
	"5\x00-1",
	"5-1\x00junk",
	"-\x00",
	"1".repeat(128),
	`${"0".repeat(120)}77-1`,
];
const times = ["0", "0", "0", "-1", "-9223372036854775808", "100000000", "9223372036854775807", "abc", "1.5"];
const counts = "0 0 1 1 1 2 3 5 10 100 -1 -5 4611686018427387904 9223372036854775807 9223372036854775808 abc".split(
	" ",
);

const mostly = (source: Source, names: readonly string[]) => (source.chance(75) ? names[0]! : source.choose(names));
const key = (source: Source): string => mostly(source, keys);
const group = (source: Source): string => mostly(source, groups);
const consumer = (source: Source): string => source.choose(consumers);
const count = (source: Source): string => source.choose(counts);

const consumersWithoutTimes = normalized((reply) => reply.items.map((one) => print(withoutTimes(one))).join("\n"));
const wholeStream = normalized((reply) => print(withoutTimes(reply)));

/** The milliseconds that ids have got to. */
const clocks = new WeakMap<Source, number>();

function nextId(source: Source): string {
	const step = source.chance(3)
		? source.choose([50, 61, 62, 63, 200, 70_000, 2 ** 32])
		: source.choose([0, 0, 0, 1, 1, 1, 2]);
	const ms = (clocks.get(source) ?? 1) + step;
	clocks.set(source, ms);
	return source.chance(75) ? `${ms}-*` : `${ms}-${source.between(0, 3)}`;
}

/** One that there may be: of the last milliseconds, with one of the first numbers. */
function id(source: Source): string {
	if (source.chance(4)) return source.choose(hostileIds);
	const ms = Math.max(0, (clocks.get(source) ?? 1) - source.below(source.choose([2, 10, 30, 100])));
	return source.chance(85) ? `${ms}-${source.choose([0, 0, 0, 1, 1, 2, 3])}` : String(ms);
}

function entryId(source: Source): string {
	// Those of the moment are added where they leave nothing behind.
	const chosen = source.chance(4) ? source.choose(hostileIds) : nextId(source);
	return chosen === "*" ? "1-*" : chosen;
}

/** Ids rarely come so near the end that no other follows; the stream is then used up until it is deleted. */
function soberId(source: Source): string {
	const chosen = entryId(source);
	return chosen.startsWith("18446744073709551615") && source.chance(90) ? nextId(source) : chosen;
}

function value(source: Source): string {
	const pick = source.below(20);
	if (pick < 10) return source.shortValue();
	if (pick < 14) return String(source.between(0, 200_000));
	if (pick < 15) return source.letters(source.choose([63, 64, 126, 127, 128, 239, 240, 300]));
	return source.integer();
}

function pairs(source: Source): string[] {
	if (source.chance(70)) return ["field", value(source)];
	const flat = source.several(1, 4, () => [source.choose(fields), value(source)]).flat();
	if (source.chance(4)) flat.pop();
	return flat;
}

function trim(source: Source): string[] {
	const words = [source.word(source.choose(["MAXLEN", "MAXLEN", "MINID"]))];
	if (source.chance(70)) words.push(source.choose(["~", "~", "="]));
	const isLength = words[0]!.toUpperCase() === "MAXLEN";
	if (isLength) words.push(source.chance(90) ? String(source.between(0, 300)) : source.integer());
	else words.push(id(source));
	if (source.chance(20))
		words.push(source.word("LIMIT"), source.chance(70) ? source.choose(["0", "50", "100", "150"]) : count(source));
	return words;
}

function xadd(source: Source): PipelineStep {
	const options: string[] = [];
	if (source.chance(8)) options.push(source.word("NOMKSTREAM"));
	if (source.chance(25)) options.push(...trim(source));
	if (source.chance(2)) options.push(source.choose(["LIMIT", "0", "MINID", "foo", "~"]));
	return fixed(exact, source.word("XADD"), key(source), ...options, soberId(source), ...pairs(source));
}

/** As many entries as fill nodes. */
function burst(source: Source): PipelineStep {
	const name = key(source);
	const same = pairs(source).slice(0, 2);
	const long = source.chance(20) ? source.letters(source.between(200, 2000)) : "";
	const adds = source.several(20, 130, () => {
		const entry = source.chance(90) ? [same[0]!, `${value(source)}${long}`] : pairs(source);
		return planned(exact, "XADD", name, nextId(source), ...entry);
	});
	return sequence(...adds, planned(exact, "XINFO", "STREAM", name));
}

/** Entries are added, delivered, claimed, acknowledged and deleted by ids that are known. */
function work(source: Source): PipelineStep {
	const name = key(source);
	const words = [name, group(source)];
	const ids = source.several(3, 12, () => `${nextId(source).split("-")[0]}-${source.choose([0, 1, 2, 3, 4, 5])}`);
	const some = () => source.several(1, 4, () => source.choose(ids));
	const commands = [planned(exact, "XGROUP", "CREATE", ...words, "0", "MKSTREAM")];
	for (const worker of consumers) commands.push(planned(exact, "XGROUP", "CREATECONSUMER", ...words, worker));
	const extra = source.choose([
		[],
		["JUSTID"],
		["FORCE"],
		["FORCE", "JUSTID"],
		["RETRYCOUNT", "7"],
		["IDLE", "100000000"],
	]);
	for (const entry of ids) {
		const owner = consumer(source);
		commands.push(planned(exact, "XADD", name, entry, ...pairs(source)));
		const acts = [
			planned(
				exact,
				"XREADGROUP",
				"GROUP",
				words[1]!,
				owner,
				...countOption(source),
				"STREAMS",
				name,
				source.choose([">", ">", "0"]),
			),
			planned(exact, "XACK", ...words, ...some()),
			planned(exact, "XCLAIM", ...words, owner, source.choose(["0", "0", "50000000"]), ...some(), ...extra),
			planned(exact, "XAUTOCLAIM", ...words, owner, "0", "-", "COUNT", source.choose(["1", "3"])),
			planned(exact, "XDEL", name, ...some()),
			planned(exact, "XTRIM", name, "MINID", source.choose(["=", "~"]), source.choose(ids)),
			planned(exact, "XGROUP", "SETID", ...words, source.choose(ids)),
			planned(exact, "XGROUP", "DELCONSUMER", ...words, owner),
			planned(exact, "XGROUP", "CREATECONSUMER", ...words, owner),
		];
		commands.push(...source.several(0, 3, () => source.choose([acts[0]!, acts[0]!, acts[0]!, ...acts.slice(0, 7)])));
		if (source.chance(5)) commands.push(acts[7]!, acts[8]!);
	}
	return sequence(
		...commands,
		planned(exact, "XPENDING", ...words),
		planned(wholeStream, "XINFO", "STREAM", name, "FULL"),
	);
}

/** Ids of the moment differ, so the stream must go again. */
function addNow(source: Source): PipelineStep {
	const now = ignored("the id is the moment's");
	const add = (): PlannedCommand => planned(now, "XADD", "now", "*", ...["field", value(source)]);
	return sequence(add(), add(), planned(exact, "XLEN", "now"), planned(exact, "DEL", "now"));
}

function countOption(source: Source): string[] {
	return source.chance(50) ? [source.word("COUNT"), count(source)] : [];
}

function end(source: Source): string {
	const pick = source.below(10);
	if (pick < 3) return source.choose(["-", "+"]);
	return pick < 5 ? `(${id(source)}` : id(source);
}

function range(source: Source): PipelineStep {
	const ends = source.chance(60) ? ["-", "+"] : [end(source), end(source)];
	const name = source.choose(["XRANGE", "XREVRANGE"]);
	if (name === "XREVRANGE") ends.reverse();
	return one(exact, name, key(source), ...ends, ...countOption(source));
}

function streams(source: Source, special: string): string[] {
	const names = source.several(1, source.choose([1, 1, 3]), () => key(source));
	const ids = names.map(() => (source.chance(60) ? source.choose([special, special, "0"]) : id(source)));
	if (source.chance(3)) ids.pop();
	return [source.word("STREAMS"), ...names, ...ids];
}

function read(source: Source): PipelineStep {
	const options = countOption(source);
	if (source.chance(2))
		return fixed(
			exact,
			"XREAD",
			"BLOCK",
			source.choose(["-1", "abc", "9223372036854775808", "1"]),
			"STREAMS",
			"s1",
			"0",
		);
	return one(exact, "XREAD", ...options, ...streams(source, "$"));
}

/** Before 7.2 a consumer with nothing to read did not come into being; its own entries it may always read. */
function readGroup(source: Source): PipelineStep {
	const options = countOption(source);
	if (source.chance(20)) options.push(source.word("NOACK"));
	const words = [group(source), consumer(source)];
	const wanted = source.chance(15) ? ["STREAMS", key(source), "0"] : streams(source, ">");
	const readers = wanted[2] === "0" && source.chance(50) ? [] : wanted.slice(1, 1 + (wanted.length >> 1));
	return sequence(
		...readers.map((name) => planned(exact, "XGROUP", "CREATECONSUMER", name, ...words)),
		planned(exact, source.word("XREADGROUP"), source.word("GROUP"), ...words, ...options, ...wanted),
	);
}

/** A key that cannot be served: nothing is there, or nothing new. */
function blockShortly(source: Source): PipelineStep {
	return fixed(exact, "XREAD", "BLOCK", "1", "STREAMS", source.choose(["missing", "s1", "s2"]), "18446744073709551615");
}

/** Before 7.2 a consumer with nothing to claim did not come into being. */
function claiming(source: Source, claim: (...words: string[]) => PlannedCommand): PipelineStep {
	const words = [key(source), group(source), consumer(source)];
	return sequence(planned(exact, "XGROUP", "CREATECONSUMER", ...words), claim(...words));
}

function claim(source: Source): PipelineStep {
	const options = source
		.several(0, 3, () => source.choose([["JUSTID"], ["FORCE"], ["FORCE"], claimOption(source)]))
		.flat();
	const ids = source.several(1, 5, () => id(source));
	const idle = source.choose(times);
	return claiming(source, (...words) => planned(exact, "XCLAIM", ...words, idle, ...ids, ...options));
}

function claimOption(source: Source): string[] {
	switch (source.below(5)) {
		case 0:
			return [source.word("IDLE"), source.choose(times)];
		case 1:
			return [source.word("TIME"), source.choose(["0", "1", "1000000", "-1", "9223372036854775807", "abc"])];
		case 2:
			return [source.word("RETRYCOUNT"), source.integer()];
		case 3:
			return [source.word("LASTID"), id(source)];
		default:
			return [source.junk()];
	}
}

function autoClaim(source: Source): PipelineStep {
	const start = source.chance(60) ? source.choose(["-", "0", "0-0"]) : end(source);
	const options = source.chance(30) ? ["JUSTID"] : [];
	const limit = source.choose(["1", "1", "2", "5", "0", "-1", "abc", "9223372036854775807", "576460752303423488"]);
	if (source.chance(60)) options.push(source.word("COUNT"), limit);
	if (source.chance(3)) options.push(source.junk());
	const idle = source.choose(times);
	return claiming(source, (...words) => planned(exact, "XAUTOCLAIM", ...words, idle, start, ...options));
}

/** Without the idle times. */
const pendingEntries = normalized((reply) =>
	reply.items.map((entry) => print({ ...entry, items: entry.items.filter((_, index) => index !== 2) })).join("\n"),
);

function pending(source: Source): PipelineStep {
	const words = [key(source), group(source)];
	if (source.chance(30)) return one(exact, "XPENDING", ...words);
	const idle = source.chance(30) ? [source.word("IDLE"), source.choose(times)] : [];
	const ends = source.chance(60) ? ["-", "+"] : [end(source), end(source)];
	const owner = source.chance(40) ? [consumer(source)] : [];
	return one(pendingEntries, "XPENDING", ...words, ...idle, ...ends, count(source), ...owner);
}

function groupCommand(source: Source): PipelineStep {
	const words = [key(source), group(source)];
	const start = source.chance(75) ? source.choose(["0", "0", "0", "$", "-", "+"]) : id(source);
	const read = source.chance(25) ? [source.word("ENTRIESREAD"), source.integer()] : [];
	const create = source.chance(40) ? [source.word("MKSTREAM")] : [];
	switch (source.below(12)) {
		case 0:
			return one(exact, "XGROUP", "DESTROY", ...words);
		case 1:
		case 2:
			return one(exact, "XGROUP", "CREATECONSUMER", ...words, consumer(source));
		case 3:
			return one(exact, "XGROUP", "DELCONSUMER", ...words, consumer(source));
		case 4:
		case 5:
			return one(exact, "XGROUP", "SETID", ...words, start, ...read);
		case 6:
			return one(exact, "XGROUP", source.junk(), ...words, start);
		default:
			return one(exact, "XGROUP", "CREATE", ...words, start, ...create, ...read);
	}
}

function info(source: Source): PipelineStep {
	switch (source.below(6)) {
		case 0:
			return one(exact, "XINFO", "GROUPS", key(source));
		case 1:
			return one(consumersWithoutTimes, "XINFO", "CONSUMERS", key(source), group(source));
		case 2:
			return one(wholeStream, "XINFO", "STREAM", key(source), source.word("FULL"));
		case 3:
			return one(wholeStream, "XINFO", "STREAM", key(source), "FULL", source.word("COUNT"), count(source));
		default:
			return one(exact, "XINFO", "STREAM", key(source));
	}
}

/** Greater than every id so far: since 7.2 none below the greatest deleted one is accepted. */
function setId(source: Source): PipelineStep {
	const ms = (clocks.get(source) ?? 1) + 1000;
	clocks.set(source, ms);
	const options: string[] = [];
	if (source.chance(30)) options.push(source.word("ENTRIESADDED"), source.integer());
	if (source.chance(30)) options.push(source.word("MAXDELETEDID"), id(source));
	if (source.chance(5)) options.push(source.junk());
	return fixed(exact, source.word("XSETID"), key(source), source.chance(97) ? `${ms}-0` : "abc", ...options);
}

function wholeKey(source: Source): PipelineStep {
	switch (source.below(8)) {
		case 0:
			return fixed(exact, "COPY", key(source), key(source), "REPLACE");
		case 1:
			return fixed(exact, "RENAME", key(source), key(source));
		case 2:
			return fixed(exact, "SET", "other", "a string");
		case 3:
			return fixed(exact, "OBJECT", "ENCODING", key(source));
		case 4:
			return fixed(exact, "TYPE", key(source));
		default:
			return fixed(exact, "DEL", key(source));
	}
}

export const streamGroup: Group = {
	name: "stream",
	makers: [
		{ weight: 60, make: xadd },
		{ weight: 2, make: burst },
		{ weight: 2, make: work },
		{ weight: 2, make: addNow },
		{ weight: 8, make: (source) => one(exact, "XLEN", key(source)) },
		{ weight: 24, make: range },
		{ weight: 14, make: (source) => one(exact, "XDEL", key(source), ...source.several(1, 4, () => id(source))) },
		{ weight: 8, make: (source) => one(exact, "XTRIM", key(source), ...trim(source)) },
		{ weight: 5, make: setId },
		{ weight: 20, make: read },
		{ weight: 40, make: readGroup },
		{ weight: 1, make: blockShortly },
		{ weight: 22, make: groupCommand },
		{
			weight: 24,
			make: (source) => one(exact, "XACK", key(source), group(source), ...source.several(1, 12, () => id(source))),
		},
		{ weight: 20, make: pending },
		{ weight: 20, make: claim },
		{ weight: 12, make: autoClaim },
		{ weight: 20, make: info },
		{ weight: 4, make: wholeKey },
	],
};
