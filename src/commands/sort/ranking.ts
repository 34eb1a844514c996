/** Puts elements in order: by numbers or by text, their own or that of other keys. */
import { compareBytes } from "../../bytes/ascii.ts";
import { parseDouble } from "../../bytes/double.ts";
import { FORM_DECIMAL, floatForm } from "../../bytes/float-text.ts";
import type { Call } from "../../dispatch/call.ts";
import { Elements, textEnd } from "./elements.ts";
import type { KeyPattern } from "./key-pattern.ts";
import type { SortOptions } from "./options.ts";

const SPACE = 0x20;
const TAB = 0x09;
const CARRIAGE_RETURN = 0x0d;
/** The smallest double that has all of its digits. */
const NORMAL_MIN = 2 ** -1022;

type Comparison = (a: number, b: number) => number;

/** The numbers of the elements in the order that is asked for; null where one has no number to be ordered by. */
export function ranked(
	call: Call,
	elements: Elements,
	options: SortOptions,
	by: KeyPattern | null,
): Uint32Array | null {
	const ascending = options.isAlphabetic ? byText(call, elements, options, by) : byNumber(call, elements, by);
	if (ascending === null) return null;
	return sorted(elements.count, options.isDescending ? (a, b) => ascending(b, a) : ascending);
}

/** The numbers from 0 up to `count` in order, equal ones as they were. Runs of one, two, four … numbers are merged. */
function sorted(count: number, compare: Comparison): Uint32Array {
	let source: Uint32Array = inOrder(count, false);
	let target: Uint32Array = new Uint32Array(count);
	for (let run = 1; run < count; run *= 2) {
		for (let from = 0; from < count; from += 2 * run) {
			const middle = Math.min(from + run, count);
			merge(source, from, middle, Math.min(from + 2 * run, count), target, compare);
		}
		[source, target] = [target, source];
	}
	return source;
}

/** Merges two neighbouring runs into the same place of another array. */
function merge(
	source: Uint32Array,
	from: number,
	middle: number,
	to: number,
	target: Uint32Array,
	compare: Comparison,
): void {
	let left = from;
	let right = middle;
	for (let at = from; at < to; at++) {
		const takesLeft = left < middle && (right === to || compare(source[left]!, source[right]!) <= 0);
		target[at] = takesLeft ? source[left++]! : source[right++]!;
	}
}

/** The numbers of so many elements, first to last or last to first. */
export function inOrder(count: number, isReversed: boolean): Uint32Array {
	const order = new Uint32Array(count);
	for (let i = 0; i < count; i++) order[i] = isReversed ? count - 1 - i : i;
	return order;
}

/** What is equal as a number is ordered by its bytes. */
function byNumber(call: Call, elements: Elements, by: KeyPattern | null): Comparison | null {
	const scores = new Float64Array(elements.count);
	let areNumbers = true;
	for (let i = 0; i < elements.count; i++) {
		// Of what is missing the number is 0.
		if (by !== null && !by.find(call, elements, i)) continue;
		scores[i] =
			by === null
				? scoreOf(elements.bytes, elements.start(i), elements.end(i))
				: scoreOf(by.bytes, by.start, by.start + by.length);
		if (Number.isNaN(scores[i]!)) areNumbers = false;
	}
	if (!areNumbers) return null;
	return (a, b) => {
		const x = scores[a]!;
		const y = scores[b]!;
		return x === y ? elements.compare(a, b) : x < y ? -1 : 1;
	};
}

/**
 * A number as C's strtod reads it from a string that ends with a zero byte: blanks before it do not matter, nothing at
 * all is 0. NaN where it is none, or none that a double can say.
 */
function scoreOf(bytes: Uint8Array, start: number, end: number): number {
	const to = textEnd(bytes, start, end);
	if (to === start) return 0;
	let from = start;
	while (from < to && isBlank(bytes[from]!)) from++;
	const score = parseDouble(bytes, from, to);
	const isSubnormal = score !== 0 && Math.abs(score) < NORMAL_MIN;
	return isSubnormal && floatForm(bytes, from, to) === FORM_DECIMAL ? Number.NaN : score;
}

function isBlank(byte: number): boolean {
	return byte === SPACE || (byte >= TAB && byte <= CARRIAGE_RETURN);
}

/** By text, which ends at a zero byte unless the result is stored; what is missing comes first. */
function byText(call: Call, elements: Elements, { storeKey }: SortOptions, by: KeyPattern | null): Comparison {
	const texts = by === null ? elements : new Elements();
	const areMissing = new Uint8Array(elements.count);
	if (by !== null) {
		for (let i = 0; i < elements.count; i++) {
			if (by.find(call, elements, i)) texts.add(by.bytes, by.start, by.length);
			else {
				texts.add(elements.bytes, 0, 0);
				areMissing[i] = 1;
			}
		}
	}
	const { bytes } = texts;
	const ends = new Uint32Array(texts.count);
	for (let i = 0; i < texts.count; i++) {
		ends[i] = storeKey > 0 ? texts.end(i) : textEnd(bytes, texts.start(i), texts.end(i));
	}
	return (a, b) => {
		if (areMissing[a] !== areMissing[b]) return areMissing[b]! - areMissing[a]!;
		return compareBytes(bytes, texts.start(a), ends[a]!, bytes, texts.start(b), ends[b]!);
	};
}
