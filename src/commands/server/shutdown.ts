/** SHUTDOWN. There is nobody to wait for, so it ends the server at once or not at all. */
import type { Call } from "../../dispatch/call.ts";
import { ADMIN, ALLOW_BUSY, type CommandRow, LOADING, NO_MULTI, NOSCRIPT, STALE } from "../../dispatch/command.ts";
import { oneOf, optional, token } from "../../dispatch/grammar.ts";
import { shutdownOptions } from "../../persistence/persistence.ts";
import { NO_SHUTDOWN, SHUTDOWN_FAILED, SYNTAX_ERROR } from "../../resp/errors.ts";
import type { ServerServices } from "./services.ts";

const OPTIONS = ["nosave", "save", "now", "force", "abort"];

/** The options given, or null where they do not go together. */
function optionsOf(call: Call): Set<string> | null {
	const options = new Set<string>();
	for (let i = 1; i < call.argc; i++) {
		const option = call.latin1(i).toLowerCase();
		if (!OPTIONS.includes(option)) return null;
		options.add(option);
	}
	if (options.has("save") && options.has("nosave")) return null;
	return options.has("abort") && options.size > 1 ? null : options;
}

function shutdown(services: ServerServices, call: Call): void {
	const options = optionsOf(call);
	if (options === null) call.reply.error(SYNTAX_ERROR);
	else if (options.has("abort")) call.reply.error(NO_SHUTDOWN);
	else if (services.scripting.busyError() !== null && !options.has("nosave")) {
		call.reply.error(services.scripting.busyError()!);
	} else if (!services.shutdown(shutdownOptions([...options]))) call.reply.error(SHUTDOWN_FAILED);
}

export function shutdownCommand(services: ServerServices): CommandRow {
	return {
		name: "shutdown",
		since: "1.0.0",
		group: "server",
		complexity: "O(N) where the data is saved, N being the number of keys, else O(1).",
		summary: "Ends the server, after saving the data where that is configured.",
		flags: ADMIN | NOSCRIPT | LOADING | STALE | NO_MULTI | ALLOW_BUSY,
		history: [["7.0.0", "Takes `NOW`, `FORCE` and `ABORT`."]],
		args: [
			optional(oneOf("nosave_save", token("nosave"), token("save"))),
			optional(token("now"), "7.0.0"),
			optional(token("force"), "7.0.0"),
			optional(token("abort"), "7.0.0"),
		],
		run: (call) => shutdown(services, call),
	};
}
