/** Entries in replies. */
import type { ReplyWriter } from "../../resp/reply-writer.ts";
import { StreamReader } from "../../types/stream/reader.ts";
import type { StreamId } from "../../types/stream/stream-id.ts";
import type { Stream } from "../../types/stream.ts";
import { replyId } from "./ids.ts";

const reader = new StreamReader();

/** The entry that a reader has just read: its id, and its fields and values. */
export function replyEntry(reply: ReplyWriter, entry: StreamReader): void {
	reply.array(2);
	replyId(reply, entry.id);
	reply.array(2 * entry.fieldCount);
	const { text } = entry;
	while (entry.nextField()) {
		reply.bulk(text.bytes, text.start, text.length);
		entry.nextValue();
		reply.bulk(text.bytes, text.start, text.length);
	}
}

/** Whether all entries lie between two ids. */
function isAll(stream: Stream, first: StreamId, last: StreamId): boolean {
	return first.compare(stream.firstId) <= 0 && last.compare(stream.lastLiveId) >= 0;
}

/** The entries from one id to another, both included, in order; `limit` of them at most. */
export function replyRange(reply: ReplyWriter, stream: Stream, first: StreamId, last: StreamId, limit: number): void {
	reader.open(stream);
	reader.seek(first);
	const count = isAll(stream, first, last) ? Math.min(stream.length, limit) : reader.count(last, limit);
	reply.array(count);
	for (let i = 0; i < count && reader.next(); i++) replyEntry(reply, reader);
	reader.close();
}

/** The same from the last to the first. */
export function replyRangeBackward(
	reply: ReplyWriter,
	stream: Stream,
	first: StreamId,
	last: StreamId,
	limit: number,
): void {
	reader.open(stream);
	let count = Math.min(stream.length, limit);
	if (!isAll(stream, first, last)) {
		reader.seek(first);
		count = reader.count(last, limit);
		reader.open(stream);
	}
	reply.array(count);
	if (count === 1 && last.compare(stream.lastLiveId) >= 0) {
		if (reader.readLast()) replyEntry(reply, reader);
	} else if (count > 0) {
		reader.seekBackward(last);
		for (let i = 0; i < count && reader.previous(); i++) replyEntry(reply, reader);
	}
	reader.close();
}

/** One entry by its id; false, and nothing written, where there is none. */
export function replyEntryOf(reply: ReplyWriter, stream: Stream, id: StreamId): boolean {
	reader.open(stream);
	const found = reader.find(id);
	if (found) replyEntry(reply, reader);
	reader.close();
	return found;
}
