import { copyBytes } from "../../bytes/ascii.ts";
import {
	add,
	and,
	chooseBytes,
	constant,
	getLocal,
	isLess,
	loadVector,
	maxBytes,
	or,
	repeatWhile,
	setLocal,
	shiftWordsLeft,
	shiftWordsRight,
	storeVector,
	vectorConstant,
	type WasmFunction,
	wasmModule,
} from "../../bytes/wasm.ts";
import { REGISTERS, REGISTERS_BYTES, readRegister, writeRegister } from "./registers.ts";

/**
 * Registers of several HyperLogLogs united: of each the largest there is, a byte each. Those in packed form are unpacked
 * sixteen at a time by vectors, in a memory of their own:
 *
 *     registers (16 KiB)   packed (12 KiB)
 *
 *     twelve bytes, by threes in words       0  | b2 | b1 | b0        the words on the left are the higher bits
 *     which have four registers each         00 333333 222222 111111 000000
 *     moved apart by two, four and six bits  00333333 00222222 00111111 00000000
 *
 * Packing goes the other way round.
 */
export class RegisterUnion {
	readonly registers: Uint8Array;
	private readonly kernel: UnionKernel;

	constructor(kernel: UnionKernel = vectorUnionKernel() ?? new ScriptUnionKernel()) {
		this.registers = kernel.memory.subarray(0, REGISTERS);
		this.kernel = kernel;
	}

	clear(): void {
		this.registers.fill(0);
	}

	/** Makes each register as large as its like in packed form where that is larger. */
	addPacked(bytes: Uint8Array, start: number): void {
		copyBytes(bytes, start, this.kernel.memory, REGISTERS, REGISTERS_BYTES);
		this.kernel.unite();
	}

	/** Writes the registers in packed form. */
	pack(bytes: Uint8Array, start: number): void {
		this.kernel.pack();
		copyBytes(this.kernel.memory, REGISTERS, bytes, start, REGISTERS_BYTES);
	}
}

let shared: RegisterUnion | null = null;

/** The one union for commands, made when it is first asked for, and empty. */
export function emptyUnion(): RegisterUnion {
	shared ??= new RegisterUnion();
	shared.clear();
	return shared;
}

/** Works on the memory as drawn above. */
export interface UnionKernel {
	readonly memory: Uint8Array;
	/** Raises the registers to those of the packed part. */
	unite(): void;
	/** Writes the registers to the packed part. */
	pack(): void;
}

type Exports = Omit<UnionKernel, "memory"> & { readonly memory: WebAssembly.Memory };

/** In WebAssembly; null on processors without the vectors it is made for. */
export function vectorUnionKernel(): UnionKernel | null {
	const module = wasmModule(1, [uniteFunction(), packFunction()]);
	if (!WebAssembly.validate(module)) return null;
	const exports = new WebAssembly.Instance(new WebAssembly.Module(module)).exports as unknown as Exports;
	return { ...exports, memory: new Uint8Array(exports.memory.buffer) };
}

const VECTOR_BYTES = 16;
/** What as many registers as a vector has bytes take in packed form. */
const PACKED_BYTES = 12;

// Locals: where in the registers and where in the packed part, and four words of three bytes or of four registers.
const register = getLocal(0);
const packed = getLocal(1);
const words = getLocal(2);

/** For `chooseBytes`, where a number from 16 on stands for a byte of 0. */
const wordsOfThrees = [0, 1, 2, 16, 3, 4, 5, 16, 6, 7, 8, 16, 9, 10, 11, 16];
const threesOfWords = [0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 16, 16, 16, 16];

function uniteFunction(): WasmFunction {
	const loadWords = [...packed, ...loadVector(REGISTERS), ...vectorConstant(wordsOfThrees), ...chooseBytes];
	const spread = [
		...part([], 0x0000003f),
		...[...part([...constant(2), ...shiftWordsLeft], 0x00003f00), ...or],
		...[...part([...constant(4), ...shiftWordsLeft], 0x003f0000), ...or],
		...[...part([...constant(6), ...shiftWordsLeft], 0x3f000000), ...or],
	];
	const united = [...spread, ...register, ...loadVector(0), ...maxBytes];
	return walk("unite", [...loadWords, ...setLocal(2), ...register, ...united, ...storeVector(0)]);
}

/** Each vector stored has four bytes too many; the next one is written over them. */
function packFunction(): WasmFunction {
	const loadWords = [...register, ...loadVector(0)];
	const gathered = [
		...part([], 0x0000003f),
		...[...part([...constant(2), ...shiftWordsRight], 0x00000fc0), ...or],
		...[...part([...constant(4), ...shiftWordsRight], 0x0003f000), ...or],
		...[...part([...constant(6), ...shiftWordsRight], 0x00fc0000), ...or],
	];
	const threes = [...gathered, ...vectorConstant(threesOfWords), ...chooseBytes];
	return walk("pack", [...loadWords, ...setLocal(2), ...packed, ...threes, ...storeVector(REGISTERS)]);
}

/** The bits of each word that a mask has, after a shift. */
function part(shift: readonly number[], mask: number): number[] {
	const bytes = [mask & 0xff, (mask >> 8) & 0xff, (mask >> 16) & 0xff, (mask >> 24) & 0xff];
	return [...words, ...shift, ...vectorConstant([...bytes, ...bytes, ...bytes, ...bytes]), ...and];
}

/** A function that does its work for every vector of registers, first to last. */
function walk(name: string, work: readonly number[]): WasmFunction {
	const goOn = [
		...[...register, ...constant(VECTOR_BYTES), ...add, ...setLocal(0)],
		...[...packed, ...constant(PACKED_BYTES), ...add, ...setLocal(1)],
		...[...register, ...constant(REGISTERS), ...isLess],
	];
	return { name, results: 0, parameters: 0, numbers: 2, vectors: 1, code: repeatWhile([...work, ...goOn]) };
}

/** The same in plain words, where there are no vectors. */
export class ScriptUnionKernel implements UnionKernel {
	readonly memory: Uint8Array;

	constructor() {
		this.memory = new Uint8Array(REGISTERS + REGISTERS_BYTES);
	}

	unite(): void {
		const { memory } = this;
		for (let i = 0; i < REGISTERS; i++) memory[i] = Math.max(memory[i]!, readRegister(memory, REGISTERS, i));
	}

	pack(): void {
		const { memory } = this;
		for (let i = 0; i < REGISTERS; i++) writeRegister(memory, REGISTERS, i, memory[i]!);
	}
}
