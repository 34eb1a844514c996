import { assert } from "../bytes/assert.ts";
import type { Segment } from "./segment.ts";

/**
 * The segments of a table that may hold deadlines, the earliest first, so that what is due is found without a walk over
 * the directory: a binary min-heap.
 *
 * A segment is queued for a moment no later than the earliest of its deadlines. An earlier deadline moves it forward at
 * once; that deadlines went away is found out only when the segment has come to the front. So most changes of a deadline
 * cost one comparison here.
 *
 * Invariant: a segment whose heap is not empty is queued, for no later than its earliest deadline; segments[p] says p.
 */
export class DueQueue {
	private readonly segments: Segment[];

	constructor() {
		this.segments = [];
	}

	first(): Segment | null {
		return this.segments.length === 0 ? null : this.segments[0]!;
	}

	/** Queues the segment for a moment earlier than the one it is queued for. */
	advance(segment: Segment, due_ms: number): void {
		if (segment.queuePosition < 0) segment.queuePosition = this.segments.push(segment) - 1;
		this.siftUp(segment, due_ms);
	}

	/** Queues the first segment for a later moment; Infinity takes it out. */
	postponeFirst(due_ms: number): void {
		const segment = this.segments[0]!;
		if (due_ms !== Infinity) {
			this.siftDown(segment, due_ms);
			return;
		}
		segment.queuedFor_ms = Infinity;
		segment.queuePosition = -1;
		const last = this.segments.pop()!;
		if (last !== segment) this.siftDown(last, last.queuedFor_ms);
	}

	/** From the position it has towards the front. */
	private siftUp(segment: Segment, due_ms: number): void {
		const { segments } = this;
		let position = segment.queuePosition;
		while (position > 0) {
			const above = (position - 1) >> 1;
			const parent = segments[above]!;
			if (parent.queuedFor_ms <= due_ms) break;
			segments[position] = parent;
			parent.queuePosition = position;
			position = above;
		}
		this.place(segment, position, due_ms);
	}

	/** From the front to where it belongs. */
	private siftDown(segment: Segment, due_ms: number): void {
		const { segments } = this;
		const size = segments.length;
		let position = 0;
		for (;;) {
			let child = 2 * position + 1;
			if (child >= size) break;
			if (child + 1 < size && segments[child + 1]!.queuedFor_ms < segments[child]!.queuedFor_ms) child++;
			const earlier = segments[child]!;
			if (earlier.queuedFor_ms >= due_ms) break;
			segments[position] = earlier;
			earlier.queuePosition = position;
			position = child;
		}
		this.place(segment, position, due_ms);
	}

	private place(segment: Segment, position: number, due_ms: number): void {
		this.segments[position] = segment;
		segment.queuePosition = position;
		segment.queuedFor_ms = due_ms;
	}

	bytesUsed(): number {
		return 8 * this.segments.length;
	}

	verify(): void {
		for (let position = 0; position < this.segments.length; position++) {
			const segment = this.segments[position]!;
			const parent = this.segments[(position - 1) >> 1];
			assert(segment.queuePosition === position, "a segment knows its place in the queue");
			assert(position === 0 || parent!.queuedFor_ms <= segment.queuedFor_ms, "the queue is in heap order");
		}
	}

	/** Checks what the queue promises of one segment of the table. */
	verifySegment(segment: Segment): void {
		const isQueued = segment.queuePosition >= 0;
		assert(!isQueued || this.segments[segment.queuePosition] === segment, "a queued segment is in the queue");
		assert(isQueued === (segment.queuedFor_ms !== Infinity), "a segment is queued for a moment or not at all");
		if (segment.heap === null || segment.heap.size === 0) return;
		assert(segment.queuedFor_ms <= segment.heap.earliest(), "a segment is queued in time");
	}
}
