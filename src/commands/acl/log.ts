/** ACL LOG: who was refused what. */
import type { LogEntry } from "../../acl/access-log.ts";
import { DENIED_AUTHENTICATION, DENIED_CHANNEL, DENIED_COMMAND, DENIED_KEY } from "../../acl/denial.ts";
import { bytesOf, latin1Bytes } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { NOT_AN_INTEGER, subcommandSyntax } from "../../resp/errors.ts";
import type { ReplyWriter } from "../../resp/reply-writer.ts";
import type { AclServices } from "./services.ts";

const RESET = bytesOf("reset");
/** Entries shown where nobody says how many. */
const SHOWN = 10;

const REASONS: Readonly<Record<number, string>> = {
	[DENIED_COMMAND]: "command",
	[DENIED_KEY]: "key",
	[DENIED_AUTHENTICATION]: "auth",
	[DENIED_CHANNEL]: "channel",
};

export function log({ accounts }: AclServices, call: Call): void {
	const { argc, reply } = call;
	if (argc > 3) return reply.error(subcommandSyntax(call.latin1(1), "acl"));
	let shown = SHOWN;
	if (argc === 3 && call.is(2, RESET)) {
		accounts.refusals.clear();
		return reply.ok();
	}
	if (argc === 3) {
		shown = call.clampedInteger(2);
		if (Number.isNaN(shown)) return reply.error(NOT_AN_INTEGER);
	}
	const entries = accounts.refusals.entries.slice(0, Math.max(0, shown));
	reply.array(entries.length);
	for (const entry of entries) replyEntry(reply, entry, call.keyspace.now_ms);
}

function replyEntry(reply: ReplyWriter, entry: LogEntry, now_ms: number): void {
	reply.map(10);
	reply.bulkText("count");
	reply.integer(entry.count);
	reply.bulkText("reason");
	reply.bulkText(REASONS[entry.reason]!);
	reply.bulkText("context");
	reply.bulkText(entry.context);
	reply.bulkText("object");
	reply.bulkBytes(latin1Bytes(entry.object));
	reply.bulkText("username");
	reply.bulkBytes(latin1Bytes(entry.user));
	reply.bulkText("age-seconds");
	reply.double((now_ms - entry.updatedAt_ms) / 1000);
	reply.bulkText("client-info");
	reply.bulkText(entry.client);
	reply.bulkText("entry-id");
	reply.integer(entry.number);
	reply.bulkText("timestamp-created");
	reply.integer(entry.createdAt_ms);
	reply.bulkText("timestamp-last-updated");
	reply.integer(entry.updatedAt_ms);
}
