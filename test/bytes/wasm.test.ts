import { describe, expect, test } from "bun:test";
import {
	add,
	chooseBytes,
	constant,
	getLocal,
	isLess,
	lane,
	loadVector,
	maxBytes,
	repeatWhile,
	setLocal,
	shiftWordsLeft,
	shiftWordsRight,
	storeVector,
	vectorConstant,
	wasmModule,
} from "../../src/bytes/wasm.ts";

const PAGE_BYTES = 65_536;

interface Compiled {
	readonly memory: Uint8Array;
	readonly run: (...words: number[]) => number;
}

/** A function of two numbers, with one more local number and one vector. */
function compile(code: readonly number[], results = 1): Compiled {
	const module = wasmModule(1, [{ name: "run", results, parameters: 2, numbers: 1, vectors: 1, code }]);
	const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module));
	const memory = exports["memory"] as WebAssembly.Memory;
	return { memory: new Uint8Array(memory.buffer), run: exports["run"] as Compiled["run"] };
}

const [first, second, third] = [getLocal(0), getLocal(1), getLocal(2)];

test("modules have memory of a fixed size", () => {
	const module = new WebAssembly.Module(wasmModule(3, []));
	const memory = new WebAssembly.Instance(module).exports["memory"] as WebAssembly.Memory;
	expect(memory.buffer.byteLength).toBe(3 * PAGE_BYTES);
	expect(() => memory.grow(1)).toThrow();
});

test("numbers of all sizes, with and without a sign", () => {
	for (const value of [0, 1, 63, 64, -1, -64, -65, 127, 128, 8191, 8192, -8192, 2 ** 31 - 1, -(2 ** 31)]) {
		expect(compile(constant(value)).run(0, 0)).toBe(value);
	}
	expect(compile([...first, ...second, ...add]).run(40, 2)).toBe(42);
	const less = compile([...first, ...second, ...isLess]).run;
	expect([less(1, 2), less(2, 2), less(-1, 1)]).toEqual([1, 0, 0]);
});

test("code longer than a byte can say, and a loop", () => {
	const addFirst = [...third, ...first, ...add, ...setLocal(2)];
	const long = Array.from({ length: 100 }, () => addFirst).flat();
	expect(compile([...long, ...third]).run(7, 0)).toBe(700);
	// Adds the first number until the sum reaches the second.
	const sum = compile([...repeatWhile([...addFirst, ...third, ...second, ...isLess]), ...third]);
	expect(sum.run(7, 50)).toBe(56);
	expect(sum.run(7, 0)).toBe(7);
});

describe("vectors", () => {
	const bytes = Array.from({ length: 16 }, (_, i) => (i * 37) & 0xff);

	function apply(work: readonly number[]): number[] {
		const { memory, run } = compile([...first, ...second, ...loadVector(1), ...work, ...storeVector(300)], 0);
		memory.set(bytes, 1000);
		run(5, 999);
		return [...memory.subarray(305, 321)];
	}

	function words(operation: (word: number) => number): number[] {
		const view = new DataView(Uint8Array.from(bytes).buffer);
		for (let at = 0; at < 16; at += 4) view.setUint32(at, operation(view.getUint32(at, true)), true);
		return [...new Uint8Array(view.buffer)];
	}

	test("are loaded and stored at any address", () => {
		expect(apply([])).toEqual(bytes);
	});

	test("bytes are chosen by number, 0 by one beyond", () => {
		const numbers = [15, 0, 16, 3, 3, 255, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11];
		expect(apply([...vectorConstant(numbers), ...chooseBytes])).toEqual(numbers.map((number) => bytes[number] ?? 0));
	});

	test("words are shifted, bytes compared", () => {
		expect(apply([...constant(3), ...shiftWordsLeft])).toEqual(words((word) => word << 3));
		expect(apply([...constant(3), ...shiftWordsRight])).toEqual(words((word) => word >>> 3));
		const others = bytes.map((byte, i) => (i % 2 === 0 ? 255 - byte : byte));
		const larger = bytes.map((byte, i) => Math.max(byte, others[i]!));
		expect(apply([...vectorConstant(others), ...maxBytes])).toEqual(larger);
	});

	test("have four words", () => {
		const seen = [0, 1, 2, 3].map((index) => compile([...vectorConstant(bytes), ...lane(index)]).run(0, 0));
		expect(seen).toEqual([...new Int32Array(Uint8Array.from(bytes).buffer)]);
	});
});
