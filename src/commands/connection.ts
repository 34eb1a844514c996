/** The connection group: what a client says about itself and its connection, not about data. */
import type { Call } from "../dispatch/call.ts";
import { REPLY_OFF, REPLY_ON } from "../dispatch/client.ts";
import {
	ALLOW_BUSY,
	type CommandRow,
	FAST,
	IN_SUBSCRIBER_MODE,
	LOADING,
	NO_AUTH,
	NOSCRIPT,
	NOT_QUEUED,
	REFUSED_WITH_WRITES,
	STALE,
} from "../dispatch/command.ts";
import { integer, optional, string } from "../dispatch/grammar.ts";
import { INDEX_OUT_OF_RANGE, INT32_OUT_OF_RANGE, NOT_AN_INTEGER, wrongArity } from "../resp/errors.ts";
import { authenticationCommands } from "./connection/authentication.ts";
import { clientCommand } from "./connection/client.ts";
import type { ConnectionServices } from "./connection/services.ts";

export type { ConnectionServices } from "./connection/services.ts";

const INT32_MAX = 0x7fffffff;

function ping(call: Call): void {
	const { argc, client, reply } = call;
	if (argc > 2) return reply.error(wrongArity(call.command.fullName));
	if (client.subscriptions !== null && client.protocol === 2) return pingSubscriber(call);
	if (argc === 1) reply.pong();
	else reply.bulk(call.bytes, call.start(1), call.length(1));
}

/** Libraries expect the shape of a message there. */
function pingSubscriber(call: Call): void {
	const { reply } = call;
	reply.array(2);
	reply.bulkText("pong");
	if (call.argc === 1) reply.bulkText("");
	else reply.bulk(call.bytes, call.start(1), call.length(1));
}

function echo(call: Call): void {
	call.reply.bulk(call.bytes, call.start(1), call.length(1));
}

function select(call: Call): void {
	const { client, keyspace, reply } = call;
	const index = call.clampedInteger(1);
	const database = keyspace.databases[index];
	if (database !== undefined) {
		client.database = index;
		// Further commands of the same batch find it here.
		call.database = database;
		return reply.ok();
	}
	if (Number.isNaN(index)) reply.error(NOT_AN_INTEGER);
	else if (index < -INT32_MAX - 1 || index > INT32_MAX) reply.error(INT32_OUT_OF_RANGE);
	else reply.error(INDEX_OUT_OF_RANGE);
}

function quit(call: Call): void {
	call.reply.ok();
	call.client.link.closeAfterReply();
}

/** As if the client had just connected, but for the library it said it uses. */
function reset(services: ConnectionServices, call: Call): void {
	const { client, keyspace, reply } = call;
	client.database = 0;
	call.database = keyspace.databases[0]!;
	client.protocol = 2;
	reply.protocol = 2;
	client.name = "";
	client.noEvict = false;
	client.noTouch = false;
	keyspace.touch(true);
	// A reply that CLIENT REPLY SKIP drops stays dropped.
	if (client.replyMode === REPLY_OFF) client.replyMode = REPLY_ON;
	client.subscriptions?.cancelAll();
	client.tracking?.stop();
	client.monitoring?.stop();
	services.executor.transactions.end(client);
	services.authenticator.admit(client);
	reply.simple("RESET");
}

export function connectionCommands(services: ConnectionServices): readonly CommandRow[] {
	return [
		...authenticationCommands(services),
		clientCommand(services),
		{
			name: "echo",
			since: "1.0.0",
			group: "connection",
			complexity: "O(1)",
			summary: "Gives back what it is given.",
			flags: LOADING | STALE | FAST,
			args: [string("message")],
			run: echo,
		},
		{
			name: "ping",
			since: "1.0.0",
			group: "connection",
			complexity: "O(1)",
			summary: "Answers PONG, or the message it is given.",
			flags: FAST | IN_SUBSCRIBER_MODE | REFUSED_WITH_WRITES,
			args: [optional(string("message"))],
			tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
			run: ping,
		},
		{
			name: "quit",
			since: "1.0.0",
			group: "connection",
			complexity: "O(1)",
			summary: "Closes the connection once all replies are sent.",
			flags: NOSCRIPT | LOADING | STALE | FAST | NO_AUTH | ALLOW_BUSY | IN_SUBSCRIBER_MODE | NOT_QUEUED,
			arity: -1,
			run: quit,
		},
		{
			name: "reset",
			since: "6.2.0",
			group: "connection",
			complexity: "O(1)",
			summary: "Puts the connection back into the state it began with.",
			flags: NOSCRIPT | LOADING | STALE | FAST | NO_AUTH | ALLOW_BUSY | IN_SUBSCRIBER_MODE | NOT_QUEUED,
			run: (call) => reset(services, call),
		},
		{
			name: "select",
			since: "1.0.0",
			group: "connection",
			complexity: "O(1)",
			summary: "Chooses the database that further commands of the connection work on.",
			flags: LOADING | STALE | FAST,
			args: [integer("index")],
			run: select,
		},
	];
}
