import { SCORE_TEXT_MAX, writeScoreText } from "../../types/sorted-set/score-text.ts";
import type { ListpackWriter } from "./listpack-writer.ts";

const WORD = 2 ** 32;
/** Whole scores up to here are integers in a listpack. */
const WHOLE_MAX = 2 ** 62;

const text = new Uint8Array(SCORE_TEXT_MAX);

/** Adds a score to a listpack: as an integer where it is one, else as text. Minus zero loses its sign, as in Redis. */
export function addScore(listpack: ListpackWriter, score: number): void {
	if (Math.floor(score) === score && score >= -WHOLE_MAX && score <= WHOLE_MAX) {
		const high = Math.floor(score / WORD);
		listpack.wide(high, (score - high * WORD) | 0);
	} else listpack.text(text, 0, writeScoreText(score, text, 0));
}
