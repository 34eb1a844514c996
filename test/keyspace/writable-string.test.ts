import { beforeEach, describe, expect, test } from "bun:test";
import { Random } from "../../src/bytes/random.ts";
import type { Database } from "../../src/keyspace/database.ts";
import { Keyspace } from "../../src/keyspace/keyspace.ts";
import { openString } from "../../src/keyspace/writable-string.ts";
import { INLINE_VALUE_MAX } from "../../src/memory/entry.ts";
import { STRING_KIND, StringView, stringEncoding } from "../../src/types/string.ts";
import { VirtualTime } from "../support/virtual-time.ts";

const DEADLINE_MS = 1_800_000_000_000;
const view = new StringView();
let database: Database;

beforeEach(() => {
	database = new Keyspace(1, new VirtualTime(), new Random(1)).databases[0]!;
});

function find(key: string): boolean {
	const bytes = Buffer.from(key);
	return database.findForWrite(bytes, 0, bytes.length, database.hash(bytes, 0, bytes.length));
}

function put(key: string, text: string): void {
	find(key);
	const value = Buffer.from(text);
	database.putString(STRING_KIND, value, 0, value.length, DEADLINE_MS);
}

function opened(key: string, length: number): string {
	find(key);
	openString(database, view, length, length, length);
	database.table.verify();
	expect(stringEncoding(database.table.kind(), view)).toBe("raw");
	return Buffer.from(view.bytes.subarray(view.start, view.start + view.length)).toString();
}

const lengths = [0, 1, 127, 128, INLINE_VALUE_MAX - 1, INLINE_VALUE_MAX, INLINE_VALUE_MAX + 1, 20_000];

describe("openString", () => {
	test("makes a string of zeros where there is none", () => {
		for (const length of lengths) {
			expect(opened(`key:${length}`, length)).toBe("\0".repeat(length));
			expect(database.deadline()).toBe(Infinity);
		}
	});

	test("lengthens a string by zeros, never shortens it, keeps its deadline", () => {
		for (const old of lengths) {
			for (const length of lengths) {
				put("key", "x".repeat(old));
				// The second time the entry is not the last one of its slab, and has to move to grow.
				for (const neighbour of ["", "n".repeat(300)]) {
					if (neighbour !== "") put(`neighbour:${length}`, neighbour);
					expect(opened("key", length)).toBe("x".repeat(old).padEnd(length, "\0"));
					expect(database.deadline()).toBe(DEADLINE_MS);
					put("key", "x".repeat(old));
				}
			}
		}
	});

	test("shows what was written before", () => {
		opened("key", 10);
		view.bytes[view.start + 9] = 0x61;
		expect(opened("key", 4)).toBe("\0\0\0\0\0\0\0\0\0a");
		expect(opened("key", 5000)).toBe(`${"\0".repeat(9)}a${"\0".repeat(4990)}`);
	});

	test("accounts for every byte of a long string", () => {
		opened("key", 5000);
		for (const length of [5001, 20_000, 20_001, 100_000, 3_000_000]) {
			opened("key", length);
			expect(database.table.handles.bytes).toBe(database.table.external().bytesUsed());
		}
	});
});
