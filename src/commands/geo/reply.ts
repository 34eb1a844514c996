/** Distances and coordinates in replies, which show other digits than doubles do elsewhere. */
import { writeInteger } from "../../bytes/int64.ts";
import type { ReplyWriter } from "../../resp/reply-writer.ts";
import { writeCoordinate } from "../../types/geo/coordinate-text.ts";
import { columnOf, latitudeOf, longitudeOf, rowOf } from "../../types/geo/geohash.ts";

const ZERO = 0x30;
const POINT = 0x2e;
/** Of a distance. */
const DECIMALS = 4;
const SCALE = 10 ** DECIMALS;

const text = new Uint8Array(64);

/** A distance, with four decimals. */
export function replyDistance(reply: ReplyWriter, distance: number): void {
	const scaled = roundToEven(distance * SCALE);
	const whole = Math.floor(scaled / SCALE);
	const fraction = (scaled - whole * SCALE) | 0;
	const point = writeInteger(whole, text, 0);
	const hundreds = (fraction / 100) | 0;
	const rest = fraction - 100 * hundreds;
	text[point] = POINT;
	text[point + 1] = ZERO + ((hundreds / 10) | 0);
	text[point + 2] = ZERO + (hundreds % 10);
	text[point + 3] = ZERO + ((rest / 10) | 0);
	text[point + 4] = ZERO + (rest % 10);
	reply.bulk(text, 0, point + 1 + DECIMALS);
}

/** Longitude and latitude of a score. */
export function replyPosition(reply: ReplyWriter, score: number): void {
	reply.array(2);
	reply.doubleText(text, 0, writeCoordinate(longitudeOf(columnOf(score)), text, 0));
	reply.doubleText(text, 0, writeCoordinate(latitudeOf(rowOf(score)), text, 0));
}

/** The nearest whole number, of two the even one. */
function roundToEven(value: number): number {
	const floor = Math.floor(value);
	const rest = value - floor;
	return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
