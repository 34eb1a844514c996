/** Searching, combining and fields of bits. */
import { bench, do_not_optimize, run } from "mitata";
import { readField, readWideField, writeField, writeWideField } from "../../src/types/bitmap/field.ts";
import { combineBits } from "../../src/types/bitmap/operation.ts";
import { findBit } from "../../src/types/bitmap/range.ts";
import { StringView } from "../../src/types/string.ts";

const lengths = [32, 4096, 10_485_760];

function viewOf(length: number, filler: number): StringView {
	const view = new StringView();
	view.bytes = new Uint8Array(length).fill(filler);
	view.length = length;
	return view;
}

export function benches(): void {
	for (const length of lengths) {
		const [zeros, ones] = [viewOf(length, 0), viewOf(length, 0xff)];
		const target = new Uint8Array(length);
		bench(`findBit, ${length} bytes of zeros`, () => do_not_optimize(findBit(zeros.bytes, 0, 1, 8 * length - 1, 1)));
		bench(`combineBits, and of two times ${length} bytes`, () => combineBits("and", [zeros, ones], target, length));
		bench(`combineBits, not of ${length} bytes`, () => combineBits("not", [zeros], target, length));
	}
	const view = viewOf(1024, 0x5a);
	for (const bits of [8, 32, 53]) {
		let offset = 0;
		bench(`a field of ${bits} bits read and written`, () => {
			offset = (offset + 77) & 0xfff;
			writeField(view, offset, bits, readField(view, offset + 1, bits));
		});
	}
	let offset = 0;
	bench("a field of 64 bits read and written", () => {
		offset = (offset + 77) & 0xfff;
		writeWideField(view, offset, 64, readWideField(view, offset + 1, true, 64));
	});
}

if (import.meta.main) {
	benches();
	await run();
}
