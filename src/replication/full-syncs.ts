import { FiledCopy } from "./filed-copy.ts";
import type { ReplicationHost } from "./host.ts";
import type { CopyOwner, CopyPlan, CopyTools, OutgoingCopy } from "./outgoing-copy.ts";
import type { Replica } from "./replica.ts";
import { StreamedCopy } from "./streamed-copy.ts";

/** What full copies need of the leader. */
export interface FullSyncsOwner extends Pick<CopyOwner, "goOn" | "copied" | "failed"> {
	readonly replicas: ReadonlySet<Replica>;
	/** Bytes of the stream so far. */
	offset(): number;
	/** The name of the history. */
	historyId(): string;
	/** 40 hexadecimal digits that nobody can foresee. */
	newMark(): string;
}

/**
 * Sees to it that replicas get full copies: one at a time, for all that wait when it begins and want the same. A copy that
 * is made for several costs no more than one for one of them, so a streamed one waits a while for others to come.
 */
export class FullSyncs implements CopyOwner {
	private readonly host: ReplicationHost;
	private readonly owner: FullSyncsOwner;
	private readonly tools: CopyTools;
	private current: OutgoingCopy | null;
	private attempts: number;
	private isBeginDue: boolean;

	constructor(host: ReplicationHost, owner: FullSyncsOwner) {
		const { adapters, persistence, log } = host;
		this.host = host;
		this.owner = owner;
		this.tools = {
			owner: this,
			snapshots: persistence.snapshots,
			files: adapters.files,
			log,
			soon: (action) => adapters.timers.soon(action),
		};
		this.current = null;
		this.attempts = 0;
		this.isBeginDue = false;
	}

	/** A replica begins to wait. */
	want(replica: Replica): void {
		const { current, host } = this;
		const { log } = host;
		if (current === null) {
			const reason = this.reasonToWait(replica);
			if (reason !== "") log.notice(reason);
			this.beginSoon();
		} else if (current.isStreamed) {
			log.notice("Current BGSAVE has socket target. Waiting for next BGSAVE for SYNC");
		} else if (current.isOpen && this.canShare(current, replica)) {
			log.notice("Waiting for end of BGSAVE for SYNC");
			this.admit(replica, current);
		} else log.notice("Can't attach the replica to the current BGSAVE. Waiting for next BGSAVE for SYNC");
	}

	private canShare(copy: OutgoingCopy, { traits }: Replica): boolean {
		const { data, functions } = traits.leavesOut;
		return copy.leavesOut.data === data && copy.leavesOut.functions === functions;
	}

	/** "" where a copy begins at once. */
	private reasonToWait(replica: Replica): string {
		const { config, persistence } = this.host;
		const { "repl-diskless-sync": isDiskless, "repl-diskless-sync-delay": delay_s } = config.values;
		if (isDiskless && replica.traits.takesUnknownLength && delay_s > 0) {
			return "Delay next BGSAVE for diskless SYNC";
		}
		if (persistence.snapshots.progress() === null) return "";
		return "No BGSAVE in progress, but another BG operation is active. BGSAVE for replication delayed";
	}

	/** Behind the command at work, which may have made half of its changes. */
	private beginSoon(): void {
		if (this.isBeginDue) return;
		this.isBeginDue = true;
		this.tools.soon(() => {
			this.isBeginDue = false;
			this.beginIfDue();
		});
	}

	/** Begins a copy, where somebody has waited long enough and nothing stands in the way; called several times a second. */
	beginIfDue(): void {
		const { persistence, keyspace } = this.host;
		if (this.current !== null) return;
		const group = this.waitingGroup();
		if (group.length === 0 || !this.isDue(group)) return;
		if (persistence.snapshots.progress() !== null || persistence.saves.isBusy()) return;
		// What is copied is the outcome of all that is in the stream, and of nothing else.
		if (keyspace.isStandingStill || !keyspace.effects.canBeTaken()) return;
		this.begin(group);
	}

	/** Those who wait and want the same as the first of them. */
	private waitingGroup(): Replica[] {
		const group: Replica[] = [];
		for (const replica of this.owner.replicas) {
			if (replica.stage !== "waiting") continue;
			const isAlike = group.length === 0 || sameParts(group[0]!, replica);
			if (isAlike) group.push(replica);
		}
		return group;
	}

	private isDue(group: readonly Replica[]): boolean {
		const { values } = this.host.config;
		if (!values["repl-diskless-sync"]) return true;
		const replicasMax = values["repl-diskless-sync-max-replicas"];
		if (replicasMax > 0 && group.length >= replicasMax) return true;
		const now_ms = this.host.adapters.clock.now_ms();
		return group.some(({ since_ms }) => now_ms - since_ms >= 1000 * values["repl-diskless-sync-delay"]);
	}

	private isStreamedFor(group: readonly Replica[]): boolean {
		if (group.some(({ traits }) => !traits.takesUnknownLength)) return false;
		const { data, functions } = group[0]!.traits.leavesOut;
		return data || functions || this.host.config.values["repl-diskless-sync"];
	}

	private begin(group: readonly Replica[]): void {
		const { host, owner } = this;
		const { saves } = host.persistence;
		const isStreamed = this.isStreamedFor(group);
		host.log.notice(`Starting BGSAVE for SYNC with target: ${isStreamed ? "replicas sockets" : "disk"}`);
		host.commitNow();
		// Who begins with a copy does not know what was selected before.
		host.keyspace.effects.forgetDatabase();
		const { leavesOut } = group[0]!.traits;
		const path = isStreamed ? "" : this.temporaryPath();
		const request = { ...saves.request(path), leavesOut };
		const plan: CopyPlan = { request, leavesOut, offset: owner.offset() };
		const copy = isStreamed ? new StreamedCopy(this.tools, plan, owner.newMark()) : new FiledCopy(this.tools, plan);
		this.current = copy;
		saves.isForReplicas = true;
		try {
			copy.begin();
		} catch (reason) {
			saves.isForReplicas = false;
			this.current = null;
			host.log.warning(`BGSAVE for replication failed: ${(reason as Error).message}`);
			for (const replica of group) this.owner.failed(replica);
			return;
		}
		const { pid } = host.adapters.host;
		host.log.notice(
			isStreamed ? `Background RDB transfer started by pid ${pid}` : `Background saving started by pid ${pid}`,
		);
		for (const replica of group) this.admit(replica, copy);
	}

	private temporaryPath(): string {
		const { files, host } = this.host.adapters;
		return files.resolve(`temp-replication-${host.pid}-${++this.attempts}.rdb`);
	}

	private admit(replica: Replica, copy: OutgoingCopy): void {
		replica.beginCopy(copy, copy.offset);
		if (!replica.isPlain) replica.say(`+FULLRESYNC ${this.owner.historyId()} ${copy.offset}\r\n`);
		copy.add(replica);
		this.owner.goOn(replica);
	}

	// What copies say

	goOn(replica: Replica): void {
		this.owner.goOn(replica);
	}

	copied(replica: Replica, copy: OutgoingCopy): void {
		copy.leave(replica);
		this.owner.copied(replica, copy);
	}

	failed(replica: Replica): void {
		this.owner.failed(replica);
	}

	ended(copy: OutgoingCopy): void {
		if (this.current !== copy) return;
		this.current = null;
		this.beginSoon();
	}

	written(): void {
		this.host.persistence.saves.isForReplicas = false;
	}
}

function sameParts(one: Replica, other: Replica): boolean {
	const { data, functions } = one.traits.leavesOut;
	return other.traits.leavesOut.data === data && other.traits.leavesOut.functions === functions;
}
