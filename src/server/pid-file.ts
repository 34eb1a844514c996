import type { Files } from "../adapters/files.ts";
import type { Log } from "../introspection/log.ts";

/** The file that holds the process id while the server runs, where the configuration names one. */
export class PidFile {
	private readonly files: Files;
	private readonly log: Log;
	private path: string;

	constructor(files: Files, log: Log) {
		this.files = files;
		this.log = log;
		this.path = "";
	}

	/** `path` is "" where none is wanted. */
	write(path: string, pid: number): void {
		if (path === "") return;
		try {
			this.files.replaceText(path, `${pid}\n`);
			this.path = path;
		} catch (failure) {
			this.log.warning(`Failed to write PID file: ${failure instanceof Error ? failure.message : failure}`);
		}
	}

	remove(): void {
		if (this.path === "") return;
		this.log.notice("Removing the pid file.");
		this.files.remove(this.path);
		this.path = "";
	}
}
