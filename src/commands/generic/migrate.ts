/** MIGRATE: the client waits, everybody else is served. */
import { bytesOf } from "../../bytes/ascii.ts";
import type { MigrationRequest } from "../../cluster/migration.ts";
import type { Migrations } from "../../cluster/migrations.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, WRITE } from "../../dispatch/command.ts";
import {
	block,
	integer,
	key,
	many,
	ofKeySpec,
	oneOf,
	optional,
	string,
	token,
	withToken,
} from "../../dispatch/grammar.ts";
import {
	MIGRATE_INSIDE,
	MIGRATE_KEY_NOT_EMPTY,
	MIGRATION_ABANDONED,
	NOT_AN_INTEGER,
	SYNTAX_ERROR,
} from "../../resp/errors.ts";
import type { ReplyWriter } from "../../resp/reply-writer.ts";

export interface MigrateServices {
	readonly migrations: Migrations;
}

const COPY = bytesOf("copy");
const REPLACE = bytesOf("replace");
const AUTH = bytesOf("auth");
const AUTH2 = bytesOf("auth2");
const KEYS = bytesOf("keys");
const FIRST_OPTION = 6;
const TIMEOUT_DEFAULT_MS = 1000;
const TIMEOUT_MS_MAX = 2 ** 31 - 1;
/** There is no key to wait for. */
const NO_TYPE = -1;

interface Options {
	copies: boolean;
	replaces: boolean;
	authentication: Uint8Array[];
	firstKey: number;
	keyCount: number;
}

/** Null after an error was replied. */
function optionsOf(call: Call): Options | null {
	const options: Options = { copies: false, replaces: false, authentication: [], firstKey: 3, keyCount: 1 };
	const words = call.argc;
	for (let i = FIRST_OPTION; i < words; i++) {
		if (call.is(i, COPY)) options.copies = true;
		else if (call.is(i, REPLACE)) options.replaces = true;
		else if (call.is(i, AUTH) && i + 1 < words) options.authentication = [call.slice(++i)];
		else if (call.is(i, AUTH2) && i + 2 < words) options.authentication = [call.slice(++i), call.slice(++i)];
		else if (call.is(i, KEYS)) {
			if (call.length(3) > 0) {
				call.reply.error(MIGRATE_KEY_NOT_EMPTY);
				return null;
			}
			options.firstKey = i + 1;
			options.keyCount = words - i - 1;
			break;
		} else {
			call.reply.error(SYNTAX_ERROR);
			return null;
		}
	}
	return options;
}

/** Null after an error was replied. */
function requestOf(call: Call): MigrationRequest | null {
	const options = optionsOf(call);
	if (options === null) return null;
	const timeout_ms = call.integer(5);
	const targetDatabase = call.integer(4);
	if (Number.isNaN(timeout_ms) || Number.isNaN(targetDatabase)) {
		call.reply.error(NOT_AN_INTEGER);
		return null;
	}
	const { firstKey, keyCount, copies, replaces, authentication } = options;
	const keys: Uint8Array[] = [];
	for (let i = firstKey; i < firstKey + keyCount; i++) if (call.findForRead(i)) keys.push(call.slice(i));
	return {
		host: call.latin1(1),
		port: Number.parseInt(call.latin1(2), 10) || 0,
		database: call.database.index,
		targetDatabase,
		timeout_ms: timeout_ms > 0 ? Math.min(timeout_ms, TIMEOUT_MS_MAX) : TIMEOUT_DEFAULT_MS,
		copies,
		replaces,
		authentication,
		keys,
	};
}

function migrate({ migrations }: MigrateServices, call: Call): void {
	const request = requestOf(call);
	if (request === null) return;
	if (call.isInner) return call.reply.error(MIGRATE_INSIDE);
	if (request.keys.length === 0) return call.reply.simple("NOKEY");
	const { client, command, effects } = call;
	let isDone = false;
	// Who does not wait any more, because it is gone or somebody ended its wait, does not end the migration.
	const timedOut = (reply: ReplyWriter) => {
		if (isDone) reply.ok();
		else reply.error(MIGRATION_ABANDONED);
	};
	call.block({ type: NO_TYPE, firstKey: 0, keyCount: 0, timeout_ms: 0, wakesWithoutKey: false, timedOut });
	const unblock = client.unblock;
	migrations.start(request, (error) => {
		isDone = true;
		if (effects.isOn) client.effectsTo = effects.position();
		if (unblock !== null && client.unblock === unblock) unblock(error);
		else if (error !== null) command.failedCalls++;
	});
}

export function migrateCommands(services: MigrateServices): readonly CommandRow[] {
	return [
		{
			name: "migrate",
			since: "2.6.0",
			group: "generic",
			complexity: "That of DUMP and DEL here and of RESTORE there, and O(N) for sending N bytes.",
			summary: "Moves keys to another server.",
			flags: WRITE,
			categories: ["dangerous"],
			tips: ["nondeterministic_output"],
			history: [
				["3.0.0", "Takes `COPY` and `REPLACE`."],
				["3.0.6", "Takes `KEYS`."],
				["4.0.7", "Takes `AUTH`."],
				["6.0.0", "Takes `AUTH2`."],
			],
			args: [
				string("host"),
				integer("port"),
				oneOf("key_or_empty_string", ofKeySpec(0, key("RW ACCESS DELETE")), token("empty_string", '""')),
				integer("destination-db"),
				integer("timeout"),
				optional(token("copy"), "3.0.0"),
				optional(token("replace"), "3.0.0"),
				optional(
					oneOf(
						"authentication",
						optional(string("password", "AUTH"), "4.0.7"),
						optional(withToken("AUTH2", block("username_password", string("username"), string("password"))), "6.0.0"),
					),
				),
				optional(many(ofKeySpec(1, key("RW ACCESS DELETE", "key", "KEYS"))), "3.0.6"),
			],
			keySpecs: [
				{ access: "RW ACCESS DELETE", begin: { index: 3 }, find: { last: 0, step: 1, limit: 0 } },
				{
					access: "RW ACCESS DELETE INCOMPLETE",
					begin: { keyword: "KEYS", startFrom: -2 },
					find: { last: -1, step: 1, limit: 0 },
				},
			],
			run: (call) => migrate(services, call),
		},
	];
}
