/** Files in memory that can be made to fail, as a full disk or a missing right would. */
import { MemoryFiles } from "../config/memory-files.ts";

export class VirtualFiles extends MemoryFiles {
	/** Writing to these paths fails, with the reason as the file system words it. */
	readonly refusedWrites: Map<string, string>;

	constructor(texts: Readonly<Record<string, string>> = {}, directories: readonly string[] = []) {
		super(texts, directories);
		this.refusedWrites = new Map();
	}

	override replaceText(path: string, text: string): void {
		const reason = this.refusedWrites.get(this.resolve(path));
		if (reason !== undefined) throw new Error(reason);
		super.replaceText(path, text);
	}
}
