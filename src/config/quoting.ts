/**
 * Words of a configuration line, and the one quoted form CONFIG REWRITE gives them.
 *
 * Invariant: `splitWords(quoteWord(word))` is `[word]` for every well-formed text. Words are text: bytes written as \xHH
 * are read as UTF-8, and what is not UTF-8 does not survive.
 */
import { bytesOf, utf8 } from "../bytes/ascii.ts";
import { splitInline } from "../resp/inline.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

const escapes: ReadonlyMap<number, string> = new Map([
	[QUOTE, '\\"'],
	[BACKSLASH, "\\\\"],
	[0x07, "\\a"],
	[0x08, "\\b"],
	[0x09, "\\t"],
	[0x0a, "\\n"],
	[0x0d, "\\r"],
]);

/** Undefined where a quote stays open, or closes in the middle of a word. */
export function splitWords(line: string): string[] | undefined {
	const bytes = bytesOf(line);
	const words: string[] = [];
	const balanced = splitInline(bytes, 0, bytes.length, {
		addRange(start, end) {
			words.push(utf8(bytes, start, end));
		},
	});
	return balanced ? words : undefined;
}

/** In double quotes, all of it printable ASCII. */
export function quoteWord(word: string): string {
	let quoted = "";
	for (const byte of bytesOf(word)) {
		const escaped = escapes.get(byte);
		if (escaped !== undefined) quoted += escaped;
		else if (byte >= 0x20 && byte < 0x7f) quoted += String.fromCharCode(byte);
		else quoted += `\\x${byte.toString(16).padStart(2, "0")}`;
	}
	return `"${quoted}"`;
}
