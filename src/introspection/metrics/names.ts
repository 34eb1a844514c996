/**
 * Which field of INFO becomes which metric: the one table. Values are INFO's own, so the two cannot disagree; names and
 * types are those of the redis_exporter that most dashboards and alerts are written for, without its prefix `redis_`.
 */

export type MetricType = "counter" | "gauge" | "summary" | "histogram";

export interface Metric {
	readonly name: string;
	readonly type: MetricType;
	readonly help: string;
	/** INFO's number times this is the metric. */
	readonly factor: number;
}

/** Of INFO, of the metric where that is another name, what it says, and what to multiply with. */
type Row = readonly [field: string, name: string, help: string, factor?: number];

const gauges: readonly Row[] = [
	["uptime_in_seconds", "uptime_in_seconds", "Seconds since the start."],
	["process_id", "process_id", "Number of the process."],
	["io_threads_active", "io_threads_active", "Whether I/O threads are at work; there are none."],
	["hz", "hz", "Rounds of housekeeping in a second."],
	["configured_hz", "configured_hz", "Rounds of housekeeping in a second, as configured."],

	["connected_clients", "connected_clients", "Clients that are connected."],
	["cluster_connections", "cluster_connections", "Connections of the cluster bus."],
	["client_recent_max_input_buffer", "client_recent_max_input_buffer_bytes", "Largest buffer of input of a client."],
	["client_recent_max_output_buffer", "client_recent_max_output_buffer_bytes", "Largest buffer of output of a client."],
	["blocked_clients", "blocked_clients", "Clients that wait in a blocking command."],
	["tracking_clients", "tracking_clients", "Clients with client-side caching."],
	["pubsub_clients", "pubsub_clients", "Clients that are subscribed to something."],
	["watching_clients", "watching_clients", "Clients that watch a key."],
	["total_watched_keys", "total_watched_keys", "Keys that clients watch."],
	["clients_in_timeout_table", "clients_in_timeout_table", "Clients that wait with a timeout."],
	["total_blocking_keys", "total_blocking_keys", "Keys that clients wait for."],
	["total_blocking_keys_on_nokey", "total_blocking_keys_on_nokey", "Keys whose end clients wait for."],

	["used_memory", "memory_used_bytes", "Memory in use."],
	["used_memory_rss", "memory_used_rss_bytes", "Memory of the process that is resident."],
	["used_memory_peak", "memory_used_peak_bytes", "Most memory that was in use."],
	["used_memory_lua", "memory_used_lua_bytes", "Memory of the script engine."],
	["used_memory_vm_eval", "memory_used_vm_eval_bytes", "Memory of the engine of EVAL."],
	["used_memory_scripts_eval", "memory_used_scripts_eval_bytes", "Memory of scripts of EVAL."],
	["used_memory_overhead", "memory_used_overhead_bytes", "Memory in use that is not data."],
	["used_memory_startup", "memory_used_startup_bytes", "Memory in use at the start."],
	["used_memory_dataset", "memory_used_dataset_bytes", "Memory of the data."],
	["used_memory_vm_functions", "memory_used_vm_functions_bytes", "Memory of the engine of functions."],
	["used_memory_vm_total", "memory_used_vm_total", "Memory of both script engines."],
	["used_memory_functions", "memory_used_functions_bytes", "Memory of functions."],
	["used_memory_scripts", "memory_used_scripts_bytes", "Memory of scripts and functions."],
	["total_system_memory", "total_system_memory_bytes", "Memory of the machine."],
	["maxmemory", "memory_max_bytes", "Configured limit of memory; 0 is none."],
	["number_of_cached_scripts", "number_of_cached_scripts", "Scripts that EVALSHA finds."],
	["number_of_functions", "number_of_functions", "Functions that are loaded."],
	["number_of_libraries", "number_of_libraries", "Libraries of functions that are loaded."],
	["allocator_active", "allocator_active_bytes", "Memory in the allocator's active pages."],
	["allocator_allocated", "allocator_allocated_bytes", "Memory that the allocator has handed out."],
	["allocator_resident", "allocator_resident_bytes", "Memory of the allocator that is resident."],
	["allocator_frag_ratio", "allocator_frag_ratio", "Active memory to allocated."],
	["allocator_frag_bytes", "allocator_frag_bytes", "Active memory that is not allocated."],
	["allocator_rss_ratio", "allocator_rss_ratio", "Resident memory of the allocator to active."],
	["allocator_rss_bytes", "allocator_rss_bytes", "Resident memory of the allocator that is not active."],
	["mem_fragmentation_ratio", "mem_fragmentation_ratio", "Resident memory to memory in use."],
	// The exporter has not got this one, but its dashboards ask for it.
	["mem_fragmentation_ratio", "memory_fragmentation_ratio", "Resident memory to memory in use."],
	["mem_fragmentation_bytes", "mem_fragmentation_bytes", "Resident memory that is not in use."],
	["mem_clients_slaves", "mem_clients_slaves", "Memory of the connections of replicas."],
	["mem_clients_normal", "mem_clients_normal", "Memory of the connections of clients."],
	["mem_cluster_links", "mem_cluster_links_bytes", "Memory of the links of the cluster."],
	["mem_aof_buffer", "mem_aof_buffer_bytes", "Memory of what waits for the append-only file."],
	["mem_replication_backlog", "mem_replication_backlog_bytes", "Memory of the replication backlog."],
	["mem_total_replication_buffers", "mem_total_replication_buffers_bytes", "Memory of all that replication keeps."],
	["mem_not_counted_for_evict", "mem_not_counted_for_eviction_bytes", "Memory that the limit does not count."],
	["lazyfree_pending_objects", "lazyfree_pending_objects", "Values that wait to be freed."],
	["lazyfreed_objects", "lazyfreed_objects", "Values that were freed lazily."],
	["active_defrag_running", "active_defrag_running", "Whether active defragmentation runs."],

	["loading", "loading_dump_file", "Whether the data is being loaded."],
	["async_loading", "async_loading", "Whether data is being loaded beside what is served."],
	["rdb_changes_since_last_save", "rdb_changes_since_last_save", "Changes since the last snapshot."],
	["rdb_bgsave_in_progress", "rdb_bgsave_in_progress", "Whether a snapshot is being written."],
	["rdb_last_save_time", "rdb_last_save_timestamp_seconds", "When the last good snapshot was written."],
	["rdb_last_bgsave_status", "rdb_last_bgsave_status", "Whether the last snapshot succeeded."],
	["rdb_last_bgsave_time_sec", "rdb_last_bgsave_duration_sec", "Seconds that the last snapshot took."],
	["rdb_current_bgsave_time_sec", "rdb_current_bgsave_duration_sec", "Seconds that this snapshot has taken; -1: none."],
	["rdb_last_cow_size", "rdb_last_cow_size_bytes", "Most memory that the last snapshot's copies took."],
	["rdb_last_load_keys_expired", "rdb_last_load_expired_keys", "Keys that the last load left out."],
	["rdb_last_load_keys_loaded", "rdb_last_load_loaded_keys", "Keys of the last load."],
	["aof_enabled", "aof_enabled", "Whether there is an append-only file."],
	["aof_rewrite_in_progress", "aof_rewrite_in_progress", "Whether the append-only file is being rewritten."],
	["aof_rewrite_scheduled", "aof_rewrite_scheduled", "Whether a rewrite waits for the snapshot to end."],
	["aof_last_rewrite_time_sec", "aof_last_rewrite_duration_sec", "Seconds that the last rewrite took; -1: none."],
	[
		"aof_current_rewrite_time_sec",
		"aof_current_rewrite_duration_sec",
		"Seconds that this rewrite has taken; -1: none.",
	],
	["aof_last_cow_size", "aof_last_cow_size_bytes", "Most memory that the last rewrite's copies took."],
	["aof_current_size", "aof_current_size_bytes", "Length of the append-only files."],
	["aof_base_size", "aof_base_size_bytes", "Length of the append-only files after the last rewrite."],
	["aof_pending_rewrite", "aof_pending_rewrite", "Whether a rewrite waits for the snapshot to end."],
	["aof_buffer_length", "aof_buffer_length", "Bytes that wait to be written to the append-only file."],
	["aof_pending_bio_fsync", "aof_pending_bio_fsync", "Syncs of the append-only file under way."],
	["aof_delayed_fsync", "aof_delayed_fsync", "Writes that had to wait for a sync."],
	["aof_last_bgrewrite_status", "aof_last_bgrewrite_status", "Whether the last rewrite succeeded."],
	["aof_last_write_status", "aof_last_write_status", "Whether the last write to the append-only file succeeded."],
	["module_fork_in_progress", "module_fork_in_progress", "Whether a module has forked."],
	["module_fork_last_cow_size", "module_fork_last_cow_size", "Copied memory of the last fork of a module."],

	["current_eviction_exceeded_time", "current_eviction_exceeded_time_ms", "Time over the limit of memory by now."],
	["instantaneous_ops_per_sec", "instantaneous_ops_per_sec", "Commands in a second, lately."],
	["instantaneous_input_kbps", "instantaneous_input_kbps", "KiB received in a second, lately."],
	["instantaneous_output_kbps", "instantaneous_output_kbps", "KiB sent in a second, lately."],
	["expired_stale_perc", "expired_stale_percentage", "Share of keys that may have expired and are still there."],
	["pubsub_channels", "pubsub_channels", "Channels with subscribers."],
	["pubsub_patterns", "pubsub_patterns", "Patterns with subscribers."],
	["pubsubshard_channels", "pubsubshard_channels", "Shard channels with subscribers."],
	// The older name and the newer one.
	["latest_fork_usec", "latest_fork_seconds", "Time that the last fork took; there are no forks.", 1e-6],
	["latest_fork_usec", "latest_fork_usec", "Time that the last fork took; there are no forks."],
	["migrate_cached_sockets", "migrate_cached_sockets_total", "Connections that MIGRATE keeps open."],
	["active_defrag_hits", "defrag_hits", "Values moved by active defragmentation."],
	["active_defrag_misses", "defrag_misses", "Values that active defragmentation left where they were."],
	["active_defrag_key_hits", "defrag_key_hits", "Keys with values moved by active defragmentation."],
	["active_defrag_key_misses", "defrag_key_misses", "Keys that active defragmentation left as they were."],
	["tracking_total_keys", "tracking_total_keys", "Keys that are tracked for clients."],
	["tracking_total_items", "tracking_total_items", "Clients of all tracked keys."],
	["tracking_total_prefixes", "tracking_total_prefixes", "Prefixes that are tracked for clients."],
	["instantaneous_eventloop_cycles_per_sec", "instantaneous_eventloop_cycles_per_sec", "Rounds of the event loop."],
	[
		"instantaneous_eventloop_duration_usec",
		"instantaneous_eventloop_duration_usec",
		"Time of a round of the event loop.",
	],

	["connected_slaves", "connected_slaves", "Replicas that are connected."],
	["repl_backlog_size", "replication_backlog_bytes", "Configured size of the replication backlog."],
	["repl_backlog_active", "repl_backlog_is_active", "Whether there is a replication backlog."],
	["repl_backlog_first_byte_offset", "repl_backlog_first_byte_offset", "Offset where the backlog begins."],
	["repl_backlog_histlen", "repl_backlog_history_bytes", "Bytes in the replication backlog."],
	["master_repl_offset", "master_repl_offset", "Offset of the replication stream."],
	["second_repl_offset", "second_repl_offset", "Offset up to which the former history is accepted."],
	["slave_expires_tracked_keys", "slave_expires_tracked_keys", "Keys whose end a writable replica watches itself."],
	["slave_priority", "slave_priority", "Priority in a failover."],
	["sync_full", "replica_resyncs_full", "Full synchronisations."],
	["sync_partial_ok", "replica_partial_resync_accepted", "Partial synchronisations."],
	["sync_partial_err", "replica_partial_resync_denied", "Partial synchronisations that were refused."],

	["cluster_enabled", "cluster_enabled", "Whether this is a node of a cluster."],
];

const counters: readonly Row[] = [
	["total_connections_received", "connections_received_total", "Connections that came."],
	["rejected_connections", "rejected_connections_total", "Connections that were turned away."],
	["total_commands_processed", "commands_processed_total", "Commands that were executed."],
	["total_net_input_bytes", "net_input_bytes_total", "Bytes received."],
	["total_net_output_bytes", "net_output_bytes_total", "Bytes sent."],
	["total_net_repl_input_bytes", "net_repl_input_bytes_total", "Bytes received for replication."],
	["total_net_repl_output_bytes", "net_repl_output_bytes_total", "Bytes sent for replication."],
	["expired_keys", "expired_keys_total", "Keys whose time was over."],
	["expired_subkeys", "expired_subkeys_total", "Fields of hashes whose time was over."],
	["expired_time_cap_reached_count", "expired_time_cap_reached_total", "Slices of expiry that were cut short."],
	["expire_cycle_cpu_milliseconds", "expire_cycle_cpu_time_ms_total", "Time spent on expiry."],
	["evicted_keys", "evicted_keys_total", "Keys that had to go for want of memory."],
	["evicted_clients", "evicted_clients_total", "Clients that had to go for want of memory."],
	["evicted_scripts", "evicted_scripts_total", "Scripts that were forgotten."],
	["total_eviction_exceeded_time", "eviction_exceeded_time_ms_total", "Time spent over the limit of memory."],
	["keyspace_hits", "keyspace_hits_total", "Look-ups that found a key."],
	["keyspace_misses", "keyspace_misses_total", "Look-ups that found none."],
	["rdb_saves", "rdb_saves_total", "Snapshots written."],
	["total_error_replies", "total_error_replies", "Error replies."],
	["unexpected_error_replies", "unexpected_error_replies", "Error replies to a master or from the append-only file."],
	["dump_payload_sanitizations", "dump_payload_sanitizations", "Payloads checked deeply."],
	["total_reads_processed", "total_reads_processed", "Chunks read."],
	["total_writes_processed", "total_writes_processed", "Chunks written."],
	["io_threaded_reads_processed", "io_threaded_reads_processed", "Chunks read by I/O threads."],
	["io_threaded_writes_processed", "io_threaded_writes_processed", "Chunks written by I/O threads."],
	[
		"client_query_buffer_limit_disconnections",
		"client_query_buffer_limit_disconnections_total",
		"Clients closed for their input.",
	],
	[
		"client_output_buffer_limit_disconnections",
		"client_output_buffer_limit_disconnections_total",
		"Clients closed for their output.",
	],
	["reply_buffer_shrinks", "reply_buffer_shrinks_total", "Buffers of replies made smaller."],
	["reply_buffer_expands", "reply_buffer_expands_total", "Buffers of replies made larger."],
	["eventloop_cycles", "eventloop_cycles_total", "Rounds of the event loop."],
	["eventloop_duration_sum", "eventloop_duration_sum_usec_total", "Time of all rounds of the event loop."],
	["eventloop_duration_cmd_sum", "eventloop_duration_cmd_sum_usec_total", "Time of all commands."],
	["acl_access_denied_auth", "acl_access_denied_auth_total", "Logins that were refused."],
	["acl_access_denied_cmd", "acl_access_denied_cmd_total", "Commands that were refused for want of rights."],
	["acl_access_denied_key", "acl_access_denied_key_total", "Keys that were refused for want of rights."],
	["acl_access_denied_channel", "acl_access_denied_channel_total", "Channels that were refused for want of rights."],
	["used_cpu_sys", "cpu_sys_seconds_total", "Processor time in the kernel."],
	["used_cpu_user", "cpu_user_seconds_total", "Processor time of the program."],
	["used_cpu_sys_children", "cpu_sys_children_seconds_total", "Processor time of children in the kernel."],
	["used_cpu_user_children", "cpu_user_children_seconds_total", "Processor time of children."],
	["used_cpu_sys_main_thread", "cpu_sys_main_thread_seconds_total", "Processor time of the main thread in the kernel."],
	["used_cpu_user_main_thread", "cpu_user_main_thread_seconds_total", "Processor time of the main thread."],
	// Ours alone.
	["aof_rewrites", "aof_rewrites_total", "Rewrites of the append-only file."],
	["internal_errors", "internal_errors_total", "Defects of the server that a client met."],
];

function byField(
	...groups: readonly (readonly [MetricType, readonly Row[]])[]
): ReadonlyMap<string, readonly Metric[]> {
	const found = new Map<string, Metric[]>();
	for (const [type, rows] of groups) {
		for (const [field, name, help, factor = 1] of rows) {
			found.set(field, [...(found.get(field) ?? []), { name, type, help, factor }]);
		}
	}
	return found;
}

/** By the name of a field of INFO. */
export const metricsOfFields = byField(["gauge", gauges], ["counter", counters]);
