import type { Random } from "../bytes/random.ts";

/**
 * LOLWUT's picture: two tiles, each two quarter circles, laid at random. The arcs always meet, so they make loops and
 * ways without an end. The idea is Sébastien Truchet's, of 1704.
 */
const TILES = ["╮╰", "╯╭"] as const;

export const PICTURE_COLUMNS = 60;
export const PICTURE_ROWS = 10;
const COLUMNS_MAX = 1000;
const ROWS_MAX = 1000;

/** `columns` characters wide, rounded down to whole tiles. */
export function lolwutPicture(random: Random, columns: number, rows: number): string {
	const tiles = Math.max(1, Math.floor(Math.min(columns, COLUMNS_MAX) / 2));
	let picture = "";
	for (let row = 0; row < Math.min(Math.max(rows, 1), ROWS_MAX); row++) {
		for (let tile = 0; tile < tiles; tile++) picture += TILES[random.below(2)];
		picture += "\n";
	}
	return picture;
}
