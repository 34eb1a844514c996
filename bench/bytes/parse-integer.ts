/** `parseInteger` and `isInt64` on texts of one length each, and on lengths mixed as counters have them. */
import { bench, do_not_optimize, run } from "mitata";
import { isInt64, parseInteger } from "../../src/bytes/int64.ts";

const count = 256;
const mask = count - 1;

const cases: readonly (readonly [name: string, value: (index: number) => number])[] = [
	["1 digit", (index) => index % 10],
	["3 digits", (index) => 100 + index * 3],
	["6 digits", (index) => 100_000 + index * 3001],
	["9 digits", (index) => 100_000_000 + index * 3_000_001],
	["13 digits", (index) => 1_700_000_000_000 + index * 977],
	["minus and 3 digits", (index) => -100 - index * 3],
	["1 to 9 digits mixed", (index) => Math.floor(10 ** ((index * 7) % 9)) + index],
];

export function benches(): void {
	for (const [name, value] of cases) {
		const texts = Array.from({ length: count }, (_, index) => `$${value(index)}\r\n`);
		const bytes = new Uint8Array(Buffer.from(texts.join("")));
		const starts = new Int32Array(count);
		const ends = new Int32Array(count);
		let offset = 0;
		for (const [index, text] of texts.entries()) {
			starts[index] = offset + 1;
			ends[index] = offset + text.length - 2;
			offset += text.length;
		}
		let turn = 0;
		bench(`parseInteger, ${name}`, () => {
			turn = (turn + 1) & mask;
			return do_not_optimize(parseInteger(bytes, starts[turn]!, ends[turn]!));
		});
		bench(`isInt64, ${name}`, () => {
			turn = (turn + 1) & mask;
			return do_not_optimize(isInt64(bytes, starts[turn]!, ends[turn]!));
		});
	}
}

if (import.meta.main) {
	benches();
	await run();
}
