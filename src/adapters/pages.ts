/** The operating system's view of memory. */
export interface Pages {
	/**
	 * Says that the contents of [from, to) will not be read again: whole pages inside the range are given back, and read
	 * as zero when they are next touched. Where the system has no such call, nothing happens.
	 */
	release(bytes: Uint8Array, from: number, to: number): void;
	/**
	 * Frees a whole buffer that nobody uses any more, and not now but little by little when there is time: it may still be
	 * read until the command at work has ended, and is empty some time later.
	 */
	releaseLater(bytes: Uint8Array): void;
	/** As releaseLater, of many buffers, which are asked for one by one when it is their turn. */
	releaseAllLater(buffers: Iterable<Uint8Array>): void;
}

/** For memory that need not be given back: tests, small tables. */
export const keepPages: Pages = { release() {}, releaseLater() {}, releaseAllLater() {} };
