import { bytesOf, latin1Bytes } from "../../bytes/ascii.ts";
import { globMatch } from "../../bytes/glob.ts";
import type { Call } from "../../dispatch/call.ts";
import { ALLOW_BUSY, type CommandRow, DENYOOM, LOADING, NOSCRIPT, STALE, WRITE } from "../../dispatch/command.ts";
import { oneOf, optional, string, token } from "../../dispatch/grammar.ts";
import { dumpLibraries, librariesOf } from "../../persistence/rdb/libraries.ts";
import {
	DUMP_PAYLOAD_WRONG,
	FUNCTION_FLUSH_MODE,
	FUNCTION_RESTORE_POLICY,
	LIBRARY_NAME_MISSING,
	LIBRARY_NOT_FOUND,
	PAYLOAD_NO_FUNCTIONS,
	subcommandSyntax,
	unknownFunctionArgument,
	unknownLoadOption,
} from "../../resp/errors.ts";
import { type Library, LoadError } from "../../scripting/functions.ts";
import type { ScriptingServices } from "./services.ts";

const REPLACE = bytesOf("replace");
const ASYNC = bytesOf("async");
const SYNC = bytesOf("sync");
const WITHCODE = bytesOf("withcode");
const LIBRARYNAME = bytesOf("libraryname");
const policies = ["append", "replace", "flush"] as const;

const helpLines = [
	"FUNCTION <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
	"LOAD [REPLACE] <FUNCTION CODE>",
	"    Load a library, in place of the one of its name if REPLACE is given.",
	"DELETE <LIBRARY NAME>",
	"    Remove a library.",
	"LIST [LIBRARYNAME PATTERN] [WITHCODE]",
	"    The libraries, or those whose names match, with their functions and, if asked for, their code.",
	"STATS",
	"    The function that runs, and how many there are.",
	"KILL",
	"    End the function that runs, unless it has written something.",
	"FLUSH [ASYNC|SYNC]",
	"    Remove all libraries.",
	"DUMP",
	"    All libraries in one payload, for RESTORE.",
	"RESTORE <PAYLOAD> [FLUSH|APPEND|REPLACE]",
	"    Load the libraries of a payload, beside those that are there, in their place, or instead of all.",
	"HELP",
	"    Print this help.",
];

/** A change of the libraries, which counts and is told to whoever follows. */
function changed(call: Call): void {
	call.keyspace.changes.dirty++;
}

function load({ scripting }: ScriptingServices, call: Call): void {
	const { argc, reply } = call;
	let replaces = false;
	for (let i = 2; i < argc - 1; i++) {
		if (!call.is(i, REPLACE)) return reply.error(unknownLoadOption(call.latin1(i)));
		replaces = true;
	}
	try {
		const name = scripting.functions().load(call.slice(argc - 1), replaces);
		changed(call);
		reply.bulkText(name);
	} catch (error) {
		replyLoadError(call, error);
	}
}

function replyLoadError(call: Call, error: unknown): void {
	if (!(error instanceof LoadError)) throw error;
	call.reply.error(`ERR ${error.message}`);
}

function remove({ scripting }: ScriptingServices, call: Call): void {
	if (!scripting.functions().delete(call.latin1(2))) return call.reply.error(LIBRARY_NOT_FOUND);
	changed(call);
	call.reply.ok();
}

function flush({ scripting }: ScriptingServices, call: Call): void {
	if (call.argc > 3) return call.reply.error(subcommandSyntax(call.latin1(1), "function"));
	if (call.argc === 3 && !call.is(2, ASYNC) && !call.is(2, SYNC)) return call.reply.error(FUNCTION_FLUSH_MODE);
	scripting.functions().clear();
	changed(call);
	call.reply.ok();
}

function list({ scripting }: ScriptingServices, call: Call): void {
	const { argc, reply } = call;
	let withCode = false;
	let pattern = 0;
	for (let i = 2; i < argc; i++) {
		if (!withCode && call.is(i, WITHCODE)) withCode = true;
		else if (pattern === 0 && call.is(i, LIBRARYNAME)) {
			if (i === argc - 1) return reply.error(LIBRARY_NAME_MISSING);
			pattern = ++i;
		} else return reply.error(unknownFunctionArgument(call.latin1(i)));
	}
	const all = [...scripting.functions().libraries.values()];
	const found = pattern === 0 ? all : all.filter(({ name }) => isMatch(call, pattern, name));
	reply.array(found.length);
	for (const library of found) writeLibrary(call, library, withCode);
}

function isMatch(call: Call, pattern: number, name: string): boolean {
	const bytes = bytesOf(name);
	return globMatch(call.bytes, call.start(pattern), call.end(pattern), bytes, 0, bytes.length, true);
}

function writeLibrary({ reply }: Call, { name, functions, source }: Library, withCode: boolean): void {
	reply.map(withCode ? 4 : 3);
	reply.bulkText("library_name");
	reply.bulkText(name);
	reply.bulkText("engine");
	reply.bulkText("LUA");
	reply.bulkText("functions");
	reply.array(functions.size);
	for (const { name: function_, description, flags } of functions.values()) {
		reply.map(3);
		reply.bulkText("name");
		reply.bulkText(function_);
		reply.bulkText("description");
		if (description === null) reply.null();
		else reply.bulkBytes(latin1Bytes(description));
		reply.bulkText("flags");
		reply.set(flags.length);
		for (const flag of flags) reply.simple(flag);
	}
	if (!withCode) return;
	reply.bulkText("library_code");
	reply.bulkBytes(source);
}

function stats({ scripting }: ScriptingServices, call: Call): void {
	const { reply } = call;
	const { libraries, functions } = scripting.functions();
	reply.map(2);
	reply.bulkText("running_script");
	const running = scripting.runningFunction();
	if (running === null) reply.null();
	else {
		reply.map(3);
		reply.bulkText("name");
		reply.bulkText(running.name);
		reply.bulkText("command");
		reply.array(running.words.length);
		for (const word of running.words) reply.bulkBytes(word);
		reply.bulkText("duration_ms");
		reply.integer(running.duration_ms);
	}
	reply.bulkText("engines");
	reply.map(1);
	reply.bulkText("LUA");
	reply.map(2);
	reply.bulkText("libraries_count");
	reply.integer(libraries.size);
	reply.bulkText("functions_count");
	reply.integer(functions.size);
}

function restore({ scripting }: ScriptingServices, call: Call): void {
	const { argc, reply } = call;
	if (argc > 4) return reply.error(subcommandSyntax(call.latin1(1), "function"));
	const policy = argc < 4 ? "append" : policies.find((word) => word === call.latin1(3).toLowerCase());
	if (policy === undefined) return reply.error(FUNCTION_RESTORE_POLICY);
	const sources = librariesOf(call.slice(2));
	if (sources === null) return reply.error(DUMP_PAYLOAD_WRONG);
	if (sources === "") return reply.error(PAYLOAD_NO_FUNCTIONS);
	try {
		scripting.functions().restore(sources, policy);
		changed(call);
		reply.ok();
	} catch (error) {
		replyLoadError(call, error);
	}
}

function help(call: Call): void {
	call.reply.array(helpLines.length);
	for (const line of helpLines) call.reply.simple(line);
}

const EVERYWHERE = ["request_policy:all_shards", "response_policy:all_succeeded"];

export function functionCommand(services: ScriptingServices): CommandRow {
	const common = { since: "7.0.0", group: "scripting", flags: NOSCRIPT } as const;
	const flushType = optional(oneOf("flush-type", token("async"), token("sync")));
	return {
		...common,
		name: "function",
		complexity: "Depends on the subcommand.",
		summary: "A container for function commands.",
		flags: 0,
		subcommands: [
			{
				...common,
				name: "delete",
				complexity: "O(1)",
				summary: "Removes a library and its functions.",
				flags: NOSCRIPT | WRITE,
				tips: EVERYWHERE,
				args: [string("library-name")],
				run: (call) => remove(services, call),
			},
			{
				...common,
				name: "dump",
				complexity: "O(N), N being the number of libraries.",
				summary: "All libraries in one payload.",
				run: (call) => call.reply.bulkBytes(dumpLibraries(call.keyspace.libraries, services.compressesSnapshots())),
			},
			{
				...common,
				name: "flush",
				complexity: "O(N), N being the number of functions.",
				summary: "Removes all libraries.",
				flags: NOSCRIPT | WRITE,
				tips: EVERYWHERE,
				args: [flushType],
				arity: -2,
				run: (call) => flush(services, call),
			},
			{
				...common,
				name: "help",
				complexity: "O(1)",
				summary: "Explains the subcommands.",
				flags: LOADING | STALE,
				run: help,
			},
			{
				...common,
				name: "kill",
				complexity: "O(1)",
				summary: "Ends the function that runs.",
				flags: NOSCRIPT | ALLOW_BUSY,
				tips: ["request_policy:all_shards", "response_policy:one_succeeded"],
				run: (call) => services.scripting.kill(call, true),
			},
			{
				...common,
				name: "list",
				complexity: "O(N), N being the number of functions.",
				summary: "Lists the libraries and their functions.",
				tips: ["nondeterministic_output_order"],
				args: [optional(string("library-name-pattern", "LIBRARYNAME")), optional(token("withcode"))],
				arity: -2,
				run: (call) => list(services, call),
			},
			{
				...common,
				name: "load",
				complexity: "O(1), and what the code does.",
				summary: "Loads a library.",
				flags: NOSCRIPT | WRITE | DENYOOM,
				tips: EVERYWHERE,
				args: [optional(token("replace")), string("function-code")],
				run: (call) => load(services, call),
			},
			{
				...common,
				name: "restore",
				complexity: "O(N), N being the number of functions in the payload.",
				summary: "Loads the libraries of a payload.",
				flags: NOSCRIPT | WRITE | DENYOOM,
				tips: EVERYWHERE,
				args: [
					string("serialized-value"),
					optional(oneOf("policy", token("flush"), token("append"), token("replace"))),
				],
				arity: -3,
				run: (call) => restore(services, call),
			},
			{
				...common,
				name: "stats",
				complexity: "O(1)",
				summary: "Tells what function runs, and how many there are.",
				flags: NOSCRIPT | ALLOW_BUSY,
				tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
				run: (call) => stats(services, call),
			},
		],
	};
}
