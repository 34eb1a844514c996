import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { PrefixTree } from "../../src/tracking/prefix-tree.ts";
import { toBytes } from "../support/wire.ts";

function matches(tree: PrefixTree<string>, key: string): string[] {
	const bytes = toBytes(`<${key}>`);
	const found = tree.match(bytes, 1, key.length);
	const values = tree.matches.slice(0, tree.matchCount);
	expect(found).toBe(values.length > 0);
	return values;
}

describe("a prefix tree", () => {
	test("finds what keys begin with, the shortest first", () => {
		const tree = new PrefixTree<string>();
		for (const prefix of ["user:1:", "user:2:", "us", "", "user:1:a"]) tree.add(toBytes(prefix), prefix);
		expect(matches(tree, "user:1:ab")).toEqual(["", "us", "user:1:", "user:1:a"]);
		expect(matches(tree, "user:2")).toEqual(["", "us"]);
		expect(matches(tree, "u")).toEqual([""]);
		expect(matches(tree, "")).toEqual([""]);
		tree.remove(toBytes(""));
		expect(matches(tree, "x")).toEqual([]);
		expect(tree.all()).toEqual(["us", "user:1:", "user:1:a", "user:2:"]);
	});

	test("is any bytes, as long as one likes", () => {
		const tree = new PrefixTree<string>();
		const long = "\x00\xff".repeat(1_000_000);
		tree.add(toBytes(long), "long");
		expect(matches(tree, `${long}x`)).toEqual(["long"]);
		expect(matches(tree, long.slice(1))).toEqual([]);
		tree.verify();
	});

	test("behaves as a list that is searched", () => {
		const word = fc.stringMatching(/^[ab]{0,5}$/);
		const change = fc.record({ prefix: word, isAdded: fc.boolean() });
		fc.assert(
			fc.property(fc.array(change, { maxLength: 40 }), fc.array(word, { maxLength: 10 }), (changes, keys) => {
				const tree = new PrefixTree<string>();
				const model = new Set<string>();
				for (const { prefix, isAdded } of changes) {
					if (!isAdded) tree.remove(toBytes(prefix));
					else if (!model.has(prefix)) tree.add(toBytes(prefix), prefix);
					if (isAdded) model.add(prefix);
					else model.delete(prefix);
					tree.verify();
				}
				expect(tree.count).toBe(model.size);
				expect(tree.all()).toEqual([...model].sort());
				for (const key of [...keys, ...model]) {
					const begun = [...model].filter((prefix) => key.startsWith(prefix));
					expect(matches(tree, key)).toEqual(begun.sort((a, b) => a.length - b.length));
					expect(tree.get(toBytes(key))).toBe(model.has(key) ? key : null);
					expect(tree.overlaps(toBytes(key))).toBe(
						begun.length > 0 || [...model].some((prefix) => prefix.startsWith(key)),
					);
				}
			}),
			{ seed: 1, numRuns: 500 },
		);
	});
});
