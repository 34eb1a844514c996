/** Intersections, unions and differences of sets: counted, replied or stored. */
import { bytesOf } from "../../bytes/ascii.ts";
import { isInt64 } from "../../bytes/int64.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, DENYOOM, READONLY, WRITE } from "../../dispatch/command.ts";
import { integer, key, many, optional } from "../../dispatch/grammar.ts";
import { LookAhead } from "../../dispatch/look-ahead.ts";
import { EVENT_GENERIC, EVENT_SET } from "../../keyspace/change.ts";
import { KEY_COUNT_TOO_LARGE, LIMIT_NEGATIVE, NO_KEY_COUNT, SYNTAX_ERROR, WRONG_TYPE } from "../../resp/errors.ts";
import { INTSET, LISTPACK } from "../../types/set/encodings.ts";
import { MemberBatch, MemberSet } from "../../types/set.ts";
import { SET } from "../../types/type.ts";
import { replyMembers } from "./reply-members.ts";

const LIMIT = bytesOf("limit");

const lookAhead = new LookAhead();
const batch = new MemberBatch();

/**
 * Opens the sets of the keys from argument `first` up to `end`, all of which are looked up before any is read; a missing
 * key is a set without members. Null after an error reply.
 */
function openSets(call: Call, first: number, end: number): MemberSet[] | null {
	const { database, keyspace, reply } = call;
	const sets: MemberSet[] = [];
	lookAhead.begin(call, first, 1);
	for (let i = first; i < end; i++) {
		lookAhead.reach(call, i);
		if (!call.findForRead(i) || database.type() === SET) continue;
		reply.error(WRONG_TYPE);
		return null;
	}
	for (let i = first; i < end; i++) {
		const set = new MemberSet();
		call.peek(i);
		set.open(database, keyspace.limits);
		sets.push(set);
	}
	return sets;
}

/** Takes the members of a batch; false to be given no more. */
type Consumer = (batch: MemberBatch) => boolean;

/** Hands over, batch by batch, what is in all sets: the members of the smallest that are in the others. */
function intersect(sets: readonly MemberSet[], consume: Consumer): void {
	const [smallest, ...others] = sets.toSorted((a, b) => a.count - b.count) as [MemberSet, ...MemberSet[]];
	smallest.rewind();
	while (smallest.read(batch)) {
		for (const set of others) set.filter(batch, true);
		if (!consume(batch)) break;
	}
	batch.clear();
}

/** Hands over, batch by batch, the members of the first set that are in no other. */
function subtract(sets: readonly MemberSet[], consume: Consumer): void {
	const [first, ...others] = sets as [MemberSet, ...MemberSet[]];
	// What a large set takes away needs no look at the smaller ones.
	others.sort((a, b) => b.count - a.count);
	first.rewind();
	while (first.read(batch)) {
		for (const set of others) set.filter(batch, false);
		consume(batch);
	}
	batch.clear();
}

/**
 * Whether to copy the first set and to remove the members of all others, instead of looking each of its members up in
 * all others. The question is Redis's, since what a copy has been shows in the encoding of what is left of it.
 */
function isCopiedFirst(sets: readonly MemberSet[]): boolean {
	let members = 0;
	let keys = 0;
	for (const { count } of sets) {
		members += count;
		if (count > 0) keys++;
	}
	return Math.floor((sets[0]!.count * keys) / 2) > members;
}

function addAll(target: MemberSet, source: MemberSet): void {
	source.rewind();
	while (source.read(batch)) target.addBatch(batch);
	batch.clear();
}

function removeAll(target: MemberSet, source: MemberSet): void {
	source.rewind();
	while (target.count > 0 && source.read(batch)) {
		for (let i = 0; i < batch.count; i++) target.remove(batch.bytes, batch.starts[i]!, batch.lengths[i]!);
	}
	batch.clear();
}

/** A set that belongs to no key yet. */
function newSet(call: Call, encoding: number, members = 0): MemberSet {
	const set = new MemberSet();
	set.begin(call.database.table, call.keyspace.limits, encoding, members);
	return set;
}

/** The same with all members of another. */
function copyOf(call: Call, original: MemberSet): MemberSet {
	const copy = newSet(call, INTSET);
	if (original.isCopiable()) copy.beginCopy(original);
	else addAll(copy, original);
	return copy;
}

function unionOf(call: Call, sets: readonly MemberSet[]): MemberSet {
	const largest = sets.reduce((a, b) => (b.count > a.count ? b : a));
	const first = largest.isCopiable() ? largest : sets[0]!;
	const union = copyOf(call, first);
	for (const set of sets) if (set !== first) addAll(union, set);
	return union;
}

function differenceOf(call: Call, sets: readonly MemberSet[]): MemberSet {
	if (!isCopiedFirst(sets)) return collect(call, INTSET, sets[0]!, (consume) => subtract(sets, consume));
	const difference = copyOf(call, sets[0]!);
	for (const set of sets.slice(1)) removeAll(difference, set);
	return difference;
}

function intersectionOf(call: Call, sets: readonly MemberSet[]): MemberSet {
	const smallest = sets.reduce((a, b) => (b.count < a.count ? b : a));
	const encoding = smallest.encoding === INTSET ? INTSET : LISTPACK;
	const intersection = collect(call, encoding, smallest, (consume) => intersect(sets, consume));
	if (intersection.count > call.keyspace.limits.intsetEntries || !consistsOfIntegers(intersection)) return intersection;
	// Integers that come out of sets of strings are an intset again, as far as there are not too many.
	const integers = newSet(call, INTSET);
	addAll(integers, intersection);
	return integers;
}

/** The batches that `produce` makes of members of `source`, as a set; those of a large one are counted first. */
function collect(call: Call, encoding: number, source: MemberSet, produce: (consume: Consumer) => void): MemberSet {
	let count = 0;
	if (source.isBig()) {
		produce((members) => {
			count += members.count;
			return true;
		});
	}
	const result = newSet(call, encoding, count);
	produce((members) => {
		result.addBatch(members);
		return true;
	});
	return result;
}

function consistsOfIntegers(set: MemberSet): boolean {
	let result = true;
	set.forEach((bytes, start, length) => {
		if (!isInt64(bytes, start, start + length)) result = false;
	});
	return result;
}

/** Writes batches of members as a set whose length is known only behind them. */
function replyBatches(call: Call, produce: (consume: Consumer) => void): void {
	const { reply } = call;
	const mark = reply.length;
	let count = 0;
	produce((members) => {
		reply.bulks(members.bytes, members.starts, members.lengths, members.count);
		count += members.count;
		return true;
	});
	const end = reply.length;
	reply.set(count);
	reply.bringForward(end, mark);
}

function replySet(call: Call, set: MemberSet): void {
	call.reply.set(set.count);
	replyMembers(call.reply, set);
	set.close();
}

/** Stores a result under key 1, or removes the key where the result is empty; replies with its size. */
function store(call: Call, set: MemberSet, event: string): void {
	const { count } = set;
	const isThere = call.peek(1);
	if (count > 0) {
		set.store(call.database, Infinity);
		call.changed(1, EVENT_SET, event);
	} else if (isThere) {
		call.database.remove();
		call.changed(1, EVENT_GENERIC, "del");
	}
	call.reply.integer(count);
}

function hasEmpty(sets: readonly MemberSet[]): boolean {
	return sets.some(({ count }) => count === 0);
}

function sinter(call: Call): void {
	const sets = openSets(call, 1, call.argc);
	if (sets === null) return;
	if (hasEmpty(sets)) return call.reply.set(0);
	replyBatches(call, (consume) => intersect(sets, consume));
}

function sinterstore(call: Call): void {
	const sets = openSets(call, 2, call.argc);
	if (sets !== null) store(call, hasEmpty(sets) ? newSet(call, INTSET) : intersectionOf(call, sets), "sinterstore");
}

function sintercard(call: Call): void {
	const { argc, reply } = call;
	const keys = call.clampedInteger(1);
	if (!(keys > 0)) return reply.error(NO_KEY_COUNT);
	if (keys > argc - 2) return reply.error(KEY_COUNT_TOO_LARGE);
	let limit = 0;
	for (let i = 2 + keys; i < argc; i += 2) {
		if (!call.is(i, LIMIT) || i + 1 === argc) return reply.error(SYNTAX_ERROR);
		limit = call.clampedInteger(i + 1);
		if (!(limit >= 0)) return reply.error(LIMIT_NEGATIVE);
	}
	const sets = openSets(call, 2, 2 + keys);
	if (sets === null) return;
	if (hasEmpty(sets)) return reply.integer(0);
	let count = 0;
	intersect(sets, (members) => {
		count += members.count;
		return limit === 0 || count < limit;
	});
	reply.integer(limit === 0 ? count : Math.min(count, limit));
}

function sunion(call: Call): void {
	const sets = openSets(call, 1, call.argc);
	if (sets !== null) replySet(call, sets.length === 1 ? sets[0]! : unionOf(call, sets));
}

function sunionstore(call: Call): void {
	const sets = openSets(call, 2, call.argc);
	if (sets !== null) store(call, unionOf(call, sets), "sunionstore");
}

function sdiff(call: Call): void {
	const sets = openSets(call, 1, call.argc);
	if (sets === null) return;
	if (isCopiedFirst(sets)) replySet(call, differenceOf(call, sets));
	else replyBatches(call, (consume) => subtract(sets, consume));
}

function sdiffstore(call: Call): void {
	const sets = openSets(call, 2, call.argc);
	if (sets !== null) store(call, differenceOf(call, sets), "sdiffstore");
}

const INTERSECTION_COMPLEXITY = "O(N*M), N being the size of the smallest set and M the number of sets.";
const SUM_COMPLEXITY = "O(N), N being the number of members of all sets together.";

export const algebraCommands: readonly CommandRow[] = [
	{
		name: "sinter",
		since: "1.0.0",
		group: "set",
		complexity: INTERSECTION_COMPLEXITY,
		summary: "Lists the members that several sets have in common.",
		flags: READONLY,
		args: [many(key("RO ACCESS"))],
		tips: ["nondeterministic_output_order"],
		run: sinter,
	},
	{
		name: "sinterstore",
		since: "1.0.0",
		group: "set",
		complexity: INTERSECTION_COMPLEXITY,
		summary: "Stores the members that several sets have in common as a set of their own.",
		flags: WRITE | DENYOOM,
		args: [key("RW UPDATE", "destination"), many(key("RO ACCESS"))],
		run: sinterstore,
	},
	{
		name: "sintercard",
		since: "7.0.0",
		group: "set",
		complexity: INTERSECTION_COMPLEXITY,
		summary: "Counts the members that several sets have in common, up to a limit.",
		flags: READONLY,
		args: [integer("numkeys"), many(key("RO ACCESS")), optional(integer("limit", "LIMIT"))],
		keySpecs: [{ access: "RO ACCESS", begin: { index: 1 }, find: { keyNumberIndex: 0, firstKey: 1, step: 1 } }],
		run: sintercard,
	},
	{
		name: "sunion",
		since: "1.0.0",
		group: "set",
		complexity: SUM_COMPLEXITY,
		summary: "Lists the members of several sets taken together.",
		flags: READONLY,
		args: [many(key("RO ACCESS"))],
		tips: ["nondeterministic_output_order"],
		run: sunion,
	},
	{
		name: "sunionstore",
		since: "1.0.0",
		group: "set",
		complexity: SUM_COMPLEXITY,
		summary: "Stores the members of several sets taken together as a set of their own.",
		flags: WRITE | DENYOOM,
		args: [key("OW UPDATE", "destination"), many(key("RO ACCESS"))],
		run: sunionstore,
	},
	{
		name: "sdiff",
		since: "1.0.0",
		group: "set",
		complexity: SUM_COMPLEXITY,
		summary: "Lists the members of the first set that are in no other.",
		flags: READONLY,
		args: [many(key("RO ACCESS"))],
		tips: ["nondeterministic_output_order"],
		run: sdiff,
	},
	{
		name: "sdiffstore",
		since: "1.0.0",
		group: "set",
		complexity: SUM_COMPLEXITY,
		summary: "Stores the members of the first set that are in no other as a set of their own.",
		flags: WRITE | DENYOOM,
		args: [key("OW UPDATE", "destination"), many(key("RO ACCESS"))],
		run: sdiffstore,
	},
];
