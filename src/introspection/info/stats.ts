/** INFO stats and keyspace. */
import { cpuTime_us } from "./process.ts";
import type { Field, InfoSource } from "./source.ts";

export function statsFields(source: InfoSource): Field[] {
	const { keyspace, statistics } = source;
	statistics.noteLoop(cpuTime_us(source.adapters.host));
	const commands_us = commandsDuration_us(source);
	const subscriptions = source.pubSub.counts();
	return [
		["total_connections_received", statistics.connectionsReceived],
		["total_commands_processed", source.executor.commandsProcessed],
		["instantaneous_ops_per_sec", Math.floor(statistics.commandRate.mean())],
		["total_net_input_bytes", statistics.networkInput_bytes],
		["total_net_output_bytes", statistics.networkOutput_bytes],
		["total_net_repl_input_bytes", statistics.replicationInput_bytes],
		["total_net_repl_output_bytes", statistics.replicationOutput_bytes],
		["instantaneous_input_kbps", (statistics.inputRate.mean() / 1024).toFixed(2)],
		["instantaneous_output_kbps", (statistics.outputRate.mean() / 1024).toFixed(2)],
		["instantaneous_input_repl_kbps", (statistics.replicationInputRate.mean() / 1024).toFixed(2)],
		["instantaneous_output_repl_kbps", (statistics.replicationOutputRate.mean() / 1024).toFixed(2)],
		["rejected_connections", statistics.connectionsRejected],
		["sync_full", statistics.fullSyncs],
		["sync_partial_ok", statistics.partialSyncs],
		["sync_partial_err", statistics.partialSyncsRefused],
		["expired_keys", keyspace.expiredKeys],
		["expired_stale_perc", statistics.staleKeys_percent.toFixed(2)],
		["expired_time_cap_reached_count", source.expiry.slicesCutShort],
		["expire_cycle_cpu_milliseconds", Math.floor(source.expiry.spent_us / 1000)],
		["evicted_keys", source.memory.evictedKeys()],
		["evicted_clients", source.clientMemory.evictedClients],
		["total_eviction_exceeded_time", source.memory.exceededTotal_ms()],
		["current_eviction_exceeded_time", source.memory.exceededNow_ms()],
		["keyspace_hits", keyspace.hits],
		["keyspace_misses", keyspace.misses],
		["pubsub_channels", subscriptions.channels],
		["pubsub_patterns", subscriptions.patterns],
		["pubsubshard_channels", subscriptions.shardChannels],
		["latest_fork_usec", 0],
		["total_forks", 0],
		["migrate_cached_sockets", source.migrations.connectionCount()],
		["slave_expires_tracked_keys", keyspace.ownDeadlines.count],
		...capabilityFields,
		...trackingFields(source),
		["unexpected_error_replies", 0],
		["total_error_replies", statistics.errorReplies],
		["dump_payload_sanitizations", 0],
		["total_reads_processed", statistics.readsProcessed],
		["total_writes_processed", statistics.writesProcessed],
		["io_threaded_reads_processed", 0],
		["io_threaded_writes_processed", 0],
		["reply_buffer_shrinks", 0],
		["reply_buffer_expands", 0],
		["eventloop_cycles", statistics.cycles],
		// A command can take longer than the CPU works on it.
		["eventloop_duration_sum", Math.floor(Math.max(statistics.cyclesDuration_us, commands_us))],
		["eventloop_duration_cmd_sum", Math.floor(commands_us)],
		["instantaneous_eventloop_cycles_per_sec", Math.floor(statistics.cycleRate.mean())],
		["instantaneous_eventloop_duration_usec", Math.floor(statistics.cycleDuration_us.mean())],
		["acl_access_denied_auth", statistics.authenticationFailures],
		["acl_access_denied_cmd", statistics.deniedCommands],
		["acl_access_denied_key", statistics.deniedKeys],
		["acl_access_denied_channel", statistics.deniedChannels],
		["internal_errors", statistics.internalErrors],
	];
}

/** Defragmentation: there is none. */
const capabilityFields: readonly Field[] = [
	["active_defrag_hits", 0],
	["active_defrag_misses", 0],
	["active_defrag_key_hits", 0],
	["active_defrag_key_misses", 0],
	["total_active_defrag_time", 0],
	["current_active_defrag_time", 0],
];

function trackingFields({ tracking }: InfoSource): Field[] {
	const { keys, items, prefixes } = tracking.counts();
	return [
		["tracking_total_keys", keys],
		["tracking_total_items", items],
		["tracking_total_prefixes", prefixes],
	];
}

function commandsDuration_us({ table }: InfoSource): number {
	let duration_us = 0;
	for (const command of table.all()) duration_us += command.duration_us;
	return duration_us;
}

/** Deadlines looked at for the mean time to live of a database. */
const DEADLINE_SAMPLE = 10_000;

export function keyspaceFields({ keyspace }: InfoSource): Field[] {
	const fields: Field[] = [];
	for (const { index, table } of keyspace.databases) {
		if (table.count === 0) continue;
		const mean_ms = table.meanDeadline(DEADLINE_SAMPLE);
		const left_ms = table.deadlineCount === 0 ? 0 : Math.max(0, Math.floor(mean_ms - keyspace.now_ms));
		fields.push([`db${index}`, `keys=${table.count},expires=${table.deadlineCount},avg_ttl=${left_ms}`]);
	}
	return fields;
}
