/** What the arguments of several geo commands are made of: positions, units, lengths; in the grammar and as values. */
import { bytesOf } from "../../bytes/ascii.ts";
import { formatFixed, parseDouble } from "../../bytes/double.ts";
import type { Call } from "../../dispatch/call.ts";
import { type Argument, block, double, integer, oneOf, optional, token } from "../../dispatch/grammar.ts";
import { INVALID_UNIT, invalidCoordinates, NOT_A_FLOAT } from "../../resp/errors.ts";
import { LATITUDE_MAX, LATITUDE_MIN, LONGITUDE_MAX, LONGITUDE_MIN } from "../../types/geo/geohash.ts";

/** Decimals of coordinates in an error. */
const COORDINATE_DECIMALS = 6;

const UNITS: readonly (readonly [word: Uint8Array, unit_m: number])[] = [
	[bytesOf("m"), 1],
	[bytesOf("km"), 1000],
	[bytesOf("ft"), 0.3048],
	[bytesOf("mi"), 1609.34],
];

/** NaN where it is no number. */
export function doubleAt(call: Call, argument: number): number {
	return parseDouble(call.bytes, call.start(argument), call.end(argument));
}

/** Metres of the unit named by an argument, or NaN after an error reply. */
export function unitFrom(call: Call, argument: number): number {
	for (const [word, unit_m] of UNITS) if (call.is(argument, word)) return unit_m;
	call.reply.error(INVALID_UNIT);
	return Number.NaN;
}

/** A position on the map, as two arguments give it. */
export class Coordinates {
	longitude: number;
	latitude: number;

	constructor() {
		this.longitude = 0;
		this.latitude = 0;
	}

	/** False after an error reply. */
	read(call: Call, argument: number): boolean {
		this.longitude = doubleAt(call, argument);
		this.latitude = Number.isNaN(this.longitude) ? Number.NaN : doubleAt(call, argument + 1);
		if (Number.isNaN(this.latitude)) call.reply.error(NOT_A_FLOAT);
		else if (this.isOnMap()) return true;
		else {
			const longitude = formatFixed(this.longitude, COORDINATE_DECIMALS);
			call.reply.error(invalidCoordinates(longitude, formatFixed(this.latitude, COORDINATE_DECIMALS)));
		}
		return false;
	}

	private isOnMap(): boolean {
		const { longitude, latitude } = this;
		return (
			longitude >= LONGITUDE_MIN && longitude <= LONGITUDE_MAX && latitude >= LATITUDE_MIN && latitude <= LATITUDE_MAX
		);
	}
}

// The grammar

export const unit: Argument = oneOf("unit", token("m"), token("km"), token("ft"), token("mi"));
export const order: Argument = optional(oneOf("order", token("asc"), token("desc")));
export const withOptions: readonly Argument[] = [
	optional(token("withcoord")),
	optional(token("withdist")),
	optional(token("withhash")),
];

export function countOption(anySince = ""): Argument {
	return optional(block("count", integer("count", "COUNT"), optional(token("any"), anySince)));
}

export const longitude: Argument = double("longitude");
export const latitude: Argument = double("latitude");
