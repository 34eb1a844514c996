import { isInt64 } from "../bytes/int64.ts";
import { INLINE_VALUE_MAX, KIND_MARK } from "../memory/entry.ts";
import { LongString } from "../memory/long-string.ts";
import type { Table } from "../memory/table.ts";
import { STRING } from "./type.ts";

/**
 * Strings: up to INLINE_VALUE_MAX bytes in the slab, longer ones in a LongString behind a handle.
 *
 * Numbers are kept as the text they came as, so reading never formats. What OBJECT ENCODING answers follows from the text:
 * "int" where it is a canonical int64, "embstr" up to 44 bytes, "raw" beyond; KIND_MARK says "raw" whatever the text is,
 * which is how a string that was changed in place (APPEND, SETRANGE) looks in Redis.
 */
export const STRING_KIND = STRING;
export const RAW_STRING_KIND = STRING | KIND_MARK;

const EMBEDDED_BYTES_MAX = 44;
/** Longest decimal int64. */
const INTEGER_BYTES_MAX = 20;

/** A range of bytes where a string lies at the moment; good until the next change of its table. */
export class StringView {
	bytes: Uint8Array;
	start: number;
	length: number;

	constructor() {
		this.bytes = new Uint8Array(0);
		this.start = 0;
		this.length = 0;
	}

	/** Points at the string at the table's cursor. */
	load(table: Table): void {
		if (table.isExternal()) {
			const string = table.external() as LongString;
			this.bytes = string.bytes;
			this.start = 0;
			this.length = string.length;
			return;
		}
		this.bytes = table.segment.slab;
		this.start = table.valueStart();
		this.length = table.valueLength();
	}
}

export function stringEncoding(kind: number, view: StringView): string {
	const { bytes, start, length } = view;
	if ((kind & KIND_MARK) !== 0) return "raw";
	if (length <= INTEGER_BYTES_MAX && isInt64(bytes, start, start + length)) return "int";
	return length <= EMBEDDED_BYTES_MAX ? "embstr" : "raw";
}

export function isInlineString(length: number): boolean {
	return length <= INLINE_VALUE_MAX;
}
