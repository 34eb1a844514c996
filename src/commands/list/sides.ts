import { bytesOf } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { type Argument, oneOf, token } from "../../dispatch/grammar.ts";
import { SYNTAX_ERROR } from "../../resp/errors.ts";
import { HEAD, TAIL } from "../../types/list.ts";

/** LEFT and RIGHT, as arguments name the ends of a list. */
const LEFT = bytesOf("left");
const RIGHT = bytesOf("right");

export function side(name: string): Argument {
	return oneOf(name, token("left"), token("right"));
}

/** The end that an argument names; null after an error reply. */
export function endFrom(call: Call, argument: number): boolean | null {
	if (call.is(argument, LEFT)) return HEAD;
	if (call.is(argument, RIGHT)) return TAIL;
	call.reply.error(SYNTAX_ERROR);
	return null;
}
