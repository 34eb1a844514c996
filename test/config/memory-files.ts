/**
 * Files in memory, for tests: absolute paths, the contents they name, directories, and a working directory.
 *
 *     names:  path → Inode          a file that is open stays what it is when its name goes or changes, as on Unix
 *
 * Invariant: every name lies in a directory that is there.
 */
import { posix } from "node:path";
import type { Files, OpenFile, OpenMode } from "../../src/adapters/files.ts";

const reasons: Readonly<Record<string, string>> = {
	EBADF: "bad file descriptor",
	EEXIST: "file already exists",
	EIO: "i/o error",
	EISDIR: "illegal operation on a directory",
	ENOENT: "no such file or directory",
	ENOSPC: "no space left on device",
	ENOTDIR: "not a directory",
	EPERM: "operation not permitted",
};

/** What a file system says when it cannot. */
export class FileFailure extends Error {
	readonly code: string;

	constructor(code: string, call: string, path: string) {
		super(`${code}: ${reasons[code] ?? "unknown error"}, ${call} '${path}'`);
		this.code = code;
	}
}

/** The contents of a file, whatever its name. */
export class Inode {
	bytes = new Uint8Array(64);
	length = 0;

	append(bytes: Uint8Array, from: number, to: number): void {
		this.writeAt(this.length, bytes, from, to);
	}

	writeAt(position: number, bytes: Uint8Array, from: number, to: number): void {
		const end = position + to - from;
		if (end > this.bytes.length) {
			const larger = new Uint8Array(Math.max(end, 2 * this.bytes.length));
			larger.set(this.bytes.subarray(0, this.length));
			this.bytes = larger;
		}
		this.bytes.set(bytes.subarray(from, to), position);
		this.length = Math.max(this.length, end);
	}

	/** Longer is possible, too: zeros. */
	truncate(length: number): void {
		if (length < this.length) this.bytes.fill(0, length, this.length);
		else if (length > this.length)
			this.writeAt(this.length, new Uint8Array(length - this.length), 0, length - this.length);
		this.length = length;
	}

	copy(): Uint8Array {
		return this.bytes.slice(0, this.length);
	}
}

/** The contents as text, for tests that look at them or lay them down. */
export class Texts {
	private readonly files: MemoryFiles;

	constructor(files: MemoryFiles) {
		this.files = files;
	}

	get(path: string): string | undefined {
		const inode = this.files.names.get(path);
		return inode === undefined ? undefined : Buffer.from(inode.copy()).toString("utf8");
	}

	set(path: string, text: string): void {
		this.files.lay(path, Buffer.from(text, "utf8"));
	}

	delete(path: string): void {
		this.files.names.delete(path);
	}

	keys(): IterableIterator<string> {
		return this.files.names.keys();
	}
}

export class MemoryFiles implements Files {
	readonly names: Map<string, Inode>;
	readonly texts: Texts;
	readonly directories: Set<string>;
	/** When the answer to `syncLater` comes: at once, unless there is a virtual time to wait for. */
	later: (action: () => void) => void;
	private directory: string;

	constructor(texts: Readonly<Record<string, string>> = {}, directories: readonly string[] = []) {
		this.names = new Map();
		this.texts = new Texts(this);
		this.directories = new Set(["/", "/work", "/run", ...directories]);
		this.later = (action) => action();
		this.directory = "/work";
		for (const [path, text] of Object.entries(texts)) this.texts.set(path, text);
	}

	/** A file as it might have been there before, with the directories on the way to it. */
	lay(path: string, bytes: Uint8Array): void {
		const inode = new Inode();
		inode.append(bytes, 0, bytes.length);
		this.names.set(path, inode);
		for (let up = posix.dirname(path); !this.directories.has(up); up = posix.dirname(up)) this.directories.add(up);
	}

	/** Undefined where there is none. */
	contents(path: string): Uint8Array | undefined {
		return this.names.get(this.resolve(path))?.copy();
	}

	readText(path: string): string {
		return Buffer.from(this.inodeAt(path, "open").copy()).toString("utf8");
	}

	exists(path: string): boolean {
		const absolute = this.resolve(path);
		return this.names.has(absolute) || this.directories.has(absolute);
	}

	matching(pattern: string): string[] {
		if (!/[*?[]/.test(pattern)) return [pattern];
		const glob = new Bun.Glob(this.resolve(pattern));
		const found = [...this.names.keys()].filter((path) => glob.match(path)).sort();
		return pattern.startsWith("/") ? found : found.map((path) => posix.relative(this.directory, path));
	}

	replaceText(path: string, text: string): void {
		const temporary = `${path}.1.tmp`;
		try {
			const file = this.open(temporary, "create");
			writeAll(file, temporary, Buffer.from(text, "utf8"));
			file.sync();
			file.close();
			this.rename(temporary, path);
		} catch (failure) {
			this.remove(temporary);
			throw failure;
		}
	}

	appendText(path: string, text: string): void {
		const file = this.open(path, "append");
		writeAll(file, path, Buffer.from(text, "utf8"));
		file.close();
	}

	remove(path: string): void {
		const absolute = this.resolve(path);
		if (this.directories.has(absolute)) throw new FileFailure("EISDIR", "rm", path);
		if (this.names.has(absolute)) this.unlink(absolute);
	}

	resolve(path: string): string {
		return posix.resolve(this.directory, path);
	}

	changeDirectory(path: string): void {
		const absolute = this.resolve(path);
		if (path === "" || !this.directories.has(absolute)) throw new FileFailure("ENOENT", "chdir", path);
		this.directory = absolute;
	}

	currentDirectory(): string {
		return this.directory;
	}

	open(path: string, mode: OpenMode): OpenFile {
		const absolute = this.resolve(path);
		if (mode === "read") return new MemoryOpenFile(this, this.inodeAt(path, "open"), absolute, false);
		if (this.directories.has(absolute)) throw new FileFailure("EISDIR", "open", path);
		this.requireParent(absolute, "open", path);
		let inode = this.names.get(absolute);
		if (inode === undefined) {
			inode = new Inode();
			this.link(absolute, inode);
		} else if (mode === "create" && inode.length > 0) this.truncateInode(inode, absolute, 0);
		return new MemoryOpenFile(this, inode, absolute, true);
	}

	rename(from: string, to: string): void {
		const target = this.resolve(to);
		if (this.directories.has(target)) throw new FileFailure("EISDIR", "rename", from);
		this.inodeAt(from, "rename");
		this.requireParent(target, "rename", from);
		this.move(this.resolve(from), target);
	}

	syncDirectory(path: string): void {
		this.requireDirectory(path, "open");
	}

	syncDirectoryLater(path: string, done: (failure: Error | null) => void): void {
		this.later(() => {
			let failure: Error | null = null;
			try {
				this.syncDirectory(path);
			} catch (reason) {
				failure = reason as Error;
			}
			done(failure);
		});
	}

	makeDirectory(path: string): void {
		const absolute = this.resolve(path);
		if (this.names.has(absolute)) throw new FileFailure("EEXIST", "mkdir", path);
		this.requireParent(absolute, "mkdir", path);
		this.directories.add(absolute);
	}

	list(path: string): string[] {
		const absolute = this.requireDirectory(path, "scandir");
		return [...this.names.keys(), ...this.directories]
			.filter((name) => name !== absolute && posix.dirname(name) === absolute)
			.map((name) => posix.basename(name))
			.sort();
	}

	// What changes something: for disks with a will of their own

	writeInode(inode: Inode, _path: string, bytes: Uint8Array, from: number, to: number): number {
		inode.append(bytes, from, to);
		return to - from;
	}

	truncateInode(inode: Inode, _path: string, length: number): void {
		inode.truncate(length);
	}

	syncInode(_inode: Inode, _path: string): void {}

	syncInodeLater(_inode: Inode, _path: string, done: (failure: Error | null) => void): void {
		this.later(() => done(null));
	}

	protected link(path: string, inode: Inode): void {
		this.names.set(path, inode);
	}

	protected unlink(path: string): void {
		this.names.delete(path);
	}

	protected move(from: string, to: string): void {
		const inode = this.names.get(from)!;
		this.names.delete(from);
		this.names.set(to, inode);
	}

	private inodeAt(path: string, call: string): Inode {
		const absolute = this.resolve(path);
		const inode = this.names.get(absolute);
		if (inode !== undefined) return inode;
		throw new FileFailure(this.directories.has(absolute) ? "EISDIR" : "ENOENT", call, path);
	}

	private requireParent(absolute: string, call: string, path: string): void {
		const parent = posix.dirname(absolute);
		if (!this.directories.has(parent)) throw new FileFailure(this.names.has(parent) ? "ENOTDIR" : "ENOENT", call, path);
	}

	protected requireDirectory(path: string, call: string): string {
		const absolute = this.resolve(path);
		if (this.directories.has(absolute)) return absolute;
		throw new FileFailure(this.names.has(absolute) ? "ENOTDIR" : "ENOENT", call, path);
	}
}

class MemoryOpenFile implements OpenFile {
	private readonly files: MemoryFiles;
	private readonly inode: Inode;
	private readonly path: string;
	private readonly isWritable: boolean;
	private isOpen: boolean;

	constructor(files: MemoryFiles, inode: Inode, path: string, isWritable: boolean) {
		this.files = files;
		this.inode = inode;
		this.path = path;
		this.isWritable = isWritable;
		this.isOpen = true;
	}

	read(into: Uint8Array, from: number, to: number, position: number): number {
		this.check(this.isOpen, "read");
		const count = Math.max(0, Math.min(to - from, this.inode.length - position));
		into.set(this.inode.bytes.subarray(position, position + count), from);
		return count;
	}

	write(bytes: Uint8Array, from: number, to: number): number {
		this.check(this.isOpen && this.isWritable, "write");
		return to > from ? this.files.writeInode(this.inode, this.path, bytes, from, to) : 0;
	}

	size(): number {
		this.check(this.isOpen, "fstat");
		return this.inode.length;
	}

	truncate(length: number): void {
		this.check(this.isOpen && this.isWritable, "ftruncate");
		this.files.truncateInode(this.inode, this.path, length);
	}

	sync(): void {
		this.check(this.isOpen, "fdatasync");
		this.files.syncInode(this.inode, this.path);
	}

	syncLater(done: (failure: Error | null) => void): void {
		this.check(this.isOpen, "fdatasync");
		this.files.syncInodeLater(this.inode, this.path, done);
	}

	close(): void {
		this.check(this.isOpen, "close");
		this.isOpen = false;
	}

	private check(isAllowed: boolean, call: string): void {
		if (!isAllowed) throw new FileFailure("EBADF", call, this.path);
	}
}

function writeAll(file: OpenFile, path: string, bytes: Uint8Array): void {
	const taken = file.write(bytes, 0, bytes.length);
	if (taken < bytes.length) throw new FileFailure("ENOSPC", "write", path);
}
