/** The heap of deadlines at the size of a full segment. */
import { bench, run } from "mitata";
import { Random } from "../../src/bytes/random.ts";
import { DeadlineHeap } from "../../src/memory/deadline-heap.ts";
import { entryBytes, KIND_DEADLINE, readHeapPosition, writeHead } from "../../src/memory/entry.ts";

const ENTRIES = 4096;
const ENTRY_BYTES = entryBytes(1, 0, true);

function filledSlab(): Uint8Array {
	const slab = new Uint8Array(ENTRIES * ENTRY_BYTES);
	for (let i = 0; i < ENTRIES; i++) writeHead(slab, i * ENTRY_BYTES, KIND_DEADLINE, 0, 1);
	return slab;
}

export function benches(): void {
	const slab = filledSlab();
	const heap = new DeadlineHeap();
	const random = new Random(1);
	for (let i = 0; i < ENTRIES; i++) heap.add(slab, i * ENTRY_BYTES, random.below(1e9));
	let now = 1e9;
	let turn = 0;

	bench("push a deadline back, as a session that is used", () => {
		turn = (turn + 1021) % ENTRIES;
		heap.change(slab, readHeapPosition(slab, turn * ENTRY_BYTES), now++);
	});
	bench("move a deadline anywhere", () => {
		turn = (turn + 1021) % ENTRIES;
		heap.change(slab, readHeapPosition(slab, turn * ENTRY_BYTES), random.below(1e9));
	});
	bench("take the earliest out and put it back as the latest", () => {
		const offset = heap.earliestOffset();
		heap.remove(slab, 0);
		heap.add(slab, offset, now++);
	});
}

if (import.meta.main) {
	benches();
	await run();
}
