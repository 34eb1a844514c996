import { unreachable } from "../bytes/assert.ts";
import type { Table } from "../memory/table.ts";
import { hashEncoding } from "./hash/kind.ts";
import { listEncoding } from "./list.ts";
import { setEncoding } from "./set/encodings.ts";
import { sortedSetEncoding } from "./sorted-set/kind.ts";
import { StringView, stringEncoding } from "./string.ts";
import { HASH, LIST, SET, SORTED_SET, STREAM, STRING } from "./type.ts";

const view = new StringView();

/** What OBJECT ENCODING says of the value at the table's cursor. */
export function encodingOf(table: Table): string {
	switch (table.type()) {
		case STRING:
			view.load(table);
			return stringEncoding(table.kind(), view);
		case LIST:
			return listEncoding(table.kind());
		case HASH:
			return hashEncoding(table.kind());
		case SET:
			return setEncoding(table);
		case SORTED_SET:
			return sortedSetEncoding(table.kind());
		case STREAM:
			return "stream";
		default:
			return unreachable("every type has its encodings");
	}
}
