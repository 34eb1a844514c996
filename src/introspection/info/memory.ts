/** INFO memory and clients. */
import { humanBytes } from "../human-bytes.ts";
import type { Field, InfoSource } from "./source.ts";

/** Bytes in use: what the program keeps, the data, and the buffers of clients. */
export function usedMemory(source: InfoSource): number {
	return source.adapters.host.heapBytes() + source.keyspace.bytesUsed() + source.clients.bytesUsed();
}

export function memoryFields(source: InfoSource): Field[] {
	const { statistics, config } = source;
	const { host } = source.adapters;
	const used = usedMemory(source);
	statistics.noteMemory(used);
	const resident = host.residentBytes();
	const peak = statistics.memoryPeak_bytes;
	const atStart = statistics.memoryAtStart_bytes;
	const dataset = source.keyspace.bytesUsed();
	const { maxmemory } = config.values;
	return [
		["used_memory", used],
		["used_memory_human", humanBytes(used)],
		["used_memory_rss", resident],
		["used_memory_rss_human", humanBytes(resident)],
		["used_memory_peak", peak],
		["used_memory_peak_human", humanBytes(peak)],
		["used_memory_peak_perc", percent(used, peak)],
		["used_memory_overhead", used - dataset],
		["used_memory_startup", atStart],
		["used_memory_dataset", dataset],
		["used_memory_dataset_perc", percent(dataset, used - atStart)],
		["allocator_allocated", used],
		["allocator_active", used],
		["allocator_resident", resident],
		["total_system_memory", host.physicalBytes],
		["total_system_memory_human", humanBytes(host.physicalBytes)],
		...scriptFields,
		["maxmemory", maxmemory],
		["maxmemory_human", humanBytes(maxmemory)],
		["maxmemory_policy", config.values["maxmemory-policy"]],
		["allocator_frag_ratio", "1.00"],
		["allocator_frag_bytes", 0],
		["allocator_rss_ratio", ratio(resident, used)],
		["allocator_rss_bytes", resident - used],
		["rss_overhead_ratio", "1.00"],
		["rss_overhead_bytes", 0],
		["mem_fragmentation_ratio", ratio(resident, used)],
		["mem_fragmentation_bytes", resident - used],
		["mem_not_counted_for_evict", 0],
		["mem_replication_backlog", 0],
		["mem_total_replication_buffers", 0],
		["mem_clients_slaves", 0],
		["mem_clients_normal", source.clients.bytesUsed()],
		["mem_cluster_links", 0],
		["mem_aof_buffer", 0],
		["mem_allocator", host.runtime.replace(" ", "-")],
		["active_defrag_running", 0],
		["lazyfree_pending_objects", 0],
		["lazyfreed_objects", 0],
	];
}

/** No script engine yet. */
const scriptFields: readonly Field[] = [
	["used_memory_lua", 0],
	["used_memory_vm_eval", 0],
	["used_memory_lua_human", humanBytes(0)],
	["used_memory_scripts_eval", 0],
	["number_of_cached_scripts", 0],
	["number_of_functions", 0],
	["number_of_libraries", 0],
	["used_memory_vm_functions", 0],
	["used_memory_vm_total", 0],
	["used_memory_vm_total_human", humanBytes(0)],
	["used_memory_functions", 0],
	["used_memory_scripts", 0],
	["used_memory_scripts_human", humanBytes(0)],
];

function ratio(part: number, whole: number): string {
	return (whole > 0 ? part / whole : 0).toFixed(2);
}

function percent(part: number, whole: number): string {
	return `${(whole > 0 ? (100 * part) / whole : 0).toFixed(2)}%`;
}

export function clientsFields({ blocked, clients, config, pubSub }: InfoSource): Field[] {
	let input_bytes = 0;
	let output_bytes = 0;
	let waiting = 0;
	for (const { link, unblock } of clients.all()) {
		if (unblock !== null) waiting++;
		input_bytes = Math.max(input_bytes, link.queryCapacityBytes());
		output_bytes = Math.max(output_bytes, link.pendingBytes());
	}
	return [
		["connected_clients", clients.count()],
		["cluster_connections", 0],
		["maxclients", config.values.maxclients],
		["client_recent_max_input_buffer", input_bytes],
		["client_recent_max_output_buffer", output_bytes],
		["blocked_clients", waiting],
		["tracking_clients", 0],
		["pubsub_clients", pubSub.counts().clients],
		["clients_in_timeout_table", blocked.timedCount],
		["total_blocking_keys", blocked.keyCount()],
		["total_blocking_keys_on_nokey", blocked.keyCountWithoutKey()],
	];
}
