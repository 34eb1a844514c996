import { readFileSync } from "node:fs";
import { arch, release, totalmem, type as systemName } from "node:os";
import { heapStats } from "bun:jsc";
import type { Host } from "../../adapters/host.ts";

/** This process on this machine. */
export const realHost: Host = {
	pid: process.pid,
	system: `${systemName()} ${release()} ${arch() === "x64" ? "x86_64" : arch()}`,
	runtime: `bun ${Bun.version}`,
	executable: process.execPath,
	residentBytes: () => process.memoryUsage.rss(),
	physicalBytes: totalmem(),
	heapBytes: () => heapStats().heapSize,
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
	print: (line) => void process.stdout.write(`${line}\n`),
	isTerminal: process.stdout.isTTY === true,
	syslog(ident, line) {
		Bun.spawn(["logger", "-t", ident, line], { stdio: ["ignore", "ignore", "ignore"] });
	},
};
