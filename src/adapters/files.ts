/** An open file. What fails throws an Error whose `code` says why: "ENOSPC", "EIO" … */
export interface OpenFile {
	/** Bytes at `position`, as many as there are up to `to - from`; returns how many. */
	read(into: Uint8Array, from: number, to: number, position: number): number;
	/** Adds bytes [from, to) to the end; returns how many were taken: fewer where the disk is full. */
	write(bytes: Uint8Array, from: number, to: number): number;
	/** Bytes. */
	size(): number;
	truncate(length: number): void;
	/** Waits until everything written is on the disk. */
	sync(): void;
	/** The same while others work; `done` hears of the failure, or null. */
	syncLater(done: (failure: Error | null) => void): void;
	close(): void;
}

/** How a file is opened: to be read; made anew, and empty; or added to, and made where it is missing. All can be read. */
export type OpenMode = "read" | "create" | "append";

/** The file system as the server uses it. Paths are absolute or relative to the working directory. */
export interface Files {
	/** Throws an Error whose message says why (ENOENT, EACCES …). */
	readText(path: string): string;
	exists(path: string): boolean;
	/** Paths that match a shell pattern (`*`, `?`, `[…]`) in sorted order, for `include`. */
	matching(pattern: string): string[];
	/** Writes to a temporary name beside `path`, syncs, then renames: readers see old or new, never half. */
	replaceText(path: string, text: string): void;
	/** Adds to the end of the file, making it where it is missing. */
	appendText(path: string, text: string): void;
	remove(path: string): void;
	/** Absolute form of `path`. */
	resolve(path: string): string;
	/** Changes the working directory; throws where that fails. */
	changeDirectory(path: string): void;
	currentDirectory(): string;
	open(path: string, mode: OpenMode): OpenFile;
	/** In place of what has the new name, if anything; it outlives a power cut once the directory is synced. */
	rename(from: string, to: string): void;
	/** Waits until the names in a directory are on the disk. */
	syncDirectory(path: string): void;
	/** The same while others work; `done` hears of the failure, or null. */
	syncDirectoryLater(path: string, done: (failure: Error | null) => void): void;
	/** Makes a directory unless it is there. */
	makeDirectory(path: string): void;
	/** Names in a directory, in sorted order. */
	list(path: string): string[];
}
