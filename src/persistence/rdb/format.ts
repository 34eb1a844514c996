/**
 * The numbers of the RDB format, of every version: what files and DUMP payloads are made of.
 *
 *     file      "REDIS" version:4 digits  { opcode … | type key value }…  END  checksum:8
 *     payload   type value  version:2  checksum:8
 *     string    length bytes
 *
 * A length says in its top two bits how it goes on:
 *
 *     00nnnnnn                    6 bits
 *     01nnnnnn nnnnnnnn           14 bits
 *     0x80 n:4                    32 bits, the high ones first
 *     0x81 n:8                    64 bits, the high ones first
 *     11eeeeee                    of a string: encoded in another way, see ENCODED_*
 *
 * Numbers elsewhere have the low bits first.
 */

/** At the start of a file. */
export const MAGIC = "REDIS";
export const VERSION_DIGITS = 4;
/** Of what is written: Redis 7.0 and everything later reads it. */
export const VERSION = 10;
/** Of what has hashes whose fields have deadlines: Redis 7.4 and later. */
export const VERSION_WITH_FIELD_DEADLINES = 12;
/** The highest that is read. */
export const VERSION_MAX = 12;
/** Files have a checksum from this version on. */
export const VERSION_WITH_CHECKSUM = 5;
export const CHECKSUM_BYTES = 8;
/** Behind the value in a DUMP payload: version and checksum. */
export const FOOTER_BYTES = 2 + CHECKSUM_BYTES;

// Lengths

export const LENGTH_6_BITS_END = 1 << 6;
export const LENGTH_14_BITS_END = 1 << 14;
/** Top two bits of the first byte. */
export const LENGTH_6_BITS = 0;
export const LENGTH_14_BITS = 1;
export const LENGTH_ENCODED = 3;
/** First byte as a whole. */
export const LENGTH_32_BITS = 0x80;
export const LENGTH_64_BITS = 0x81;

/** Encodings of a string: the lower six bits behind LENGTH_ENCODED. */
export const ENCODED_INT8 = 0;
export const ENCODED_INT16 = 1;
export const ENCODED_INT32 = 2;
/** compressed length, length, bytes as of bytes/lzf.ts. */
export const ENCODED_LZF = 3;

// Types of values

export const TYPE_STRING = 0;
/** count, elements. */
export const TYPE_LIST = 1;
/** count, members. */
export const TYPE_SET = 2;
/** count, { member, score as text behind its length }. */
export const TYPE_SORTED_SET = 3;
/** count, { field, value }. */
export const TYPE_HASH = 4;
/** count, { member, score:8 }. */
export const TYPE_SORTED_SET_2 = 5;
export const TYPE_MODULE_PRE_RELEASE = 6;
export const TYPE_MODULE = 7;
/** A string that is a zipmap. */
export const TYPE_HASH_ZIPMAP = 9;
/** Strings that are ziplists. */
export const TYPE_LIST_ZIPLIST = 10;
export const TYPE_SET_INTSET = 11;
export const TYPE_SORTED_SET_ZIPLIST = 12;
export const TYPE_HASH_ZIPLIST = 13;
/** count, ziplists. */
export const TYPE_LIST_QUICKLIST = 14;
export const TYPE_STREAM_LISTPACKS = 15;
/** Strings that are listpacks. */
export const TYPE_HASH_LISTPACK = 16;
export const TYPE_SORTED_SET_LISTPACK = 17;
/** count, { container, listpack or the one element itself }. */
export const TYPE_LIST_QUICKLIST_2 = 18;
/** As the one before, and: first id, highest deleted id, entries ever added; entries read by each group. */
export const TYPE_STREAM_LISTPACKS_2 = 19;
export const TYPE_SET_LISTPACK = 20;
/** As the one before, and: when each consumer was last active. */
export const TYPE_STREAM_LISTPACKS_3 = 21;
/** Of release candidates of Redis 7.4: absolute deadlines, and listpacks without a bound. */
export const TYPE_HASH_METADATA_PRE_RELEASE = 22;
export const TYPE_HASH_LISTPACK_EX_PRE_RELEASE = 23;
/** bound:8, count, { deadline - bound + 1 or 0, field, value }. */
export const TYPE_HASH_METADATA = 24;
/** bound:8, listpack of { field, value, deadline or 0 } sorted by deadline, those without one at the end. */
export const TYPE_HASH_LISTPACK_EX = 25;

/** Containers of a quicklist. */
export const CONTAINER_PLAIN = 1;
export const CONTAINER_PACKED = 2;

// Opcodes: in place of a type

export const OPCODE_SLOT_INFO = 244;
export const OPCODE_FUNCTION_2 = 245;
export const OPCODE_FUNCTION_PRE_RELEASE = 246;
export const OPCODE_MODULE_AUXILIARY = 247;
/** idle seconds. */
export const OPCODE_IDLE = 248;
/** frequency:1. */
export const OPCODE_FREQUENCY = 249;
/** name, value. */
export const OPCODE_AUXILIARY = 250;
/** keys, keys with a deadline. */
export const OPCODE_SIZES = 251;
/** moment:8, ms. */
export const OPCODE_DEADLINE_MS = 252;
/** moment:4, s. */
export const OPCODE_DEADLINE_S = 253;
/** number. */
export const OPCODE_DATABASE = 254;
export const OPCODE_END = 255;
