import { bytesOf, discard } from "../bytes/ascii.ts";
import type { LeftOut, SnapshotSink } from "../persistence/snapshot/snapshots.ts";
import type { CopyPlan, CopyTools, OutgoingCopy } from "./outgoing-copy.ts";
import type { Replica } from "./replica.ts";

/** So much may wait for the slowest replica before the snapshot makes a pause. */
const WAITING_BYTES_MAX = 8 << 20;

/**
 * A copy that goes to the network as it is made, for all replicas that were there when it began:
 *
 *     $EOF:<mark>  the file  <mark>
 *
 * What has been made and not yet been sent to all of them waits in `pieces`, within bounds: the slowest replica sets the
 * pace, until it is given up.
 */
export class StreamedCopy implements OutgoingCopy, SnapshotSink {
	readonly offset: number;
	readonly leavesOut: LeftOut;
	readonly isOpen = false;
	readonly isStreamed = true;
	private readonly tools: CopyTools;
	private readonly plan: CopyPlan;
	private readonly mark: string;
	private readonly members: Set<Replica>;
	private readonly pieces: Uint8Array[];
	/** Number of the first byte of the first piece, and of that behind the last one. */
	private from: number;
	private to: number;
	private isWriting: boolean;
	private isComplete: boolean;

	/** `mark` is of 40 characters that the file does not contain. */
	constructor(tools: CopyTools, plan: CopyPlan, mark: string) {
		this.offset = plan.offset;
		this.leavesOut = plan.leavesOut;
		this.tools = tools;
		this.plan = plan;
		this.mark = mark;
		this.members = new Set();
		this.pieces = [];
		this.from = 0;
		this.to = 0;
		this.isWriting = false;
		this.isComplete = false;
	}

	begin(): void {
		this.isWriting = true;
		this.tools.snapshots.start(this.plan.request, (failure) => this.written(failure), this);
	}

	add(replica: Replica): void {
		this.members.add(replica);
		replica.say(`$EOF:${this.mark}\r\n`);
	}

	take(bytes: Uint8Array): void {
		this.pieces.push(bytes);
		this.to += bytes.length;
		for (const replica of this.members) this.tools.owner.goOn(replica);
		this.settle();
	}

	private written(failure: Error | null): void {
		const { log, owner } = this.tools;
		this.isWriting = false;
		owner.written();
		if (failure === null) {
			log.notice("Background RDB transfer terminated with success");
			this.isComplete = true;
			return this.take(bytesOf(this.mark));
		}
		const members = [...this.members];
		this.members.clear();
		if (members.length > 0) log.warning(`Background transfer error: ${failure.message}`);
		for (const replica of members) owner.failed(replica);
		owner.ended(this);
	}

	send(replica: Replica): void {
		while (replica.copiedBytes < this.to && !replica.isStuck) {
			let at = replica.copiedBytes - this.from;
			let index = 0;
			while (at >= this.pieces[index]!.length) at -= this.pieces[index++]!.length;
			const piece = this.pieces[index]!;
			const sent = replica.send(piece, at, piece.length - at);
			if (sent === 0) break;
			replica.copiedBytes += sent;
		}
		if (this.isComplete && replica.copiedBytes === this.to) this.tools.owner.copied(replica, this);
		else this.settle();
	}

	leave(replica: Replica): void {
		if (!this.members.delete(replica)) return;
		if (this.members.size > 0) return this.settle();
		if (this.isWriting) {
			this.tools.log.warning("Diskless rdb transfer, last replica dropped, killing fork child.");
			this.tools.snapshots.cancel();
		} else if (this.isComplete) this.tools.owner.ended(this);
	}

	/** Gives up what all have had, and says whether more is wanted. */
	private settle(): void {
		let needed = this.to;
		for (const replica of this.members) needed = Math.min(needed, replica.copiedBytes);
		while (this.pieces.length > 0 && this.from + this.pieces[0]!.length <= needed) {
			const piece = this.pieces.shift()!;
			this.from += piece.length;
			discard(piece);
		}
		if (this.isWriting) this.tools.snapshots.hold(this.to - this.from > WAITING_BYTES_MAX);
	}
}
