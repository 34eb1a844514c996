/** DEBUG: what tests and developers ask of a server. */
import { bytesOf } from "../../bytes/ascii.ts";
import { readMemory } from "../../config/simple-types.ts";
import type { Call } from "../../dispatch/call.ts";
import { ADMIN, type CommandRow, LOADING, NOSCRIPT, PROTECTED, STALE } from "../../dispatch/command.ts";
import {
	NOT_AN_INTEGER,
	OUT_OF_RANGE_DATABASE,
	PACKED_THRESHOLD,
	unknownSubcommandOrArity,
} from "../../resp/errors.ts";
import { digestOfAll, digestOfValues } from "./debug-digest.ts";
import { describeObject } from "./debug-object.ts";
import { populate } from "./debug-populate.ts";
import { replyProtocol } from "./debug-protocol.ts";
import { loadAppendOnly, reload } from "./debug-reload.ts";
import type { ServerServices } from "./services.ts";

const HELP = [
	"DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
	"CHANGE-REPL-ID",
	"    Take another name for the history of the data.",
	"DIGEST",
	"    Tell a hash of all data, the same wherever the same data is.",
	"DIGEST-VALUE [<key> ...]",
	"    Tell such a hash of each value.",
	"ERROR <text>",
	"    Reply with this error.",
	"HTSTATS <database>",
	"    Tell how the table of a database is filled.",
	"LOADAOF",
	"    Load the append-only files, in place of all data.",
	"LOG <message>",
	"    Write a line to the log.",
	"OBJECT <key> [FAST]",
	"    Tell how a value is kept, with FAST without what takes time to find out.",
	"POPULATE <count> [<prefix>] [<size>]",
	"    Make strings key:0, key:1 and so on, of this size where one is given. Keys that exist stay as they are.",
	"PROTOCOL <type>",
	"    Reply with an example of a type: string, integer, double, bignum, null, array, set, map, attrib, push,",
	"    verbatim, true, false.",
	"QUICKLIST-PACKED-THRESHOLD <size>",
	"    Accepted for test suites.",
	"RELOAD [MERGE] [NOFLUSH] [NOSAVE]",
	"    Save the snapshot and load it again, in place of all data. NOSAVE loads the one that is there, NOFLUSH adds",
	"    to the data, and with MERGE takes the place of keys of the same name.",
	"SET-ACTIVE-EXPIRE <0|1>",
	"    Switch off and on that expired keys are removed before somebody asks for them.",
	"SLEEP <seconds>",
	"    Do nothing for so long, not even serve other clients.",
	"HELP",
	"    Print this help.",
];

/** Numbers of words, DEBUG included, and what to do with them. */
interface Subcommand {
	readonly argcMin: number;
	readonly argcMax: number;
	readonly run: (call: Call, services: ServerServices) => void;
}

const subcommands: ReadonlyMap<string, Subcommand> = new Map([
	["change-repl-id", subcommand(2, 2, changeReplicationId)],
	["digest", subcommand(2, 2, digestOfAll)],
	["digest-value", subcommand(2, Number.POSITIVE_INFINITY, digestOfValues)],
	["error", subcommand(3, 3, replyError)],
	["help", subcommand(2, 2, help)],
	["htstats", subcommand(3, 3, tableStatistics)],
	["loadaof", subcommand(2, 2, loadAppendOnly)],
	["log", subcommand(3, 3, log)],
	["object", subcommand(3, 4, describeObject)],
	["populate", subcommand(3, 5, populate)],
	["protocol", subcommand(3, 3, replyProtocol)],
	["quicklist-packed-threshold", subcommand(3, 3, setPackedThreshold)],
	["reload", subcommand(2, Number.POSITIVE_INFINITY, reload)],
	["set-active-expire", subcommand(3, 3, setActiveExpire)],
	["sleep", subcommand(3, 3, sleep)],
]);

function subcommand(argcMin: number, argcMax: number, run: Subcommand["run"]): Subcommand {
	return { argcMin, argcMax, run };
}

function debug(services: ServerServices, call: Call): void {
	const name = call.latin1(1);
	const found = subcommands.get(name.toLowerCase());
	if (found !== undefined && call.argc >= found.argcMin && call.argc <= found.argcMax) found.run(call, services);
	else call.reply.error(unknownSubcommandOrArity(name.slice(0, 128), "debug"));
}

function help(call: Call): void {
	call.reply.array(HELP.length);
	for (const line of HELP) call.reply.simple(line);
}

function changeReplicationId(call: Call, services: ServerServices): void {
	services.log.notice("Changing replication IDs after receiving change-repl-id");
	services.replication.history.begin();
	call.reply.ok();
}

/** Written as it is, so that it counts as an error nowhere. */
function replyError(call: Call): void {
	const line = bytesOf(`-${call.utf8(2).replace(/[\r\n]/g, " ")}\r\n`);
	call.reply.raw(line, 0, line.length);
}

function log(call: Call, services: ServerServices): void {
	services.log.warning(`DEBUG LOG: ${call.utf8(2)}`);
	call.reply.ok();
}

/** Anything that is no number is zero. */
function sleep(call: Call, { adapters }: ServerServices): void {
	const seconds = Number.parseFloat(call.latin1(2));
	if (seconds > 0 && seconds < Number.POSITIVE_INFINITY) adapters.host.sleep(seconds * 1000);
	call.reply.ok();
}

function setActiveExpire(call: Call): void {
	call.keyspace.activeExpire = Number.parseInt(call.latin1(2), 10) > 0;
	call.reply.ok();
}

/** Lists have no plain nodes, so there is nothing to set. */
function setPackedThreshold(call: Call): void {
	const bytes = readMemory(call.latin1(2));
	if (bytes === undefined || bytes >= 2n ** 32n) call.reply.error(PACKED_THRESHOLD);
	else call.reply.ok();
}

function tableStatistics(call: Call): void {
	const index = call.integer(2);
	if (Number.isNaN(index)) return call.reply.error(NOT_AN_INTEGER);
	const database = call.keyspace.databases[index];
	if (database === undefined) return call.reply.error(OUT_OF_RANGE_DATABASE);
	const { table } = database;
	call.reply.verbatim(
		"txt",
		`[Dictionary HT]\n number of segments: ${table.segmentCount()}\n number of elements: ${table.count}\n` +
			` bytes: ${table.bytesUsed()}\n[Expires HT]\n number of elements: ${table.deadlineCount}\n`,
	);
}

export function debugCommand(services: ServerServices): CommandRow {
	return {
		name: "debug",
		since: "1.0.0",
		group: "server",
		complexity: "Depends on the subcommand.",
		summary: "Holds the subcommands for tests and developers.",
		flags: ADMIN | NOSCRIPT | LOADING | STALE | PROTECTED,
		systemCommand: true,
		arity: -2,
		run: (call) => debug(services, call),
	};
}
