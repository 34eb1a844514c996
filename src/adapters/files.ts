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
}
