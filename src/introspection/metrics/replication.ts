import type { InfoSource } from "../info/source.ts";
import type { Exposition } from "./exposition.ts";

/** Replicas of this server, and its master where it has one; INFO tells both in ways that are no numbers. */
export function addReplication(text: Exposition, { replication, adapters, config }: InfoSource): void {
	const now_ms = adapters.clock.now_ms();
	for (const replica of replication.leader.replicas) {
		const labels = {
			slave_ip: replica.ip(),
			slave_port: String(replica.traits.port),
			slave_state: replica.state(),
		};
		const lag_s = Math.max(0, Math.floor((now_ms - replica.acknowledgedAt_ms) / 1000));
		text.add("connected_slave_offset_bytes", "gauge", "Offset a replica has reached.", replica.acknowledged, labels);
		text.add("connected_slave_lag_seconds", "gauge", "How long ago it said so.", lag_s, labels);
	}
	const link = replication.follower.state();
	if (link === null) return;
	const labels = { master_host: link.host, master_port: String(link.port) };
	const isReadOnly = config.values["replica-read-only"] ? "1" : "0";
	text.add("slave_info", "gauge", "Whom this server follows.", 1, { ...labels, read_only: isReadOnly });
	text.add("master_link_up", "gauge", "Whether its master's commands come in.", link.linkIsUp ? 1 : 0, labels);
	text.add("master_last_io_seconds_ago", "gauge", "When the master was last heard.", link.lastIo_s, labels);
	text.add("master_sync_in_progress", "gauge", "Whether a copy is on its way.", link.isSyncing ? 1 : 0, labels);
	text.add("slave_repl_offset", "gauge", "Offset this replica has reached.", link.offset, labels);
}
