import type { ClientLink } from "../dispatch/client.ts";

/** The link of a client that nobody is behind: the server itself. */
export const detachedLink: ClientLink = {
	remoteAddress: "",
	localAddress: "",
	descriptor: -1,
	isUnixSocket: false,
	closeAfterReply() {},
	close() {},
	push() {},
	queryBytes: () => 0,
	queryCapacityBytes: () => 0,
	pendingBytes: () => 0,
	pendingChunks: () => 0,
};
