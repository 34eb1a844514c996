/** Elements, estimates and unions of HyperLogLogs, sparse and dense. */
import { bench, do_not_optimize, run } from "mitata";
import { Random } from "../../src/bytes/random.ts";
import { Keyspace } from "../../src/keyspace/keyspace.ts";
import { RegisterUnion, ScriptUnionKernel } from "../../src/types/hyperloglog/union.ts";
import { HyperLogLog } from "../../src/types/hyperloglog.ts";

const sparseBytes = 3000;
const stoppedClock = { now_ms: () => 0, now_us: () => 0, monotonic_us: () => 0, zoneOffset_minutes: () => 0 };

/** One at a key of its own database, with so many elements. */
function sketch(elements: number): { hyperLogLog: HyperLogLog; add: (element: number) => number } {
	const database = new Keyspace(1, stoppedClock, new Random(1)).databases[0]!;
	const key = Uint8Array.of(1);
	const hyperLogLog = new HyperLogLog();
	const element = new Uint8Array(8);
	const words = new Uint32Array(element.buffer);
	database.peek(key, 0, 1, database.hash(key, 0, 1));
	hyperLogLog.create(database);
	const add = (number: number): number => {
		words[0] = number;
		return hyperLogLog.add(database, element, 0, 8, sparseBytes);
	};
	for (let i = 0; i < elements; i++) add(i);
	return { hyperLogLog, add };
}

export function benches(): void {
	for (const elements of [100, 1000, 100_000]) {
		const { hyperLogLog, add } = sketch(elements);
		const union = new RegisterUnion();
		const name = `${hyperLogLog.isDense() ? "dense" : "sparse"}, ${elements} elements`;
		let next = 0;
		bench(`${name}: an element it has`, () => do_not_optimize(add((next = (next + 1) % elements))));
		bench(`${name}: estimate`, () => do_not_optimize(hyperLogLog.estimate()));
		bench(`${name}: add to a union`, () => do_not_optimize(hyperLogLog.addTo(union)));
		bench(`${name}: estimate of a union`, () => do_not_optimize(hyperLogLog.estimateOf(union)));
	}
	const slow = new RegisterUnion(new ScriptUnionKernel());
	const { hyperLogLog } = sketch(100_000);
	bench("dense: add to a union without vectors", () => do_not_optimize(hyperLogLog.addTo(slow)));
}

if (import.meta.main) {
	benches();
	await run();
}
