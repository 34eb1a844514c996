import { copyBytes } from "../bytes/ascii.ts";
import { INLINE_VALUE_MAX } from "../memory/entry.ts";
import { LongString } from "../memory/long-string.ts";
import { isInlineString, RAW_STRING_KIND, type StringView } from "../types/string.ts";
import { type Database, KEEP_DEADLINE } from "./database.ts";

/**
 * Strings that are changed in place: APPEND, SETRANGE, SETBIT and their like.
 *
 * `openString` serves the key of the database's last find, which is a string or does not exist. Afterwards the string is
 * at least `length` bytes long, all bytes that are new are zero, its deadline is the one it had, OBJECT ENCODING says
 * "raw", and `view` is where it lies until the next change of the table: the caller writes there, from `from` to before
 * `to` or, where it does not know beforehand, after it has called `preserveString`.
 *
 * A byte appended is paid for once: a short string grows at the end of its slab, a long one into spare room.
 */
export function openString(database: Database, view: StringView, length: number, from: number, to: number): void {
	const table = database.table;
	if (table.offset === 0) create(database, length);
	else {
		table.setKind(RAW_STRING_KIND);
		if (table.isExternal()) {
			growLong(database, length);
			preserveString(database, from, to);
		} else growInline(database, view, length);
	}
	view.load(table);
}

/** To be told before bytes of the string at the cursor are changed where they lie. */
export function preserveString(database: Database, from: number, to: number): void {
	const table = database.table;
	if (table.isExternal()) (table.external() as LongString).preserve(from, to);
}

/** Holds a short string while its entry moves. */
const scratch = new Uint8Array(INLINE_VALUE_MAX);

function create(database: Database, length: number): void {
	if (isInlineString(length)) {
		scratch.fill(0, 0, length);
		database.putInline(RAW_STRING_KIND, scratch, 0, length, Infinity);
	} else {
		const string = new LongString(length);
		// Its bytes are zero as they are: writing them would touch every page.
		string.length = length;
		database.putExternal(RAW_STRING_KIND, string, Infinity);
	}
}

function growLong(database: Database, length: number): void {
	const table = database.table;
	const string = table.external() as LongString;
	if (length <= string.length) return;
	const before = string.bytesUsed();
	string.resize(length);
	table.handles.bytes += string.bytesUsed() - before;
}

function growInline(database: Database, view: StringView, length: number): void {
	const table = database.table;
	view.load(table);
	const old = view.length;
	if (length <= old) return;
	if (isInlineString(length)) {
		if (table.resizeInline(length)) {
			view.bytes.fill(0, view.start + old, view.start + length);
			return;
		}
		copyBytes(view.bytes, view.start, scratch, 0, old);
		scratch.fill(0, old, length);
		database.putInline(RAW_STRING_KIND, scratch, 0, length, KEEP_DEADLINE);
		return;
	}
	const string = LongString.of(view.bytes, view.start, old);
	string.resize(length);
	database.putExternal(RAW_STRING_KIND, string, KEEP_DEADLINE);
}
