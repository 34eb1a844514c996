/** Hashes looked at a few fields at a time, and fields at random. */

import { bytesOf } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, READONLY } from "../../dispatch/command.ts";
import { block, integer, key, optional, pattern, token } from "../../dispatch/grammar.ts";
import { INT64_OUT_OF_RANGE, NOT_AN_INTEGER, OUT_OF_RANGE, SYNTAX_ERROR } from "../../resp/errors.ts";
import type { ReplyWriter } from "../../resp/reply-writer.ts";
import { HASH } from "../../types/type.ts";
import { MemberScan } from "../member-scan.ts";
import { SCAN_NOVALUES } from "../scan-options.ts";
import { hash, openForRead } from "./open.ts";

const WITHVALUES = bytesOf("withvalues");

/** Where fewer than one field of so many is wanted, drawing until all are different beats looking at each. */
const FIELDS_TO_DRAWN = 3;
/** A reply may be as long as the longest string. Redis would try to write any, and run out of memory. */
const REPLY_BYTES_MAX = 2 ** 29;
const BULK_BYTES_MIN = 6;
const INT64_MIN = "-9223372036854775808";
/** Half of an int64: a count of fields with values counts twice. */
const PAIRS_MAX = 2n ** 62n - 1n;

const page = new MemberScan();

function hscan(call: Call): void {
	if (!page.begin(call, HASH, SCAN_NOVALUES)) return;
	const { reply } = call;
	const { options } = page;
	hash.open(call.database, call.keyspace.limits, call.keyspace.now_ms);
	let elements = 0;
	const next = hash.scan(page.cursor, options.count, () => {
		const { fieldBytes, fieldStart, fieldLength } = hash;
		if (!options.matches(call, fieldBytes, fieldStart, fieldStart + fieldLength)) return;
		reply.bulk(fieldBytes, fieldStart, fieldLength);
		elements++;
		if (!options.withValues) return;
		reply.bulk(hash.valueBytes, hash.valueStart, hash.valueLength);
		elements++;
	});
	page.end(call, next, elements);
}

function hrandfield(call: Call): void {
	const { keyspace, reply } = call;
	if (call.argc > 2) return drawMany(call);
	if (!openForRead(call)) return;
	if (hash.loadRandom(keyspace.random)) reply.bulk(hash.fieldBytes, hash.fieldStart, hash.fieldLength);
	else reply.null();
}

function drawMany(call: Call): void {
	const { reply } = call;
	const count = call.clampedInteger(2);
	if (Number.isNaN(count)) return reply.error(NOT_AN_INTEGER);
	if (count === Number.MIN_SAFE_INTEGER && call.latin1(2) === INT64_MIN) return reply.error(INT64_OUT_OF_RANGE);
	const withValues = call.argc > 3;
	if (call.argc > 4 || (withValues && !call.is(3, WITHVALUES))) return reply.error(SYNTAX_ERROR);
	if (withValues && !isHalfOfInt64(call)) return reply.error(OUT_OF_RANGE);
	if (!openForRead(call)) return;
	const size = hash.count();
	if (size === 0 || count === 0) reply.array(0);
	else if (count < 0) drawWithRepeats(call, -count, withValues);
	else if (!hash.isPacked() && count * FIELDS_TO_DRAWN <= size) drawDistinct(call, count, withValues);
	else sample(call, Math.min(count, size), size, withValues);
}

function isHalfOfInt64(call: Call): boolean {
	const count = BigInt(call.latin1(2));
	return count >= -PAIRS_MAX && count <= PAIRS_MAX;
}

/** In RESP3 a field and its value are an array of two. */
function replyHeader(reply: ReplyWriter, count: number, withValues: boolean): void {
	reply.array(withValues && reply.protocol !== 3 ? 2 * count : count);
}

function replyLoaded(reply: ReplyWriter, withValues: boolean): void {
	if (withValues && reply.protocol === 3) reply.array(2);
	reply.bulk(hash.fieldBytes, hash.fieldStart, hash.fieldLength);
	if (withValues) reply.bulk(hash.valueBytes, hash.valueStart, hash.valueLength);
}

function drawWithRepeats(call: Call, count: number, withValues: boolean): void {
	const { keyspace, reply } = call;
	if (count > REPLY_BYTES_MAX / BULK_BYTES_MIN) return reply.error(OUT_OF_RANGE);
	const mark = reply.length;
	replyHeader(reply, count, withValues);
	for (; count > 0; count--) {
		hash.loadRandom(keyspace.random);
		replyLoaded(reply, withValues);
		if (reply.length - mark <= REPLY_BYTES_MAX) continue;
		reply.truncate(mark);
		return reply.error(OUT_OF_RANGE);
	}
}

/** Draws again where a field has come before. Two fields of one hash value count as the same, which does no harm. */
function drawDistinct(call: Call, count: number, withValues: boolean): void {
	const { database, keyspace, reply } = call;
	const drawn = new Set<number>();
	replyHeader(reply, count, withValues);
	while (drawn.size < count) {
		hash.loadRandom(keyspace.random);
		const before = drawn.size;
		drawn.add(database.hash(hash.fieldBytes, hash.fieldStart, hash.fieldLength));
		if (drawn.size > before) replyLoaded(reply, withValues);
	}
}

/** Goes through all fields and takes each with the chance that is left to it. */
function sample(call: Call, count: number, size: number, withValues: boolean): void {
	const { keyspace, reply } = call;
	let left = size;
	let wanted = count;
	replyHeader(reply, count, withValues);
	hash.forEach(() => {
		if (keyspace.random.below(left--) >= wanted) return;
		wanted--;
		replyLoaded(reply, withValues);
	});
}

export const scanCommands: readonly CommandRow[] = [
	{
		name: "hscan",
		since: "2.8.0",
		group: "hash",
		complexity: "O(1) a call, O(N) for a whole iteration until the cursor is 0 again, N being the number of fields.",
		summary: "Lists the fields of a hash a few at a time.",
		flags: READONLY,
		args: [
			key("RO ACCESS"),
			integer("cursor"),
			optional(pattern("pattern", "MATCH")),
			optional(integer("count", "COUNT")),
			optional(token("novalues"), "7.4.0"),
		],
		tips: ["nondeterministic_output"],
		run: hscan,
	},
	{
		name: "hrandfield",
		since: "6.2.0",
		group: "hash",
		complexity: "O(N), N being the number of fields returned.",
		summary: "Returns random fields of a hash; the same may come several times where the count is negative.",
		flags: READONLY,
		args: [key("RO ACCESS"), optional(block("options", integer("count"), optional(token("withvalues"))))],
		tips: ["nondeterministic_output"],
		run: hrandfield,
	},
];
