/** GEORADIUS and its like, the older forms of GEOSEARCH: a circle whose measures stand at fixed places. */
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, DENYOOM, type KeySpec, READONLY, WRITE } from "../../dispatch/command.ts";
import { type Argument, double, key, optional, string } from "../../dispatch/grammar.ts";
import type { GeoSearch } from "../../types/geo.ts";
import type { SortedSet } from "../../types/sorted-set.ts";
import { countOption, latitude, longitude, order, unit, withOptions } from "./arguments.ts";
import { runSearch } from "./search.ts";
import { GEORADIUS, GEORADIUS_RO, readCoordinates, readMember, readRadius } from "./search-options.ts";

/** Where the options begin. */
const AROUND_POSITION = 6;
const AROUND_MEMBER = 5;

function georadius(call: Call): void {
	runSearch(call, GEORADIUS, 1, AROUND_POSITION, readAroundPosition);
}

function georadiusReadOnly(call: Call): void {
	runSearch(call, GEORADIUS_RO, 1, AROUND_POSITION, readAroundPosition);
}

function georadiusbymember(call: Call): void {
	runSearch(call, GEORADIUS, 1, AROUND_MEMBER, readAroundMember);
}

function georadiusbymemberReadOnly(call: Call): void {
	runSearch(call, GEORADIUS_RO, 1, AROUND_MEMBER, readAroundMember);
}

function readAroundPosition(call: Call, _set: SortedSet, { area }: GeoSearch): boolean {
	return readCoordinates(call, 2, area) && readRadius(call, 4, area);
}

/** Around nothing, where there is no sorted set, not even the radius is looked at. */
function readAroundMember(call: Call, set: SortedSet, { area }: GeoSearch): boolean {
	return set.count === 0 || (readMember(call, 2, set, area) && readRadius(call, 3, area));
}

const position: readonly Argument[] = [longitude, latitude, double("radius"), unit];
const member: readonly Argument[] = [string("member"), double("radius"), unit];

const storeOptions: readonly Argument[] = [
	optional(key("OW UPDATE", "key", "STORE")),
	optional(key("OW UPDATE", "key", "STOREDIST")),
];

/** The key that is read, and those behind words that may come from argument `from` on. */
function keySpecsWithStore(from: number): readonly KeySpec[] {
	const find = { last: 0, step: 1, limit: 0 };
	return [
		{ access: "RO ACCESS", begin: { index: 1 }, find },
		{ access: "OW UPDATE", begin: { keyword: "STORE", startFrom: from }, find },
		{ access: "OW UPDATE", begin: { keyword: "STOREDIST", startFrom: from }, find },
	];
}

const complexity =
	"O(N+log(M)), N being the number of members in the cells around the circle and M that of members in the sorted set.";
const anyCame = ["6.2.0", "The option `ANY` of `COUNT` came."] as const;
const upperCaseCame = ["7.0.0", "Units may be in upper case."] as const;

export const radiusCommands: readonly CommandRow[] = [
	{
		name: "georadius",
		since: "3.2.0",
		group: "geo",
		complexity,
		summary: "Finds the members in a circle around a position; may store them at another key.",
		flags: WRITE | DENYOOM,
		args: [key("RO ACCESS"), ...position, ...withOptions, countOption("6.2.0"), order, ...storeOptions],
		keySpecs: keySpecsWithStore(AROUND_POSITION),
		history: [anyCame, upperCaseCame],
		deprecatedSince: "6.2.0",
		replacedBy: "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument",
		run: georadius,
	},
	{
		name: "georadius_ro",
		since: "3.2.10",
		group: "geo",
		complexity,
		summary: "Finds the members in a circle around a position.",
		flags: READONLY,
		args: [key("RO ACCESS"), ...position, ...withOptions, countOption("6.2.0"), order],
		history: [anyCame],
		deprecatedSince: "6.2.0",
		replacedBy: "`GEOSEARCH` with the `BYRADIUS` argument",
		run: georadiusReadOnly,
	},
	{
		name: "georadiusbymember",
		since: "3.2.0",
		group: "geo",
		complexity,
		summary: "Finds the members in a circle around one of them; may store them at another key.",
		flags: WRITE | DENYOOM,
		args: [key("RO ACCESS"), ...member, ...withOptions, countOption(), order, ...storeOptions],
		keySpecs: keySpecsWithStore(AROUND_MEMBER),
		history: [upperCaseCame],
		deprecatedSince: "6.2.0",
		replacedBy: "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments",
		run: georadiusbymember,
	},
	{
		name: "georadiusbymember_ro",
		since: "3.2.10",
		group: "geo",
		complexity,
		summary: "Finds the members in a circle around one of them.",
		flags: READONLY,
		args: [key("RO ACCESS"), ...member, ...withOptions, countOption(), order],
		deprecatedSince: "6.2.0",
		replacedBy: "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments",
		run: georadiusbymemberReadOnly,
	},
];
