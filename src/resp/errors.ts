/**
 * Every error text, once. They are part of the interface: programs compare them. A constant where the text is fixed, a
 * function only where something is inserted.
 */
export const WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value";
export const SYNTAX_ERROR = "ERR syntax error";
export const NOT_AN_INTEGER = "ERR value is not an integer or out of range";
export const NOT_A_FLOAT = "ERR value is not a valid float";
export const MUST_BE_POSITIVE = "ERR value is out of range, must be positive";
export const INVALID_CURSOR = "ERR invalid cursor";
export const NO_SUCH_KEY = "ERR no such key";
export const SAME_OBJECT = "ERR source and destination objects are the same";
export const INDEX_OUT_OF_RANGE = "ERR DB index is out of range";
export const OFFSET_OUT_OF_RANGE = "ERR offset is out of range";
export const STRING_TOO_LONG = "ERR string exceeds maximum allowed size (proto-max-bulk-len)";
export const OVERFLOW = "ERR increment or decrement would overflow";
export const NAN_OR_INFINITY = "ERR increment would produce NaN or Infinity";
export const DECREMENT_OVERFLOW = "ERR decrement would overflow";
export const LCS_NOT_STRINGS = "ERR The specified keys must contain string values";
export const LCS_LENGTH_OR_INDEXES = "ERR If you want both the length and indexes, please just use IDX.";
export const LCS_TOO_LARGE = "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len";
export const LCS_OUT_OF_MEMORY = "ERR Insufficient memory, failed allocating transient memory for LCS";
export const TIMEOUT_OUT_OF_RANGE = "ERR timeout is out of range";
export const AUTH_WITHOUT_PASSWORD =
	"ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?";
export const HELLO_NOAUTH =
	"NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time";
export const PROTOCOL_VERSION_NOT_AN_INTEGER = "ERR Protocol version is not an integer or out of range";
export const CLIENT_NAME_INVALID = "ERR Client names cannot contain spaces, newlines or special characters.";
export const CLIENT_ID_INVALID = "ERR Invalid client ID";
export const CLIENT_ID_NOT_POSITIVE = "ERR client-id should be greater than 0";
export const NO_SUCH_CLIENT = "ERR No such client";
export const PAUSE_MODE_INVALID = "ERR CLIENT PAUSE mode must be WRITE or ALL";
export const UNBLOCKED = "UNBLOCKED client unblocked via CLIENT UNBLOCK";
export const UNBLOCK_REASON_INVALID = "ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR";
export const NOAUTH = "NOAUTH Authentication required.";
export const WRONGPASS = "WRONGPASS invalid username-password pair or user is disabled.";
export const OUT_OF_MEMORY = "OOM command not allowed when used memory > 'maxmemory'.";
export const NOPROTO = "NOPROTO unsupported protocol version";
export const MAXCLIENTS = "ERR max number of clients reached";
/** Sent to a connection that is refused, so it also says what can be done. */
export const PROTECTED_MODE =
	"DENIED redis-lite is running in protected mode: no password is set for the default user, so connections are " +
	"accepted from the loopback interface only. To let others in, do one of these. 1) Set a password: 'requirepass' in " +
	"the configuration, or CONFIG SET requirepass. 2) If the network itself is trusted, turn the mode off: " +
	"'protected-mode no' in the configuration, '--protected-mode no' at the start, or CONFIG SET protected-mode no from " +
	"the same host.";
export const INTERNAL_ERROR = "ERR internal error; it was counted and logged";
export const INT32_OUT_OF_RANGE = "ERR value is out of range, value must between -2147483648 and 2147483647";
export const EXPIRE_NX_AND_OTHERS = "ERR NX and XX, GT or LT options at the same time are not compatible";
export const EXPIRE_GT_AND_LT = "ERR GT and LT options at the same time are not compatible";
export const NO_LFU_POLICY =
	"ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.";
export const LFU_POLICY =
	"ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.";
export const TIMEOUT_NOT_AN_INTEGER = "ERR timeout is not an integer or out of range";
export const TIMEOUT_NEGATIVE = "ERR timeout is negative";

export const INVALID_FIRST_DB_INDEX = "ERR invalid first DB index";
export const INVALID_SECOND_DB_INDEX = "ERR invalid second DB index";
export const OUT_OF_RANGE_DATABASE = "ERR Out of range database";
export const INVALID_COMMAND = "ERR Invalid command specified";
export const NO_KEY_ARGUMENTS = "ERR The command has no key arguments";
export const INVALID_ARITY_FOR_COMMAND = "ERR Invalid number of arguments specified for command";
export const INVALID_ARGUMENTS_FOR_COMMAND = "ERR Invalid arguments specified for command";
export const NO_CONFIG_FILE = "ERR The server is running without a config file";
export const NO_SHUTDOWN = "ERR No shutdown in progress.";
export const RESP2_NOT_SUPPORTED = "ERR RESP2 is not supported by this command";
export const PACKED_THRESHOLD = "ERR argument must be a memory value bigger than 1 and smaller than 4gb";

export function wrongArity(name: string): string {
	return `ERR wrong number of arguments for '${name}' command`;
}

export function invalidExpire(name: string): string {
	return `ERR invalid expire time in '${name}' command`;
}

/** Quotes as a C string, so up to the first zero byte; line ends behind it are dropped. */
export function unsupportedOption(option: string): string {
	return `ERR Unsupported option ${option.replace(/[\r\n]*(\0.*)?$/s, "")}`;
}

/** `args` are the first arguments, each already quoted and followed by a blank. */
export function unknownCommand(name: string, args: string): string {
	return `ERR unknown command '${name}', with args beginning with: ${args}`;
}

export function unknownSubcommand(name: string, container: string): string {
	return `ERR unknown subcommand '${name}'. Try ${container.toUpperCase()} HELP.`;
}

/** Of containers whose subcommands have no arity of their own. */
export function unknownSubcommandOrArity(name: string, container: string): string {
	return `ERR unknown subcommand or wrong number of arguments for '${name}'. Try ${container.toUpperCase()} HELP.`;
}

/** `directive` says who may use the commands of `container`. */
export function commandNotAllowed(container: string, directive: string): string {
	return (
		`ERR ${container.toUpperCase()} command not allowed. If the ${directive} option is set to "local", ` +
		"you can run it from a local connection, otherwise you need to set this option in the configuration file, " +
		"and then restart the server."
	);
}

/** What Redis can and we cannot yet. */
export function notSupported(what: string): string {
	return `ERR ${what} is not supported by this version of redis-lite`;
}

export function rewriteFailed(reason: string): string {
	return `ERR Rewriting config file: ${reason}`;
}

export function wrongTypeName(names: readonly string[]): string {
	return `ERR Wrong protocol type name. Please use one of the following: ${names.join("|")}`;
}

export function protocolError(reason: string): string {
	return `ERR Protocol error: ${reason}`;
}

/** For subcommands whose count of arguments is right for none of their forms; `name` as it was sent. */
export function subcommandSyntax(name: string, container: string): string {
	return `ERR unknown subcommand or wrong number of arguments for '${name}'. Try ${container.toUpperCase()} HELP.`;
}

export function helloOptionSyntax(option: string): string {
	return `ERR Syntax error in HELLO option '${option}'`;
}

export function unknownClientType(type: string): string {
	return `ERR Unknown client type '${type}'`;
}

export function noSuchUser(name: string): string {
	return `ERR No such user '${name}'`;
}

export function clientAttributeInvalid(attribute: string): string {
	return `ERR ${attribute} cannot contain spaces, newlines or special characters.`;
}

export function unknownClientAttribute(attribute: string): string {
	return `ERR Unrecognized option '${attribute}'`;
}
