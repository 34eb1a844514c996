import { expect, test } from "bun:test";
import { Random } from "../../src/bytes/random.ts";
import { DueQueue } from "../../src/memory/due-queue.ts";
import { Segment } from "../../src/memory/segment.ts";
import { Table } from "../../src/memory/table.ts";

test("keeps the earliest in front through random changes", () => {
	const random = new Random(11);
	const table = new Table(1, 2);
	for (let round = 0; round < 20; round++) {
		const queue = new DueQueue();
		const segments = Array.from({ length: 1 + random.below(40) }, () => Segment.empty(table));
		const model = new Map<Segment, number>();
		for (let step = 0; step < 500; step++) {
			const segment = segments[random.below(segments.length)]!;
			if (random.below(2) === 0) {
				const due_ms = random.below(1000);
				if (due_ms < segment.queuedFor_ms) {
					queue.advance(segment, due_ms);
					model.set(segment, due_ms);
				}
			} else if (model.size > 0) {
				const first = queue.first()!;
				expect(first.queuedFor_ms).toBe(Math.min(...model.values()));
				const due_ms = random.below(3) === 0 ? Infinity : first.queuedFor_ms + random.below(500);
				queue.postponeFirst(due_ms);
				if (due_ms === Infinity) model.delete(first);
				else model.set(first, due_ms);
			}
			queue.verify();
			for (const each of segments) {
				queue.verifySegment(each);
				expect(each.queuedFor_ms).toBe(model.get(each) ?? Infinity);
			}
			expect(queue.first() === null).toBe(model.size === 0);
		}
	}
});
