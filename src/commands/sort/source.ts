/** What SORT takes its elements from: a list, a set or a sorted set. */
import { elementLength, elementStart, nextElement } from "../../bytes/elements.ts";
import type { Call } from "../../dispatch/call.ts";
import { List } from "../../types/list.ts";
import { MemberBatch, MemberSet } from "../../types/set.ts";
import { sortedSetKind } from "../../types/sorted-set/kind.ts";
import { SortedSet } from "../../types/sorted-set.ts";
import { LIST, SET, SORTED_SET } from "../../types/type.ts";
import { Elements } from "./elements.ts";

const list = new List();
const set = new MemberSet();
const sortedSet = new SortedSet();
const batch = new MemberBatch();

export function isSortable(type: number): boolean {
	return type === LIST || type === SET || type === SORTED_SET;
}

/** How many elements the value at the database's cursor has, which is a list or a sorted set. */
export function countOf(call: Call): number {
	const { database, keyspace } = call;
	if (database.type() === SORTED_SET) {
		sortedSet.open(database);
		return sortedSet.count;
	}
	list.open(database, keyspace.limits);
	const { count } = list;
	list.close();
	return count;
}

/** All elements of the value at the database's cursor, in its own order, or of a list or sorted set some of them. */
export function elementsOf(call: Call, from = 0, count = Infinity): Elements {
	const elements = new Elements();
	const { database } = call;
	switch (database.type()) {
		case LIST:
			readList(call, elements, from, count);
			break;
		case SET:
			readSet(call, elements);
			break;
		default:
			readSortedSet(call, elements, from, count);
	}
	return elements;
}

function readList(call: Call, elements: Elements, from: number, count: number): void {
	list.open(call.database, call.keyspace.limits);
	let left = Math.min(count, list.count - from);
	if (left > 0) list.seekRun(from);
	for (; left > 0; list.nextRun()) {
		const { bytes } = list;
		let at = list.runStart;
		for (let i = 0; i < list.runCount && left > 0; i++, left--) {
			elements.add(bytes, elementStart(bytes, at), elementLength(bytes, at));
			at = nextElement(bytes, at);
		}
	}
	list.close();
}

function readSet(call: Call, elements: Elements): void {
	set.open(call.database, call.keyspace.limits);
	set.rewind();
	while (set.read(batch)) {
		for (let i = 0; i < batch.count; i++) elements.add(batch.bytes, batch.starts[i]!, batch.lengths[i]!);
	}
	batch.clear();
	set.close();
}

/** Leaves it a skiplist for OBJECT ENCODING, as Redis does, who cannot sort it otherwise. */
function readSortedSet(call: Call, elements: Elements, from: number, count: number): void {
	const { database } = call;
	database.table.setKind(sortedSetKind(true));
	sortedSet.open(database);
	let isThere = sortedSet.seek(from);
	for (let left = count; isThere && left > 0; left--, isThere = sortedSet.next()) {
		elements.add(sortedSet.bytes, sortedSet.start, sortedSet.length);
	}
}
