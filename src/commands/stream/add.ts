/** XADD, and what makes a stream shorter: XTRIM, XDEL. */
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, DENYOOM, FAST, WRITE } from "../../dispatch/command.ts";
import { block, integer, key, many, oneOf, optional, since, string, token } from "../../dispatch/grammar.ts";
import { EVENT_STREAM } from "../../keyspace/change.ts";
import {
	STREAM_ENTRY_TOO_LARGE,
	STREAM_EXHAUSTED,
	STREAM_ID_NOT_GREATER,
	STREAM_ID_ZERO,
	wrongArity,
} from "../../resp/errors.ts";
import { StreamId } from "../../types/stream/stream-id.ts";
import { NODE_BYTES_MAX } from "../../types/stream/tail.ts";
import type { Stream } from "../../types/stream.ts";
import { IdList, readId, replyId } from "./ids.ts";
import { accountFor, createStream, foundStream, refusesOther } from "./keys.ts";
import { ID_GIVEN, ID_OF_NOW, TrimOptions } from "./trim-options.ts";

const options = new TrimOptions();
const id = new StreamId();
const ids = new IdList();

function xadd(call: Call): void {
	const { reply, keyspace } = call;
	const idArgument = options.readAdd(call);
	if (idArgument < 0) return;
	const first = idArgument + 1;
	const strings = call.argc - first;
	if (strings < 2 || strings % 2 !== 0) return reply.error(wrongArity(call.command.fullName));
	if (options.idForm === ID_GIVEN && options.id.isMin()) return reply.error(STREAM_ID_ZERO);
	const found = call.findForWrite(1);
	if (refusesOther(call, found)) return;
	if (!found && !options.makesStream) return reply.null();
	const present = foundStream(call, found);
	if (present?.lastId.isMax() === true) return reply.error(STREAM_EXHAUSTED);
	if (!chooseId(present, keyspace.now_ms)) return reply.error(STREAM_ID_NOT_GREATER);
	let payload = 0;
	for (let i = first; i < call.argc; i++) payload += call.length(i);
	if (payload > NODE_BYTES_MAX) return reply.error(STREAM_ENTRY_TOO_LARGE);
	const stream = present ?? createStream(call);
	const before = stream.bytesUsed();
	stream.append(id, call, first, strings / 2, payload, keyspace.limits);
	const trimmed = options.hasStrategy() ? options.trim(stream, keyspace.limits.streamNodeEntries) : 0;
	accountFor(call, stream, before);
	call.changed(1, EVENT_STREAM, "xadd");
	if (trimmed > 0) call.alsoChanged(1, EVENT_STREAM, "xtrim");
	if (call.effects.isOn) options.tell(call, stream, idArgument, id);
	replyId(reply, id);
}

/** Sets `id` to that of the new entry; false where it is not greater than the stream's last. */
function chooseId(stream: Stream | null, now_ms: number): boolean {
	if (options.idForm === ID_OF_NOW) {
		if (stream === null) id.setTime(now_ms);
		else stream.nextId(now_ms, id);
		return true;
	}
	id.copy(options.id);
	if (options.idForm === ID_GIVEN) return stream === null || id.compare(stream.lastId) > 0;
	if (stream === null) {
		// 0-0 is no id of an entry.
		if (id.isMin()) id.increment();
		return true;
	}
	if (!id.isSameTime(stream.lastId)) return id.compare(stream.lastId) > 0;
	id.copy(stream.lastId);
	return id.increment() && id.isSameTime(stream.lastId);
}

function xtrim(call: Call): void {
	if (!options.readTrim(call)) return;
	const found = call.findForWrite(1);
	if (refusesOther(call, found)) return;
	const stream = foundStream(call, found);
	if (stream === null) return call.reply.integer(0);
	const before = stream.bytesUsed();
	const deleted = options.trim(stream, call.keyspace.limits.streamNodeEntries);
	accountFor(call, stream, before);
	if (call.effects.isOn && deleted > 0) options.tell(call, stream, 0, id);
	announceDeleted(call, deleted, "xtrim");
}

function xdel(call: Call): void {
	const found = call.findForWrite(1);
	if (refusesOther(call, found)) return;
	const stream = foundStream(call, found);
	if (stream === null) return call.reply.integer(0);
	ids.clear();
	for (let i = 2; i < call.argc; i++) {
		if (!readId(call, i, id)) return;
		ids.push(id);
	}
	const before = stream.bytesUsed();
	let deleted = 0;
	for (let i = 0; i < ids.count; i++) {
		ids.load(i, id);
		if (stream.delete(id)) deleted++;
	}
	accountFor(call, stream, before);
	announceDeleted(call, deleted, "xdel");
}

/** Replies how many entries went, and where there were any announces it; each counts as a change. */
function announceDeleted(call: Call, deleted: number, event: string): void {
	if (deleted > 0) {
		call.changed(1, EVENT_STREAM, event);
		call.keyspace.changes.dirty += deleted - 1;
	}
	call.reply.integer(deleted);
}

const trim = block(
	"trim",
	oneOf("strategy", token("maxlen"), since("6.2.0", token("minid"))),
	optional(oneOf("operator", token("equal", "="), token("approximately", "~"))),
	string("threshold"),
	optional(integer("count", "LIMIT"), "6.2.0"),
);

export const addCommands: readonly CommandRow[] = [
	{
		name: "xadd",
		since: "5.0.0",
		group: "stream",
		complexity: "O(1), and O(N) where N entries are trimmed.",
		summary: "Adds an entry to the end of a stream, making the stream where there is none.",
		flags: WRITE | DENYOOM | FAST,
		args: [
			key("RW UPDATE"),
			optional(token("nomkstream"), "6.2.0"),
			optional(trim),
			oneOf("id_or_auto", token("auto_id", "*"), string("id")),
			many(block("field_value", string("field"), string("value"))),
		],
		keySpecs: [
			{
				access: "RW UPDATE",
				notes: "It also takes entries away where it trims.",
				begin: { index: 1 },
				find: { last: 0, step: 1, limit: 0 },
			},
		],
		tips: ["nondeterministic_output"],
		history: [
			["6.2.0", "`NOMKSTREAM`, trimming by `MINID`, `LIMIT`."],
			["7.0.0", "Ids of the form `<ms>-*`."],
		],
		run: xadd,
	},
	{
		name: "xtrim",
		since: "5.0.0",
		group: "stream",
		complexity: "O(N), N being the number of entries deleted; those of a whole run go at once.",
		summary: "Deletes the oldest entries of a stream.",
		flags: WRITE,
		args: [key("RW DELETE"), trim],
		tips: ["nondeterministic_output"],
		history: [["6.2.0", "Trimming by `MINID`, `LIMIT`."]],
		run: xtrim,
	},
	{
		name: "xdel",
		since: "5.0.0",
		group: "stream",
		complexity: "O(1) for each id.",
		summary: "Deletes entries of a stream by their ids and tells how many there were.",
		flags: WRITE | FAST,
		args: [key("RW DELETE"), many(string("id"))],
		run: xdel,
	},
];
