import { elementBytes, elementLength, elementStart, nextElement, writeElement } from "../../../bytes/elements.ts";
import { List, TAIL } from "../../../types/list.ts";
import { CONTAINER_PACKED, CONTAINER_PLAIN } from "../format.ts";
import { BadData, EmptyCollection } from "./bad-data.ts";
import type { ElementCursor } from "./element-cursor.ts";
import { ListpackCursor } from "./listpack-cursor.ts";
import type { Text } from "./rdb-input.ts";
import type { ValueContext } from "./value-context.ts";
import { ZiplistCursor } from "./ziplist-cursor.ts";

const list = new List();
const listpack = new ListpackCursor();
const ziplist = new ZiplistCursor();

/** Heads and end marks. */
const LISTPACK_FRAME_BYTES = 7;
const ZIPLIST_FRAME_BYTES = 11;
/** Room for a node is kept up to here. */
const RUN_BYTES_KEPT = 1 << 20;

/** So much more than any limit that a list which expects it is one of many nodes. */
const MANY_BYTES = 2 ** 40;

/** Reads the elements of a list one by one, behind their count. */
export function* readList(context: ValueContext): Generator<void, void> {
	const { input, first } = context;
	const count = context.count(1);
	if (count === 0) throw new EmptyCollection();
	list.open(context.place, context.limits);
	for (let i = 0; i < count; i++) {
		input.string(first);
		append(first);
		if (context.shouldPause()) {
			list.close();
			yield;
			list.open(context.place, context.limits);
		}
	}
	list.close();
}

function append(text: Text): void {
	list.append(TAIL, text.bytes, text.start, text.length);
}

/** A node's elements, one behind the other as in bytes/elements.ts. */
let run = new Uint8Array(16 * 1024);

/** Appends the elements of a node, which take so many bytes there; returns how many there are. */
function appendAll(cursor: ElementCursor, nodeBytes: number, text: Text): number {
	let count = 0;
	let to = 0;
	for (; cursor.next(text); count++) {
		const end = to + elementBytes(text.length);
		if (end > run.length) {
			const grown = new Uint8Array(2 * end);
			grown.set(run.subarray(0, to));
			run = grown;
		}
		writeElement(run, to, text.bytes, text.start, text.length);
		to = end;
	}
	if (count === 0) return 0;
	list.reserve(TAIL, count, nodeBytes, to);
	for (let at = 0; at < to; at = nextElement(run, at)) {
		list.push(TAIL, run, elementStart(run, at), elementLength(run, at));
	}
	if (run.length > RUN_BYTES_KEPT) run = new Uint8Array(RUN_BYTES_KEPT);
	return count;
}

/** Reads a list that is a single ziplist. */
export function readZiplistList(context: ValueContext): void {
	list.open(context.place, context.limits);
	const blob = context.readBlob();
	const count = appendAll(ziplist.open(blob), blob.length - ZIPLIST_FRAME_BYTES, context.first);
	list.close();
	if (count === 0) throw new EmptyCollection();
}

/** Reads a list of nodes, behind their count: ziplists, or in the second version listpacks and single elements. */
export function* readQuicklist(context: ValueContext, isSecond: boolean): Generator<void, void> {
	const { input, place, limits, first } = context;
	const nodes = context.count(1);
	if (nodes === 0) throw new EmptyCollection();
	list.open(place, limits);
	let filled = 0;
	for (let i = 0; i < nodes; i++) {
		const container = isSecond ? input.length() : CONTAINER_PACKED;
		if (container !== CONTAINER_PACKED && container !== CONTAINER_PLAIN) {
			throw new BadData("Quicklist integrity check failed.");
		}
		const blob = context.readBlob();
		if (container === CONTAINER_PLAIN) {
			list.expect(0, MANY_BYTES);
			append(blob);
			filled++;
		} else {
			const cursor = isSecond ? listpack.open(blob) : ziplist.open(blob);
			const frameBytes = isSecond ? LISTPACK_FRAME_BYTES : ZIPLIST_FRAME_BYTES;
			if (appendAll(cursor, blob.length - frameBytes, first) > 0) filled++;
		}
		// Redis calls it a listpack only while it is a single node.
		if (filled > 1) list.expect(0, MANY_BYTES);
		if (list.count > 0 && context.shouldPause()) {
			list.close();
			yield;
			list.open(place, limits);
		}
	}
	const { count } = list;
	list.close();
	if (count === 0) throw new EmptyCollection();
}
