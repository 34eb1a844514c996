/** The subcommands of ACL that answer questions: CAT, DRYRUN, GENPASS, WHOAMI. */
import { latin1Bytes } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { CATEGORIES, categoriesOf } from "../../dispatch/categories.ts";
import type { Command } from "../../dispatch/command.ts";
import type { CommandTable } from "../../dispatch/command-table.ts";
import {
	dryRunWithoutCommand,
	dryRunWithoutUser,
	PASSWORD_BITS_INVALID,
	unknownCategory,
} from "../../resp/access-errors.ts";
import { NOT_AN_INTEGER, subcommandSyntax, wrongArity } from "../../resp/errors.ts";
import type { AclServices } from "./services.ts";

const PASSWORD_BITS = 256;
const PASSWORD_BITS_MAX = 4096;
const QUOTED_CHARACTERS_MAX = 128;

export function category({ table }: AclServices, call: Call): void {
	const { argc, reply } = call;
	if (argc > 3) return reply.error(subcommandSyntax(call.latin1(1), "acl"));
	if (argc === 2) {
		reply.array(CATEGORIES.length);
		for (const name of CATEGORIES) reply.bulkText(name);
		return;
	}
	const wanted = CATEGORIES.find((name) => name === call.latin1(2).toLowerCase());
	if (wanted === undefined) return reply.error(unknownCategory(call.latin1(2).slice(0, QUOTED_CHARACTERS_MAX)));
	const commands = [...table.all()].filter((command) => categoriesOf(command).includes(wanted));
	reply.array(commands.length);
	for (const command of commands) reply.bulkText(command.fullName);
}

/** The command begins at argument 3. */
export function dryRun({ accounts, table }: AclServices, call: Call): void {
	const { reply } = call;
	const user = accounts.users.get(call.latin1(2));
	if (user === undefined) return reply.error(dryRunWithoutUser(call.latin1(2)));
	const command = commandAt(table, call, 3);
	if (command === null) return reply.error(dryRunWithoutCommand(call.latin1(3)));
	if (!command.accepts(call.argc - 3)) return reply.error(wrongArity(command.fullName));
	const denial = accounts.users.guard.dryRun(user, command, call, 3);
	if (denial === null) reply.ok();
	else reply.bulkBytes(latin1Bytes(denial));
}

/** A container by itself stands for itself. */
function commandAt(table: CommandTable, call: Call, argument: number): Command | null {
	const command = table.find(call.bytes, call.start(argument), call.end(argument));
	if (command === null || command.subcommands === null || argument + 1 === call.argc) return command;
	return command.subcommands.get(call.latin1(argument + 1).toLowerCase()) ?? null;
}

export function newPassword({ accounts }: AclServices, call: Call): void {
	const { argc, reply } = call;
	if (argc > 3) return reply.error(subcommandSyntax(call.latin1(1), "acl"));
	const bits = argc === 2 ? PASSWORD_BITS : call.clampedInteger(2);
	if (Number.isNaN(bits)) return reply.error(NOT_AN_INTEGER);
	if (bits <= 0 || bits > PASSWORD_BITS_MAX) return reply.error(PASSWORD_BITS_INVALID);
	reply.bulkText(accounts.randomDigits(bits));
}

export function whoAmI(call: Call): void {
	call.reply.bulkBytes(latin1Bytes(call.client.user));
}
