import { INT64_TEXT_MAX, writeInteger } from "../../bytes/int64.ts";
import { LENGTH_2, PACKED_NUMBER, readLength2, readLength4, readPacked, SHORT_BYTES_MAX } from "./packing.ts";

const NO_BYTES = new Uint8Array(0);

/** A string of a run as it was before it was packed: where its bytes lie, until the next one is read. */
export class PackedText {
	bytes: Uint8Array;
	start: number;
	length: number;
	/** Holds the text of a number. */
	private readonly digits: Uint8Array;

	constructor() {
		this.bytes = NO_BYTES;
		this.start = 0;
		this.length = 0;
		this.digits = new Uint8Array(INT64_TEXT_MAX);
	}

	clear(): void {
		this.bytes = NO_BYTES;
	}

	/** Reads the string at `at`, which is not SAME_VALUE, and returns where it ends. */
	read(source: Uint8Array, at: number): number {
		const head = source[at]!;
		this.bytes = source;
		if (head <= SHORT_BYTES_MAX) {
			this.start = at + 1;
			this.length = head;
		} else if (head < LENGTH_2) {
			this.bytes = this.digits;
			this.start = 0;
			this.length = writeInteger(readPacked(source, at), this.digits, 0);
			return at + 1 + head - PACKED_NUMBER;
		} else if (head === LENGTH_2) {
			this.start = at + 3;
			this.length = readLength2(source, at + 1);
		} else {
			this.start = at + 5;
			this.length = readLength4(source, at + 1);
		}
		return this.start + this.length;
	}
}
