import { expect, test } from "bun:test";
import { Random } from "../../src/bytes/random.ts";
import { LatencyHistogram } from "../../src/dispatch/latency-histogram.ts";

test("an empty one knows no duration", () => {
	expect(new LatencyHistogram().percentile(50)).toBe(0);
});

test("short durations are exact", () => {
	for (let duration_ns = 0; duration_ns < 64; duration_ns++) {
		const histogram = new LatencyHistogram();
		histogram.record(duration_ns, 1);
		for (const percent of [0, 50, 100]) expect(histogram.percentile(percent)).toBe(duration_ns);
	}
});

test("what is counted is in a bucket around it, three percent wide at most", () => {
	const random = new Random(7);
	for (let round = 0; round < 5000; round++) {
		const duration_ns = random.below(2 ** (1 + random.below(30))) % 1_000_000_000;
		const histogram = new LatencyHistogram();
		histogram.record(duration_ns, 1);
		const low = histogram.percentile(0);
		const high = histogram.percentile(100);
		expect(low).toBeLessThanOrEqual(duration_ns);
		expect(high).toBeGreaterThanOrEqual(duration_ns);
		expect(high - low).toBeLessThanOrEqual(low / 32);
	}
});

test("buckets follow each other without a gap", () => {
	let expected = 0;
	for (let bucket = 0; bucket < 600; bucket++) {
		const histogram = new LatencyHistogram();
		histogram.record(expected, 1);
		expect(histogram.percentile(0)).toBe(expected);
		expected = histogram.percentile(100) + 1;
	}
	expect(expected).toBeGreaterThan(1_000_000);
});

test("a second and more are the same", () => {
	const histogram = new LatencyHistogram();
	histogram.record(5e12, 1);
	expect(histogram.percentile(50)).toBeGreaterThanOrEqual(1_000_000_000);
	expect(histogram.percentile(50)).toBeLessThan(1_040_000_000);
	histogram.record(-5, 1);
	expect(histogram.percentile(50)).toBe(0);
});

test("percentiles are those of a sorted list", () => {
	const random = new Random(3);
	const histogram = new LatencyHistogram();
	const durations: number[] = [];
	for (let i = 0; i < 10_000; i++) {
		const duration_ns = random.below(1_000_000);
		durations.push(duration_ns);
		histogram.record(duration_ns, 1);
	}
	durations.sort((a, b) => a - b);
	for (const percent of [0, 1, 33.3, 50, 99, 99.9, 99.99, 100]) {
		const exact = durations[Math.max(0, Math.ceil(Number(((percent / 100) * 10_000).toPrecision(12))) - 1)]!;
		const told = histogram.percentile(percent);
		expect(Math.abs(told - exact)).toBeLessThanOrEqual(exact / 32 + 1);
	}
});

test("a run of calls counts as many, with the mean of their time", () => {
	const histogram = new LatencyHistogram();
	histogram.record(10, 99);
	histogram.record(40, 1);
	expect(histogram.total).toBe(100);
	expect(histogram.percentile(99)).toBe(10);
	expect(histogram.percentile(99.9)).toBe(40);
});

test("more calls than 32 bits hold", () => {
	const histogram = new LatencyHistogram();
	histogram.record(10, 2 ** 32);
	histogram.record(20, 2 ** 32 + 2);
	expect(histogram.total).toBe(2 ** 33 + 2);
	expect(histogram.percentile(49.9)).toBe(10);
	expect(histogram.percentile(50.1)).toBe(20);
});

test("calls below a power of two are counted exactly", () => {
	const histogram = new LatencyHistogram();
	for (const duration_ns of [0, 1, 1023, 1024, 2047, 2048, 5e9]) histogram.record(duration_ns, 2);
	expect([1, 1024, 2048, 4096, 2 ** 29].map((limit) => histogram.countBelow(limit))).toEqual([2, 6, 10, 12, 12]);
});
