import type { ReplyWriter } from "../resp/reply-writer.ts";
import type { Call } from "./call.ts";

/** What a command waits for that cannot be served yet: BLPOP and its like. */
export interface BlockRequest {
	/** Type code of the values it takes from: LIST, SORTED_SET or STREAM. */
	readonly type: number;
	/** Its keys are so many arguments from this one on. */
	readonly firstKey: number;
	readonly keyCount: number;
	/** 0 for ever. */
	readonly timeout_ms: number;
	/** Also run again when a key is deleted or gets another type, to say so: XREADGROUP. */
	readonly wakesWithoutKey: boolean;
	/** Writes the reply for "time is over". */
	readonly timedOut: (reply: ReplyWriter) => void;
	/** Writes the reply where waiting is not allowed (MULTI, a script), if that is another one. */
	readonly notNow?: (reply: ReplyWriter) => void;
	/** Arguments that are others when the command is run again, by number: the `$` of XREAD. */
	readonly replaced?: ReadonlyMap<number, Uint8Array>;
}

/** Takes clients that have to wait. */
export interface Blocker {
	/** Whether `serve` has something to do. */
	readonly isReady: boolean;
	block(call: Call, request: BlockRequest): void;
	/** Called behind each command that left somebody to be served. */
	serve(): void;
}
