/** INFO keysizes: how large the values are, in powers of two. */
import type { Database } from "../../keyspace/database.ts";
import { isLive, SLAB_START, strideOf } from "../../memory/entry.ts";
import type { Segment } from "../../memory/segment.ts";
import { Hash } from "../../types/hash.ts";
import { List } from "../../types/list.ts";
import { MemberSet } from "../../types/set.ts";
import { SortedSet } from "../../types/sorted-set.ts";
import { StringView } from "../../types/string.ts";
import { HASH, LIST, SET, SORTED_SET, STRING } from "../../types/type.ts";
import type { Field, InfoSource } from "./source.ts";

/**
 * Keys looked at for one reply, in all databases: a few milliseconds. Keys lie by the hash of their names, so those of the
 * first segments are as good a sample as any; what is counted in a sample is multiplied to the whole.
 */
const KEYS_MAX = 20_000;
/** Of each database, however many there are. */
const KEYS_MIN = 100;
/** 0, then powers of two from 1 on. */
const BINS = 54;

/** In the order of the reply. */
const DISTRIBUTIONS: readonly (readonly [type: number, name: string])[] = [
	[STRING, "strings_sizes"],
	[LIST, "lists_items"],
	[SET, "sets_items"],
	[SORTED_SET, "zsets_items"],
	[HASH, "hashes_items"],
];

const view = new StringView();
const list = new List();
const set = new MemberSet();
const sortedSet = new SortedSet();
const hash = new Hash();

export function keySizesFields({ keyspace }: InfoSource): Field[] {
	const databases = keyspace.databases.filter(({ table }) => table.count > 0);
	const keysMax = Math.max(KEYS_MIN, Math.floor(KEYS_MAX / Math.max(1, databases.length)));
	return databases.flatMap((database) => fieldsOf(database, keysMax));
}

function fieldsOf(database: Database, keysMax: number): Field[] {
	const { table } = database;
	const counts = new Map(DISTRIBUTIONS.map(([type]) => [type, new Float64Array(BINS)]));
	let seen = 0;
	for (const segment of table.segments()) {
		if (seen >= keysMax) break;
		seen += countSegment(database, segment, keysMax - seen, counts);
	}
	const scale = seen === 0 ? 0 : Math.max(1, table.count / seen);
	const fields: Field[] = [];
	for (const [type, name] of DISTRIBUTIONS) {
		const text = distribution(counts.get(type)!, scale);
		if (text !== "") fields.push([`db${database.index}_distrib_${name}`, text]);
	}
	return fields;
}

/** Returns how many keys it has counted. */
function countSegment(
	database: Database,
	segment: Segment,
	keysMax: number,
	counts: ReadonlyMap<number, Float64Array>,
): number {
	const { table } = database;
	const { slab, used } = segment;
	let seen = 0;
	for (let offset = SLAB_START; offset < used && seen < keysMax; offset += strideOf(slab, offset)) {
		if (!isLive(slab, offset)) continue;
		seen++;
		table.segment = segment;
		table.offset = offset;
		const bins = counts.get(table.type());
		if (bins === undefined) continue;
		const bin = binOf(sizeOf(database));
		bins[bin] = bins[bin]! + 1;
	}
	return seen;
}

/** Of the value at the database's cursor: bytes of a string, else elements. */
function sizeOf(database: Database): number {
	const { limits, now_ms } = database.keyspace;
	switch (database.table.type()) {
		case STRING:
			view.load(database.table);
			return view.length;
		case LIST:
			list.open(database, limits);
			return counted(list);
		case SET:
			set.open(database, limits);
			return counted(set);
		case SORTED_SET:
			sortedSet.open(database);
			return sortedSet.count;
		default:
			hash.open(database, limits, now_ms);
			return hash.count();
	}
}

/** And lets go of the collection. */
function counted(collection: List | MemberSet): number {
	const { count } = collection;
	collection.close();
	return count;
}

function binOf(size: number): number {
	return size === 0 ? 0 : Math.floor(Math.log2(size)) + 1;
}

function distribution(bins: Float64Array, scale: number): string {
	const parts: string[] = [];
	for (const [bin, count] of bins.entries()) {
		if (count > 0) parts.push(`${bin === 0 ? "0" : powerText(bin - 1)}=${Math.round(count * scale)}`);
	}
	return parts.join(",");
}

/** 2 to a power, with a unit for each thousand: 512, 1K, 2K, 1M. */
function powerText(power: number): string {
	return `${2 ** (power % 10)}${["", "K", "M", "G", "T", "P"][Math.floor(power / 10)]}`;
}
