import { bytesOf } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { ALLOW_BUSY, type CommandRow, LOADING, NOSCRIPT, STALE } from "../../dispatch/command.ts";
import { many, oneOf, optional, string, token } from "../../dispatch/grammar.ts";
import { SCRIPT_DEBUG_MODE, SCRIPT_DEBUG_OFF, SCRIPT_FLUSH_MODE } from "../../resp/errors.ts";
import type { ScriptingServices } from "./services.ts";

const ASYNC = bytesOf("async");
const SYNC = bytesOf("sync");
const NO = bytesOf("no");
const YES = bytesOf("yes");

const helpLines = [
	"SCRIPT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
	"DEBUG (YES|SYNC|NO)",
	"    Debug the scripts of this connection; there is no debugger here, so only NO is taken.",
	"EXISTS <sha1> [<sha1> ...]",
	"    Which of these scripts are known.",
	"FLUSH [ASYNC|SYNC]",
	"    Forget all scripts.",
	"KILL",
	"    End the script that runs, unless it has written something.",
	"LOAD <script>",
	"    Make a script known without running it.",
	"SHOW <sha1>",
	"    The source of a script.",
	"HELP",
	"    Print this help.",
];

function load({ scripting }: ScriptingServices, call: Call): void {
	const script = scripting.scripts.ofSource(call, 2);
	if (typeof script === "string") call.reply.error(`ERR ${script}`);
	else call.reply.bulkText(script.sha);
}

function exists({ scripting }: ScriptingServices, call: Call): void {
	call.reply.array(call.argc - 2);
	for (let i = 2; i < call.argc; i++) call.reply.integer(scripting.scripts.ofSha(call, i) === null ? 0 : 1);
}

function show({ scripting }: ScriptingServices, call: Call): void {
	const script = scripting.scripts.ofSha(call, 2);
	if (script === null) call.reply.error(NO_SUCH_SCRIPT);
	else call.reply.bulkBytes(script.source);
}

/** Both modes do the same: what is forgotten is collected at once, which takes little. */
function flush({ scripting }: ScriptingServices, call: Call): void {
	if (call.argc > 3 || (call.argc === 3 && !call.is(2, ASYNC) && !call.is(2, SYNC))) {
		return call.reply.error(SCRIPT_FLUSH_MODE);
	}
	scripting.scripts.clear();
	call.reply.ok();
}

function debug(call: Call): void {
	if (call.is(2, NO)) call.reply.ok();
	else if (call.is(2, YES) || call.is(2, SYNC)) call.reply.error(SCRIPT_DEBUG_OFF);
	else call.reply.error(SCRIPT_DEBUG_MODE);
}

function help(call: Call): void {
	call.reply.array(helpLines.length);
	for (const line of helpLines) call.reply.simple(line);
}

const EVERYWHERE = ["request_policy:all_nodes", "response_policy:all_succeeded"];

export function scriptCommand(services: ScriptingServices): CommandRow {
	const common = { group: "scripting", flags: NOSCRIPT } as const;
	return {
		name: "script",
		since: "2.6.0",
		group: "scripting",
		complexity: "Depends on the subcommand.",
		summary: "A container for script management commands.",
		flags: 0,
		subcommands: [
			{
				...common,
				name: "debug",
				since: "3.2.0",
				complexity: "O(1)",
				summary: "Turns the debugging of scripts on or off for this connection.",
				args: [oneOf("mode", token("yes"), token("sync"), token("no"))],
				run: debug,
			},
			{
				...common,
				name: "exists",
				since: "2.6.0",
				complexity: "O(N), N being the number of scripts asked for.",
				summary: "Tells which scripts are known.",
				tips: ["request_policy:all_shards", "response_policy:agg_logical_and"],
				args: [many(string("sha1"))],
				run: (call) => exists(services, call),
			},
			{
				...common,
				name: "flush",
				since: "2.6.0",
				complexity: "O(N), N being the number of scripts.",
				summary: "Forgets all scripts.",
				tips: EVERYWHERE,
				history: [["6.2.0", "Takes ASYNC and SYNC."]],
				args: [optional(oneOf("flush-type", token("async"), token("sync")), "6.2.0")],
				arity: -2,
				run: (call) => flush(services, call),
			},
			{
				...common,
				name: "help",
				since: "5.0.0",
				complexity: "O(1)",
				summary: "Explains the subcommands.",
				flags: LOADING | STALE,
				run: help,
			},
			{
				...common,
				name: "kill",
				since: "2.6.0",
				complexity: "O(1)",
				summary: "Ends the script that runs.",
				flags: NOSCRIPT | ALLOW_BUSY,
				tips: ["request_policy:all_shards", "response_policy:one_succeeded"],
				run: (call) => services.scripting.kill(call, false),
			},
			{
				...common,
				name: "load",
				since: "2.6.0",
				complexity: "O(N), N being the length of the script.",
				summary: "Makes a script known without running it.",
				flags: NOSCRIPT | STALE,
				tips: EVERYWHERE,
				args: [string("script")],
				run: (call) => load(services, call),
			},
			{
				...common,
				name: "show",
				since: "8.0.0",
				complexity: "O(1)",
				summary: "The source of a script.",
				args: [string("sha1")],
				run: (call) => show(services, call),
			},
		],
	};
}

const NO_SUCH_SCRIPT = "NOSCRIPT No matching script.";
