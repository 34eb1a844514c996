/** SHUTDOWN: ends the server, when its replicas have everything. */
import type { Call } from "../../dispatch/call.ts";
import { ADMIN, ALLOW_BUSY, type CommandRow, LOADING, NO_MULTI, NOSCRIPT, STALE } from "../../dispatch/command.ts";
import { oneOf, optional, token } from "../../dispatch/grammar.ts";
import { shutdownOptions } from "../../persistence/persistence.ts";
import { NO_SHUTDOWN, SHUTDOWN_FAILED, SYNTAX_ERROR } from "../../resp/errors.ts";
import type { ReplyWriter } from "../../resp/reply-writer.ts";
import type { ServerServices } from "./services.ts";

/** It waits for no key. */
const NO_TYPE = -1;
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

function shutdown({ ending, scripting }: ServerServices, call: Call): void {
	const { reply } = call;
	const options = optionsOf(call);
	if (options === null) return reply.error(SYNTAX_ERROR);
	if (options.has("abort")) return ending.abort() ? reply.ok() : reply.error(NO_SHUTDOWN);
	const busyError = scripting.busyError();
	if (busyError !== null && !options.has("nosave")) return reply.error(busyError);
	const outcome = ending.begin(shutdownOptions([...options]));
	if (outcome === "failed") return reply.error(SHUTDOWN_FAILED);
	if (outcome === "ended") return;
	const failed = (writer: ReplyWriter) => writer.error(SHUTDOWN_FAILED);
	call.block({ type: NO_TYPE, firstKey: 0, keyCount: 0, timeout_ms: 0, wakesWithoutKey: false, timedOut: failed });
	ending.join(call.client);
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
