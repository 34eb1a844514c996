/**
 * Texts of access control, each once, as `errors.ts` has all others: what a user may not do, and why a rule is none. The
 * first ones are the words behind "NOPERM", and what a dry run answers.
 */

export function noPermissionForCommand(user: string, command: string): string {
	return `User ${user} has no permissions to run the '${command}' command`;
}

export const NO_PERMISSION_FOR_KEY = "No permissions to access a key";
export const NO_PERMISSION_FOR_CHANNEL = "No permissions to access a channel";

export function noPermissionForThis(user: string, what: "key" | "channel", name: string): string {
	return `User ${user} has no permissions to access the '${name}' ${what}`;
}

/** A queued command that the user may not run any more. */
export function permissionsChanged(reason: string): string {
	return `NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command is no longer allowed for the following reason: ${reason}`;
}

export const QUEUED_COMMAND_DENIED = "no permission to execute the command or subcommand";
export const QUEUED_KEY_DENIED = "no permission to touch the specified keys";
export const QUEUED_CHANNEL_DENIED = "no permission to access one of the channels used as arguments";

export function deniedInScript(reason: string): string {
	return `ERR ACL failure in script: ${reason}`;
}

export const SORT_BY_DENIED = "ERR BY option of SORT denied due to insufficient ACL permissions.";
export const SORT_GET_DENIED = "ERR GET option of SORT denied due to insufficient ACL permissions.";

// Why a rule of a user is none
export const RULE_UNKNOWN_COMMAND = "Unknown command or category name in ACL";
export const RULE_SYNTAX = "Syntax error";
export const RULE_AFTER_ALL_KEYS =
	"Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. Try 'resetkeys' to start with an empty list of patterns";
export const RULE_AFTER_ALL_CHANNELS =
	"Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any effect. Try 'resetchannels' to start with an empty list of channels";
export const RULE_NO_SUCH_PASSWORD = "The password you are trying to remove from the user does not exist";
export const RULE_BAD_HASH =
	"The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters";
export const RULE_FIRST_ARGUMENT_OF_SUBCOMMAND = "Allowing first-arg of a subcommand is not supported";
export const RULE_DUPLICATE_USER = "Duplicate user found. A user can only be defined once in config files";

export function modifierRefused(rule: string, reason: string): string {
	return `ERR Error in ACL SETUSER modifier '${rule}': ${reason}`;
}

export function selectorNotClosed(from: string): string {
	return `ERR Unmatched parenthesis in acl selector starting at '${from}'.`;
}

export const USER_NAME_INVALID = "ERR Usernames can't contain spaces or null characters";
export const DEFAULT_USER_STAYS = "ERR The 'default' user cannot be removed";
export const NO_ACL_FILE =
	"ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store users in the Redis configuration.";
export const ACL_NOT_SAVED =
	"ERR There was an error trying to save the ACLs. Please check the server logs for more information";
export const PASSWORD_BITS_INVALID =
	"ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096";

export function unknownCategory(name: string): string {
	return `ERR Unknown category '${name}'`;
}

export function dryRunWithoutUser(name: string): string {
	return `ERR User '${name}' not found`;
}

export function dryRunWithoutCommand(name: string): string {
	return `ERR Command '${name}' not found`;
}
