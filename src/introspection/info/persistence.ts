/** INFO persistence, replication, cluster and modules. */
import type { Field, InfoSource } from "./source.ts";

export function persistenceFields(source: InfoSource): Field[] {
	return [
		["loading", 0],
		["async_loading", 0],
		["current_cow_peak", 0],
		["current_cow_size", 0],
		["current_cow_size_age", 0],
		["current_fork_perc", "0.00"],
		["current_save_keys_processed", 0],
		["current_save_keys_total", 0],
		["rdb_changes_since_last_save", source.keyspace.changes.dirty],
		["rdb_bgsave_in_progress", 0],
		["rdb_last_save_time", Math.floor(source.startedAt_ms / 1000)],
		["rdb_last_bgsave_status", "ok"],
		["rdb_last_bgsave_time_sec", -1],
		["rdb_current_bgsave_time_sec", -1],
		["rdb_saves", 0],
		["rdb_last_cow_size", 0],
		["rdb_last_load_keys_expired", 0],
		["rdb_last_load_keys_loaded", 0],
		["aof_enabled", 0],
		["aof_rewrite_in_progress", 0],
		["aof_rewrite_scheduled", 0],
		["aof_last_rewrite_time_sec", -1],
		["aof_current_rewrite_time_sec", -1],
		["aof_last_bgrewrite_status", "ok"],
		["aof_rewrites", 0],
		["aof_rewrites_consecutive_failures", 0],
		["aof_last_write_status", "ok"],
		["aof_last_cow_size", 0],
		["module_fork_in_progress", 0],
		["module_fork_last_cow_size", 0],
	];
}

export function replicationFields(source: InfoSource): Field[] {
	return [
		["role", source.role() === "master" ? "master" : "slave"],
		["connected_slaves", 0],
		["master_failover_state", "no-failover"],
		["master_replid", source.replicationId],
		["master_replid2", "0".repeat(40)],
		["master_repl_offset", 0],
		["second_repl_offset", -1],
		["repl_backlog_active", 0],
		["repl_backlog_size", source.config.values["repl-backlog-size"]],
		["repl_backlog_first_byte_offset", 0],
		["repl_backlog_histlen", 0],
	];
}

export function clusterFields(source: InfoSource): Field[] {
	return [["cluster_enabled", source.config.values["cluster-enabled"] ? 1 : 0]];
}

export function modulesFields(): Field[] {
	return [];
}
