/** INFO memory and clients. */
import { humanBytes } from "../human-bytes.ts";
import { memoryUse } from "../memory-use.ts";
import type { Field, InfoSource, ScriptMemory } from "./source.ts";

export function memoryFields(source: InfoSource): Field[] {
	const { config } = source;
	const { host } = source.adapters;
	const use = memoryUse(source);
	const { used, resident, peak } = use;
	const living = used - use.waste;
	const { maxmemory } = config.values;
	return [
		["used_memory", used],
		["used_memory_human", humanBytes(used)],
		["used_memory_rss", resident],
		["used_memory_rss_human", humanBytes(resident)],
		["used_memory_peak", peak],
		["used_memory_peak_human", humanBytes(peak)],
		["used_memory_peak_perc", percent(used, peak)],
		["used_memory_overhead", use.overhead],
		["used_memory_startup", use.startup],
		["used_memory_dataset", use.dataset],
		["used_memory_dataset_perc", `${use.dataset_percent.toFixed(2)}%`],
		["allocator_allocated", living],
		["allocator_active", used],
		["allocator_resident", resident],
		["total_system_memory", host.physicalBytes],
		["total_system_memory_human", humanBytes(host.physicalBytes)],
		...scriptFields(use.scripting),
		["maxmemory", maxmemory],
		["maxmemory_human", humanBytes(maxmemory)],
		["maxmemory_policy", config.values["maxmemory-policy"]],
		["allocator_frag_ratio", ratio(used, living)],
		["allocator_frag_bytes", use.waste],
		["allocator_rss_ratio", ratio(resident, used)],
		["allocator_rss_bytes", resident - used],
		["rss_overhead_ratio", "1.00"],
		["rss_overhead_bytes", 0],
		["mem_fragmentation_ratio", ratio(resident, used)],
		["mem_fragmentation_bytes", resident - used],
		["mem_not_counted_for_evict", use.appendBuffer + use.replication.excess],
		["mem_replication_backlog", use.replication.backlog],
		["mem_total_replication_buffers", use.replication.backlog + use.replication.excess],
		["mem_clients_slaves", use.replication.excess],
		["mem_clients_normal", use.clients],
		["mem_cluster_links", 0],
		["mem_aof_buffer", use.appendBuffer],
		["mem_allocator", host.runtime.replace(" ", "-")],
		["active_defrag_running", 0],
		["lazyfree_pending_objects", 0],
		["lazyfreed_objects", 0],
	];
}

function scriptFields({ engine, functionEngine, scripts, functions, ...counts }: ScriptMemory): Field[] {
	return [
		["used_memory_lua", engine],
		["used_memory_vm_eval", engine],
		["used_memory_lua_human", humanBytes(engine)],
		["used_memory_scripts_eval", scripts],
		["number_of_cached_scripts", counts.scriptCount],
		["number_of_functions", counts.functionCount],
		["number_of_libraries", counts.libraryCount],
		["used_memory_vm_functions", functionEngine],
		["used_memory_vm_total", engine + functionEngine],
		["used_memory_vm_total_human", humanBytes(engine + functionEngine)],
		["used_memory_functions", functions],
		["used_memory_scripts", scripts + functions],
		["used_memory_scripts_human", humanBytes(scripts + functions)],
	];
}

function ratio(part: number, whole: number): string {
	return (whole > 0 ? part / whole : 0).toFixed(2);
}

function percent(part: number, whole: number): string {
	return `${(whole > 0 ? (100 * part) / whole : 0).toFixed(2)}%`;
}

export function clientsFields({ blocked, clients, config, pubSub, tracking, watches }: InfoSource): Field[] {
	let input_bytes = 0;
	let output_bytes = 0;
	let waiting = 0;
	for (const { link, unblock } of clients.all()) {
		if (unblock !== null) waiting++;
		input_bytes = Math.max(input_bytes, link.queryCapacityBytes());
		output_bytes = Math.max(output_bytes, link.pendingBytes());
	}
	return [
		["connected_clients", clients.count() - clients.replicaCount()],
		["cluster_connections", 0],
		["maxclients", config.values.maxclients],
		["client_recent_max_input_buffer", input_bytes],
		["client_recent_max_output_buffer", output_bytes],
		["blocked_clients", waiting],
		["tracking_clients", tracking.counts().clients],
		["pubsub_clients", pubSub.counts().clients],
		["watching_clients", watches.watchingClients()],
		["clients_in_timeout_table", blocked.timedCount],
		["total_watched_keys", watches.keyCount()],
		["total_blocking_keys", blocked.keyCount()],
		["total_blocking_keys_on_nokey", blocked.keyCountWithoutKey()],
	];
}
