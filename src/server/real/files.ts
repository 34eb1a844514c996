import {
	appendFileSync,
	closeSync,
	existsSync,
	fsyncSync,
	openSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { resolve } from "node:path";
import type { Files } from "../../adapters/files.ts";

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
	remove: (path) => rmSync(path, { force: true }),
	resolve: (path) => resolve(path),
	changeDirectory: (path) => process.chdir(path),
	currentDirectory: () => process.cwd(),
};

function writeAndSync(path: string, text: string): void {
	const descriptor = openSync(path, "w", 0o644);
	try {
		writeFileSync(descriptor, text);
		fsyncSync(descriptor);
	} finally {
		closeSync(descriptor);
	}
}
