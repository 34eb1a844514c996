/** 500 scenarios, and proof that they repeat exactly and find what they should; `npm run test:simulation` has more. */
import { describe, expect, test } from "bun:test";
import type { ScenarioPlan } from "./simulation/plan.ts";
import { repeatLine, runScenario, type ScenarioOptions, type ScenarioReport } from "./simulation/scenario.ts";
import type { World } from "./simulation/world.ts";

const SEEDS = 500;
const GROUPS = 10;

function run(options: ScenarioOptions): ScenarioReport {
	const report = runScenario(options);
	if (report.problems.length > 0) console.log(`again: ${repeatLine(options.seed)}`);
	return report;
}

describe("scenarios", () => {
	const perGroup = SEEDS / GROUPS;
	const reports: ScenarioReport[] = [];
	const total = (of: (report: ScenarioReport) => number) => reports.reduce((sum, report) => sum + of(report), 0);

	test.each(Array.from({ length: GROUPS }, (_, group) => 1 + group * perGroup))("%i and what follows", (first) => {
		for (let seed = first; seed < first + perGroup; seed++) {
			const report = run({ seed });
			reports.push(report);
			expect([seed, report.problems]).toEqual([seed, []]);
		}
	});

	test("they were not idle", () => {
		expect(total(({ answered }) => answered)).toBeGreaterThan(100 * SEEDS);
		expect(total(({ confirmed }) => confirmed)).toBeGreaterThan(SEEDS);
		expect(total(({ meetings }) => meetings)).toBeGreaterThan(5 * SEEDS);
		expect(total(({ keys }) => keys)).toBeGreaterThan(5 * SEEDS);
		expect(total(({ fullSyncs }) => fullSyncs)).toBeGreaterThan(SEEDS);
		expect(total(({ partialSyncs }) => partialSyncs)).toBeGreaterThan(SEEDS / 2);
	});
});

test("the same seed is the same run, to the last byte on the network", () => {
	for (const seed of [3, 17, 101]) expect(runScenario({ seed })).toEqual(runScenario({ seed }));
	expect(runScenario({ seed: 3 }).trace).not.toBe(runScenario({ seed: 4 }).trace);
});

/** Two servers, and links that break and nothing else: a backlog that is large enough. */
const onlyCuts = (plan: ScenarioPlan): ScenarioPlan => ({
	...plan,
	servers: plan.servers.slice(0, 2).map((server) => ({
		...server,
		directives: [...server.directives, "repl-backlog-size 64mb", "client-output-buffer-limit replica 0 0 0"],
	})),
	faults: ["cut"],
	faultEvery_ms: 1000,
});

test("links that break alone lead to partial resynchronization", () => {
	const reports = Array.from({ length: 20 }, (_, index) => run({ seed: 1000 + index, alter: onlyCuts }));
	expect(reports.flatMap(({ problems }) => problems)).toEqual([]);
	// Each begins with a full copy, and one that a cut interrupts is begun again.
	const full = reports.reduce((sum, { fullSyncs }) => sum + fullSyncs - 1, 0);
	const partial = reports.reduce((sum, { partialSyncs }) => sum + partialSyncs, 0);
	expect(partial).toBeGreaterThan(100);
	expect(partial / (full + partial)).toBeGreaterThan(0.9);
});

const onlyFailovers = (plan: ScenarioPlan): ScenarioPlan => ({
	...plan,
	waiters: 2,
	faults: ["failover"],
	faultEvery_ms: 1500,
});

test("a leader that hands over loses no write that it has answered", () => {
	const reports = Array.from({ length: 20 }, (_, index) => run({ seed: 3000 + index, alter: onlyFailovers }));
	expect(reports.flatMap(({ problems }) => problems)).toEqual([]);
	expect(reports.map(({ lost }) => lost)).toEqual(reports.map(() => 0));
	expect(reports.reduce((sum, { confirmed }) => sum + confirmed, 0)).toBeGreaterThan(500);
});

/** Whether one of a few scenarios comes to a problem in such a world. */
function isFound(prepare: (world: World) => void): boolean {
	return Array.from({ length: 10 }, (_, index) => 2000 + index).some(
		(seed) => runScenario({ seed, prepare }).problems.length > 0,
	);
}

/** Changes what servers send each other, one piece in so many. */
function tampering(rarity: number, change: (bytes: Uint8Array) => Uint8Array): (world: World) => void {
	return (world) => {
		const random = world.fork();
		const isServer = (address: string) => address.startsWith("10.0.0.");
		world.internet.tamper = (bytes, from, to) =>
			isServer(from) && isServer(to) && random.below(rarity) === 0 ? change(bytes) : bytes;
	};
}

describe("the simulation finds", () => {
	test("a byte of the stream that is lost", () => {
		expect(isFound(tampering(40, (bytes) => bytes.slice(0, -1)))).toBe(true);
	});

	test("a bit that has changed", () => {
		const flip = (bytes: Uint8Array) => bytes.map((byte, at) => (at === bytes.length >> 1 ? byte ^ 1 : byte));
		expect(isFound(tampering(40, flip))).toBe(true);
	});

	test("an effect that is not told", () => {
		expect(isFound(forgetsDeletions)).toBe(true);
	});
});

/** A replica that does as it likes with one command in a hundred of its master: DEL means nothing to it. */
function forgetsDeletions(world: World): void {
	const isServer = (address: string) => address.startsWith("10.0.0.");
	world.internet.tamper = (bytes, from, to) => {
		if (!isServer(from) || !isServer(to)) return bytes;
		const text = Buffer.from(bytes).toString("latin1");
		return new Uint8Array(Buffer.from(text.replaceAll("\r\n$3\r\nDEL\r\n", "\r\n$3\r\nGET\r\n"), "latin1"));
	};
}
