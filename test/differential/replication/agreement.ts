/**
 * Whether a replica has what its leader has: every key with content and exact deadline, the digest, functions, numbers of
 * keys, offset; and whether one of them has been through something that never may be.
 */
import type { Reply } from "../../support/reply.ts";
import { differences, words } from "../../support/same-data.ts";
import { type ReplicationGroup, settling_ms } from "./group.ts";
import type { ServerNode } from "./node.ts";

/** What differs between two servers that nobody writes to, in words. */
export async function disagreements(leader: ServerNode, replica: ServerNode): Promise<string[]> {
	const found = await differences(leader, replica, "content");
	const [left, right] = [await functionsOf(leader), await functionsOf(replica)];
	if (left !== right) found.push(`functions: ${left}\n    ${right}`);
	const offsets = [await leader.count("master_repl_offset"), await replica.count("master_repl_offset")];
	// The leader may have sent a PING meanwhile.
	if (Math.abs(offsets[0]! - offsets[1]!) > 100) found.push(`offsets ${offsets.join(" ")}`);
	return found.map((line) => `${leader.name} and ${replica.name}: ${line}`);
}

/** The same from digests and deadlines alone, for data too large to be read. */
export async function largeDisagreements(leader: ServerNode, replica: ServerNode): Promise<string[]> {
	const digests = [await leader.digest(), await replica.digest()];
	if (digests[0] !== digests[1]) return [`${leader.name} and ${replica.name}: DEBUG DIGEST ${digests.join(" ")}`];
	return [];
}

async function functionsOf(node: ServerNode): Promise<string> {
	const { items } = (await node.command("FUNCTION", "LIST", "WITHCODE")).tree();
	// Neither libraries nor their functions are in an order.
	return items.map(sortedWords).sort().join("\n");
}

const sortedWords = (reply: Reply): string =>
	reply.items.length === 0 ? words(reply, []) : `(${reply.items.map(sortedWords).sort().join(" ")})`;

/** Of a whole group at rest: every replica against the first of them, and their logs. */
export async function groupDisagreements(group: ReplicationGroup, wait_ms = settling_ms): Promise<string[]> {
	const unsettled = await group.settle(wait_ms);
	const found: string[] = unsettled === "" ? [] : [unsettled];
	for (const index of group.replicas()) found.push(...(await disagreements(group.leader, group.nodes[index]!)));
	return [...found, ...(await alarms(group))];
}

/** What went wrong within servers: lines of logs, errors of ours that we counted, processes that are gone. */
export async function alarms(group: Pick<ReplicationGroup, "nodes">): Promise<string[]> {
	const found: string[] = [];
	for (const node of group.nodes) {
		found.push(...node.alarms().map((line) => `${node.name}: ${line}`));
		if (!node.isRunning()) found.push(`${node.name} is gone`);
		else if (node.maker === "redis-lite") {
			const errors = await node.count("internal_errors");
			if (errors !== 0) found.push(`${node.name}: ${errors} internal errors`);
		}
	}
	return found;
}
