import { describe, expect, test } from "bun:test";
import { Table } from "../../src/memory/table.ts";
import { TableModel } from "./table-model.ts";

describe("a clone of a table", () => {
	for (const [keys, valueBytes] of [
		[10, 200],
		[3000, 50],
		[9000, 20],
	] as const) {
		test(`of up to ${keys} keys holds the same, and shares nothing`, () => {
			const options = { keys, valueBytes, removals: 20, verifyEvery: 10_000 };
			const model = new TableModel(keys, options);
			model.run(15_000);
			const bytes = model.table.bytesUsed();
			const copy = model.table.clone();
			copy.verify();
			model.verify();
			const keyCount = model.entries.size;
			expect([copy.count, copy.deadlineCount]).toEqual([keyCount, model.table.deadlineCount]);
			// The copy goes on as the original would have; the original does not notice.
			const original = model.table;
			const onCopy = Object.assign(model, { table: copy });
			onCopy.run(5000);
			original.verify();
			expect([original.count, original.bytesUsed()]).toEqual([keyCount, bytes]);
		});
	}

	test("of an empty one is empty", () => {
		const copy = new Table(1, 2).clone();
		copy.verify();
		expect([copy.count, copy.deadlineBound_ms]).toEqual([0, Infinity]);
	});
});
