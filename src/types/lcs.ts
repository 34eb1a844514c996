/**
 * The longest common subsequence of two byte strings, as LCS shows it.
 *
 * L(i, j) is its length for the first i bytes of a and the first j of b. Neighbours in a column of that matrix differ by
 * 0 or 1, so a column is kept as bits, 30 to a word, 1 where L(i, j) = L(i - 1, j), and the next one follows by an
 * addition with carry over whole words: a thirtieth of the work and of the memory of a matrix of numbers.
 *
 *     column j:  word 0 = rows 1 … 30 (row 1 lowest), word 1 = rows 31 … 60, …
 *
 * Of the many subsequences there may be, the one meant is found from the ends backwards: where the bytes are equal they
 * belong to it; where not, a loses a byte if that leaves the longer rest, else b does.
 */
const WORD_BITS = 30;
const WORD_MASK = 2 ** WORD_BITS - 1;
/** Words of the largest buffer. */
const WORDS_MAX = 2 ** 30;

/** A run of equal bytes that both strings have in one piece. */
export interface CommonRun {
	readonly aStart: number;
	readonly bStart: number;
	readonly length: number;
}

/** Where a byte occurs in a string: a column of bits for each byte that does. */
class Occurrences {
	/** By byte: where its column begins in `bits`, or -1. */
	readonly columns: Int32Array;
	readonly bits: Int32Array;

	constructor(bytes: Uint8Array, words: number) {
		const columns = new Int32Array(256).fill(-1);
		let kinds = 0;
		for (const byte of bytes) if (columns[byte]! < 0) columns[byte] = words * kinds++;
		const bits = new Int32Array(words * kinds);
		for (let row = 0; row < bytes.length; row++) {
			const word = columns[bytes[row]!]! + Math.floor(row / WORD_BITS);
			bits[word] = bits[word]! | (1 << (row % WORD_BITS));
		}
		this.columns = columns;
		this.bits = bits;
	}
}

export class CommonSubsequence {
	readonly length: number;
	private readonly a: Uint8Array;
	private readonly b: Uint8Array;
	private readonly words: number;
	/** All columns one behind the other, or only the last. */
	private readonly columns: Int32Array;

	/** With `lengthOnly` the length is all that can be asked, and memory does not grow with the length of b. */
	constructor(a: Uint8Array, b: Uint8Array, lengthOnly: boolean) {
		const words = Math.ceil(a.length / WORD_BITS);
		const step = lengthOnly ? 0 : words;
		if (words + step * b.length > WORDS_MAX) throw new RangeError("no buffer is large enough for all columns");
		this.a = a;
		this.b = b;
		this.words = words;
		this.columns = new Int32Array(words + step * b.length);
		this.columns.fill(WORD_MASK, 0, words);
		const occurrences = new Occurrences(a, words);
		let column = 0;
		for (const byte of b) {
			const matches = occurrences.columns[byte]!;
			if (matches < 0) this.columns.copyWithin(column + step, column, column + words);
			else nextColumn(this.columns, column, column + step, occurrences.bits, matches, words);
			column += step;
		}
		this.length = zeroBits(this.columns, column, words);
	}

	/** The pieces of the subsequence, the last one first. */
	runs(): CommonRun[] {
		const { a, b } = this;
		const runs: CommonRun[] = [];
		let i = a.length;
		let j = b.length;
		while (i > 0 && j > 0) {
			let length = 0;
			while (length < i && length < j && a[i - length - 1] === b[j - length - 1]) length++;
			i -= length;
			j -= length;
			if (length > 0) runs.push({ aStart: i, bStart: j, length });
			else if (this.isLongerWithoutA(i, j)) i--;
			else j--;
		}
		return runs;
	}

	/** Whether L(i - 1, j) > L(i, j - 1). */
	private isLongerWithoutA(i: number, j: number): boolean {
		const { columns, words } = this;
		const column = j * words;
		const before = column - words;
		let word = Math.floor((i - 1) / WORD_BITS);
		let row = 1 << ((i - 1) % WORD_BITS);
		// Only if row i adds nothing, and column j something: L(i - 1, j) = L(i, j) > L(i, j - 1).
		if ((columns[column + word]! & row) === 0) return false;
		// From row to row the columns drift apart or together by what their bits differ in, so the topmost difference
		// up to row i tells which state they are in; without any they are equal, as in row 0.
		let mask = 2 * row - 1;
		for (; word >= 0; word--, mask = WORD_MASK) {
			const difference = (columns[column + word]! ^ columns[before + word]!) & mask;
			if (difference === 0) continue;
			row = 1 << (31 - Math.clz32(difference));
			return (columns[column + word]! & row) === 0;
		}
		return false;
	}
}

/** From one column to the next, which may be the same place. */
function nextColumn(
	columns: Int32Array,
	from: number,
	to: number,
	matchBits: Int32Array,
	matches: number,
	words: number,
): void {
	let carry = 0;
	for (let word = 0; word < words; word++) {
		const level = columns[from + word]!;
		const match = matchBits[matches + word]!;
		const sum = level + (level & match) + carry;
		carry = sum >>> WORD_BITS;
		columns[to + word] = (sum & WORD_MASK) | (level & ~match);
	}
}

function zeroBits(columns: Int32Array, column: number, words: number): number {
	let zeros = 0;
	for (let word = 0; word < words; word++) {
		for (let rest = ~columns[column + word]! & WORD_MASK; rest !== 0; rest &= rest - 1) zeros++;
	}
	return zeros;
}
