import type { ClientLink } from "../dispatch/client.ts";
import type { Command } from "../dispatch/command.ts";
import { commandNotAllowed } from "../resp/errors.ts";

/** Commands that configuration has to allow, because they let a client do more to the machine than serve data. */

export type Permission = "no" | "yes" | "local";

/** Directives that allow such commands. */
export interface Permissions {
	readonly "enable-debug-command": Permission;
	readonly "enable-module-command": Permission;
}

/** On the same machine: a unix socket or a loopback address. */
export function isLocalClient(link: Pick<ClientLink, "isUnixSocket" | "remoteAddress">): boolean {
	if (link.isUnixSocket) return true;
	const host = link.remoteAddress.slice(0, link.remoteAddress.lastIndexOf(":"));
	return host === "127.0.0.1" || host === "::1" || host === "[::1]";
}

/** Null where the client may run the command, else the error. The command has the flag PROTECTED. */
export function protectedCommandError(command: Command, link: ClientLink, permissions: Permissions): string | null {
	const container = (command.parent ?? command).row.name;
	const directive = container === "module" ? "enable-module-command" : "enable-debug-command";
	const permission = permissions[directive];
	if (permission === "yes" || (permission === "local" && isLocalClient(link))) return null;
	return commandNotAllowed(container, directive);
}
