import { describe, expect, test } from "bun:test";
import type { Pages } from "../../src/adapters/pages.ts";
import { bytesOf } from "../../src/bytes/ascii.ts";
import { Random } from "../../src/bytes/random.ts";
import { Keyspace } from "../../src/keyspace/keyspace.ts";
import { KeyspaceSnapshot } from "../../src/keyspace/keyspace-snapshot.ts";
import { STRING_KIND } from "../../src/types/string.ts";
import { SnapshotContent } from "../support/snapshot-content.ts";
import { SnapshotSubject } from "../support/snapshot-subject.ts";
import { VirtualTime } from "../support/virtual-time.ts";

const takeBuffer = (bytes: number) => new Uint8Array(bytes);

function contentNow(subject: SnapshotSubject): Map<string, string> {
	return contentOf(subject.keyspace);
}

function contentOf(keyspace: Keyspace): Map<string, string> {
	const content = new SnapshotContent();
	const snapshot = new KeyspaceSnapshot(keyspace, takeBuffer, false);
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

	test("is not disturbed by values that are replaced while their segment has to make room", () => {
		const keyspace = new Keyspace(1, new VirtualTime(), new Random(2));
		const long = "l".repeat(5000);
		for (let i = 0; i < 400; i++) put(keyspace, `key:${i}`, long);
		const expected = contentOf(keyspace);
		const snapshot = new KeyspaceSnapshot(keyspace, takeBuffer);
		const content = new SnapshotContent();
		snapshot.advance(content);
		// Entries of two kilobytes in place of handles: slabs grow and segments split on the way.
		for (let i = 0; i < 400; i++) put(keyspace, `key:${i}`, "s".repeat(2000));
		keyspace.databases[0]!.table.verify();
		while (snapshot.advance(content));
		snapshot.end();
		expect(content.keys).toEqual(expected);
	});

	for (const [how, change] of [
		["emptied", (keyspace: Keyspace) => void keyspace.databases[0]!.clear()],
		["deleted by a command that only reads", removeByReading],
	] as const) {
		test(`reads on in long values that are ${how}, whose memory is given back at once`, () => {
			const time = new VirtualTime();
			const keyspace = new Keyspace(1, time, new Random(1), zeroing);
			for (let i = 0; i < 5; i++) put(keyspace, `long:${i}`, String(i).repeat(400_000));
			const expected = contentOf(keyspace);
			for (let steps = 0; steps < 12; steps++) {
				const copy = new Keyspace(1, time, new Random(1), zeroing);
				for (let i = 0; i < 5; i++) put(copy, `long:${i}`, String(i).repeat(400_000));
				const snapshot = new KeyspaceSnapshot(copy, takeBuffer);
				const content = new SnapshotContent();
				for (let i = 0; i < steps; i++) snapshot.advance(content);
				change(copy);
				while (snapshot.advance(content));
				snapshot.end();
				expect(content.keys).toEqual(expected);
			}
		});
	}
});

/** Memory that is given back reads as zero at once. */
const zeroing: Pages = {
	release: (bytes, from, to) => void bytes.fill(0, from, to),
	releaseLater: (bytes) => void bytes.fill(0),
	releaseAllLater(buffers) {
		for (const buffer of buffers) buffer.fill(0);
	},
};

function put(keyspace: Keyspace, key: string, value: string): void {
	const database = keyspace.databases[0]!;
	const bytes = bytesOf(key);
	database.findForWrite(bytes, 0, bytes.length, database.hash(bytes, 0, bytes.length));
	const text = bytesOf(value);
	database.putString(STRING_KIND, text, 0, text.length, Infinity);
}

/** As a key whose time is over goes when somebody looks at it. */
function removeByReading(keyspace: Keyspace): void {
	keyspace.snapshot!.arm(false);
	const database = keyspace.databases[0]!;
	for (let i = 0; i < 5; i++) {
		const bytes = bytesOf(`long:${i}`);
		if (database.findForRead(bytes, 0, bytes.length, database.hash(bytes, 0, bytes.length))) database.remove();
	}
	keyspace.snapshot!.arm(true);
}
