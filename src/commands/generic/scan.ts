/** Looking for keys: all that match a pattern, a random one, or a few at a time. */
import { bytesOf } from "../../bytes/ascii.ts";
import { globMatch } from "../../bytes/glob.ts";
import { isInt64 } from "../../bytes/int64.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, READONLY } from "../../dispatch/command.ts";
import { integer, optional, pattern as patternArgument, string } from "../../dispatch/grammar.ts";
import { TYPE_MASK } from "../../memory/entry.ts";
import type { Table } from "../../memory/table.ts";
import { INVALID_CURSOR, NOT_AN_INTEGER, SYNTAX_ERROR } from "../../resp/errors.ts";
import { typeName } from "../../types/type.ts";

const MATCH = bytesOf("match");
const COUNT = bytesOf("count");
const TYPE = bytesOf("type");

const STAR = 0x2a;
const DEFAULT_COUNT = 10;
const CURSOR_MAX = 2n ** 64n - 1n;

/** Whether an argument is the pattern of a single star, which takes every key, even the empty one. */
function takesAll(call: Call, argument: number): boolean {
	return call.length(argument) === 1 && call.bytes[call.start(argument)] === STAR;
}

/** Whether the key that was loaded last matches the pattern in an argument; argument 0 stands for no pattern. */
function keyMatches(call: Call, argument: number, table: Table): boolean {
	if (argument === 0) return true;
	const { bytes } = call;
	return globMatch(bytes, call.start(argument), call.end(argument), table.keyBytes, table.keyFrom, table.keyTo, false);
}

function keys(call: Call): void {
	const { reply, database } = call;
	const { table } = database;
	const mark = reply.length;
	const pattern = takesAll(call, 1) ? 0 : 1;
	let found = 0;
	table.forEach((segment, offset) => {
		table.loadKeyOf(segment, offset);
		if (!keyMatches(call, pattern, table) || database.isExpired(segment, offset)) return;
		reply.bulk(table.keyBytes, table.keyFrom, table.keyTo - table.keyFrom);
		found++;
	});
	const end = reply.length;
	reply.array(found);
	reply.bringForward(end, mark);
}

function randomkey(call: Call): void {
	const { reply, database } = call;
	if (!database.findRandom()) return reply.null();
	const { table } = database;
	table.loadKey();
	reply.bulk(table.keyBytes, table.keyFrom, table.keyTo - table.keyFrom);
}

interface ScanOptions {
	/** Arguments, 0 for none. */
	pattern: number;
	type: number;
	count: number;
}

/** Null after an error was replied. */
function scanOptionsFrom(call: Call): ScanOptions | null {
	const options: ScanOptions = { pattern: 0, type: 0, count: DEFAULT_COUNT };
	for (let i = 2; i < call.argc; i += 2) {
		const value = i + 1;
		if (value === call.argc) return fail(call, SYNTAX_ERROR);
		if (call.is(i, COUNT)) {
			if (!isInt64(call.bytes, call.start(value), call.end(value))) return fail(call, NOT_AN_INTEGER);
			options.count = Number(call.latin1(value));
			if (options.count < 1) return fail(call, SYNTAX_ERROR);
		} else if (call.is(i, MATCH)) options.pattern = takesAll(call, value) ? 0 : value;
		else if (call.is(i, TYPE)) options.type = value;
		else return fail(call, SYNTAX_ERROR);
	}
	return options;
}

function fail(call: Call, error: string): null {
	call.reply.error(error);
	return null;
}

/**
 * A cursor is any text that C's strtoul takes whole, up to a zero byte, but for leading blanks. Ours are 32 bits wide; of
 * a wider one, which we never hand out, the low bits count. NaN where it is none.
 */
function cursorFrom(call: Call, argument: number): number {
	const match = /^(?:([-+]?)(\d+))?(?:\0|$)/.exec(call.latin1(argument));
	if (match === null) return Number.NaN;
	const [, sign = "", digits = "0"] = match;
	const magnitude = BigInt(digits);
	if (magnitude > CURSOR_MAX) return Number.NaN;
	return Number(BigInt.asUintN(32, sign === "-" ? -magnitude : magnitude));
}

function scan(call: Call): void {
	const { reply, database, keyspace } = call;
	const { table } = database;
	const cursor = cursorFrom(call, 1);
	if (Number.isNaN(cursor)) return reply.error(INVALID_CURSOR);
	const options = scanOptionsFrom(call);
	if (options === null) return;
	const type = options.type === 0 ? "" : call.latin1(options.type).toLowerCase();
	const expired: Uint8Array[] = [];
	reply.array(2);
	const mark = reply.length;
	let found = 0;
	const next = table.scan(cursor, options.count, (segment, offset) => {
		table.loadKeyOf(segment, offset);
		if (!keyMatches(call, options.pattern, table)) return;
		const isExpired = database.isExpired(segment, offset);
		if (options.type !== 0) {
			// To look at the type is to look the key up.
			if (isExpired) keyspace.misses++;
			else keyspace.hits++;
		}
		if (isExpired) expired.push(table.keyBytes.slice(table.keyFrom, table.keyTo));
		else if (options.type === 0 || typeName(segment.slab[offset]! & TYPE_MASK) === type) {
			reply.bulk(table.keyBytes, table.keyFrom, table.keyTo - table.keyFrom);
			found++;
		}
	});
	// To find one is to remove it, which had to wait for the end of the walk.
	for (const key of expired) database.peek(key, 0, key.length, database.hash(key, 0, key.length));
	const end = reply.length;
	reply.bulkInteger(next);
	reply.array(found);
	reply.bringForward(end, mark);
}

export const scanCommands: readonly CommandRow[] = [
	{
		name: "keys",
		since: "1.0.0",
		group: "generic",
		complexity: "O(N), N being the number of keys in the database.",
		summary: "Lists all keys that match a pattern.",
		flags: READONLY,
		categories: ["dangerous"],
		args: [patternArgument("pattern")],
		tips: ["request_policy:all_shards", "nondeterministic_output_order"],
		run: keys,
	},
	{
		name: "randomkey",
		since: "1.0.0",
		group: "generic",
		complexity: "O(1)",
		summary: "Picks a key at random.",
		flags: READONLY,
		tips: ["request_policy:all_shards", "nondeterministic_output"],
		run: randomkey,
	},
	{
		name: "scan",
		since: "2.8.0",
		group: "generic",
		complexity: "O(1) a call, O(N) for a whole iteration until the cursor is 0 again, N being the number of keys.",
		summary: "Lists the keys a few at a time.",
		flags: READONLY,
		args: [
			integer("cursor"),
			optional(patternArgument("pattern", "MATCH")),
			optional(integer("count", "COUNT")),
			optional(string("type", "TYPE"), "6.0.0"),
		],
		tips: ["nondeterministic_output", "request_policy:special"],
		history: [["6.0.0", "`TYPE` came."]],
		run: scan,
	},
];
