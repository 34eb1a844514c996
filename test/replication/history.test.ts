import { expect, test } from "bun:test";
import { Random } from "../../src/bytes/random.ts";
import { History, NO_ID } from "../../src/replication/history.ts";

test("a history goes on under another name behind a promotion, and ends where a new one begins", () => {
	const history = new History(new Random(1));
	const first = history.id;
	expect(first).toMatch(/^[0-9a-f]{40}$/);
	expect([history.secondId, history.secondOffset]).toEqual([NO_ID, -1]);
	history.fork(100);
	expect(history.id).not.toBe(first);
	expect([history.secondId, history.secondOffset]).toEqual([first, 101]);
	expect(history.includes(first, 101)).toBe(true);
	expect(history.includes(first, 102)).toBe(false);
	expect(history.includes(history.id, 1000)).toBe(true);
	expect(history.includes(NO_ID.replace("0", "1"), 1)).toBe(false);
	history.begin();
	expect(history.includes(first, 1)).toBe(false);
});
