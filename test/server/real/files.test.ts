/** One behaviour of files, real ones and those in memory that tests have in their place. */
import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Files, OpenFile } from "../../../src/adapters/files.ts";
import { realFiles } from "../../../src/server/real/files.ts";
import { MemoryFiles } from "../../config/memory-files.ts";
import { TemporaryDirectory } from "../../support/program.ts";
import { SimulatedDisk } from "../../support/simulated-disk.ts";
import { VirtualFiles } from "../../support/virtual-files.ts";

interface Place extends Disposable {
	readonly files: Files;
	join(name: string): string;
	/** A file made by somebody else. */
	lay(name: string, text: string): void;
}

class RealPlace extends TemporaryDirectory implements Place {
	readonly files = realFiles;

	lay(name: string, text: string): void {
		mkdirSync(dirname(this.join(name)), { recursive: true });
		writeFileSync(this.join(name), text);
	}
}

class MemoryPlace implements Place {
	readonly files: MemoryFiles;

	constructor(files: MemoryFiles) {
		this.files = files;
	}

	join(name: string): string {
		return `/work/${name}`;
	}

	lay(name: string, text: string): void {
		this.files.texts.set(this.join(name), text);
	}

	[Symbol.dispose](): void {}
}

const places: [string, () => Place][] = [
	["real", () => new RealPlace()],
	["in memory", () => new MemoryPlace(new MemoryFiles())],
	["that can be refused", () => new MemoryPlace(new VirtualFiles())],
	["on the simulated disk", () => new MemoryPlace(new SimulatedDisk())],
];

const bytes = (text: string) => Buffer.from(text, "utf8");

function write(file: OpenFile, text: string): number {
	return file.write(bytes(text), 0, bytes(text).length);
}

function read(file: OpenFile, from: number, length: number): string {
	const into = new Uint8Array(length + 2).fill(46);
	const count = file.read(into, 1, 1 + length, from);
	// What lies outside is left alone.
	expect([into[0], into[1 + count]]).toEqual([46, 46]);
	return Buffer.from(into.subarray(1, 1 + count)).toString("utf8");
}

/** The code of what is thrown. */
function codeOf(action: () => unknown): string {
	try {
		action();
	} catch (failure) {
		if (failure instanceof Error && "code" in failure) return String(failure.code);
		throw failure;
	}
	return "none";
}

describe.each(places)("files %s", (_, makePlace) => {
	test("replaceText leaves the new text and nothing beside it", () => {
		using place = makePlace();
		const path = place.join("file");
		place.files.replaceText(path, "first\n");
		place.files.replaceText(path, "second, grüße\n");
		expect(place.files.readText(path)).toBe("second, grüße\n");
		expect(place.files.list(place.join("."))).toEqual(["file"]);
	});

	test("replaceText that fails leaves the old text and nothing beside it", () => {
		using place = makePlace();
		place.lay("folder/inside", "text");
		expect(() => place.files.replaceText(place.join("folder"), "text")).toThrow();
		expect(() => place.files.replaceText(place.join("missing/file"), "text")).toThrow("ENOENT");
		expect(place.files.list(place.join("."))).toEqual(["folder"]);
	});

	test("appendText makes the file and adds to it", () => {
		using place = makePlace();
		place.files.appendText(place.join("log"), "one\n");
		place.files.appendText(place.join("log"), "two\n");
		expect(place.files.readText(place.join("log"))).toBe("one\ntwo\n");
	});

	test("a file that is missing is no error to remove, but one to read, open and rename", () => {
		using place = makePlace();
		const path = place.join("missing");
		place.files.remove(path);
		expect(place.files.exists(path)).toBe(false);
		expect(() => place.files.readText(path)).toThrow("ENOENT");
		expect(codeOf(() => place.files.open(path, "read"))).toBe("ENOENT");
		expect(codeOf(() => place.files.rename(path, place.join("other")))).toBe("ENOENT");
		expect(codeOf(() => place.files.open(place.join("no/such"), "create"))).toBe("ENOENT");
		expect(codeOf(() => place.files.open(place.join("no/such"), "append"))).toBe("ENOENT");
	});

	test("matching finds what a pattern means, in order", () => {
		using place = makePlace();
		for (const name of ["b.conf", "a.conf", "c.txt", "ab.conf", "d/e.conf"]) place.lay(name, "");
		const found = (pattern: string) => place.files.matching(place.join(pattern));
		expect(found("*.conf")).toEqual(["a.conf", "ab.conf", "b.conf"].map((name) => place.join(name)));
		expect(found("?.conf")).toEqual(["a.conf", "b.conf"].map((name) => place.join(name)));
		expect(found("[bc].*")).toEqual(["b.conf", "c.txt"].map((name) => place.join(name)));
		expect(found("*.none")).toEqual([]);
		expect(found("c.txt")).toEqual([place.join("c.txt")]);
	});

	test("a directory that is missing cannot be changed to", () => {
		using place = makePlace();
		const before = place.files.currentDirectory();
		expect(() => place.files.changeDirectory("/no/such/directory")).toThrow("ENOENT");
		expect(place.files.currentDirectory()).toBe(before);
	});

	test("a file made anew is empty, whatever it was, and can be written and read", () => {
		using place = makePlace();
		place.lay("file", "something that was here");
		const file = place.files.open(place.join("file"), "create");
		expect(file.size()).toBe(0);
		expect(write(file, "hello ")).toBe(6);
		expect(file.write(bytes("xxworldxx"), 2, 7)).toBe(5);
		expect(file.write(bytes("nothing"), 3, 3)).toBe(0);
		expect(file.size()).toBe(11);
		expect(read(file, 0, 100)).toBe("hello world");
		expect(read(file, 4, 3)).toBe("o w");
		expect(read(file, 11, 5)).toBe("");
		expect(read(file, 1000, 5)).toBe("");
		file.sync();
		file.close();
		expect(place.files.readText(place.join("file"))).toBe("hello world");
	});

	test("a file that is added to keeps what it has", () => {
		using place = makePlace();
		const first = place.files.open(place.join("file"), "append");
		write(first, "one ");
		first.close();
		const second = place.files.open(place.join("file"), "append");
		expect(second.size()).toBe(4);
		write(second, "two");
		expect(read(second, 0, 100)).toBe("one two");
		second.close();
	});

	test.each(["create", "append"] as const)("what is written after a truncation follows it (%s)", (mode) => {
		using place = makePlace();
		const file = place.files.open(place.join("file"), mode);
		write(file, "0123456789");
		file.truncate(4);
		expect([file.size(), read(file, 0, 100)]).toEqual([4, "0123"]);
		write(file, "x");
		expect(read(file, 0, 100)).toBe("0123x");
		file.truncate(7);
		expect(read(file, 0, 100)).toBe("0123x\0\0");
		file.close();
	});

	test("one opened to be read cannot be written", () => {
		using place = makePlace();
		place.lay("file", "text");
		const file = place.files.open(place.join("file"), "read");
		expect(codeOf(() => write(file, "x"))).toBe("EBADF");
		expect(codeOf(() => file.truncate(0))).not.toBe("none");
		expect(read(file, 0, 9)).toBe("text");
		file.close();
		expect(codeOf(() => file.size())).toBe("EBADF");
	});

	test("a rename takes the place of what was there, and open files stay what they are", () => {
		using place = makePlace();
		place.lay("old", "old");
		const old = place.files.open(place.join("old"), "append");
		const fresh = place.files.open(place.join("new"), "create");
		write(fresh, "new");
		place.files.rename(place.join("new"), place.join("old"));
		expect(place.files.exists(place.join("new"))).toBe(false);
		write(fresh, " and more");
		expect(place.files.readText(place.join("old"))).toBe("new and more");
		write(old, " and lost");
		expect(read(old, 0, 100)).toBe("old and lost");
		place.files.remove(place.join("old"));
		expect(read(fresh, 0, 100)).toBe("new and more");
		fresh.close();
		old.close();
		expect(place.files.list(place.join("."))).toEqual([]);
	});

	test("a file cannot take the place of a directory, nor be opened like one", () => {
		using place = makePlace();
		place.files.makeDirectory(place.join("folder"));
		place.lay("file", "text");
		expect(codeOf(() => place.files.rename(place.join("file"), place.join("folder")))).toBe("EISDIR");
		expect(codeOf(() => place.files.open(place.join("folder"), "append"))).toBe("EISDIR");
		expect(codeOf(() => place.files.open(place.join("file/below"), "create"))).toBe("ENOTDIR");
		expect(codeOf(() => place.files.rename(place.join("file"), place.join("no/such")))).toBe("ENOENT");
		expect(place.files.readText(place.join("file"))).toBe("text");
	});

	test("a directory is made once and listed in order", () => {
		using place = makePlace();
		const folder = place.join("folder");
		place.files.makeDirectory(folder);
		place.files.makeDirectory(folder);
		expect([place.files.exists(folder), place.files.list(folder)]).toEqual([true, []]);
		for (const name of ["b", "a", "c"]) place.lay(`folder/${name}`, name);
		place.files.makeDirectory(place.join("folder/aa"));
		place.files.syncDirectory(folder);
		expect(place.files.list(folder)).toEqual(["a", "aa", "b", "c"]);
		expect(place.files.list(place.join("."))).toEqual(["folder"]);
	});

	test("a directory that is none is said to be none", () => {
		using place = makePlace();
		place.lay("file", "text");
		for (const action of [place.files.list, place.files.syncDirectory]) {
			expect(codeOf(() => action.call(place.files, place.join("missing")))).toBe("ENOENT");
			expect(codeOf(() => action.call(place.files, place.join("file")))).toBe("ENOTDIR");
		}
		expect(codeOf(() => place.files.makeDirectory(place.join("file")))).toBe("EEXIST");
		expect(codeOf(() => place.files.makeDirectory(place.join("a/b")))).toBe("ENOENT");
	});

	test("a sync can be waited for, also one of a file that is closed meanwhile", async () => {
		using place = makePlace();
		const file = place.files.open(place.join("file"), "create");
		write(file, "text");
		const synced = () => new Promise<Error | null>((resolve) => file.syncLater(resolve));
		expect(await synced()).toBeNull();
		const pending = [synced(), synced()];
		file.close();
		expect(await Promise.all(pending)).toEqual([null, null]);
		expect(codeOf(() => file.sync())).toBe("EBADF");
	});
});

describe("the real file system", () => {
	test("replaceText that fails leaves no temporary file", () => {
		using directory = new TemporaryDirectory();
		mkdirSync(directory.join("folder"));
		expect(() => realFiles.replaceText(directory.join("folder"), "text")).toThrow();
		expect(readdirSync(directory.path)).toEqual(["folder"]);
	});

	test("a full disk says so", () => {
		const full = realFiles.open("/dev/full", "append");
		expect(codeOf(() => write(full, "text"))).toBe("ENOSPC");
		full.close();
	});
});
