/** A hash of few fields and of many, packed and as a table: where the one form becomes better than the other. */
import { bench, do_not_optimize, run, summary } from "mitata";
import { bytesOf } from "../../src/bytes/ascii.ts";
import { Random } from "../../src/bytes/random.ts";
import { Keyspace } from "../../src/keyspace/keyspace.ts";
import { ReplyWriter } from "../../src/resp/reply-writer.ts";
import { Hash } from "../../src/types/hash.ts";

const KEY = bytesOf("key");
const FIELD_BYTES = 9;
const value = bytesOf("value:0000");
const clock = { now_ms: () => 0, now_us: () => 0, monotonic_us: () => 0, zoneOffset_minutes: () => 0 };

/** The hash at KEY, open; `entries` is how many fields count as few. */
function filled(count: number, entries: number, fields: Uint8Array): Hash {
	const keyspace = new Keyspace(1, clock, new Random(1));
	keyspace.limits.hashEntries = entries;
	const database = keyspace.databases[0]!;
	const hash = new Hash();
	const open = (): void => {
		database.peek(KEY, 0, KEY.length, database.hash(KEY, 0, KEY.length));
		hash.open(database, keyspace.limits, 0);
	};
	open();
	// As many fields announced as make a table at once.
	if (entries === 0) hash.expect(1000);
	for (let i = 0; i < count; i++) hash.set(fields, i * FIELD_BYTES, FIELD_BYTES, value, 0, value.length, false);
	hash.close();
	open();
	return hash;
}

export function benches(): void {
	for (const count of [5, 20, 64, 100, 512]) {
		const fields = bytesOf(Array.from({ length: count }, (_, i) => `field:${String(i).padStart(3, "0")}`).join(""));
		const packed = filled(count, 512, fields);
		const table = filled(count, 0, fields);
		let at = 0;
		const next = (): number => {
			at = (at + 7) % count;
			return at * FIELD_BYTES;
		};
		summary(() => {
			bench(`${count} fields, packed: find`, () => do_not_optimize(packed.find(fields, next(), FIELD_BYTES)));
			bench(`${count} fields, table: find`, () => do_not_optimize(table.find(fields, next(), FIELD_BYTES)));
		});
		const reply = new ReplyWriter();
		summary(() => {
			bench(`${count} fields, packed: reply with all`, () => {
				reply.clear();
				reply.bulkRun(packed.bytes, packed.from, packed.to, 2 * count);
			});
			bench(`${count} fields, table: reply with all`, () => {
				reply.clear();
				table.forEach(() => {
					reply.bulk(table.fieldBytes, table.fieldStart, table.fieldLength);
					reply.bulk(table.valueBytes, table.valueStart, table.valueLength);
				});
			});
		});
	}
}

if (import.meta.main) {
	benches();
	await run();
}
