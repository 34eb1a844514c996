/** Ids as arguments and in replies. What reads one replies the error and returns false where it is none. */
import type { Call } from "../../dispatch/call.ts";
import { INTERVAL_END_INVALID, INTERVAL_START_INVALID, STREAM_ID_INVALID } from "../../resp/errors.ts";
import type { ReplyWriter } from "../../resp/reply-writer.ts";
import type { Counter } from "../../types/stream/counter.ts";
import { ID_WHOLE, idText, parseId, writeId } from "../../types/stream/id-text.ts";
import type { StreamId } from "../../types/stream/stream-id.ts";

const MINUS = 0x2d;
const PLUS = 0x2b;
const OPEN = 0x28;
const ID_WORDS = 4;
const IDS_KEPT_MAX = 1024;

export function replyId(reply: ReplyWriter, id: StreamId): void {
	reply.bulk(idText, 0, writeId(id.msHigh, id.msLow, id.sequenceHigh, id.sequenceLow));
}

/** A count of entries or of deliveries. */
export function replyCounter(reply: ReplyWriter, counter: Counter): void {
	const value = counter.number();
	if (Number.isNaN(value)) reply.bigInteger(counter.value());
	else reply.integer(value);
}

/** A copy of an id's text. */
export function textOfId(id: StreamId): Uint8Array {
	return idText.slice(0, writeId(id.msHigh, id.msLow, id.sequenceHigh, id.sequenceLow));
}

/** An id; without a sequence number it is the first of its millisecond. */
export function readId(call: Call, argument: number, id: StreamId): boolean {
	if (isId(call, argument, id)) return true;
	call.reply.error(STREAM_ID_INVALID);
	return false;
}

/** As readId, without a word to the client. */
export function isId(call: Call, argument: number, id: StreamId): boolean {
	return parseId(call.bytes, call.start(argument), call.end(argument), false, id) === ID_WHOLE;
}

/** Whether the argument is this one character; behind a zero byte there may be anything. */
export function isCharacter(call: Call, argument: number, character: number): boolean {
	const start = call.start(argument);
	if (call.bytes[start] !== character || call.end(argument) === start) return false;
	return call.end(argument) === start + 1 || call.bytes[start + 1] === 0;
}

/** The lower end of an interval: an id, `(` and an id that does not belong to it, or `-`. */
export function readIntervalStart(call: Call, argument: number, id: StreamId): boolean {
	const isOpen = isOpenEnd(call, argument);
	if (!readEnd(call, argument, isOpen, false, id)) return false;
	if (!isOpen || id.increment()) return true;
	call.reply.error(INTERVAL_START_INVALID);
	return false;
}

/** The upper end; without a sequence number it is the last id of its millisecond. */
export function readIntervalEnd(call: Call, argument: number, id: StreamId): boolean {
	const isOpen = isOpenEnd(call, argument);
	if (!readEnd(call, argument, isOpen, true, id)) return false;
	if (!isOpen || id.decrement()) return true;
	call.reply.error(INTERVAL_END_INVALID);
	return false;
}

function isOpenEnd(call: Call, argument: number): boolean {
	return call.length(argument) > 1 && call.bytes[call.start(argument)] === OPEN;
}

function readEnd(call: Call, argument: number, isOpen: boolean, toEnd: boolean, id: StreamId): boolean {
	const start = call.start(argument) + (isOpen ? 1 : 0);
	if (parseId(call.bytes, start, call.end(argument), toEnd, id) === ID_WHOLE) return true;
	if (!isOpen && readExtreme(call, argument, id)) return true;
	call.reply.error(STREAM_ID_INVALID);
	return false;
}

/** `-` and `+`, the smallest and the greatest id. */
export function readExtreme(call: Call, argument: number, id: StreamId): boolean {
	if (isCharacter(call, argument, MINUS)) id.setMin();
	else if (isCharacter(call, argument, PLUS)) id.setMax();
	else return false;
	return true;
}

/** Many ids, for commands that check all of them before they begin with the first. */
export class IdList {
	count: number;
	private words: Int32Array;

	constructor() {
		this.count = 0;
		this.words = new Int32Array(16 * ID_WORDS);
	}

	clear(): void {
		this.count = 0;
		if (this.words.length > IDS_KEPT_MAX * ID_WORDS) this.words = new Int32Array(IDS_KEPT_MAX * ID_WORDS);
	}

	push(id: StreamId): void {
		const at = this.count++ * ID_WORDS;
		if (at === this.words.length) {
			const words = new Int32Array(2 * at);
			words.set(this.words);
			this.words = words;
		}
		id.store(this.words, at);
	}

	load(index: number, id: StreamId): void {
		id.load(this.words, index * ID_WORDS);
	}
}
