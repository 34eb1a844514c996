import type { Entropy } from "../../src/adapters/clock.ts";
import type { Random } from "../../src/bytes/random.ts";
import { FakeHost } from "./fake-host.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** A machine in virtual time: a sleep moves the clock, and how many descriptors there are is up to the test. */
export class VirtualHost extends FakeHost {
	descriptors = 65_536;
	private readonly time: VirtualTime;

	constructor(time: VirtualTime) {
		super();
		this.time = time;
	}

	override descriptorLimit(): number {
		return this.descriptors;
	}

	override sleep(duration_ms: number): void {
		super.sleep(duration_ms);
		this.time.sleep(duration_ms);
	}
}

/** What is unpredictable elsewhere follows from the seed here. */
export function virtualEntropy(random: Random): Entropy {
	return { fill: (target) => random.fill(target) };
}
