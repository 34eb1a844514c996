/**
 * Geohashes: a position as the score of a member of a sorted set.
 *
 * The map is a grid of 2^26 columns (longitude) by 2^26 rows (latitude, up to where Web Mercator ends); the score is the
 * interleaved bits of column and row, 52 in all, and stands for the centre of that cell. So the cells of a coarser grid,
 * of 2^step columns and rows, are ranges of scores.
 *
 *     bit      51         50      49         48              1         0
 *          column 25,  row 25, column 24, row 24, …  column 0,   row 0
 *
 * The very edge, longitude 180 or the highest latitude, is column or row 2^26: bits 53 and 52, as in Redis, whose
 * arithmetic is followed to the last bit. All of it fits doubles; an int32 holds the bits of half a score.
 */
export const LONGITUDE_MIN = -180;
export const LONGITUDE_MAX = 180;
export const LATITUDE_MIN = -85.05112878;
export const LATITUDE_MAX = 85.05112878;

/** Bits of a column or a row. */
export const STEP_MAX = 26;
export const GRID_SIZE = 2 ** STEP_MAX;
/** Scores below have neither column nor row on the edge. */
export const PLAIN_SCORE_END = 2 ** (2 * STEP_MAX);
/** Scores below are read without BigInt. */
const NARROW_SCORE_END = 2 ** 54;

const HALF_BITS = 13;
const HALF_MASK = (1 << HALF_BITS) - 1;
const HALF_SCORE = 2 ** (2 * HALF_BITS);

const LONGITUDE_SPAN = LONGITUDE_MAX - LONGITUDE_MIN;
const LATITUDE_SPAN = LATITUDE_MAX - LATITUDE_MIN;
/** Geohash text covers all latitudes. */
const TEXT_LATITUDE_MIN = -90;
const TEXT_LATITUDE_SPAN = 180;

const ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz";
/** Letters of five bits each that 52 bits fill. */
const TEXT_LETTERS = 10;

/** The column of a grid of 2^26; `longitude` is within bounds. */
export function columnAt(longitude: number): number {
	return Math.floor(((longitude - LONGITUDE_MIN) / LONGITUDE_SPAN) * GRID_SIZE);
}

/** The row of a grid of 2^26; `latitude` is within bounds. */
export function rowAt(latitude: number): number {
	return Math.floor(((latitude - LATITUDE_MIN) / LATITUDE_SPAN) * GRID_SIZE);
}

export function scoreOf(longitude: number, latitude: number): number {
	return interleave(columnAt(longitude), rowAt(latitude));
}

/** Bits of the column at odd places, those of the row at even ones; both at most 2^26. */
export function interleave(column: number, row: number): number {
	const high = (spread(column >> HALF_BITS) << 1) | spread(row >> HALF_BITS);
	const low = (spread(column & HALF_MASK) << 1) | spread(row & HALF_MASK);
	return high * HALF_SCORE + low;
}

/** The column of a score; 32 bits of it, whatever the score is. */
export function columnOf(score: number): number {
	if (!(score >= 0 && score < NARROW_SCORE_END)) return wideBits(score, 1);
	const high = Math.floor(score / HALF_SCORE);
	const low = (score - high * HALF_SCORE) | 0;
	return (squash(high >> 1) << HALF_BITS) | squash(low >> 1);
}

/** The row of a score; 32 bits of it, whatever the score is. */
export function rowOf(score: number): number {
	if (!(score >= 0 && score < NARROW_SCORE_END)) return wideBits(score, 0);
	const high = Math.floor(score / HALF_SCORE);
	const low = (score - high * HALF_SCORE) | 0;
	return (squash(high) << HALF_BITS) | squash(low);
}

/** Longitude of the middle of a column. */
export function longitudeOf(column: number): number {
	const west = LONGITUDE_MIN + (column / GRID_SIZE) * LONGITUDE_SPAN;
	const east = LONGITUDE_MIN + ((column + 1) / GRID_SIZE) * LONGITUDE_SPAN;
	return Math.min((west + east) / 2, LONGITUDE_MAX);
}

/** Latitude of the middle of a row. */
export function latitudeOf(row: number): number {
	const south = LATITUDE_MIN + (row / GRID_SIZE) * LATITUDE_SPAN;
	const north = LATITUDE_MIN + ((row + 1) / GRID_SIZE) * LATITUDE_SPAN;
	return Math.min((south + north) / 2, LATITUDE_MAX);
}

/**
 * The eleven letters GEOHASH answers with: of the whole globe's grid, which the position is encoded for anew. The last
 * one is always 0, for which there are no bits.
 */
export function geohashText(score: number): string {
	const latitude = latitudeOf(rowOf(score));
	const row = Math.floor(((latitude - TEXT_LATITUDE_MIN) / TEXT_LATITUDE_SPAN) * GRID_SIZE);
	const hash = interleave(columnAt(longitudeOf(columnOf(score))), row);
	let text = "";
	for (let letter = 1; letter <= TEXT_LETTERS; letter++) {
		text += ALPHABET[Math.floor(hash / 2 ** (2 * STEP_MAX - 5 * letter)) % 32]!;
	}
	return `${text}0`;
}

/** Moves the low 14 bits to the even places. */
function spread(bits: number): number {
	let x = (bits | (bits << 8)) & 0x00ff00ff;
	x = (x | (x << 4)) & 0x0f0f0f0f;
	x = (x | (x << 2)) & 0x33333333;
	return (x | (x << 1)) & 0x55555555;
}

/** The bits at the even places, side by side. */
function squash(bits: number): number {
	let x = bits & 0x55555555;
	x = (x | (x >> 1)) & 0x33333333;
	x = (x | (x >> 2)) & 0x0f0f0f0f;
	x = (x | (x >> 4)) & 0x00ff00ff;
	return (x | (x >> 8)) & 0x0000ffff;
}

/** Every other bit, from bit `first`, of a score that no position has: its 64 bits as x86-64 makes them of a double. */
function wideBits(score: number, first: number): number {
	let bits = 0;
	for (let rest = uint64Of(score) >> BigInt(first), bit = 1; rest > 0n; rest >>= 2n, bit *= 2) {
		if ((rest & 1n) === 1n) bits += bit;
	}
	return bits;
}

const SIGN_BIT = 2n ** 63n;

function uint64Of(score: number): bigint {
	if (score >= 2 ** 63) return score < 2 ** 64 ? BigInt(score) : 0n;
	return score < -(2 ** 63) ? SIGN_BIT : BigInt.asUintN(64, BigInt(Math.trunc(score)));
}
