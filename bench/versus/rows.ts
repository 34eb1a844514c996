/**
 * What is compared: one literal per row, its set-up by name, and the ratios to reach. A new row is one more entry here;
 * measuring, tables and plots follow from it.
 *
 * Invariant: the commands are those redis-benchmark sends in its own tests of the same name, so that anybody can repeat
 * a row without us; set-ups make every key the row can name.
 */
import { collectionRows, collectionSetups } from "./collection-rows.ts";
import { appendRows } from "./durability/rows.ts";
import type { Series } from "./fill.ts";

/** Ratios are ours to Redis: of throughput, more is better; of all others, less is better. */
export type Measure = "throughput" | "cpu" | "p999" | "memory";

export interface Target {
	readonly measure: Measure;
	/** The ratio that has to be reached: at least this for throughput, at most this for the others. */
	readonly ratio: number;
	/** Pipeline depths it holds for; all where left out. */
	readonly depths?: readonly number[];
	/** Numbers of keys it holds for; all where left out. */
	readonly keys?: readonly number[];
}

/** A series whose `count` "keys" stands for the number of keys of the run. */
export interface SetupSeries {
	readonly command: Series["command"];
	readonly count: number | "keys";
	readonly lines?: number;
}

export interface Row {
	readonly name: string;
	/** `__rand_int__` becomes twelve digits below the number of keys, or of members. */
	readonly command: readonly string[];
	/** For rows about one key and its members: measured once, whatever the number of keys. */
	readonly members?: number;
	/** Where not all depths are of interest. */
	readonly depths?: readonly number[];
	/** Where fewer connections are needed: replies of megabytes, requests of milliseconds. */
	readonly clients?: number;
	/** Rows with the same set-up share one pair of servers and must leave its data as they found it. */
	readonly setup: SetupName;
	/** Sent before each single measurement, for rows that use up their data. */
	readonly before?: readonly SetupSeries[];
	/** How many times the work of a GET one request is, roughly: fewer requests are sent then. */
	readonly cost: number;
	readonly targets: readonly Target[];
}

export const depths: readonly number[] = [1, 16, 64];

const keyAndValue = ["key:__rand_int__", "xxx"];

export const setups = {
	keys: [{ command: ["SET", "key:__index__", "xxx"], count: "keys" }],
	counters: [{ command: ["SET", "counter:__index__", "100"], count: "keys" }],
	...collectionSetups,
} as const satisfies Record<string, readonly SetupSeries[]>;

export type SetupName = keyof typeof setups;

const getAndSet: readonly Target[] = [
	{ measure: "throughput", ratio: 0.97, depths: [1] },
	{ measure: "cpu", ratio: 0.75, depths: [16] },
	{ measure: "throughput", ratio: 2, depths: [64], keys: [100_000, 1_000_000] },
	{ measure: "throughput", ratio: 2.5, depths: [64], keys: [10_000_000] },
	{ measure: "p999", ratio: 1 },
];

export const rows: readonly Row[] = [
	{ name: "GET", command: ["GET", "key:__rand_int__"], setup: "keys", cost: 1, targets: getAndSet },
	{ name: "SET", command: ["SET", ...keyAndValue], setup: "keys", cost: 1, targets: getAndSet },
	{
		name: "MSET (10 keys)",
		command: ["MSET", ...Array.from({ length: 10 }, () => keyAndValue).flat()],
		setup: "keys",
		cost: 5,
		targets: [],
	},
	{ name: "PING", command: ["PING"], setup: "keys", cost: 1, targets: [] },
	{ name: "INCR", command: ["INCR", "counter:__rand_int__"], setup: "counters", cost: 1, targets: [] },
	...collectionRows,
];

/** The row of a result, those about the append-only file included. */
export function rowNamed(name: string): Row | undefined {
	return [...rows, ...appendRows].find((row) => row.name === name);
}

export const memoryTarget: Target = { measure: "memory", ratio: 0.6 };

export const collectionMemoryTarget: Target = { measure: "memory", ratio: 0.9 };

/** The longest stall while filling or deleting, an absolute bound. */
export const stallTarget_ms = 2;

export function seriesOf(setup: readonly SetupSeries[], keys: number): readonly Series[] {
	return setup.map((one) => ({ ...one, count: one.count === "keys" ? keys : one.count }));
}

/** The targets of a row that hold for one depth and number of keys. */
export function targetsFor(row: Pick<Row, "targets">, depth: number, keys: number): readonly Target[] {
	return row.targets.filter(
		(target) => (target.depths?.includes(depth) ?? true) && (target.keys?.includes(keys) ?? true),
	);
}

export function isReached(target: Target, ratio: number): boolean {
	return target.measure === "throughput" ? ratio >= target.ratio : ratio <= target.ratio;
}
