/** `Murmur64` of elements at moving, unaligned places. */
import { bench, do_not_optimize, run } from "mitata";
import { Murmur64 } from "../../src/bytes/murmur.ts";

const bufferBytes = 65_536;
const lengths = [4, 8, 13, 16, 32, 64, 256];
const step = 1237;
const mask = 0x7fff;

export function benches(): void {
	const bytes = new Uint8Array(bufferBytes).map((_, index) => (index * 7919) >> 3);
	const murmur = new Murmur64(0xadc83b19 | 0);
	for (const length of lengths) {
		let place = 0;
		bench(`Murmur64, ${length} bytes`, () => {
			place = (place + step) & mask;
			murmur.hash(bytes, place, length);
			return do_not_optimize(murmur.low);
		});
	}
}

if (import.meta.main) {
	benches();
	await run();
}
