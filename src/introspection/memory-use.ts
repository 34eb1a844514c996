import type { InfoSource, ScriptMemory } from "./info/source.ts";

/** What of the memory of one database is not data. */
export interface DatabaseOverhead {
	readonly index: number;
	readonly keys: number;
	/** Index and directory. */
	readonly main: number;
	/** Heaps of deadlines. */
	readonly expires: number;
}

/** Where memory is, in bytes, as INFO and MEMORY STATS tell it. */
export interface MemoryUse {
	readonly used: number;
	readonly peak: number;
	readonly startup: number;
	readonly clients: number;
	readonly tracking: number;
	/** Effects on their way to the append-only file. They are used, but no reason to evict. */
	readonly appendBuffer: number;
	/** What replicas are sent, kept once for all of them: the backlog, and what goes beyond it because some are slow. */
	readonly replication: { readonly backlog: number; readonly excess: number };
	readonly scripting: ScriptMemory;
	readonly databases: readonly DatabaseOverhead[];
	/** All that is not data. */
	readonly overhead: number;
	readonly dataset: number;
	readonly dataset_percent: number;
	readonly keys: number;
	readonly bytesPerKey: number;
	/** Used, but dead: holes that removed keys have left. */
	readonly waste: number;
	readonly resident: number;
}

/** What is used beside the data and counts against `maxmemory`. */
export function usedBeside(source: InfoSource): number {
	const { clients, tracking, memory, scripting } = source;
	const { engine, functionEngine, scripts, functions } = scripting.memory();
	const ofScripting = engine + functionEngine + scripts + functions;
	const ofClients = clients.bytesUsed() + tracking.bytesUsed();
	return replicationBuffers(source).backlog + ofClients + memory.overheadBytes() + ofScripting;
}

/**
 * Bytes in use, as far as they follow from what clients do: the data, the buffers of clients, what is remembered for
 * them. What the runtime needs for itself does not count; it is the embedding program's, too.
 */
export function usedMemory(source: InfoSource): number {
	const { excess } = replicationBuffers(source);
	return source.keyspace.bytesUsed() + usedBeside(source) + appendBuffer(source) + excess;
}

/** What slow replicas cost is no reason to evict: what is evicted would have to be sent to them, too. */
function replicationBuffers({ replication }: InfoSource): MemoryUse["replication"] {
	const bytes = replication.stream.bytesUsed();
	const backlog = Math.min(bytes, replication.stream.backlogBytes);
	return { backlog, excess: bytes - backlog };
}

function appendBuffer({ persistence }: InfoSource): number {
	return persistence.state().appendOnly.bufferedBytes;
}

export function memoryUse(source: InfoSource): MemoryUse {
	const { statistics, keyspace } = source;
	const used = usedMemory(source);
	statistics.noteMemory(used);
	const startup = statistics.memoryAtStart_bytes;
	const databases = databaseOverheads(source);
	const clients = source.clients.bytesUsed();
	const tracking = source.tracking.bytesUsed();
	const append = appendBuffer(source);
	const replication = replicationBuffers(source);
	let overhead = startup + usedBeside(source) + append + replication.excess;
	let waste = 0;
	for (const { main, expires } of databases) overhead += main + expires;
	for (const { table } of keyspace.databases) waste += table.garbageBytes;
	overhead = Math.min(overhead, used);
	const keys = keyspace.keyCount();
	const net = Math.max(0, used - startup);
	return {
		used,
		peak: statistics.memoryPeak_bytes,
		startup,
		clients,
		tracking,
		appendBuffer: append,
		replication,
		scripting: source.scripting.memory(),
		databases,
		overhead,
		dataset: used - overhead,
		dataset_percent: net === 0 ? 0 : (100 * (used - overhead)) / net,
		keys,
		bytesPerKey: keys === 0 ? 0 : Math.floor(net / keys),
		waste,
		resident: source.adapters.host.residentBytes(),
	};
}

function databaseOverheads({ keyspace }: InfoSource): DatabaseOverhead[] {
	const found: DatabaseOverhead[] = [];
	for (const { index, table, fieldExpiry } of keyspace.databases) {
		if (table.count === 0) continue;
		const { indexes, heaps } = table.overheadBytes();
		found.push({ index, keys: table.count, main: indexes, expires: heaps + fieldExpiry.bytesUsed() });
	}
	return found;
}
