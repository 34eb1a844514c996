import type { ClientLink } from "./client.ts";

/** The link of a client that nobody is behind: the server itself, a file. */
export const detachedLink: ClientLink = {
	remoteAddress: "",
	localAddress: "",
	descriptor: -1,
	isUnixSocket: false,
	closeAfterReply() {},
	close() {},
	end() {},
	push() {},
	sendPart: () => 0,
	queryBytes: () => 0,
	queryCapacityBytes: () => 0,
	pendingBytes: () => 0,
	pendingChunks: () => 0,
};
