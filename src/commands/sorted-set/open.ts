/**
 * The one sorted set that commands of a single key have open at a time, and how they open it: the one at key 1, unless
 * they say otherwise.
 */
import type { Call } from "../../dispatch/call.ts";
import { EVENT_GENERIC, EVENT_SORTED_SET } from "../../keyspace/change.ts";
import { WRONG_TYPE } from "../../resp/errors.ts";
import { SortedSet } from "../../types/sorted-set.ts";
import { SORTED_SET } from "../../types/type.ts";

export const sortedSet = new SortedSet();

/** Where there is no key the set is an empty one. False after an error: the key holds something else. */
export function openForRead(call: Call): boolean {
	if (!isSortedSet(call, call.findForRead(1))) return false;
	sortedSet.open(call.database);
	return true;
}

/** The same to change it. Behind changes `closeChanged` has to follow. */
export function openForWrite(call: Call, argument = 1): boolean {
	if (!isSortedSet(call, call.findForWrite(argument))) return false;
	sortedSet.openForWrite(call.database, call.keyspace.limits);
	return true;
}

function isSortedSet(call: Call, isFound: boolean): boolean {
	if (!isFound || call.database.type() === SORTED_SET) return true;
	call.reply.error(WRONG_TYPE);
	return false;
}

/** Closes the set behind so many changes, at least one, and announces them as one event. */
export function closeChanged(call: Call, changes: number, event: string, argument = 1): void {
	const isGone = sortedSet.close();
	call.changed(argument, EVENT_SORTED_SET, event);
	if (isGone) call.alsoChanged(argument, EVENT_GENERIC, "del");
	call.keyspace.changes.dirty += changes - 1;
}
