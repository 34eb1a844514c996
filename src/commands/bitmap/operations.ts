import { bytesOf } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, DENYOOM, WRITE } from "../../dispatch/command.ts";
import { key, many, string } from "../../dispatch/grammar.ts";
import { EVENT_GENERIC, EVENT_STRING } from "../../keyspace/change.ts";
import { INLINE_VALUE_MAX } from "../../memory/entry.ts";
import { LongString } from "../../memory/long-string.ts";
import { BITOP_NOT_WITH_SEVERAL, SYNTAX_ERROR, WRONG_TYPE } from "../../resp/errors.ts";
import { type BitOperation, combineBits } from "../../types/bitmap/operation.ts";
import { isInlineString, RAW_STRING_KIND, StringView } from "../../types/string.ts";
import { STRING } from "../../types/type.ts";
import { wordFrom } from "./arguments.ts";

/** Whole strings combined bit by bit into another one. */
const FIRST_SOURCE = 3;

const operations: readonly BitOperation[] = ["and", "or", "xor", "not"];
const operationWords = operations.map(bytesOf);

/** A short result. */
const scratch = new Uint8Array(INLINE_VALUE_MAX);

function bitop(call: Call): void {
	const { argc, reply } = call;
	const operation = operations[wordFrom(call, 1, operationWords)];
	if (operation === undefined) return reply.error(SYNTAX_ERROR);
	if (operation === "not" && argc > FIRST_SOURCE + 1) return reply.error(BITOP_NOT_WITH_SEVERAL);
	if (!areStrings(call)) return reply.error(WRONG_TYPE);
	// What has to expire does so before the sources are viewed: a key that goes moves others.
	const replaced = call.findForWrite(2) ? longString(call) : null;
	const sources = sourcesOf(call);
	const length = sources.reduce((longest, source) => Math.max(longest, source.length), 0);
	if (length === 0) removeResult(call);
	else if (isInlineString(length)) {
		combineBits(operation, sources, scratch, length);
		call.peek(2);
		call.database.putInline(RAW_STRING_KIND, scratch, 0, length, Infinity);
	} else {
		const result = replaced !== null && mayHold(replaced, length) ? replaced : new LongString(length);
		combineBits(operation, sources, result.bytes, length);
		result.length = length;
		call.peek(2);
		call.database.putExternal(RAW_STRING_KIND, result, Infinity);
	}
	if (length > 0) call.changed(2, EVENT_STRING, "set");
	reply.integer(length);
}

/** Looks up every source until one of another type. */
function areStrings(call: Call): boolean {
	for (let i = FIRST_SOURCE; i < call.argc; i++) {
		if (call.findForRead(i) && call.database.type() !== STRING) return false;
	}
	return true;
}

/** The long string at the cursor, or null where there is something else. */
function longString(call: Call): LongString | null {
	const { table } = call.database;
	return call.database.type() === STRING && table.isExternal() ? (table.external() as LongString) : null;
}

/**
 * Whether a result may be written over a string, which saves the pages of a new buffer: all that is read is read before
 * something is written in its place, so the string may be one of the sources. Not while a snapshot reads it.
 */
function mayHold(string: LongString, length: number): boolean {
	return string.snapshot === null && length <= string.bytes.length && length >= string.bytes.length >> 1;
}

/** Views of the sources, good until the next change. */
function sourcesOf(call: Call): StringView[] {
	const sources: StringView[] = [];
	for (let i = FIRST_SOURCE; i < call.argc; i++) {
		const source = new StringView();
		if (call.peek(i)) source.load(call.database.table);
		sources.push(source);
	}
	return sources;
}

function removeResult(call: Call): void {
	if (!call.peek(2)) return;
	call.database.remove();
	call.changed(2, EVENT_GENERIC, "del");
}

export const operationCommands: readonly CommandRow[] = [
	{
		name: "bitop",
		since: "2.6.0",
		group: "bitmap",
		complexity: "O(N), N being the bytes of all source strings.",
		summary: "Combines strings bit by bit, by AND, OR or XOR, or turns the bits of one round, and stores the result.",
		flags: WRITE | DENYOOM,
		args: [string("operation"), key("OW UPDATE", "destkey"), many(key("RO ACCESS"))],
		run: bitop,
	},
];
