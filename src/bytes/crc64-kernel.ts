import {
	add,
	andNumbers,
	constant,
	getLocal,
	isLess,
	loadLong,
	lowOfShifted,
	repeatWhile,
	setLocal,
	storeLong,
	wasmModule,
	xorLong,
} from "./wasm.ts";

/**
 * CRC-64 over a block of a memory of its own, sixteen bytes a step, in numbers of 64 bits, which the language itself has
 * only as pairs: 3.5 GB/s of CPU time, the copy into the block included, where pairs of words and eight tables come to 1.3,
 * and eight tables here to 2.2.
 *
 *     memory   checksum:8 …  tables: 16 × 256 × 8 from TABLES_AT  block: 64 KiB from BLOCK_AT
 */
export interface Crc64Kernel {
	/** The checksum so far: its low word and its high one. */
	readonly words: Int32Array;
	readonly block: Uint8Array;
	/** Takes the first `length` bytes of the block in; a positive multiple of KERNEL_STEP_BYTES. */
	take(length: number): void;
}

export const CRC_BLOCK_BYTES = 65_536;
export const KERNEL_STEP_BYTES = 16;
const TABLES_AT = 1024;
const TABLE_BYTES = 256 * 8;
const BLOCK_AT = 65_536;
const PAGES = 2;
const LONG_BYTES = 8;
/** An index of eight bits, times the eight bytes of what it indexes. */
const INDEX_MASK = 0xff << 3;

// Locals
const LENGTH = 0;
const AT = 1;
const CHECKSUM = 2;
const SECOND = 3;

/** What is left of byte `place` of a number, the lowest first, with `behind` bytes of the step behind that number. */
function lookUp(local: number, place: number, behind: number): number[] {
	const index = [...getLocal(local), ...lowOfShifted(8 * place - 3), ...constant(INDEX_MASK), ...andNumbers];
	return [...index, ...loadLong(TABLES_AT + (behind + 7 - place) * TABLE_BYTES)];
}

const places = [0, 1, 2, 3, 4, 5, 6, 7];

const step: readonly number[] = [
	...[...getLocal(CHECKSUM), ...getLocal(AT), ...loadLong(BLOCK_AT), ...xorLong, ...setLocal(CHECKSUM)],
	...[...getLocal(AT), ...loadLong(BLOCK_AT + LONG_BYTES), ...setLocal(SECOND)],
	...lookUp(SECOND, 0, 0),
	...places.slice(1).flatMap((place) => [...lookUp(SECOND, place, 0), ...xorLong]),
	...places.flatMap((place) => [...lookUp(CHECKSUM, place, LONG_BYTES), ...xorLong]),
	...setLocal(CHECKSUM),
	...[...getLocal(AT), ...constant(KERNEL_STEP_BYTES), ...add, ...setLocal(AT)],
	...[...getLocal(AT), ...getLocal(LENGTH), ...isLess],
];

const code: readonly number[] = [
	...[...constant(0), ...loadLong(0), ...setLocal(CHECKSUM)],
	...repeatWhile(step),
	...[...constant(0), ...getLocal(CHECKSUM), ...storeLong(0)],
];

/**
 * `tables` has for each of sixteen places, from the last byte of a step to the first, 256 pairs of words.
 * Null where the runtime has no vectors, which every module here names.
 */
export function makeCrc64Kernel(tables: Int32Array): Crc64Kernel | null {
	const take = { name: "take", results: 0, parameters: 1, numbers: 1, vectors: 0, longs: 2, code };
	const module = wasmModule(PAGES, [take]);
	if (!WebAssembly.validate(module)) return null;
	const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module));
	const { buffer } = exports["memory"] as WebAssembly.Memory;
	new Int32Array(buffer, TABLES_AT, tables.length).set(tables);
	return {
		words: new Int32Array(buffer, 0, 2),
		block: new Uint8Array(buffer, BLOCK_AT, CRC_BLOCK_BYTES),
		take: exports["take"] as (length: number) => void,
	};
}
