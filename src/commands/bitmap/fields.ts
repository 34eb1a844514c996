import { parseInt64 } from "../../bytes/int64.ts";
import type { Call } from "../../dispatch/call.ts";
import { BRIEF, type CommandRow, DENYOOM, FAST, READONLY, WRITE } from "../../dispatch/command.ts";
import {
	type Argument,
	block,
	integer,
	key,
	many,
	manyTokens,
	oneOf,
	optional,
	string,
	token,
	withToken,
} from "../../dispatch/grammar.ts";
import { EVENT_STRING } from "../../keyspace/change.ts";
import { openString, preserveString } from "../../keyspace/writable-string.ts";
import { BITFIELD_READ_ONLY, WRONG_TYPE } from "../../resp/errors.ts";
import {
	asSigned,
	asUnsigned,
	fitField,
	fitWideField,
	NUMBER_BITS_MAX,
	readField,
	readWideField,
	settingOf,
	writeField,
	writeWideField,
} from "../../types/bitmap/field.ts";
import { StringView } from "../../types/string.ts";
import { STRING } from "../../types/type.ts";
import type { StringServices } from "../string/services.ts";
import { FIELD_GET, FIELD_INCRBY, FIELD_OVERFLOW, FieldOperation } from "./field-operation.ts";

/**
 * Integers of any width within strings. The operations of a call are read twice: first to see that all are right and how
 * long the string has to be, then to do them one after the other.
 */
const view = new StringView();
const operation = new FieldOperation();

function bitfield(call: Call, mayWrite: boolean, bytesMax: number): void {
	const { argc, reply } = call;
	let operations = 0;
	let lastWritten = -1;
	operation.begin();
	for (let i = 2; i < argc; i = operation.next) {
		if (!operation.read(call, i, bytesMax)) return;
		if (operation.kind === FIELD_OVERFLOW) continue;
		operations++;
		if (operation.kind !== FIELD_GET) lastWritten = Math.max(lastWritten, operation.offset + operation.bits - 1);
	}
	const writes = lastWritten >= 0;
	if (writes && !mayWrite) return reply.error(BITFIELD_READ_ONLY);
	view.length = 0;
	const found = writes ? call.findForWrite(1) : call.findForRead(1);
	if (found && call.database.type() !== STRING) return reply.error(WRONG_TYPE);
	if (found) view.load(call.database.table);
	const bytes = Math.floor(lastWritten / 8) + 1;
	const grows = bytes > view.length;
	if (writes) openString(call.database, view, bytes, bytes, bytes);
	reply.array(operations);
	let changes = 0;
	operation.begin();
	for (let i = 2; i < argc; i = operation.next) {
		operation.read(call, i, bytesMax);
		if (operation.kind === FIELD_GET) get(call);
		else if (operation.kind !== FIELD_OVERFLOW && change(call, grows)) changes++;
	}
	if (changes === 0) {
		// That it has become longer is no change to anybody here, but elsewhere it has to become so, too.
		if (writes && grows && call.effects.isOn) tellItself(call);
		return;
	}
	call.changed(1, EVENT_STRING, "setbit");
	call.keyspace.changes.dirty += changes - 1;
}

function tellItself(call: Call): void {
	const effect = call.effect(call.argc);
	for (let i = 0; i < call.argc; i++) effect.argument(call, i);
}

function get(call: Call): void {
	const { isSigned, bits, offset } = operation;
	if (bits > NUMBER_BITS_MAX) return call.reply.bigInteger(readWideField(view, offset, isSigned, bits));
	call.reply.integer(readNumber());
}

function readNumber(): number {
	const { isSigned, bits, offset } = operation;
	const value = readField(view, offset, bits);
	return isSigned ? asSigned(value, bits) : value;
}

/** Returns whether it counts as a change: of the string's length, or of the field. */
function change(call: Call, grows: boolean): boolean {
	const { kind, isSigned, bits, offset, overflow, value } = operation;
	if (bits > NUMBER_BITS_MAX || !isPlain()) return changeWide(call, grows);
	const old = readNumber();
	const wanted = kind === FIELD_INCRBY ? old + value : value;
	if (!Number.isSafeInteger(wanted)) return changeWide(call, grows);
	const next = fitField(wanted, isSigned, bits, overflow);
	if (Number.isNaN(next)) {
		call.reply.null();
		return false;
	}
	call.reply.integer(kind === FIELD_INCRBY ? next : old);
	preserveField(call, offset, bits);
	writeField(view, offset, bits, asUnsigned(next, bits));
	return grows || next !== old;
}

/** Whether plain numbers will do for the value; a negative one that is set in a field without a sign is really huge. */
function isPlain(): boolean {
	const { kind, isSigned, value } = operation;
	return kind === FIELD_INCRBY || isSigned ? !Number.isNaN(value) : value >= 0;
}

function changeWide(call: Call, grows: boolean): boolean {
	const { kind, isSigned, bits, offset, overflow, next: behind } = operation;
	const old = readWideField(view, offset, isSigned, bits);
	const value = parseInt64(call.bytes, call.start(behind - 1), call.end(behind - 1)) ?? 0n;
	const wanted = kind === FIELD_INCRBY ? old + value : settingOf(value, isSigned, bits);
	const next = fitWideField(wanted, isSigned, bits, overflow);
	if (next === undefined) {
		call.reply.null();
		return false;
	}
	call.reply.bigInteger(kind === FIELD_INCRBY ? next : old);
	preserveField(call, offset, bits);
	writeWideField(view, offset, bits, next);
	return grows || next !== old;
}

/** The bytes of a field are about to change. */
function preserveField(call: Call, offset: number, bits: number): void {
	preserveString(call.database, Math.floor(offset / 8), Math.floor((offset + bits - 1) / 8) + 1);
}

function fieldBlock(word: string, name: string, ...more: Argument[]): Argument {
	return withToken(word, block(name, string("encoding"), integer("offset"), ...more));
}

export function fieldCommands(services: StringServices): readonly CommandRow[] {
	return [
		{
			name: "bitfield",
			since: "3.2.0",
			group: "bitmap",
			complexity: "O(1) for each operation.",
			summary: "Reads, sets and increments integers of any width at any bit of the string at a key.",
			flags: WRITE | DENYOOM | BRIEF,
			variableAccess: { words: ["set", "incrby"], from: 2, present: "RW ACCESS UPDATE", absent: "RO ACCESS" },
			args: [
				key("RW ACCESS UPDATE VARIABLE_FLAGS"),
				optional(
					many(
						oneOf(
							"operation",
							fieldBlock("GET", "encoding_offset"),
							block(
								"write",
								optional(withToken("OVERFLOW", oneOf("wrap_sat_fail", token("wrap"), token("sat"), token("fail")))),
								oneOf(
									"write_operation",
									fieldBlock("SET", "encoding_offset_value", integer("value")),
									fieldBlock("INCRBY", "encoding_offset_increment", integer("increment")),
								),
							),
						),
					),
				),
			],
			run: (call) => bitfield(call, true, services.stringBytesMax()),
		},
		{
			name: "bitfield_ro",
			since: "6.0.0",
			group: "bitmap",
			complexity: "O(1) for each operation.",
			summary: "Reads integers of any width at any bit of the string at a key.",
			flags: READONLY | FAST,
			args: [key("RO ACCESS"), optional(manyTokens(fieldBlock("GET", "encoding_offset")))],
			run: (call) => bitfield(call, false, services.stringBytesMax()),
		},
	];
}
