/** What a stream holds, as plain values: as it lies in the stream, and as its pieces tell. */
import { expect } from "bun:test";
import type { Piece } from "../../../src/memory/snapshot.ts";
import { Counter } from "../../../src/types/stream/counter.ts";
import { COUNT_HIGH, COUNT_LOW, OWNER, PENDING_WORDS, TIME_HIGH, TIME_LOW } from "../../../src/types/stream/group.ts";
import { PendingByOwner } from "../../../src/types/stream/pending-by-owner.ts";
import { type Runs, StreamReader } from "../../../src/types/stream/reader.ts";
import { RUN_LIVE, RUN_TOTAL, RUN_WORDS } from "../../../src/types/stream/run-block.ts";
import {
	type ConsumersPiece,
	type GroupPiece,
	type PendingPiece,
	type RunsPiece,
	runsOf,
	type StreamPiece,
} from "../../../src/types/stream/snapshot.ts";
import { StreamId } from "../../../src/types/stream/stream-id.ts";
import type { Stream } from "../../../src/types/stream.ts";
import { readEntry, textOf } from "../stream-model.ts";

interface GroupState {
	readonly name: string;
	readonly lastId: string;
	readonly entriesRead: bigint;
	readonly consumers: string[];
	readonly pending: string[];
}

export interface StreamState {
	/** Of each run its entries, deleted ones marked. */
	readonly runs: string[][];
	head: string;
	readonly groups: GroupState[];
}

const reader = new StreamReader();

/** The entries of each run, and checks what the directory says of them. */
function runTexts(runs: Runs): string[][] {
	const texts: string[][] = [];
	reader.open(runs);
	reader.seekFirst();
	if (reader.block === null) return texts;
	do {
		const { directory } = reader.block!;
		const word = reader.run * RUN_WORDS;
		const id = new StreamId();
		id.load(directory, word);
		const entries = [`run ${textOf(id)}`];
		let live = 0;
		while (reader.nextOfRun()) {
			const isDeleted = reader.isDeleted();
			if (!isDeleted) live++;
			const entry = readEntry(reader);
			entries.push(`${isDeleted ? "deleted " : ""}${entry.id} ${entry.strings.join(" ")}`);
		}
		expect([directory[word + RUN_LIVE]!, directory[word + RUN_TOTAL]!]).toEqual([live, entries.length - 1]);
		texts.push(entries);
	} while (reader.nextRun());
	reader.close();
	return texts;
}

function idText(words: Int32Array, at = 0): string {
	const id = new StreamId();
	id.load(words, at);
	return textOf(id);
}

function countOf(words: Int32Array, at = 0): bigint {
	return Object.assign(new Counter(), { high: words[at]!, low: words[at + 1]! }).value();
}

function recordText(words: Int32Array, at: number, owner: number): string {
	const time_ms = words[at + TIME_HIGH]! * 2 ** 32 + (words[at + TIME_LOW]! >>> 0);
	expect(COUNT_LOW).toBe(COUNT_HIGH + 1);
	return `${idText(words, at)} ${time_ms} ${countOf(words, at + COUNT_HIGH)} ${owner}`;
}

export function stateOf(stream: Stream): StreamState {
	const { length, lastId, firstId, maxDeletedId, entriesAdded } = stream;
	return {
		runs: runTexts(stream),
		head: [length, textOf(lastId), textOf(firstId), textOf(maxDeletedId), entriesAdded.value()].join(" "),
		groups: stream.groups.map((group) => {
			const pending: string[] = [];
			for (let there = group.pending.first(); there; there = group.pending.next()) {
				pending.push(recordText(group.pending.words, group.pending.at, group.owner().number));
			}
			return {
				name: Buffer.from(group.name).toString("latin1"),
				lastId: textOf(group.lastId),
				entriesRead: group.entriesRead.value(),
				consumers: group.consumers.map(
					({ name, number, seen_ms, active_ms }) => `${Buffer.from(name)} ${number} ${seen_ms} ${active_ms}`,
				),
				pending,
			};
		}),
	};
}

/** Puts together what pieces tell, one after the other, and checks that they come in order and as many as announced. */
export class StreamPieces {
	readonly state: StreamState;
	private groupsLeft: number;
	private consumersLeft: number;
	private pendingLeft: number;
	private readonly byOwner: PendingByOwner;

	constructor() {
		this.state = { runs: [], head: "", groups: [] };
		this.groupsLeft = 0;
		this.consumersLeft = 0;
		this.pendingLeft = 0;
		this.byOwner = new PendingByOwner();
	}

	add(piece: Piece): void {
		switch (piece.form) {
			case "runs":
				return this.addRuns(piece as RunsPiece);
			case "stream":
				return this.addHead(piece as StreamPiece);
			case "group":
				return this.addGroup(piece as GroupPiece);
			case "consumers":
				return this.addConsumers(piece as ConsumersPiece);
			default:
				this.addPending(piece as PendingPiece);
		}
	}

	private addRuns(piece: RunsPiece): void {
		expect(this.state.head).toBe("");
		expect(piece.bytes.buffer.byteLength).toBe(piece.bytes.length);
		expect(piece.directory.buffer.byteLength).toBe(piece.directory.byteLength);
		expect(piece.count).toBe(piece.directory.length / RUN_WORDS);
		this.state.runs.push(...runTexts(runsOf(piece)));
	}

	private addHead({ length, lastId, firstId, maxDeletedId, entriesAdded, groups }: StreamPiece): void {
		const ids = [lastId, firstId, maxDeletedId].map((words) => idText(words));
		this.state.head = [length, ...ids, countOf(entriesAdded)].join(" ");
		this.groupsLeft = groups;
	}

	private addGroup({ name, lastId, entriesRead, consumers, pending }: GroupPiece): void {
		this.expectWhole();
		this.groupsLeft--;
		this.consumersLeft = consumers;
		this.pendingLeft = pending;
		this.byOwner.begin(pending);
		this.state.groups.push({
			name: Buffer.from(name).toString("latin1"),
			lastId: idText(lastId),
			entriesRead: countOf(entriesRead),
			consumers: [],
			pending: [],
		});
	}

	private addConsumers({ consumers }: ConsumersPiece): void {
		this.consumersLeft -= consumers.length;
		for (const { name, number, seen_ms, active_ms } of consumers) {
			this.state.groups.at(-1)!.consumers.push(`${Buffer.from(name)} ${number} ${seen_ms} ${active_ms}`);
		}
	}

	private addPending({ words, count }: PendingPiece): void {
		expect(this.consumersLeft).toBe(0);
		expect(words.length).toBe(count * PENDING_WORDS);
		this.pendingLeft -= count;
		this.byOwner.add(words);
		const { pending } = this.state.groups.at(-1)!;
		for (let at = 0; at < words.length; at += PENDING_WORDS) pending.push(recordText(words, at, words[at + OWNER]!));
	}

	/** Nothing is missing of what has begun. */
	expectWhole(): void {
		expect([this.consumersLeft, this.pendingLeft]).toEqual([0, 0]);
		const group = this.state.groups.at(-1);
		if (group === undefined) return;
		this.byOwner.end();
		const sorted = new Map<number, string[]>();
		for (const text of group.pending) {
			const owner = Number(text.split(" ").at(-1));
			sorted.set(owner, [...(sorted.get(owner) ?? []), text]);
		}
		for (let owner = 0; owner < 20; owner++) {
			const texts: string[] = [];
			this.byOwner.forEachOf(owner, (words, at) => texts.push(recordText(words, at, owner)));
			expect(texts).toEqual(sorted.get(owner) ?? []);
			expect(this.byOwner.countOf(owner)).toBe(texts.length);
		}
	}

	end(): StreamState {
		this.expectWhole();
		expect(this.groupsLeft).toBe(0);
		return this.state;
	}
}
