/** INFO replication. */
import type { Field, InfoSource, MasterLinkState, ReplicaInfo } from "./source.ts";

export function replicationFields(source: InfoSource): Field[] {
	const { history, stream, follower, failover } = source.replication;
	const link = follower.state();
	return [
		["role", link === null ? "master" : "slave"],
		...(link === null ? [] : linkFields(source, link)),
		...replicaFields(source),
		["master_failover_state", failover.state],
		["master_replid", history.id],
		["master_replid2", history.secondId],
		["master_repl_offset", stream.offset],
		["second_repl_offset", history.secondOffset],
		["repl_backlog_active", stream.isOpen ? 1 : 0],
		["repl_backlog_size", stream.backlogBytes],
		["repl_backlog_first_byte_offset", stream.isOpen ? stream.start + 1 : 0],
		["repl_backlog_histlen", stream.isOpen ? stream.offset - stream.start : 0],
	];
}

function linkFields({ config }: InfoSource, link: MasterLinkState): Field[] {
	const { values } = config;
	return [
		["master_host", link.host],
		["master_port", link.port],
		["master_link_status", link.linkIsUp ? "up" : "down"],
		["master_last_io_seconds_ago", link.lastIo_s],
		["master_sync_in_progress", link.isSyncing ? 1 : 0],
		["slave_read_repl_offset", link.readOffset],
		["slave_repl_offset", link.offset],
		...(link.isSyncing ? copyFields(link.copy ?? NO_COPY) : []),
		...downFields(link),
		["slave_priority", values["replica-priority"]],
		["slave_read_only", values["replica-read-only"] ? 1 : 0],
		["replica_announced", values["replica-announced"] ? 1 : 0],
	];
}

const NO_COPY = { totalBytes: 0, readBytes: 0, lastIo_s: -1 };

function copyFields({ totalBytes, readBytes, lastIo_s }: NonNullable<MasterLinkState["copy"]>): Field[] {
	return [
		["master_sync_total_bytes", totalBytes],
		["master_sync_read_bytes", readBytes],
		["master_sync_left_bytes", totalBytes - readBytes],
		["master_sync_perc", (totalBytes === 0 ? 0 : (100 * readBytes) / totalBytes).toFixed(2)],
		["master_sync_last_io_seconds_ago", lastIo_s],
	];
}

function downFields({ linkIsUp, downSince_s }: MasterLinkState): Field[] {
	return linkIsUp ? [] : [["master_link_down_since_seconds", downSince_s]];
}

function replicaFields({ replication, config, adapters }: InfoSource): Field[] {
	const { leader } = replication;
	const { values } = config;
	const now_ms = adapters.clock.now_ms();
	const isBounded = values["min-replicas-to-write"] > 0 && values["min-replicas-max-lag"] > 0;
	const fields: Field[] = [["connected_slaves", leader.replicas.size]];
	if (isBounded) fields.push(["min_slaves_good_slaves", leader.goodReplicas()]);
	let number = 0;
	for (const replica of leader.replicas) fields.push([`slave${number++}`, replicaText(replica, now_ms)]);
	return fields;
}

function replicaText(replica: ReplicaInfo, now_ms: number): string {
	const state = replica.state();
	const lag_s = state === "online" ? Math.floor(now_ms / 1000) - Math.floor(replica.acknowledgedAt_ms / 1000) : 0;
	const { port } = replica.traits;
	return `ip=${replica.ip()},port=${port},state=${state},offset=${replica.acknowledged},lag=${lag_s}`;
}
