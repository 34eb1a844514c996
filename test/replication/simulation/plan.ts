/** What a scenario is: everything about it that does not happen while it runs, drawn from its seed. */
import type { Random } from "../../../src/bytes/random.ts";
import type { LineQuality } from "../../support/virtual-internet.ts";
import { type FaultName, faultNames } from "./faults.ts";

export interface ServerPlan {
	readonly address: string;
	/** Whom it follows at first; null for the leader. */
	readonly master: string | null;
	readonly directives: readonly string[];
}

export interface ScenarioPlan {
	readonly servers: readonly ServerPlan[];
	readonly quality: LineQuality;
	/** How many clients send commands of all kinds, and how many write and WAIT. */
	readonly clients: number;
	readonly waiters: number;
	readonly usesScripts: boolean;
	readonly duration_ms: number;
	/** What goes wrong, and every how many milliseconds about; later things heal. */
	readonly faults: readonly FaultName[];
	readonly faultEvery_ms: number;
	/** Whether the clocks of the machines disagree. */
	readonly hasSkew: boolean;
}

const persistences: readonly (readonly string[])[] = [
	['save ""'],
	['save ""'],
	["save 1 1"],
	['save ""', "appendonly yes", "appendfsync everysec"],
	['save ""', "appendonly yes", "appendfsync always"],
];

export function planFrom(random: Random): ScenarioPlan {
	const chance = (percent: number) => random.below(100) < percent;
	const choose = <T>(from: readonly T[]): T => from[random.below(from.length)]!;
	const count = choose([2, 2, 3, 3, 3, 4]);
	const addresses = Array.from({ length: count }, (_, index) => `10.0.0.${index + 1}`);
	const timeout_s = choose([3, 5, 8]);
	const common = [
		"bind *",
		"protected-mode no",
		"databases 3",
		"enable-debug-command yes",
		`hz ${choose([10, 10, 50])}`,
		`repl-timeout ${timeout_s}`,
		`repl-ping-replica-period ${choose([1, 1, 2])}`,
		`repl-backlog-size ${choose(["16kb", "64kb", "1mb", "1mb"])}`,
		`repl-backlog-ttl ${choose(["0", "2", "3600"])}`,
		`repl-diskless-sync ${choose(["yes", "yes", "no"])}`,
		`repl-diskless-sync-delay ${choose([0, 0, 1])}`,
		`repl-diskless-load ${choose(["disabled", "on-empty-db", "swapdb", "swapdb"])}`,
		`lazyfree-lazy-expire ${choose(["yes", "no"])}`,
	];
	if (chance(15)) common.push("client-output-buffer-limit replica 64kb 16kb 1");
	if (chance(20)) common.push("replica-serve-stale-data no");
	const isQuiet = chance(10);
	// Who waits for replicas has to find again what was confirmed.
	const waiters = chance(40) ? 1 : 0;
	const faults = faultNames.filter((name) => chance(60) && (waiters === 0 || name !== "flush"));
	return {
		servers: addresses.map((address, index) => ({
			address,
			// A star mostly, but some follow one that follows.
			master: index === 0 ? null : addresses[chance(35) ? random.below(index) : 0]!,
			directives: [...common, ...choose(persistences)],
		})),
		quality: {
			pieceBytesMax: choose([Infinity, 2000, 200, 40]),
			writeBytesMax: choose([Infinity, Infinity, 3000, 300]),
			delay_ms_max: choose([0, 1, 3, 20]),
			window_bytes: choose([1 << 20, 64 << 10, 4096]),
		},
		clients: 1 + random.below(3),
		waiters,
		usesScripts: chance(12),
		duration_ms: 4000 + random.below(11_000),
		faults: isQuiet ? [] : faults,
		faultEvery_ms: choose([300, 1000, 3000]),
		hasSkew: chance(50),
	};
}
