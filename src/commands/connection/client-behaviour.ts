/** CLIENT subcommands that change how the server treats the connection, and what can be asked about that. */
import { bytesOf } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { REPLY_OFF, REPLY_ON, REPLY_SKIP_NEXT } from "../../dispatch/client.ts";
import { ADMIN, type CommandRow, LOADING, NOSCRIPT, STALE } from "../../dispatch/command.ts";
import { integer, oneOf, optional, token } from "../../dispatch/grammar.ts";
import {
	NOT_AN_INTEGER,
	SYNTAX_ERROR,
	subcommandSyntax,
	UNBLOCK_REASON_INVALID,
	UNBLOCKED,
} from "../../resp/errors.ts";
import type { ConnectionServices } from "./services.ts";

const ON = bytesOf("on");
const OFF = bytesOf("off");
const SKIP = bytesOf("skip");
const TIMEOUT = bytesOf("timeout");
const ERROR = bytesOf("error");
const onOrOff = oneOf("enabled", token("on"), token("off"));

/** Replies that are turned off are those of this command already; ON is answered whatever came before. */
function reply(call: Call): void {
	const { client } = call;
	if (call.is(2, ON)) {
		client.replyMode = REPLY_ON;
		call.reply.ok();
	} else if (call.is(2, OFF)) client.replyMode = REPLY_OFF;
	else if (!call.is(2, SKIP)) call.reply.error(SYNTAX_ERROR);
	else if (client.replyMode !== REPLY_OFF) client.replyMode = REPLY_SKIP_NEXT;
}

/** Null where the argument is neither, and the error is replied. */
function readSwitch(call: Call, argument: number): boolean | null {
	if (call.is(argument, ON)) return true;
	if (call.is(argument, OFF)) return false;
	call.reply.error(SYNTAX_ERROR);
	return null;
}

function noEvict(call: Call): void {
	const turnedOn = readSwitch(call, 2);
	if (turnedOn === null) return;
	call.client.noEvict = turnedOn;
	call.reply.ok();
}

function noTouch(call: Call): void {
	const turnedOn = readSwitch(call, 2);
	if (turnedOn === null) return;
	call.client.noTouch = turnedOn;
	call.keyspace.touch(!turnedOn);
	call.reply.ok();
}

function unblock(services: ConnectionServices, call: Call): void {
	const { argc } = call;
	if (argc > 4) return call.reply.error(subcommandSyntax(call.latin1(1), "client"));
	if (argc === 4 && !call.is(3, TIMEOUT) && !call.is(3, ERROR)) return call.reply.error(UNBLOCK_REASON_INVALID);
	const id = call.clampedInteger(2);
	if (Number.isNaN(id)) return call.reply.error(NOT_AN_INTEGER);
	const client = services.clients.get(id);
	// Who waits for the end of the server can be told nothing else.
	const waiting = client === null || client.lastCommand?.row.name === "shutdown" ? null : client.unblock;
	waiting?.(argc === 4 && call.is(3, ERROR) ? UNBLOCKED : null);
	call.reply.integer(waiting === null ? 0 : 1);
}

export const clientBehaviourCommands: readonly CommandRow[] = [
	{
		name: "no-evict",
		since: "7.0.0",
		group: "connection",
		complexity: "O(1)",
		summary: "Spares the connection when clients are closed for the memory they take.",
		flags: ADMIN | NOSCRIPT | LOADING | STALE,
		args: [onOrOff],
		run: noEvict,
	},
	{
		name: "no-touch",
		since: "7.2.0",
		group: "connection",
		complexity: "O(1)",
		summary: "Lets the connection use keys without their counting as used.",
		flags: NOSCRIPT | LOADING | STALE,
		args: [onOrOff],
		run: noTouch,
	},
	{
		name: "reply",
		since: "3.2.0",
		group: "connection",
		complexity: "O(1)",
		summary: "Turns replies on or off, or drops the next one.",
		flags: NOSCRIPT | LOADING | STALE,
		args: [oneOf("on_off_skip", token("on"), token("off"), token("skip"))],
		run: reply,
	},
];

export function unblockCommand(services: ConnectionServices): CommandRow {
	return {
		name: "unblock",
		since: "5.0.0",
		group: "connection",
		complexity: "O(log N), N being the number of connections.",
		summary: "Ends the waiting of a connection that is blocked by a command.",
		flags: ADMIN | NOSCRIPT | LOADING | STALE,
		args: [integer("client-id"), optional(oneOf("timeout_error", token("timeout"), token("error")))],
		run: (call) => unblock(services, call),
	};
}
