/** INFO persistence, cluster and modules. */
import type { AppendOnlyState, Field, InfoSource, LoadingState, PersistenceState, SnapshotState } from "./source.ts";

export function persistenceFields(source: InfoSource): Field[] {
	const state = source.persistence.state();
	const now_ms = source.adapters.clock.now_ms();
	return [
		["loading", state.loading === null || state.loading.isAside ? 0 : 1],
		["async_loading", state.loading?.isAside === true ? 1 : 0],
		...snapshotFields(state.snapshot),
		["rdb_changes_since_last_save", source.keyspace.changes.dirty],
		...savesFields(state, now_ms),
		...rewriteFields(state.appendOnly),
		["module_fork_in_progress", 0],
		["module_fork_last_cow_size", 0],
		...(state.appendOnly.isOn ? appendOnlyFields(state.appendOnly) : []),
		...(state.loading === null ? [] : loadingFields(state.loading, now_ms)),
	];
}

/** Copies are what a snapshot costs here, as pages copied on write are with a fork. */
function snapshotFields(snapshot: SnapshotState | null): Field[] {
	const { keys, keysTotal, copiedBytes, copiedBytesMax } = snapshot ?? NO_SNAPSHOT;
	return [
		["current_cow_peak", copiedBytesMax],
		["current_cow_size", copiedBytes],
		["current_cow_size_age", 0],
		["current_fork_perc", (keysTotal === 0 ? 0 : (100 * keys) / keysTotal).toFixed(2)],
		["current_save_keys_processed", keys],
		["current_save_keys_total", keysTotal],
	];
}

const NO_SNAPSHOT: SnapshotState = { keys: 0, keysTotal: 0, copiedBytes: 0, copiedBytesMax: 0, startedAt_ms: 0 };

function savesFields({ saves, snapshot, loadedKeys, expiredKeys }: PersistenceState, now_ms: number): Field[] {
	const current_s = saves.isSaving && snapshot !== null ? seconds(now_ms - snapshot.startedAt_ms) : -1;
	return [
		["rdb_bgsave_in_progress", saves.isSaving ? 1 : 0],
		["rdb_last_save_time", seconds(saves.lastSaveAt_ms)],
		["rdb_last_bgsave_status", status(saves.lastIsOk)],
		["rdb_last_bgsave_time_sec", saves.last_s],
		["rdb_current_bgsave_time_sec", current_s],
		["rdb_saves", saves.count],
		["rdb_last_cow_size", saves.lastCopiedBytes],
		["rdb_last_load_keys_expired", expiredKeys],
		["rdb_last_load_keys_loaded", loadedKeys],
	];
}

function rewriteFields(file: AppendOnlyState): Field[] {
	return [
		["aof_enabled", file.isOn ? 1 : 0],
		["aof_rewrite_in_progress", file.isRewriting ? 1 : 0],
		["aof_rewrite_scheduled", file.isRewriteScheduled ? 1 : 0],
		["aof_last_rewrite_time_sec", file.lastRewrite_s],
		["aof_current_rewrite_time_sec", file.currentRewrite_s],
		["aof_last_bgrewrite_status", status(file.lastRewriteIsOk)],
		["aof_rewrites", file.rewrites],
		["aof_rewrites_consecutive_failures", file.failuresInARow],
		["aof_last_write_status", status(file.lastWriteIsOk)],
		["aof_last_cow_size", file.lastCopiedBytes],
	];
}

function appendOnlyFields(file: AppendOnlyState): Field[] {
	return [
		["aof_current_size", file.currentBytes],
		["aof_base_size", file.baseBytes],
		["aof_pending_rewrite", file.isRewriteScheduled ? 1 : 0],
		["aof_buffer_length", file.bufferedBytes],
		["aof_pending_bio_fsync", file.pendingSyncs],
		["aof_delayed_fsync", file.delayedSyncs],
	];
}

function loadingFields(loading: LoadingState, now_ms: number): Field[] {
	const { startedAt_ms, totalBytes, loadedBytes } = loading;
	const elapsed_s = seconds(now_ms - startedAt_ms);
	const left_s = loadedBytes === 0 ? 1 : Math.floor((elapsed_s * (totalBytes - loadedBytes)) / (loadedBytes + 1));
	return [
		["loading_start_time", seconds(startedAt_ms)],
		["loading_total_bytes", totalBytes],
		["loading_rdb_used_mem", loading.usedMemory_bytes],
		["loading_loaded_bytes", loadedBytes],
		["loading_loaded_perc", (totalBytes === 0 ? 0 : (100 * loadedBytes) / totalBytes).toFixed(2)],
		["loading_eta_seconds", left_s],
	];
}

function seconds(duration_ms: number): number {
	return Math.floor(duration_ms / 1000);
}

function status(isOk: boolean): string {
	return isOk ? "ok" : "err";
}

export function clusterFields(source: InfoSource): Field[] {
	return [["cluster_enabled", source.config.values["cluster-enabled"] ? 1 : 0]];
}

export function modulesFields(): Field[] {
	return [];
}
