import { describe, expect, test } from "bun:test";
import { KeyspaceSnapshot } from "../../src/keyspace/keyspace-snapshot.ts";
import { SnapshotContent } from "../support/snapshot-content.ts";
import { SnapshotSubject } from "../support/snapshot-subject.ts";

const takeBuffer = (bytes: number) => new Uint8Array(bytes);

function contentNow(subject: SnapshotSubject): Map<string, string> {
	const content = new SnapshotContent();
	const snapshot = new KeyspaceSnapshot(subject.keyspace, takeBuffer, false);
	while (snapshot.advance(content));
	snapshot.end();
	return content.keys;
}

describe("a snapshot of the keyspace", () => {
	for (const seed of [1, 2, 3, 4, 5, 6]) {
		test(`is exact under random writes, seed ${seed}`, () => {
			const subject = new SnapshotSubject(seed);
			subject.fill();
			for (let i = 0; i < 300; i++) subject.change();
			const expected = contentNow(subject);
			const snapshot = new KeyspaceSnapshot(subject.keyspace, takeBuffer);
			const content = new SnapshotContent();
			do {
				for (let i = subject.random.below(60); i > 0; i--) subject.change();
			} while (snapshot.advance(content));
			snapshot.end();
			expect(content.keys).toEqual(expected);
			expect(subject.keyspace.snapshot).toBeNull();
			expect(contentNow(subject)).not.toEqual(expected);
		});
	}

	test("given up in the middle leaves no trace", () => {
		const subject = new SnapshotSubject(7);
		subject.fill();
		const snapshot = new KeyspaceSnapshot(subject.keyspace, takeBuffer);
		const content = new SnapshotContent();
		for (let i = 0; i < 20; i++) {
			subject.change();
			snapshot.advance(content);
		}
		snapshot.end();
		for (const { table } of subject.keyspace.databases) {
			expect(table.snapshot).toBeNull();
			table.forEach((segment, offset) => {
				table.seek(segment, offset);
				if (table.isExternal()) expect(table.external().snapshot ?? null).toBeNull();
			});
		}
	});

	test("puts aside what is written, not what is read", () => {
		const subject = new SnapshotSubject(8);
		subject.fill();
		const snapshot = new KeyspaceSnapshot(subject.keyspace, takeBuffer);
		for (let i = 0; i < 300; i++) subject.run("GET", `string:${i}`);
		expect(snapshot.bytesAside()).toBe(0);
		subject.run("SET", "string:1", "another");
		expect(snapshot.bytesAside()).toBeGreaterThan(0);
		snapshot.end();
	});
});
