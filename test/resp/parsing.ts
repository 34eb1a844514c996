/**
 * Drives a RequestParser over input that comes in pieces, in each of the ways a connection does, and tells what it found.
 *
 * Invariant: how bytes were cut and which way was taken must not show in the result.
 */
import { latin1 } from "../../src/bytes/ascii.ts";
import { RequestParser } from "../../src/resp/request-parser.ts";
import { toBytes } from "../support/wire.ts";

export interface Parsed {
	/** Arguments of each complete command, Latin-1. */
	readonly commands: readonly (readonly string[])[];
	readonly error: string | null;
}

/**
 * What happens to an unfinished command when more bytes come: the parser goes on where it stopped, goes on after the
 * command was moved to the start of another array, or reads it again from its start.
 */
export type Way = "goes on" | "moves" | "starts again";
export const ways: readonly Way[] = ["goes on", "moves", "starts again"];

export interface ParseOptions {
	readonly cuts?: readonly number[];
	readonly way?: Way;
	readonly unauthenticated?: boolean;
	readonly bulkBytesMax?: number;
}

export function parseAll(input: string | Uint8Array, options: ParseOptions = {}): Parsed {
	const all = new Uint8Array(typeof input === "string" ? toBytes(input) : input);
	const { cuts = [], way = "goes on" } = options;
	const parser = new RequestParser();
	parser.unauthenticated = options.unauthenticated ?? false;
	if (options.bulkBytesMax !== undefined) parser.bulkBytesMax = options.bulkBytesMax;
	parser.begin(0);
	const commands: string[][] = [];
	// Where the array that is parsed begins in the whole input.
	let base = 0;
	let bytes = all;
	for (const cut of [...cuts, all.length]) {
		const rest = parseUpTo(parser, bytes, cut - base, commands);
		if (parser.error !== null) return { commands, error: parser.error };
		if (way === "goes on") continue;
		base += rest;
		bytes = all.slice(base);
		if (way === "moves") parser.rebase(rest);
		else parser.begin(0);
	}
	return { commands, error: null };
}

/** Collects batches until the input is exhausted or in error; returns where the unfinished command begins. */
function parseUpTo(parser: RequestParser, bytes: Uint8Array, end: number, commands: string[][]): number {
	for (;;) {
		const more = parser.parse(bytes, end);
		for (let i = 0; i < parser.count; i++) commands.push(commandAt(parser, bytes, i));
		const rest = parser.starts[parser.count]!;
		if (parser.error !== null) return rest;
		parser.nextBatch();
		if (!more) return rest;
	}
}

function commandAt(parser: RequestParser, bytes: Uint8Array, index: number): string[] {
	const words: string[] = [];
	for (let at = parser.firsts[index]!; at < parser.firsts[index + 1]!; at += 2) {
		words.push(latin1(bytes, parser.ranges[at]!, parser.ranges[at + 1]!));
	}
	return words;
}
