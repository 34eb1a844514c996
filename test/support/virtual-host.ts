/** A machine that exists only in tests: nothing of it changes by itself, and what is printed can be read. */
import type { Entropy } from "../../src/adapters/clock.ts";
import type { Host } from "../../src/adapters/host.ts";
import type { Random } from "../../src/bytes/random.ts";
import type { VirtualTime } from "./virtual-time.ts";

const GIB = 2 ** 30;

export class VirtualHost implements Host {
	readonly pid = 4711;
	readonly system = "Virtual 1.0 x86_64";
	readonly runtime = "bun 0.0.0";
	readonly executable = "/virtual/redis-lite";
	readonly physicalBytes = 16 * GIB;
	readonly isTerminal = false;
	/** Lines printed. */
	readonly printed: string[];
	/** Lines for the system log, the identity in front of each. */
	readonly systemLog: string[];
	descriptors: number;
	private readonly time: VirtualTime;

	constructor(time: VirtualTime) {
		this.printed = [];
		this.systemLog = [];
		this.descriptors = 65_536;
		this.time = time;
	}

	residentBytes(): number {
		return GIB / 32;
	}

	heapBytes(): number {
		return GIB / 128;
	}

	cpu(): { user_s: number; system_s: number } {
		return { user_s: 1.5, system_s: 0.5 };
	}

	descriptorLimit(): number {
		return this.descriptors;
	}

	sleep(duration_ms: number): void {
		this.time.sleep(duration_ms);
	}

	print(line: string): void {
		this.printed.push(line);
	}

	syslog(ident: string, line: string): void {
		this.systemLog.push(`${ident}: ${line}`);
	}
}

/** What is unpredictable elsewhere follows from the seed here. */
export function virtualEntropy(random: Random): Entropy {
	return { fill: (target) => random.fill(target) };
}
