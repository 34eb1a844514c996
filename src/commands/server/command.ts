/** COMMAND: what commands there are, and where the keys in one of them are. */
import { bytesOf } from "../../bytes/ascii.ts";
import { globMatch } from "../../bytes/glob.ts";
import type { Call } from "../../dispatch/call.ts";
import { categoriesOf } from "../../dispatch/categories.ts";
import { type Command, type CommandRow, LOADING, STALE } from "../../dispatch/command.ts";
import type { CommandTable } from "../../dispatch/command-table.ts";
import { replyDocsOf, replyInfo } from "../../dispatch/describe.ts";
import { many, oneOf, optional, pattern, string, withToken } from "../../dispatch/grammar.ts";
import { accessNames } from "../../dispatch/key-rule.ts";
import { KeyFinder } from "../../dispatch/keys.ts";
import {
	INVALID_ARGUMENTS_FOR_COMMAND,
	INVALID_ARITY_FOR_COMMAND,
	INVALID_COMMAND,
	NO_KEY_ARGUMENTS,
	SYNTAX_ERROR,
} from "../../resp/errors.ts";
import type { ServerServices } from "./services.ts";

const HELP = [
	"COMMAND <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
	"(no subcommand)",
	"    Describe all commands.",
	"COUNT",
	"    Tell how many commands there are.",
	"LIST [FILTERBY (MODULE <name> | ACLCAT <category> | PATTERN <pattern>)]",
	"    Name the commands, subcommands among them.",
	"INFO [<command-name> ...]",
	"    Describe these commands, or all: arity, flags, keys.",
	"DOCS [<command-name> ...]",
	"    Document these commands, or all: arguments, versions.",
	"GETKEYS <full-command>",
	"    Name the keys of a command.",
	"GETKEYSANDFLAGS <full-command>",
	"    Name the keys of a command, and what it does with each.",
	"HELP",
	"    Print this help.",
];

const finder = new KeyFinder();

function help(call: Call): void {
	call.reply.array(HELP.length);
	for (const line of HELP) call.reply.simple(line);
}

/** By "get" or "config|get". */
function named(table: CommandTable, name: string): Command | null {
	return name.split("|").length > 2 ? null : table.named(name);
}

/** Replies the items of COMMAND INFO for the named commands, or for all. */
function info(table: CommandTable, call: Call): void {
	const commands: readonly (Command | null)[] =
		call.argc <= 2 ? table.commands : namesOf(call).map((name) => named(table, name));
	call.reply.array(commands.length);
	for (const command of commands) {
		if (command === null) call.reply.null();
		else replyInfo(call.reply, command);
	}
}

function docs(table: CommandTable, call: Call): void {
	const known =
		call.argc === 2
			? table.commands
			: namesOf(call)
					.map((name) => named(table, name))
					.filter((command) => command !== null);
	replyDocsOf(call.reply, known);
}

function namesOf(call: Call): string[] {
	const names: string[] = [];
	for (let i = 2; i < call.argc; i++) names.push(call.latin1(i));
	return names;
}

function list(table: CommandTable, call: Call): void {
	const accepts = call.argc === 2 ? () => true : filterOf(call);
	if (accepts === null) return call.reply.error(SYNTAX_ERROR);
	const commands = [...table.all()].filter(accepts);
	call.reply.array(commands.length);
	for (const command of commands) call.reply.bulkText(command.fullName);
}

/** Null where the words are no filter. */
function filterOf(call: Call): ((command: Command) => boolean) | null {
	if (call.argc !== 5 || call.latin1(2).toLowerCase() !== "filterby") return null;
	const wanted = call.latin1(4).toLowerCase();
	switch (call.latin1(3).toLowerCase()) {
		case "module":
			return () => false;
		case "aclcat":
			return (command) => categoriesOf(command).includes(wanted);
		case "pattern":
			return ({ fullName }) => {
				const name = bytesOf(fullName);
				return globMatch(call.bytes, call.start(4), call.end(4), name, 0, name.length, true);
			};
		default:
			return null;
	}
}

/** Finds the keys of the command that stands from argument 2 on; false where an error was replied instead. */
function findKeys(table: CommandTable, call: Call): boolean {
	const { reply } = call;
	const argc = call.argc - 2;
	let command = table.find(call.bytes, call.start(2), call.end(2));
	if (command?.subcommands && argc > 1) command = command.subcommands.get(call.latin1(3).toLowerCase()) ?? null;
	if (command === null) reply.error(INVALID_COMMAND);
	else if (!command.hasKeys) reply.error(NO_KEY_ARGUMENTS);
	else if (!command.accepts(argc)) reply.error(INVALID_ARITY_FOR_COMMAND);
	else if (!finder.find(command, call, 2, argc)) reply.error(INVALID_ARGUMENTS_FOR_COMMAND);
	else return true;
	return false;
}

function replyKey(call: Call, found: number): void {
	const argument = 2 + finder.positions[found]!;
	call.reply.bulk(call.bytes, call.start(argument), call.length(argument));
}

function getKeys(table: CommandTable, call: Call): void {
	if (!findKeys(table, call)) return;
	call.reply.array(finder.count);
	for (let i = 0; i < finder.count; i++) replyKey(call, i);
}

function getKeysAndFlags(table: CommandTable, call: Call): void {
	if (!findKeys(table, call)) return;
	call.reply.array(finder.count);
	for (let i = 0; i < finder.count; i++) {
		call.reply.array(2);
		replyKey(call, i);
		const names = accessNames(finder.access[i]!);
		call.reply.set(names.length);
		for (const name of names) call.reply.simple(name);
	}
}

const words = [string("command"), optional(many(string("arg")))];
const names = [optional(many(string("command-name")))];

export function commandCommand(services: ServerServices): CommandRow {
	return {
		...row("command", "2.8.13", "O(N), N being the number of commands.", "Describes all commands."),
		tips: ["nondeterministic_output_order"],
		arity: -1,
		run: (call) => info(services.table, call),
		subcommands: [
			{
				...row("count", "2.8.13", "O(1)", "Tells how many commands there are."),
				run: (call) => call.reply.integer(services.table.commands.length),
			},
			{
				...row("docs", "7.0.0", "O(N), N being the number of commands asked for.", "Documents commands."),
				tips: ["nondeterministic_output_order"],
				args: names,
				run: (call) => docs(services.table, call),
			},
			{
				...row("getkeys", "2.8.13", "O(N), N being the number of arguments.", "Names the keys of a command."),
				args: words,
				run: (call) => getKeys(services.table, call),
			},
			{
				...row(
					"getkeysandflags",
					"7.0.0",
					"O(N), N being the number of arguments.",
					"Names the keys of a command and what it does with each.",
				),
				args: words,
				run: (call) => getKeysAndFlags(services.table, call),
			},
			{ ...row("help", "5.0.0", "O(1)", "Explains the subcommands."), run: help },
			{
				...row("info", "2.8.13", "O(N), N being the number of commands asked for.", "Describes commands."),
				tips: ["nondeterministic_output_order"],
				history: [["7.0.0", "Without names it describes all."]],
				args: names,
				run: (call) => info(services.table, call),
			},
			{
				...row("list", "7.0.0", "O(N), N being the number of commands.", "Names commands."),
				tips: ["nondeterministic_output_order"],
				args: [
					optional(
						withToken(
							"FILTERBY",
							oneOf(
								"filterby",
								string("module-name", "MODULE"),
								string("category", "ACLCAT"),
								pattern("pattern", "PATTERN"),
							),
						),
					),
				],
				run: (call) => list(services.table, call),
			},
		],
	};
}

function row(name: string, since: string, complexity: string, summary: string): CommandRow {
	return {
		name,
		since,
		group: "server",
		complexity,
		summary,
		flags: LOADING | STALE,
		categories: ["connection"],
	};
}
