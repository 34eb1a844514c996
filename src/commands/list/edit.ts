import { bytesOf } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, DENYOOM, WRITE } from "../../dispatch/command.ts";
import { integer, key, oneOf, string, token } from "../../dispatch/grammar.ts";
import { EVENT_LIST } from "../../keyspace/change.ts";
import { LIST_INDEX_OUT_OF_RANGE, NO_SUCH_KEY, NOT_AN_INTEGER, SYNTAX_ERROR } from "../../resp/errors.ts";
import { HEAD, TAIL } from "../../types/list.ts";
import { closeShrunk, list, openList } from "./opened.ts";

/** Lists changed anywhere: an element replaced or put in, elements taken out by their place or by what they are. */
const BEFORE = bytesOf("before");
const AFTER = bytesOf("after");

/** The index is looked at only where there is a list. */
function lset(call: Call): void {
	const { reply } = call;
	if (!call.findForWrite(1)) return reply.error(NO_SUCH_KEY);
	if (!openList(call, true)) return;
	const error = replaceAt(call, call.clampedInteger(2));
	list.close();
	if (error !== null) return reply.error(error);
	call.changed(1, EVENT_LIST, "lset");
	reply.ok();
}

/** Puts argument 3 in place of the element of this index; returns what is wrong, or null. */
function replaceAt(call: Call, index: number): string | null {
	if (Number.isNaN(index)) return NOT_AN_INTEGER;
	list.expect(1, call.length(3));
	if (!list.seek(index)) return LIST_INDEX_OUT_OF_RANGE;
	list.replace(call.bytes, call.start(3), call.length(3));
	return null;
}

function linsert(call: Call): void {
	const { reply, bytes } = call;
	const isBehind = call.is(2, AFTER);
	if (!isBehind && !call.is(2, BEFORE)) return reply.error(SYNTAX_ERROR);
	if (!call.findForWrite(1)) return reply.integer(0);
	if (!openList(call, true)) return;
	list.expect(1, call.length(4));
	const isThere = list.find(bytes, call.start(3), call.length(3));
	if (isThere) list.insert(isBehind, bytes, call.start(4), call.length(4));
	const { count } = list;
	list.close();
	if (!isThere) return reply.integer(-1);
	call.changed(1, EVENT_LIST, "linsert");
	reply.integer(count);
}

/** Keeps a range, whose ends are meant as those of LRANGE. */
function ltrim(call: Call): void {
	const { reply } = call;
	const start = call.clampedInteger(2);
	const stop = call.clampedInteger(3);
	if (Number.isNaN(start) || Number.isNaN(stop)) return reply.error(NOT_AN_INTEGER);
	if (!call.findForWrite(1)) return reply.ok();
	if (!openList(call, true)) return;
	const { count } = list;
	const first = start < 0 ? Math.max(0, count + start) : start;
	const last = Math.min(count - 1, stop < 0 ? count + stop : stop);
	if (first > last) list.drop(HEAD, count);
	else {
		list.drop(TAIL, count - 1 - last);
		list.drop(HEAD, first);
	}
	closeShrunk(call, 1, "ltrim", count - list.count);
	reply.ok();
}

/** A positive count takes the first ones, a negative one the last ones, zero all. */
function lrem(call: Call): void {
	const { reply } = call;
	const count = call.clampedInteger(2);
	if (Number.isNaN(count)) return reply.error(NOT_AN_INTEGER);
	if (!openList(call, call.findForWrite(1))) return;
	const limit = count === 0 ? Infinity : Math.abs(count);
	const end = count < 0 ? TAIL : HEAD;
	const removed = list.removeEqual(call.bytes, call.start(3), call.length(3), limit, end);
	if (removed > 0) closeShrunk(call, 1, "lrem", removed);
	else list.close();
	reply.integer(removed);
}

export const editCommands: readonly CommandRow[] = [
	{
		name: "lset",
		since: "1.0.0",
		group: "list",
		complexity:
			"O(N), N being the number of elements between this one and the nearer end, most of them passed in blocks.",
		summary: "Puts an element in place of the one of this index.",
		flags: WRITE | DENYOOM,
		args: [key("RW UPDATE"), integer("index"), string("element")],
		run: lset,
	},
	{
		name: "linsert",
		since: "2.2.0",
		group: "list",
		complexity: "O(N), N being the number of elements before the first one that is the pivot.",
		summary: "Puts an element before or behind another one.",
		flags: WRITE | DENYOOM,
		args: [key("RW INSERT"), oneOf("where", token("before"), token("after")), string("pivot"), string("element")],
		run: linsert,
	},
	{
		name: "ltrim",
		since: "1.0.0",
		group: "list",
		complexity: "O(N), N being the number of elements removed, most of them in blocks.",
		summary: "Removes all elements of a list that lie outside of a range.",
		flags: WRITE,
		args: [key("RW DELETE"), integer("start"), integer("stop")],
		run: ltrim,
	},
	{
		name: "lrem",
		since: "1.0.0",
		group: "list",
		complexity: "O(N), N being the number of elements of the list.",
		summary: "Removes elements of a list by their value.",
		flags: WRITE,
		args: [key("RW DELETE"), integer("count"), string("element")],
		run: lrem,
	},
];
