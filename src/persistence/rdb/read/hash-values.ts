import { parseInteger } from "../../../bytes/int64.ts";
import { Hash } from "../../../types/hash.ts";
import type { Limits } from "../../../types/limits.ts";
import { BadData, EmptyCollection } from "./bad-data.ts";
import type { ElementCursor } from "./element-cursor.ts";
import type { Text } from "./rdb-input.ts";
import type { ValueContext } from "./value-context.ts";

/** The greatest deadline of a field there can be. */
const DEADLINE_MAX_MS = 2 ** 48 - 2;

/** How a hash in a file tells the deadlines of its fields. */
export const NO_DEADLINES = 0;
/** Before each field: 0 for none, or milliseconds that count from one before the bound at the start. */
export const RELATIVE_DEADLINES = 1;
/** Before each field: 0 for none, or a moment. */
export const ABSOLUTE_DEADLINES = 2;
/** Behind each value: -1 for none, or a moment in eight bytes. */
export const TRAILING_DEADLINES = 3;

/** Of nothing has passed: while a hash is built, no field is too old to be found again. */
const LONG_AGO_MS = 0;

const hash = new Hash();

/** Reads the fields and values of a hash one by one, behind their count. */
export function* readHash(context: ValueContext, deadlines: number): Generator<void, void> {
	const { input, first, second } = context;
	const bound_ms = deadlines === RELATIVE_DEADLINES ? input.int64() : 0;
	const count = context.count(2);
	if (count === 0) throw new EmptyCollection();
	hash.open(context.place, context.limits, LONG_AGO_MS);
	hash.expect(count);
	if (deadlines !== NO_DEADLINES) hash.becomeVolatile();
	for (let i = 0; i < count; i++) {
		let deadline_ms = leadingDeadline(context, deadlines, bound_ms);
		context.readPair();
		if (deadlines === TRAILING_DEADLINES) {
			first.detach();
			second.detach();
			deadline_ms = input.int64() < 0 ? 0 : input.high * 2 ** 32 + (input.low >>> 0);
		}
		addField(first, second, deadline_ms);
		if (context.shouldPause()) {
			hash.close();
			yield;
			hash.open(context.place, context.limits, LONG_AGO_MS);
		}
	}
	hash.close();
}

function leadingDeadline(context: ValueContext, deadlines: number, bound_ms: number): number {
	if (deadlines !== RELATIVE_DEADLINES && deadlines !== ABSOLUTE_DEADLINES) return 0;
	const read = context.input.length();
	return read === 0 || deadlines === ABSOLUTE_DEADLINES ? read : read + bound_ms - 1;
}

/** `deadline_ms` is 0 for none. */
function addField(field: Text, value: Text, deadline_ms: number): void {
	const { bytes, start, length } = field;
	if (!hash.set(bytes, start, length, value.bytes, value.start, value.length, false)) {
		throw new BadData("Duplicate hash fields detected");
	}
	if (deadline_ms === 0) return;
	if (deadline_ms < 0 || deadline_ms > DEADLINE_MAX_MS) throw new BadData("invalid expireAt time of a hash field");
	hash.find(bytes, start, length);
	hash.setDeadline(deadline_ms);
}

/** Reads a packed hash: field and value in turns, with a deadline as the third where there are such. */
export function readPackedHash(
	context: ValueContext,
	cursor: ElementCursor,
	hasDeadlines: boolean,
	limits: Limits,
): void {
	const { first, second, third } = context;
	hash.open(context.place, limits, LONG_AGO_MS);
	if (hasDeadlines) hash.becomeVolatile();
	let count = 0;
	for (; cursor.next(first); count++) {
		if (!cursor.next(second)) throw new BadData("Hash integrity check failed: a field has no value");
		if (hasDeadlines && !cursor.next(third)) throw new BadData("Hash integrity check failed: a field has no deadline");
		addField(first, second, hasDeadlines ? deadlineOf(third) : 0);
	}
	hash.close();
	if (count === 0) throw new EmptyCollection();
}

function deadlineOf(text: Text): number {
	const deadline_ms = parseInteger(text.bytes, text.start, text.start + text.length);
	if (Number.isNaN(deadline_ms)) throw new BadData("invalid expireAt time of a hash field");
	return deadline_ms;
}
