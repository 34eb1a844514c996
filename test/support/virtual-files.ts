/** Files in memory that can be made to fail, as a full disk or a missing right would. */
import type { OpenFile, OpenMode } from "../../src/adapters/files.ts";
import { MemoryFiles } from "../config/memory-files.ts";

export class VirtualFiles extends MemoryFiles {
	/** Writing to these paths fails, with the reason as the file system words it. */
	readonly refusedWrites: Map<string, string>;

	constructor(texts: Readonly<Record<string, string>> = {}, directories: readonly string[] = []) {
		super(texts, directories);
		this.refusedWrites = new Map();
	}

	override replaceText(path: string, text: string): void {
		this.refuse(path);
		super.replaceText(path, text);
	}

	override open(path: string, mode: OpenMode): OpenFile {
		if (mode !== "read") this.refuse(path);
		return super.open(path, mode);
	}

	override rename(from: string, to: string): void {
		this.refuse(to);
		super.rename(from, to);
	}

	/** A reason begins with its code: "ENOSPC: no space left on device". */
	private refuse(path: string): void {
		const reason = this.refusedWrites.get(this.resolve(path));
		if (reason !== undefined) throw Object.assign(new Error(reason), { code: reason.split(":")[0] });
	}
}
