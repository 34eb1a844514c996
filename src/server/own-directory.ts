import type { Files, OpenFile, OpenMode } from "../adapters/files.ts";

/**
 * The file system as seen from a working directory of one's own: what `dir` changes for a server inside a program, whose
 * own working directory is none of the server's business.
 */
export class OwnDirectory implements Files {
	private readonly files: Files;
	private directory: string;

	constructor(files: Files) {
		this.files = files;
		this.directory = files.currentDirectory();
	}

	resolve(path: string): string {
		return this.files.resolve(path.startsWith("/") ? path : `${this.directory}/${path}`);
	}

	changeDirectory(path: string): void {
		const directory = this.resolve(path);
		// Throws where there is none.
		this.files.list(directory);
		this.directory = directory;
	}

	currentDirectory(): string {
		return this.directory;
	}

	readText(path: string): string {
		return this.files.readText(this.resolve(path));
	}

	exists(path: string): boolean {
		return this.files.exists(this.resolve(path));
	}

	matching(pattern: string): string[] {
		return this.files.matching(this.resolve(pattern));
	}

	replaceText(path: string, text: string): void {
		this.files.replaceText(this.resolve(path), text);
	}

	appendText(path: string, text: string): void {
		this.files.appendText(this.resolve(path), text);
	}

	remove(path: string): void {
		this.files.remove(this.resolve(path));
	}

	open(path: string, mode: OpenMode): OpenFile {
		return this.files.open(this.resolve(path), mode);
	}

	rename(from: string, to: string): void {
		this.files.rename(this.resolve(from), this.resolve(to));
	}

	syncDirectory(path: string): void {
		this.files.syncDirectory(this.resolve(path));
	}

	syncDirectoryLater(path: string, done: (failure: Error | null) => void): void {
		this.files.syncDirectoryLater(this.resolve(path), done);
	}

	makeDirectory(path: string): void {
		this.files.makeDirectory(this.resolve(path));
	}

	list(path: string): string[] {
		return this.files.list(this.resolve(path));
	}
}
