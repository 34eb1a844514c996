/** The subcommands of ACL that change users, or move them to and from their file. */
import { DEFAULT_USER } from "../../acl/authenticator.ts";
import { hasBlank } from "../../acl/rules.ts";
import type { Call } from "../../dispatch/call.ts";
import { ACL_NOT_SAVED, DEFAULT_USER_STAYS, NO_ACL_FILE, USER_NAME_INVALID } from "../../resp/access-errors.ts";
import type { AclServices } from "./services.ts";

function wordsFrom(call: Call, first: number): string[] {
	const words: string[] = [];
	for (let i = first; i < call.argc; i++) words.push(call.latin1(i));
	return words;
}

export function setUser({ accounts }: AclServices, call: Call): void {
	const { reply } = call;
	const name = call.latin1(2);
	if (hasBlank(name)) return reply.error(USER_NAME_INVALID);
	const error = accounts.users.set(name, wordsFrom(call, 3), call.client);
	if (error === null) reply.ok();
	else reply.error(error);
}

export function deleteUsers({ accounts }: AclServices, call: Call): void {
	const names = wordsFrom(call, 2);
	if (names.includes(DEFAULT_USER)) return call.reply.error(DEFAULT_USER_STAYS);
	call.reply.integer(names.filter((name) => accounts.users.delete(name, call.client)).length);
}

export function loadUsers({ accounts }: AclServices, call: Call): void {
	const { reply } = call;
	if (!accounts.hasFile()) return reply.error(NO_ACL_FILE);
	const errors = accounts.loadFile(call.client);
	if (errors === null) reply.ok();
	else reply.error(`ERR ${errors}`);
}

export function saveUsers({ accounts }: AclServices, call: Call): void {
	const { reply } = call;
	if (!accounts.hasFile()) return reply.error(NO_ACL_FILE);
	if (accounts.saveFile()) reply.ok();
	else reply.error(ACL_NOT_SAVED);
}
