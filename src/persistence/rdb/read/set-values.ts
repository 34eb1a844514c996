import { HASHTABLE, LISTPACK } from "../../../types/set/encodings.ts";
import { MemberSet } from "../../../types/set.ts";
import { BadData, EmptyCollection } from "./bad-data.ts";
import type { ElementCursor } from "./element-cursor.ts";
import type { Text } from "./rdb-input.ts";
import type { ValueContext } from "./value-context.ts";

const set = new MemberSet();

/** Reads the members of a set one by one, behind their count. */
export function* readSet(context: ValueContext): Generator<void, void> {
	const { input, first, limits, place } = context;
	const count = context.count(1);
	if (count === 0) throw new EmptyCollection();
	set.open(place, limits);
	if (count > Math.max(limits.intsetEntries, limits.setEntries)) set.encoding = HASHTABLE;
	for (let i = 0; i < count; i++) {
		input.string(first);
		addMember(first);
		if (context.shouldPause()) {
			set.close();
			yield;
			set.open(place, limits);
		}
	}
	set.close();
}

function addMember(text: Text): void {
	if (!set.add(text.bytes, text.start, text.length)) throw new BadData("Duplicate set members detected");
}

/** Reads a packed set; one of integers stays one where it is `isIntset`. */
export function readPackedSet(context: ValueContext, cursor: ElementCursor, isIntset: boolean): void {
	const { first, packedLimits } = context;
	set.open(context.place, packedLimits);
	if (!isIntset) set.encoding = LISTPACK;
	while (cursor.next(first)) addMember(first);
	const { count } = set;
	set.close();
	if (count === 0) throw new EmptyCollection();
}
