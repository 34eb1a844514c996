/** OBJECT: what can be told of a key beside its value. None of it counts as an access. */
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, LOADING, READONLY, STALE } from "../../dispatch/command.ts";
import { key } from "../../dispatch/grammar.ts";
import { KIND_MARKS } from "../../memory/entry.ts";
import type { Table } from "../../memory/table.ts";
import { LFU_POLICY, NO_LFU_POLICY } from "../../resp/errors.ts";
import { encodingOf } from "../../types/encoding.ts";
import { StringView } from "../../types/string.ts";
import { STRING } from "../../types/type.ts";

export interface ObjectServices {
	/** Whether maxmemory-policy is one that counts accesses; stamps are counters then, and not access times. */
	isLfuPolicy(): boolean;
	/** Whether Redis would share small integers: not where eviction needs an access time, or a counter, of each value. */
	sharesIntegers(): boolean;
}

/** Where it may, Redis keeps one object each for the integers from 0 to 9999 and gives it out as often as wanted. */
const SHARED_INTEGER_DIGITS = 4;
const MINUS = 0x2d;
const SHARED_REFERENCES = 0x7fffffff;

const HELP = [
	"OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
	"ENCODING <key>",
	"    Name the form in which the value is kept.",
	"FREQ <key>",
	"    Tell the logarithmic counter of accesses, where the eviction policy is LFU.",
	"IDLETIME <key>",
	"    Tell for how many seconds the key was not used.",
	"REFCOUNT <key>",
	"    Tell how many references to the value there are.",
	"HELP",
	"    Print this help.",
];

const view = new StringView();

function encoding(call: Call): void {
	if (!call.findUnnoticed(2)) return call.reply.null();
	call.reply.bulkText(encodingOf(call.database.table));
}

/** Of the value at the cursor. */
function isSmallInteger(table: Table): boolean {
	if (table.type() !== STRING || (table.kind() & KIND_MARKS) !== 0) return false;
	view.load(table);
	return encodingOf(table) === "int" && view.length <= SHARED_INTEGER_DIGITS && view.bytes[view.start] !== MINUS;
}

function help(call: Call): void {
	call.reply.array(HELP.length);
	for (const line of HELP) call.reply.simple(line);
}

export function objectCommand(services: ObjectServices): CommandRow {
	function refcount(call: Call): void {
		if (!call.findUnnoticed(2)) return call.reply.null();
		const isShared = isSmallInteger(call.database.table) && services.sharesIntegers();
		call.reply.integer(isShared ? SHARED_REFERENCES : 1);
	}

	function idletime(call: Call): void {
		if (!call.findUnnoticed(2)) return call.reply.null();
		if (services.isLfuPolicy()) return call.reply.error(LFU_POLICY);
		call.reply.integer(call.keyspace.idle_s(call.database.table.stamp()));
	}

	function freq(call: Call): void {
		if (!call.findUnnoticed(2)) return call.reply.null();
		if (!services.isLfuPolicy()) return call.reply.error(NO_LFU_POLICY);
		call.reply.integer(call.keyspace.frequency.counter(call.database.table.stamp()));
	}

	return {
		name: "object",
		since: "2.2.3",
		group: "generic",
		complexity: "Depends on the subcommand.",
		summary: "Holds the subcommands that look at a key's value from outside.",
		flags: 0,
		subcommands: [
			subcommand("encoding", "2.2.3", "Names the form in which a value is kept.", encoding),
			subcommand("freq", "4.0.0", "Tells the logarithmic counter of accesses to a key.", freq),
			{
				name: "help",
				since: "6.2.0",
				group: "generic",
				complexity: "O(1)",
				summary: "Explains the subcommands.",
				flags: LOADING | STALE,
				run: help,
			},
			subcommand("idletime", "2.2.3", "Tells for how many seconds a key was not used.", idletime),
			subcommand("refcount", "2.2.3", "Tells how many references to a value there are.", refcount),
		],
	};
}

function subcommand(name: string, since: string, summary: string, run: (call: Call) => void): CommandRow {
	return {
		name,
		since,
		group: "generic",
		complexity: "O(1)",
		summary,
		flags: READONLY,
		args: [key("RO")],
		tips: ["nondeterministic_output"],
		run,
	};
}
