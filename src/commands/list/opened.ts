import type { Call } from "../../dispatch/call.ts";
import { EVENT_GENERIC, EVENT_LIST } from "../../keyspace/change.ts";
import { WRONG_TYPE } from "../../resp/errors.ts";
import { HEAD, List, TAIL } from "../../types/list.ts";
import { LIST } from "../../types/type.ts";
import { LPOP, RPOP } from "../effect-words.ts";

/** The list that the handlers of this group work with, one at a time: each closes what it has opened. */
export const list = new List();

/** Opens the list at the key last looked up, which may be missing; false after an error where it is of another type. */
export function openList(call: Call, found: boolean): boolean {
	if (found && call.database.type() !== LIST) {
		call.reply.error(WRONG_TYPE);
		return false;
	}
	list.open(call.database, call.keyspace.limits);
	return true;
}

/** Replies so many elements from this index on, without a header. */
export function replyElements(call: Call, first: number, count: number): void {
	const { reply } = call;
	let left = count;
	if (left > 0) list.seekRun(first);
	while (left > 0) {
		const taken = Math.min(left, list.runCount);
		reply.elements(list.bytes, list.runStart, list.runEnd, taken);
		left -= taken;
		if (left > 0) list.nextRun();
	}
}

/**
 * Replies up to so many elements as an array, the one at this end first, takes them off and announces it; returns how many.
 */
export function takeElements(call: Call, key: number, end: boolean, wanted: number): number {
	const { reply } = call;
	const count = Math.min(wanted, list.count);
	reply.array(count);
	if (end === HEAD) {
		replyElements(call, 0, count);
		list.drop(HEAD, count);
	} else for (let left = count; left > 0; left--) takeElement(call, TAIL);
	closeShrunk(call, key, popEvent(end), count);
	return count;
}

/** Replies the element at this end and takes it off. */
export function takeElement(call: Call, end: boolean): void {
	list.seekEnd(end);
	call.reply.bulk(list.bytes, list.start, list.length);
	list.drop(end, 1);
}

/** Closes the list at the key of an argument, which so many elements were taken from, and announces it. */
export function closeShrunk(call: Call, key: number, event: string, removed: number): void {
	const isGone = list.close();
	call.changed(key, EVENT_LIST, event);
	if (isGone) call.alsoChanged(key, EVENT_GENERIC, "del");
	call.keyspace.changes.dirty += removed - 1;
}

export function pushEvent(end: boolean): string {
	return end === HEAD ? "lpush" : "rpush";
}

/** The effect of taking one element from the list at the key of an argument, or with a `count` so many. */
export function tellPop(call: Call, key: number, end: boolean, count = 0): void {
	const effect = call
		.effect(count === 0 ? 2 : 3)
		.word(end === HEAD ? LPOP : RPOP)
		.argument(call, key);
	if (count > 0) effect.integer(count);
}

export function popEvent(end: boolean): string {
	return end === HEAD ? "lpop" : "rpop";
}
