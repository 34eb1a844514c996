import { expect, test } from "bun:test";
import fc from "fast-check";
import { Limits } from "../../../src/types/limits.ts";
import { Stream } from "../../../src/types/stream.ts";
import { idOf, idOfNumber, StringList } from "../stream-model.ts";

/** Every run has one entry, so every id is a key. */
function streamOf(ids: readonly bigint[]): Stream {
	const stream = new Stream();
	const limits = Object.assign(new Limits(), { streamNodeEntries: 1 });
	for (const id of ids) stream.append(idOf(idOfNumber(id)), new StringList(["a", "b"]), 0, 1, 2, limits);
	return stream;
}

/** By the book: a node where there are several ways on or none, one for each stretch of bytes without a choice. */
function naive(keys: readonly string[], depth: number): number {
	if (keys.length === 0) return 1;
	if (depth === 16) return 1;
	const ways = new Map<string, string[]>();
	for (const key of keys) {
		const byte = key.slice(2 * depth, 2 * depth + 2);
		ways.set(byte, [...(ways.get(byte) ?? []), key]);
	}
	if (ways.size > 1) return [...ways.values()].reduce((sum, group) => sum + naive(group, depth + 1), 1);
	let end = depth;
	while (end < 16 && new Set(keys.map((key) => key.slice(2 * end, 2 * end + 2))).size === 1) end++;
	return 1 + naive(keys, end);
}

test("the nodes of a radix tree over the runs", () => {
	const id = fc.oneof(
		fc.bigInt({ min: 1n, max: 2n ** 128n - 1n }),
		fc.bigInt({ min: 1n, max: 2000n }),
		fc.bigInt({ min: 1n, max: 2000n }).map((ms) => (1_700_000_000_000n + ms) << 64n),
	);
	fc.assert(
		fc.property(fc.uniqueArray(id, { maxLength: 40 }), (list) => {
			const ids = list.sort((a, b) => (a < b ? -1 : 1));
			const keys = ids.map((value) => value.toString(16).padStart(32, "0"));
			expect(streamOf(ids).treeNodes()).toBe(naive(keys, 0));
		}),
		{ seed: 1, numRuns: 300 },
	);
});
