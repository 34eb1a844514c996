import type { Call } from "../../dispatch/call.ts";
import { BRIEF, type CommandRow, DENYOOM, FAST, READONLY, WRITE } from "../../dispatch/command.ts";
import { integer, key } from "../../dispatch/grammar.ts";
import { EVENT_STRING } from "../../keyspace/change.ts";
import { openString, preserveString } from "../../keyspace/writable-string.ts";
import { BIT_INVALID, BIT_OFFSET_INVALID, WRONG_TYPE } from "../../resp/errors.ts";
import { RAW_STRING_KIND, StringView } from "../../types/string.ts";
import { STRING } from "../../types/type.ts";
import type { StringServices } from "../string/services.ts";
import { bitOffsetFrom } from "./arguments.ts";

/** Single bits. */
const view = new StringView();

/** An existing bit is changed where it lies; one behind the end of the string lengthens it, whatever its value. */
function setbit(call: Call, bytesMax: number): void {
	const { database, reply } = call;
	const offset = bitOffsetFrom(call, 2, bytesMax);
	if (Number.isNaN(offset)) return reply.error(BIT_OFFSET_INVALID);
	const bit = call.integer(3);
	if (bit !== 0 && bit !== 1) return reply.error(BIT_INVALID);
	const found = call.findForWrite(1);
	if (found && database.type() !== STRING) return reply.error(WRONG_TYPE);
	const at = Math.floor(offset / 8);
	view.length = 0;
	if (found) view.load(database.table);
	const grows = at >= view.length;
	if (grows) openString(database, view, at + 1, at, at + 1);
	else database.table.setKind(RAW_STRING_KIND);
	const mask = 0x80 >> (offset % 8);
	const byte = view.bytes[view.start + at]!;
	const old = (byte & mask) === 0 ? 0 : 1;
	if (old !== bit) {
		preserveString(database, at, at + 1);
		view.bytes[view.start + at] = byte ^ mask;
	}
	if (grows || old !== bit) call.changed(1, EVENT_STRING, "setbit");
	reply.integer(old);
}

function getbit(call: Call, bytesMax: number): void {
	const { database, reply } = call;
	const offset = bitOffsetFrom(call, 2, bytesMax);
	if (Number.isNaN(offset)) return reply.error(BIT_OFFSET_INVALID);
	if (!call.findForRead(1)) return reply.integer(0);
	if (database.type() !== STRING) return reply.error(WRONG_TYPE);
	view.load(database.table);
	const at = Math.floor(offset / 8);
	const byte = at < view.length ? view.bytes[view.start + at]! : 0;
	reply.integer((byte & (0x80 >> (offset % 8))) === 0 ? 0 : 1);
}

export function bitCommands(services: StringServices): readonly CommandRow[] {
	return [
		{
			name: "setbit",
			since: "2.2.0",
			group: "bitmap",
			complexity: "O(1), but for the zeros before a bit behind the end of the string.",
			summary: "Sets or clears a bit of the string at a key, filling it up with zeros where it is too short.",
			flags: WRITE | DENYOOM | BRIEF,
			args: [key("RW ACCESS UPDATE"), integer("offset"), integer("value")],
			run: (call) => setbit(call, services.stringBytesMax()),
		},
		{
			name: "getbit",
			since: "2.2.0",
			group: "bitmap",
			complexity: "O(1)",
			summary: "Reads a bit of the string at a key.",
			flags: READONLY | FAST,
			args: [key("RO ACCESS"), integer("offset")],
			run: (call) => getbit(call, services.stringBytesMax()),
		},
	];
}
