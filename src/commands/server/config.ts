/** CONFIG: directives at run time. */
import { systemErrorText } from "../../config/system-error.ts";
import type { Call } from "../../dispatch/call.ts";
import { ADMIN, type CommandRow, LOADING, NOSCRIPT, STALE } from "../../dispatch/command.ts";
import { block, many, string } from "../../dispatch/grammar.ts";
import { isLocalClient } from "../../introspection/protected-command.ts";
import { NO_CONFIG_FILE, rewriteFailed } from "../../resp/errors.ts";
import type { ServerServices } from "./services.ts";

const HELP = [
	"CONFIG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
	"GET <pattern> [<pattern> ...]",
	"    Show the directives whose names match, and their values.",
	"SET <directive> <value> [<directive> <value> ...]",
	"    Change directives: all of them, or none where one is refused.",
	"RESETSTAT",
	"    Begin to count anew what INFO shows.",
	"REWRITE",
	"    Write what was changed to the configuration file.",
	"HELP",
	"    Print this help.",
];

function help(call: Call): void {
	call.reply.array(HELP.length);
	for (const line of HELP) call.reply.simple(line);
}

function words(call: Call): string[] {
	const texts: string[] = [];
	for (let i = 2; i < call.argc; i++) texts.push(call.utf8(i));
	return texts;
}

function get({ config }: ServerServices, call: Call): void {
	const found = config.get(words(call));
	call.reply.map(found.length);
	for (const [name, text] of found) {
		call.reply.bulkText(name);
		call.reply.bulkText(text);
	}
}

function set({ config }: ServerServices, call: Call): void {
	const error = config.set(words(call), isLocalClient(call.client.link));
	if (error === undefined) call.reply.ok();
	else call.reply.error(error);
}

function resetStatistics(services: ServerServices, call: Call): void {
	services.statistics.reset(services.adapters.clock.monotonic_us());
	services.memory.resetStatistics();
	services.executor.commandsProcessed = 0;
	services.table.resetStatistics();
	services.expiry.spent_us = 0;
	services.expiry.slicesCutShort = 0;
	services.persistence.resetStatistics();
	call.keyspace.resetStatistics();
	call.reply.ok();
}

function rewrite({ config, configFile, adapters, log, accounts }: ServerServices, call: Call): void {
	if (configFile === "") return call.reply.error(NO_CONFIG_FILE);
	const { files } = adapters;
	try {
		const old = files.exists(configFile) ? files.readText(configFile) : "";
		files.replaceText(configFile, config.rewrite(old, accounts.configLines()));
	} catch (failure) {
		const reason = systemErrorText(failure);
		log.warning(`CONFIG REWRITE failed: ${reason}`);
		return call.reply.error(rewriteFailed(reason));
	}
	log.notice("CONFIG REWRITE executed with success.");
	call.reply.ok();
}

export function configCommand(services: ServerServices): CommandRow {
	const flags = ADMIN | NOSCRIPT | LOADING | STALE;
	return {
		...row("config", "2.0.0", "Depends on the subcommand.", "Holds the subcommands of the configuration.", 0),
		subcommands: [
			{
				...row("get", "2.0.0", "O(N), N being the number of directives.", "Shows directives and their values.", flags),
				history: [["7.0.0", "Takes several patterns."]],
				args: [many(block("parameter", string("parameter")))],
				run: (call) => get(services, call),
			},
			{
				...row("help", "5.0.0", "O(1)", "Explains the subcommands.", LOADING | STALE),
				run: help,
			},
			{
				...row("resetstat", "2.0.0", "O(1)", "Begins to count anew what INFO shows.", flags),
				run: (call) => resetStatistics(services, call),
			},
			{
				...row("rewrite", "2.8.0", "O(1)", "Writes what was changed to the configuration file.", flags),
				run: (call) => rewrite(services, call),
			},
			{
				...row("set", "2.0.0", "O(N), N being the number of directives.", "Changes directives.", flags),
				history: [["7.0.0", "Changes several directives at once."]],
				tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
				args: [many(block("parameter_value", string("parameter"), string("value")))],
				run: (call) => set(services, call),
			},
		],
	};
}

function row(name: string, since: string, complexity: string, summary: string, flags: number): CommandRow {
	return { name, since, group: "server", complexity, summary, flags };
}
