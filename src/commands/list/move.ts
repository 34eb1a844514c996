import { equalBytes } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, DENYOOM, WRITE } from "../../dispatch/command.ts";
import { key } from "../../dispatch/grammar.ts";
import { EVENT_GENERIC, EVENT_LIST } from "../../keyspace/change.ts";
import { WRONG_TYPE } from "../../resp/errors.ts";
import { HEAD, TAIL } from "../../types/list.ts";
import { LIST } from "../../types/type.ts";
import { list, openList, popEvent, pushEvent } from "./opened.ts";
import { endFrom, side } from "./sides.ts";

const LINE_END_BYTES = 2;

/**
 * Moves an element from the list at key 1, which was looked up and exists, to the one at key 2, and replies it. The element
 * is pushed from the reply: what it lay in before may change on the way.
 */
export function moveElement(call: Call, from: boolean, to: boolean): void {
	const { reply, database } = call;
	if (!openList(call, true)) return;
	const mark = reply.length;
	list.seekEnd(from);
	const { length } = list;
	reply.bulk(list.bytes, list.start, length);
	if (isSameKey(call)) list.drop(from, 1);
	else {
		list.close();
		if (call.findForWrite(2) && database.type() !== LIST) {
			reply.truncate(mark);
			return reply.error(WRONG_TYPE);
		}
		list.open(database, call.keyspace.limits);
	}
	list.append(to, reply.bytes, reply.length - LINE_END_BYTES - length, length);
	list.close();
	call.changed(2, EVENT_LIST, pushEvent(to));
	const isGone = !isSameKey(call) && dropMoved(call, from);
	call.alsoChanged(1, EVENT_LIST, popEvent(from));
	if (isGone) call.alsoChanged(1, EVENT_GENERIC, "del");
}

/** Takes the element off the list at key 1; returns whether that was the last. */
function dropMoved(call: Call, from: boolean): boolean {
	call.peek(1);
	list.open(call.database, call.keyspace.limits);
	list.drop(from, 1);
	return list.close();
}

function isSameKey(call: Call): boolean {
	const length = call.length(1);
	return length === call.length(2) && equalBytes(call.bytes, call.start(1), call.bytes, call.start(2), length);
}

function lmove(call: Call): void {
	const from = endFrom(call, 3);
	const to = from === null ? null : endFrom(call, 4);
	if (from === null || to === null) return;
	if (call.findForWrite(1)) moveElement(call, from, to);
	else call.reply.null();
}

function rpoplpush(call: Call): void {
	if (call.findForWrite(1)) moveElement(call, TAIL, HEAD);
	else call.reply.null();
}

/** Keys of all commands that move an element. */
export const sourceKey = key("RW ACCESS DELETE", "source");
export const destinationKey = key("RW INSERT", "destination");

export const moveCommands: readonly CommandRow[] = [
	{
		name: "lmove",
		since: "6.2.0",
		group: "list",
		complexity: "O(1)",
		summary: "Moves an element from an end of one list to an end of another, and returns it.",
		flags: WRITE | DENYOOM,
		args: [sourceKey, destinationKey, side("wherefrom"), side("whereto")],
		run: lmove,
	},
	{
		name: "rpoplpush",
		since: "1.2.0",
		group: "list",
		complexity: "O(1)",
		summary: "Moves the last element of one list before the first of another, and returns it.",
		flags: WRITE | DENYOOM,
		args: [sourceKey, destinationKey],
		deprecatedSince: "6.2.0",
		replacedBy: "`LMOVE` with the `RIGHT` and `LEFT` arguments",
		run: rpoplpush,
	},
];
