/** What a failed call to the file system is called by C programs, whose wording Redis's errors have. */
const texts: ReadonlyMap<string, string> = new Map([
	["EACCES", "Permission denied"],
	["EIO", "Input/output error"],
	["EISDIR", "Is a directory"],
	["ELOOP", "Too many levels of symbolic links"],
	["EMFILE", "Too many open files"],
	["ENAMETOOLONG", "File name too long"],
	["ENOENT", "No such file or directory"],
	["ENOSPC", "No space left on device"],
	["ENOTDIR", "Not a directory"],
	["EPERM", "Operation not permitted"],
	["EROFS", "Read-only file system"],
]);

/** The message of an unknown failure is passed on as it is. */
export function systemErrorText(failure: unknown): string {
	const message = failure instanceof Error ? failure.message : String(failure);
	const code = /\bE[A-Z]+\b/.exec(message)?.[0] ?? "";
	return texts.get(code) ?? message;
}
