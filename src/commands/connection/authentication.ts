/** Who a client is: AUTH and HELLO. */
import { DEFAULT_USER } from "../../acl/authenticator.ts";
import { bytesOf } from "../../bytes/ascii.ts";
import { REDIS_VERSION } from "../../config/parse.ts";
import type { Call } from "../../dispatch/call.ts";
import { ALLOW_BUSY, type CommandRow, FAST, LOADING, NO_AUTH, NOSCRIPT, STALE } from "../../dispatch/command.ts";
import { block, integer, optional, since, string, withToken } from "../../dispatch/grammar.ts";
import {
	AUTH_WITHOUT_PASSWORD,
	CLIENT_NAME_INVALID,
	HELLO_NOAUTH,
	helloOptionSyntax,
	NOPROTO,
	PROTOCOL_VERSION_NOT_AN_INTEGER,
	SYNTAX_ERROR,
	WRONGPASS,
} from "../../resp/errors.ts";
import { isPrintable } from "./printable.ts";
import type { ConnectionServices } from "./services.ts";

const AUTH = bytesOf("auth");
const SETNAME = bytesOf("setname");

/** Replies the error and returns false where the password is not the user's; the client stays who it was. */
function authenticate(services: ConnectionServices, call: Call, user: string, passwordArgument: number): boolean {
	if (services.authenticator.authenticate(call, user, call.slice(passwordArgument))) return true;
	call.reply.error(WRONGPASS);
	return false;
}

function auth(services: ConnectionServices, call: Call): void {
	const { argc, reply } = call;
	if (argc > 3) return reply.error(SYNTAX_ERROR);
	if (argc === 2 && services.authenticator.defaultUserHasNoPassword()) return reply.error(AUTH_WITHOUT_PASSWORD);
	const user = argc === 2 ? DEFAULT_USER : call.latin1(1);
	if (authenticate(services, call, user, argc - 1)) reply.ok();
}

/** Everything is checked before anything is done; of an option given twice the last one counts. */
function hello(services: ConnectionServices, call: Call): void {
	const { argc, client, reply } = call;
	let protocol = client.protocol;
	if (argc > 1) {
		protocol = call.clampedInteger(1);
		if (Number.isNaN(protocol)) return reply.error(PROTOCOL_VERSION_NOT_AN_INTEGER);
		if (protocol < 2 || protocol > 3) return reply.error(NOPROTO);
	}
	let userArgument = 0;
	let nameArgument = 0;
	for (let i = 2; i < argc; i++) {
		const left = argc - 1 - i;
		if (call.is(i, AUTH) && left >= 2) {
			userArgument = i + 1;
			i += 2;
		} else if (call.is(i, SETNAME) && left >= 1) {
			nameArgument = ++i;
			if (!isPrintable(call, nameArgument)) return reply.error(CLIENT_NAME_INVALID);
		} else return reply.error(helloOptionSyntax(call.latin1(i)));
	}
	if (userArgument > 0 && !authenticate(services, call, call.latin1(userArgument), userArgument + 1)) return;
	if (!client.authenticated) return reply.error(HELLO_NOAUTH);
	if (nameArgument > 0) client.name = call.latin1(nameArgument);
	client.protocol = protocol;
	reply.protocol = protocol;
	replyHello(services, call);
}

function replyHello(services: ConnectionServices, call: Call): void {
	const { client, reply } = call;
	reply.map(7);
	reply.bulkText("server");
	reply.bulkText("redis");
	reply.bulkText("version");
	reply.bulkText(REDIS_VERSION);
	reply.bulkText("proto");
	reply.integer(client.protocol);
	reply.bulkText("id");
	reply.integer(client.id);
	reply.bulkText("mode");
	reply.bulkText(services.mode());
	reply.bulkText("role");
	reply.bulkText(services.role());
	reply.bulkText("modules");
	reply.array(0);
}

export function authenticationCommands(services: ConnectionServices): readonly CommandRow[] {
	return [
		{
			name: "auth",
			since: "1.0.0",
			group: "connection",
			complexity: "O(N), N being the number of passwords the user has.",
			summary: "Proves who the client is by a password.",
			flags: NOSCRIPT | LOADING | STALE | FAST | NO_AUTH | ALLOW_BUSY,
			args: [optional(since("6.0.0", string("username"))), string("password")],
			history: [["6.0.0", "Takes a user name before the password."]],
			run: (call) => auth(services, call),
		},
		{
			name: "hello",
			since: "6.0.0",
			group: "connection",
			complexity: "O(1)",
			summary: "Chooses the protocol, may authenticate and name the connection, and says what the server is.",
			flags: NOSCRIPT | LOADING | STALE | FAST | NO_AUTH | ALLOW_BUSY,
			args: [
				optional(
					block(
						"arguments",
						integer("protover"),
						optional(withToken("AUTH", block("username_password", string("username"), string("password")))),
						optional(string("clientname", "SETNAME")),
					),
				),
			],
			history: [["6.2.0", "Without a protocol version it describes the connection as it is."]],
			run: (call) => hello(services, call),
		},
	];
}
