import type { Call } from "../../dispatch/call.ts";

const HELP = [
	"ACL <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
	"CAT [<category>]",
	"    List the categories of commands, or the commands of one.",
	"DELUSER <username> [<username> ...]",
	"    Delete users and close their connections.",
	"DRYRUN <username> <command> [<arg> ...]",
	"    Tell whether a user may run a command, without running it.",
	"GETUSER <username>",
	"    Show a user.",
	"GENPASS [<bits>]",
	"    Make a password of 256 bits, or of as many as are wanted.",
	"LIST",
	"    Show the users as lines of a file.",
	"LOAD",
	"    Read the users from their file again.",
	"LOG [<count> | RESET]",
	"    Show who was refused what, or forget it.",
	"SAVE",
	"    Write the users to their file.",
	"SETUSER <username> <rule> [<rule> ...]",
	"    Make a user, or change one by rules.",
	"USERS",
	"    List the names of the users.",
	"WHOAMI",
	"    Tell which user the connection is.",
	"HELP",
	"    Print this help.",
];

/** ACL HELP. */
export function help(call: Call): void {
	call.reply.array(HELP.length);
	for (const line of HELP) call.reply.simple(line);
}
