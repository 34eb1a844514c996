/** Looking for keys: all that match a pattern, a random one, or a few at a time. */
import { globMatch } from "../../bytes/glob.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, READONLY } from "../../dispatch/command.ts";
import { integer, optional, pattern as patternArgument, string } from "../../dispatch/grammar.ts";
import { TYPE_MASK } from "../../memory/entry.ts";
import { INVALID_CURSOR } from "../../resp/errors.ts";
import { typeName } from "../../types/type.ts";
import { cursorFrom, SCAN_TYPE, ScanOptions, takesAll } from "../scan-options.ts";

const options = new ScanOptions();

function keys(call: Call): void {
	const { reply, database, bytes } = call;
	const { table } = database;
	const mark = reply.length;
	const start = call.start(1);
	const end = call.end(1);
	const all = takesAll(call, 1);
	let found = 0;
	table.forEach((segment, offset) => {
		table.loadKeyOf(segment, offset);
		const matches = all || globMatch(bytes, start, end, table.keyBytes, table.keyFrom, table.keyTo, false);
		if (!matches || database.isExpired(segment, offset)) return;
		reply.bulk(table.keyBytes, table.keyFrom, table.keyTo - table.keyFrom);
		found++;
	});
	const written = reply.length;
	reply.array(found);
	reply.bringForward(written, mark);
}

function randomkey(call: Call): void {
	const { reply, database } = call;
	if (!database.findRandom()) return reply.null();
	const { table } = database;
	table.loadKey();
	reply.bulk(table.keyBytes, table.keyFrom, table.keyTo - table.keyFrom);
}

function scan(call: Call): void {
	const { reply, database, keyspace } = call;
	const { table } = database;
	const cursor = cursorFrom(call, 1);
	if (Number.isNaN(cursor)) return reply.error(INVALID_CURSOR);
	if (!options.read(call, 2, SCAN_TYPE)) return;
	const type = options.type === 0 ? "" : call.latin1(options.type).toLowerCase();
	const expired: Uint8Array[] = [];
	reply.array(2);
	const mark = reply.length;
	let found = 0;
	const next = table.scan(cursor, options.count, (segment, offset) => {
		table.loadKeyOf(segment, offset);
		if (!options.matches(call, table.keyBytes, table.keyFrom, table.keyTo)) return;
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
