/**
 * Every error text, once. They are part of the interface: programs compare them. A constant where the text is fixed, a
 * function only where something is inserted.
 */
export const WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value";
export const SYNTAX_ERROR = "ERR syntax error";
export const NOT_AN_INTEGER = "ERR value is not an integer or out of range";
export const NOT_A_FLOAT = "ERR value is not a valid float";
export const MUST_BE_POSITIVE = "ERR value is out of range, must be positive";
export const LOADING_DATA = "LOADING Redis is loading the dataset in memory";
export const READ_ONLY_REPLICA = "READONLY You can't write against a read only replica.";
export const MASTER_DOWN = "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.";
export const TOO_FEW_REPLICAS = "NOREPLICAS Not enough good replicas to write.";
export const NO_MASTER_LINK = "NOMASTERLINK Can't SYNC while not connected with my master";
export const SYNC_WITH_PENDING_OUTPUT = "ERR SYNC and PSYNC are invalid with pending output";
export const FILTER_WORDS_MISSING = "ERR Missing rdb-filter-only values";
export const NO_SWITCH = "ERR value is out of range, value must between 0 and 1";
export const WAIT_ON_REPLICA =
	"ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is configured to be " +
	"writable (which is not the default) writes to replicas are just local and are not propagated.";
export const WAITAOF_ON_REPLICA =
	"ERR WAITAOF cannot be used with replica instances. Please also note that writes to replicas are just local and are not " +
	"propagated.";
export const BUSY_KEY = "BUSYKEY Target key name already exists.";
export const DUMP_PAYLOAD_WRONG = "ERR DUMP payload version or checksum are wrong";
export const BAD_DATA_FORMAT = "ERR Bad data format";
export const TTL_INVALID = "ERR Invalid TTL value, must be >= 0";
export const IDLE_TIME_INVALID = "ERR Invalid IDLETIME value, must be >= 0";
export const FREQUENCY_INVALID = "ERR Invalid FREQ value, must be >= 0 and <= 255";
export const INVALID_CURSOR = "ERR invalid cursor";
export const NO_SUCH_KEY = "ERR no such key";
export const SAME_OBJECT = "ERR source and destination objects are the same";
export const INDEX_OUT_OF_RANGE = "ERR DB index is out of range";
export const OFFSET_OUT_OF_RANGE = "ERR offset is out of range";
export const STRING_TOO_LONG = "ERR string exceeds maximum allowed size (proto-max-bulk-len)";
export const OVERFLOW = "ERR increment or decrement would overflow";
export const NAN_OR_INFINITY = "ERR increment would produce NaN or Infinity";
export const DECREMENT_OVERFLOW = "ERR decrement would overflow";
export const INCREMENT_NAN_OR_INFINITY = "ERR value is NaN or Infinity";
export const HASH_VALUE_NOT_AN_INTEGER = "ERR hash value is not an integer";
export const HASH_VALUE_NOT_A_FLOAT = "ERR hash value is not a float";
export const FIELDS_MISSING = "ERR Mandatory argument FIELDS is missing or not at the right position";
export const FIELD_COUNT_NOT_POSITIVE = "ERR Number of fields must be a positive integer";
export const EXPIRE_FIELD_COUNT_NOT_POSITIVE = "ERR Parameter `numFields` should be greater than 0";
export const SET_FIELD_COUNT_INVALID = "ERR invalid number of fields";
export const FIELD_COUNT_MISMATCH = "ERR The `numfields` parameter must match the number of arguments";
export const FIELD_EXPIRE_NEGATIVE = "ERR invalid expire time, must be >= 0";
export const FIELD_EXPIRE_MISSING = "ERR missing expire time";
export const FIELD_CONDITIONS = "ERR Only one of FXX or FNX arguments can be specified";
export const FIELD_LIFETIMES = "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified";
export const LCS_NOT_STRINGS = "ERR The specified keys must contain string values";
export const LCS_LENGTH_OR_INDEXES = "ERR If you want both the length and indexes, please just use IDX.";
export const LCS_TOO_LARGE = "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len";
export const LCS_OUT_OF_MEMORY = "ERR Insufficient memory, failed allocating transient memory for LCS";
export const BIT_INVALID = "ERR bit is not an integer or out of range";
export const BIT_OFFSET_INVALID = "ERR bit offset is not an integer or out of range";
export const BIT_NOT_ZERO_OR_ONE = "ERR The bit argument must be 1 or 0.";
export const BITOP_NOT_WITH_SEVERAL = "ERR BITOP NOT must be called with a single source key.";
export const BITFIELD_TYPE_INVALID =
	"ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.";
export const BITFIELD_OVERFLOW_INVALID = "ERR Invalid OVERFLOW type specified";
export const BITFIELD_READ_ONLY = "ERR BITFIELD_RO only supports the GET subcommand";
export const HYPERLOGLOG_INVALID = "WRONGTYPE Key is not a valid HyperLogLog string value.";
export const HYPERLOGLOG_CORRUPTED = "INVALIDOBJ Corrupted HLL object detected";
export const HYPERLOGLOG_NOT_SPARSE = "ERR HLL encoding is not sparse";
export const HYPERLOGLOG_MISSING = "ERR The specified key does not exist";
export const TIMEOUT_OUT_OF_RANGE = "ERR timeout is out of range";
export const AUTH_WITHOUT_PASSWORD =
	"ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?";
export const HELLO_NOAUTH =
	"NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time";
export const PROTOCOL_VERSION_NOT_AN_INTEGER = "ERR Protocol version is not an integer or out of range";
export const CLIENT_NAME_INVALID = "ERR Client names cannot contain spaces, newlines or special characters.";
export const CLIENT_ID_INVALID = "ERR Invalid client ID";
export const MAXAGE_INVALID = "ERR maxage is not an integer or out of range";
export const MAXAGE_NOT_POSITIVE = "ERR maxage should be greater than 0";
export const CLIENT_ID_NOT_POSITIVE = "ERR client-id should be greater than 0";
export const NO_SUCH_CLIENT = "ERR No such client";
export const PAUSE_MODE_INVALID = "ERR CLIENT PAUSE mode must be WRITE or ALL";
export const INVALID_MASTER_PORT = "ERR Invalid master port";
export const NO_REPLICAOF_IN_CLUSTER = "ERR REPLICAOF not allowed in cluster mode.";
export const NO_REPLICAOF_IN_FAILOVER = "ERR REPLICAOF not allowed while failing over.";
export const NO_FAILOVER_IN_CLUSTER = "ERR FAILOVER not allowed in cluster mode.";
export const NO_FAILOVER = "ERR No failover in progress.";
export const FAILOVER_GOES_ON = "ERR FAILOVER already in progress.";
export const FAILOVER_BY_REPLICA = "ERR FAILOVER is not valid when server is a replica.";
export const FAILOVER_WITHOUT_REPLICAS = "ERR FAILOVER requires connected replicas.";
export const FAILOVER_FORCE_INCOMPLETE =
	"ERR FAILOVER with force option requires both a timeout and target HOST and IP.";
export const FAILOVER_TARGET_UNKNOWN = "ERR FAILOVER target HOST and PORT is not a replica.";
export const FAILOVER_TARGET_NOT_ONLINE = "ERR FAILOVER target replica is not online.";
export const FAILOVER_TIMEOUT_NOT_POSITIVE = "ERR FAILOVER timeout must be greater than 0";
export const NO_SYNC_IN_FAILOVER = "NOMASTERLINK Can't SYNC while failing over";
export const NO_PROMOTION_OF_MASTER = "ERR PSYNC FAILOVER can't be sent to a master.";
export const NO_PROMOTION_BY_OTHERS = "ERR PSYNC FAILOVER replid must match my replid.";
export const NO_REPLICAOF_BY_REPLICA = "ERR Command is not valid when client is a replica.";
export const UNBLOCKED_BY_ROLE =
	"UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)";
export const UNBLOCKED = "UNBLOCKED client unblocked via CLIENT UNBLOCK";
export const UNBLOCK_REASON_INVALID = "ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR";
export const NOAUTH = "NOAUTH Authentication required.";
export const WRONGPASS = "WRONGPASS invalid username-password pair or user is disabled.";
export const UNKILLABLE =
	"UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.";
export const BAD_NUMBER_OF_KEYS = "ERR Bad number of keys provided";
export const FUNCTION_NOT_FOUND = "ERR Function not found";
export const LIBRARY_NOT_FOUND = "ERR Library not found";
export const LIBRARY_NAME_MISSING = "ERR library name argument was not given";
export const FUNCTION_FLUSH_MODE = "ERR FUNCTION FLUSH only supports SYNC|ASYNC option";
export const FUNCTION_RESTORE_POLICY =
	"ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.";
export const PAYLOAD_NO_FUNCTIONS = "ERR given type is not a function";
export const NOSCRIPT_ERROR = "NOSCRIPT No matching script. Please use EVAL.";
export const NUMBER_OF_KEYS_TOO_LARGE = "ERR Number of keys can't be greater than number of args";
export const NUMBER_OF_KEYS_NEGATIVE = "ERR Number of keys can't be negative";
export const READ_ONLY_CALL_OF_WRITER = "ERR Can not execute a script with write flag using *_ro command.";
export const NOT_BUSY = "NOTBUSY No scripts in execution right now.";
export const SCRIPT_FLUSH_MODE = "ERR SCRIPT FLUSH only support SYNC|ASYNC option";
export const SCRIPT_DEBUG_MODE = "ERR Use SCRIPT DEBUG YES/SYNC/NO";
export const SCRIPT_DEBUG_OFF = "ERR This server has no debugger for scripts";

export function unknownFunctionArgument(word: string): string {
	return `ERR Unknown argument ${word}`;
}

export function unknownLoadOption(word: string): string {
	return `ERR Unknown option given: ${word}`;
}

export const NOT_IN_TRANSACTION = "ERR Command not allowed inside a transaction";
export const SSUBSCRIBE_NOT_HERE = "ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client";
export const MULTI_NESTED = "ERR MULTI calls can not be nested";
export const EXEC_WITHOUT_MULTI = "ERR EXEC without MULTI";
export const DISCARD_WITHOUT_MULTI = "ERR DISCARD without MULTI";
export const WATCH_IN_MULTI = "ERR WATCH inside MULTI is not allowed";
export const EXEC_ABORTED = "EXECABORT Transaction discarded because of previous errors.";

/** EXEC itself was refused. */
export function executionAborted(reason: string): string {
	const text = reason.startsWith("ERR ") ? reason.slice(4) : reason;
	return `EXECABORT Transaction discarded because of: ${text}`;
}

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
export const OUT_OF_RANGE = "ERR value is out of range";
export const INT64_OUT_OF_RANGE =
	"ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807";
export const NO_KEY_COUNT = "ERR numkeys should be greater than 0";
export const KEY_COUNT_TOO_LARGE = "ERR Number of keys can't be greater than number of args";
export const NOT_SORTABLE = "ERR One or more scores can't be converted into double";
export const LIMIT_NEGATIVE = "ERR LIMIT can't be negative";
export const INT32_OUT_OF_RANGE = "ERR value is out of range, value must between -2147483648 and 2147483647";
export const EXPIRE_NX_AND_OTHERS = "ERR NX and XX, GT or LT options at the same time are not compatible";
export const EXPIRE_GT_AND_LT = "ERR GT and LT options at the same time are not compatible";
export const NO_LFU_POLICY =
	"ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.";
export const LFU_POLICY =
	"ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.";
export const TIMEOUT_NOT_AN_INTEGER = "ERR timeout is not an integer or out of range";
export const TIMEOUT_NEGATIVE = "ERR timeout is negative";
export const TIMEOUT_NOT_A_FLOAT = "ERR timeout is not a float or out of range";
export const LIST_INDEX_OUT_OF_RANGE = "ERR index out of range";
export const COUNT_NOT_POSITIVE = "ERR count should be greater than 0";
export const RANK_ZERO =
	"ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list";
export const COUNT_NEGATIVE = "ERR COUNT can't be negative";
export const MAXLEN_NEGATIVE = "ERR MAXLEN can't be negative";

export const INVALID_FIRST_DB_INDEX = "ERR invalid first DB index";
export const INVALID_SECOND_DB_INDEX = "ERR invalid second DB index";
export const OUT_OF_RANGE_DATABASE = "ERR Out of range database";
export const INVALID_COMMAND = "ERR Invalid command specified";
export const NO_KEY_ARGUMENTS = "ERR The command has no key arguments";
export const INVALID_ARITY_FOR_COMMAND = "ERR Invalid number of arguments specified for command";
export const INVALID_ARGUMENTS_FOR_COMMAND = "ERR Invalid arguments specified for command";
export const NO_CONFIG_FILE = "ERR The server is running without a config file";
export const CANNOT_SAVE =
	"MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may modify the data set are disabled, because this instance is configured to report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error.";
export const SCRIPT_CANNOT_SAVE =
	"MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Writable scripts are blocked. Use 'no-writes' flag for read only scripts.";
export const SCRIPT_READ_ONLY_REPLICA = "READONLY Can not run script with write flag on readonly replica";
export const SCRIPT_MASTER_DOWN =
	"MASTERDOWN Link with MASTER is down, replica-serve-stale-data is set to 'no' and 'allow-stale' flag is not set on the script.";
export const COMMAND_ON_STALE_REPLICA = "ERR Can not execute the command on a stale replica";
export const SCRIPT_OUT_OF_MEMORY =
	"OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'";
export const MIGRATE_INSIDE = "ERR MIGRATE is not possible inside a transaction: its client has to wait";
export const MIGRATE_KEY_NOT_EMPTY =
	"ERR When using MIGRATE KEYS option, the key argument must be set to the empty string";
export const MIGRATION_ABANDONED = "IOERR the outcome of the migration was not waited for";
/** Ours alone: Redis lets nobody change anything meanwhile. */
export const MIGRATED_KEY_CHANGES = "IOERR the key changes faster than it can be sent to target instance";
const APPEND_ONLY_ERROR = "MISCONF Errors writing to the AOF file: ";

export function appendOnlyError(reason: string): string {
	return APPEND_ONLY_ERROR + reason;
}

/** The same of a whole script, made of that error. */
export function scriptCannotAppend(error: string): string {
	return `MISCONF Redis is configured to persist data to AOF, but it's currently unable to persist to disk. Writable scripts are blocked. Use 'no-writes' flag for read only scripts. AOF error: ${error.slice(APPEND_ONLY_ERROR.length)}`;
}

export const REWRITE_ALREADY = "ERR Background append only file rewriting already in progress";
export const REWRITE_FAILED =
	"ERR Can't execute an AOF background rewriting. Please check the server logs for more information.";
export const LOCAL_SYNCS_OUT_OF_RANGE = "ERR value is out of range, value must between 0 and 1";
export const WAITAOF_WITHOUT_FILE = "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.";
export const SAVING_ALREADY = "ERR Background save already in progress";
export const REWRITING_ALREADY =
	"ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to schedule a BGSAVE whenever possible.";
/** The log says what it was. */
export const FAILED = "ERR";
export const RELOAD_OPTIONS = "ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.";
export const RELOAD_FAILED = "ERR Error trying to load the RDB dump, check server logs.";
export const RELOAD_AOF_INSIDE = "ERR DEBUG LOADAOF is not possible inside a transaction";
export const RELOAD_AOF_FAILED = "ERR Error trying to load the AOF files, check server logs.";
export const SHUTDOWN_FAILED = "ERR Errors trying to SHUTDOWN. Check logs.";
export const NO_SHUTDOWN = "ERR No shutdown in progress.";
export const RESP2_NOT_SUPPORTED = "ERR RESP2 is not supported by this command";
export const PACKED_THRESHOLD = "ERR argument must be a memory value bigger than 1 and smaller than 4gb";

export const INVALID_UNIT = "ERR unsupported unit provided. please use M, KM, FT, MI";
export const RADIUS_NOT_A_NUMBER = "ERR need numeric radius";
export const RADIUS_NEGATIVE = "ERR radius cannot be negative";
export const WIDTH_NOT_A_NUMBER = "ERR need numeric width";
export const HEIGHT_NOT_A_NUMBER = "ERR need numeric height";
export const BOX_NEGATIVE = "ERR height or width cannot be negative";
export const NOT_A_POSITION = "ERR could not decode requested zset member";
export const COUNT_OPTION_NOT_POSITIVE = "ERR COUNT must be > 0";
export const ANY_WITHOUT_COUNT = "ERR the ANY argument requires COUNT argument";
export const SCORE_NAN = "ERR resulting score is not a number (NaN)";
export const ZADD_NX_AND_XX = "ERR XX and NX options at the same time are not compatible";
export const ZADD_GT_LT_NX = "ERR GT, LT, and/or NX options at the same time are not compatible";
export const ZADD_INCR_ONE_PAIR = "ERR INCR option supports a single increment-element pair";
export const SCORE_RANGE_INVALID = "ERR min or max is not a float";
export const MEMBER_RANGE_INVALID = "ERR min or max not valid string range item";
export const LIMIT_OF_RANKS = "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX";
export const WITHSCORES_OF_MEMBERS = "ERR syntax error, WITHSCORES not supported in combination with BYLEX";
export const WEIGHT_NOT_A_FLOAT = "ERR weight value is not a float";

export const STREAM_ID_INVALID = "ERR Invalid stream ID specified as stream command argument";
export const INTERVAL_START_INVALID = "ERR invalid start ID for the interval";
export const INTERVAL_END_INVALID = "ERR invalid end ID for the interval";
export const STREAM_ID_ZERO = "ERR The ID specified in XADD must be greater than 0-0";
export const STREAM_ID_NOT_GREATER = "ERR The ID specified in XADD is equal or smaller than the target stream top item";
export const STREAM_EXHAUSTED = "ERR The stream has exhausted the last possible ID, unable to add more items";
export const STREAM_ENTRY_TOO_LARGE = "ERR Elements are too large to be stored";
export const TRIM_STRATEGIES = "ERR syntax error, MAXLEN and MINID options at the same time are not compatible";
export const TRIM_WITHOUT_STRATEGY = "ERR syntax error, XTRIM must be called with a trimming strategy";
export const TRIM_LENGTH_NEGATIVE = "ERR The MAXLEN argument must be >= 0.";
export const TRIM_LIMIT_NEGATIVE = "ERR The LIMIT argument must be >= 0.";
export const TRIM_LIMIT_WITHOUT_STRATEGY =
	"ERR syntax error, LIMIT cannot be used without specifying a trimming strategy";
export const TRIM_LIMIT_EXACT = "ERR syntax error, LIMIT cannot be used without the special ~ option";
export const XSETID_BELOW_TOP = "ERR The ID specified in XSETID is smaller than the target stream top item";
export const XSETID_BELOW_GIVEN_DELETED =
	"ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id";
export const XSETID_BELOW_DELETED = "ERR The ID specified in XSETID is smaller than current max_deleted_entry_id";
export const ENTRIES_ADDED_NEGATIVE = "ERR entries_added must be positive";
export const ENTRIES_ADDED_BELOW_LENGTH =
	"ERR The entries_added specified in XSETID is smaller than the target stream length";
export const ENTRIES_READ_NEGATIVE = "ERR value for ENTRIESREAD must be positive or -1";
export const GROUP_OPTION_OF_XREAD = "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.";
export const NOACK_OPTION_OF_XREAD = "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.";
export const GROUP_OPTION_MISSING = "ERR Missing GROUP option for XREADGROUP";
export const NEW_ID_OF_XREAD =
	"ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.";
export const LAST_ID_OF_XREADGROUP =
	"ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.";
export const XGROUP_WITHOUT_KEY =
	"ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.";
export const BUSYGROUP = "BUSYGROUP Consumer Group name already exists";
export const CLAIM_OUT_OF_MEMORY = "ERR Insufficient memory, failed allocating transient memory, COUNT too high.";

export function wrongArity(name: string): string {
	return `ERR wrong number of arguments for '${name}' command`;
}

export function invalidExpire(name: string): string {
	return `ERR invalid expire time in '${name}' command`;
}

/** Quotes as a C string, so up to the first zero byte. */
export function unknownArgument(argument: string): string {
	return `ERR unknown argument: ${argument.replace(/\0.*$/s, "")}`;
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

/** To a client of RESP2 that listens to something. */
export function notWhileSubscribed(name: string): string {
	return (
		`ERR Can't execute '${name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET ` +
		"are allowed in this context"
	);
}

export function hyperLogLogTestFailed(reason: string): string {
	return `ERR TESTFAILED ${reason}`;
}

export function unknownHyperLogLogSubcommand(name: string): string {
	return `ERR Unknown PFDEBUG subcommand '${name}'`;
}

/** What Redis can and we cannot yet. */
export function notSupported(what: string): string {
	return `ERR ${what} is not supported by this version of redis-lite`;
}

/** `doing` is what a migration was at when it failed or its time was over. */
export function migrationFailed(doing: string): string {
	return `IOERR error or timeout ${doing}`;
}

export function targetError(text: string): string {
	return `ERR Target instance replied with error: ${text}`;
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

export const ONE_REDIRECTION = "ERR A client can only redirect to a single other client";
export const REDIRECTION_TO_NOBODY = "ERR The client ID you want redirect to does not exist";
export const PREFIX_WITHOUT_BCAST = "ERR PREFIX option requires BCAST mode to be enabled";
export const TRACKING_MODE_SWITCHED =
	"ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode.";
export const OPTIN_WITH_BCAST = "ERR OPTIN and OPTOUT are not compatible with BCAST";
export const OPTIN_AND_OPTOUT = "ERR You can't specify both OPTIN mode and OPTOUT mode";
export const OPTIN_SWITCHED =
	"ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode.";
export const CACHING_WITHOUT_TRACKING =
	"ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled";
export const CACHING_YES_WITHOUT_OPTIN = "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.";
export const CACHING_NO_WITHOUT_OPTOUT = "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.";

/** `which` is "an existing" or "another provided". */
export function prefixOverlaps(prefix: string, which: string, other: string): string {
	return `ERR Prefix '${prefix}' overlaps with ${which} prefix '${other}'. Prefixes for a single client must not overlap.`;
}

export function clientAttributeInvalid(attribute: string): string {
	return `ERR ${attribute} cannot contain spaces, newlines or special characters.`;
}

export function unknownClientAttribute(attribute: string): string {
	return `ERR Unrecognized option '${attribute}'`;
}

/** The coordinates with six decimals. */
export function invalidCoordinates(longitude: string, latitude: string): string {
	return `ERR invalid longitude,latitude pair ${longitude},${latitude}`;
}

/** `what` stores the result of a search. */
export function storeWithDetails(what: string): string {
	return `ERR ${what} is not compatible with WITHDIST, WITHHASH and WITHCOORD options`;
}

/** `command` as it was sent. */
export function needsOneMiddle(command: string): string {
	return `ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for ${command}`;
}

export function needsOneShape(command: string): string {
	return `ERR exactly one of BYRADIUS and BYBOX can be specified for ${command}`;
}

export function needsInputKey(command: string): string {
	return `ERR at least 1 input key is needed for '${command}' command`;
}

/** `symbol` is the special id of the command. */
export function unbalancedStreams(command: string, symbol: string): string {
	return `ERR Unbalanced '${command}' list of streams: for each stream key an ID or '${symbol}' must be specified.`;
}

export function noSuchKeyOrGroup(key: string, group: string): string {
	return `NOGROUP No such key '${key}' or consumer group '${group}'`;
}

export function noGroupToRead(key: string, group: string): string {
	return `${noSuchKeyOrGroup(key, group)} in XREADGROUP with GROUP option`;
}

export function noSuchGroup(group: string, key: string): string {
	return `NOGROUP No such consumer group '${group}' for key name '${key}'`;
}

/** `command` in capital letters. */
export function minIdleTimeInvalid(command: string): string {
	return `ERR Invalid min-idle-time argument for ${command}`;
}

export function claimOptionInvalid(option: string): string {
	return `ERR Invalid ${option} option argument for XCLAIM`;
}

export function claimOptionUnknown(option: string): string {
	return `ERR Unrecognized XCLAIM option '${option}'`;
}

// What the server tells about itself

export const LOG_COUNT_INVALID = "ERR count should be greater than or equal to -1";
export const COMMAND_LOG_INVALID = "ERR type should be one of the following: slow, large-request, large-reply";
export const MONITOR_INSIDE = "ERR MONITOR isn't allowed for DENY BLOCKING client";
export const NO_KEYS_FOR_SPECTATORS = "ERR Replica can't interact with the keyspace";

export function noLatencySamples(event: string): string {
	return `ERR No samples available for event '${event}'`;
}

// Replication

export function unknownReplicationOption(option: string): string {
	return `ERR Unrecognized REPLCONF option: ${option}`;
}

export function replicaAddressTooLong(length: number): string {
	return `ERR REPLCONF ip-address provided by replica instance is too long: ${length} bytes`;
}

export function unknownFilter(name: string): string {
	return `ERR Unsupported rdb-filter-only option: ${name}`;
}
