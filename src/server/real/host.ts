import { readFileSync, writeSync } from "node:fs";
import { arch, release, type as systemName, totalmem } from "node:os";
import type { Host } from "../../adapters/host.ts";

/** This process on this machine. */
export const realHost: Host = {
	pid: process.pid,
	system: `${systemName()} ${release()} ${arch() === "x64" ? "x86_64" : arch()}`,
	runtime: `bun ${Bun.version}`,
	executable: process.execPath,
	residentBytes: () => process.memoryUsage.rss(),
	physicalBytes: totalmem(),
	// Not heapStats: that walks the heap, 10 ms for half a million objects.
	heapBytes() {
		const { heapUsed, external } = process.memoryUsage();
		return Math.max(0, heapUsed - external);
	},
	collectGarbage: (isUrgent) => void Bun.gc(isUrgent),
	cpu() {
		const { user, system } = process.cpuUsage();
		return { user_s: user / 1e6, system_s: system / 1e6 };
	},
	descriptorLimit() {
		try {
			const line = /Max open files\s+(\d+)/.exec(readFileSync("/proc/self/limits", "utf8"));
			return line === null ? 1024 : Number(line[1]);
		} catch {
			return 1024;
		}
	},
	sleep: (duration_ms) => Bun.sleepSync(duration_ms),
	print(line) {
		try {
			writeSync(1, `${line}\n`);
		} catch {
			// Whoever read it is gone; that is no reason to go as well.
		}
	},
	showProgress(line) {
		try {
			writeSync(1, `\r\x1b[K${line}`);
		} catch {
			// As above.
		}
	},
	isTerminal: process.stdout.isTTY === true,
	syslog(ident, line) {
		Bun.spawn(["logger", "-t", ident, line], { stdio: ["ignore", "ignore", "ignore"] });
	},
};
