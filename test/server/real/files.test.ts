import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { realFiles } from "../../../src/server/real/files.ts";
import { TemporaryDirectory } from "../../support/program.ts";

test("replaceText leaves the new text and nothing beside it", () => {
	using directory = new TemporaryDirectory();
	const path = directory.join("file");
	realFiles.replaceText(path, "first\n");
	realFiles.replaceText(path, "second, grüße\n");
	expect(realFiles.readText(path)).toBe("second, grüße\n");
	expect(readdirSync(directory.path)).toEqual(["file"]);
});

test("replaceText that fails leaves the old text and nothing beside it", () => {
	using directory = new TemporaryDirectory();
	mkdirSync(directory.join("folder"));
	writeFileSync(directory.join("folder/inside"), "text");
	expect(() => realFiles.replaceText(directory.join("folder"), "text")).toThrow();
	expect(() => realFiles.replaceText(directory.join("missing/file"), "text")).toThrow("ENOENT");
	expect(readdirSync(directory.path)).toEqual(["folder"]);
});

test("appendText makes the file and adds to it", () => {
	using directory = new TemporaryDirectory();
	realFiles.appendText(directory.join("log"), "one\n");
	realFiles.appendText(directory.join("log"), "two\n");
	expect(readFileSync(directory.join("log"), "utf8")).toBe("one\ntwo\n");
});

test("a file that is missing is no error to remove, but one to read", () => {
	using directory = new TemporaryDirectory();
	const path = directory.join("missing");
	realFiles.remove(path);
	expect(realFiles.exists(path)).toBe(false);
	expect(() => realFiles.readText(path)).toThrow("ENOENT");
});

test("matching finds what a pattern means, in order", () => {
	using directory = new TemporaryDirectory();
	for (const name of ["b.conf", "a.conf", "c.txt", "ab.conf"]) writeFileSync(directory.join(name), "");
	expect(realFiles.matching(directory.join("*.conf"))).toEqual(
		["a.conf", "ab.conf", "b.conf"].map((name) => directory.join(name)),
	);
	expect(realFiles.matching(directory.join("?.conf"))).toEqual(
		["a.conf", "b.conf"].map((name) => directory.join(name)),
	);
	expect(realFiles.matching(directory.join("[bc].*"))).toEqual(["b.conf", "c.txt"].map((name) => directory.join(name)));
	expect(realFiles.matching(directory.join("*.none"))).toEqual([]);
	expect(realFiles.matching(directory.join("c.txt"))).toEqual([directory.join("c.txt")]);
});

test("a directory that is missing cannot be changed to", () => {
	const before = realFiles.currentDirectory();
	expect(() => realFiles.changeDirectory("/no/such/directory")).toThrow("ENOENT");
	expect(realFiles.currentDirectory()).toBe(before);
});
