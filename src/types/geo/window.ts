import type { Area } from "./area.ts";
import { EARTH_RADIUS_M, RADIANS_PER_DEGREE } from "./distance.ts";
import {
	columnAt,
	columnOf,
	GRID_SIZE,
	LATITUDE_MAX,
	LATITUDE_MIN,
	LONGITUDE_MAX,
	LONGITUDE_MIN,
	PLAIN_SCORE_END,
	rowOf,
} from "./geohash.ts";

/** Cells added on each side: far more than arithmetic can be wrong by. */
const MARGIN = 2;

/**
 * The rows and columns that an area lies in, whole cells of the finest grid: to turn away most of the positions that are
 * not in the area by comparing integers, before anything is computed of them.
 *
 * Invariant: what is in the area is in the window. Columns go on from the last to the first, across the date line.
 */
export class Window {
	private firstRow: number;
	private lastRow: number;
	private firstColumn: number;
	/** Columns behind the first. */
	private columnSpan: number;

	constructor() {
		this.firstRow = 0;
		this.lastRow = GRID_SIZE;
		this.firstColumn = 0;
		this.columnSpan = GRID_SIZE;
	}

	fit(area: Area): void {
		const rise = area.reachNorth_m() / EARTH_RADIUS_M;
		const run = area.reachEast_m() / EARTH_RADIUS_M;
		const latitude = area.middle.latitude * RADIANS_PER_DEGREE;
		this.setRows(area.middle.latitude, rise);
		this.setColumns(
			area.middle.longitude,
			area.isBox ? boxDegrees(latitude, rise, run) : circleDegrees(latitude, rise),
		);
	}

	/** For a circle that became smaller. */
	fitCircle(area: Area, radius_m: number): void {
		const rise = radius_m / EARTH_RADIUS_M;
		this.setRows(area.middle.latitude, rise);
		this.setColumns(area.middle.longitude, circleDegrees(area.middle.latitude * RADIANS_PER_DEGREE, rise));
	}

	/** False only if the position is surely outside. */
	mayContain(score: number): boolean {
		if (!(score < PLAIN_SCORE_END)) return true;
		const row = rowOf(score);
		if (row < this.firstRow || row > this.lastRow) return false;
		return ((columnOf(score) - this.firstColumn) & (GRID_SIZE - 1)) <= this.columnSpan;
	}

	/** The same of all positions of a cell, given by its first score and the one behind its last. */
	mayMeet(first: number, end: number): boolean {
		if (!(end <= PLAIN_SCORE_END)) return true;
		const side = Math.sqrt(end - first);
		const row = rowOf(first);
		if (row + side <= this.firstRow || row > this.lastRow) return false;
		const column = columnOf(first);
		return (
			((column - this.firstColumn) & (GRID_SIZE - 1)) <= this.columnSpan ||
			((this.firstColumn - column) & (GRID_SIZE - 1)) < side
		);
	}

	private setRows(latitude: number, rise: number): void {
		const span = LATITUDE_MAX - LATITUDE_MIN;
		const degrees = rise / RADIANS_PER_DEGREE;
		const first = Math.floor(((latitude - degrees - LATITUDE_MIN) / span) * GRID_SIZE) - MARGIN;
		const last = Math.ceil(((latitude + degrees - LATITUDE_MIN) / span) * GRID_SIZE) + MARGIN;
		this.firstRow = Math.max(first, 0);
		this.lastRow = Math.min(last, GRID_SIZE);
	}

	private setColumns(longitude: number, degrees: number): void {
		const columns = Math.ceil((degrees / (LONGITUDE_MAX - LONGITUDE_MIN)) * GRID_SIZE) + MARGIN;
		this.firstColumn = (columnAt(longitude) - columns) & (GRID_SIZE - 1);
		this.columnSpan = Math.min(2 * columns, GRID_SIZE);
	}
}

const ALL_LONGITUDES = 180;

/** How many degrees of longitude a circle reaches to either side. */
function circleDegrees(latitude: number, radius: number): number {
	// With a pole in it, it reaches all around.
	if (!(Math.abs(latitude) + radius < Math.PI / 2)) return ALL_LONGITUDES;
	return Math.asin(Math.min(1, Math.sin(radius) / Math.cos(latitude))) / RADIANS_PER_DEGREE;
}

/** The same for a box, whose width is that of each parallel in it: most degrees next to the pole. */
function boxDegrees(latitude: number, rise: number, run: number): number {
	const farthest = Math.min(Math.abs(latitude) + rise, LATITUDE_MAX * RADIANS_PER_DEGREE);
	const sine = Math.sin(Math.min(run, Math.PI) / 2) / Math.cos(farthest);
	return sine < 1 ? (2 * Math.asin(sine)) / RADIANS_PER_DEGREE : ALL_LONGITUDES;
}
