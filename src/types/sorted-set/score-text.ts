import { formatDouble } from "../../bytes/double.ts";
import { INT64_TEXT_MAX, writeInteger } from "../../bytes/int64.ts";

/**
 * Scores as text, without a string on the way where they are whole or have few decimals, as nearly all have.
 *
 * Invariant: the bytes are those of `formatDouble`.
 */
const ZERO = 0x30;
const POINT = 0x2e;
const MINUS = 0x2d;
const DECIMALS_MAX = 6;
/** A number of up to fifteen digits is the shortest text of the double next to it. */
const DIGITS_END = 1e15;

/** No score takes more. */
export const SCORE_TEXT_MAX = Math.max(INT64_TEXT_MAX, 32);

/** Writes a score at `at` and returns how many bytes that took. */
export function writeScoreText(score: number, target: Uint8Array, at: number): number {
	if (Number.isSafeInteger(score) && !Object.is(score, -0)) return writeInteger(score, target, at);
	const magnitude = Math.abs(score);
	let scale = 10;
	for (let decimals = 1; decimals <= DECIMALS_MAX; decimals++, scale *= 10) {
		const scaled = Math.round(magnitude * scale);
		if (scaled >= DIGITS_END) break;
		if (scaled > 0 && scaled / scale === magnitude)
			return writeDecimals(score < 0, scaled, scale, decimals, target, at);
	}
	const text = formatDouble(score);
	for (let i = 0; i < text.length; i++) target[at + i] = text.charCodeAt(i);
	return text.length;
}

/** `scaled` / `scale`, with so many decimals. */
function writeDecimals(
	isNegative: boolean,
	scaled: number,
	scale: number,
	decimals: number,
	target: Uint8Array,
	at: number,
): number {
	const whole = Math.floor(scaled / scale);
	let fraction = scaled - whole * scale;
	let position = at;
	if (isNegative) target[position++] = MINUS;
	position += writeInteger(whole, target, position);
	target[position] = POINT;
	for (let i = decimals; i > 0; i--) {
		const tenth = Math.floor(fraction / 10);
		target[position + i] = ZERO + fraction - 10 * tenth;
		fraction = tenth;
	}
	return position + decimals + 1 - at;
}
