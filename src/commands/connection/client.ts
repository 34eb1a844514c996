/** CLIENT: the container, and the subcommands by which a client names and describes itself. */
import { bytesOf } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, LOADING, NOSCRIPT, STALE } from "../../dispatch/command.ts";
import { oneOf, string } from "../../dispatch/grammar.ts";
import { CLIENT_NAME_INVALID, clientAttributeInvalid, unknownClientAttribute } from "../../resp/errors.ts";
import { clientBehaviourCommands, unblockCommand } from "./client-behaviour.ts";
import { clientHelp } from "./client-help.ts";
import { clientKill } from "./client-kill.ts";
import { clientListCommands } from "./client-list.ts";
import { clientPauseCommands } from "./client-pause.ts";
import { clientTrackingCommands } from "./client-tracking.ts";
import { isPrintable } from "./printable.ts";
import type { ConnectionServices } from "./services.ts";

const LIB_NAME = bytesOf("lib-name");
const LIB_VER = bytesOf("lib-ver");

function id(call: Call): void {
	call.reply.integer(call.client.id);
}

function getname(call: Call): void {
	const { client, reply } = call;
	if (client.name === "") reply.null();
	else reply.bulkText(client.name);
}

function setname(call: Call): void {
	if (!isPrintable(call, 2)) return call.reply.error(CLIENT_NAME_INVALID);
	call.client.name = call.latin1(2);
	call.reply.ok();
}

function setinfo(call: Call): void {
	const { client, reply } = call;
	const isName = call.is(2, LIB_NAME);
	if (!isName && !call.is(2, LIB_VER)) return reply.error(unknownClientAttribute(call.latin1(2)));
	if (!isPrintable(call, 3)) return reply.error(clientAttributeInvalid(call.latin1(2)));
	if (isName) client.libraryName = call.latin1(3);
	else client.libraryVersion = call.latin1(3);
	reply.ok();
}

const identityCommands: readonly CommandRow[] = [
	{
		name: "getname",
		since: "2.6.9",
		group: "connection",
		complexity: "O(1)",
		summary: "Says how the connection was named.",
		flags: NOSCRIPT | LOADING | STALE,
		run: getname,
	},
	{
		name: "id",
		since: "5.0.0",
		group: "connection",
		complexity: "O(1)",
		summary: "Says which number the connection has.",
		flags: NOSCRIPT | LOADING | STALE,
		run: id,
	},
	{
		name: "setinfo",
		since: "7.2.0",
		group: "connection",
		complexity: "O(1)",
		summary: "Notes the name or the version of the library that the client uses.",
		flags: NOSCRIPT | LOADING | STALE,
		args: [oneOf("attr", string("libname", "LIB-NAME"), string("libver", "LIB-VER"))],
		run: setinfo,
	},
	{
		name: "setname",
		since: "2.6.9",
		group: "connection",
		complexity: "O(1)",
		summary: "Names the connection.",
		flags: NOSCRIPT | LOADING | STALE,
		args: [string("connection-name")],
		run: setname,
	},
];

export function clientCommand(services: ConnectionServices): CommandRow {
	return {
		name: "client",
		since: "2.4.0",
		group: "connection",
		complexity: "Depends on the subcommand.",
		summary: "Commands about client connections.",
		flags: 0,
		withoutCategories: ["connection"],
		subcommands: [
			...identityCommands,
			...clientBehaviourCommands,
			unblockCommand(services),
			...clientListCommands(services),
			...clientPauseCommands(services),
			...clientTrackingCommands(services),
			clientKill(services),
			clientHelp,
		],
	};
}
