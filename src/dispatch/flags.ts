/** Flags as bits; FLAG_NAMES in `describe.ts` says how COMMAND INFO spells them. */
export const WRITE = 1 << 0;
export const READONLY = 1 << 1;
/** May use more memory: refused when out of it. */
export const DENYOOM = 1 << 2;
export const ADMIN = 1 << 3;
export const PUBSUB = 1 << 4;
export const NOSCRIPT = 1 << 5;
export const BLOCKING = 1 << 6;
/** Allowed while the data set loads. */
export const LOADING = 1 << 7;
/** Allowed on a replica with stale data. */
export const STALE = 1 << 8;
export const SKIP_MONITOR = 1 << 9;
export const SKIP_SLOWLOG = 1 << 10;
export const ASKING = 1 << 11;
/** O(1) or O(log n). */
export const FAST = 1 << 12;
/** Allowed before authentication. */
export const NO_AUTH = 1 << 13;
export const MAY_REPLICATE = 1 << 14;
export const NO_MANDATORY_KEYS = 1 << 15;
export const NO_ASYNC_LOADING = 1 << 16;
export const NO_MULTI = 1 << 17;
export const ALLOW_BUSY = 1 << 18;
/** Has to be enabled by configuration: enable-debug-command and its like. */
export const PROTECTED = 1 << 19;
/**
 * Ours alone: as short as a FAST command although Redis does not call it so (SET). Runs of such commands share two
 * readings of the clock.
 */
export const BRIEF = 1 << 20;

/** Ours alone: a client of RESP2 may give it while it listens to something. */
export const IN_SUBSCRIBER_MODE = 1 << 21;
/** Ours alone: replies by pushes, which CLIENT REPLY does not drop. */
export const REPLIES_BY_PUSH = 1 << 22;
/** Ours alone: refused with the commands that write although it writes nothing: PING. */
export const REFUSED_WITH_WRITES = 1 << 23;
/** Ours alone: run at once between MULTI and EXEC, where others are queued. */
export const NOT_QUEUED = 1 << 24;
/** Ours alone: the flags of what was queued count as its own: EXEC. */
export const QUEUED_FLAGS_COUNT = 1 << 25;
