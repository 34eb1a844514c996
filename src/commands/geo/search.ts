/** Searching an area: what all search commands do, and GEOSEARCH and GEOSEARCHSTORE. */
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, DENYOOM, READONLY, WRITE } from "../../dispatch/command.ts";
import { block, double, key, oneOf, optional, string, token, withToken } from "../../dispatch/grammar.ts";
import { WRONG_TYPE } from "../../resp/errors.ts";
import type { ReplyWriter } from "../../resp/reply-writer.ts";
import { GeoSearch } from "../../types/geo.ts";
import { SortedSet } from "../../types/sorted-set.ts";
import { SORTED_SET } from "../../types/type.ts";
import { storeResult } from "../sorted-set/store.ts";
import { countOption, latitude, longitude, order, unit, withOptions } from "./arguments.ts";
import { replyDistance, replyPosition } from "./reply.ts";
import { GEOSEARCH, GEOSEARCHSTORE, SearchOptions } from "./search-options.ts";

const set = new SortedSet();
const result = new SortedSet();
const search = new GeoSearch();

/**
 * One search from its arguments to its reply. The sorted set is at key `source`; `readArea` takes the arguments before
 * the options, which begin at `first`, and returns false after an error reply.
 */
export function runSearch(
	call: Call,
	command: number,
	source: number,
	first: number,
	readArea: (call: Call, set: SortedSet, search: GeoSearch) => boolean,
): void {
	if (call.findForRead(source) && call.database.type() !== SORTED_SET) return call.reply.error(WRONG_TYPE);
	set.open(call.database);
	if (!readArea(call, set, search)) return;
	const options = new SearchOptions();
	if (!options.read(call, first, command, set, search.area)) return;
	if (set.count === 0) search.matches.clear();
	else search.run(set, options.order, options.wanted, options.any);
	if (options.storeKey === 0) replyMatches(call, options);
	else storeMatches(call, options, command === GEOSEARCHSTORE ? "geosearchstore" : "georadiusstore");
}

/** Places the set's cursor on a match; one that follows the match before is next. */
function seekMatch(index: number): void {
	const { ranks } = search.matches;
	if (index > 0 && ranks[index]! === ranks[index - 1]! + 1) set.next();
	else set.seek(ranks[index]!);
}

function replyMatches(call: Call, options: SearchOptions): void {
	const { reply } = call;
	const { matches, area } = search;
	const details = options.details();
	reply.array(matches.count);
	for (let i = 0; i < matches.count; i++) {
		seekMatch(i);
		if (details > 0) reply.array(1 + details);
		reply.bulk(set.bytes, set.start, set.length);
		if (options.withDistance) replyDistance(reply, matches.distances_m[i]! / area.unit_m);
		if (options.withHash) replyHash(reply, matches.scores[i]!);
		if (options.withCoordinates) replyPosition(reply, matches.scores[i]!);
	}
}

/** The whole part of a score. */
function replyHash(reply: ReplyWriter, score: number): void {
	const hash = Math.trunc(score);
	if (Number.isSafeInteger(hash)) reply.integer(hash);
	else reply.bigInteger(BigInt(hash));
}

function storeMatches(call: Call, options: SearchOptions, event: string): void {
	const { matches, area } = search;
	const { storeKey } = options;
	result.begin(call.database.table);
	for (let i = 0; i < matches.count; i++) {
		seekMatch(i);
		const score = options.storesDistance ? matches.distances_m[i]! / area.unit_m : matches.scores[i]!;
		result.add(set.bytes, set.start, set.length, score);
	}
	storeResult(call, result, storeKey, event, matches.count);
}

function geosearch(call: Call): void {
	runSearch(call, GEOSEARCH, 1, 2, () => true);
}

function geosearchstore(call: Call): void {
	runSearch(call, GEOSEARCHSTORE, 2, 3, () => true);
}

const from = oneOf(
	"from",
	string("member", "FROMMEMBER"),
	withToken("FROMLONLAT", block("longitude_latitude", longitude, latitude)),
);

const by = oneOf(
	"by",
	block("circle", double("radius", "BYRADIUS"), unit),
	block("box", double("width", "BYBOX"), double("height"), unit),
);

const complexity =
	"O(N+log(M)), N being the number of members in the cells around the area and M that of members in the sorted set.";

export const searchCommands: readonly CommandRow[] = [
	{
		name: "geosearch",
		since: "6.2.0",
		group: "geo",
		complexity,
		summary: "Finds the members in a circle or a box.",
		flags: READONLY,
		args: [key("RO ACCESS"), from, by, order, countOption(), ...withOptions],
		history: [["7.0.0", "Units may be in upper case."]],
		run: geosearch,
	},
	{
		name: "geosearchstore",
		since: "6.2.0",
		group: "geo",
		complexity,
		summary: "Finds the members in a circle or a box and stores them at another key.",
		flags: WRITE | DENYOOM,
		args: [
			key("OW UPDATE", "destination"),
			key("RO ACCESS", "source"),
			from,
			by,
			order,
			countOption(),
			optional(token("storedist")),
		],
		history: [["7.0.0", "Units may be in upper case."]],
		run: geosearchstore,
	},
];
