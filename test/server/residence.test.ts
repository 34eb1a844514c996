import { expect, test } from "bun:test";
import { Residence } from "../../src/server/residence.ts";
import { FakeHost } from "../support/fake-host.ts";

const MB = 1 << 20;

function settled(residence: Residence, counted: number, limit: number): number {
	for (let i = 0; i < 200; i++) residence.look(counted, limit, 100 * i);
	return residence.overheadBytes;
}

test("what is resident beyond the data, the start and warming up counts, above a little and up to a third", () => {
	const host = new FakeHost();
	host.resident_bytes = 60 * MB;
	const residence = new Residence(host);
	host.resident_bytes = 60 * MB + 24 * MB + 900 * MB + 30 * MB;
	expect(settled(residence, 900 * MB, 1000 * MB)).toBe(0);
	expect(host.collections).toBe(0);
	host.resident_bytes += 110 * MB;
	const overhead = settled(residence, 900 * MB, 1000 * MB);
	expect(Math.abs(overhead - 100 * MB)).toBeLessThan(MB);
	// Garbage is collected first, once a second.
	expect(host.collections).toBe(19);
	host.resident_bytes += 5000 * MB;
	expect(settled(residence, 900 * MB, 1000 * MB)).toBeLessThanOrEqual(350 * MB);
	expect(settled(residence, 100 * MB, 1000 * MB)).toBe(0);
});
