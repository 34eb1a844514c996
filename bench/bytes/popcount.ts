/**
 * `countBits` beside what it could be made of: words, and the best loop over an Int32Array that we know (carry-save
 * adders), both of which want aligned bytes. The block kernel is what runs below `countBits`, with and without
 * vectors.
 */
import { bench, do_not_optimize, run, summary } from "mitata";
import { BLOCK_BYTES, blockKernel, ScriptKernel } from "../../src/bytes/block-kernel.ts";
import { countWord } from "../../src/bytes/count-word.ts";
import { countBits } from "../../src/bytes/popcount.ts";

const lengths = [16, 64, 128, 1024, 10_485_760];

function countByWords(words: Int32Array): number {
	let bits = 0;
	for (let i = 0; i < words.length; i++) bits += countWord(words[i]!);
	return bits;
}

/** Eight words a round: sums of bits are kept as words of ones, twos and fours, only the eights are counted. */
function countByAdders(words: Int32Array): number {
	const end = words.length & ~7;
	let one = 0;
	let two = 0;
	let four = 0;
	let bits = 0;
	for (let i = 0; i < end; i += 8) {
		let a = words[i]!;
		let b = words[i + 1]!;
		let sum = one ^ a;
		let twoA = (one & a) | (sum & b);
		one = sum ^ b;
		a = words[i + 2]!;
		b = words[i + 3]!;
		sum = one ^ a;
		let twoB = (one & a) | (sum & b);
		one = sum ^ b;
		sum = two ^ twoA;
		const fourA = (two & twoA) | (sum & twoB);
		two = sum ^ twoB;
		a = words[i + 4]!;
		b = words[i + 5]!;
		sum = one ^ a;
		twoA = (one & a) | (sum & b);
		one = sum ^ b;
		a = words[i + 6]!;
		b = words[i + 7]!;
		sum = one ^ a;
		twoB = (one & a) | (sum & b);
		one = sum ^ b;
		sum = two ^ twoA;
		const fourB = (two & twoA) | (sum & twoB);
		two = sum ^ twoB;
		sum = four ^ fourA;
		bits += countWord((four & fourA) | (sum & fourB));
		four = sum ^ fourB;
	}
	return 8 * bits + 4 * countWord(four) + 2 * countWord(two) + countWord(one);
}

export function benches(): void {
	const bytes = new Uint8Array(lengths.at(-1)! + 8).map((_, i) => (i * 7919) >> 3);
	for (const length of lengths) {
		const words = new Int32Array(bytes.buffer, 0, length >> 2);
		summary(() => {
			bench(`countBits, ${length} bytes`, () => do_not_optimize(countBits(bytes, 3, 3 + length)));
			bench(`by words, ${length} bytes`, () => do_not_optimize(countByWords(words)));
			if (length >= 64) bench(`by adders, ${length} bytes`, () => do_not_optimize(countByAdders(words)));
		});
	}
	const kernels = { "kernel in vectors": blockKernel(), "kernel in words": new ScriptKernel() };
	for (const [name, kernel] of Object.entries(kernels)) {
		bench(`${name}, counts a block`, () => do_not_optimize(kernel.count(BLOCK_BYTES)));
		bench(`${name}, xor of a block`, () => kernel.xor(BLOCK_BYTES));
	}
}

if (import.meta.main) {
	benches();
	await run();
}
