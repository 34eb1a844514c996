/** A stream and a plain array side by side: every step is taken by both, and what they say is compared. */
import { expect } from "bun:test";
import { Limits } from "../../src/types/limits.ts";
import { idText, parseId, writeId } from "../../src/types/stream/id-text.ts";
import { Position } from "../../src/types/stream/position.ts";
import { StreamReader } from "../../src/types/stream/reader.ts";
import { StreamId } from "../../src/types/stream/stream-id.ts";
import type { Strings } from "../../src/types/stream/tail.ts";
import { Stream } from "../../src/types/stream.ts";

/** Strings one behind the other in one array, as the arguments of a call are. */
export class StringList implements Strings {
	readonly bytes: Uint8Array;
	private readonly ends: number[];

	constructor(strings: readonly string[]) {
		this.bytes = Buffer.from(strings.join(""), "latin1");
		let end = 0;
		this.ends = strings.map((string) => (end += string.length));
	}

	start(index: number): number {
		return index === 0 ? 0 : this.ends[index - 1]!;
	}

	length(index: number): number {
		return this.ends[index]! - this.start(index);
	}
}

export function idOf(text: string): StreamId {
	const id = new StreamId();
	const bytes = Buffer.from(text, "latin1");
	expect(parseId(bytes, 0, bytes.length, false, id)).toBe(1);
	return id;
}

export function textOf({ msHigh, msLow, sequenceHigh, sequenceLow }: StreamId): string {
	const length = writeId(msHigh, msLow, sequenceHigh, sequenceLow);
	return Buffer.from(idText.subarray(0, length)).toString("latin1");
}

/** An id as one number. */
export function numberOf(text: string): bigint {
	const [ms, sequence] = text.split("-");
	return (BigInt(ms!) << 64n) | BigInt(sequence!);
}

export function idOfNumber(value: bigint): string {
	return `${value >> 64n}-${BigInt.asUintN(64, value)}`;
}

export interface ModelEntry {
	readonly id: string;
	readonly strings: readonly string[];
}

/** The entry the reader has just read. */
export function readEntry(reader: StreamReader): ModelEntry {
	const strings: string[] = [];
	const take = () => {
		const { bytes, start, length } = reader.text;
		strings.push(Buffer.from(bytes).toString("latin1", start, start + length));
	};
	const id = textOf(reader.id);
	while (reader.nextField()) {
		take();
		reader.nextValue();
		take();
	}
	expect(strings.length).toBe(2 * reader.fieldCount);
	return { id, strings };
}

export class StreamModel {
	stream: Stream;
	readonly limits: Limits;
	entries: ModelEntry[];
	private last: bigint;
	private maxDeleted: bigint;
	private added: number;
	private readonly reader: StreamReader;
	/** Where `follow` has got to. */
	private readonly position: Position;
	private followed: bigint;

	constructor(limits: Partial<Limits>) {
		this.stream = new Stream();
		this.limits = Object.assign(new Limits(), limits);
		this.entries = [];
		this.last = 0n;
		this.maxDeleted = 0n;
		this.added = 0;
		this.reader = new StreamReader();
		this.position = new Position();
		this.followed = 0n;
	}

	/** Adds an entry so much behind the last id. */
	add(step: bigint, strings: readonly string[]): void {
		this.addQuietly(step, strings);
		this.verify();
	}

	addQuietly(step: bigint, strings: readonly string[]): void {
		const value = this.last + step;
		if (value >= 1n << 128n) return;
		const id = idOfNumber(value);
		const list = new StringList(strings);
		this.stream.append(idOf(id), list, 0, strings.length / 2, list.bytes.length, this.limits);
		this.entries.push({ id, strings });
		this.last = value;
		this.added++;
	}

	/** Deletes the entry of this number, or one that is not there. */
	delete(number: number, off: bigint): void {
		const { entries } = this;
		if (entries.length === 0) return;
		const value = numberOf(entries[number % entries.length]!.id) + off;
		if (value < 0n || value >= 1n << 128n) return;
		const id = idOfNumber(value);
		const index = entries.findIndex((entry) => entry.id === id);
		expect(this.stream.delete(idOf(id))).toBe(index >= 0);
		if (index < 0) return;
		entries.splice(index, 1);
		if (value > this.maxDeleted) this.maxDeleted = value;
		this.verify();
	}

	trimToLength(length: number): void {
		const deleted = Math.max(0, this.entries.length - length);
		expect(this.stream.trimToLength(length, false, 0)).toBe(deleted);
		this.entries.splice(0, deleted);
		this.verify();
	}

	trimBefore(number: number, off: bigint): void {
		const value = this.boundary(number, off);
		const kept = this.entries.filter((entry) => numberOf(entry.id) >= value);
		expect(this.stream.trimBefore(idOf(idOfNumber(value)), false, 0)).toBe(this.entries.length - kept.length);
		this.entries = kept;
		this.verify();
	}

	/** Takes whole runs, so never too much. */
	trimApproximately(length: number, limit: number): void {
		const deleted = this.stream.trimToLength(length, true, limit);
		if (limit > 0) expect(deleted).toBeLessThanOrEqual(limit);
		expect(deleted).toBeLessThanOrEqual(Math.max(0, this.entries.length - length));
		this.entries.splice(0, deleted);
		this.verify();
	}

	private boundary(number: number, off: bigint): bigint {
		const { entries } = this;
		const value = entries.length === 0 ? off : numberOf(entries[number % entries.length]!.id) + off;
		return value < 0n ? 0n : value;
	}

	/** Reads forward, backward, and counts. */
	read(from: number, to: number, fromOff: bigint, toOff: bigint, limit: number): void {
		const { reader } = this;
		const [low, high] = [this.boundary(from, fromOff), this.boundary(to, toOff)];
		const expected = this.entries.filter(({ id }) => numberOf(id) >= low && numberOf(id) <= high);
		const [start, end] = [idOf(idOfNumber(low)), idOf(idOfNumber(high))];
		reader.open(this.stream);
		reader.seek(start);
		const seen: ModelEntry[] = [];
		while (reader.next() && reader.id.compare(end) <= 0) seen.push(readEntry(reader));
		expect(seen).toEqual(expected);
		reader.seek(start);
		expect(reader.count(end, limit)).toBe(Math.min(expected.length, limit));
		reader.seek(start);
		expect(reader.count(null, Infinity)).toBe(this.entries.filter(({ id }) => numberOf(id) >= low).length);
		reader.open(this.stream);
		reader.seekBackward(end);
		const backward: ModelEntry[] = [];
		while (reader.previous() && reader.id.compare(start) >= 0) backward.push(readEntry(reader));
		expect(backward.reverse()).toEqual(expected);
		reader.close();
	}

	/** Reads on behind what it read the last time, from the place it kept if that is still good. */
	follow(count: number): void {
		const { reader, position } = this;
		reader.open(this.stream);
		if (!reader.restore(position)) reader.seek(idOf(idOfNumber(this.followed + 1n)));
		const expected = this.entries.filter(({ id }) => numberOf(id) > this.followed).slice(0, count);
		const seen: ModelEntry[] = [];
		while (seen.length < count && reader.next()) seen.push(readEntry(reader));
		expect(seen).toEqual(expected);
		if (seen.length > 0) this.followed = numberOf(seen.at(-1)!.id);
		reader.save(position);
		reader.close();
	}

	/** Goes on with a copy, and expects the original to stay as it is. */
	cloneItself(): void {
		const original = this.stream;
		this.stream = original.clone();
		expect(this.stream.bytesUsed()).toBe(original.bytesUsed());
		this.verify();
		original.verify();
	}

	verify(): void {
		const { stream } = this;
		stream.verify();
		expect(stream.length).toBe(this.entries.length);
		expect(textOf(stream.lastId)).toBe(idOfNumber(this.last));
		expect(textOf(stream.firstId)).toBe(this.entries[0]?.id ?? "0-0");
		expect(textOf(stream.maxDeletedId)).toBe(idOfNumber(this.maxDeleted));
		expect(stream.entriesAdded.value()).toBe(BigInt(this.added));
	}
}
