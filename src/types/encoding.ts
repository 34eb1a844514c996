import { unreachable } from "../bytes/assert.ts";
import type { Table } from "../memory/table.ts";
import { StringView, stringEncoding } from "./string.ts";
import { STRING } from "./type.ts";

const view = new StringView();

/** What OBJECT ENCODING says of the value at the table's cursor. */
export function encodingOf(table: Table): string {
	switch (table.type()) {
		case STRING:
			view.load(table);
			return stringEncoding(table.kind(), view);
		default:
			return unreachable("every type has its encodings");
	}
}
