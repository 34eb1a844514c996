/** SAVE, BGSAVE and LASTSAVE. */
import type { Call } from "../../dispatch/call.ts";
import {
	ADMIN,
	type CommandRow,
	FAST,
	LOADING,
	NO_ASYNC_LOADING,
	NO_MULTI,
	NOSCRIPT,
	STALE,
} from "../../dispatch/command.ts";
import { optional, since, token } from "../../dispatch/grammar.ts";
import {
	FAILED,
	REWRITE_ALREADY,
	REWRITE_FAILED,
	REWRITING_ALREADY,
	SAVING_ALREADY,
	SYNTAX_ERROR,
} from "../../resp/errors.ts";
import type { ServerServices } from "./services.ts";

function save({ persistence }: ServerServices, call: Call): void {
	const { saves } = persistence;
	if (saves.isBusy()) return call.reply.error(SAVING_ALREADY);
	saves.count++;
	if (saves.saveNow()) call.reply.ok();
	else call.reply.error(FAILED);
}

function bgsave({ persistence }: ServerServices, call: Call): void {
	const { saves, snapshots } = persistence;
	const { reply } = call;
	const waits = call.argc > 1;
	if (waits && (call.argc > 2 || call.latin1(1).toLowerCase() !== "schedule")) return reply.error(SYNTAX_ERROR);
	if (saves.isBusy()) return reply.error(SAVING_ALREADY);
	if (snapshots.progress() === null && !call.isInner) {
		if (saves.start()) reply.simple("Background saving started");
		else reply.error(FAILED);
	} else if (waits || call.isInner) {
		saves.isScheduled = true;
		reply.simple("Background saving scheduled");
	} else reply.error(REWRITING_ALREADY);
}

function bgrewriteaof({ persistence }: ServerServices, call: Call): void {
	const { reply } = call;
	switch (persistence.appendOnly.requestRewrite()) {
		case "started":
			return reply.simple("Background append only file rewriting started");
		case "scheduled":
			return reply.simple("Background append only file rewriting scheduled");
		case "already":
			return reply.error(REWRITE_ALREADY);
		case "failed":
			return reply.error(REWRITE_FAILED);
	}
}

export function saveCommands(services: ServerServices): readonly CommandRow[] {
	return [
		{
			name: "save",
			since: "1.0.0",
			group: "server",
			complexity: "O(N), N being the number of keys.",
			summary: "Saves the data to disk and serves nobody else until that is done.",
			flags: ADMIN | NOSCRIPT | NO_ASYNC_LOADING | NO_MULTI,
			run: (call) => save(services, call),
		},
		{
			name: "bgsave",
			since: "1.0.0",
			group: "server",
			complexity: "O(1)",
			summary: "Begins to save the data to disk in the background.",
			flags: ADMIN | NOSCRIPT | NO_ASYNC_LOADING,
			history: [["3.2.2", "Takes `SCHEDULE`."]],
			args: [optional(since("3.2.2", token("schedule")))],
			run: (call) => bgsave(services, call),
		},
		{
			name: "bgrewriteaof",
			since: "1.0.0",
			group: "server",
			complexity: "O(1)",
			summary: "Begins to rewrite the append-only file in the background.",
			flags: ADMIN | NOSCRIPT | NO_ASYNC_LOADING,
			run: (call) => bgrewriteaof(services, call),
		},
		{
			name: "lastsave",
			since: "1.0.0",
			group: "server",
			complexity: "O(1)",
			summary: "Tells when the data was last saved, or the server started: seconds since 1970.",
			flags: LOADING | STALE | FAST,
			categories: ["admin", "dangerous"],
			tips: ["nondeterministic_output"],
			run: (call) => call.reply.integer(Math.floor(services.persistence.saves.lastSaveAt_ms / 1000)),
		},
	];
}
