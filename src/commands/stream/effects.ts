/** Effects of what happens to groups while entries are read or claimed; see src/keyspace/effects.ts. */
import { bytesOf } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import type { Effects } from "../../keyspace/effects.ts";
import { Counter } from "../../types/stream/counter.ts";
import type { Group } from "../../types/stream/group.ts";
import { idText, writeId } from "../../types/stream/id-text.ts";
import type { StreamId } from "../../types/stream/stream-id.ts";
import {
	CREATECONSUMER,
	ENTRIESREAD,
	FORCE,
	JUSTID,
	LASTID,
	RETRYCOUNT,
	SETID,
	TIME,
	XCLAIM,
	XGROUP,
} from "../effect-words.ts";

const deliveries = new Counter();

export function tellId(effect: Effects, id: StreamId): Effects {
	return effect.range(idText, 0, writeId(id.msHigh, id.msLow, id.sequenceHigh, id.sequenceLow));
}

function tellCounter(effect: Effects, counter: Counter): Effects {
	const value = counter.number();
	return Number.isNaN(value) ? effect.word(bytesOf(counter.value().toString())) : effect.integer(value);
}

/** The entry `id`, at the cursor of the group's pending ones, belongs to its owner, with its time and count. */
export function tellPending(call: Call, key: number, group: Group, id: StreamId): void {
	group.loadDeliveryCount(deliveries);
	const effect = call.effect(14).word(XCLAIM).argument(call, key).word(group.name).word(group.owner().name).integer(0);
	tellId(effect, id).word(TIME).integer(group.deliveryTime());
	tellCounter(effect.word(RETRYCOUNT), deliveries).word(FORCE).word(JUSTID);
	tellId(effect.word(LASTID), group.lastId);
}

/** How far the group has read. */
export function tellPosition(call: Call, key: number, group: Group): void {
	const effect = call.effect(7).word(XGROUP).word(SETID).argument(call, key).word(group.name);
	tellId(effect, group.lastId).word(ENTRIESREAD);
	// Counting on from what XSETID and XGROUP may claim can end below zero, which nobody may say: it counts as unknown.
	if (group.entriesRead.high < 0) effect.integer(-1);
	else tellCounter(effect, group.entriesRead);
}

/** A consumer whom no pending entry makes known. */
export function tellConsumer(call: Call, key: number, group: Group, name: number): void {
	call.effect(5).word(XGROUP).word(CREATECONSUMER).argument(call, key).word(group.name).argument(call, name);
}
