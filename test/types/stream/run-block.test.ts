import { describe, expect, test } from "bun:test";
import { Footprint } from "../../../src/types/stream/footprint.ts";
import { FrozenRuns } from "../../../src/types/stream/frozen-runs.ts";
import {
	RUN_BYTES,
	RUN_LIVE,
	RUN_OFFSET,
	RUN_TOTAL,
	RUN_WORDS,
	RunBlock,
} from "../../../src/types/stream/run-block.ts";
import { StreamId } from "../../../src/types/stream/stream-id.ts";

const RUN = 10;

/** A block of runs, each of ten bytes that are its number. */
function blockOf(count: number): RunBlock {
	const block = new RunBlock(200, new Footprint());
	for (let run = 0; run < count; run++) addRun(block, run);
	return block;
}

function addRun(block: RunBlock, number: number): void {
	block.openRun(Object.assign(new StreamId(), { msLow: number }));
	const word = (block.end - 1) * RUN_WORDS;
	block.bytes.fill(number, block.used, block.used + RUN);
	block.used += RUN;
	block.directory[word + RUN_BYTES] = RUN;
	block.directory[word + RUN_LIVE] = 1;
	block.directory[word + RUN_TOTAL] = 1;
}

/** The numbers of the runs, by their bytes and by their ids, which agree. */
function numbersOf(bytes: Uint8Array, directory: Int32Array, from: number, to: number): number[] {
	return Array.from({ length: to - from }, (_, i) => {
		const word = (from + i) * RUN_WORDS;
		const offset = directory[word + RUN_OFFSET]!;
		expect([...bytes.subarray(offset, offset + RUN)]).toEqual(Array<number>(RUN).fill(directory[word + 1]!));
		return directory[word + 1]!;
	});
}

function livingNumbers(block: RunBlock): number[] {
	block.verify();
	return numbersOf(block.bytes, block.directory, block.first, block.end);
}

const changes: readonly [string, (block: RunBlock) => void, number[]][] = [
	["is taken from the middle", (block) => block.removeRun(2), [0, 1, 3, 4, 5]],
	["is taken from behind the middle", (block) => block.removeRun(4), [0, 1, 2, 3, 5]],
	["is the first", (block) => block.removeRun(0), [1, 2, 3, 4, 5]],
	[
		"is the last, and another takes its place",
		(block) => {
			block.removeRun(5);
			addRun(block, 9);
		},
		[0, 1, 2, 3, 4, 9],
	],
	[
		"makes room for others",
		(block) => {
			for (let i = 0; i < 4; i++) block.removeRun(block.first);
			for (let number = 6; number < 12; number++) addRun(block, number);
			block.compact(200);
		},
		[4, 5, 6, 7, 8, 9, 10, 11],
	],
];

describe("frozen runs of a block", () => {
	test.each(changes)("stay as they were where one %s", (_, change, left) => {
		const block = blockOf(6);
		const frozen = new FrozenRuns(block);
		block.frozen = frozen;
		change(block);
		expect(livingNumbers(block)).toEqual(left);
		const { bytes, directory, count } = frozen.takeRuns(1000);
		expect(numbersOf(bytes, directory, 0, count)).toEqual([0, 1, 2, 3, 4, 5]);
		expect(frozen.hasNext()).toBe(false);
	});

	test("stay as they were where the directory closes a gap that was there before", () => {
		const block = blockOf(6);
		for (let i = 0; i < 4; i++) block.removeRun(block.first);
		const frozen = new FrozenRuns(block);
		block.frozen = frozen;
		const { directory: before } = block;
		for (let number = 6; number < 9; number++) addRun(block, number);
		expect(block.directory).toBe(before);
		expect(livingNumbers(block)).toEqual([4, 5, 6, 7, 8]);
		const { bytes, directory, count } = frozen.takeRuns(1000);
		expect(numbersOf(bytes, directory, 0, count)).toEqual([4, 5]);
	});

	test("come in pieces of so many bytes, of one run at least", () => {
		const block = blockOf(6);
		const frozen = new FrozenRuns(block);
		block.frozen = frozen;
		const sizes = [25, 1, 1000].map((bytesMax) => {
			const { bytes, directory, count } = frozen.takeRuns(bytesMax);
			block.removeRun(block.first + 1);
			return numbersOf(bytes, directory, 0, count);
		});
		expect(sizes).toEqual([[0, 1], [2], [3, 4, 5]]);
	});
});
