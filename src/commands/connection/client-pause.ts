/** CLIENT PAUSE and UNPAUSE: a barrier for the commands of all clients, the one that raises it included. */
import { bytesOf } from "../../bytes/ascii.ts";
import { parseInt64 } from "../../bytes/int64.ts";
import type { Call } from "../../dispatch/call.ts";
import { ADMIN, type CommandRow, LOADING, NOSCRIPT, STALE } from "../../dispatch/command.ts";
import { integer, oneOf, optional, token } from "../../dispatch/grammar.ts";
import {
	PAUSE_MODE_INVALID,
	subcommandSyntax,
	TIMEOUT_NEGATIVE,
	TIMEOUT_NOT_AN_INTEGER,
	TIMEOUT_OUT_OF_RANGE,
} from "../../resp/errors.ts";
import type { ConnectionServices } from "./services.ts";

const WRITE_MODE = bytesOf("write");
const ALL_MODE = bytesOf("all");
const INT64_MAX = 2n ** 63n - 1n;

function pause(services: ConnectionServices, call: Call): void {
	const { argc, reply } = call;
	if (argc > 4) return reply.error(subcommandSyntax(call.latin1(1), "client"));
	const writesOnly = argc === 4 && call.is(3, WRITE_MODE);
	if (argc === 4 && !writesOnly && !call.is(3, ALL_MODE)) return reply.error(PAUSE_MODE_INVALID);
	const now_ms = call.keyspace.now_ms;
	const timeout_ms = parseInt64(call.bytes, call.start(2), call.end(2));
	if (timeout_ms === undefined) return reply.error(TIMEOUT_NOT_AN_INTEGER);
	if (timeout_ms < 0n) return reply.error(TIMEOUT_NEGATIVE);
	if (timeout_ms > INT64_MAX - BigInt(now_ms)) return reply.error(TIMEOUT_OUT_OF_RANGE);
	services.clients.pause(now_ms + Number(timeout_ms), writesOnly, now_ms);
	reply.ok();
}

function unpause(services: ConnectionServices, call: Call): void {
	services.clients.unpause();
	call.reply.ok();
}

export function clientPauseCommands(services: ConnectionServices): readonly CommandRow[] {
	return [
		{
			name: "pause",
			since: "2.9.50",
			group: "connection",
			complexity: "O(1)",
			summary: "Holds back the commands of all clients, or those that write, for some time.",
			flags: ADMIN | NOSCRIPT | LOADING | STALE,
			args: [integer("timeout"), optional(oneOf("mode", token("write"), token("all")), "6.2.0")],
			history: [["6.2.0", "May hold back writing commands alone."]],
			run: (call) => pause(services, call),
		},
		{
			name: "unpause",
			since: "6.2.0",
			group: "connection",
			complexity: "O(N), N being the number of clients held back.",
			summary: "Ends a pause before its time.",
			flags: ADMIN | NOSCRIPT | LOADING | STALE,
			run: (call) => unpause(services, call),
		},
	];
}
