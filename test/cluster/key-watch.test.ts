import { expect, test } from "bun:test";
import { KeyWatch, WatchedKey } from "../../src/cluster/key-watch.ts";
import { Changes, EVENT_GENERIC } from "../../src/keyspace/change.ts";

const bytes = (text: string) => new Uint8Array(Buffer.from(text));

function change(changes: Changes, database: number, key: string): void {
	changes.key(database, bytes(`xx${key}`), 2, key.length, EVENT_GENERIC, "set");
}

test("a watched key hears of its own changes, in its own database, until it is let go", () => {
	const changes = new Changes();
	const watch = new KeyWatch(changes);
	const [one, same, other, elsewhere] = [
		new WatchedKey(0, bytes("k")),
		new WatchedKey(0, bytes("k")),
		new WatchedKey(0, bytes("other")),
		new WatchedKey(3, bytes("k")),
	];
	change(changes, 0, "k");
	for (const key of [one, same, other, elsewhere]) watch.add(key);
	change(changes, 1, "k");
	expect([one, same, other, elsewhere].some((key) => key.isChanged)).toBe(false);
	change(changes, 0, "k");
	expect([one, same, other, elsewhere].map((key) => key.isChanged)).toEqual([true, true, false, false]);
	changes.database(3, 1);
	expect([other, elsewhere].map((key) => key.isChanged)).toEqual([false, true]);
	watch.remove(other);
	changes.database(-1, 1);
	expect(other.isChanged).toBe(false);
});

test("nobody listens to changes while nothing is watched", () => {
	const changes = new Changes();
	const watch = new KeyWatch(changes);
	const listeners = () => changes["listeners"].length;
	const key = new WatchedKey(0, bytes("k"));
	expect(listeners()).toBe(0);
	watch.add(key);
	watch.remove(new WatchedKey(0, bytes("k")));
	expect(listeners()).toBe(1);
	watch.remove(key);
	watch.remove(key);
	expect(listeners()).toBe(0);
});
