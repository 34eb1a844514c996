import { expect, test } from "bun:test";
import fc from "fast-check";
import { BLOCK_BYTES } from "../../../src/bytes/block-kernel.ts";
import { Random } from "../../../src/bytes/random.ts";
import { type BitOperation, combineBits } from "../../../src/types/bitmap/operation.ts";
import { StringView } from "../../../src/types/string.ts";

const bytewise: Record<BitOperation, (a: number, b: number) => number> = {
	and: (a, b) => a & b,
	or: (a, b) => a | b,
	xor: (a, b) => a ^ b,
	not: (a) => ~a,
};

function viewOf(bytes: Uint8Array, start: number): StringView {
	const view = new StringView();
	view.bytes = new Uint8Array(start + bytes.length + 5).fill(0xa5);
	view.bytes.set(bytes, start);
	view.start = start;
	view.length = bytes.length;
	return view;
}

function naive(operation: BitOperation, sources: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
	return Uint8Array.from({ length }, (_, i) => {
		const [first, ...others] = sources.map((source) => source[i] ?? 0);
		return operation === "not" ? ~first! : others.reduce(bytewise[operation], first!);
	});
}

function check(operation: BitOperation, sources: readonly Uint8Array[]): void {
	const length = Math.max(...sources.map((source) => source.length));
	const target = new Uint8Array(length + 3).fill(7);
	const views = sources.map((source, i) => viewOf(source, i % 9));
	combineBits(operation, views, target, length);
	expect(target.subarray(0, length)).toEqual(naive(operation, sources, length));
	expect([...target.subarray(length)]).toEqual([7, 7, 7]);
}

test("short strings of any lengths", () => {
	fc.assert(
		fc.property(
			fc.constantFrom<BitOperation>("and", "or", "xor"),
			fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 6 }),
			check,
		),
		{ seed: 1, numRuns: 500 },
	);
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 200 }), (source) => check("not", [source])),
		{ seed: 1, numRuns: 200 },
	);
});

test("long strings around whole blocks", () => {
	const random = new Random(3);
	const lengths = [0, 1, 100, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 2 * BLOCK_BYTES + 77];
	const sources = lengths.map((length) => {
		const bytes = new Uint8Array(length);
		random.fill(bytes);
		return bytes;
	});
	for (const operation of ["and", "or", "xor"] as const) {
		check(operation, sources);
		for (const one of sources) for (const other of sources) check(operation, [one, other]);
	}
	for (const source of sources) check("not", [source]);
});

test("the target may be one of the sources", () => {
	const random = new Random(4);
	const [one, other] = [new Uint8Array(2 * BLOCK_BYTES + 100), new Uint8Array(2 * BLOCK_BYTES + 100)];
	random.fill(one!);
	random.fill(other!);
	const expected = naive("xor", [one!, other!, one!], one!.length);
	const views = [one!, other!, one!].map((bytes) => {
		const view = new StringView();
		view.bytes = bytes;
		view.length = bytes.length;
		return view;
	});
	combineBits("xor", views, one!, one!.length);
	expect(one!).toEqual(expected);
});
