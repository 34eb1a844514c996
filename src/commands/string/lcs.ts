import { bytesOf, copyBytes } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, READONLY } from "../../dispatch/command.ts";
import { integer, key, optional, token } from "../../dispatch/grammar.ts";
import {
	LCS_LENGTH_OR_INDEXES,
	LCS_NOT_STRINGS,
	LCS_OUT_OF_MEMORY,
	LCS_TOO_LARGE,
	NOT_AN_INTEGER,
	SYNTAX_ERROR,
} from "../../resp/errors.ts";
import { type CommonRun, CommonSubsequence } from "../../types/lcs.ts";
import { StringView } from "../../types/string.ts";
import { STRING } from "../../types/type.ts";
import type { StringServices } from "./services.ts";

const LEN = bytesOf("len");
const IDX = bytesOf("idx");
const MINMATCHLEN = bytesOf("minmatchlen");
const WITHMATCHLEN = bytesOf("withmatchlen");

/** What Redis spends on a pair of bytes; the limit is on its memory, of which we need a thirtieth. */
const BYTES_A_PAIR = 4;

interface LcsOptions {
	lengthOnly: boolean;
	indexes: boolean;
	withLengths: boolean;
	lengthMin: number;
}

const view = new StringView();

function lcs(call: Call, bytesMax: number): void {
	const { reply } = call;
	// Both are looked up before either is judged: the statistics count two.
	const isFirstString = isMissingOrString(call, 1);
	const isSecondString = isMissingOrString(call, 2);
	if (!isFirstString || !isSecondString) return reply.error(LCS_NOT_STRINGS);
	const options = readOptions(call);
	if (options === null) return;
	if (options.lengthOnly && options.indexes) return reply.error(LCS_LENGTH_OR_INDEXES);
	const a = copyOf(call, 1);
	const b = copyOf(call, 2);
	if ((a.length + 1) * (b.length + 1) * BYTES_A_PAIR > bytesMax) return reply.error(LCS_TOO_LARGE);
	const common = commonSubsequence(a, b, options.lengthOnly);
	if (common === null) reply.error(LCS_OUT_OF_MEMORY);
	else if (options.lengthOnly) reply.integer(common.length);
	else if (options.indexes) replyIndexes(call, common, options);
	else reply.bulkBytes(textOf(common, a));
}

function isMissingOrString(call: Call, argument: number): boolean {
	return !call.findForRead(argument) || call.database.type() === STRING;
}

function copyOf(call: Call, argument: number): Uint8Array {
	if (!call.peek(argument)) return new Uint8Array(0);
	view.load(call.database.table);
	return view.bytes.slice(view.start, view.start + view.length);
}

/** Null after an error reply. */
function readOptions(call: Call): LcsOptions | null {
	const options: LcsOptions = { lengthOnly: false, indexes: false, withLengths: false, lengthMin: 0 };
	for (let i = 3; i < call.argc; i++) {
		if (call.is(i, IDX)) options.indexes = true;
		else if (call.is(i, LEN)) options.lengthOnly = true;
		else if (call.is(i, WITHMATCHLEN)) options.withLengths = true;
		else if (call.is(i, MINMATCHLEN) && i + 1 < call.argc) {
			options.lengthMin = call.clampedInteger(++i);
			if (Number.isNaN(options.lengthMin)) return fail(call, NOT_AN_INTEGER);
		} else return fail(call, SYNTAX_ERROR);
	}
	return options;
}

function fail(call: Call, error: string): null {
	call.reply.error(error);
	return null;
}

/** Null where there is no memory for it. */
function commonSubsequence(a: Uint8Array, b: Uint8Array, lengthOnly: boolean): CommonSubsequence | null {
	try {
		return new CommonSubsequence(a, b, lengthOnly);
	} catch (error) {
		if (error instanceof RangeError) return null;
		throw error;
	}
}

function replyIndexes(call: Call, common: CommonSubsequence, options: LcsOptions): void {
	const { reply } = call;
	const runs = common.runs().filter((run) => run.length >= options.lengthMin);
	reply.map(2);
	reply.bulkText("matches");
	reply.array(runs.length);
	for (const run of runs) {
		reply.array(options.withLengths ? 3 : 2);
		replyRange(call, run.aStart, run);
		replyRange(call, run.bStart, run);
		if (options.withLengths) reply.integer(run.length);
	}
	reply.bulkText("len");
	reply.integer(common.length);
}

function replyRange(call: Call, start: number, run: CommonRun): void {
	call.reply.array(2);
	call.reply.integer(start);
	call.reply.integer(start + run.length - 1);
}

function textOf(common: CommonSubsequence, a: Uint8Array): Uint8Array {
	const text = new Uint8Array(common.length);
	let end = text.length;
	for (const run of common.runs()) {
		end -= run.length;
		copyBytes(a, run.aStart, text, end, run.length);
	}
	return text;
}

export function lcsCommands(services: StringServices): readonly CommandRow[] {
	return [
		{
			name: "lcs",
			since: "7.0.0",
			group: "string",
			complexity: "O(N*M), N and M being the lengths of the two strings.",
			summary: "Finds the longest common subsequence of two strings.",
			flags: READONLY,
			args: [
				key("RO ACCESS", "key1"),
				key("RO ACCESS", "key2"),
				optional(token("len")),
				optional(token("idx")),
				optional(integer("len", "MINMATCHLEN")),
				optional(token("withmatchlen")),
			],
			// The two keys are one specification.
			keySpecs: [{ access: "RO ACCESS", begin: { index: 1 }, find: { last: 1, step: 1, limit: 0 } }],
			run: (call) => lcs(call, services.stringBytesMax()),
		},
	];
}
