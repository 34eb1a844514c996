import { describe, expect, test } from "bun:test";
import { Random } from "../../../src/bytes/random.ts";
import { Histogram } from "../../../src/types/hyperloglog/histogram.ts";
import { REGISTERS_BYTES, readRegister } from "../../../src/types/hyperloglog/registers.ts";
import {
	countSparse,
	describeSparse,
	packSparse,
	raiseToSparse,
	SparseRuns,
	writeRun,
} from "../../../src/types/hyperloglog/sparse.ts";
import { StringView } from "../../../src/types/string.ts";
import { encodeRuns, NaiveHyperLogLog, type Run, registers, someRuns } from "./model.ts";

const before = 3;

/** A sparse string in the midst of other bytes. */
function viewOf(runs: Uint8Array): StringView {
	const view = new StringView();
	view.bytes = new Uint8Array(before + 16 + runs.length + 4).fill(0x83);
	view.bytes.set(runs, before + 16);
	view.start = before;
	view.length = 16 + runs.length;
	return view;
}

function valuesOf(view: StringView): Uint8Array | null {
	const values = new Uint8Array(registers);
	return raiseToSparse(values, view) ? values : null;
}

describe("SparseRuns", () => {
	function check(sparse: SparseRuns, view: StringView, runs: readonly Run[], register: number): void {
		let index = 0;
		let covered = runs[0]!.length;
		while (covered <= register) covered += runs[++index]!.length;
		const at = 16 + encodeRuns(runs.slice(0, index)).length;
		const previous = 16 + encodeRuns(runs.slice(0, Math.max(0, index - 1))).length;
		const { value, length } = runs[index]!;
		expect(sparse.find(view, register)).toBe(true);
		const { size } = sparse;
		expect([sparse.at, sparse.previous, sparse.value, sparse.length, sparse.covered, size]).toEqual([
			at,
			previous,
			value,
			length,
			covered,
			encodeRuns([runs[index]!]).length,
		]);
	}

	test("finds the run of every register, from the first or going on", () => {
		for (let seed = 0; seed < 8; seed++) {
			const random = new Random(seed);
			const runs = someRuns(random);
			const view = viewOf(encodeRuns(runs));
			const sparse = new SparseRuns();
			for (let register = 0; register < registers; register += 1 + random.below(200)) {
				sparse.rewind();
				check(sparse, view, runs, register);
			}
			sparse.rewind();
			for (let register = 0; register < registers; register += 1 + random.below(30))
				check(sparse, view, runs, register);
		}
	});

	test("finds none in what covers too few", () => {
		const sparse = new SparseRuns();
		const view = viewOf(
			encodeRuns([
				{ value: 0, length: 100 },
				{ value: 2, length: 3 },
			]),
		);
		expect(sparse.find(view, 102)).toBe(true);
		sparse.rewind();
		expect(sparse.find(view, 103)).toBe(false);
		expect(sparse.find(viewOf(new Uint8Array(0)), 0)).toBe(false);
	});
});

describe("all registers", () => {
	test("are raised, packed, counted and described alike", () => {
		for (let seed = 0; seed < 30; seed++) {
			const runs = someRuns(new Random(seed));
			const { values } = new NaiveHyperLogLog(runs);
			const view = viewOf(encodeRuns(runs));
			expect([...valuesOf(view)!]).toEqual(values);
			const packed = new Uint8Array(REGISTERS_BYTES + 1);
			expect(packSparse(view, packed, 1)).toBe(true);
			expect(values.map((_, i) => readRegister(packed, 1, i))).toEqual(values);
			const [counted, expected] = [new Histogram(), new Histogram()];
			expect(countSparse(counted, view)).toBe(true);
			expected.addRegisters(Uint8Array.from(values));
			expect(counted).toEqual(expected);
			const words = runs.map(({ value, length, isLong }) => {
				if (value > 0) return `v:${value},${length}`;
				return `${length > 64 || isLong === true ? "Z" : "z"}:${length}`;
			});
			expect(describeSparse(view)).toBe(words.join(" "));
		}
	});

	test("larger ones stay", () => {
		const view = viewOf(
			encodeRuns([
				{ value: 7, length: 2 },
				{ value: 0, length: registers - 2 },
			]),
		);
		const values = new Uint8Array(registers).fill(6);
		values[1] = 9;
		expect(raiseToSparse(values, view)).toBe(true);
		expect([...values.subarray(0, 4)]).toEqual([7, 9, 6, 6]);
	});

	test("too many and too few are corrupt, wherever the last run is cut", () => {
		const random = new Random(1);
		for (let round = 0; round < 200; round++) {
			const whole = encodeRuns(someRuns(random));
			const more = encodeRuns([{ value: random.below(2), length: 1 + random.below(4) }]);
			for (const bytes of [whole.subarray(0, -1 - random.below(3)), Uint8Array.of(...whole, ...more)]) {
				// A long run of zeros that lost its second byte may by chance be as long as it has to be.
				const last = whole.at(-1)!;
				if (bytes.length < whole.length && last === 0) continue;
				const view = viewOf(bytes);
				expect(valuesOf(view)).toBeNull();
				expect(packSparse(view, new Uint8Array(REGISTERS_BYTES), 0)).toBe(false);
				expect(countSparse(new Histogram(), view)).toBe(false);
			}
		}
	});

	test("a run without its second byte has a 0 there", () => {
		const view = viewOf(Uint8Array.of(0x7f, 0xff));
		view.length--;
		expect(describeSparse(view)).toBe("Z:16129");
		const sparse = new SparseRuns();
		expect(sparse.find(view, 16_128)).toBe(true);
		expect([sparse.size, sparse.length]).toEqual([1, 16_129]);
		sparse.rewind();
		expect(sparse.find(view, 16_129)).toBe(false);
	});
});

test("runs are written in as few bytes as there are", () => {
	const target = new Uint8Array(4);
	for (const run of [
		{ value: 0, length: 1 },
		{ value: 0, length: 64 },
		{ value: 0, length: 65 },
		{ value: 0, length: registers },
		{ value: 1, length: 1 },
		{ value: 32, length: 4 },
	]) {
		const end = writeRun(target, 1, run.value, run.length);
		expect(target.slice(1, end)).toEqual(encodeRuns([run]).slice());
	}
	expect(writeRun(target, 2, 5, 0)).toBe(2);
});
