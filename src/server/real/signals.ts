/** Calls `handle` for each SIGTERM and SIGINT. */
export function onTerminationSignals(handle: (signal: "SIGTERM" | "SIGINT") => void): void {
	process.on("SIGTERM", () => handle("SIGTERM"));
	process.on("SIGINT", () => handle("SIGINT"));
	// A client that is gone is no reason to die.
	process.on("SIGPIPE", () => {});
	process.on("SIGHUP", () => {});
}
