/** DEBUG OBJECT: how a value is kept. */

import { parseInteger } from "../../bytes/int64.ts";
import type { Call } from "../../dispatch/call.ts";
import { KIND_MARKS } from "../../memory/entry.ts";
import type { Table } from "../../memory/table.ts";
import { ValueDump } from "../../persistence/rdb/dump.ts";
import { NO_SUCH_KEY, unknownSubcommandOrArity } from "../../resp/errors.ts";
import { encodingOf } from "../../types/encoding.ts";
import { StringView } from "../../types/string.ts";
import type { ServerServices } from "./services.ts";

/** Redis has one object each for the integers from 0 to 9999, of which nobody counts the references. */
const SHARED_INTEGERS = 10_000;
const SHARED_REFERENCES = 0x7fffffff;

const view = new StringView();
const valueDump = new ValueDump();

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
	const size = isFast ? "" : ` serializedlength:${valueDump.serializedLength(table, services.compressesSnapshots())}`;
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
