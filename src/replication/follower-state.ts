/**
 * How far a replica has come with its master, in ROLE's words:
 *
 *     "connect" ─▶ "connecting" ─▶ "handshake" ─▶ "sync" ─▶ "connected"
 *         ▲ a second later, whatever failed             the copy, or part of it    the master's commands come in
 */
export type LinkRole = "connect" | "connecting" | "handshake" | "sync" | "connected";

/** The full copy that is on its way. */
export interface CopyState {
	/** 0 where the master has not said. */
	readonly totalBytes: number;
	readonly readBytes: number;
	/** Seconds since bytes last came. */
	readonly lastIo_s: number;
}

/** What a replica tells of its master, in plain values as of now. */
export interface FollowerState {
	readonly host: string;
	readonly port: number;
	readonly role: LinkRole;
	/** "connected". */
	readonly linkIsUp: boolean;
	/** Seconds since the master was last heard, -1 where there is no link. */
	readonly lastIo_s: number;
	/** A full copy is on its way. */
	readonly isSyncing: boolean;
	/** Bytes of the history received, and executed; without a link, those of the position that is kept, 1 for none. */
	readonly readOffset: number;
	readonly offset: number;
	readonly copy: CopyState | null;
	/** Seconds since there was a link, -1 while there is one or where there never was. */
	readonly downSince_s: number;
}
