/**
 * The recent rate of a counter: the mean of the last sixteen samples of how much it grew for each unit of a base, which
 * is time for most and another counter for some.
 *
 * Invariant: sampling is the only thing that moves it, so a rate of an idle server falls to zero in sixteen samples.
 */
const SAMPLES = 16;

export class Rate {
	private readonly samples: Float64Array;
	private next: number;
	private lastValue: number;
	private lastBase: number;

	constructor() {
		this.samples = new Float64Array(SAMPLES);
		this.next = 0;
		this.lastValue = 0;
		this.lastBase = 0;
	}

	sample(value: number, base: number): void {
		const span = base - this.lastBase;
		// Statistics may have been reset in between: then the counter begins anew.
		const growth = value < this.lastValue ? value : value - this.lastValue;
		this.samples[this.next] = span > 0 ? growth / span : 0;
		this.next = (this.next + 1) % SAMPLES;
		this.lastValue = value;
		this.lastBase = base;
	}

	/** Growth for each unit of the base. */
	mean(): number {
		let sum = 0;
		for (let i = 0; i < SAMPLES; i++) sum += this.samples[i]!;
		return sum / SAMPLES;
	}

	/** Forgets the samples and begins at a value. */
	reset(value: number, base: number): void {
		this.samples.fill(0);
		this.lastValue = value;
		this.lastBase = base;
	}
}
