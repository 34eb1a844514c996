/** Set in the environment of the process that `daemonize yes` leaves behind. */
const DETACHED = "REDIS_LITE_DETACHED";

/** Where a server in the background puts its process id unless told otherwise. */
export const DEFAULT_PID_FILE = "/var/run/redis.pid";

/**
 * Starts this program again in a session of its own, without a terminal; false where this is that program already. It
 * begins in `directory`, where the paths among its arguments are meant to be.
 */
export function startDetached(argv: readonly string[], standardInput: string, directory: string): boolean {
	if (process.env[DETACHED] !== undefined) {
		delete process.env[DETACHED];
		return false;
	}
	// Run from source, the first two words are the runtime and the script; in the binary they are the same program.
	const program = Bun.main.startsWith("/$bunfs/") ? [process.execPath] : [process.execPath, Bun.main];
	const child = Bun.spawn([...program, ...argv], {
		detached: true,
		cwd: directory,
		env: { ...process.env, [DETACHED]: "1" },
		stdin: standardInput === "" ? "ignore" : new Blob([standardInput]),
		stdout: "ignore",
		stderr: "ignore",
	});
	child.unref();
	return true;
}
