import { describe, expect, test } from "bun:test";
import {
	BLOCK_BYTES,
	type BlockKernel,
	blockKernel,
	ScriptKernel,
	STEP_BYTES,
	vectorKernel,
} from "../../src/bytes/block-kernel.ts";
import { Random } from "../../src/bytes/random.ts";

const lengths = [STEP_BYTES, 2 * STEP_BYTES, 17 * STEP_BYTES, BLOCK_BYTES - STEP_BYTES, BLOCK_BYTES];

const kernels: [string, () => BlockKernel][] = [["in plain words", () => new ScriptKernel()]];
const vectors = vectorKernel();
if (vectors === null) console.log("skipped: this processor lacks the vectors WebAssembly needs");
else kernels.push(["in vectors", () => vectors]);

const bytewise = {
	and: (a: number, b: number) => a & b,
	or: (a: number, b: number) => a | b,
	xor: (a: number, b: number) => a ^ b,
	not: (a: number) => ~a,
};

describe.each(kernels)("the kernel %s", (_, make) => {
	const kernel = make();

	function fill(seed: number): Uint8Array {
		new Random(seed).fill(kernel.memory);
		return kernel.memory.slice();
	}

	test("has two blocks, and the second stays as it is", () => {
		const before = fill(1);
		expect(kernel.memory.length).toBe(2 * BLOCK_BYTES);
		for (const change of [kernel.and, kernel.or, kernel.xor, kernel.not]) change.call(kernel, BLOCK_BYTES);
		expect(kernel.memory.slice(BLOCK_BYTES)).toEqual(before.slice(BLOCK_BYTES));
	});

	test("counts", () => {
		for (const length of lengths) {
			const bytes = fill(length);
			const expected = bytes
				.subarray(0, length)
				.reduce((sum, byte) => sum + byte.toString(2).replaceAll("0", "").length, 0);
			expect(kernel.count(length)).toBe(expected);
		}
		kernel.memory.fill(0xff);
		expect(kernel.count(BLOCK_BYTES)).toBe(8 * BLOCK_BYTES);
	});

	test.each(Object.entries(bytewise))("%s works on the length given and no further", (name, operation) => {
		for (const length of lengths) {
			const before = fill(length);
			const expected = before.map((byte, i) => (i < length ? operation(byte, before[BLOCK_BYTES + i]!) : byte));
			kernel[name as keyof typeof bytewise](length);
			expect(kernel.memory).toEqual(expected);
		}
	});
});

test("there is one for all", () => {
	expect(blockKernel()).toBe(blockKernel());
});
