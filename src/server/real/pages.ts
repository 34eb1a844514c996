import { FFIType, ptr } from "bun:ffi";
import { keepPages, type Pages } from "../../adapters/pages.ts";
import { openLibc } from "./libc.ts";

const PAGE_BYTES = 4096;
const MADV_DONTNEED = 4;

type Advise = (address: number, length: number, advice: number) => number;

/** Linux's madvise; elsewhere its semantics differ (macOS may keep the contents) and memory is simply kept. */
function openMadvise(): Advise | null {
	const libc = openLibc({ madvise: { args: [FFIType.u64, FFIType.u64, FFIType.i32], returns: FFIType.i32 } });
	return libc === null ? null : (libc.madvise as unknown as Advise);
}

class LinuxPages implements Pages {
	private advise: Advise | null | undefined;

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
}

export const realPages: Pages = process.platform === "linux" ? new LinuxPages() : keepPages;
