/**
 * What a server holds, to the last bit that its replicas must have, too: keys whose time is over and that are still
 * there, exact moments of keys and fields, groups of streams. What may differ is how it is kept, and when it was used.
 */
import { latin1 } from "../../../src/bytes/ascii.ts";
import type { Database } from "../../../src/keyspace/database.ts";
import type { Keyspace } from "../../../src/keyspace/keyspace.ts";
import { isLive, SLAB_START, strideOf } from "../../../src/memory/entry.ts";
import { valueDigest } from "../../../src/persistence/digest.ts";
import { Hash } from "../../../src/types/hash.ts";
import { SortedSet } from "../../../src/types/sorted-set.ts";
import type { Group } from "../../../src/types/stream/group.ts";
import type { StreamId } from "../../../src/types/stream/stream-id.ts";
import type { Stream } from "../../../src/types/stream.ts";
import { StringView } from "../../../src/types/string.ts";
import { HASH, SORTED_SET, STREAM, STRING, typeName } from "../../../src/types/type.ts";

const hash = new Hash();
const string = new StringView();
const sortedSet = new SortedSet();
/** How a HyperLogLog begins, and where it keeps the last count, which whoever asks a replica makes it do. */
const SKETCH = "HYLL";
const COUNT_FROM = 8;
const COUNT_TO = 16;

/** By `database key`: what tells its value from any other, in one line. */
export function contentOf(keyspace: Keyspace): Map<string, string> {
	const content = new Map<string, string>();
	const { now_ms } = keyspace;
	// It is before the end of anything.
	keyspace.now_ms = 0;
	for (const database of keyspace.databases) {
		if (database.table.count > 0) addDatabase(database, content);
	}
	keyspace.now_ms = now_ms;
	return content;
}

/** One number for all of it, whatever the order. */
export function fingerprint(content: ReadonlyMap<string, string>): string {
	let sum = 0n;
	for (const [key, value] of content) sum += BigInt(Bun.hash(`${key}\n${value}`));
	return BigInt.asUintN(64, sum).toString(36);
}

function addDatabase(database: Database, content: Map<string, string>): void {
	const { table } = database;
	for (const segment of table.segments()) {
		for (let offset = SLAB_START; offset < segment.used; offset += strideOf(segment.slab, offset)) {
			if (!isLive(segment.slab, offset)) continue;
			table.segment = segment;
			table.offset = offset;
			table.loadKey();
			const key = `${database.index} ${latin1(table.keyBytes, table.keyFrom, table.keyTo)}`;
			content.set(key, describe(database));
		}
	}
}

function describe(database: Database): string {
	const { table } = database;
	const type = table.type();
	const deadline_ms = table.deadline();
	const digest = digestOf(database, type);
	const extra = type === STREAM ? describeStream(table.external() as Stream) : type === HASH ? fieldsOf(database) : "";
	return `${typeName(type)} ${digest} until ${deadline_ms} ${extra}`;
}

function digestOf(database: Database, type: number): string {
	if (type === STRING) return stringDigest(database);
	return type === SORTED_SET ? sortedSetDigest(database) : valueDigest(database).slice(0, 16);
}

/** Without the sign of a zero: a large set keeps it, a small one, which it may be elsewhere, does not. */
function sortedSetDigest(database: Database): string {
	let text = "";
	sortedSet.open(database);
	for (let isThere = sortedSet.seek(0); isThere; isThere = sortedSet.next()) {
		const { bytes, start, length, score } = sortedSet;
		text += `${score === 0 ? 0 : score} ${latin1(bytes, start, start + length)}\n`;
	}
	return Bun.hash(text).toString(16);
}

function stringDigest({ table }: Database): string {
	string.load(table);
	const bytes = string.bytes.slice(string.start, string.start + string.length);
	if (bytes.length >= COUNT_TO && latin1(bytes, 0, SKETCH.length) === SKETCH) bytes.fill(0, COUNT_FROM, COUNT_TO);
	return `${Bun.hash(bytes).toString(16)} of ${bytes.length} bytes`;
}

function fieldsOf(database: Database): string {
	hash.open(database, database.keyspace.limits, 0);
	if (!hash.isVolatile()) return "";
	const fields: string[] = [];
	hash.forEach(() => {
		const deadline_ms = hash.deadline();
		const field = latin1(hash.fieldBytes, hash.fieldStart, hash.fieldStart + hash.fieldLength);
		if (deadline_ms !== Infinity) fields.push(`${field}@${deadline_ms}`);
	});
	return fields.sort().join(" ");
}

function describeStream({ lastId, maxDeletedId, entriesAdded, groups }: Stream): string {
	const head = `last ${idOf(lastId)} deleted ${idOf(maxDeletedId)} added ${entriesAdded.high}:${entriesAdded.low}`;
	return `${head} ${groups.map(describeGroup).join(" ")}`;
}

function describeGroup({ name, lastId, pending, consumers, entriesRead }: Group): string {
	const owners = consumers.map(
		(consumer) => `${latin1(consumer.name, 0, consumer.name.length)}:${consumer.pending.count}`,
	);
	const read = `${entriesRead.high}:${entriesRead.low}`;
	return `(${latin1(name, 0, name.length)} ${idOf(lastId)} read ${read} pending ${pending.count} ${owners.join(",")})`;
}

function idOf({ msHigh, msLow, sequenceHigh, sequenceLow }: StreamId): string {
	return [msHigh, msLow, sequenceHigh, sequenceLow].join(".");
}

/** What differs, in words, the first few. */
export function differences(left: ReadonlyMap<string, string>, right: ReadonlyMap<string, string>): string[] {
	const keys = [...new Set([...left.keys(), ...right.keys()])].sort();
	return keys
		.filter((key) => left.get(key) !== right.get(key))
		.slice(0, 8)
		.map((key) => `${JSON.stringify(key)}: ${left.get(key) ?? "nothing"} | ${right.get(key) ?? "nothing"}`);
}
