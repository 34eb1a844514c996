/** Sorted sets as results: stored under a key of their own. And ZRANGESTORE, which stores a range of one. */
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, DENYOOM, WRITE } from "../../dispatch/command.ts";
import { block, integer, key, oneOf, optional, string, token, withToken } from "../../dispatch/grammar.ts";
import { EVENT_GENERIC, EVENT_SORTED_SET } from "../../keyspace/change.ts";
import { WRONG_TYPE } from "../../resp/errors.ts";
import { SortedSet } from "../../types/sorted-set.ts";
import { SORTED_SET } from "../../types/type.ts";
import { sortedSet } from "./open.ts";
import { BY_ANY, EITHER_WAY, Selection } from "./selection.ts";

/**
 * Stores a set that was begun under the key named by an argument, in place of what is there, or removes the key where the
 * set has no members; replies with how many it has. Counts as so many changes.
 */
export function storeResult(call: Call, set: SortedSet, argument: number, event: string, changes: number): void {
	const { count } = set;
	const isThere = call.findForWrite(argument);
	if (count > 0) {
		set.store(call.database, call.keyspace.limits);
		call.changed(argument, EVENT_SORTED_SET, event);
		call.keyspace.changes.dirty += changes - 1;
	} else if (isThere) {
		call.database.remove();
		call.changed(argument, EVENT_GENERIC, "del");
	}
	call.reply.integer(count);
}

const selection = new Selection();
const result = new SortedSet();

function zrangestore(call: Call): void {
	if (!selection.read(call, 3, BY_ANY, EITHER_WAY, false)) return;
	if (call.findForRead(2) && call.database.type() !== SORTED_SET) return call.reply.error(WRONG_TYPE);
	sortedSet.open(call.database);
	selection.locate(sortedSet);
	copySelection(call);
	storeResult(call, result, 1, "zrangestore", 1);
}

/**
 * Copies the members meant to `result`. It shows that Redis begins with a listpack, unless it knows that there are too many
 * members: what comes before it is given up loses the sign of minus zero.
 */
function copySelection({ database, keyspace }: Call): void {
	const { rank, count, isReverse } = selection;
	const { sortedSetEntries, sortedSetValueBytes } = keyspace.limits;
	let isListpack = count <= sortedSetEntries || !selection.isByRank();
	result.begin(database.table);
	let there = count > 0 && sortedSet.seek(rank);
	for (let copied = 0; there && copied < count; copied++) {
		const { bytes, start, length, score } = sortedSet;
		isListpack &&= copied < sortedSetEntries && length <= sortedSetValueBytes;
		result.add(bytes, start, length, isListpack ? score + 0 : score);
		there = isReverse ? sortedSet.previous() : sortedSet.next();
	}
}

export const storeCommands: readonly CommandRow[] = [
	{
		name: "zrangestore",
		since: "6.2.0",
		group: "sorted-set",
		complexity: "O(log(N)+M*log(M)), N being how many members the set has and M how many are stored.",
		summary: "Stores a range of members, by rank, score or bytes, as a sorted set of their own.",
		flags: WRITE | DENYOOM,
		args: [
			key("OW UPDATE", "dst"),
			key("RO ACCESS", "src"),
			string("min"),
			string("max"),
			optional(oneOf("sortby", token("byscore"), token("bylex"))),
			optional(token("rev")),
			optional(withToken("LIMIT", block("offset_count", integer("offset"), integer("count")))),
		],
		run: zrangestore,
	},
];
