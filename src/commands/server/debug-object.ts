/** DEBUG OBJECT: how a value is kept. */

import { parseInteger } from "../../bytes/int64.ts";
import type { Call } from "../../dispatch/call.ts";
import { KIND_MARKS } from "../../memory/entry.ts";
import type { Table } from "../../memory/table.ts";
import { NO_SUCH_KEY, unknownSubcommandOrArity } from "../../resp/errors.ts";
import { encodingOf } from "../../types/encoding.ts";
import { StringView } from "../../types/string.ts";
import { STRING } from "../../types/type.ts";
import type { ServerServices } from "./services.ts";

/** Redis has one object each for the integers from 0 to 9999, of which nobody counts the references. */
const SHARED_INTEGERS = 10_000;
const SHARED_REFERENCES = 0x7fffffff;

const view = new StringView();

/** Looks without counting or touching. */
export function describeObject(call: Call, services: ServerServices): void {
	const isFast = call.argc === 4;
	if (isFast && call.latin1(3).toLowerCase() !== "fast") {
		return call.reply.error(unknownSubcommandOrArity(call.latin1(1), "debug"));
	}
	if (!call.peek(2)) return call.reply.error(NO_SUCH_KEY);
	const { table } = call.database;
	const encoding = encodingOf(table);
	const number = encoding === "int" ? integerAt(table) : Number.NaN;
	const isShared =
		(table.kind() & KIND_MARKS) === 0 && number >= 0 && number < SHARED_INTEGERS && services.sharesIntegers();
	const references = isShared ? SHARED_REFERENCES : 1;
	const size = isFast ? "" : ` serializedlength:${serializedLength(table, number)}`;
	const stamp = table.stamp();
	// Values move, so they have no address worth telling.
	call.reply.simple(
		`Value at:0x0 refcount:${references} encoding:${encoding}${size} ` +
			`lru:${stamp} lru_seconds_idle:${call.keyspace.idle_s(stamp)}`,
	);
}

function integerAt(table: Table): number {
	view.load(table);
	return parseInteger(view.bytes, view.start, view.start + view.length);
}

/** Bytes of a string in a snapshot, before compression, where small integers are kept as such; of a collection, here. */
function serializedLength(table: Table, number: number): number {
	if (table.type() !== STRING) return table.isExternal() ? table.external().bytesUsed() : table.valueLength();
	if (number >= -0x80 && number < 0x80) return 2;
	if (number >= -0x8000 && number < 0x8000) return 3;
	if (number >= -0x80000000 && number < 0x80000000) return 5;
	view.load(table);
	const { length } = view;
	if (length < 64) return length + 1;
	return length < 16_384 ? length + 2 : length + 5;
}
