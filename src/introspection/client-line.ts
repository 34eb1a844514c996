import type { Client } from "../dispatch/client.ts";

/**
 * One client as CLIENT LIST and CLIENT INFO print it: the fields of Redis 7.2 in their order.
 *
 * What Redis keeps per client and we do not is reported as what it is here: replies are written to one buffer that all
 * clients share, so `rbs`, `rbp` and `obl` are 0, and what the network did not take is in the list, `oll` and `omem`.
 */

/** Heap of an idle client: its objects of connection, socket and client. 1,144 bytes on average of 2,000 in Bun 1.4.5. */
export const CLIENT_BYTES = 1144;

/** Memory that is there for this client alone, in bytes. */
export function clientBytes(client: Client): number {
	const { link } = client;
	const texts = client.name.length + client.libraryName.length + client.libraryVersion.length;
	const { subscriptions, transaction, watched, tracking } = client;
	let bytes = CLIENT_BYTES + texts + link.queryCapacityBytes() + link.pendingBytes() + client.argumentBytes;
	for (const part of [subscriptions, transaction, watched, tracking]) bytes += part?.bytesUsed() ?? 0;
	return bytes;
}

/** Without the line end. `isHeldBack` is true for a client whose next command waits for the end of CLIENT PAUSE. */
export function clientLine(client: Client, now_ms: number, isHeldBack: boolean): string {
	const { link, subscriptions } = client;
	const query = link.queryBytes();
	const pending = link.pendingBytes() + (client.replica?.pendingBytes() ?? 0);
	const fields: readonly (readonly [name: string, value: string | number])[] = [
		["id", client.id],
		["addr", link.remoteAddress],
		["laddr", link.localAddress],
		["fd", link.descriptor],
		["name", client.name],
		["age", wholeSeconds(now_ms - client.connectedAt_ms)],
		["idle", wholeSeconds(now_ms - client.lastActive_ms)],
		["flags", flagLetters(client, isHeldBack)],
		["db", client.database],
		["sub", subscriptions?.channels ?? 0],
		["psub", subscriptions?.patterns ?? 0],
		["ssub", subscriptions?.shardChannels ?? 0],
		["multi", client.transaction?.count ?? -1],
		["qbuf", query],
		["qbuf-free", link.queryCapacityBytes() - query],
		["argv-mem", client.argumentBytes],
		["multi-mem", client.transaction?.bytesUsed() ?? 0],
		["rbs", 0],
		["rbp", 0],
		["obl", 0],
		["oll", link.pendingChunks()],
		["omem", pending],
		["tot-mem", clientBytes(client)],
		["events", pending > 0 ? "rw" : "r"],
		["cmd", client.lastCommand === null ? "NULL" : client.lastCommand.fullName],
		["user", client.user],
		["redir", client.tracking?.redirect ?? -1],
		["resp", client.protocol],
		["lib-name", client.libraryName],
		["lib-ver", client.libraryVersion],
	];
	return fields.map(([name, value]) => `${name}=${value}`).join(" ");
}

/** In Redis's order; "N" where there is none. */
function flagLetters(client: Client, isHeldBack: boolean): string {
	let letters = "";
	if (client.monitoring !== null) letters += "O";
	else if (client.replica !== null) letters += "S";
	if (client.isObeyed) letters += "M";
	if (client.subscriptions !== null) letters += "P";
	if (client.transaction !== null) letters += "x";
	if (isHeldBack || client.unblock !== null) letters += "b";
	if (client.tracking !== null) letters += "t";
	if (client.tracking?.isBroken === true) letters += "R";
	if (client.tracking?.isBroadcast === true) letters += "B";
	if (client.watched?.touched === true) letters += "d";
	if (client.closing) letters += "c";
	if (client.link.isUnixSocket) letters += "U";
	if (client.noEvict) letters += "e";
	if (client.noTouch) letters += "T";
	return letters === "" ? "N" : letters;
}

/** A clock that was set back does not make ages negative. */
function wholeSeconds(span_ms: number): number {
	return Math.max(0, Math.floor(span_ms / 1000));
}
