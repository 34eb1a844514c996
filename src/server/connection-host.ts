import type { Executor } from "../dispatch/execute.ts";
import type { ReplyWriter } from "../resp/reply-writer.ts";
import type { RequestParser } from "../resp/request-parser.ts";
import type { Backlog } from "./backlog.ts";
import type { ClientConnection } from "./connection.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { Turns } from "./turns.ts";

/** What a connection needs of its server. */
export interface ConnectionHost {
	readonly executor: Executor;
	readonly reply: ReplyWriter;
	readonly groupCommit: GroupCommit;
	readonly backlog: Backlog;
	readonly turns: Turns;
	/** Parser for connections in the middle of nothing; one that is in the middle of something takes it along. */
	parser: RequestParser;
	/** Before a chunk is executed: time moves on. */
	beginBatch(): void;
	/** After a chunk was executed and answered. */
	endBatch(): void;
	/** Longest argument and largest query buffer, bytes. */
	bulkBytesMax(): number;
	queryBytesMax(): number;
	/** Has `resume` called when nobody is being served. */
	resumeSoon(connection: ClientConnection): void;
	/** Called whenever replies had to be queued: says whether the client may keep them. */
	mayQueue(connection: ClientConnection): boolean;
	closed(connection: ClientConnection): void;
	note(bytesIn: number, bytesOut: number): void;
	/** A line for the log about a client that is dropped. */
	logDropped(connection: ClientConnection, reason: string): void;
	/** An error reply was written that no command gave. */
	errorReplied(text: string): void;
	/** Something threw where nothing should: a defect of ours. */
	internalError(where: string, error: unknown): void;
}
