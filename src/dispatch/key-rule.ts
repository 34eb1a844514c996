import { bytesOf } from "../bytes/ascii.ts";
import type { CommandRow, KeySpec, VariableAccess } from "./command.ts";
import type { KeyRange } from "./grammar.ts";

/**
 * Key specifications as rules of one shape, made once per command: what COMMAND INFO shows and what keys are found by.
 */

/** Access of a key as bits, in the order in which COMMAND INFO names them. */
export const KEY_RO = 1 << 0;
export const KEY_RW = 1 << 1;
export const KEY_OW = 1 << 2;
export const KEY_RM = 1 << 3;
export const KEY_ACCESS = 1 << 4;
export const KEY_UPDATE = 1 << 5;
export const KEY_INSERT = 1 << 6;
export const KEY_DELETE = 1 << 7;
/** A word at a key's place that is none, as a channel. */
export const KEY_NOT_KEY = 1 << 8;
/** There may be more keys than the rule finds. */
export const KEY_INCOMPLETE = 1 << 9;
/** The arguments say which of the access flags hold. */
export const KEY_VARIABLE = 1 << 10;

const ACCESS_NAMES = [
	"RO",
	"RW",
	"OW",
	"RM",
	"access",
	"update",
	"insert",
	"delete",
	"not_key",
	"incomplete",
	"variable_flags",
] as const;

/** How the search for keys begins. */
export const BEGIN_INDEX = 0;
export const BEGIN_KEYWORD = 1;
export const BEGIN_UNKNOWN = 2;
/** How it goes on. */
export const FIND_RANGE = 0;
export const FIND_COUNT = 1;
export const FIND_UNKNOWN = 2;

/** What KEY_VARIABLE stands for: it depends on whether one of the words is among the arguments. */
export interface VariableBits {
	/** In lower case. */
	readonly words: readonly Uint8Array[];
	readonly from: number;
	/** KEY_ bits. */
	readonly present: number;
	readonly absent: number;
}

export interface KeyRule {
	/** KEY_ bits. */
	readonly access: number;
	readonly notes: string;
	/** Null where `access` says all. */
	readonly variable: VariableBits | null;
	readonly begin: number;
	/** Of BEGIN_INDEX: the word where it begins. */
	readonly index: number;
	/** Of BEGIN_KEYWORD: it begins behind this word, which is searched from a word (from the end where negative). */
	readonly keyword: string;
	/** `keyword` in lower case. */
	readonly keywordBytes: Uint8Array;
	readonly startFrom: number;
	readonly find: number;
	/** Of FIND_RANGE: the last key counted from the first, or from the end where negative. */
	readonly last: number;
	readonly step: number;
	/** Of FIND_RANGE: keys are the first of so many equal parts of the rest; 0 and 1 mean all of it. */
	readonly limit: number;
	/** Of FIND_COUNT: where the number of keys and the first key are, counted from the beginning. */
	readonly keyNumberIndex: number;
	readonly firstKey: number;
}

export function keyRulesOf(row: CommandRow, ranges: readonly KeyRange[]): readonly KeyRule[] {
	return (row.keySpecs ?? ranges.map(specOf)).map((spec) => ruleOf(spec, row.variableAccess));
}

function variableBits({ words, from, present, absent }: VariableAccess): VariableBits {
	return { words: words.map(bytesOf), from, present: accessBits(present), absent: accessBits(absent) };
}

function specOf({ first, last, step, access }: KeyRange): KeySpec {
	return {
		access,
		begin: { index: first },
		find: { last: last < 0 ? last : last - first, step, limit: 0 },
	};
}

function ruleOf({ access, notes, begin, find }: KeySpec, variable: VariableAccess | undefined): KeyRule {
	const keyword = "keyword" in begin ? begin.keyword : "";
	const bits = accessBits(access);
	return {
		access: bits,
		notes: notes ?? "",
		variable: (bits & KEY_VARIABLE) === 0 || variable === undefined ? null : variableBits(variable),
		begin: "index" in begin ? BEGIN_INDEX : "keyword" in begin ? BEGIN_KEYWORD : BEGIN_UNKNOWN,
		index: "index" in begin ? begin.index : 0,
		keyword,
		keywordBytes: bytesOf(keyword.toLowerCase()),
		startFrom: "keyword" in begin ? begin.startFrom : 0,
		find: "last" in find ? FIND_RANGE : "keyNumberIndex" in find ? FIND_COUNT : FIND_UNKNOWN,
		last: "last" in find ? find.last : 0,
		step: "step" in find ? find.step : 0,
		limit: "limit" in find ? find.limit : 0,
		keyNumberIndex: "keyNumberIndex" in find ? find.keyNumberIndex : 0,
		firstKey: "keyNumberIndex" in find ? find.firstKey : 0,
	};
}

/** "RW ACCESS UPDATE" as bits; words it does not know are a mistake in a row. */
export function accessBits(access: string): number {
	let bits = 0;
	for (const word of access.split(" ")) {
		const bit = ACCESS_NAMES.findIndex((name) => name.toUpperCase() === word);
		if (bit < 0) throw new Error(`no access flag is called ${word}`);
		bits |= 1 << bit;
	}
	return bits;
}

/** As COMMAND INFO and GETKEYSANDFLAGS name them. */
export function accessNames(bits: number): string[] {
	return ACCESS_NAMES.filter((_, bit) => (bits & (1 << bit)) !== 0);
}

/** Whether keys can only be found by looking at the arguments. */
export function hasMovableKeys(rules: readonly KeyRule[]): boolean {
	return rules.some((rule) => rule.begin !== BEGIN_INDEX || rule.find !== FIND_RANGE);
}

/** First key, last key and step as COMMAND INFO gives them: all fixed ranges, which follow each other, taken as one. */
export function legacyRange(rules: readonly KeyRule[]): [first: number, last: number, step: number] {
	let first = 0;
	let last = 0;
	let step = 0;
	for (const rule of rules) {
		if (rule.begin !== BEGIN_INDEX || rule.find !== FIND_RANGE) continue;
		if (first === 0) first = rule.index;
		last = rule.last < 0 ? rule.last : rule.index + rule.last;
		step = rule.step;
		if (last < 0) break;
	}
	return [first, last, step];
}
