import type { Host } from "../../src/adapters/host.ts";

/** A machine that stands still: what it was told is kept for the test to see. */
export class FakeHost implements Host {
	readonly pid = 4711;
	readonly system = "Linux 6.0 x86_64";
	readonly runtime = "bun 1.2.3";
	readonly executable = "/usr/bin/redis-lite";
	readonly physicalBytes = 8 * 1024 ** 3;
	readonly isTerminal = false;
	readonly printed: string[] = [];
	readonly logged: string[] = [];
	/** Milliseconds of all sleeps. */
	slept_ms = 0;
	resident_bytes = 50 * 1024 ** 2;
	heap_bytes = 10 * 1024 ** 2;

	residentBytes(): number {
		return this.resident_bytes;
	}
	heapBytes(): number {
		return this.heap_bytes;
	}
	/** How often it was asked to. */
	collections = 0;
	collectGarbage(_isUrgent: boolean): void {
		this.collections++;
	}
	cpu(): { user_s: number; system_s: number } {
		return { user_s: 1.5, system_s: 0.25 };
	}
	descriptorLimit(): number {
		return 1024;
	}
	sleep(duration_ms: number): void {
		this.slept_ms += duration_ms;
	}
	print(line: string): void {
		this.printed.push(line);
	}
	syslog(ident: string, line: string): void {
		this.logged.push(`${ident}: ${line}`);
	}
}
