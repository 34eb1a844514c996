import type { OpenFile } from "../adapters/files.ts";
import type { LeftOut } from "../persistence/snapshot/snapshots.ts";
import type { CopyPlan, CopyTools, OutgoingCopy } from "./outgoing-copy.ts";
import type { Replica } from "./replica.ts";

const READ_BYTES = 64 * 1024;
/** Sent to one replica before others have their turn. */
const TURN_BYTES = 1 << 20;

/** A copy that is written to a temporary file first, and sent from there: `$<length>`, then the file. */
export class FiledCopy implements OutgoingCopy {
	readonly offset: number;
	readonly leavesOut: LeftOut;
	isOpen: boolean;
	readonly isStreamed = false;
	private readonly tools: CopyTools;
	private readonly plan: CopyPlan;
	private readonly members: Set<Replica>;
	private readonly buffer: Uint8Array;
	private file: OpenFile | null;
	private length: number;

	constructor(tools: CopyTools, plan: CopyPlan) {
		this.offset = plan.offset;
		this.leavesOut = plan.leavesOut;
		this.isOpen = true;
		this.tools = tools;
		this.plan = plan;
		this.members = new Set();
		this.buffer = new Uint8Array(READ_BYTES);
		this.file = null;
		this.length = 0;
	}

	begin(): void {
		this.tools.snapshots.start(this.plan.request, (failure) => this.written(failure));
	}

	add(replica: Replica): void {
		this.members.add(replica);
	}

	private written(failure: Error | null): void {
		const { files, log, owner } = this.tools;
		this.isOpen = false;
		owner.written();
		if (failure === null && this.members.size > 0) {
			try {
				this.file = files.open(this.plan.request.path, "read");
				this.length = this.file.size();
			} catch (reason) {
				return this.fail(reason as Error);
			}
			log.notice("Background saving terminated with success");
			for (const replica of this.members) {
				replica.stage = "sending";
				replica.say(`$${this.length}\r\n`);
				owner.goOn(replica);
			}
		} else if (failure === null) this.close();
		else this.fail(failure);
	}

	private fail(reason: Error): void {
		const { log, owner } = this.tools;
		const members = [...this.members];
		this.members.clear();
		if (members.length > 0) log.warning(`SYNC failed. BGSAVE child returned an error: ${reason.message}`);
		for (const replica of members) owner.failed(replica);
		this.close();
	}

	send(replica: Replica): void {
		const { file } = this;
		if (file === null) return;
		let turn_bytes = 0;
		while (replica.copiedBytes < this.length && !replica.isStuck) {
			if (turn_bytes >= TURN_BYTES) return this.tools.soon(() => this.tools.owner.goOn(replica));
			const wanted = Math.min(READ_BYTES, this.length - replica.copiedBytes);
			let read = 0;
			try {
				read = file.read(this.buffer, 0, wanted, replica.copiedBytes);
			} catch (reason) {
				this.tools.log.warning(`Read error sending DB to replica: ${(reason as Error).message}`);
			}
			if (read === 0) return this.tools.owner.failed(replica);
			const sent = replica.send(this.buffer, 0, read);
			if (sent === 0) return;
			replica.copiedBytes += sent;
			turn_bytes += sent;
		}
		if (replica.copiedBytes === this.length) this.tools.owner.copied(replica, this);
	}

	/** While the file is being written it goes on for those who may yet come. */
	leave(replica: Replica): void {
		if (!this.members.delete(replica) || this.members.size > 0) return;
		if (this.isOpen) this.tools.snapshots.cancel();
		else this.close();
	}

	private close(): void {
		const { files, owner } = this.tools;
		if (this.file !== null) {
			this.file.close();
			this.file = null;
		}
		try {
			files.remove(this.plan.request.path);
		} catch {
			// Where it could not be written there is none.
		}
		owner.ended(this);
	}
}
