/** Set in the environment of the process that `daemonize yes` leaves behind. */
const DETACHED = "REDIS_LITE_DETACHED";

/** Starts this program again in a session of its own, without a terminal; false where this is that program already. */
export function startDetached(argv: readonly string[], standardInput: string): boolean {
	if (process.env[DETACHED] !== undefined) {
		delete process.env[DETACHED];
		return false;
	}
	// Run from source, the first two words are the runtime and the script; in the binary they are the same program.
	const program = Bun.main.startsWith("/$bunfs/") ? [process.execPath] : [process.execPath, Bun.main];
	const child = Bun.spawn([...program, ...argv], {
		detached: true,
		env: { ...process.env, [DETACHED]: "1" },
		stdin: standardInput === "" ? "ignore" : new Blob([standardInput]),
		stdout: "ignore",
		stderr: "ignore",
	});
	child.unref();
	return true;
}

/** Tells systemd, where it started us, how far we are: "READY=1", "STOPPING=1". */
export function notifySupervisor(state: string): void {
	if (process.env["NOTIFY_SOCKET"] === undefined) return;
	Bun.spawn(["systemd-notify", state], { stdio: ["ignore", "ignore", "ignore"] });
}
