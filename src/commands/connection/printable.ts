import type { Call } from "../../dispatch/call.ts";

const EXCLAMATION_MARK = 0x21;
const TILDE = 0x7e;

/** Whether the argument can stand in a line of CLIENT LIST: no blanks, no line ends, nothing beyond ASCII. */
export function isPrintable(call: Call, argument: number): boolean {
	const end = call.end(argument);
	for (let at = call.start(argument); at < end; at++) {
		const byte = call.bytes[at]!;
		if (byte < EXCLAMATION_MARK || byte > TILDE) return false;
	}
	return true;
}
