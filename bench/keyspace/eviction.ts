/** What it costs to store a new key while memory is full, by policy: choosing, removing, compacting and storing. */
import { bench, do_not_optimize } from "mitata";
import { Random } from "../../src/bytes/random.ts";
import { Evictor } from "../../src/keyspace/eviction/evictor.ts";
import type { PolicyName } from "../../src/keyspace/eviction/policy.ts";
import { Keyspace } from "../../src/keyspace/keyspace.ts";
import { STRING_KIND } from "../../src/types/string.ts";

const LIMIT = 20 << 20;
const FAR_MS = 2e12;
const policies = [
	"noeviction",
	"allkeys-lru",
	"allkeys-lfu",
	"allkeys-random",
	"volatile-lru",
	"volatile-ttl",
] as const;

const clock = {
	now_ms: () => Date.now(),
	now_us: () => 0,
	monotonic_us: () => performance.now() * 1000,
	zoneOffset_minutes: () => 0,
};

/** Returns what stores one more key. With noeviction there is no limit, and the same keys come again. */
function storing(policy: PolicyName): () => number {
	const keyspace = new Keyspace(16, clock, new Random(1));
	const evictor = new Evictor(keyspace);
	evictor.setPolicy(policy);
	const database = keyspace.databases[0]!;
	const key = new Uint8Array(16).fill(0x6b);
	const view = new DataView(key.buffer);
	const value = new Uint8Array(100).fill(0x78);
	const isVolatile = policy.startsWith("volatile");
	const limit = policy === "noeviction" ? Infinity : LIMIT;
	let next = 0;
	return () => {
		while (keyspace.bytesUsed() > limit) if (!evictor.compact()) evictor.evict();
		view.setFloat64(8, limit === Infinity ? next++ % 100_000 : next++);
		database.peek(key, 0, key.length, database.hash(key, 0, key.length));
		database.putString(STRING_KIND, value, 0, value.length, isVolatile ? FAR_MS + next : Infinity);
		return next;
	};
}

export function benches(): void {
	for (const policy of policies) {
		const store = storing(policy);
		for (let i = 0; i < 300_000; i++) store();
		bench(`SET of a new key into 20 MB, ${policy}`, () => do_not_optimize(store()));
	}
}
