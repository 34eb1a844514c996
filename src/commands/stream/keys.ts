/** Streams behind the keys of a call, and what is said where there is none. */
import { latin1 } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { WRONG_TYPE } from "../../resp/errors.ts";
import { Stream } from "../../types/stream.ts";
import { STREAM } from "../../types/type.ts";

/** The stream that the database's last find has met; null where it met nothing, or something else. */
export function foundStream(call: Call, found: boolean): Stream | null {
	return found && call.database.type() === STREAM ? (call.database.table.external() as Stream) : null;
}

/** Replies the error where the find has met a value that is no stream. */
export function refusesOther(call: Call, found: boolean): boolean {
	if (!found || call.database.type() === STREAM) return false;
	call.reply.error(WRONG_TYPE);
	return true;
}

/** Makes an empty stream under the key of the last find, which met nothing. */
export function createStream(call: Call): Stream {
	const stream = new Stream();
	call.database.putExternal(STREAM, stream, Infinity);
	return stream;
}

/** Tells the table what a stream of its has grown or shrunk by; `before` are the bytes it had. */
export function accountFor(call: Call, stream: Stream, before: number): void {
	call.database.table.handles.bytes += stream.bytesUsed() - before;
}

/** An argument as error texts quote it: as a C string, which ends at the first zero byte. */
export function quoted(call: Call, argument: number): string {
	return latin1(call.bytes, call.start(argument), call.end(argument)).replace(/\0.*$/s, "");
}
