import {
	appendFileSync,
	close,
	closeSync,
	constants,
	existsSync,
	fdatasync,
	fdatasyncSync,
	fstatSync,
	fsync,
	fsyncSync,
	ftruncateSync,
	mkdirSync,
	open,
	openSync,
	readdirSync,
	readFileSync,
	readSync,
	renameSync,
	rmSync,
	statSync,
	writeFileSync,
	writeSync,
} from "node:fs";
import { resolve } from "node:path";
import type { Files, OpenFile, OpenMode } from "../../adapters/files.ts";

/** The machine's file system. */
export const realFiles: Files = {
	readText: (path) => readFileSync(path, "utf8"),
	exists: (path) => existsSync(path),
	matching(pattern) {
		if (!/[*?[]/.test(pattern)) return [pattern];
		const absolute = pattern.startsWith("/");
		const found = new Bun.Glob(absolute ? pattern.slice(1) : pattern).scanSync({
			cwd: absolute ? "/" : process.cwd(),
			onlyFiles: true,
		});
		return [...found].map((path) => (absolute ? `/${path}` : path)).sort();
	},
	replaceText(path, text) {
		const temporary = `${path}.${process.pid}.tmp`;
		try {
			writeAndSync(temporary, text);
			renameSync(temporary, path);
		} catch (failure) {
			rmSync(temporary, { force: true });
			throw failure;
		}
	},
	appendText: (path, text) => appendFileSync(path, text),
	remove: (path) => withoutWaiting(path, () => rmSync(path, { force: true })),
	resolve: (path) => resolve(path),
	changeDirectory: (path) => process.chdir(path),
	currentDirectory: () => process.cwd(),
	open: (path, mode) => new RealOpenFile(openSync(path, flagsOf[mode], 0o644)),
	rename: (from, to) => withoutWaiting(to, () => renameSync(from, to)),
	syncDirectory(path) {
		const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
		try {
			fsyncSync(descriptor);
		} finally {
			closeSync(descriptor);
		}
	},
	syncDirectoryLater(path, done) {
		open(path, constants.O_RDONLY | constants.O_DIRECTORY, (failure, descriptor) => {
			if (failure !== null) return done(failure);
			fsync(descriptor, (reason) => {
				closeSync(descriptor);
				done(reason);
			});
		});
	},
	makeDirectory(path) {
		try {
			mkdirSync(path, 0o755);
		} catch (failure) {
			if (codeOf(failure) !== "EEXIST" || !statSync(path).isDirectory()) throw failure;
		}
	},
	list: (path) => readdirSync(path).sort(),
};

/**
 * Does what takes a file its name. A file of a gigabyte is gone only after fifty milliseconds of work, which begins when
 * nobody has it open any more: so it is kept open, to be closed by another thread.
 */
function withoutWaiting(path: string, unlink: () => void): void {
	let descriptor = -1;
	try {
		// As a pipe by that name would not be waited for.
		descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
	} catch {}
	try {
		unlink();
	} finally {
		if (descriptor >= 0) close(descriptor, () => {});
	}
}

/** Writing is to the end in every mode: also after a truncation the next byte goes where the file now ends. */
const flagsOf: Readonly<Record<OpenMode, number>> = {
	read: constants.O_RDONLY,
	create: constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC | constants.O_APPEND,
	append: constants.O_RDWR | constants.O_CREAT | constants.O_APPEND,
};

/** Invariant: the descriptor stays open while a sync is under way, whoever calls `close`: its number may be reused. */
class RealOpenFile implements OpenFile {
	private readonly descriptor: number;
	private syncsUnderWay: number;
	private isClosing: boolean;

	constructor(descriptor: number) {
		this.descriptor = descriptor;
		this.syncsUnderWay = 0;
		this.isClosing = false;
	}

	read(into: Uint8Array, from: number, to: number, position: number): number {
		let count = 0;
		while (from + count < to) {
			const got = readSync(this.descriptor, into, from + count, to - from - count, position + count);
			if (got === 0) break;
			count += got;
		}
		return count;
	}

	write(bytes: Uint8Array, from: number, to: number): number {
		let count = 0;
		while (from + count < to) {
			try {
				count += writeSync(this.descriptor, bytes, from + count, to - from - count, null);
			} catch (failure) {
				if (codeOf(failure) === "EINTR") continue;
				// What was taken stays taken; whoever writes on hears why it cannot.
				if (count > 0) break;
				throw failure;
			}
		}
		return count;
	}

	size(): number {
		return fstatSync(this.descriptor).size;
	}

	truncate(length: number): void {
		ftruncateSync(this.descriptor, length);
	}

	sync(): void {
		fdatasyncSync(this.descriptor);
	}

	syncLater(done: (failure: Error | null) => void): void {
		this.syncsUnderWay++;
		fdatasync(this.descriptor, (failure) => {
			this.syncsUnderWay--;
			if (this.isClosing) this.close();
			done(failure ?? null);
		});
	}

	close(): void {
		this.isClosing = this.syncsUnderWay > 0;
		if (!this.isClosing) closeSync(this.descriptor);
	}
}

function codeOf(failure: unknown): string {
	return failure instanceof Error && "code" in failure ? String(failure.code) : "";
}

function writeAndSync(path: string, text: string): void {
	const descriptor = openSync(path, "w", 0o644);
	try {
		writeFileSync(descriptor, text);
		fsyncSync(descriptor);
	} finally {
		closeSync(descriptor);
	}
}
