/**
 * Commands for campaigns of several connections, as lines in which words between angle brackets are chosen anew each
 * time: few keys, so that connections meet; nothing that depends on chance, on the moment, or on the order of a table.
 */
import { sealed } from "../fuzzers/payloads.ts";
import type { Source } from "./source.ts";

export type Words = readonly string[];

const fitting: Readonly<Record<string, readonly string[]>> = {
	s: ["s1", "s2"],
	l: ["l1", "l2"],
	h: ["h1"],
	t: ["t1", "t2"],
	z: ["z1", "z2"],
	x: ["x1", "x2"],
};

/** Every key there may be. */
export const interleaveKeys: readonly string[] = Object.values(fitting).flat();

const parts: Readonly<Record<string, (source: Source) => string>> = {
	k: (source) => source.choose(interleaveKeys),
	v: (source) => source.choose(["1", "2", "v", "", "3.5"]),
	n: (source) => source.choose(["0", "1", "2", "-1", "5"]),
	e: (source) => source.choose(["a", "b", "1", "2"]),
	f: (source) => source.choose(["f", "g", "h"]),
	i: (source) => `${source.between(1, 6)}-${source.choose(["*", "*", "0", "1"])}`,
	j: (source) => `${source.between(1, 6)}-${source.choose(["0", "0", "0", "1"])}`,
	g: (source) => source.choose(["g1", "g2"]),
	c: (source) => source.choose(["c1", "c2"]),
	far: (source) => source.choose(["4102444800000", "4102444801000"]),
	db: (source) => source.choose(["0", "1"]),
	channel: (source) => source.choose(["c1", "c2"]),
	dump: (source) => source.choose(payloads),
	// Replaced by the id of the connection in this seat, which each server has given another one.
	seat: (source) => `{id ${source.below(4)}}`,
};

/** A value as DUMP has it, in the version of Redis 7.0. */
const payload = (content: string): string =>
	Buffer.from(sealed(new Uint8Array(Buffer.from(content, "latin1")), 10)).toString("latin1");

/** A string, a list, a set of strings. */
const payloads = [payload("\x00\x01v"), payload("\x01\x02\x01a\x01b"), payload("\x02\x01\x01a"), "spoiled"];

export function fill(source: Source, line: string): Words {
	return line.split(" ").map((word) =>
		word.replace(/<(\w+)>/g, (_, name: string) => {
			const keys = fitting[name];
			// Now and then one of another type.
			if (keys !== undefined) return source.chance(93) ? source.choose(keys) : source.choose(interleaveKeys);
			return parts[name]!(source);
		}),
	);
}

const lines = (text: string): readonly string[] =>
	text
		.split("\n")
		.map((line) => line.trim())
		.filter((line) => line !== "");

/** Those that write, or may. */
export const writing = lines(`
	SET <s> <v>
	SET <s> <v> NX
	SET <s> <v> XX GET
	SET <s> <v> PXAT <far>
	SET <s> <v> KEEPTTL
	SETNX <s> <v>
	GETSET <s> <v>
	GETDEL <s>
	GETEX <s> PERSIST
	GETEX <s> PXAT <far>
	GETEX <s> PXAT 1
	GETEX <s>
	INCR <s>
	DECRBY <s> <n>
	INCRBYFLOAT <s> <n>
	APPEND <s> <v>
	SETRANGE <s> <n> <v>
	SETBIT <s> 7 1
	BITOP NOT <s> <s>
	BITOP AND <s> <s> <s>
	BITFIELD <s> SET u8 0 <n>
	BITFIELD <s> GET u8 0
	BITFIELD <s> OVERFLOW FAIL INCRBY u2 0 3
	MSET <s> <v> <s> <v>
	MSETNX <s> <v> <s> <v>
	PFADD <s> <e>
	PFADD <s>
	PFMERGE <s> <s>
	PFCOUNT <s>
	LPUSH <l> <e> <e>
	RPUSH <l> <e>
	RPUSH <l> <e>
	LPUSHX <l> <e>
	RPUSHX <l> <e>
	LPOP <l>
	LPOP <l> <n>
	RPOP <l> <n>
	LSET <l> <n> <e>
	LINSERT <l> BEFORE <e> <e>
	LREM <l> <n> <e>
	LTRIM <l> <n> <n>
	LTRIM <l> 0 -1
	RPOPLPUSH <l> <l>
	LMOVE <l> <l> LEFT RIGHT
	LMPOP 2 <l> <l> LEFT COUNT <n>
	HSET <h> <f> <v>
	HSET <h> <f> <v> <f> <v>
	HSETNX <h> <f> <v>
	HMSET <h> <f> <v>
	HDEL <h> <f> <f>
	HINCRBY <h> <f> <n>
	HINCRBYFLOAT <h> <f> <n>
	SADD <t> <e> <e>
	SREM <t> <e> <e>
	SMOVE <t> <t> <e>
	SINTERSTORE <t> <t> <t>
	SUNIONSTORE <t> <t> <t>
	SDIFFSTORE <t> <t> <t>
	ZADD <z> <n> <e>
	ZADD <z> XX CH <n> <e>
	ZADD <z> NX <n> <e>
	ZADD <z> GT INCR <n> <e>
	ZINCRBY <z> <n> <e>
	ZREM <z> <e> <e>
	ZREMRANGEBYRANK <z> <n> <n>
	ZREMRANGEBYSCORE <z> <n> <n>
	ZREMRANGEBYLEX <z> - +
	ZPOPMIN <z>
	ZPOPMAX <z> <n>
	ZMPOP 2 <z> <z> MIN
	ZRANGESTORE z1 <z> 0 <n>
	ZUNIONSTORE z1 2 <z> <z>
	ZINTERSTORE z1 2 <z> <t>
	ZDIFFSTORE z1 2 <z> <z>
	GEOADD <z> <n> <n> <e>
	GEOSEARCHSTORE z1 <z> FROMLONLAT 1 1 BYRADIUS 1000 km ASC
	GEORADIUS <z> 1 1 1000 km ASC STORE z1
	XADD <x> <i> <f> <v>
	XADD <x> <i> <f> <v>
	XADD x1 NOMKSTREAM MAXLEN 2 <i> <f> <v>
	XDEL x1 <j> <j>
	XTRIM x1 MAXLEN <n>
	XTRIM x1 MINID <j>
	XGROUP CREATE x1 <g> <j>
	XGROUP CREATE x1 <g> 0 MKSTREAM
	XGROUP CREATE x1 <g> $ MKSTREAM ENTRIESREAD <n>
	XGROUP SETID x1 <g> <j>
	XGROUP SETID x1 <g> 0
	XGROUP DESTROY x1 <g>
	XGROUP CREATECONSUMER x1 <g> <c>
	XGROUP DELCONSUMER x1 <g> <c>
	XREADGROUP GROUP <g> <c> STREAMS x1 >
	XREADGROUP GROUP <g> <c> COUNT 1 STREAMS x1 >
	XREADGROUP GROUP <g> <c> NOACK STREAMS x1 >
	XREADGROUP GROUP <g> <c> STREAMS x1 0
	XACK x1 <g> <j> <j>
	XCLAIM x1 <g> <c> 0 <j> <j>
	XCLAIM x1 <g> <c> 0 <j> FORCE JUSTID
	XAUTOCLAIM x1 <g> <c> 0 0
	XAUTOCLAIM x1 <g> <c> 0 <j> COUNT 1 JUSTID
	DEL <k> <k>
	UNLINK <k>
	RENAME <k> <k>
	RENAMENX <k> <k>
	MOVE <k> <db>
	COPY <k> <k>
	COPY <k> <k> REPLACE
	COPY <k> <k> DB <db> REPLACE
	PEXPIREAT <k> <far>
	PEXPIREAT <k> <far> NX
	PEXPIREAT <k> <far> GT
	PEXPIRE <k> -1
	EXPIREAT <k> 1
	PERSIST <k>
	RESTORE <k> 0 <dump>
	RESTORE <k> 0 <dump> REPLACE
	RESTORE <k> <far> <dump> ABSTTL REPLACE
	RESTORE <k> 1 <dump> ABSTTL REPLACE
	SORT <l> ALPHA STORE l1
	SORT <t> ALPHA STORE l1
	FLUSHDB
	FLUSHALL
	FLUSHALL ASYNC
	SWAPDB 0 1
	SWAPDB <db> <db>
	TOUCH <k> <k>
`);

/**
 * Those that write by chance or what the moment is, or let Redis 7.0 serve readers of streams with nothing: for tests of
 * what is touched.
 */
export const writingByChance = lines(`
	XSETID <x> <j>
	XSETID <x> 100-0 ENTRIESADDED 100 MAXDELETEDID 0-0
	SETEX <s> 100000 <v>
	EXPIRE <k> 100000
	SPOP <t>
	SPOP <t> <n>
	XADD <x> * <f> <v>
	XADD <x> MAXLEN ~ 1 * <f> <v>
`);

export const reading = lines(`
	GET <s>
	STRLEN <k>
	MGET <s> <s> <k>
	EXISTS <k> <k>
	TYPE <k>
	PEXPIRETIME <k>
	LRANGE <l> 0 -1
	LLEN <l>
	HGETALL <h>
	HGET <h> <f>
	SCARD <t>
	SMISMEMBER <t> a b
	ZRANGE <z> 0 -1 WITHSCORES
	XLEN <x>
	XRANGE <x> - +
	XPENDING <x> <g>
	XREAD STREAMS <x> <x> 0 <j>
	DBSIZE
	SORT <t> ALPHA
	PING
	ECHO <v>
	LCS <s> <s>
`);

/**
 * With one key each: who waits for several is refused since 7.2 where another of them has got a wrong type meanwhile, for
 * the command is run anew. The key is none that a STORE may overwrite, for Redis serves nobody from a list that takes the
 * place of something else. Readers of groups are left out: since 7.2 they come to be in whatever takes a stream's place.
 */
export const blocking = lines(`
	BLPOP l2 0
	BRPOP l2 0
	BLMOVE l2 <l> LEFT LEFT 0
	BRPOPLPUSH l2 <l> 0
	BLMPOP 0 1 l2 RIGHT COUNT 2
	BZPOPMIN z2 0
	BZPOPMAX z2 0
	BZMPOP 0 1 z2 MAX
	XREAD BLOCK 0 STREAMS x2 $
	XREAD COUNT 1 BLOCK 0 STREAMS x2 <j>
`);

/** Those that are about the connection, and transactions. */
export const conversing = lines(`
	MULTI
	MULTI
	MULTI
	EXEC
	EXEC
	EXEC
	WATCH <k>
	WATCH <k> <k>
	WATCH <k> <k>
	UNWATCH
	SELECT <db>
	SELECT <db>
	SELECT 99
	HELLO 3
	HELLO 2
	HELLO 9
	RESET
	QUIT
	CLIENT REPLY OFF
	CLIENT REPLY ON
	CLIENT REPLY ON
	CLIENT REPLY SKIP
	CLIENT UNBLOCK <seat>
	CLIENT UNBLOCK <seat> ERROR
	CLIENT UNBLOCK <seat> TIMEOUT
	CLIENT KILL ID <seat>
	SUBSCRIBE <channel>
	UNSUBSCRIBE <channel>
	PSUBSCRIBE c*
	PUNSUBSCRIBE c*
	SSUBSCRIBE <channel>
	SUNSUBSCRIBE <channel>
	PUBLISH <channel> <v>
	PUBLISH <channel> <v>
	SPUBLISH <channel> <v>
	PUBSUB NUMSUB c1 c2
`);

/** Those that spoil what is queued. */
export const refused = lines(`
	EXEC <v>
	DISCARD
	GET
	NOSUCH <v>
	CONFIG NOSUCH
	SHUTDOWN SAVE NOSAVE
	SELECT
`);
