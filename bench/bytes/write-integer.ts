/** `writeInteger` on numbers of one length each, and on lengths mixed as counters have them. */
import { bench, do_not_optimize, run } from "mitata";
import { writeInteger } from "../../src/bytes/int64.ts";

const count = 256;
const mask = count - 1;

const cases: readonly (readonly [name: string, value: (index: number) => number])[] = [
	["1 digit", (index) => index % 10],
	["2 digits", (index) => 10 + (index % 90)],
	["4 digits", (index) => 1000 + index * 31],
	["6 digits", (index) => 100_000 + index * 3001],
	["9 digits", (index) => 100_000_000 + index * 3_000_001],
	["13 digits", (index) => 1_700_000_000_000 + index * 977],
	["16 digits", (index) => Number.MAX_SAFE_INTEGER - index],
	["minus and 3 digits", (index) => -100 - index * 3],
	["1 to 9 digits mixed", (index) => Math.floor(10 ** ((index * 7) % 9)) + index],
];

export function benches(): void {
	const target = new Uint8Array(64);
	for (const [name, value] of cases) {
		const values = Array.from({ length: count }, (_, index) => value(index));
		let turn = 0;
		bench(`writeInteger, ${name}`, () => {
			turn = (turn + 1) & mask;
			return do_not_optimize(writeInteger(values[turn]!, target, turn & 15));
		});
	}
}

if (import.meta.main) {
	benches();
	await run();
}
