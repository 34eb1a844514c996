/** Files in memory, for tests: a flat map from absolute paths to texts, and a working directory. */
import type { Files } from "../../src/adapters/files.ts";

export class MemoryFiles implements Files {
	readonly texts: Map<string, string>;
	readonly directories: Set<string>;
	private directory: string;

	constructor(texts: Readonly<Record<string, string>> = {}, directories: readonly string[] = []) {
		this.texts = new Map(Object.entries(texts));
		this.directories = new Set(["/", "/work", ...directories]);
		this.directory = "/work";
	}

	readText(path: string): string {
		const text = this.texts.get(this.resolve(path));
		if (text === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`);
		return text;
	}

	exists(path: string): boolean {
		return this.texts.has(this.resolve(path));
	}

	/** Understands `*` alone. */
	matching(pattern: string): string[] {
		const [head = "", tail = ""] = this.resolve(pattern).split("*");
		return [...this.texts.keys()].filter((path) => path.startsWith(head) && path.endsWith(tail)).sort();
	}

	replaceText(path: string, text: string): void {
		this.texts.set(this.resolve(path), text);
	}

	appendText(path: string, text: string): void {
		this.replaceText(path, (this.texts.get(this.resolve(path)) ?? "") + text);
	}

	remove(path: string): void {
		this.texts.delete(this.resolve(path));
	}

	resolve(path: string): string {
		if (path === "." || path.startsWith("/")) return path === "." ? this.directory : path;
		return `${this.directory === "/" ? "" : this.directory}/${path}`;
	}

	changeDirectory(path: string): void {
		const absolute = this.resolve(path);
		if (path === "" || !this.directories.has(absolute)) {
			throw new Error(`ENOENT: no such file or directory, chdir '${path}'`);
		}
		this.directory = absolute;
	}

	currentDirectory(): string {
		return this.directory;
	}
}
