/**
 * Giving a value another key, or another database. All of it goes through one CarriedValue, so the type of the value
 * never matters here.
 */
import { bytesOf, equalBytes } from "../../bytes/ascii.ts";
import { isInt64 } from "../../bytes/int64.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, DENYOOM, FAST, WRITE } from "../../dispatch/command.ts";
import { integer, key, optional, token } from "../../dispatch/grammar.ts";
import { CarriedValue } from "../../keyspace/carried-value.ts";
import { EVENT_GENERIC } from "../../keyspace/change.ts";
import type { Database } from "../../keyspace/database.ts";
import {
	INDEX_OUT_OF_RANGE,
	INT32_OUT_OF_RANGE,
	NO_SUCH_KEY,
	NOT_AN_INTEGER,
	SAME_OBJECT,
	SYNTAX_ERROR,
} from "../../resp/errors.ts";

const DB = bytesOf("db");
const REPLACE = bytesOf("replace");
const INT32_MAX = 0x7fffffff;

const carried = new CarriedValue();

function isSameKey(call: Call, one: number, other: number): boolean {
	const length = call.length(one);
	return (
		length === call.length(other) && equalBytes(call.bytes, call.start(one), call.bytes, call.start(other), length)
	);
}

/** Finds the key named by an argument in a database that need not be the client's. */
function findIn(database: Database, call: Call, argument: number): boolean {
	const start = call.start(argument);
	const length = call.length(argument);
	return database.findForWrite(call.bytes, start, length, database.hash(call.bytes, start, length));
}

/** Stores the carried value under the key named by an argument, in place of what is there. */
function storeAt(database: Database, call: Call, argument: number): void {
	findIn(database, call, argument);
	carried.store(database);
}

/** Gives the value at the cursor, which is on the key of argument 1, the key of argument 2. */
function renameAtCursor(call: Call): void {
	const { database } = call;
	carried.take(database.table);
	database.forget();
	storeAt(database, call, 2);
	call.changed(1, EVENT_GENERIC, "rename_from");
	call.alsoChanged(2, EVENT_GENERIC, "rename_to");
}

function rename(call: Call): void {
	if (!call.findForWrite(1)) return call.reply.error(NO_SUCH_KEY);
	if (!isSameKey(call, 1, 2)) renameAtCursor(call);
	call.reply.ok();
}

function renamenx(call: Call): void {
	if (!call.findForWrite(1)) return call.reply.error(NO_SUCH_KEY);
	if (isSameKey(call, 1, 2) || call.findForWrite(2)) return call.reply.integer(0);
	call.peek(1);
	renameAtCursor(call);
	call.reply.integer(1);
}

/** The database whose number is in an argument; null after an error was replied. */
function databaseFrom(call: Call, argument: number): Database | null {
	const { bytes, reply } = call;
	const index = call.integer(argument);
	const found = call.keyspace.databases[index];
	if (found !== undefined) return found;
	if (index >= -INT32_MAX - 1 && index <= INT32_MAX) reply.error(INDEX_OUT_OF_RANGE);
	else if (isInt64(bytes, call.start(argument), call.end(argument))) reply.error(INT32_OUT_OF_RANGE);
	else reply.error(NOT_AN_INTEGER);
	return null;
}

function move(call: Call): void {
	const { database, reply } = call;
	const target = databaseFrom(call, 2);
	if (target === null) return;
	if (target === database) return reply.error(SAME_OBJECT);
	if (!call.findForWrite(1) || findIn(target, call, 1)) return reply.integer(0);
	carried.take(database.table);
	database.forget();
	carried.store(target);
	call.changed(1, EVENT_GENERIC, "move_from");
	call.keyspace.changes.keyEvent(target.index, call.bytes, call.start(1), call.length(1), EVENT_GENERIC, "move_to");
	reply.integer(1);
}

function copy(call: Call): void {
	const { database, reply } = call;
	let target = database;
	let replaces = false;
	for (let i = 3; i < call.argc; i++) {
		if (call.is(i, REPLACE)) replaces = true;
		else if (call.is(i, DB) && i + 1 < call.argc) {
			const named = databaseFrom(call, ++i);
			if (named === null) return;
			target = named;
		} else return reply.error(SYNTAX_ERROR);
	}
	if (target === database && isSameKey(call, 1, 2)) return reply.error(SAME_OBJECT);
	if (!call.findForRead(1)) return reply.integer(0);
	carried.take(database.table);
	if (!replaces && findIn(target, call, 2)) return reply.integer(0);
	carried.detach();
	storeAt(target, call, 2);
	call.keyspace.changes.key(target.index, call.bytes, call.start(2), call.length(2), EVENT_GENERIC, "copy_to");
	reply.integer(1);
}

export const moveCommands: readonly CommandRow[] = [
	{
		name: "rename",
		since: "1.0.0",
		group: "generic",
		complexity: "O(1)",
		summary: "Gives a value another key, in place of what is there.",
		flags: WRITE,
		args: [key("RW ACCESS DELETE"), key("OW UPDATE", "newkey")],
		run: rename,
	},
	{
		name: "renamenx",
		since: "1.0.0",
		group: "generic",
		complexity: "O(1)",
		summary: "Gives a value another key where that one is free.",
		flags: WRITE | FAST,
		args: [key("RW ACCESS DELETE"), key("OW INSERT", "newkey")],
		history: [["3.2.0", "The same key twice is no error any more."]],
		run: renamenx,
	},
	{
		name: "move",
		since: "1.0.0",
		group: "generic",
		complexity: "O(1)",
		summary: "Moves a key to another database where it is free there.",
		flags: WRITE | FAST,
		args: [key("RW ACCESS UPDATE"), integer("db")],
		run: move,
	},
	{
		name: "copy",
		since: "6.2.0",
		group: "generic",
		complexity: "O(N) for collections, N being their number of members; O(1) for strings.",
		summary: "Copies a value to another key.",
		flags: WRITE | DENYOOM,
		args: [
			key("RO ACCESS", "source"),
			key("OW UPDATE", "destination"),
			optional(integer("destination-db", "DB")),
			optional(token("replace")),
		],
		run: copy,
	},
];
