/** A thousand crash points, and proof that the campaign sees what it is meant to; `npm run test:crash-points` has more. */
import { describe, expect, test } from "bun:test";
import { Random } from "../../src/bytes/random.ts";
import { type Policy, policies, tellStory } from "../crash/crash-points.ts";
import { DurableMachine } from "../crash/durable-machine.ts";
import { SimulatedDisk } from "../support/simulated-disk.ts";
import { commandText } from "../support/wire.ts";

const stories = [1, 2, 3, 4, 5, 6];
const faultyStories = [11, 12];
const POINTS = 60;
const START_MS = 1_700_000_000_000;

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

test("what a server promises that follows a killed one outlives a power cut, wherever the other was killed", () => {
	const directives = ['save ""', "appendonly yes", "appendfsync always"];
	const disk = new SimulatedDisk();
	const remains: { left: SimulatedDisk; after: string; isWritten: boolean }[] = [];
	let isWritten = false;
	disk.afterOperation = ({ action, path }) =>
		remains.push({ left: disk.killed(), after: `${action} ${path}`, isWritten });
	const first = new DurableMachine(disk, START_MS, 1, directives);
	const client = first.connect();
	first.ask(client, [["SET", "first", "value"]]);
	isWritten = true;
	for (let round = 0; round < 2; round++) {
		first.ask(client, [["BGREWRITEAOF"]]);
		first.time.advance(2000);
	}
	expect(remains.length).toBeGreaterThan(30);
	for (const { left, after, isWritten } of remains) {
		const second = new DurableMachine(left, START_MS, 1, directives);
		expect(second.ask(second.connect(), [["SET", "second", "value"]])[0]!.text).toBe("OK");
		for (let seed = 1; seed < 10; seed++) {
			const third = new DurableMachine(left.crash(new Random(seed)), START_MS, 1, directives);
			expect([after, third.exitCode]).toEqual([after, null]);
			const [one, two] = third.ask(third.connect(), [
				["GET", "first"],
				["GET", "second"],
			]);
			expect([after, two!.text]).toEqual([after, "value"]);
			if (isWritten) expect([after, one!.text]).toEqual([after, "value"]);
		}
	}
});

test("the move of an old append-only file survives a crash after any of its steps", () => {
	const directives = ['save ""', "appendonly yes", "appendfsync always"];
	const disk = new SimulatedDisk({ "/work/appendonly.aof": commandText(["SET", "old", "value"]) });
	const remains: { left: SimulatedDisk; after: string }[] = [];
	disk.afterOperation = ({ action, path }) => {
		const after = `${action} ${path}`;
		remains.push({ left: disk.killed(), after });
		for (let seed = 1; seed < 20; seed++) remains.push({ left: disk.crash(new Random(seed)), after });
	};
	new DurableMachine(disk, START_MS, 1, directives);
	expect(remains.length).toBeGreaterThan(100);
	for (const { left, after } of remains) {
		const machine = new DurableMachine(left, START_MS, 1, directives);
		expect([after, machine.exitCode]).toEqual([after, null]);
		expect([after, machine.ask(machine.connect(), [["GET", "old"]])[0]!.text]).toEqual([after, "value"]);
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
