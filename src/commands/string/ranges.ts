import { copyBytes } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { BRIEF, type CommandRow, DENYOOM, FAST, READONLY, WRITE } from "../../dispatch/command.ts";
import { integer, key, string } from "../../dispatch/grammar.ts";
import { EVENT_STRING } from "../../keyspace/change.ts";
import { openString } from "../../keyspace/writable-string.ts";
import { NOT_AN_INTEGER, OFFSET_OUT_OF_RANGE, STRING_TOO_LONG, WRONG_TYPE } from "../../resp/errors.ts";
import { STRING_KIND, StringView } from "../../types/string.ts";
import { STRING } from "../../types/type.ts";
import type { StringServices } from "./services.ts";

/** Parts of strings: their length, a range of their bytes, bytes added or overwritten. */
const view = new StringView();

/** Points the view at the string at key 1, as last looked up: at nothing where there is none; false for another type. */
function loadString(call: Call, found: boolean): boolean {
	view.length = 0;
	if (!found) return true;
	if (call.database.type() === STRING) {
		view.load(call.database.table);
		return true;
	}
	call.reply.error(WRONG_TYPE);
	return false;
}

function strlen(call: Call): void {
	if (loadString(call, call.findForRead(1))) call.reply.integer(view.length);
}

/** Both ends belong to the range; negative ones count from the end of the string. */
function getrange(call: Call): void {
	const first = call.clampedInteger(2);
	const last = call.clampedInteger(3);
	if (Number.isNaN(first) || Number.isNaN(last)) return call.reply.error(NOT_AN_INTEGER);
	if (!loadString(call, call.findForRead(1))) return;
	const { length } = view;
	const from = first < 0 ? Math.max(0, length + first) : first;
	const to = Math.min(length - 1, last < 0 ? Math.max(0, length + last) : last);
	// A reversed range before the string is empty, although each of its ends would be moved to the first byte.
	const isReversed = first < 0 && last < 0 && isGreater(call, first, last);
	if (isReversed || from > to) call.reply.bulk(view.bytes, 0, 0);
	else call.reply.bulk(view.bytes, view.start + from, to - from + 1);
}

/** Of arguments 2 and 3, given as clamped integers: what was clamped is compared as it was sent. */
function isGreater(call: Call, first: number, last: number): boolean {
	if (first !== last || first !== Number.MIN_SAFE_INTEGER) return first > last;
	return BigInt(call.latin1(2)) > BigInt(call.latin1(3));
}

function append(call: Call, bytesMax: number): void {
	const added = call.length(2);
	const found = call.findForWrite(1);
	if (!loadString(call, found)) return;
	const { length } = view;
	if (!found) call.database.putString(STRING_KIND, call.bytes, call.start(2), added, Infinity);
	else if (length + added > bytesMax) return call.reply.error(STRING_TOO_LONG);
	else {
		openString(call.database, view, length + added, length, length + added);
		copyBytes(call.bytes, call.start(2), view.bytes, view.start + length, added);
	}
	call.changed(1, EVENT_STRING, "append");
	call.reply.integer(length + added);
}

function setrange(call: Call, bytesMax: number): void {
	const offset = call.clampedInteger(2);
	if (Number.isNaN(offset)) return call.reply.error(NOT_AN_INTEGER);
	if (offset < 0) return call.reply.error(OFFSET_OUT_OF_RANGE);
	if (!loadString(call, call.findForWrite(1))) return;
	const written = call.length(3);
	if (written === 0) return call.reply.integer(view.length);
	const end = offset + written;
	if (end > bytesMax) return call.reply.error(STRING_TOO_LONG);
	openString(call.database, view, end, offset, end);
	copyBytes(call.bytes, call.start(3), view.bytes, view.start + offset, written);
	call.changed(1, EVENT_STRING, "setrange");
	call.reply.integer(view.length);
}

export function rangeCommands(services: StringServices): readonly CommandRow[] {
	return [
		{
			name: "strlen",
			since: "2.2.0",
			group: "string",
			complexity: "O(1)",
			summary: "Tells how many bytes the string at a key has.",
			flags: READONLY | FAST,
			args: [key("RO")],
			run: strlen,
		},
		{
			name: "getrange",
			since: "2.4.0",
			group: "string",
			complexity: "O(N), N being the number of bytes returned.",
			summary: "Reads a range of the bytes of the string at a key.",
			flags: READONLY | BRIEF,
			args: [key("RO ACCESS"), integer("start"), integer("end")],
			run: getrange,
		},
		{
			name: "substr",
			since: "1.0.0",
			group: "string",
			complexity: "O(N), N being the number of bytes returned.",
			summary: "Reads a range of the bytes of the string at a key.",
			flags: READONLY | BRIEF,
			args: [key("RO ACCESS"), integer("start"), integer("end")],
			deprecatedSince: "2.0.0",
			replacedBy: "`GETRANGE`",
			run: getrange,
		},
		{
			name: "append",
			since: "2.0.0",
			group: "string",
			complexity: "O(M), M being the number of bytes added: what was there before is not copied each time.",
			summary: "Adds bytes to the end of the string at a key.",
			flags: WRITE | DENYOOM | FAST,
			args: [key("RW INSERT"), string("value")],
			run: (call) => append(call, services.stringBytesMax()),
		},
		{
			name: "setrange",
			since: "2.2.0",
			group: "string",
			complexity: "O(M), M being the number of bytes written, and zeros before them where the string was shorter.",
			summary: "Overwrites bytes of the string at a key, filling it up with zeros where it is too short.",
			flags: WRITE | DENYOOM,
			args: [key("RW UPDATE"), integer("offset"), string("value")],
			run: (call) => setrange(call, services.stringBytesMax()),
		},
	];
}
