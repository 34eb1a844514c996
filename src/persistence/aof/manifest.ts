/**
 * The manifest of the append-only files: which files there are, in the order in which they are loaded. One line a file:
 *
 *     file appendonly.aof.2.base.rdb seq 2 type b        the data as it was at the last rewrite; one at most
 *     file appendonly.aof.3.incr.aof seq 3 type h        history: rewritten, and waiting to be deleted
 *     file appendonly.aof.4.incr.aof seq 4 type i        what changed since, in the order of their numbers
 *
 * A manifest is never changed: a step of a rewrite makes a new one, writes it to disk, and only then believes it.
 *
 * Invariant: `parseManifest(formatManifest(manifest))` is the same manifest.
 */
import { quoteWord, splitWords } from "../../config/quoting.ts";

export interface ManifestFile {
	readonly name: string;
	readonly sequence: number;
}

export interface Manifest {
	readonly base: ManifestFile | null;
	readonly history: readonly ManifestFile[];
	readonly increments: readonly ManifestFile[];
	/** Numbers given last, 0 for none. */
	readonly baseSequence: number;
	readonly incrementSequence: number;
}

export const EMPTY_MANIFEST: Manifest = {
	base: null,
	history: [],
	increments: [],
	baseSequence: 0,
	incrementSequence: 0,
};

/** The text is no manifest. */
export class ManifestError extends Error {
	/** Counted from 1; 0 where no line is to blame. */
	readonly lineNumber: number;
	readonly line: string;

	constructor(reason: string, lineNumber: number, line: string) {
		super(reason);
		this.lineNumber = lineNumber;
		this.line = line;
	}

	/** What Redis says before it gives up, line by line. */
	report(): string[] {
		const where = this.lineNumber === 0 ? [] : [`Reading the manifest file, at line ${this.lineNumber}\n`];
		const what = this.lineNumber === 0 ? [] : [`>>> '${this.line}'\n`];
		return ["\n*** FATAL AOF MANIFEST FILE ERROR ***\n", ...where, ...what, `${this.message}\n`];
	}
}

const LINE_BYTES_MAX = 1024;
const INVALID = "Invalid AOF manifest file format";

/** Throws a ManifestError. */
export function parseManifest(text: string): Manifest {
	if (text === "") throw new ManifestError("Found an empty AOF manifest", 0, "");
	const lines = text.split("\n");
	const unended = lines.pop()!;
	let manifest = EMPTY_MANIFEST;
	for (const [index, line] of lines.entries()) {
		if (line.startsWith("#")) continue;
		if (line.length >= LINE_BYTES_MAX) throw tooLong();
		manifest = withLine(manifest, trimmed(line), index + 1);
	}
	if (unended !== "" && !unended.startsWith("#")) throw tooLong();
	return manifest;
}

/** Also said of a last line that nothing ends. */
function tooLong(): ManifestError {
	return new ManifestError("The AOF manifest file contains too long line", 0, "");
}

function trimmed(line: string): string {
	return line.replace(/^[ \t\r]+|[ \t\r]+$/g, "");
}

function withLine(manifest: Manifest, line: string, lineNumber: number): Manifest {
	const refuse = (reason: string) => new ManifestError(reason, lineNumber, line);
	const words = splitWords(line);
	if (words === undefined || words.length < 6 || words.length % 2 !== 0) throw refuse(INVALID);
	let name = "";
	let sequence = 0;
	let type = "";
	for (let i = 0; i < words.length; i += 2) {
		const value = words[i + 1]!;
		switch (words[i]!.toLowerCase()) {
			case "file":
				if (!isPlainName(value)) throw refuse("File can't be a path, just a filename");
				name = value;
				break;
			case "seq":
				if (!/^-?\d{1,15}$/.test(value)) throw refuse(INVALID);
				sequence = Number(value);
				break;
			case "type":
				type = value.slice(0, 1);
				break;
		}
	}
	if (name === "" || sequence === 0 || type === "") throw refuse(INVALID);
	const file = { name, sequence };
	switch (type) {
		case "b":
			if (manifest.base !== null) throw refuse("Found duplicate base file information");
			return { ...manifest, base: file, baseSequence: sequence };
		case "h":
			return { ...manifest, history: [...manifest.history, file] };
		case "i":
			if (sequence <= manifest.incrementSequence) throw refuse("Found a non-monotonic sequence number");
			return { ...manifest, increments: [...manifest.increments, file], incrementSequence: sequence };
		default:
			throw refuse("Unknown AOF file type");
	}
}

function isPlainName(name: string): boolean {
	return !name.includes("/") && !name.includes("\\");
}

export function formatManifest({ base, history, increments }: Manifest): string {
	const lines: string[] = [];
	if (base !== null) lines.push(formatLine(base, "b"));
	for (const file of history) lines.push(formatLine(file, "h"));
	for (const file of increments) lines.push(formatLine(file, "i"));
	return lines.join("");
}

function formatLine({ name, sequence }: ManifestFile, type: string): string {
	const word = /^[!#-&(-[\]-~]+$/.test(name) ? name : quoteWord(name);
	return `file ${word} seq ${sequence} type ${type}\n`;
}

/** All files that are loaded, in order. */
export function loadedFiles({ base, increments }: Manifest): ManifestFile[] {
	return base === null ? [...increments] : [base, ...increments];
}

/** With a new file to write to; it is the last of `increments`. */
export function withNewIncrement(manifest: Manifest, prefix: string): Manifest {
	const sequence = manifest.incrementSequence + 1;
	const file = { name: `${prefix}.${sequence}.incr.aof`, sequence };
	return { ...manifest, increments: [...manifest.increments, file], incrementSequence: sequence };
}

/** With a new base; the old one becomes history. */
export function withNewBase(manifest: Manifest, prefix: string, isRdb: boolean): Manifest {
	const sequence = manifest.baseSequence + 1;
	const base = { name: `${prefix}.${sequence}.base.${isRdb ? "rdb" : "aof"}`, sequence };
	const history = manifest.base === null ? manifest.history : [manifest.base, ...manifest.history];
	return { ...manifest, base, history, baseSequence: sequence };
}

/** With all but the last so many increments as history. */
export function withRewritten(manifest: Manifest, kept: number): Manifest {
	const { increments, history } = manifest;
	const rewritten = increments.slice(0, increments.length - kept);
	return {
		...manifest,
		history: [...rewritten, ...history],
		increments: increments.slice(increments.length - kept),
	};
}
