import { bytesOf } from "../../bytes/ascii.ts";
import { parseInteger } from "../../bytes/int64.ts";
import type { Call } from "../../dispatch/call.ts";
import {
	BIT_OFFSET_INVALID,
	BITFIELD_OVERFLOW_INVALID,
	BITFIELD_TYPE_INVALID,
	NOT_AN_INTEGER,
	SYNTAX_ERROR,
} from "../../resp/errors.ts";
import { FAIL, SATURATE, WRAP } from "../../types/bitmap/field.ts";
import { bitOffsetOf, wordFrom } from "./arguments.ts";

/** Kinds of operations. */
export const FIELD_GET = 0;
export const FIELD_SET = 1;
export const FIELD_INCRBY = 2;
/** Changes nothing but what follows it. */
export const FIELD_OVERFLOW = 3;

const WORDS = ["get", "set", "incrby", "overflow"].map(bytesOf);
/** Arguments behind the word. */
const ARGUMENTS = [2, 3, 3, 1];
const OVERFLOW_WORDS = ["wrap", "sat", "fail"].map(bytesOf);
const OVERFLOWS = [WRAP, SATURATE, FAIL];

const SIGNED = 0x69;
const UNSIGNED = 0x75;
const HASH = 0x23;
const SIGNED_BITS_MAX = 64;
/** Replies are int64, so there is no u64. */
const UNSIGNED_BITS_MAX = 63;

/**
 * One operation of BITFIELD as its arguments give it:
 *
 *     for (operation.begin(); i < call.argc; i = operation.next) if (!operation.read(call, i, bytesMax)) return;
 *
 * An OVERFLOW stays in force for the operations behind it. There is one object for all calls.
 */
export class FieldOperation {
	kind: number;
	/** The argument behind it. */
	next: number;
	overflow: number;
	isSigned: boolean;
	bits: number;
	offset: number;
	/** Of SET and INCRBY, NaN where it lies beyond 2^53; its argument is the last before `next`. */
	value: number;

	constructor() {
		this.kind = FIELD_GET;
		this.next = 0;
		this.overflow = WRAP;
		this.isSigned = false;
		this.bits = 0;
		this.offset = 0;
		this.value = 0;
	}

	begin(): void {
		this.overflow = WRAP;
	}

	/** Reads the operation whose word is an argument; replies an error and returns false where it is wrong. */
	read(call: Call, argument: number, bytesMax: number): boolean {
		const kind = wordFrom(call, argument, WORDS);
		if (kind < 0 || argument + ARGUMENTS[kind]! >= call.argc) return fail(call, SYNTAX_ERROR);
		this.kind = kind;
		this.next = argument + ARGUMENTS[kind]! + 1;
		if (kind === FIELD_OVERFLOW) return this.readOverflow(call, argument + 1);
		if (!this.readType(call, argument + 1)) return fail(call, BITFIELD_TYPE_INVALID);
		this.offset = this.readOffset(call, argument + 2, bytesMax);
		if (Number.isNaN(this.offset)) return fail(call, BIT_OFFSET_INVALID);
		if (kind === FIELD_GET) return true;
		this.value = call.integer(argument + 3);
		return !Number.isNaN(call.clampedInteger(argument + 3)) || fail(call, NOT_AN_INTEGER);
	}

	private readOverflow(call: Call, argument: number): boolean {
		const choice = wordFrom(call, argument, OVERFLOW_WORDS);
		if (choice < 0) return fail(call, BITFIELD_OVERFLOW_INVALID);
		this.overflow = OVERFLOWS[choice]!;
		return true;
	}

	/** "i1" to "i64" and "u1" to "u63". */
	private readType(call: Call, argument: number): boolean {
		const { bytes } = call;
		const start = call.start(argument);
		const sign = call.length(argument) === 0 ? 0 : bytes[start]!;
		this.isSigned = sign === SIGNED;
		this.bits = parseInteger(bytes, start + 1, typeEnd(call, argument));
		const bitsMax = this.isSigned ? SIGNED_BITS_MAX : UNSIGNED_BITS_MAX;
		return (this.isSigned || sign === UNSIGNED) && this.bits >= 1 && this.bits <= bitsMax;
	}

	/** A bit, or with "#" before it how many fields of this type lie before. */
	private readOffset(call: Call, argument: number, bytesMax: number): number {
		const start = call.start(argument);
		if (call.length(argument) === 0 || call.bytes[start] !== HASH) return bitOffsetOf(call.integer(argument), bytesMax);
		return bitOffsetOf(this.bits * parseInteger(call.bytes, start + 1, call.end(argument)), bytesMax);
	}
}

/** A type ends at its first zero byte, as a C string does. */
function typeEnd(call: Call, argument: number): number {
	const end = call.end(argument);
	let at = call.start(argument);
	while (at < end && call.bytes[at] !== 0) at++;
	return at;
}

function fail(call: Call, error: string): boolean {
	call.reply.error(error);
	return false;
}
