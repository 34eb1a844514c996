/** The request protocol read in the plainest way there is, on a string, to hold the parser against. */

export interface Request {
	readonly commands: readonly (readonly string[])[];
	/** Text after "Protocol error: ", or null. */
	readonly error: string | null;
}

const lineMax = 65_536;
const blank = /[ \t\n\v\f\r]/;
const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", a: "\x07" };

/**
 * Undefined where it is not settled what the bytes mean: zero bytes and vertical white space in typed lines, zero bytes
 * in lengths, and a line end where an argument should begin.
 */
export function readRequest(text: string, isLimited: boolean): Request | undefined {
	const commands: string[][] = [];
	const end = (error: string | null) => ({ commands, error });
	let at = 0;
	while (at < text.length) {
		if (text[at] !== "*") {
			const newline = text.indexOf("\n", at);
			if (newline < 0) return end(text.length - at > lineMax ? "too big inline request" : null);
			const line = text.slice(at, newline).replace(/\r$/, "");
			if (/[\0\v\f]/.test(line)) return undefined;
			const words = wordsOf(line);
			if (words === null) return end("unbalanced quotes in request");
			if (words.length > 0) commands.push(words);
			at = newline + 1;
			continue;
		}
		const count = readLength(text, at);
		if (count === undefined) return undefined;
		if (count === "unfinished") return end(text.length - at > lineMax ? "too big mbulk count string" : null);
		if (!(count.value <= 2 ** 31 - 1)) return end("invalid multibulk length");
		if (isLimited && count.value > 10) return end("unauthenticated multibulk length");
		at = count.next;
		const words: string[] = [];
		while (words.length < count.value) {
			if (text[at] === "\r") return undefined;
			const length = readLength(text, at);
			if (length === undefined) return undefined;
			if (length === "unfinished") return end(text.length - at > lineMax ? "too big bulk count string" : null);
			if (text[at] !== "$") return end(`expected '$', got '${text[at]}'`);
			if (!(length.value >= 0 && length.value <= 512 * 1024 * 1024)) return end("invalid bulk length");
			if (isLimited && length.value > 16_384) return end("unauthenticated bulk length");
			const next = length.next + length.value + 2;
			if (next > text.length) return end(null);
			words.push(text.slice(length.next, next - 2));
			at = next;
		}
		if (words.length > 0) commands.push(words);
	}
	return end(null);
}

/** The number behind the first character of a line, NaN where it is none, and where the next line begins. */
function readLength(text: string, at: number): { value: number; next: number } | "unfinished" | undefined {
	const lineEnd = text.indexOf("\r", at);
	if (text.slice(at, lineEnd < 0 ? undefined : lineEnd).includes("\0")) return undefined;
	if (lineEnd < 0 || lineEnd + 1 >= text.length) return "unfinished";
	const digits = text.slice(at + 1, lineEnd);
	if (digits.length > 15 && digits.startsWith("-")) return undefined;
	return { value: /^(0|-?[1-9]\d*)$/.test(digits) ? Number(digits) : Number.NaN, next: lineEnd + 2 };
}

function wordsOf(line: string): string[] | null {
	const words: string[] = [];
	let at = 0;
	for (;;) {
		while (at < line.length && blank.test(line[at]!)) at++;
		if (at === line.length) return words;
		let word = "";
		while (at < line.length && !blank.test(line[at]!)) {
			const quote = line[at]!;
			if (quote !== '"' && quote !== "'") {
				word += quote;
				at++;
				continue;
			}
			const body = (quote === '"' ? /"((?:\\.|[^"\\])*)"/sy : /'((?:\\'|[^'\\]|\\(?!'))*)'/y) as RegExp;
			body.lastIndex = at;
			const match = body.exec(line);
			if (match === null) return null;
			word += quote === '"' ? unescaped(match[1]!) : match[1]!.replaceAll("\\'", "'");
			at = body.lastIndex;
			if (at < line.length && !blank.test(line[at]!)) return null;
		}
		words.push(word);
	}
}

function unescaped(body: string): string {
	return body.replace(/\\x([0-9a-fA-F]{2})|\\(.)/gs, (_, hex: string | undefined, character: string) =>
		hex === undefined ? (escapes[character] ?? character) : String.fromCharCode(Number.parseInt(hex, 16)),
	);
}
