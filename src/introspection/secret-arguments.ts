import { bytesOf } from "../bytes/ascii.ts";
import type { Call } from "../dispatch/call.ts";
import type { Command } from "../dispatch/command.ts";

/** Stands for an argument that nobody may see. */
export const REDACTED = bytesOf("(redacted)");

const NONE: ReadonlySet<number> = new Set();
const AUTH = bytesOf("auth");
const AUTH2 = bytesOf("auth2");
const SETNAME = bytesOf("setname");
const KEYS = bytesOf("keys");

/** Directives with passwords and names of users. */
const SECRET_DIRECTIVES = [
	"requirepass",
	"masterauth",
	"masteruser",
	"tls-key-file-pass",
	"tls-client-key-file-pass",
].map(bytesOf);

/** Arguments that neither the slow log nor MONITOR may show: passwords, and the users they belong to. */
export function secretArguments(call: Call, command: Command): ReadonlySet<number> {
	switch (command.fullName) {
		case "auth":
			return call.argc <= 3 ? from(1, call.argc) : NONE;
		case "hello":
			return inHello(call);
		case "acl|setuser":
		case "acl|deluser":
		case "acl|getuser":
			return from(2, call.argc);
		case "config|set":
			return inConfigSet(call);
		case "migrate":
			return inMigrate(call);
		default:
			return NONE;
	}
}

function from(first: number, end: number): Set<number> {
	const found = new Set<number>();
	for (let i = first; i < end; i++) found.add(i);
	return found;
}

function inHello(call: Call): Set<number> {
	for (let i = 2; i < call.argc; i++) {
		if (call.is(i, AUTH)) return from(i + 1, Math.min(i + 3, call.argc));
		if (!call.is(i, SETNAME)) break;
		i++;
	}
	return new Set();
}

function inConfigSet(call: Call): Set<number> {
	const found = new Set<number>();
	for (let i = 2; i + 1 < call.argc; i += 2) {
		if (SECRET_DIRECTIVES.some((name) => call.is(i, name))) found.add(i + 1);
	}
	return found;
}

function inMigrate(call: Call): Set<number> {
	for (let i = 6; i < call.argc; i++) {
		if (call.is(i, AUTH)) return from(i + 1, Math.min(i + 2, call.argc));
		if (call.is(i, AUTH2)) return from(i + 1, Math.min(i + 3, call.argc));
		// What follows are keys.
		if (call.is(i, KEYS)) break;
	}
	return new Set();
}
