import type { ReplyWriter } from "../../resp/reply-writer.ts";
import { MemberBatch, type MemberSet } from "../../types/set.ts";

const batch = new MemberBatch();

/** Replies with all members, behind a header that the caller has written. */
export function replyMembers(reply: ReplyWriter, set: MemberSet): void {
	set.rewind();
	while (set.read(batch)) reply.bulks(batch.bytes, batch.starts, batch.lengths, batch.count);
	batch.clear();
}
