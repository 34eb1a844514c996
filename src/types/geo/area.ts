/**
 * Where a search looks: a circle or a box around a position, the cells of the grid that may have something of it, and
 * whether a position is in it.
 *
 * The cells are those Redis looks into, found as Redis finds them, because that is what a client sees: they decide the
 * order of an unsorted reply and, near the poles and beyond the date line, what a search misses.
 */
import { EARTH_RADIUS_M, Origin, RADIANS_PER_DEGREE } from "./distance.ts";
import {
	columnAt,
	interleave,
	LATITUDE_MAX,
	LATITUDE_MIN,
	LONGITUDE_MAX,
	LONGITUDE_MIN,
	rowAt,
	STEP_MAX,
} from "./geohash.ts";

/** Half the equator on Web Mercator's map. */
const MERCATOR_MAX_M = 20037726.37;
/** A cell and its neighbours. */
const CELLS_MAX = 9;
/** From these latitudes on meridians run together so much that larger cells are taken. */
const POLAR_LATITUDE = 66;
const ARCTIC_LATITUDE = 80;

export class Area {
	readonly middle: Origin;
	isBox: boolean;
	/** Of a circle, in units. */
	radius: number;
	/** Of a box, in units. */
	width: number;
	height: number;
	/** The unit of all lengths, in metres. */
	unit_m: number;
	/** Set by `findCells`: `cellCount` ranges of scores, each its first score and the one behind its last. */
	readonly cells: Float64Array;
	cellCount: number;

	constructor() {
		this.middle = new Origin();
		this.isBox = false;
		this.radius = 0;
		this.width = 0;
		this.height = 0;
		this.unit_m = 1;
		this.cells = new Float64Array(2 * CELLS_MAX);
		this.cellCount = 0;
	}

	/** The distance from the middle to a position in degrees, or -1 where that is outside. */
	distanceInside_m(longitude: number, latitude: number): number {
		const { middle } = this;
		if (this.isBox) {
			if (middle.distanceNorth_m(latitude) > (this.height * this.unit_m) / 2) return -1;
			if (middle.distanceEast_m(longitude, latitude) > (this.width * this.unit_m) / 2) return -1;
			return middle.distanceTo_m(longitude, latitude);
		}
		const distance = middle.distanceTo_m(longitude, latitude);
		return distance > this.radius * this.unit_m ? -1 : distance;
	}

	/** Half the height, in metres: of a circle the radius. */
	reachNorth_m(): number {
		return this.unit_m * (this.isBox ? this.height / 2 : this.radius);
	}

	/** Half the width, in metres. */
	reachEast_m(): number {
		return this.unit_m * (this.isBox ? this.width / 2 : this.radius);
	}

	/** The distance of the farthest point. */
	private reach_m(): number {
		if (!this.isBox) return this.radius * this.unit_m;
		return Math.sqrt((this.width / 2) * (this.width / 2) + (this.height / 2) * (this.height / 2)) * this.unit_m;
	}

	/** Sets `cells`: the cell of the middle first, then those of its neighbours that are not out of the question. */
	findCells(): void {
		const bounds = this.bounds();
		const wholeColumn = columnAt(this.middle.longitude);
		const wholeRow = rowAt(this.middle.latitude);
		let step = stepFor(this.reach_m(), this.middle.latitude);
		let grid = STEP_MAX - step;
		if (step > 1 && !isCovered(wholeColumn >> grid, wholeRow >> grid, 2 ** step, bounds)) {
			step--;
			grid++;
		}
		const size = 2 ** step;
		const column = wholeColumn >> grid;
		const row = wholeRow >> grid;
		// Of the largest cells none is left out.
		const isFine = step >= 2;
		const toNorth = !(isFine && latitudeAt(row + 1, size) > bounds.north);
		const toSouth = !(isFine && latitudeAt(row, size) < bounds.south);
		const toEast = !(isFine && longitudeAt(column + 1, size) > bounds.east);
		const toWest = !(isFine && longitudeAt(column, size) < bounds.west);
		const north = (row + 1) & (size - 1);
		const south = (row - 1) & (size - 1);
		const east = (column + 1) & (size - 1);
		const west = (column - 1) & (size - 1);
		this.cellCount = 0;
		this.addCell(column, row, grid);
		if (toNorth) this.addCell(column, north, grid);
		if (toSouth) this.addCell(column, south, grid);
		if (toEast) this.addCell(east, row, grid);
		if (toWest) this.addCell(west, row, grid);
		if (toNorth && toEast) this.addCell(east, north, grid);
		if (toNorth && toWest) this.addCell(west, north, grid);
		if (toSouth && toEast) this.addCell(east, south, grid);
		if (toSouth && toWest) this.addCell(west, south, grid);
	}

	private bounds(): Bounds {
		const { longitude, latitude } = this.middle;
		const rise = this.reachNorth_m() / EARTH_RADIUS_M / RADIANS_PER_DEGREE;
		// The width in degrees is that of the side nearer to the pole; beyond the pole it means nothing.
		const side = latitude < 0 ? latitude - rise : latitude + rise;
		const run = this.reachEast_m() / EARTH_RADIUS_M / Math.cos(side * RADIANS_PER_DEGREE) / RADIANS_PER_DEGREE;
		return { north: latitude + rise, south: latitude - rise, east: longitude + run, west: longitude - run };
	}

	/** One that is the same as the one before is not looked into twice: opposite neighbours, where there are two columns. */
	private addCell(column: number, row: number, grid: number): void {
		const { cells, cellCount } = this;
		const scale = 2 ** (2 * grid);
		// The end is rounded once, as Redis does: on the edge of the map, scores have more bits than a double.
		const columnBits = interleave(column, 0);
		const rowBits = interleave(0, row);
		const first = (columnBits + rowBits) * scale;
		if (cellCount > 1 && cells[2 * cellCount - 2] === first) return;
		cells[2 * cellCount] = first;
		cells[2 * cellCount + 1] = (columnBits + (rowBits + 1)) * scale;
		this.cellCount = cellCount + 1;
	}
}

/** Degrees. */
interface Bounds {
	readonly north: number;
	readonly south: number;
	readonly east: number;
	readonly west: number;
}

/** Whether a cell of a grid of `size` columns and rows reaches to the bounds, together with its neighbours. */
function isCovered(column: number, row: number, size: number, bounds: Bounds): boolean {
	// At the end of the map the neighbour is on its other side, and covers nothing.
	return !(
		latitudeAt(((row + 1) & (size - 1)) + 1, size) < bounds.north ||
		latitudeAt((row - 1) & (size - 1), size) > bounds.south ||
		longitudeAt(((column + 1) & (size - 1)) + 1, size) < bounds.east ||
		longitudeAt((column - 1) & (size - 1), size) > bounds.west
	);
}

/** How fine a grid may be for a cell and its neighbours to cover a distance, roughly. */
function stepFor(reach_m: number, latitude: number): number {
	if (reach_m === 0) return STEP_MAX;
	let step = -1;
	for (let covered_m = reach_m; covered_m < MERCATOR_MAX_M; covered_m *= 2) step++;
	const distance = Math.abs(latitude);
	if (distance > POLAR_LATITUDE) step--;
	if (distance > ARCTIC_LATITUDE) step--;
	return Math.min(Math.max(step, 1), STEP_MAX);
}

/** Southern edge of a row of a grid of so many. */
function latitudeAt(row: number, size: number): number {
	return LATITUDE_MIN + (row / size) * (LATITUDE_MAX - LATITUDE_MIN);
}

/** Western edge of a column of a grid of so many. */
function longitudeAt(column: number, size: number): number {
	return LONGITUDE_MIN + (column / size) * (LONGITUDE_MAX - LONGITUDE_MIN);
}
