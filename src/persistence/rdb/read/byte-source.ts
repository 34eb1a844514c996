import type { OpenFile } from "../../../adapters/files.ts";
import { copyBytes } from "../../../bytes/ascii.ts";
import { Crc64 } from "../../../bytes/crc64.ts";
import { NotYet, ShortRead } from "./bad-data.ts";

/** As much of a file as is read at a time. */
const CHUNK_BYTES = 1 << 20;
/** From so much on that is not enough, more is waited for than is known to be needed. */
const DOUBLED_BYTES = 64 * 1024;
const NOTHING = new Uint8Array(0);

/**
 * The bytes of a file, or of an array, from front to back: a window that holds what is needed at the moment.
 *
 *     … gone |  kept  | read  | not read yet | … in the file
 *              bytes[0]  …    at            end
 *
 * Invariant: the window never grows beyond what there is to read, whatever lengths are asked for, so that memory stays
 * within the size of the file.
 *
 * Of a stream the window holds what has come and belongs to an item that is not read yet. Where an item needs more, it is
 * begun again when there is more: twice as much, for large ones, so that all attempts together cost no more than two.
 *
 *     … gone | marked: the item begins   …   end |      expected: worth another attempt
 */
export class ByteSource {
	bytes: Uint8Array;
	/** The next byte, and where those end that are at hand. */
	at: number;
	end: number;
	/** Of the first byte of the window, counted from the start of what is read. */
	base: number;
	/** Of all there is. */
	readonly total: number;
	/** Bytes from this offset on stay in the window: somebody still looks at them. Infinity for none. */
	keepFrom: number;
	/** Bytes are pushed, not read. */
	readonly isStream: boolean;
	private readonly file: OpenFile | null;
	private readonly checksum: Crc64 | null;
	/** Up to where in the window the checksum goes. */
	private summed: number;
	/** Of a stream: where in the window the item at work begins, and how many bytes from there another attempt needs. */
	private marked: number;
	private expected: number;
	/** Nothing more will be pushed. */
	private isEnded: boolean;

	private constructor(
		file: OpenFile | null,
		bytes: Uint8Array,
		at: number,
		end: number,
		total: number,
		sums: boolean,
		isStream = false,
	) {
		this.bytes = bytes;
		this.at = at;
		this.end = end;
		this.base = -at;
		this.total = total;
		this.keepFrom = Infinity;
		this.isStream = isStream;
		this.file = file;
		this.checksum = sums ? new Crc64() : null;
		this.summed = at;
		this.marked = 0;
		this.expected = 1;
		this.isEnded = false;
	}

	/** `sums`: whether the checksum will be asked for. */
	static ofFile(file: OpenFile, sums: boolean): ByteSource {
		return new ByteSource(file, NOTHING, 0, 0, file.size(), sums);
	}

	/** What will be pushed, `total` bytes of it where that is known, else Infinity. */
	static ofStream(total: number, sums: boolean): ByteSource {
		return new ByteSource(null, NOTHING, 0, 0, total, sums, true);
	}

	/** The bytes must stay as they are while they are read. */
	static ofBytes(bytes: Uint8Array, from: number, to: number): ByteSource {
		return new ByteSource(null, bytes, from, to, to - from, false);
	}

	/** Of the next byte, from the start. */
	offset(): number {
		return this.base + this.at;
	}

	/** How many bytes are still to come. */
	left(): number {
		return this.total - this.base - this.at;
	}

	/** Sees to it that the next `count` bytes are in the window. Other places in it move. */
	ensure(count: number): void {
		if (this.end - this.at < count) this.refill(count);
	}

	private refill(count: number): void {
		if (this.isStream) this.lack(count);
		if (count > this.left() || this.file === null) throw new ShortRead();
		const keep = Math.min(this.at, Math.max(0, this.keepFrom - this.base));
		this.checksum?.update(this.bytes, this.summed, this.at);
		const needed = this.at - keep + count;
		const isWasteful = this.bytes.length > CHUNK_BYTES && needed <= CHUNK_BYTES;
		if (needed > this.bytes.length || isWasteful) {
			const grown = new Uint8Array(Math.max(needed, Math.min(CHUNK_BYTES, this.total - this.base - keep)));
			// Of a large window more may be at hand than fits: it is read again.
			const to = Math.min(this.end, keep + grown.length);
			grown.set(this.bytes.subarray(keep, to));
			this.bytes = grown;
			this.end = to;
		} else this.bytes.copyWithin(0, keep, this.end);
		this.base += keep;
		this.at -= keep;
		this.end -= keep;
		this.summed = this.at;
		while (this.end - this.at < count) {
			const read = this.file.read(this.bytes, this.end, this.bytes.length, this.base + this.end);
			if (read === 0) throw new ShortRead();
			this.end += read;
		}
	}

	/** Moves the next bytes to `target`, which may be larger than the window should become. */
	take(target: Uint8Array, count: number): void {
		if (count > this.left()) throw new ShortRead();
		if (this.isStream) this.ensure(count);
		const atHand = Math.min(count, this.end - this.at);
		copyBytes(this.bytes, this.at, target, 0, atHand);
		this.at += atHand;
		if (atHand === count) return;
		this.checksum?.update(this.bytes, this.summed, this.at);
		this.base += this.at;
		this.at = 0;
		this.end = 0;
		this.summed = 0;
		for (let taken = atHand; taken < count; ) {
			const read = this.file!.read(target, taken, count, this.base);
			if (read === 0) throw new ShortRead();
			this.checksum?.update(target, taken, taken + read);
			taken += read;
			this.base += read;
		}
	}

	skip(count: number): void {
		if (count > this.left()) throw new ShortRead();
		for (let left = count; left > 0; ) {
			const step = Math.min(left, CHUNK_BYTES);
			this.ensure(step);
			this.at += step;
			left -= step;
		}
	}

	// Streams

	/** An item begins here. */
	mark(): void {
		this.marked = this.at;
		this.expected = 1;
	}

	/** Back to where the item begins. */
	rewind(): void {
		this.at = this.marked;
	}

	/** Bytes that have come and are not known to be of no more use. */
	heldBytes(): number {
		return this.end - this.marked;
	}

	/** Whether it is worth while to read on: there is something, and enough of it for the item at work. */
	isWorthReading(): boolean {
		return this.isEnded || this.heldBytes() >= this.expected;
	}

	/** How many bytes the item at work is waiting for, in all. */
	expectedBytes(): number {
		return this.expected;
	}

	private lack(count: number): never {
		if (this.isEnded || count > this.left()) throw new ShortRead();
		const held = this.heldBytes();
		const needed = this.at - this.marked + count;
		this.expected = held < DOUBLED_BYTES ? Math.max(needed, held + 1) : Math.max(needed, 2 * held);
		throw new NotYet();
	}

	/** More has come; not while it is read. */
	push(bytes: Uint8Array, from: number, to: number): void {
		const length = to - from;
		if (this.end + length > this.bytes.length) this.makeRoom(length);
		copyBytes(bytes, from, this.bytes, this.end, length);
		this.end += length;
	}

	/** In a new array, for somebody may still look at what lies in the old one. */
	private makeRoom(length: number): void {
		const { marked } = this;
		const held = this.end - marked;
		if (this.summed < marked) {
			this.checksum?.update(this.bytes, this.summed, marked);
			this.summed = marked;
		}
		const moved = new Uint8Array(Math.max(CHUNK_BYTES, held + length, 2 * held));
		copyBytes(this.bytes, marked, moved, 0, held);
		this.bytes = moved;
		this.base += marked;
		this.at -= marked;
		this.end -= marked;
		this.summed -= marked;
		this.marked = 0;
	}

	/** That was all. */
	endOfStream(): void {
		this.isEnded = true;
	}

	/** Whether the next eight bytes, which are read, are the checksum of all bytes before them. */
	endsWithChecksum(): boolean {
		const expected = new Uint8Array(8);
		this.checksum!.update(this.bytes, this.summed, this.at);
		this.summed = this.at;
		this.checksum!.write(expected, 0);
		this.ensure(8);
		let differences = 0;
		for (let i = 0; i < 8; i++) differences |= expected[i]! ^ this.bytes[this.at + i]!;
		this.at += 8;
		this.summed = this.at;
		return differences === 0;
	}
}
