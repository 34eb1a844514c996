/** A thousand crash points, and proof that the campaign sees what it is meant to; `npm run test:crash-points` has more. */
import { describe, expect, test } from "bun:test";
import { Random } from "../../src/bytes/random.ts";
import { type Policy, policies, tellStory } from "../crash/crash-points.ts";
import { DurableMachine } from "../crash/durable-machine.ts";
import { SimulatedDisk } from "../support/simulated-disk.ts";

const stories = [1, 2, 3, 4, 5, 6];
const faultyStories = [11, 12];
const POINTS = 60;

/** It says that it has synced, and has not. */
class LyingDisk extends SimulatedDisk {
	override syncInode(): void {}
	override syncInodeLater(_inode: unknown, _path: string, done: (failure: Error | null) => void): void {
		this.later(() => done(null));
	}
}

/** It forgets which names there are, whatever was synced. */
class ForgetfulDisk extends SimulatedDisk {
	override syncDirectory(): void {}
}

describe.each([...policies])("crash points with %s", (policy) => {
	test.each(stories)("story %i", (seed) => {
		const report = tellStory({ seed, policy, points: POINTS });
		expect(report.problems).toEqual([]);
		expect(report.points).toBeGreaterThanOrEqual(POINTS);
		expect(report.answered).toBeGreaterThan(20);
	});

	test.each(faultyStories)("story %i, on a disk that fails now and then", (seed) => {
		const report = tellStory({ seed, policy, points: POINTS, isFaulty: true });
		expect(report.problems).toEqual([]);
		expect(report.points).toBeGreaterThanOrEqual(POINTS);
	});
});

test.each(["always", "everysec"] as const)("crash points with %s, zeros at the end, and check-aof --fix", (policy) => {
	const report = tellStory({ seed: 1, policy, points: 2 * POINTS, makesZeroTails: true });
	expect(report.problems).toEqual([]);
	expect(report.mended).toBeGreaterThan(0);
});

test("a directory made by a process that was killed at once is on the disk before anything is promised", () => {
	const directives = ['save ""', "appendonly yes", "appendfsync always"];
	const disk = new SimulatedDisk();
	let left = disk;
	disk.afterOperation = ({ action }) => {
		if (action === "makeDirectory") left = disk.killed();
	};
	new DurableMachine(disk, 1_700_000_000_000, 1, directives).server.stop();
	expect(left.list(".")).toEqual(["appendonlydir"]);
	const machine = new DurableMachine(left, 1_700_000_000_000, 1, directives);
	expect(machine.ask(machine.connect(), [["SET", "key", "value"]])[0]!.text).toBe("OK");
	for (let seed = 1; seed < 20; seed++) {
		const next = new DurableMachine(left.crash(new Random(seed)), 1_700_000_000_000, 1, directives);
		expect(next.ask(next.connect(), [["GET", "key"]])[0]!.text).toBe("value");
	}
});

/** Whether one of a few stories comes to a problem on this disk. */
function isFound(policy: Policy, makeDisk: () => SimulatedDisk): boolean {
	return [1, 2, 3, 4].some((seed) => tellStory({ seed, policy, points: POINTS, makeDisk }).problems.length > 0);
}

describe("the campaign finds", () => {
	test.each([...policies])("a disk that lies about its syncs (%s)", (policy) => {
		expect(isFound(policy, () => new LyingDisk())).toBe(true);
	});

	test.each([...policies])("a disk that forgets names (%s)", (policy) => {
		expect(isFound(policy, () => new ForgetfulDisk())).toBe(true);
	});
});
