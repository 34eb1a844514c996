/** The server group: the server as a whole, its configuration, and what it tells about itself. */
import type { Call } from "../dispatch/call.ts";
import { type CommandRow, FAST, LOADING, READONLY, STALE, WRITE } from "../dispatch/command.ts";
import { integer, many, oneOf, optional, since, string, token } from "../dispatch/grammar.ts";
import { infoText } from "../introspection/info.ts";
import { lolwutPicture, PICTURE_COLUMNS, PICTURE_ROWS } from "../introspection/lolwut.ts";
import {
	INDEX_OUT_OF_RANGE,
	INVALID_FIRST_DB_INDEX,
	INVALID_SECOND_DB_INDEX,
	NOT_AN_INTEGER,
	SYNTAX_ERROR,
} from "../resp/errors.ts";
import { commandCommand } from "./server/command.ts";
import { configCommand } from "./server/config.ts";
import { debugCommand } from "./server/debug.ts";
import { memoryCommand } from "./server/memory.ts";
import { saveCommands } from "./server/save.ts";
import type { ServerServices } from "./server/services.ts";
import { shutdownCommand } from "./server/shutdown.ts";

export type { ServerServices } from "./server/services.ts";

const INT32_MAX = 0x7fffffff;

function info(services: ServerServices, call: Call): void {
	const names: string[] = [];
	for (let i = 1; i < call.argc; i++) names.push(call.latin1(i));
	call.reply.verbatim("txt", infoText(services, names));
}

function dbsize(call: Call): void {
	call.reply.integer(call.database.table.count);
}

/** Both ways to free memory are the same here: an old table is let go as a whole. Replies an error for other words. */
function acceptsFlushMode(call: Call): boolean {
	const mode = call.argc === 2 ? call.latin1(1).toLowerCase() : "sync";
	if (call.argc <= 2 && (mode === "sync" || mode === "async")) return true;
	call.reply.error(SYNTAX_ERROR);
	return false;
}

function flushdb(call: Call): void {
	if (!acceptsFlushMode(call)) return;
	const { database, keyspace } = call;
	keyspace.changes.database(database.index, database.clear());
	if (call.effects.isOn) call.tellWords();
	call.reply.ok();
}

function flushall({ persistence }: ServerServices, call: Call): void {
	if (!acceptsFlushMode(call)) return;
	const { keyspace } = call;
	keyspace.changes.dirty += keyspace.clear();
	// The save that follows takes the count of changes back, by which others see that there is an effect.
	if (call.effects.isOn) call.tellWords();
	persistence.saves.flushed();
	call.reply.ok();
}

/** Clients stay with the numbers of their databases, and so see each other's data afterwards. */
function swapdb(call: Call): void {
	const { keyspace, reply } = call;
	const first = call.integer(1);
	if (!isInt32(first)) return reply.error(INVALID_FIRST_DB_INDEX);
	const second = call.integer(2);
	if (!isInt32(second)) return reply.error(INVALID_SECOND_DB_INDEX);
	const { databases } = keyspace;
	if (databases[first] === undefined || databases[second] === undefined) return reply.error(INDEX_OUT_OF_RANGE);
	keyspace.changes.dirty++;
	if (first !== second) {
		keyspace.swap(first, second);
		keyspace.changes.database(first, 0, false);
		keyspace.changes.database(second, 0, false);
	}
	reply.ok();
}

function isInt32(value: number): boolean {
	return value >= -INT32_MAX - 1 && value <= INT32_MAX;
}

function time(services: ServerServices, call: Call): void {
	const now_us = services.adapters.clock.now_us();
	call.reply.array(2);
	call.reply.bulkInteger(Math.floor(now_us / 1e6));
	call.reply.bulkInteger(now_us % 1e6);
}

/** VERSION 5 and 6 take the size of the picture, as theirs do in Redis; other words mean nothing. */
function lolwut(services: ServerServices, call: Call): void {
	const hasVersion = call.argc >= 3 && call.latin1(1).toLowerCase() === "version";
	const version = hasVersion ? call.integer(2) : 0;
	if (Number.isNaN(version)) return call.reply.error(NOT_AN_INTEGER);
	const size: number[] = [];
	const sizesMax = version === 5 ? 3 : version === 6 ? 2 : 0;
	for (let i = 3; i < Math.min(call.argc, 3 + sizesMax); i++) size.push(call.integer(i));
	if (size.some(Number.isNaN)) return call.reply.error(NOT_AN_INTEGER);
	const [columns = PICTURE_COLUMNS, rows = PICTURE_ROWS] = size;
	const picture = lolwutPicture(call.keyspace.random, columns, rows);
	call.reply.verbatim("txt", `${picture}\nRedis ver. ${services.version}\n`);
}

const flushMode = optional(oneOf("async", since("4.0.0", token("async")), since("6.2.0", token("sync"))));
const flushHistory = [
	["4.0.0", "Takes `ASYNC`."],
	["6.2.0", "Takes `SYNC`."],
] as const;

const keyspaceCommands = (services: ServerServices): readonly CommandRow[] => [
	{
		name: "dbsize",
		since: "1.0.0",
		group: "server",
		complexity: "O(1)",
		summary: "Counts the keys of the database.",
		flags: READONLY | FAST,
		categories: ["keyspace"],
		tips: ["request_policy:all_shards", "response_policy:agg_sum"],
		run: dbsize,
	},
	{
		name: "flushdb",
		since: "1.0.0",
		group: "server",
		complexity: "O(N), N being the number of keys of the database.",
		summary: "Removes every key of the database.",
		flags: WRITE,
		categories: ["keyspace", "dangerous"],
		tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
		history: flushHistory,
		args: [flushMode],
		run: flushdb,
	},
	{
		name: "flushall",
		since: "1.0.0",
		group: "server",
		complexity: "O(N), N being the number of keys of all databases.",
		summary: "Removes every key of every database.",
		flags: WRITE,
		categories: ["keyspace", "dangerous"],
		tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
		history: flushHistory,
		args: [flushMode],
		run: (call) => flushall(services, call),
	},
	{
		name: "swapdb",
		since: "4.0.0",
		group: "server",
		complexity: "O(N), N being the number of clients that watch or wait for keys of the two.",
		summary: "Exchanges the contents of two databases.",
		flags: WRITE | FAST,
		categories: ["keyspace", "dangerous"],
		args: [integer("index1"), integer("index2")],
		run: swapdb,
	},
];

export function serverCommands(services: ServerServices): readonly CommandRow[] {
	return [
		commandCommand(services),
		configCommand(services),
		debugCommand(services),
		{
			name: "info",
			since: "1.0.0",
			group: "server",
			complexity: "O(1)",
			summary: "Tells what the server is and does, in numbers.",
			flags: LOADING | STALE,
			categories: ["dangerous"],
			tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
			history: [["7.0.0", "Takes several sections."]],
			args: [optional(many(string("section")))],
			run: (call) => info(services, call),
		},
		...saveCommands(services),
		{
			name: "lolwut",
			since: "5.0.0",
			group: "server",
			complexity: "",
			summary: "Draws a picture and tells the version.",
			flags: READONLY | FAST,
			args: [optional(integer("version", "VERSION"))],
			run: (call) => lolwut(services, call),
		},
		memoryCommand(services),
		shutdownCommand(services),
		{
			name: "time",
			since: "2.6.0",
			group: "server",
			complexity: "O(1)",
			summary: "Tells the time of the server.",
			flags: LOADING | STALE | FAST,
			tips: ["nondeterministic_output"],
			run: (call) => time(services, call),
		},
		...keyspaceCommands(services),
	];
}
