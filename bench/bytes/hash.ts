/** `halfSipHash` of keys at moving, unaligned places. */
import { bench, do_not_optimize, run } from "mitata";
import { halfSipHash } from "../../src/bytes/siphash.ts";

const bufferBytes = 65_536;
const lengths = [4, 8, 13, 16, 17, 32, 64, 256];
const step = 1237;
const mask = 0x7fff;
const key0 = 0x1234_5678;
const key1 = -0x765_4321;

export function benches(): void {
	const bytes = new Uint8Array(bufferBytes).map((_, index) => (index * 7919) >> 3);
	for (const length of lengths) {
		let place = 0;
		bench(`halfSipHash, ${length} bytes`, () => {
			place = (place + step) & mask;
			return do_not_optimize(halfSipHash(bytes, place, place + length, key0, key1));
		});
	}
}

if (import.meta.main) {
	benches();
	await run();
}
