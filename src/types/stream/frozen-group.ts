import { FrozenRecords } from "./frozen-records.ts";
import type { Consumer, Group } from "./group.ts";
import type { ConsumerItem, ConsumersPiece, GroupPiece, PendingPiece } from "./snapshot.ts";
import { wordsOf } from "./stream-id.ts";

/** Consumers of a piece. */
const CONSUMERS_MAX = 1000;

/** When a consumer was seen and active. */
interface Moments {
	readonly seen_ms: number;
	readonly active_ms: number;
}

/**
 * A group as it was at one moment. Nothing is noted until the group says that it is about to change, and of a consumer
 * until that one is.
 */
export class FrozenGroup {
	readonly pending: FrozenRecords;
	private readonly group: Group;
	private isNoted: boolean;
	private lastId: Int32Array;
	private entriesRead: Int32Array;
	private consumers: readonly Consumer[];
	private readonly moments: Map<Consumer, Moments>;
	/** Consumers, or -1 while the group itself was not taken. */
	private taken: number;

	constructor(group: Group) {
		this.pending = new FrozenRecords(group.pending);
		this.group = group;
		this.isNoted = false;
		this.lastId = noWords;
		this.entriesRead = noWords;
		this.consumers = [];
		this.moments = new Map();
		this.taken = -1;
	}

	/** To be told before the group changes, or has other consumers. */
	note(): void {
		if (this.isNoted) return;
		this.isNoted = true;
		const { lastId, entriesRead, consumers } = this.group;
		this.lastId = wordsOf(lastId);
		this.entriesRead = Int32Array.of(entriesRead.high, entriesRead.low);
		this.consumers = consumers.slice();
	}

	/** To be told before a consumer changes. */
	preserveConsumer(consumer: Consumer): void {
		if (this.moments.has(consumer)) return;
		this.moments.set(consumer, { seen_ms: consumer.seen_ms, active_ms: consumer.active_ms });
	}

	/** Bytes put aside so far. */
	keptBytes(): number {
		return this.pending.keptBytes;
	}

	next(bytesMax: number): GroupPiece | ConsumersPiece | PendingPiece | null {
		if (this.taken < 0) return this.takeGroup();
		if (this.taken < this.consumers.length) return this.takeConsumers();
		const words = this.pending.next(bytesMax);
		return words === null ? null : { form: "pending", words, count: words.length / this.group.pending.stride };
	}

	private takeGroup(): GroupPiece {
		this.note();
		this.pending.note();
		this.taken = 0;
		return {
			form: "group",
			name: new Uint8Array(this.group.name),
			lastId: this.lastId,
			entriesRead: this.entriesRead,
			consumers: this.consumers.length,
			pending: this.pending.count,
		};
	}

	private takeConsumers(): ConsumersPiece {
		const from = this.taken;
		this.taken = Math.min(from + CONSUMERS_MAX, this.consumers.length);
		const items: ConsumerItem[] = [];
		for (let i = from; i < this.taken; i++) {
			const consumer = this.consumers[i]!;
			const { seen_ms, active_ms } = this.moments.get(consumer) ?? consumer;
			items.push({ name: new Uint8Array(consumer.name), number: consumer.number, seen_ms, active_ms });
		}
		return { form: "consumers", consumers: items };
	}
}

const noWords = new Int32Array(0);
