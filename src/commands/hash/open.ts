/** The one hash that commands have open at a time, and how they open it: the one at key 1. */
import type { Call } from "../../dispatch/call.ts";
import { EVENT_GENERIC, EVENT_HASH } from "../../keyspace/change.ts";
import { WRONG_TYPE } from "../../resp/errors.ts";
import { Hash } from "../../types/hash.ts";
import { HASH } from "../../types/type.ts";

export const hash = new Hash();

/** Where there is no key the hash is an empty one. False after an error: the key holds something else. */
export function openForRead(call: Call): boolean {
	return open(call, call.findForRead(1));
}

/** The same to change it; `close` has to follow. */
export function openForWrite(call: Call): boolean {
	return open(call, call.findForWrite(1));
}

function open(call: Call, isFound: boolean): boolean {
	if (isFound && call.database.type() !== HASH) {
		call.reply.error(WRONG_TYPE);
		return false;
	}
	hash.open(call.database, call.keyspace.limits, call.keyspace.now_ms);
	return true;
}

export function findField(call: Call, argument: number): boolean {
	return hash.find(call.bytes, call.start(argument), call.length(argument));
}

/** Sets the field in one argument to the value in another; true where it is new. */
export function setField(call: Call, field: number, value: number, keepsDeadline: boolean): boolean {
	const { bytes } = call;
	return hash.set(
		bytes,
		call.start(field),
		call.length(field),
		bytes,
		call.start(value),
		call.length(value),
		keepsDeadline,
	);
}

/** Closes the hash behind so many changes, at least one, and announces them as one event. */
export function closeChanged(call: Call, changes: number, event: string): void {
	const isGone = hash.close();
	call.changed(1, EVENT_HASH, event);
	if (isGone) call.alsoChanged(1, EVENT_GENERIC, "del");
	call.keyspace.changes.dirty += changes - 1;
}
