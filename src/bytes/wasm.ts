/**
 * Just enough of WebAssembly's binary format to write short loops over 128-bit vectors by hand: no file beside the
 * program, no other tool to build it, and every byte of a module comes from a line that says what it means.
 *
 * A function's code is a flat list of bytes that the helpers below make, in the order of a stack machine: operands first,
 * then the instruction.
 */

/** One exported function of a module. */
export interface WasmFunction {
	readonly name: string;
	/** How many i32 it returns. */
	readonly results: number;
	/** Its locals, numbered in this order: i32 that it takes, further i32, vectors, i64. */
	readonly parameters: number;
	readonly numbers: number;
	readonly vectors: number;
	readonly longs?: number;
	readonly code: readonly number[];
}

const I32 = 0x7f;
const I64 = 0x7e;
const V128 = 0x7b;
const FUNCTION = 0x60;
const MEMORY = 2;
const END = 0x0b;

// Sections, in the order they must have.
const TYPES = 1;
const FUNCTIONS = 3;
const MEMORIES = 5;
const EXPORTS = 7;
const CODES = 10;

/** A whole module: the functions, and a memory of so many pages of 64 KiB, exported as "memory". */
export function wasmModule(pages: number, functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
	return Uint8Array.from([
		...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
		...section(TYPES, functions.map(typeOf)),
		...section(
			FUNCTIONS,
			functions.map((_, index) => unsigned(index)),
		),
		...section(MEMORIES, [[0x01, ...unsigned(pages), ...unsigned(pages)]]),
		...section(EXPORTS, [
			[...name("memory"), MEMORY, 0x00],
			...functions.map((it, index) => [...name(it.name), 0x00, ...unsigned(index)]),
		]),
		...section(CODES, functions.map(bodyOf)),
	]);
}

function section(id: number, items: readonly (readonly number[])[]): number[] {
	return [id, ...sized([...unsigned(items.length), ...items.flat()])];
}

function typeOf({ parameters, results }: WasmFunction): number[] {
	const words = (count: number): number[] => [...unsigned(count), ...Array.from({ length: count }, () => I32)];
	return [FUNCTION, ...words(parameters), ...words(results)];
}

function bodyOf({ numbers, vectors, longs = 0, code }: WasmFunction): number[] {
	const locals = [...unsigned(numbers), I32, ...unsigned(vectors), V128, ...unsigned(longs), I64];
	return sized([0x03, ...locals, ...code, END]);
}

function name(text: string): number[] {
	return sized([...text].map((letter) => letter.charCodeAt(0)));
}

/** Bytes behind their count. */
function sized(bytes: readonly number[]): number[] {
	return [...unsigned(bytes.length), ...bytes];
}

/** LEB128: seven bits a byte, the lowest first, the top bit says that more follow. */
function unsigned(value: number): number[] {
	return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

/** As `unsigned`, with a sign: bit 6 of the last byte. */
function signed(value: number): number[] {
	return value >= -0x40 && value < 0x40 ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}

// Control and 32-bit numbers

export function getLocal(local: number): number[] {
	return [0x20, ...unsigned(local)];
}

export function setLocal(local: number): number[] {
	return [0x21, ...unsigned(local)];
}

/** Runs `code`, and again while it leaves a number other than 0. */
export function repeatWhile(code: readonly number[]): number[] {
	return [0x03, 0x40, ...code, 0x0d, 0x00, END];
}

export function constant(value: number): number[] {
	return [0x41, ...signed(value)];
}

export const add: readonly number[] = [0x6a];
/** 1 where the first number is less than the second, both without a sign; else 0. */
export const isLess: readonly number[] = [0x49];

// 64-bit numbers

/** From the address on the stack plus `offset`. */
export function loadLong(offset: number): number[] {
	return [0x29, 0x00, ...unsigned(offset)];
}

/** The number on the stack to the address below it plus `offset`. */
export function storeLong(offset: number): number[] {
	return [0x37, 0x00, ...unsigned(offset)];
}

export const xorLong: readonly number[] = [0x85];

/** Its lower half after a shift by so many bits: to the right without a sign, to the left where negative. */
export function lowOfShifted(bits: number): number[] {
	return [0x42, ...signed(Math.abs(bits)), bits < 0 ? 0x86 : 0x88, 0xa7];
}

export const andNumbers: readonly number[] = [0x71];

// Vectors

function vector(instruction: number): readonly number[] {
	return [0xfd, ...unsigned(instruction)];
}

/** From the address on the stack plus `offset`; unaligned addresses are fine. */
export function loadVector(offset: number): number[] {
	return [...vector(0x00), 0x00, ...unsigned(offset)];
}

/** The vector on the stack to the address below it plus `offset`. */
export function storeVector(offset: number): number[] {
	return [...vector(0x0b), 0x00, ...unsigned(offset)];
}

export function vectorConstant(bytes: readonly number[]): number[] {
	return [...vector(0x0c), ...bytes];
}

/** One of four i32. */
export function lane(index: number): number[] {
	return [...vector(0x1b), index];
}

export const not = vector(0x4d);
export const and = vector(0x4e);
export const or = vector(0x50);
export const xor = vector(0x51);
/** Takes the bytes of the first vector that the second one numbers; 0 for numbers from 16 on. */
export const chooseBytes = vector(0x0e);
/** Each of four i32 by the number of bits on the stack; to the right without a sign. */
export const shiftWordsLeft = vector(0xab);
export const shiftWordsRight = vector(0xad);
/** The larger of each two bytes. */
export const maxBytes = vector(0x79);
/** Bits set in each byte. */
export const countBytes = vector(0x62);
export const addBytes = vector(0x6e);
/** Neighbouring bytes added to eight numbers of 16 bits, and those to four of 32. */
export const pairBytes = vector(0x7d);
export const pairShorts = vector(0x7f);
export const addWords = vector(0xae);
