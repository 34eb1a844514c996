/**
 * Every error text, once. They are part of the interface: programs compare them. A constant where the text is fixed, a
 * function only where something is inserted.
 */
export const WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value";
export const SYNTAX_ERROR = "ERR syntax error";
export const NOT_AN_INTEGER = "ERR value is not an integer or out of range";
export const NOT_A_FLOAT = "ERR value is not a valid float";
export const OUT_OF_RANGE = "ERR value is out of range";
export const MUST_BE_POSITIVE = "ERR value is out of range, must be positive";
export const INVALID_CURSOR = "ERR invalid cursor";
export const NO_SUCH_KEY = "ERR no such key";
export const SAME_OBJECT = "ERR source and destination objects are the same";
export const INDEX_OUT_OF_RANGE = "ERR DB index is out of range";
export const INVALID_DB_INDEX = "ERR invalid DB index";
export const OFFSET_OUT_OF_RANGE = "ERR offset is out of range";
export const STRING_TOO_LONG = "ERR string exceeds maximum allowed size (proto-max-bulk-len)";
export const OVERFLOW = "ERR increment or decrement would overflow";
export const NAN_OR_INFINITY = "ERR increment would produce NaN or Infinity";
export const NOAUTH = "NOAUTH Authentication required.";
export const WRONGPASS = "WRONGPASS invalid username-password pair or user is disabled.";
export const NOPROTO = "NOPROTO unsupported protocol version";
export const MAXCLIENTS = "ERR max number of clients reached";
export const INTERNAL_ERROR = "ERR internal error; it was counted and logged";

export function wrongArity(name: string): string {
	return `ERR wrong number of arguments for '${name}' command`;
}

export function invalidExpire(name: string): string {
	return `ERR invalid expire time in '${name}' command`;
}

/** `args` are the first arguments, each already quoted and followed by a blank. */
export function unknownCommand(name: string, args: string): string {
	return `ERR unknown command '${name}', with args beginning with: ${args}`;
}

export function unknownSubcommand(name: string, container: string): string {
	return `ERR unknown subcommand '${name}'. Try ${container.toUpperCase()} HELP.`;
}

export function protocolError(reason: string): string {
	return `ERR Protocol error: ${reason}`;
}
