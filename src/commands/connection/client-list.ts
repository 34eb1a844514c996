/** CLIENT INFO and LIST: connections as lines of text. */
import { bytesOf } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import type { Client } from "../../dispatch/client.ts";
import { ADMIN, type CommandRow, LOADING, NOSCRIPT, STALE } from "../../dispatch/command.ts";
import { block, integer, many, oneOf, optional, token, withToken } from "../../dispatch/grammar.ts";
import { CLIENT_ID_INVALID, SYNTAX_ERROR, unknownClientType } from "../../resp/errors.ts";
import { readClientType } from "./client-type.ts";
import type { ConnectionServices } from "./services.ts";

const TYPE = bytesOf("type");
const ID = bytesOf("id");

function info(services: ConnectionServices, call: Call): void {
	replyLines(services, call, [call.client]);
}

function list(services: ConnectionServices, call: Call): void {
	const { argc, reply } = call;
	const { clients } = services;
	if (argc === 2) return replyLines(services, call, clients.all());
	if (argc === 4 && call.is(2, TYPE)) {
		const type = readClientType(call, 3);
		if (type === null) return reply.error(unknownClientType(call.latin1(3)));
		return replyLines(
			services,
			call,
			[...clients.all()].filter((client) => clients.typeOf(client) === type),
		);
	}
	if (argc === 3 || !call.is(2, ID)) return reply.error(SYNTAX_ERROR);
	const named: Client[] = [];
	for (let i = 3; i < argc; i++) {
		const id = call.clampedInteger(i);
		if (Number.isNaN(id)) return reply.error(CLIENT_ID_INVALID);
		const client = clients.get(id);
		if (client !== null) named.push(client);
	}
	replyLines(services, call, named);
}

function replyLines(services: ConnectionServices, call: Call, clients: Iterable<Client>): void {
	const now_ms = call.keyspace.now_ms;
	call.client.argumentBytes = 0;
	for (let i = 0; i < call.argc; i++) call.client.argumentBytes += call.length(i);
	let text = "";
	for (const client of clients) text += `${services.clients.line(client, now_ms)}\n`;
	call.client.argumentBytes = 0;
	call.reply.verbatim("txt", text);
}

export function clientListCommands(services: ConnectionServices): readonly CommandRow[] {
	return [
		{
			name: "info",
			since: "6.2.0",
			group: "connection",
			complexity: "O(1)",
			summary: "Describes the connection in a line.",
			flags: NOSCRIPT | LOADING | STALE,
			tips: ["nondeterministic_output"],
			run: (call) => info(services, call),
		},
		{
			name: "list",
			since: "2.4.0",
			group: "connection",
			complexity: "O(N), N being the number of connections.",
			summary: "Describes all connections, or some of them, in a line each.",
			flags: ADMIN | NOSCRIPT | LOADING | STALE,
			args: [
				optional(
					withToken(
						"TYPE",
						oneOf("normal_master_replica_pubsub", token("normal"), token("master"), token("replica"), token("pubsub")),
					),
					"5.0.0",
				),
				optional(withToken("ID", block("id", many(integer("client-id")))), "6.2.0"),
			],
			tips: ["nondeterministic_output"],
			history: [
				["2.8.12", "Lines begin with the number of the connection."],
				["5.0.0", "Can be narrowed by `TYPE`."],
				["6.0.0", "Lines name the user."],
				["6.2.0", "Lines have `argv-mem`, `tot-mem`, `laddr` and `redir`; can be narrowed by `ID`."],
				["7.0.0", "Lines have `resp`, `multi-mem`, `rbs` and `rbp`."],
				["7.0.3", "Lines have `ssub`."],
				["7.2.0", "Lines have `lib-name` and `lib-ver`."],
			],
			run: (call) => list(services, call),
		},
	];
}
