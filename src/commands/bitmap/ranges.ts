import { bytesOf } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, READONLY } from "../../dispatch/command.ts";
import { block, integer, key, oneOf, optional, token } from "../../dispatch/grammar.ts";
import { BIT_NOT_ZERO_OR_ONE, NOT_AN_INTEGER, SYNTAX_ERROR, WRONG_TYPE } from "../../resp/errors.ts";
import { countBitRange, findBit } from "../../types/bitmap/range.ts";
import { StringView } from "../../types/string.ts";
import { STRING } from "../../types/type.ts";

/** Ranges of bits: how many of them are set, and where the first of a kind is. */
const BYTE = bytesOf("byte");
const BIT = bytesOf("bit");

const view = new StringView();

/**
 * A range as arguments give it: two ends that both belong to it, negative ones counted from the end of the string, in
 * bytes or in bits. What `read…` is not called for stays as for the whole string; each replies an error and returns false
 * where the argument is wrong. There is one object for all calls.
 */
class BitRange {
	first: number;
	last: number;
	private unitBits: number;

	constructor() {
		this.first = 0;
		this.last = -1;
		this.unitBits = 8;
	}

	begin(): void {
		this.first = 0;
		this.last = -1;
		this.unitBits = 8;
	}

	readFirst(call: Call, argument: number): boolean {
		this.first = call.clampedInteger(argument);
		return !Number.isNaN(this.first) || fail(call, NOT_AN_INTEGER);
	}

	readLast(call: Call, argument: number): boolean {
		this.last = call.clampedInteger(argument);
		return !Number.isNaN(this.last) || fail(call, NOT_AN_INTEGER);
	}

	readUnit(call: Call, argument: number): boolean {
		if (call.is(argument, BIT)) this.unitBits = 1;
		else if (!call.is(argument, BYTE)) return fail(call, SYNTAX_ERROR);
		return true;
	}

	/** Turns the ends into bits of a string of so many bytes; the last lies before the first where there are none. */
	resolve(bytes: number): void {
		const { unitBits } = this;
		const total = (8 / unitBits) * bytes;
		const first = this.first < 0 ? Math.max(0, total + this.first) : this.first;
		const last = Math.min(total - 1, this.last < 0 ? Math.max(0, total + this.last) : this.last);
		this.first = first * unitBits;
		this.last = (last + 1) * unitBits - 1;
	}
}

const range = new BitRange();

function fail(call: Call, error: string): boolean {
	call.reply.error(error);
	return false;
}

/** Points the view at the string at key 1, at nothing where there is none; replies an error for another type. */
function loadString(call: Call): boolean {
	view.length = 0;
	if (!call.findForRead(1)) return true;
	if (call.database.type() !== STRING) return fail(call, WRONG_TYPE);
	view.load(call.database.table);
	return true;
}

function bitcount(call: Call): void {
	const { argc, reply } = call;
	if (argc === 3 || argc > 5) return reply.error(SYNTAX_ERROR);
	range.begin();
	if (argc > 3 && !(range.readFirst(call, 2) && range.readLast(call, 3))) return;
	if (argc === 5 && !range.readUnit(call, 4)) return;
	if (!loadString(call)) return;
	if (argc > 3 && isReversedBehindStart(call)) return reply.integer(0);
	range.resolve(view.length);
	if (range.first > range.last) return reply.integer(0);
	reply.integer(countBitRange(view.bytes, view.start, range.first, range.last));
}

/**
 * Whether the range of arguments 2 and 3 is reversed, both ends being counted from the end: it is empty, though each of its
 * ends might be moved to the beginning of the string. What was clamped is compared as it was sent.
 */
function isReversedBehindStart(call: Call): boolean {
	const { first, last } = range;
	if (first >= 0 || last >= 0) return false;
	if (first !== last || first !== Number.MIN_SAFE_INTEGER) return first > last;
	return BigInt(call.latin1(2)) > BigInt(call.latin1(3));
}

/** A string is thought to go on in zeros behind its end, unless the range has an end of its own. */
function bitpos(call: Call): void {
	const { argc, reply } = call;
	const bit = call.clampedInteger(2);
	if (Number.isNaN(bit)) return reply.error(NOT_AN_INTEGER);
	if (bit !== 0 && bit !== 1) return reply.error(BIT_NOT_ZERO_OR_ONE);
	if (argc > 6) return reply.error(SYNTAX_ERROR);
	range.begin();
	if (argc > 3 && !range.readFirst(call, 3)) return;
	if (argc === 6 && !range.readUnit(call, 5)) return;
	if (argc > 4 && !range.readLast(call, 4)) return;
	if (!loadString(call)) return;
	if (call.database.table.offset === 0) return reply.integer(bit === 0 ? 0 : -1);
	range.resolve(view.length);
	if (range.first > range.last) return reply.integer(-1);
	const found = findBit(view.bytes, view.start, range.first, range.last, bit);
	reply.integer(found < 0 && bit === 0 && argc < 5 ? 8 * view.length : found);
}

const unit = optional(oneOf("index_unit", token("byte"), token("bit")), "7.0.0");

export const rangeCommands: readonly CommandRow[] = [
	{
		name: "bitcount",
		since: "2.6.0",
		group: "bitmap",
		complexity: "O(N), N being the number of bytes in the range.",
		summary: "Counts the bits that are set in the string at a key, or in a range of it.",
		flags: READONLY,
		args: [key("RO ACCESS"), optional(block("index", integer("start"), integer("end"), unit))],
		history: [["7.0.0", "The option `BYTE|BIT` came."]],
		run: bitcount,
	},
	{
		name: "bitpos",
		since: "2.8.7",
		group: "bitmap",
		complexity: "O(N), N being the number of bytes up to the bit.",
		summary: "Finds the first bit that is set, or is not, in the string at a key or in a range of it.",
		flags: READONLY,
		args: [
			key("RO ACCESS"),
			integer("bit"),
			optional(block("index", integer("start"), optional(block("end_index", integer("end"), unit)))),
		],
		history: [["7.0.0", "The option `BYTE|BIT` came."]],
		run: bitpos,
	},
];
