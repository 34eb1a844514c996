import { bytesOf } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import {
	ANY_WITHOUT_COUNT,
	BOX_NEGATIVE,
	COUNT_OPTION_NOT_POSITIVE,
	HEIGHT_NOT_A_NUMBER,
	NOT_A_POSITION,
	NOT_AN_INTEGER,
	needsOneMiddle,
	needsOneShape,
	RADIUS_NEGATIVE,
	RADIUS_NOT_A_NUMBER,
	SYNTAX_ERROR,
	storeWithDetails,
	WIDTH_NOT_A_NUMBER,
} from "../../resp/errors.ts";
import type { Area } from "../../types/geo/area.ts";
import { columnOf, latitudeOf, longitudeOf, rowOf } from "../../types/geo/geohash.ts";
import { ALL_MATCHES, FARTHEST_FIRST, NEAREST_FIRST, UNSORTED } from "../../types/geo.ts";
import type { SortedSet } from "../../types/sorted-set.ts";
import { Coordinates, doubleAt, unitFrom } from "./arguments.ts";

/** The commands by what they allow. */
export const GEOSEARCH = 0;
export const GEOSEARCHSTORE = 1;
export const GEORADIUS = 2;
export const GEORADIUS_RO = 3;

const ASC = bytesOf("asc");
const DESC = bytesOf("desc");
const COUNT = bytesOf("count");
const ANY = bytesOf("any");
const WITHCOORD = bytesOf("withcoord");
const WITHDIST = bytesOf("withdist");
const WITHHASH = bytesOf("withhash");
const STORE = bytesOf("store");
const STOREDIST = bytesOf("storedist");
const FROMMEMBER = bytesOf("frommember");
const FROMLONLAT = bytesOf("fromlonlat");
const BYRADIUS = bytesOf("byradius");
const BYBOX = bytesOf("bybox");

const coordinates = new Coordinates();

/**
 * The options of one search, read into these fields and into the area to be searched. Arguments are taken from the left
 * and the first mistake is replied. Where the sorted set is missing, members are taken for granted: the search will find
 * nothing, but all of its arguments are to be right.
 */
export class SearchOptions {
	order: number;
	wanted: number;
	any: boolean;
	withCoordinates: boolean;
	withDistance: boolean;
	withHash: boolean;
	/** The argument that names the key to store at; 0 for none. */
	storeKey: number;
	storesDistance: boolean;
	private hasMember: boolean;
	private hasCoordinates: boolean;
	private hasRadius: boolean;
	private hasBox: boolean;

	constructor() {
		this.order = UNSORTED;
		this.wanted = ALL_MATCHES;
		this.any = false;
		this.withCoordinates = false;
		this.withDistance = false;
		this.withHash = false;
		this.storeKey = 0;
		this.storesDistance = false;
		this.hasMember = false;
		this.hasCoordinates = false;
		this.hasRadius = false;
		this.hasBox = false;
	}

	/** How many things are told of each match, beside its name. */
	details(): number {
		return (this.withDistance ? 1 : 0) + (this.withHash ? 1 : 0) + (this.withCoordinates ? 1 : 0);
	}

	/** Reads the arguments from `first` on; false after an error reply. */
	read(call: Call, first: number, command: number, set: SortedSet, area: Area): boolean {
		if (command === GEOSEARCHSTORE) this.storeKey = 1;
		let argument = first;
		while (argument < call.argc) {
			const words = this.readCommon(call, argument) || this.readOwn(call, argument, command, set, area);
			if (words < 0) return false;
			if (words === 0) return fail(call, SYNTAX_ERROR);
			argument += words;
		}
		return this.judge(call, command);
	}

	/** An option of all commands: how many words it takes, 0 where it is none, -1 after an error reply. */
	private readCommon(call: Call, argument: number): number {
		if (call.is(argument, WITHDIST)) this.withDistance = true;
		else if (call.is(argument, WITHHASH)) this.withHash = true;
		else if (call.is(argument, WITHCOORD)) this.withCoordinates = true;
		else if (call.is(argument, ANY)) this.any = true;
		else if (call.is(argument, ASC)) this.order = NEAREST_FIRST;
		else if (call.is(argument, DESC)) this.order = FARTHEST_FIRST;
		else if (call.is(argument, COUNT) && argument + 1 < call.argc) return this.readCount(call, argument + 1) ? 2 : -1;
		else return 0;
		return 1;
	}

	private readCount(call: Call, argument: number): boolean {
		this.wanted = call.clampedInteger(argument);
		if (Number.isNaN(this.wanted)) return fail(call, NOT_AN_INTEGER);
		return this.wanted > 0 || fail(call, COUNT_OPTION_NOT_POSITIVE);
	}

	/** The same for an option of this command and not of all others. */
	private readOwn(call: Call, argument: number, command: number, set: SortedSet, area: Area): number {
		if (command === GEORADIUS_RO) return 0;
		if (command === GEORADIUS) return this.readStore(call, argument);
		if (command === GEOSEARCHSTORE && call.is(argument, STOREDIST)) {
			this.storesDistance = true;
			return 1;
		}
		return this.readMiddle(call, argument, set, area) || this.readShape(call, argument, area);
	}

	private readStore(call: Call, argument: number): number {
		const storesDistance = call.is(argument, STOREDIST);
		if (argument + 1 === call.argc || !(storesDistance || call.is(argument, STORE))) return 0;
		this.storeKey = argument + 1;
		this.storesDistance = storesDistance;
		return 2;
	}

	private readMiddle(call: Call, argument: number, set: SortedSet, area: Area): number {
		const rest = call.argc - argument;
		if (!this.hasCoordinates && rest > 1 && call.is(argument, FROMMEMBER)) {
			this.hasMember = true;
			return readMember(call, argument + 1, set, area) ? 2 : -1;
		}
		if (!this.hasMember && rest > 2 && call.is(argument, FROMLONLAT)) {
			this.hasCoordinates = true;
			return readCoordinates(call, argument + 1, area) ? 3 : -1;
		}
		return 0;
	}

	private readShape(call: Call, argument: number, area: Area): number {
		const rest = call.argc - argument;
		if (!this.hasBox && rest > 2 && call.is(argument, BYRADIUS)) {
			this.hasRadius = true;
			return readRadius(call, argument + 1, area) ? 3 : -1;
		}
		if (!this.hasRadius && rest > 3 && call.is(argument, BYBOX)) {
			this.hasBox = true;
			return readBox(call, argument + 1, area) ? 4 : -1;
		}
		return 0;
	}

	/** Whether the options go together. */
	private judge(call: Call, command: number): boolean {
		const isSearch = command === GEOSEARCH || command === GEOSEARCHSTORE;
		if (this.storeKey !== 0 && this.details() > 0) {
			return fail(call, storeWithDetails(isSearch ? "GEOSEARCHSTORE" : "STORE option in GEORADIUS"));
		}
		if (isSearch && !this.hasMember && !this.hasCoordinates) return fail(call, needsOneMiddle(call.latin1(0)));
		if (isSearch && !this.hasRadius && !this.hasBox) return fail(call, needsOneShape(call.latin1(0)));
		if (this.any && this.wanted === ALL_MATCHES) return fail(call, ANY_WITHOUT_COUNT);
		// The few that are asked for are the nearest.
		if (this.wanted !== ALL_MATCHES && this.order === UNSORTED && !this.any) this.order = NEAREST_FIRST;
		return true;
	}
}

/** Puts the middle of the area where a member is; false after an error reply. */
export function readMember(call: Call, argument: number, set: SortedSet, area: Area): boolean {
	if (set.count === 0) return true;
	if (!set.find(call.bytes, call.start(argument), call.length(argument))) return fail(call, NOT_A_POSITION);
	area.middle.place(longitudeOf(columnOf(set.score)), latitudeOf(rowOf(set.score)));
	return true;
}

/** The same for a longitude and a latitude. */
export function readCoordinates(call: Call, argument: number, area: Area): boolean {
	if (!coordinates.read(call, argument)) return false;
	area.middle.place(coordinates.longitude, coordinates.latitude);
	return true;
}

/** Makes the area a circle with a radius and its unit; false after an error reply. */
export function readRadius(call: Call, argument: number, area: Area): boolean {
	const radius = doubleAt(call, argument);
	if (Number.isNaN(radius)) return fail(call, RADIUS_NOT_A_NUMBER);
	if (radius < 0) return fail(call, RADIUS_NEGATIVE);
	area.isBox = false;
	area.radius = radius;
	area.unit_m = unitFrom(call, argument + 1);
	return !Number.isNaN(area.unit_m);
}

function readBox(call: Call, argument: number, area: Area): boolean {
	const width = doubleAt(call, argument);
	if (Number.isNaN(width)) return fail(call, WIDTH_NOT_A_NUMBER);
	const height = doubleAt(call, argument + 1);
	if (Number.isNaN(height)) return fail(call, HEIGHT_NOT_A_NUMBER);
	if (width < 0 || height < 0) return fail(call, BOX_NEGATIVE);
	area.isBox = true;
	area.width = width;
	area.height = height;
	area.unit_m = unitFrom(call, argument + 2);
	return !Number.isNaN(area.unit_m);
}

function fail(call: Call, error: string): false {
	call.reply.error(error);
	return false;
}
