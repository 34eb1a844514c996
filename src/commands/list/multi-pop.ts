import { bytesOf } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { type Argument, integer, key, many, optional } from "../../dispatch/grammar.ts";
import { COUNT_NOT_POSITIVE, NO_KEY_COUNT, SYNTAX_ERROR } from "../../resp/errors.ts";
import { HEAD } from "../../types/list.ts";
import { openList, takeElements, tellPop } from "./opened.ts";
import { endFrom, side } from "./sides.ts";

const COUNT = bytesOf("count");

/** How LMPOP and BLMPOP say what they want. */
export const multiPopArguments: readonly Argument[] = [
	integer("numkeys"),
	many(key("RW ACCESS DELETE")),
	side("where"),
	optional(integer("count", "COUNT")),
];

/**
 * Elements wanted from the first of several lists that has any: the arguments of LMPOP and BLMPOP, once read. There is one
 * object for all calls: a handler is done with it when it returns.
 */
export class MultiPop {
	/** The keys are so many arguments from this one on. */
	firstKey: number;
	keyCount: number;
	private end: boolean;
	private count: number;

	constructor() {
		this.firstKey = 0;
		this.keyCount = 0;
		this.end = HEAD;
		this.count = 1;
	}

	/** Reads the arguments from the number of keys on; false after an error reply. */
	read(call: Call, first: number): boolean {
		const keyCount = call.clampedInteger(first);
		if (!(keyCount > 0)) return fail(call, NO_KEY_COUNT);
		const where = first + 1 + keyCount;
		if (where >= call.argc) return fail(call, SYNTAX_ERROR);
		const end = endFrom(call, where);
		if (end === null) return false;
		this.firstKey = first + 1;
		this.keyCount = keyCount;
		this.end = end;
		this.count = 1;
		const option = where + 1;
		if (option === call.argc) return true;
		if (option + 2 > call.argc || !call.is(option, COUNT)) return fail(call, SYNTAX_ERROR);
		this.count = call.clampedInteger(option + 1);
		if (!(this.count > 0)) return fail(call, COUNT_NOT_POSITIVE);
		return option + 2 === call.argc || fail(call, SYNTAX_ERROR);
	}

	/** Serves the call from the first list there is; false, without a reply, where there is none. */
	serve(call: Call): boolean {
		const end = this.firstKey + this.keyCount;
		for (let key = this.firstKey; key < end; key++) {
			if (!call.findForWrite(key)) continue;
			if (!openList(call, true)) return true;
			call.reply.array(2);
			call.reply.bulk(call.bytes, call.start(key), call.length(key));
			const taken = takeElements(call, key, this.end, this.count);
			if (call.effects.isOn) tellPop(call, key, this.end, taken);
			return true;
		}
		return false;
	}
}

function fail(call: Call, error: string): boolean {
	call.reply.error(error);
	return false;
}
