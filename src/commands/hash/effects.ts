/**
 * Effects on fields, the ones that were met with named by their arguments; see src/keyspace/effects.ts.
 *
 * A field whose time is over may lie in a big hash until somebody comes by to remove it. Where an effect is executed again
 * it is there, alive, and so no effect may depend on whether it is.
 */
import type { Call } from "../../dispatch/call.ts";
import type { Effects } from "../../keyspace/effects.ts";
import { FIELDS, HDEL, HPERSIST, HPEXPIREAT, HSET, HSETEX, KEEPTTL } from "../effect-words.ts";

/** Collects the arguments of fields that a command has changed; it is empty whenever a command begins. */
export const changedFields: number[] = [];

/** The changed fields live until this moment, or are gone where it is over. */
export function tellDeadlines(call: Call, deadline_ms: number): void {
	if (deadline_ms <= call.keyspace.now_ms) return tellRemoved(call);
	const effect = call
		.effect(5 + changedFields.length)
		.word(HPEXPIREAT)
		.argument(call, 1)
		.integer(deadline_ms);
	tellNames(call, effect.word(FIELDS).integer(changedFields.length));
}

export function tellPersisted(call: Call): void {
	const count = changedFields.length;
	const effect = call
		.effect(4 + count)
		.word(HPERSIST)
		.argument(call, 1);
	tellNames(call, effect.word(FIELDS).integer(count));
}

export function tellRemoved(call: Call): void {
	const effect = call
		.effect(2 + changedFields.length)
		.word(HDEL)
		.argument(call, 1);
	tellNames(call, effect);
}

function tellNames(call: Call, effect: Effects): void {
	for (const argument of changedFields) effect.argument(call, argument);
	changedFields.length = 0;
}

/** The field of argument 2, which was not there, has this value. */
export function tellField(call: Call, value: Uint8Array, start: number, length: number): void {
	call.effect(4).word(HSET).argument(call, 1).argument(call, 2).range(value, start, length);
}

/** The field of argument 2, which was there, has another value and the same deadline. */
export function tellValue(call: Call, value: Uint8Array, start: number, length: number): void {
	const effect = call.effect(7).word(HSETEX).argument(call, 1).word(KEEPTTL);
	effect.word(FIELDS).integer(1).argument(call, 2).range(value, start, length);
}
