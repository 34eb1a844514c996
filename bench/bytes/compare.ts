/** `equalBytes` and `compareBytes` of equal ranges, their slowest case, on both sides of each step to a native call. */
import { bench, do_not_optimize, run } from "mitata";
import { compareBytes, equalBytes } from "../../src/bytes/ascii.ts";

const bufferBytes = 65_536;
const lengths = [4, 16, 32, 80, 81, 96, 97, 256, 1024];
const step = 1237;
const mask = 0x7fff;

export function benches(): void {
	const a = new Uint8Array(bufferBytes);
	const b = new Uint8Array(bufferBytes);
	for (const length of lengths) {
		let place = 0;
		bench(`equalBytes, ${length} bytes`, () => {
			place = (place + step) & mask;
			return do_not_optimize(equalBytes(a, place, b, place ^ 5, length));
		});
		bench(`compareBytes, ${length} bytes`, () => {
			place = (place + step) & mask;
			return do_not_optimize(compareBytes(a, place, place + length, b, place ^ 5, (place ^ 5) + length));
		});
	}
}

if (import.meta.main) {
	benches();
	await run();
}
