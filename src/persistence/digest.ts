/**
 * DEBUG DIGEST and DIGEST-VALUE: a hash of what the data says, the same for equal data however it is kept and in
 * whatever order it came, and the same that a genuine Redis 7.0 answers.
 *
 * A digest is changed in two ways, H being SHA-1:
 *
 *     add(x)      digest = digest xor H(x)             where order means nothing: members of sets, fields, keys
 *     mix(x)      digest = H(digest xor H(x))          where it does: elements of lists, entries of streams
 *
 * As in Redis the groups of a stream are not in it, nor is the time at which a key expires, only that it does.
 */
import { bytesOf } from "../bytes/ascii.ts";
import { formatGeneral } from "../bytes/double.ts";
import { SHA1_WORDS, sha1, sha1Hexadecimal, writeSha1 } from "../bytes/sha1.ts";
import type { Database } from "../keyspace/database.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { isLive, SLAB_START, strideOf } from "../memory/entry.ts";
import type { Segment } from "../memory/segment.ts";
import { Hash } from "../types/hash.ts";
import { List } from "../types/list.ts";
import { MemberSet } from "../types/set.ts";
import { SortedSet } from "../types/sorted-set.ts";
import { idText, writeId } from "../types/stream/id-text.ts";
import { StreamReader } from "../types/stream/reader.ts";
import type { Stream } from "../types/stream.ts";
import { StringView } from "../types/string.ts";
import { HASH, LIST, SET, SORTED_SET, STREAM, STRING } from "../types/type.ts";

const DIGEST_BYTES = 4 * SHA1_WORDS;
const DASH = 0x2d;
const DOT = 0x2e;
const EXPIRES = bytesOf("!!expire!!");
const FIELD_EXPIRES = bytesOf("!!hexpire!!");
/** Redis's number of the type; 5 is that of modules. */
const STREAM_NUMBER = 6;

const hashed = new Int32Array(SHA1_WORDS);
const scratch = new Uint8Array(DIGEST_BYTES);
const view = new StringView();
const list = new List();
const set = new MemberSet();
const sortedSet = new SortedSet();
const hash = new Hash();
const reader = new StreamReader();

class Digest {
	private readonly words: Int32Array;

	constructor() {
		this.words = new Int32Array(SHA1_WORDS);
	}

	clear(): void {
		this.words.fill(0);
	}

	add(bytes: Uint8Array, start: number, length: number): void {
		sha1(bytes, start, start + length, hashed);
		for (let i = 0; i < SHA1_WORDS; i++) this.words[i] = this.words[i]! ^ hashed[i]!;
	}

	mix(bytes: Uint8Array, start: number, length: number): void {
		this.add(bytes, start, length);
		writeSha1(this.words, scratch, 0);
		sha1(scratch, 0, DIGEST_BYTES, this.words);
	}

	addDigest(other: Digest): void {
		writeSha1(other.words, scratch, 0);
		this.add(scratch, 0, DIGEST_BYTES);
	}

	mixNumber(number: number): void {
		this.mix(Uint8Array.of(number >>> 24, number >>> 16, number >>> 8, number), 0, 4);
	}

	toString(): string {
		return sha1Hexadecimal(this.words);
	}
}

const member = new Digest();

/** Of all databases. */
export function keyspaceDigest(keyspace: Keyspace): string {
	const whole = new Digest();
	const ofKey = new Digest();
	for (const database of keyspace.databases) {
		if (database.table.count === 0) continue;
		whole.mixNumber(database.index);
		for (const segment of database.table.segments()) addSegment(database, segment, whole, ofKey);
	}
	return whole.toString();
}

function addSegment(database: Database, segment: Segment, whole: Digest, ofKey: Digest): void {
	const { table } = database;
	const { slab, used } = segment;
	for (let offset = SLAB_START; offset < used; offset += strideOf(slab, offset)) {
		if (!isLive(slab, offset) || database.isExpired(segment, offset)) continue;
		table.segment = segment;
		table.offset = offset;
		table.loadKey();
		ofKey.clear();
		ofKey.mix(table.keyBytes, table.keyFrom, table.keyTo - table.keyFrom);
		addValue(database, ofKey);
		whole.addDigest(ofKey);
	}
}

/** Of the value at the database's cursor, without its key; forty zeros where there is none. */
export function valueDigest(database: Database): string {
	const digest = new Digest();
	if (database.table.offset !== 0) addValue(database, digest);
	return digest.toString();
}

function addValue(database: Database, digest: Digest): void {
	const { table } = database;
	const type = table.type();
	digest.mixNumber(type === STREAM ? STREAM_NUMBER : type);
	if (type === STRING) addString(database, digest);
	else if (type === LIST) addList(database, digest);
	else if (type === SET) addSet(database, digest);
	else if (type === SORTED_SET) addSortedSet(database, digest);
	else if (type === HASH) addHash(database, digest);
	else addStream(table.external() as Stream, digest);
	if (table.deadline() !== Infinity) digest.add(EXPIRES, 0, EXPIRES.length);
}

function addString({ table }: Database, digest: Digest): void {
	view.load(table);
	digest.mix(view.bytes, view.start, view.length);
}

function addList(database: Database, digest: Digest): void {
	list.open(database, database.keyspace.limits);
	list.forEach((bytes, start, length) => void digest.mix(bytes, start, length));
	list.close();
}

function addSet(database: Database, digest: Digest): void {
	set.open(database, database.keyspace.limits);
	set.forEach((bytes, start, length) => void digest.add(bytes, start, length));
	set.close();
}

function addSortedSet(database: Database, digest: Digest): void {
	sortedSet.open(database);
	for (let isThere = sortedSet.seek(0); isThere; isThere = sortedSet.next()) {
		const score = bytesOf(formatGeneral(sortedSet.score, 17));
		member.clear();
		member.mix(sortedSet.bytes, sortedSet.start, sortedSet.length);
		member.mix(score, 0, score.length);
		digest.addDigest(member);
	}
}

function addHash(database: Database, digest: Digest): void {
	const { limits, now_ms } = database.keyspace;
	hash.open(database, limits, now_ms);
	const isVolatile = hash.isVolatile();
	hash.forEach(() => {
		member.clear();
		member.mix(hash.fieldBytes, hash.fieldStart, hash.fieldLength);
		member.mix(hash.valueBytes, hash.valueStart, hash.valueLength);
		if (isVolatile && hash.deadline() !== Infinity) member.add(FIELD_EXPIRES, 0, FIELD_EXPIRES.length);
		digest.addDigest(member);
	});
}

/** An id has a dot between its numbers here. */
function addStream(stream: Stream, digest: Digest): void {
	reader.open(stream);
	reader.seekFirst();
	while (reader.next()) {
		const { id, text } = reader;
		const length = writeId(id.msHigh, id.msLow, id.sequenceHigh, id.sequenceLow);
		const dash = idText.indexOf(DASH);
		idText[dash] = DOT;
		digest.mix(idText, 0, length);
		idText[dash] = DASH;
		while (reader.nextField()) {
			digest.mix(text.bytes, text.start, text.length);
			reader.nextValue();
			digest.mix(text.bytes, text.start, text.length);
		}
	}
	reader.close();
}
