import { expect, test } from "bun:test";
import { Random } from "../../../src/bytes/random.ts";
import { Table } from "../../../src/memory/table.ts";
import { TableHash } from "../../../src/types/hash/table-hash.ts";

const NOW_MS = 1000;

function put(hash: TableHash, name: string, value: string, deadline_ms = Infinity): void {
	const field = Buffer.from(name);
	const content = Buffer.from(value);
	hash.find(field, 0, field.length, NOW_MS);
	hash.put(field, 0, field.length, content, 0, content.length, deadline_ms);
}

function has(hash: TableHash, name: string): boolean {
	const field = Buffer.from(name);
	return hash.find(field, 0, field.length, NOW_MS);
}

function made(): TableHash {
	return TableHash.like(new Table(1, 2));
}

test("a field whose time is over is not found, counted or drawn, and goes when asked to", () => {
	const hash = made();
	for (let i = 0; i < 500; i++) put(hash, `gone${i}`, "x", NOW_MS - 1);
	put(hash, "last moment", "x", NOW_MS);
	put(hash, "later", "x", NOW_MS + 1);
	put(hash, "ever", "x");
	expect([has(hash, "gone0"), has(hash, "last moment"), has(hash, "later"), has(hash, "ever")]).toEqual([
		false,
		true,
		true,
		true,
	]);
	expect(hash.count(NOW_MS)).toBe(3);
	const random = new Random(1);
	for (let i = 0; i < 50; i++) {
		expect(hash.findRandom(random, NOW_MS)).toBe(true);
		expect(hash.fields.deadline()).toBeGreaterThanOrEqual(NOW_MS);
	}
	expect(hash.dropExpired(NOW_MS, 128)).toBe(128);
	expect(hash.dropExpired(NOW_MS, 1000)).toBe(372);
	expect(hash.dropExpired(NOW_MS, 1000)).toBe(0);
	expect([hash.fields.count, hash.count(NOW_MS)]).toEqual([3, 3]);
	hash.verify();
});

test("a random field is found among any number of expired ones, and none where all have expired", () => {
	const hash = made();
	for (let i = 0; i < 20_000; i++) put(hash, `gone${i}`, "x", NOW_MS - 1);
	const random = new Random(2);
	expect(hash.findRandom(random, NOW_MS)).toBe(false);
	put(hash, "here", "x");
	expect(hash.findRandom(random, NOW_MS)).toBe(true);
	hash.fields.loadKey();
	expect(hash.fields.keyTo - hash.fields.keyFrom).toBe("here".length);
});

test("a field that expired is set anew, without its deadline", () => {
	const hash = made();
	for (const value of ["x", "longer", "l".repeat(5000)]) {
		put(hash, "field", value, NOW_MS - 1);
		expect(has(hash, "field")).toBe(false);
		put(hash, "field", value);
		expect([has(hash, "field"), hash.fields.deadline(), hash.fields.count]).toEqual([true, Infinity, 1]);
		hash.verify();
		hash.fields.remove();
	}
});

test("a long value is written over another without a new buffer", () => {
	const hash = made();
	put(hash, "field", "a".repeat(6000));
	const bytes = hash.bytesUsed();
	const buffer = hash.fields.external();
	put(hash, "field", "b".repeat(5999));
	expect(hash.fields.external()).toBe(buffer);
	expect(hash.bytesUsed()).toBe(bytes);
	put(hash, "field", "short");
	expect(hash.fields.isExternal()).toBe(false);
	hash.verify();
});

test("a value is overwritten in place by one as long, where no deadline has to go", () => {
	const hash = made();
	put(hash, "field", "abc");
	expect(has(hash, "field")).toBe(true);
	expect(hash.overwrite(Buffer.from("xyz"), 0, 3)).toBe(true);
	expect(hash.overwrite(Buffer.from("wxyz"), 0, 4)).toBe(false);
	put(hash, "dated", "abc", NOW_MS + 5);
	expect(has(hash, "dated")).toBe(true);
	expect(hash.overwrite(Buffer.from("xyz"), 0, 3)).toBe(false);
});

test("a clone has the same fields, and its own", () => {
	const hash = made();
	for (let i = 0; i < 300; i++) put(hash, `field${i}`, "v".repeat(i * 20), i % 3 === 0 ? NOW_MS + i : Infinity);
	const copy = hash.clone();
	copy.verify();
	expect(copy.fields.count).toBe(300);
	put(copy, "field1", "changed");
	put(copy, "field299", "l".repeat(7000));
	has(hash, "field1");
	expect(hash.fields.valueLength()).toBe(20);
	hash.verify();
	copy.verify();
});
