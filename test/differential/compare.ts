/**
 * How equal is equal. A verb says what of a command's reply must agree between the reference and the subject.
 *
 * Invariant: errors and nulls are never loosened by a verb that speaks of values: where either side has one, the bytes
 * must be the same (except under `errorPrefix`, `typeOnly` and `ignored`).
 */
import { formatDouble, formatGeneral } from "../../src/bytes/double.ts";
import type { Reply } from "../support/reply.ts";
import type { Frame } from "../support/wire.ts";

export type Verb =
	/** The same bytes. */
	| { readonly kind: "exact" }
	/** The same elements in any order: the array `depth` levels down is sorted, by runs of `stride` elements. */
	| { readonly kind: "sorted"; readonly depth: number; readonly stride: number }
	/** Like exact, but two integers that are not negative may lie `tolerance` apart. */
	| { readonly kind: "approximate"; readonly tolerance: number }
	/** Like exact, but doubles may have 17 digits in the reference, as Redis printed them before 7.2. */
	| { readonly kind: "doubles" }
	/** The same first word of an error. */
	| { readonly kind: "errorPrefix" }
	/** The same kind of reply. */
	| { readonly kind: "typeOnly" }
	/** The same kind of reply, and each side's value occurs in its own reply to the next command of the pipeline. */
	| { readonly kind: "member" }
	/** The same result after `normalize` has removed what may differ. */
	| { readonly kind: "normalized"; readonly normalize: (reply: Reply) => string }
	/** Only that there is a reply; `why` says what cannot be compared. */
	| { readonly kind: "ignored"; readonly why: string };

export const exact: Verb = { kind: "exact" };
export const sorted: Verb = { kind: "sorted", depth: 0, stride: 1 };
/** For names and values that alternate in RESP2 and are a map in RESP3. */
export const sortedPairs: Verb = { kind: "sorted", depth: 0, stride: 2 };
/** For SCAN with everything in one page: the cursor, then the keys in any order. */
export const sortedInside: Verb = { kind: "sorted", depth: 1, stride: 1 };
export const doubles: Verb = { kind: "doubles" };
export const errorPrefix: Verb = { kind: "errorPrefix" };
export const typeOnly: Verb = { kind: "typeOnly" };
export const member: Verb = { kind: "member" };
export const approximate = (tolerance: number): Verb => ({ kind: "approximate", tolerance });
export const normalized = (normalize: (reply: Reply) => string): Verb => ({ kind: "normalized", normalize });
export const ignored = (why: string): Verb => ({ kind: "ignored", why });

/** True where the two replies agree under the verb. */
export function agree(verb: Verb, expected: Frame, actual: Frame): boolean {
	if (verb.kind === "ignored" || expected.equals(actual)) return true;
	if (verb.kind === "exact") return false;
	const left = expected.tree();
	const right = actual.tree();
	switch (verb.kind) {
		case "sorted":
			return print(left, verb.depth, verb.stride) === print(right, verb.depth, verb.stride);
		case "approximate":
			return near(left, right, verb.tolerance);
		case "doubles":
			return sameDoubles(left, right);
		case "errorPrefix":
			return left.kind === "error" && right.kind === "error" && firstWord(left) === firstWord(right);
		case "typeOnly":
		case "member":
			return left.kind === right.kind;
		case "normalized":
			return !isError(left) && !isError(right) && verb.normalize(left) === verb.normalize(right);
	}
}

/** True where the value is null, or one of the elements of `all`. */
export function isMember(value: Frame, all: Frame): boolean {
	const tree = value.tree();
	return tree.kind === "null" || all.tree().items.some((item) => item.text === tree.text);
}

const isError = (reply: Reply): boolean => reply.kind === "error" || reply.kind === "bulkError";
const firstWord = (reply: Reply): string => reply.text.split(" ", 1)[0]!;

/**
 * One line that two replies share exactly when they are equal, where the order within maps, sets, and the aggregates
 * `sortDepth` levels down does not count.
 */
export function print(reply: Reply, sortDepth = -1, stride = 1): string {
	const { kind, items } = reply;
	if (items.length === 0) return `${kind}(${JSON.stringify(reply.text)})`;
	const run = kind === "map" ? 2 : sortDepth === 0 ? stride : 1;
	const parts: string[] = [];
	for (let index = 0; index < items.length; index += run) {
		const elements = items.slice(index, index + run);
		parts.push(elements.map((item) => print(item, sortDepth - 1, stride)).join("=>"));
	}
	if (sortDepth === 0 || kind === "map" || kind === "set") parts.sort();
	return `${kind}[${parts.join(" ")}]`;
}

function near(left: Reply, right: Reply, tolerance: number): boolean {
	if (left.kind !== right.kind || left.items.length !== right.items.length) return false;
	if (left.kind === "integer") {
		const [one, other] = [Number(left.text), Number(right.text)];
		if (one < 0 || other < 0) return left.text === right.text;
		return Math.abs(one - other) <= tolerance;
	}
	if (left.text !== right.text) return false;
	return left.items.every((item, index) => near(item, right.items[index]!, tolerance));
}

function sameDoubles(left: Reply, right: Reply): boolean {
	if (left.kind !== right.kind || left.items.length !== right.items.length) return false;
	if (left.text !== right.text && !isSameDouble(left.text, right.text)) return false;
	return left.items.every((item, index) => sameDoubles(item, right.items[index]!));
}

/** Whether they are one double, as 7.0 prints it and as 7.2 does. */
export function isSameDouble(expected: string, actual: string): boolean {
	const value = Number(actual);
	return expected === formatGeneral(value, 17) && actual === formatDouble(value);
}
