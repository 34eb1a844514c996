/**
 * From the text of a configuration to its lines: comments, quotes, and include, which is replaced by the lines of the
 * files it names. What a line means is decided elsewhere.
 *
 * Invariant: lines come one at a time, in order, and a file is opened when its include is reached; so a line that
 * changes the working directory counts for the includes after it.
 */
import type { Files } from "../adapters/files.ts";
import type { RunRequest } from "./command-line.ts";
import { splitWords } from "./quoting.ts";
import { systemErrorText } from "./system-error.ts";

/** The release whose configuration we follow. */
export const REDIS_VERSION = "7.2.4";

const INCLUDE_DEPTH_MAX = 32;

/** A file, standard input, or the options of the command line in the form of lines. */
export interface ConfigSource {
	/** As errors name it. */
	readonly name: string;
	readonly text: string;
}

export interface ConfigLine {
	readonly source: string;
	/** Of the line in its source, from 1. */
	readonly number: number;
	/** The number Redis gives, which counts on from one source to the next. */
	readonly position: number;
	readonly text: string;
	/** At least the directive's name. */
	readonly words: readonly [name: string, ...rest: string[]];
}

/** A configuration the server cannot start with; the message is what it says before it exits. */
export class ConfigError extends Error {
	override readonly name = "ConfigError";

	static at(line: Omit<ConfigLine, "words">, reason: string): ConfigError {
		return new ConfigError(
			[
				`*** FATAL CONFIG FILE ERROR (Redis ${REDIS_VERSION}) ***`,
				`Reading the configuration file, at line ${line.position}`,
				`>>> '${line.text}'`,
				reason,
				`Found in ${line.source}, line ${line.number}`,
			].join("\n"),
		);
	}
}

export function readSource(path: string, files: Files): ConfigSource {
	try {
		return { name: path, text: files.readText(path) };
	} catch (failure) {
		throw new ConfigError(`Fatal error, can't open config file '${path}': ${systemErrorText(failure)}`);
	}
}

/** What a start reads, in order. Positions come out as Redis counts them: options have an empty line above them. */
export function sourcesOf(request: RunRequest, files: Files, standardInput: string): ConfigSource[] {
	const sources: ConfigSource[] = [];
	if (request.file !== undefined) sources.push(readSource(files.resolve(request.file), files));
	if (request.readsStandardInput) sources.push({ name: "standard input", text: standardInput });
	if (sources.length === 0) sources.push({ name: "no file", text: "" });
	sources.push({ name: "the command line", text: request.options });
	return sources;
}

/** Later sources are as if written below earlier ones. Throws a ConfigError where quotes or includes go wrong. */
export function* configLines(sources: readonly ConfigSource[], files: Files, depth = 0): Generator<ConfigLine> {
	let position = 0;
	for (const source of sources) {
		let number = 0;
		for (const raw of source.text.split("\n")) {
			position++;
			number++;
			const text = trimLine(raw);
			if (text === "" || text.startsWith("#")) continue;
			const line = { source: source.name, number, position, text };
			const words = splitWords(text);
			if (words === undefined) throw ConfigError.at(line, "Unbalanced quotes in configuration line");
			const [name, ...rest] = words;
			if (name === undefined) continue;
			if (name.toLowerCase() === "include" && rest.length === 1) {
				if (depth === INCLUDE_DEPTH_MAX) throw ConfigError.at(line, "include is nested too deeply");
				for (const path of includedPaths(rest[0]!, files)) {
					yield* configLines([readSource(path, files)], files, depth + 1);
				}
			} else yield { ...line, words: [name, ...rest] };
		}
	}
}

/** Without the blanks around it, a carriage return included. */
export function trimLine(line: string): string {
	return line.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
}

/** A pattern may match nothing; a plain path has to be there. */
function includedPaths(pattern: string, files: Files): readonly string[] {
	return /[*?[]/.test(pattern) ? files.matching(pattern) : [pattern];
}
