import type { StreamId } from "./stream-id.ts";

/** Words of a mark: the id before an entry, and where its head lies. */
const MARK_WORDS = 5;
const MARKS_MIN = 128;

/** A stack of the entries that a reader, which can only go forward, came by on its way to where it goes back from. */
export class Marks {
	count: number;
	private words: Int32Array;

	constructor() {
		this.count = 0;
		this.words = new Int32Array(MARKS_MIN * MARK_WORDS);
	}

	clear(): void {
		this.count = 0;
		if (this.words.length > MARKS_MIN * MARK_WORDS) this.words = new Int32Array(MARKS_MIN * MARK_WORDS);
	}

	push(msHigh: number, msLow: number, sequenceHigh: number, sequenceLow: number, headAt: number): void {
		const at = this.count++ * MARK_WORDS;
		if (at === this.words.length) this.grow();
		const { words } = this;
		words[at] = msHigh;
		words[at + 1] = msLow;
		words[at + 2] = sequenceHigh;
		words[at + 3] = sequenceLow;
		words[at + 4] = headAt;
	}

	private grow(): void {
		const words = new Int32Array(2 * this.words.length);
		words.set(this.words);
		this.words = words;
	}

	/** Takes the last one off, loads the id before its entry and returns where that lies. */
	pop(id: StreamId): number {
		const at = --this.count * MARK_WORDS;
		id.load(this.words, at);
		return this.words[at + 4]!;
	}
}
