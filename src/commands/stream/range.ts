/** Entries between two ids, the length of a stream, and its last id. */
import { bytesOf } from "../../bytes/ascii.ts";
import { parseInt64 } from "../../bytes/int64.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, DENYOOM, FAST, READONLY, WRITE } from "../../dispatch/command.ts";
import { integer, key, optional, string } from "../../dispatch/grammar.ts";
import { EVENT_STREAM } from "../../keyspace/change.ts";
import {
	ENTRIES_ADDED_BELOW_LENGTH,
	ENTRIES_ADDED_NEGATIVE,
	NO_SUCH_KEY,
	NOT_AN_INTEGER,
	SYNTAX_ERROR,
	XSETID_BELOW_DELETED,
	XSETID_BELOW_GIVEN_DELETED,
	XSETID_BELOW_TOP,
} from "../../resp/errors.ts";
import { StreamId } from "../../types/stream/stream-id.ts";
import { replyRange, replyRangeBackward } from "./entries.ts";
import { readId, readIntervalEnd, readIntervalStart } from "./ids.ts";
import { foundStream, refusesOther } from "./keys.ts";

const COUNT = bytesOf("count");
const ENTRIESADDED = bytesOf("entriesadded");
const MAXDELETEDID = bytesOf("maxdeletedid");

const first = new StreamId();
const last = new StreamId();
const maxDeleted = new StreamId();

function xlen(call: Call): void {
	const found = call.findForRead(1);
	if (!refusesOther(call, found)) call.reply.integer(foundStream(call, found)?.length ?? 0);
}

function xrange(call: Call): void {
	if (readIntervalStart(call, 2, first) && readIntervalEnd(call, 3, last)) range(call, false);
}

function xrevrange(call: Call): void {
	if (readIntervalStart(call, 3, first) && readIntervalEnd(call, 2, last)) range(call, true);
}

function range(call: Call, isBackward: boolean): void {
	const { reply } = call;
	let count = Infinity;
	for (let i = 4; i < call.argc; i += 2) {
		if (i + 1 === call.argc || !call.is(i, COUNT)) return reply.error(SYNTAX_ERROR);
		count = call.clampedInteger(i + 1);
		if (Number.isNaN(count)) return reply.error(NOT_AN_INTEGER);
	}
	const found = call.findForRead(1);
	if (refusesOther(call, found)) return;
	const stream = foundStream(call, found);
	if (stream === null) reply.array(0);
	else if (count <= 0) reply.nullArray();
	else if (isBackward) replyRangeBackward(reply, stream, first, last, count);
	else replyRange(reply, stream, first, last, count);
}

/** Sets what a replica or a file cannot find out from the entries alone. */
function xsetid(call: Call): void {
	const { reply } = call;
	if (!readId(call, 2, last)) return;
	let added: bigint | undefined;
	maxDeleted.setMin();
	for (let i = 3; i < call.argc; i += 2) {
		if (i + 1 === call.argc) return reply.error(SYNTAX_ERROR);
		if (call.is(i, ENTRIESADDED)) {
			added = parseInt64(call.bytes, call.start(i + 1), call.end(i + 1));
			if (added === undefined) return reply.error(NOT_AN_INTEGER);
			if (added < 0n) return reply.error(ENTRIES_ADDED_NEGATIVE);
		} else if (call.is(i, MAXDELETEDID)) {
			if (!readId(call, i + 1, maxDeleted)) return;
			if (last.compare(maxDeleted) < 0) return reply.error(XSETID_BELOW_GIVEN_DELETED);
		} else return reply.error(SYNTAX_ERROR);
	}
	const found = call.findForWrite(1);
	if (refusesOther(call, found)) return;
	const stream = foundStream(call, found);
	if (stream === null) return reply.error(NO_SUCH_KEY);
	// Redis 7.0 lets it through, so a master or a file may say it.
	if (last.compare(stream.maxDeletedId) < 0 && !call.client.isObeyed) return reply.error(XSETID_BELOW_DELETED);
	if (stream.length > 0) {
		if (last.compare(stream.lastLiveId) < 0) return reply.error(XSETID_BELOW_TOP);
		if (added !== undefined && added < BigInt(stream.length)) return reply.error(ENTRIES_ADDED_BELOW_LENGTH);
	}
	stream.lastId.copy(last);
	if (added !== undefined) stream.entriesAdded.set(added);
	if (!maxDeleted.isMin()) stream.maxDeletedId.copy(maxDeleted);
	call.changed(1, EVENT_STREAM, "xsetid");
	reply.ok();
}

export const rangeCommands: readonly CommandRow[] = [
	{
		name: "xlen",
		since: "5.0.0",
		group: "stream",
		complexity: "O(1)",
		summary: "Tells how many entries a stream has.",
		flags: READONLY | FAST,
		args: [key("RO")],
		run: xlen,
	},
	{
		name: "xrange",
		since: "5.0.0",
		group: "stream",
		complexity: "O(N), N being the number of entries returned.",
		summary: "Reads the entries of a stream between two ids.",
		flags: READONLY,
		args: [key("RO ACCESS"), string("start"), string("end"), optional(integer("count", "COUNT"))],
		history: [["6.2.0", "Intervals whose ends do not belong to them."]],
		run: xrange,
	},
	{
		name: "xrevrange",
		since: "5.0.0",
		group: "stream",
		complexity: "O(N), N being the number of entries returned.",
		summary: "Reads the entries of a stream between two ids, the newest first.",
		flags: READONLY,
		args: [key("RO ACCESS"), string("end"), string("start"), optional(integer("count", "COUNT"))],
		history: [["6.2.0", "Intervals whose ends do not belong to them."]],
		run: xrevrange,
	},
	{
		name: "xsetid",
		since: "5.0.0",
		group: "stream",
		complexity: "O(1)",
		summary: "Sets the last id of a stream and its counts: for replication and restoring.",
		flags: WRITE | DENYOOM | FAST,
		args: [
			key("RW UPDATE"),
			string("last-id"),
			optional(integer("entries_added", "ENTRIESADDED"), "7.0.0"),
			optional(string("max_deleted_entry_id", "MAXDELETEDID"), "7.0.0"),
		],
		history: [["7.0.0", "`ENTRIESADDED` and `MAXDELETEDID`."]],
		run: xsetid,
	},
];
