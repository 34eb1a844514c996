import type { Files } from "../adapters/files.ts";

/** Removes what is of no use to anyone; where that fails, it stays, and something worse has been told already. */
export function removeLeftover(files: Files, path: string): void {
	try {
		files.remove(path);
	} catch {
		// A disk that fails will fail in what matters, too.
	}
}

/** A failure as the system would report it; `code` is "ENOSPC", "EIO" …, "" where it gave none. */
export function systemFailure(code: string, text: string): Error & { readonly code: string } {
	return Object.assign(new Error(code === "" ? text : `${code}: ${text.replace(`${code}: `, "")}`), { code });
}
