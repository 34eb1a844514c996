/**
 * Where copying byte by byte stops paying: `copyBytes` beside the ways it chooses from and the usual `set(subarray)`,
 * at lengths on both sides of the crossover. Places move from call to call, as they do in a slab.
 */
import { bench, do_not_optimize, run, summary } from "mitata";
import { copyBytes } from "../../src/bytes/ascii.ts";

const bufferBytes = 65_536;
const lengths = [4, 16, 24, 32, 40, 64, 256, 4096];
const step = 1237;
const mask = 0x7fff;

type Copy = (source: Uint8Array, from: number, target: Uint8Array, to: number, length: number) => void;

function copyInLoop(source: Uint8Array, from: number, target: Uint8Array, to: number, length: number): void {
	for (let index = 0; index < length; index++) target[to + index] = source[from + index]!;
}

function copyByView(source: Uint8Array, from: number, target: Uint8Array, to: number, length: number): void {
	target.set(source.subarray(from, from + length), to);
}

function copyNatively(source: Uint8Array, from: number, target: Uint8Array, to: number, length: number): void {
	Buffer.prototype.copy.call(source, target, to, from, from + length);
}

function register(name: string, copy: Copy, length: number): void {
	const source = new Uint8Array(bufferBytes).map((_, index) => index * 7);
	const target = new Uint8Array(bufferBytes);
	let place = 0;
	bench(`${name}, ${length} bytes`, () => {
		place = (place + step) & mask;
		copy(source, place, target, place ^ 5, length);
		return do_not_optimize(target[place]);
	});
}

export function benches(): void {
	for (const length of lengths) {
		summary(() => {
			register("copyBytes", copyBytes, length);
			register("loop", copyInLoop, length);
			register("set(subarray)", copyByView, length);
			register("Buffer copy", copyNatively, length);
		});
	}
}

if (import.meta.main) {
	benches();
	await run();
}
