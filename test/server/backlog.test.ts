import { expect, test } from "bun:test";
import { Backlog } from "../../src/server/backlog.ts";

test("one client has all it may have, and many share what there is: none of them more than 1 / (n + 1)", () => {
	for (const count of [1, 2, 10, 1000]) {
		const backlog = new Backlog(1_000_000);
		const held = new Array<number>(count).fill(0);
		for (let round = 0; round < 5_000; round++) {
			for (let i = 0; i < count; i++) {
				if (held[i]! >= backlog.allowance(400_000)) continue;
				held[i]! += 100;
				backlog.bytes += 100;
			}
		}
		const most = Math.max(...held);
		const fair = Math.min(400_000, 1_000_000 / (count + 1));
		expect(most).toBeGreaterThanOrEqual(fair - 100);
		expect(most).toBeLessThanOrEqual(fair + 200);
		expect(backlog.bytes).toBeLessThanOrEqual(1_000_000 + 100);
	}
});

test("where there is too much already nobody may add to it", () => {
	const backlog = new Backlog(100);
	backlog.bytes = 150;
	expect(backlog.allowance(50)).toBe(0);
	backlog.bytes = 90;
	expect(backlog.allowance(50)).toBe(10);
});
