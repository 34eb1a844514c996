import { describe, expect, test } from "bun:test";
import { Random } from "../../src/bytes/random.ts";
import { Backlog } from "../../src/server/backlog.ts";
import { PendingOutput } from "../../src/server/pending-output.ts";
import { mayKeepOutput } from "../../src/server/slow-readers.ts";

describe("pending output", () => {
	test.each([1, 2, 3])("gives back what was added, in order, however it is taken: seed %d", (seed) => {
		const random = new Random(seed);
		const output = new PendingOutput(new Backlog(1000));
		const source = new Uint8Array(300);
		const added: number[] = [];
		const taken: number[] = [];
		for (let step = 0; step < 20_000; step++) {
			// More is added than taken at first, so that many chunks pile up; then they go.
			if (step < 8_000 ? random.below(3) > 0 : random.below(3) === 0) {
				random.fill(source);
				const start = random.below(100);
				const length = 1 + random.below(200);
				output.add(source, start, length);
				added.push(...source.subarray(start, start + length));
			} else if (output.bytes > 0) {
				const first = output.first();
				const length = random.below(output.firstEnd() - output.offset + 1);
				taken.push(...first.subarray(output.offset, output.offset + length));
				output.taken(length);
			}
			expect(output.bytes).toBe(added.length - taken.length);
			expect(output.count() === 0).toBe(output.bytes === 0);
		}
		expect(taken).toEqual(added.slice(0, taken.length));
		output.clear();
		expect([output.bytes, output.count(), output.offset]).toEqual([0, 0, 0]);
	});

	test("of many small replies is in few blocks", () => {
		const backlog = new Backlog(1 << 30);
		const output = new PendingOutput(backlog);
		for (let i = 0; i < 20_000; i++) output.add(new Uint8Array([1, 2, 3, 4, 5]), 0, 5);
		expect([output.bytes, backlog.bytes]).toEqual([100_000, 100_000]);
		expect(output.count()).toBeLessThan(10);
		output.taken(700);
		expect([output.bytes, backlog.bytes]).toEqual([99_300, 99_300]);
		output.clear();
		expect(backlog.bytes).toBe(0);
	});

	test("that others hold, too, is not in the backlog", () => {
		const backlog = new Backlog(1 << 30);
		const output = new PendingOutput(backlog);
		const shared = Uint8Array.of(1, 2, 3, 4);
		output.addShared(shared, 1);
		output.add(Uint8Array.of(5, 6), 0, 2);
		output.addShared(shared, 0);
		expect([output.bytes, backlog.bytes, output.count()]).toEqual([9, 2, 3]);
		output.taken(3);
		expect([...output.first().subarray(output.offset, output.firstEnd())]).toEqual([5, 6]);
		output.taken(2);
		expect([output.bytes, backlog.bytes]).toEqual([4, 0]);
		output.taken(4);
		expect(output.bytes).toBe(0);
	});

	test("copies: what it was given may change", () => {
		const output = new PendingOutput(new Backlog(1000));
		const source = Uint8Array.of(1, 2, 3);
		output.add(source, 0, 3);
		source.fill(9);
		expect([...output.first().subarray(0, output.firstEnd())]).toEqual([1, 2, 3]);
	});
});

describe("limits of pending output", () => {
	function outputOf(bytes: number): PendingOutput {
		const output = new PendingOutput(new Backlog(1000));
		output.add(new Uint8Array(bytes), 0, bytes);
		return output;
	}
	const limit = { hard_bytes: 100, soft_bytes: 50, soft_seconds: 2 };

	test("zero is no limit", () => {
		expect(mayKeepOutput(outputOf(10_000), { hard_bytes: 0, soft_bytes: 0, soft_seconds: 0 }, 1_000)).toBe(true);
	});

	test("the hard one counts at once, to the byte", () => {
		expect(mayKeepOutput(outputOf(100), limit, 1_000)).toBe(true);
		expect(mayKeepOutput(outputOf(101), limit, 1_000)).toBe(false);
	});

	test("the soft one counts after its seconds without a break", () => {
		const output = outputOf(51);
		expect(mayKeepOutput(output, limit, 1_000)).toBe(true);
		expect(mayKeepOutput(output, limit, 3_000)).toBe(true);
		expect(mayKeepOutput(output, limit, 3_001)).toBe(false);
		output.taken(1);
		expect(mayKeepOutput(output, limit, 3_002)).toBe(true);
		output.add(new Uint8Array(1), 0, 1);
		expect(mayKeepOutput(output, limit, 3_003)).toBe(true);
		expect(mayKeepOutput(output, limit, 5_003)).toBe(true);
		expect(mayKeepOutput(output, limit, 5_004)).toBe(false);
	});
});
