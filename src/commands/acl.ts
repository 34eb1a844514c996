/** ACL: users and what they may do. */
import { ADMIN, type CommandRow, LOADING, NOSCRIPT, STALE } from "../dispatch/command.ts";
import { integer, many, oneOf, optional, string, token } from "../dispatch/grammar.ts";
import { category, dryRun, newPassword, whoAmI } from "./acl/ask.ts";
import { deleteUsers, loadUsers, saveUsers, setUser } from "./acl/change.ts";
import { help } from "./acl/help.ts";
import { log } from "./acl/log.ts";
import type { AclServices } from "./acl/services.ts";
import { listUsers, showUser } from "./acl/show.ts";

export type { AclServices } from "./acl/services.ts";

const OPEN = NOSCRIPT | LOADING | STALE;
const ADMINISTRATIVE = ADMIN | OPEN;
const OF_USERS = "O(N), N being the number of users.";

/** Of most all but these is the same. */
type Subcommand = Omit<CommandRow, "since" | "flags" | "group"> & Partial<Pick<CommandRow, "since" | "flags">>;

function subcommand({ since = "6.0.0", flags = ADMINISTRATIVE, ...rest }: Subcommand): CommandRow {
	return { ...rest, since, flags, group: "server" };
}

export function aclCommands(services: AclServices): readonly CommandRow[] {
	return [
		{
			name: "acl",
			since: "6.0.0",
			group: "server",
			complexity: "Depends on the subcommand.",
			summary: "Holds the subcommands of users and their permissions.",
			flags: 0,
			subcommands: [...askingCommands(services), ...showingCommands(services), ...changingCommands(services)],
		},
	];
}

function askingCommands(services: AclServices): readonly CommandRow[] {
	return [
		subcommand({
			name: "cat",
			complexity: "O(1), as the commands are what they are.",
			summary: "Lists the categories of commands, or the commands of one.",
			flags: OPEN,
			args: [optional(string("category"))],
			run: (call) => category(services, call),
		}),
		subcommand({
			name: "dryrun",
			since: "7.0.0",
			complexity: "O(1)",
			summary: "Says whether a user may run a command, without running it.",
			args: [string("username"), string("command"), optional(many(string("arg")))],
			run: (call) => dryRun(services, call),
		}),
		subcommand({
			name: "genpass",
			complexity: "O(1)",
			summary: "Makes a password that nobody can guess.",
			flags: OPEN,
			args: [optional(integer("bits"))],
			run: (call) => newPassword(services, call),
		}),
		subcommand({
			name: "help",
			complexity: "O(1)",
			summary: "Explains the subcommands.",
			flags: LOADING | STALE,
			run: help,
		}),
		subcommand({
			name: "whoami",
			complexity: "O(1)",
			summary: "Tells which user the connection is.",
			flags: OPEN,
			run: whoAmI,
		}),
	];
}

function showingCommands(services: AclServices): readonly CommandRow[] {
	return [
		subcommand({
			name: "getuser",
			complexity: "O(N), N being the number of passwords and rules that the user has.",
			summary: "Shows a user.",
			args: [string("username")],
			history: [
				["6.2.0", "Shows the patterns of channels."],
				["7.0.0", "Shows selectors, and patterns as the rules that give them."],
			],
			run: (call) => showUser(services, call),
		}),
		subcommand({
			name: "list",
			complexity: OF_USERS,
			summary: "Lists the users as lines of a file.",
			run: (call) => listUsers(services, call, true),
		}),
		subcommand({
			name: "log",
			complexity: "O(N), N being the number of entries shown.",
			summary: "Shows who was refused what, or forgets it.",
			args: [optional(oneOf("operation", integer("count"), token("reset")))],
			history: [["7.2.0", "Shows the number of an entry, and when it was made and changed."]],
			run: (call) => log(services, call),
		}),
		subcommand({
			name: "users",
			complexity: OF_USERS,
			summary: "Lists the names of the users.",
			run: (call) => listUsers(services, call, false),
		}),
	];
}

function changingCommands(services: AclServices): readonly CommandRow[] {
	return [
		subcommand({
			name: "deluser",
			complexity: "O(1) for a usual user.",
			summary: "Deletes users, and closes their connections.",
			args: [many(string("username"))],
			run: (call) => deleteUsers(services, call),
		}),
		subcommand({
			name: "load",
			complexity: OF_USERS,
			summary: "Reads the users from their file again.",
			run: (call) => loadUsers(services, call),
		}),
		subcommand({
			name: "save",
			complexity: OF_USERS,
			summary: "Writes the users to their file.",
			tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
			run: (call) => saveUsers(services, call),
		}),
		subcommand({
			name: "setuser",
			complexity: "O(N), N being the number of rules.",
			summary: "Makes a user, or changes one by rules.",
			args: [string("username"), optional(many(string("rule")))],
			history: [
				["6.2.0", "Takes patterns of channels."],
				["7.0.0", "Takes selectors, and permissions to read and to write."],
			],
			run: (call) => setUser(services, call),
		}),
	];
}
