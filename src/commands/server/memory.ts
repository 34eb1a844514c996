/** MEMORY: how much memory keys and the server take. */
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, LOADING, READONLY, STALE } from "../../dispatch/command.ts";
import { integer, key, optional } from "../../dispatch/grammar.ts";
import { memoryDiagnosis } from "../../introspection/memory-doctor.ts";
import { type MemoryUse, memoryUse } from "../../introspection/memory-use.ts";
import { keyMemory } from "../../keyspace/key-memory.ts";
import { NOT_AN_INTEGER, SYNTAX_ERROR } from "../../resp/errors.ts";
import type { ServerServices } from "./services.ts";

const HELP = [
	"MEMORY <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
	"DOCTOR",
	"    Say in words what is remarkable about the memory of the server.",
	"MALLOC-STATS",
	"    Show how the memory of the data is laid out.",
	"PURGE",
	"    Give back to the system what can be given back.",
	"STATS",
	"    Tell what the memory of the server is used for, in numbers.",
	"USAGE <key> [SAMPLES <count>]",
	"    Tell how many bytes a key takes with its value. They are counted, not estimated,",
	"    so the number of samples makes no difference.",
	"HELP",
	"    Print this help.",
];

function help(call: Call): void {
	call.reply.array(HELP.length);
	for (const line of HELP) call.reply.simple(line);
}

function usage(call: Call): void {
	for (let i = 3; i < call.argc; i++) {
		if (call.latin1(i).toLowerCase() !== "samples" || i + 1 === call.argc) return call.reply.error(SYNTAX_ERROR);
		const samples = call.clampedInteger(++i);
		if (Number.isNaN(samples)) return call.reply.error(NOT_AN_INTEGER);
		if (samples < 0) return call.reply.error(SYNTAX_ERROR);
	}
	if (!call.findUnnoticed(2)) return call.reply.null();
	call.reply.integer(keyMemory(call.database));
}

function stats(call: Call, services: ServerServices): void {
	const use = memoryUse(services);
	const { reply } = call;
	const before = numbersBefore(use);
	const behind = numbersBehind(use);
	reply.map(before.length + use.databases.length + behind.length);
	for (const [name, value] of before) {
		reply.bulkText(name);
		reply.integer(value);
	}
	for (const { index, main, expires } of use.databases) {
		reply.bulkText(`db.${index}`);
		reply.map(3);
		reply.bulkText("overhead.hashtable.main");
		reply.integer(main);
		reply.bulkText("overhead.hashtable.expires");
		reply.integer(expires);
		reply.bulkText("overhead.hashtable.slot-to-keys");
		reply.integer(0);
	}
	for (const [name, value, isDouble] of behind) {
		reply.bulkText(name);
		if (isDouble === true) reply.double(value);
		else reply.integer(value);
	}
}

type NamedNumber = readonly [name: string, value: number, isDouble?: true];

function numbersBefore(use: MemoryUse): readonly NamedNumber[] {
	return [
		["peak.allocated", use.peak],
		["total.allocated", use.used],
		["startup.allocated", use.startup],
		["replication.backlog", use.replication.backlog],
		["clients.slaves", use.replication.excess],
		["clients.normal", use.clients],
		["cluster.links", 0],
		["aof.buffer", use.appendBuffer],
		["lua.caches", use.scripting.scripts],
		["functions.caches", use.scripting.functions],
	];
}

function numbersBehind(use: MemoryUse): readonly NamedNumber[] {
	const living = use.used - use.waste;
	return [
		["overhead.total", use.overhead],
		["keys.count", use.keys],
		["keys.bytes-per-key", use.bytesPerKey],
		["dataset.bytes", use.dataset],
		["dataset.percentage", use.dataset_percent, true],
		["peak.percentage", ratio(100 * use.used, use.peak), true],
		["allocator.allocated", living],
		["allocator.active", use.used],
		["allocator.resident", use.resident],
		["allocator-fragmentation.ratio", ratio(use.used, living), true],
		["allocator-fragmentation.bytes", use.waste],
		["allocator-rss.ratio", ratio(use.resident, use.used), true],
		["allocator-rss.bytes", use.resident - use.used],
		["rss-overhead.ratio", 1, true],
		["rss-overhead.bytes", 0],
		["fragmentation", ratio(use.resident, use.used), true],
		["fragmentation.bytes", use.resident - use.used],
	];
}

function ratio(part: number, whole: number): number {
	return whole > 0 ? part / whole : 0;
}

function mallocStats(call: Call, services: ServerServices): void {
	const lines = ["Memory of the data lies in segments: an index and a slab of entries each.", ""];
	for (const { index, table } of services.keyspace.databases) {
		if (table.count === 0) continue;
		const segments = table.segments();
		const slabs = segments.reduce((sum, { slab }) => sum + slab.length, 0);
		const inUse = segments.reduce((sum, { used }) => sum + used, 0);
		const { indexes, heaps } = table.overheadBytes();
		lines.push(
			`db${index}: keys ${table.count}, segments ${segments.length}`,
			`  indexes ${indexes}, slabs reserved ${slabs}, in use ${inUse}, dead ${table.garbageBytes}`,
			`  heaps of deadlines ${heaps}`,
			`  objects ${table.handles.count()}, bytes of objects ${table.handles.bytes}`,
		);
	}
	call.reply.verbatim("txt", `${lines.join("\n")}\n`);
}

function purge(call: Call, services: ServerServices): void {
	services.memory.purge();
	call.reply.ok();
}

function subcommand(name: string, summary: string, tips: readonly string[], run: (call: Call) => void): CommandRow {
	return { name, since: "4.0.0", group: "server", complexity: COMPLEXITY, summary, flags: 0, tips, run };
}

const COMPLEXITY = "O(N), N being the number of segments, one for some thousands of keys.";
const ASKED_EVERYWHERE = ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"];

export function memoryCommand(services: ServerServices): CommandRow {
	return {
		name: "memory",
		since: "4.0.0",
		group: "server",
		complexity: "Depends on the subcommand.",
		summary: "Holds the subcommands that tell what memory is used for.",
		flags: 0,
		subcommands: [
			subcommand("doctor", "Says what is remarkable about the server's memory.", ASKED_EVERYWHERE, (call) => {
				call.reply.verbatim("txt", memoryDiagnosis(memoryUse(services), services.clients.count()));
			}),
			{
				...subcommand("help", "Explains the subcommands.", [], help),
				complexity: "O(1)",
				flags: LOADING | STALE,
			},
			subcommand("malloc-stats", "Shows how the memory of the data is laid out.", ASKED_EVERYWHERE, (call) =>
				mallocStats(call, services),
			),
			subcommand(
				"purge",
				"Gives memory back to the system that is not needed.",
				["request_policy:all_shards", "response_policy:all_succeeded"],
				(call) => purge(call, services),
			),
			subcommand("stats", "Tells what the server's memory is used for.", ASKED_EVERYWHERE, (call) =>
				stats(call, services),
			),
			{
				...subcommand("usage", "Tells how many bytes a key takes with its value.", [], usage),
				complexity: "O(1)",
				flags: READONLY,
				args: [key("RO"), optional(integer("count", "SAMPLES"))],
			},
		],
	};
}
