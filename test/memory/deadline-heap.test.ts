import { expect, test } from "bun:test";
import { Random } from "../../src/bytes/random.ts";
import { DeadlineHeap } from "../../src/memory/deadline-heap.ts";
import { entryBytes, KIND_DEADLINE, readHeapPosition, writeHead } from "../../src/memory/entry.ts";

const ENTRIES = 300;

test("keeps order and positions through random changes", () => {
	const bytes = entryBytes(1, 0, true);
	const slab = new Uint8Array(ENTRIES * bytes);
	for (let i = 0; i < ENTRIES; i++) writeHead(slab, i * bytes, KIND_DEADLINE, 0, 1);
	const heap = new DeadlineHeap();
	const random = new Random(3);
	const model = new Map<number, number>();
	for (let step = 0; step < 20_000; step++) {
		const offset = random.below(ENTRIES) * bytes;
		const deadline = random.below(1000);
		if (!model.has(offset)) heap.add(slab, offset, deadline);
		else if (random.below(2) === 0) heap.change(slab, readHeapPosition(slab, offset), deadline);
		else {
			heap.remove(slab, readHeapPosition(slab, offset));
			model.delete(offset);
			continue;
		}
		model.set(offset, deadline);
		if (step % 100 === 0) {
			heap.verify(slab);
			expect(heap.size).toBe(model.size);
			expect(heap.earliest()).toBe(Math.min(...model.values()));
		}
	}
	// Emptying it from the top sorts.
	let last = 0;
	while (heap.size > 0) {
		const deadline = heap.earliest();
		expect(deadline).toBe(model.get(heap.earliestOffset())!);
		expect(deadline).toBeGreaterThanOrEqual(last);
		last = deadline;
		heap.remove(slab, 0);
	}
	expect(heap.earliest()).toBe(Infinity);
});
