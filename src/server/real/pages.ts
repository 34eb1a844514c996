import { FFIType, ptr } from "bun:ffi";
import { keepPages, type Pages } from "../../adapters/pages.ts";
import { openLibc } from "./libc.ts";

const PAGE_BYTES = 4096;
const MADV_DONTNEED = 4;
/** What is given back at a time before the network has its turn: it takes a third of a millisecond. */
const SLICE_BYTES = 4 << 20;
/** To free a buffer takes as long as to give back so many bytes. */
const BUFFER_COST_BYTES = 4096;
/** Smaller ones lie in the heap of objects, and are the collector's. */
const FREED_BYTES_MIN = 1024;
/** Freed ones are the allocator's until it gives them back, which it may put off. */
const LARGE_BYTES = 1 << 16;

type Advise = (address: number, length: number, advice: number) => number;

/** Linux's madvise; elsewhere its semantics differ (macOS may keep the contents) and memory is simply kept. */
function openMadvise(): Advise | null {
	const libc = openLibc({ madvise: { args: [FFIType.u64, FFIType.u64, FFIType.i32], returns: FFIType.i32 } });
	return libc === null ? null : (libc.madvise as unknown as Advise);
}

class LinuxPages implements Pages {
	private advise: Advise | null | undefined;
	/** What yields the buffers that wait to be given back, and the one being worked on, of which `from` bytes are already. */
	private readonly waiting: Iterator<Uint8Array>[] = [];
	private current: Uint8Array | null = null;
	private from = 0;
	private readonly giveBackSlice = () => this.giveBack();

	release(bytes: Uint8Array, from: number, to: number): void {
		if (to - from < 2 * PAGE_BYTES) return;
		// Opened at first use: most processes are too small ever to need it.
		if (this.advise === undefined) this.advise = openMadvise();
		if (this.advise === null) return;
		const base = ptr(bytes as Uint8Array<ArrayBuffer>) as number;
		const first = Math.ceil((base + from) / PAGE_BYTES) * PAGE_BYTES;
		const last = Math.floor((base + to) / PAGE_BYTES) * PAGE_BYTES;
		if (last > first) this.advise(first, last - first, MADV_DONTNEED);
	}

	releaseLater(bytes: Uint8Array): void {
		if (bytes.length >= FREED_BYTES_MIN) this.releaseAllLater([bytes]);
	}

	releaseAllLater(buffers: Iterable<Uint8Array>): void {
		if (this.waiting.push(buffers[Symbol.iterator]()) === 1 && this.current === null) setImmediate(this.giveBackSlice);
	}

	private next(): Uint8Array | undefined {
		while (this.waiting.length > 0) {
			const { value, done } = this.waiting.at(-1)!.next();
			if (done !== true) return value;
			this.waiting.pop();
		}
		return undefined;
	}

	private giveBack(): void {
		let left = SLICE_BYTES;
		for (; left > 0; this.current = null) {
			const bytes = this.current ?? this.next();
			if (bytes === undefined) return;
			const to = Math.min(bytes.length, this.from + left);
			if (bytes.length >= LARGE_BYTES) {
				// The page that the last slice ended in was not whole.
				this.release(bytes, Math.max(0, this.from - PAGE_BYTES), to);
			}
			left -= Math.max(to - this.from, BUFFER_COST_BYTES);
			this.from = to < bytes.length ? to : 0;
			this.current = bytes;
			if (this.from > 0) break;
			free(bytes);
		}
		if (this.current !== null || this.waiting.length > 0) setImmediate(this.giveBackSlice);
	}
}

/** Now, and not when the collector comes by. */
function free({ buffer, length }: Uint8Array): void {
	if (length >= FREED_BYTES_MIN && buffer.byteLength === length) (buffer as ArrayBuffer).transfer(0);
}

export const realPages: Pages = process.platform === "linux" ? new LinuxPages() : keepPages;
