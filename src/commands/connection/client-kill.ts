/** CLIENT KILL, by one address as in the beginning or by conditions that all have to hold. */
import { bytesOf } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { ADMIN, type CommandRow, LOADING, NOSCRIPT, STALE } from "../../dispatch/command.ts";
import { deprecated, integer, many, oneOf, optional, since, string, token, withToken } from "../../dispatch/grammar.ts";
import type { ClientFilter } from "../../introspection/clients.ts";
import {
	CLIENT_ID_NOT_POSITIVE,
	MAXAGE_INVALID,
	MAXAGE_NOT_POSITIVE,
	NO_SUCH_CLIENT,
	noSuchUser,
	SYNTAX_ERROR,
	unknownClientType,
} from "../../resp/errors.ts";
import { readClientType } from "./client-type.ts";
import type { ConnectionServices } from "./services.ts";

const ID = bytesOf("id");
const TYPE = bytesOf("type");
const USER = bytesOf("user");
const ADDR = bytesOf("addr");
const LADDR = bytesOf("laddr");
const MAXAGE = bytesOf("maxage");
const SKIPME = bytesOf("skipme");
const YES = bytesOf("yes");
const NO = bytesOf("no");

function kill(services: ConnectionServices, call: Call): void {
	const { client, reply } = call;
	const filter: ClientFilter = { id: null, type: null, user: null, address: null, localAddress: null, except: null };
	if (call.argc === 3) {
		filter.address = call.latin1(2);
		if (services.clients.kill(filter, client) > 0) reply.ok();
		else reply.error(NO_SUCH_CLIENT);
		return;
	}
	filter.except = client;
	for (let i = 2; i < call.argc; i += 2) {
		if (i + 1 === call.argc) return reply.error(SYNTAX_ERROR);
		const error = readCondition(services, call, i, filter);
		if (error !== null) return reply.error(error);
	}
	reply.integer(services.clients.kill(filter, client));
}

/** The condition named by argument `i`, its value being the next one; returns an error text or null. */
function readCondition(services: ConnectionServices, call: Call, i: number, filter: ClientFilter): string | null {
	const value = call.latin1(i + 1);
	if (call.is(i, ID)) {
		filter.id = call.clampedInteger(i + 1);
		return filter.id > 0 ? null : CLIENT_ID_NOT_POSITIVE;
	}
	if (call.is(i, TYPE)) {
		filter.type = readClientType(call, i + 1);
		return filter.type === null ? unknownClientType(value) : null;
	}
	if (call.is(i, MAXAGE)) {
		const age_s = call.clampedInteger(i + 1);
		if (Number.isNaN(age_s)) return MAXAGE_INVALID;
		filter.connectedBefore_ms = call.keyspace.now_ms - 1000 * age_s;
		return age_s > 0 ? null : MAXAGE_NOT_POSITIVE;
	}
	if (call.is(i, USER)) {
		filter.user = value;
		return services.authenticator.exists(value) ? null : noSuchUser(value);
	}
	if (call.is(i, ADDR)) filter.address = value;
	else if (call.is(i, LADDR)) filter.localAddress = value;
	else if (!call.is(i, SKIPME)) return SYNTAX_ERROR;
	else if (call.is(i + 1, YES)) filter.except = call.client;
	else if (call.is(i + 1, NO)) filter.except = null;
	else return SYNTAX_ERROR;
	return null;
}

const typeArgument = withToken(
	"TYPE",
	oneOf(
		"normal_master_slave_pubsub",
		token("normal"),
		since("3.2.0", token("master")),
		token("slave"),
		since("5.0.0", token("replica")),
		token("pubsub"),
	),
);

export function clientKill(services: ConnectionServices): CommandRow {
	return {
		name: "kill",
		since: "2.4.0",
		group: "connection",
		complexity: "O(N), N being the number of connections.",
		summary: "Closes connections.",
		flags: ADMIN | NOSCRIPT | LOADING | STALE,
		// The conditions are optional each, but not all of them.
		arity: -3,
		args: [
			oneOf(
				"filter",
				deprecated("2.8.12", string("ip:port")),
				many(
					oneOf(
						"new-format",
						optional(integer("client-id", "ID"), "2.8.12"),
						optional(typeArgument, "2.8.12"),
						optional(string("username", "USER")),
						optional(string("ip:port", "ADDR")),
						optional(string("ip:port", "LADDR"), "6.2.0"),
						optional(string("yes/no", "SKIPME")),
					),
				),
			),
		],
		history: [
			["2.8.12", "Takes conditions instead of an address alone."],
			["2.8.12", "Can be narrowed by `ID`."],
			["3.2.0", "`TYPE` knows `master`."],
			["5.0.0", "`TYPE` knows `replica`, the new word for `slave`."],
			["6.2.0", "Can be narrowed by `LADDR`."],
		],
		run: (call) => kill(services, call),
	};
}
