/**
 * The argument grammar of commands, written in the rows and the one source of arity, key positions, COMMAND INFO, DOCS and
 * GETKEYS. A row reads like the usage line of a manual:
 *
 *     args: [
 *         key("RW ACCESS UPDATE"),
 *         string("value"),
 *         optional(oneOf("condition", token("nx"), token("xx")), "2.6.12"),
 *         optional(oneOf("expiration", integer("seconds", "EX"), …)),
 *     ]
 *
 * Types and names are those that COMMAND DOCS of Redis 7.2 shows.
 */
export type ArgumentType =
	| "string"
	| "integer"
	| "double"
	| "key"
	| "pattern"
	| "unix-time"
	| "pure-token"
	| "oneof"
	| "block";

export interface Argument {
	readonly name: string;
	readonly type: ArgumentType;
	/** Literal word before the value, or the word itself of a pure token; upper case, "" for none. */
	readonly token: string;
	/** Version the argument came with, "" where it is as old as its command. */
	readonly since: string;
	readonly deprecatedSince: string;
	readonly optional: boolean;
	readonly multiple: boolean;
	/** With `multiple`: the token is repeated, too. */
	readonly multipleToken: boolean;
	/** Of a key: "RO ACCESS", "OW UPDATE", "RW ACCESS DELETE" …, flags of its key specification; "" otherwise. */
	readonly access: string;
	/** How usage lines show it, where that is not the name; "" otherwise. */
	readonly displayText: string;
	/** Which key specification it belongs to; -1: none, or for a key its turn among the keys of the grammar. */
	readonly keySpecIndex: number;
	/** Of blocks and choices. */
	readonly children: readonly Argument[];
}

function argument(name: string, type: ArgumentType, token: string, children: readonly Argument[] = []): Argument {
	return {
		name,
		type,
		token,
		since: "",
		deprecatedSince: "",
		optional: false,
		multiple: false,
		multipleToken: false,
		access: "",
		displayText: "",
		keySpecIndex: -1,
		children,
	};
}

export function key(access: string, name = "key", tokenWord = ""): Argument {
	return { ...argument(name, "key", tokenWord), access };
}

export function string(name: string, tokenWord = ""): Argument {
	return argument(name, "string", tokenWord);
}

export function integer(name: string, tokenWord = ""): Argument {
	return argument(name, "integer", tokenWord);
}

export function double(name: string, tokenWord = ""): Argument {
	return argument(name, "double", tokenWord);
}

export function pattern(name: string, tokenWord = ""): Argument {
	return argument(name, "pattern", tokenWord);
}

export function unixTime(name: string, tokenWord = ""): Argument {
	return argument(name, "unix-time", tokenWord);
}

/** A word that stands for itself; the word is the name in upper case where not given. */
export function token(name: string, word = name.toUpperCase()): Argument {
	return argument(name, "pure-token", word);
}

export function oneOf(name: string, ...choices: Argument[]): Argument {
	return argument(name, "oneof", "", choices);
}

export function block(name: string, ...parts: Argument[]): Argument {
	return argument(name, "block", "", parts);
}

export function optional(part: Argument, since = ""): Argument {
	return { ...part, optional: true, since: since === "" ? part.since : since };
}

export function many(part: Argument): Argument {
	return { ...part, multiple: true };
}

/** Repeated together with its token, as SORT's GET pattern GET pattern. */
export function manyTokens(part: Argument): Argument {
	return { ...part, multiple: true, multipleToken: true };
}

export function since(version: string, part: Argument): Argument {
	return { ...part, since: version };
}

export function deprecated(version: string, part: Argument): Argument {
	return { ...part, deprecatedSince: version };
}

/** Puts a literal word before a choice or a block: `withToken("LIMIT", block("limit", …))`. */
export function withToken(word: string, part: Argument): Argument {
	return { ...part, token: word };
}

/** Shown under another text than its name in usage lines. */
export function shownAs(text: string, part: Argument): Argument {
	return { ...part, displayText: text };
}

/** Belongs to the key specification of this number, although its type or its place in the grammar do not say so. */
export function ofKeySpec(index: number, part: Argument): Argument {
	return { ...part, keySpecIndex: index };
}

/** How many words an argument takes where it is given: at least so many, and exactly so where it is of fixed width. */
export function wordsOf(part: Argument): number {
	return wordsMin(part.optional ? { ...part, optional: false } : part);
}

/** How many words an argument takes at least. */
function wordsMin(part: Argument): number {
	if (part.optional) return 0;
	if (part.type === "pure-token") return 1;
	const own = part.token === "" ? 0 : 1;
	if (part.type === "oneof") return own + Math.min(...part.children.map(wordsMin));
	if (part.type === "block") return own + part.children.reduce((sum, child) => sum + wordsMin(child), 0);
	return own + 1;
}

/** Whether it always takes the same count of words. */
function isFixed(part: Argument): boolean {
	if (part.optional || part.multiple) return false;
	if (part.type === "oneof") {
		const widths = new Set(part.children.map(wordsMin));
		return widths.size === 1 && part.children.every(isFixed);
	}
	return part.children.every(isFixed);
}

/** As COMMAND INFO counts: words including the name (and subcommand), negative for "at least". */
export function arityOf(nameWords: number, parts: readonly Argument[]): number {
	const words = parts.reduce((sum, part) => sum + wordsMin(part), nameWords);
	return parts.every(isFixed) ? words : -words;
}

/** Where keys stand: begin is the word of the first, last counts from the end when negative, step the distance. */
export interface KeyRange {
	/** Index of the first key word, the command's name being 0; or 0 where found by other means. */
	readonly first: number;
	/** As COMMAND INFO's last key: absolute here; -1 is the last word, -2 the last but one. */
	readonly last: number;
	readonly step: number;
	readonly access: string;
}

/**
 * Key positions that follow from the shape: keys among the leading words of known width, a repeated key, or a repeated
 * block with one key in it. What a grammar cannot say (numkeys, keywords) is written in the row as `keySpecs`.
 */
export function keyRangesOf(nameWords: number, parts: readonly Argument[]): KeyRange[] {
	const ranges: KeyRange[] = [];
	let at = nameWords;
	for (let i = 0; i < parts.length; i++) {
		const part = parts[i]!;
		if (part.type === "key" && part.token === "") {
			const trailing = parts.slice(i + 1).reduce((sum, next) => sum + wordsMin(next), 0);
			ranges.push({ first: at, last: part.multiple ? -1 - trailing : at, step: 1, access: part.access });
		} else if (part.type === "block" && part.multiple) {
			const inside = part.children.findIndex((child) => child.type === "key");
			if (inside >= 0) {
				const access = part.children[inside]!.access;
				ranges.push({ first: at + inside, last: -1, step: part.children.length, access });
			}
		}
		if (part.optional || part.multiple || !isFixed(part)) break;
		at += wordsMin(part);
	}
	return ranges;
}
