import { dlopen, FFIType, ptr } from "bun:ffi";
import { keepPages, type Pages } from "../../adapters/pages.ts";

const PAGE_BYTES = 4096;
const MADV_DONTNEED = 4;

type Advise = (address: number, length: number, advice: number) => number;

/** Linux's madvise; elsewhere its semantics differ (macOS may keep the contents) and memory is simply kept. */
function openMadvise(): Advise | null {
	if (process.platform !== "linux") return null;
	const signature = { madvise: { args: [FFIType.u64, FFIType.u64, FFIType.i32], returns: FFIType.i32 } } as const;
	for (const library of ["libc.so.6", `libc.musl-${process.arch === "x64" ? "x86_64" : "aarch64"}.so.1`]) {
		try {
			return dlopen(library, signature).symbols.madvise as unknown as Advise;
		} catch {
			// The other C library, then.
		}
	}
	return null;
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
