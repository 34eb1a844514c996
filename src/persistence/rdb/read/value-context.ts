import { Limits } from "../../../types/limits.ts";
import type { Place } from "../../../types/place.ts";
import type { Pace } from "../../loading.ts";
import { BadData } from "./bad-data.ts";
import { type RdbInput, Text } from "./rdb-input.ts";

/** Bytes of one collection that are read between two looks at the time. */
const STRETCH_BYTES = 16 * 1024;

/**
 * What all readers of values share: where the bytes come from, where the value is built, and when to let others work.
 */
export class ValueContext {
	readonly input: RdbInput;
	/** Where the next value is built: nothing is there. */
	place: Place;
	readonly limits: Limits;
	/** For what is packed in the file: it is small whatever the length of its elements. */
	readonly packedLimits: Limits;
	/** For whoever reads one or two strings at a time. */
	readonly first: Text;
	readonly second: Text;
	readonly third: Text;
	readonly blob: Text;
	pace: Pace;
	/** The version says what type 22 is. */
	isValkey: boolean;
	private pauseAt: number;

	constructor(input: RdbInput, place: Place, limits: Limits, pace: Pace) {
		this.input = input;
		this.place = place;
		this.limits = limits;
		this.packedLimits = Object.assign(new Limits(), limits, {
			hashValueBytes: Infinity,
			setValueBytes: Infinity,
			sortedSetValueBytes: Infinity,
		});
		this.first = new Text();
		this.second = new Text();
		this.third = new Text();
		this.blob = new Text();
		this.pace = pace;
		this.isValkey = false;
		this.pauseAt = 0;
	}

	/**
	 * Whether to stop within a collection for a while. Not before so much was read that a packed collection would be full:
	 * what grows in a buffer that is shared is never left alone.
	 */
	shouldPause(): boolean {
		const { source } = this.input;
		const offset = source.offset();
		if (offset < this.pauseAt) return false;
		this.pauseAt = offset + STRETCH_BYTES;
		return this.pace.isOver(offset);
	}

	/** A collection begins: what was read before does not count. */
	begin(): void {
		this.pauseAt = this.input.source.offset() + STRETCH_BYTES;
	}

	/** A count of elements, each of which takes at least `bytesMin`. */
	count(bytesMin: number): number {
		const count = this.input.length();
		if (count * bytesMin > this.input.source.left())
			throw new BadData("a collection claims more elements than there are");
		return count;
	}

	/** Reads a blob, which is good until the next read. */
	readBlob(): Text {
		this.input.string(this.blob);
		return this.blob;
	}

	/** Reads two strings that are good at the same time, until the next read. */
	readPair(): void {
		const { input, first, second } = this;
		const { source } = input;
		source.keepFrom = source.offset();
		input.string(first);
		input.string(second);
		source.keepFrom = Infinity;
		input.settle(first);
	}
}
