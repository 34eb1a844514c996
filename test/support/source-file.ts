/**
 * A file of this repository as checks of style see it.
 *
 * Invariant: `code` and `unquoted` have the lines of `text`, without the contents of strings, and `code` without comments;
 * the expressions in template strings stay.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, normalize, relative } from "node:path";

export const repository = normalize(join(import.meta.dir, "../.."));

/** A string's contents may not span lines; a quote in a regular expression at worst hides the rest of its line. */
const COMMENT_OR_STRING = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\[\s\S])*`/g;
const IMPORT = /^(?:import|export)( type)?\b[^;"']*?\bfrom "([^"]+)"|^import "([^"]+)"/gm;

export interface Import {
	readonly line: number;
	/** Path from the root of the repository, or the name of a package. */
	readonly target: string;
	readonly isRelative: boolean;
	/** Gone when the program runs. */
	readonly isTypeOnly: boolean;
}

export class SourceFile {
	/** From the root of the repository. */
	readonly path: string;
	readonly text: string;
	readonly code: string;
	readonly unquoted: string;

	constructor(path: string, text: string) {
		this.path = path;
		this.text = text;
		this.code = text.replace(COMMENT_OR_STRING, blanked);
		this.unquoted = text.replace(COMMENT_OR_STRING, (found) => (found.startsWith("/") ? found : blanked(found)));
	}

	static read(path: string): SourceFile {
		return new SourceFile(path, readFileSync(join(repository, path), "utf8"));
	}

	/** Files below a folder whose names end so. */
	static below(folder: string, endings: readonly string[]): SourceFile[] {
		const names = readdirSync(join(repository, folder), { recursive: true, encoding: "utf8" }).sort();
		return names
			.filter((name) => endings.some((ending) => name.endsWith(ending)) && !name.includes("node_modules"))
			.map((name) => SourceFile.read(join(folder, name)));
	}

	imports(): Import[] {
		const found: Import[] = [];
		for (const match of this.text.matchAll(IMPORT)) {
			const [, type, from, bare] = match;
			const specifier = from ?? bare ?? "";
			const isRelative = specifier.startsWith(".");
			const target = isRelative ? normalize(join(this.path, "..", specifier)) : specifier;
			found.push({ line: lineOf(this.text, match.index), target, isRelative, isTypeOnly: type !== undefined });
		}
		return found;
	}

	/** Lines, from 1, on which a pattern occurs, with what was found. */
	*matches(pattern: RegExp, where: "text" | "code"): Generator<{ line: number; what: string }> {
		for (const match of this[where].matchAll(new RegExp(pattern, `${pattern.flags}g`))) {
			yield { line: lineOf(this[where], match.index), what: match[0].trim() };
		}
	}
}

export function lineOf(text: string, index: number): number {
	return text.slice(0, index).split("\n").length;
}

function blanked(found: string): string {
	const newlines = found.replace(/[^\n]/g, "");
	if (found.startsWith("/")) return newlines;
	if (!found.startsWith("`")) return '""';
	const expressions = [...found.matchAll(/\$\{([^}]*)\}/g)].map(([, expression]) => expression);
	return `\`${expressions.join(" ")}\`${newlines}`;
}

/** The folder of a file, "" for the root. */
export function folderOf(path: string): string {
	const folder = relative(".", join(path, ".."));
	return folder === "." ? "" : folder;
}
