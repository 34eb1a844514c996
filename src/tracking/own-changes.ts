import { copyBytes } from "../bytes/ascii.ts";

const BYTES_MIN = 256;
/** A longer buffer is let go. */
const KEPT_BYTES_MAX = 1 << 16;

/** What the client at work has changed itself, in order: keys, or everything. It is told of them when it is done. */
export class OwnChanges {
	count: number;
	/** Of the keys, one behind the other. */
	bytes: Uint8Array;
	private readonly ends: number[];
	private readonly everything: boolean[];

	constructor() {
		this.count = 0;
		this.bytes = new Uint8Array(BYTES_MIN);
		this.ends = [];
		this.everything = [];
	}

	addKey(key: Uint8Array, start: number, length: number): void {
		const from = this.start(this.count);
		if (from + length > this.bytes.length) {
			const grown = new Uint8Array(Math.max(from + length, 2 * this.bytes.length));
			copyBytes(this.bytes, 0, grown, 0, from);
			this.bytes = grown;
		}
		copyBytes(key, start, this.bytes, from, length);
		this.everything[this.count] = false;
		this.ends[this.count++] = from + length;
	}

	addEverything(): void {
		this.everything[this.count] = true;
		this.ends[this.count] = this.start(this.count);
		this.count++;
	}

	start(number: number): number {
		return number === 0 ? 0 : this.ends[number - 1]!;
	}

	end(number: number): number {
		return this.ends[number]!;
	}

	isEverything(number: number): boolean {
		return this.everything[number]!;
	}

	clear(): void {
		this.count = 0;
		if (this.bytes.length <= KEPT_BYTES_MAX) return;
		this.bytes = new Uint8Array(BYTES_MIN);
		this.ends.length = 0;
		this.everything.length = 0;
	}
}
