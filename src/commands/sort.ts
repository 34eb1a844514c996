import type { Call } from "../dispatch/call.ts";
import { type CommandRow, DENYOOM, type KeySpec, READONLY, WRITE } from "../dispatch/command.ts";
import {
	type Argument,
	block,
	integer,
	key,
	manyTokens,
	ofKeySpec,
	oneOf,
	optional,
	pattern,
	token,
	withToken,
} from "../dispatch/grammar.ts";
import { EVENT_GENERIC, EVENT_LIST } from "../keyspace/change.ts";
import { NOT_SORTABLE, WRONG_TYPE } from "../resp/errors.ts";
import { List, TAIL } from "../types/list.ts";
import { LonePlace } from "../types/lone-place.ts";
import { SET } from "../types/type.ts";
import { Elements } from "./sort/elements.ts";
import type { KeyPattern } from "./sort/key-pattern.ts";
import { SortOptions } from "./sort/options.ts";
import { inOrder, ranked } from "./sort/ranking.ts";
import { countOf, elementsOf, isSortable } from "./sort/source.ts";

/** SORT and SORT_RO: all elements are copied, ranked, and from them or from the keys they lead to the result is made. */
const list = new List();

function sort(call: Call): void {
	sortGeneric(call, true);
}

function sortReadOnly(call: Call): void {
	sortGeneric(call, false);
}

function sortGeneric(call: Call, mayStore: boolean): void {
	const options = SortOptions.read(call, mayStore);
	if (options === null) return;
	if (!call.findForRead(1)) return finish(call, new Elements(), new Uint32Array(0), options);
	const type = call.database.type();
	if (!isSortable(type)) return call.reply.error(WRONG_TYPE);
	if (options.by?.isConstant !== true) return sortAll(call, options, options.by);
	if (type !== SET) return takeInOrder(call, options);
	// What is stored must not depend on the order of a hash table.
	if (options.storeKey > 0) {
		options.isAlphabetic = true;
		return sortAll(call, options, null);
	}
	const elements = elementsOf(call);
	finish(call, elements, options.limit(inOrder(elements.count, false)), options);
}

function sortAll(call: Call, options: SortOptions, by: KeyPattern | null): void {
	const elements = elementsOf(call);
	const order = ranked(call, elements, options, by);
	if (order === null) return call.reply.error(NOT_SORTABLE);
	finish(call, elements, options.limit(order), options);
}

/** Not to sort a list or a sorted set is to take them in their own order, and only what is wanted of them. */
function takeInOrder(call: Call, options: SortOptions): void {
	const count = countOf(call);
	const first = options.first(count);
	const wanted = options.wanted(count);
	const elements = elementsOf(call, options.isDescending ? count - first - wanted : first, wanted);
	finish(call, elements, inOrder(wanted, options.isDescending), options);
}

function finish(call: Call, elements: Elements, chosen: Uint32Array, options: SortOptions): void {
	if (options.storeKey > 0) store(call, elements, chosen, options);
	else reply(call, elements, chosen, options.gets);
}

function reply(call: Call, elements: Elements, chosen: Uint32Array, gets: readonly KeyPattern[]): void {
	const { reply } = call;
	reply.array(chosen.length * Math.max(1, gets.length));
	for (const index of chosen) {
		if (gets.length === 0) reply.bulk(elements.bytes, elements.start(index), elements.length(index));
		for (const get of gets) {
			if (get.find(call, elements, index)) reply.bulk(get.bytes, get.start, get.length);
			else reply.null();
		}
	}
}

/** Stores a list; what GET does not find is an empty string in it. */
function store(call: Call, elements: Elements, chosen: Uint32Array, { gets, storeKey }: SortOptions): void {
	const { database, keyspace } = call;
	const result = new Elements();
	for (const index of chosen) {
		if (gets.length === 0) result.add(elements.bytes, elements.start(index), elements.length(index));
		for (const get of gets) {
			const isFound = get.find(call, elements, index);
			result.add(get.bytes, get.start, isFound ? get.length : 0);
		}
	}
	const isThere = call.peek(storeKey);
	if (result.count > 0) {
		storeList(call, result);
		call.changed(storeKey, EVENT_LIST, "sortstore");
		keyspace.changes.dirty += result.count - 1;
	} else if (isThere) {
		database.remove();
		call.changed(storeKey, EVENT_GENERIC, "del");
	}
	call.reply.integer(result.count);
}

/** Puts a list in place of what the last find met. */
function storeList({ database, keyspace }: Call, elements: Elements): void {
	const place = new LonePlace(database.table);
	list.open(place, keyspace.limits);
	for (let i = 0; i < elements.count; i++) list.append(TAIL, elements.bytes, elements.start(i), elements.length(i));
	list.close();
	place.moveTo(database, Infinity);
}

const COMPLEXITY =
	"O(N+M*log(M)), N being the number of elements and M that of those returned; O(N) where nothing is to be sorted.";

/** What both take. */
const options: readonly Argument[] = [
	ofKeySpec(1, optional(pattern("pattern", "BY"))),
	optional(withToken("LIMIT", block("offset_count", integer("offset"), integer("count")))),
	ofKeySpec(1, optional(manyTokens(pattern("pattern", "GET")))),
	optional(oneOf("order", token("asc"), token("desc"))),
	optional(token("sorting", "ALPHA")),
];

const keyItself: KeySpec = { access: "RO ACCESS", begin: { index: 1 }, find: { last: 0, step: 1, limit: 0 } };
const keysByPattern: KeySpec = {
	access: "RO ACCESS",
	notes: "BY and GET read keys whose names are made of the elements.",
	begin: { unknown: true },
	find: { unknown: true },
};
const keyToStore: KeySpec = {
	access: "OW UPDATE",
	notes: "STORE may stand anywhere among the options.",
	begin: { unknown: true },
	find: { unknown: true },
};

export const sortCommands: readonly CommandRow[] = [
	{
		name: "sort",
		since: "1.0.0",
		group: "generic",
		complexity: COMPLEXITY,
		summary: "Sorts the elements of a list, a set or a sorted set, and returns or stores them.",
		flags: WRITE | DENYOOM,
		categories: ["set", "sortedset", "list", "dangerous"],
		withoutCategories: ["keyspace"],
		args: [key("RO ACCESS"), ...options, ofKeySpec(2, optional(key("OW UPDATE", "destination", "STORE")))],
		keySpecs: [keyItself, keysByPattern, keyToStore],
		run: sort,
	},
	{
		name: "sort_ro",
		since: "7.0.0",
		group: "generic",
		complexity: COMPLEXITY,
		summary: "Sorts the elements of a list, a set or a sorted set.",
		flags: READONLY,
		categories: ["set", "sortedset", "list", "dangerous"],
		withoutCategories: ["keyspace"],
		args: [key("RO ACCESS"), ...options],
		keySpecs: [keyItself, keysByPattern],
		run: sortReadOnly,
	},
];
