import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { latin1 } from "../../src/bytes/ascii.ts";
import { halfSipHash } from "../../src/bytes/siphash.ts";
import { ReplyWriter } from "../../src/resp/reply-writer.ts";
import { ChangedKeys, NOBODY } from "../../src/tracking/changed-keys.ts";
import { toBytes } from "../support/wire.ts";

function change(changed: ChangedKeys, key: string, changer: number, hash?: number): void {
	const bytes = toBytes(`<${key}>`);
	changed.add(bytes, 1, key.length, hash ?? halfSipHash(bytes, 1, key.length + 1, 1, 2), changer);
}

function written(changed: ChangedKeys, except = NOBODY): string {
	const writer = new ReplyWriter();
	changed.write(writer, except);
	return latin1(writer.bytes, 0, writer.length);
}

const bulks = (keys: readonly string[]) => keys.map((key) => `$${key.length}\r\n${key}\r\n`).join("");

describe("keys that have changed", () => {
	test("come once each, in the order of their bytes", () => {
		const changed = new ChangedKeys();
		for (const key of ["b", "abc", "\xff", "", "ab", "b", "abc"]) change(changed, key, 1);
		expect(changed.count).toBe(5);
		expect(written(changed)).toBe(bulks(["", "ab", "abc", "b", "\xff"]));
		changed.clear();
		expect([changed.count, written(changed)]).toEqual([0, ""]);
		change(changed, "z", 1);
		expect(written(changed)).toBe(bulks(["z"]));
	});

	test("are told by hash and bytes", () => {
		const changed = new ChangedKeys();
		for (const key of ["a", "b", "ab", "a"]) change(changed, key, 1, 0);
		expect(written(changed)).toBe(bulks(["a", "ab", "b"]));
		change(changed, "c", 1, -1);
		changed.verify();
		expect(changed.count).toBe(4);
	});

	test("belong to who changed them last", () => {
		const changed = new ChangedKeys();
		change(changed, "a", 1);
		change(changed, "b", 2);
		change(changed, "a", 2);
		change(changed, "c", NOBODY);
		expect([changed.countOfOthers(1), changed.countOfOthers(2), changed.countOfOthers(3)]).toEqual([3, 1, 3]);
		expect(written(changed, 2)).toBe(bulks(["c"]));
	});

	test("behave as a map, however many they are", () => {
		const key = fc.oneof(fc.stringMatching(/^[a-f]{0,3}$/), fc.nat(3000).map(String));
		const steps = fc.array(fc.record({ key, changer: fc.nat(3) }), { maxLength: 2000, size: "max" });
		fc.assert(
			fc.property(fc.array(steps, { maxLength: 3 }), (rounds) => {
				const changed = new ChangedKeys();
				for (const round of rounds) {
					const model = new Map<string, number>();
					for (const step of round) {
						change(changed, step.key, step.changer);
						model.set(step.key, step.changer);
					}
					changed.verify();
					const others = [...model].filter(([, changer]) => changer !== 2).map(([name]) => name);
					expect([changed.count, changed.countOfOthers(2)]).toEqual([model.size, others.length]);
					expect(written(changed)).toBe(bulks([...model.keys()].sort()));
					expect(written(changed, 2)).toBe(bulks(others.sort()));
					changed.clear();
				}
			}),
			{ seed: 1, numRuns: 50 },
		);
	});

	test("take no room for good once they were many", () => {
		const changed = new ChangedKeys();
		const before = changed.bytesUsed();
		for (let i = 0; i < 100_000; i++) change(changed, `key:${i}`, 1);
		expect(changed.bytesUsed()).toBeGreaterThan(1_000_000);
		changed.clear();
		expect(changed.bytesUsed()).toBe(before);
	});
});
