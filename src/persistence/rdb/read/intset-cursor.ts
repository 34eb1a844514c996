import { BadData } from "./bad-data.ts";
import { type ElementCursor, readInt32, readInteger, showInteger } from "./element-cursor.ts";
import type { Text } from "./rdb-input.ts";

const HEAD_BYTES = 8;

/**
 * An intset: different integers of the same width, ascending.
 *
 *     width:4  count:4  { integer:2, 4 or 8 }…
 */
export class IntsetCursor implements ElementCursor {
	private bytes: Uint8Array;
	private at: number;
	private end: number;
	private width: number;
	private isFirst: boolean;
	private high: number;
	private low: number;

	constructor() {
		this.bytes = new Uint8Array(0);
		this.at = 0;
		this.end = 0;
		this.width = 0;
		this.isFirst = true;
		this.high = 0;
		this.low = 0;
	}

	open(blob: Text): this {
		const { bytes, start, length } = blob;
		if (length <= HEAD_BYTES) throw bad();
		const width = readInt32(bytes, start);
		const count = readInt32(bytes, start + 4) >>> 0;
		if ((width !== 2 && width !== 4 && width !== 8) || HEAD_BYTES + count * width !== length) throw bad();
		this.bytes = bytes;
		this.at = start + HEAD_BYTES;
		this.end = start + length;
		this.width = width;
		this.isFirst = true;
		return this;
	}

	next(text: Text): boolean {
		const { bytes, at, width } = this;
		if (at === this.end) return false;
		const low = width === 8 ? readInt32(bytes, at) : readInteger(bytes, at, width);
		const high = width === 8 ? readInt32(bytes, at + 4) : low >> 31;
		const ascends = high > this.high || (high === this.high && low >>> 0 > this.low >>> 0);
		if (!this.isFirst && !ascends) throw bad();
		this.isFirst = false;
		this.high = high;
		this.low = low;
		this.at = at + width;
		showInteger(text, high, low);
		return true;
	}
}

function bad(): BadData {
	return new BadData("Intset integrity check failed.");
}
