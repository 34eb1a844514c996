/** SLOWLOG: the newest commands that took long. COMMANDLOG: those, and the ones whose request or reply was large. */
import type { Call } from "../../dispatch/call.ts";
import { ADMIN, type CommandRow, LOADING, STALE } from "../../dispatch/command.ts";
import { integer, oneOf, optional, token } from "../../dispatch/grammar.ts";
import type { CommandLog } from "../../introspection/command-log.ts";
import { COMMAND_LOG_INVALID, LOG_COUNT_INVALID, subcommandSyntax } from "../../resp/errors.ts";
import type { ObservationServices } from "./observation-services.ts";

const SLOWLOG_HELP = [
	"SLOWLOG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
	"GET [<count>]",
	"    Show the newest slow commands, 10 of them or as many as is said; -1 shows all.",
	"    Each has a number, the time in seconds, the microseconds it took, its words, and the client's address and name.",
	"LEN",
	"    Count the commands that are remembered.",
	"RESET",
	"    Forget them.",
	"HELP",
	"    Print this help.",
];

const COMMANDLOG_HELP = [
	"COMMANDLOG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
	"GET <count> <slow|large-request|large-reply>",
	"    Show the newest commands of a log; -1 shows all.",
	"    Each has a number, the time in seconds, the microseconds it took or the bytes it had, its words, and the client's",
	"    address and name.",
	"LEN <slow|large-request|large-reply>",
	"    Count the commands that are remembered.",
	"RESET <slow|large-request|large-reply>",
	"    Forget them.",
	"HELP",
	"    Print this help.",
];

const COUNT = 10;

function showHelp(call: Call, lines: readonly string[]): void {
	call.reply.array(lines.length);
	for (const line of lines) call.reply.simple(line);
}

/** How many entries are wanted; NaN where the argument is no such number, and the error is replied. */
function readCount(call: Call, argument: number): number {
	const count = call.clampedInteger(argument);
	if (count >= 0) return count;
	if (count === -1) return Infinity;
	call.reply.error(LOG_COUNT_INVALID);
	return Number.NaN;
}

function show(call: Call, log: CommandLog, count: number): void {
	const { reply } = call;
	const entries = log.newest(count);
	reply.array(entries.length);
	for (const { id, at_s, amount, words, address, name } of entries) {
		reply.array(6);
		reply.integer(id);
		reply.integer(at_s);
		reply.integer(amount);
		reply.array(words.length);
		for (const word of words) reply.bulkBytes(word);
		reply.bulkText(address);
		reply.bulkText(name);
	}
}

function slowlogGet({ observation }: ObservationServices, call: Call): void {
	if (call.argc > 3) return call.reply.error(subcommandSyntax(call.latin1(1), "slowlog"));
	const count = call.argc === 3 ? readCount(call, 2) : COUNT;
	if (!Number.isNaN(count)) show(call, observation.slow, count);
}

/** Null where the argument names none, and the error is replied. */
function readLog({ observation }: ObservationServices, call: Call, argument: number): CommandLog | null {
	const log = observation.logs.get(call.latin1(argument).toLowerCase()) ?? null;
	if (log === null) call.reply.error(COMMAND_LOG_INVALID);
	return log;
}

function commandlogGet(services: ObservationServices, call: Call): void {
	const count = readCount(call, 2);
	if (Number.isNaN(count)) return;
	const log = readLog(services, call, 3);
	if (log !== null) show(call, log, count);
}

const flags = ADMIN | LOADING | STALE;
const onAllNodes = "request_policy:all_nodes";
const nondeterministic = "nondeterministic_output";

export function slowlogCommand(services: ObservationServices): CommandRow {
	return {
		...row("slowlog", "2.2.12", "Depends on the subcommand.", "Holds the subcommands of the slow log.", 0),
		subcommands: [
			{
				...row("get", "2.2.12", "O(N), N being the number of entries.", "Shows the newest slow commands.", flags),
				arity: -2,
				args: [optional(integer("count"))],
				tips: [onAllNodes, nondeterministic],
				history: [["4.0.0", "Entries have the address and the name of the client."]],
				run: (call) => slowlogGet(services, call),
			},
			{
				...row("help", "6.2.0", "O(1)", "Explains the subcommands.", LOADING | STALE),
				run: (call) => showHelp(call, SLOWLOG_HELP),
			},
			{
				...row("len", "2.2.12", "O(1)", "Counts the slow commands that are remembered.", flags),
				tips: [onAllNodes, "response_policy:agg_sum", nondeterministic],
				run: (call) => call.reply.integer(services.observation.slow.count()),
			},
			{
				...row("reset", "2.2.12", "O(N), N being the number of entries.", "Forgets the slow commands.", flags),
				tips: [onAllNodes, "response_policy:all_succeeded"],
				run: (call) => {
					services.observation.slow.reset();
					call.reply.ok();
				},
			},
		],
	};
}

const logName = oneOf("type", token("slow"), token("large-request"), token("large-reply"));

export function commandlogCommand(services: ObservationServices): CommandRow {
	return {
		...row("commandlog", "8.1.0", "Depends on the subcommand.", "Holds the subcommands of the logs of commands.", 0),
		subcommands: [
			{
				...row("get", "8.1.0", "O(N), N being the number of entries.", "Shows the newest commands of a log.", flags),
				args: [integer("count"), logName],
				tips: [onAllNodes, nondeterministic],
				run: (call) => commandlogGet(services, call),
			},
			{
				...row("help", "8.1.0", "O(1)", "Explains the subcommands.", LOADING | STALE),
				run: (call) => showHelp(call, COMMANDLOG_HELP),
			},
			{
				...row("len", "8.1.0", "O(1)", "Counts the commands that a log remembers.", flags),
				args: [logName],
				tips: [onAllNodes, "response_policy:agg_sum", nondeterministic],
				run: (call) => {
					const log = readLog(services, call, 2);
					if (log !== null) call.reply.integer(log.count());
				},
			},
			{
				...row("reset", "8.1.0", "O(N), N being the number of entries.", "Forgets the commands of a log.", flags),
				args: [logName],
				tips: [onAllNodes, "response_policy:all_succeeded"],
				run: (call) => {
					const log = readLog(services, call, 2);
					if (log === null) return;
					log.reset();
					call.reply.ok();
				},
			},
		],
	};
}

function row(name: string, since: string, complexity: string, summary: string, rowFlags: number): CommandRow {
	return { name, since, group: "server", complexity, summary, flags: rowFlags };
}
