/** Words that effects are made of; see src/keyspace/effects.ts. */
import { bytesOf } from "../bytes/ascii.ts";

export const DEL = bytesOf("DEL");
export const UNLINK = bytesOf("UNLINK");
export const RESTORE = bytesOf("RESTORE");
export const ABSTTL = bytesOf("ABSTTL");
export const SET = bytesOf("SET");
export const PXAT = bytesOf("PXAT");
export const KEEPTTL = bytesOf("KEEPTTL");
export const PEXPIREAT = bytesOf("PEXPIREAT");
export const PERSIST = bytesOf("PERSIST");
export const HSET = bytesOf("HSET");
export const HDEL = bytesOf("HDEL");
export const HPEXPIREAT = bytesOf("HPEXPIREAT");
export const HPERSIST = bytesOf("HPERSIST");
export const HSETEX = bytesOf("HSETEX");
export const FIELDS = bytesOf("FIELDS");
export const LPOP = bytesOf("LPOP");
export const RPOP = bytesOf("RPOP");
export const LMOVE = bytesOf("LMOVE");
export const RPOPLPUSH = bytesOf("RPOPLPUSH");
export const SADD = bytesOf("SADD");
export const SREM = bytesOf("SREM");
/** As Redis writes it. */
export const ZADD = bytesOf("zadd");
export const ZPOPMIN = bytesOf("ZPOPMIN");
export const ZPOPMAX = bytesOf("ZPOPMAX");
export const XCLAIM = bytesOf("XCLAIM");
export const XGROUP = bytesOf("XGROUP");
export const CREATECONSUMER = bytesOf("CREATECONSUMER");
export const SETID = bytesOf("SETID");
export const ENTRIESREAD = bytesOf("ENTRIESREAD");
export const TIME = bytesOf("TIME");
export const RETRYCOUNT = bytesOf("RETRYCOUNT");
export const FORCE = bytesOf("FORCE");
export const JUSTID = bytesOf("JUSTID");
export const LASTID = bytesOf("LASTID");
