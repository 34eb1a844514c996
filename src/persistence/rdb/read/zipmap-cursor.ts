import { BadData } from "./bad-data.ts";
import { type ElementCursor, readInt32, showBytes } from "./element-cursor.ts";
import type { Text } from "./rdb-input.ts";

/** First byte of a length that takes four more; the number of pairs is unknown from here on. */
const WIDE_LENGTH = 254;
const END = 0xff;

/**
 * A zipmap, as small hashes were before Redis 2.6; fields and values take turns:
 *
 *     count:1  { length field  length spare:1 value spare-bytes }…  0xff
 */
export class ZipmapCursor implements ElementCursor {
	private bytes: Uint8Array;
	private at: number;
	/** Of the end mark. */
	private end: number;
	private count: number;
	private seen: number;
	private isValueNext: boolean;

	constructor() {
		this.bytes = new Uint8Array(0);
		this.at = 0;
		this.end = 0;
		this.count = 0;
		this.seen = 0;
		this.isValueNext = false;
	}

	open(blob: Text): this {
		const { bytes, start, length } = blob;
		if (length < 2 || bytes[start + length - 1]! !== END) throw bad();
		this.bytes = bytes;
		this.at = start + 1;
		this.end = start + length - 1;
		this.count = bytes[start]!;
		this.seen = 0;
		this.isValueNext = false;
		return this;
	}

	next(text: Text): boolean {
		const { bytes, at, end, isValueNext } = this;
		if (at === end) {
			if (isValueNext || (this.count < WIDE_LENGTH && this.count !== this.seen)) throw bad();
			return false;
		}
		let start = at + 1;
		let length = bytes[at]!;
		if (length === END) throw bad();
		if (length === WIDE_LENGTH) {
			if (end - at < 5) throw bad();
			length = readInt32(bytes, at + 1) >>> 0;
			start = at + 5;
		}
		let spare = 0;
		if (isValueNext) {
			if (start >= end) throw bad();
			spare = bytes[start++]!;
			this.seen++;
		}
		if (length + spare > end - start) throw bad();
		showBytes(text, bytes, start, length);
		this.at = start + length + spare;
		this.isValueNext = !isValueNext;
		return true;
	}
}

function bad(): BadData {
	return new BadData("Hash zipmap integrity check failed.");
}
