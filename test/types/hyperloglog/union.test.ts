import { describe, expect, test } from "bun:test";
import { Random } from "../../../src/bytes/random.ts";
import { REGISTERS, REGISTERS_BYTES, readRegister, writeRegister } from "../../../src/types/hyperloglog/registers.ts";
import {
	emptyUnion,
	RegisterUnion,
	ScriptUnionKernel,
	type UnionKernel,
	vectorUnionKernel,
} from "../../../src/types/hyperloglog/union.ts";

const kernels: [string, UnionKernel][] = [["in plain words", new ScriptUnionKernel()]];
const vectors = vectorUnionKernel();
if (vectors === null) console.log("skipped: this processor lacks the vectors WebAssembly needs");
else kernels.push(["in vectors", vectors]);

describe.each(kernels)("a union %s", (_, kernel) => {
	const union = new RegisterUnion(kernel);

	test("has the largest of each register", () => {
		const random = new Random(1);
		for (let round = 0; round < 5; round++) {
			union.clear();
			const expected = new Uint8Array(REGISTERS);
			for (let added = 0; added < 3; added++) {
				const packed = new Uint8Array(REGISTERS_BYTES + 5);
				random.fill(packed);
				union.addPacked(packed, round);
				for (let i = 0; i < REGISTERS; i++) expected[i] = Math.max(expected[i]!, readRegister(packed, round, i));
				expect(Buffer.compare(union.registers, expected)).toBe(0);
			}
		}
	});

	test("is packed", () => {
		const random = new Random(2);
		union.clear();
		for (let i = 0; i < REGISTERS; i++) union.registers[i] = random.below(64);
		const expected = new Uint8Array(REGISTERS_BYTES + 2).fill(0xa5);
		for (let i = 0; i < REGISTERS; i++) writeRegister(expected, 1, i, union.registers[i]!);
		const packed = new Uint8Array(REGISTERS_BYTES + 2).fill(0xa5);
		union.pack(packed, 1);
		expect(Buffer.compare(packed, expected)).toBe(0);
	});
});

test("the one for commands is empty whenever it is asked for", () => {
	const union = emptyUnion();
	union.registers[77] = 5;
	expect(emptyUnion()).toBe(union);
	expect(union.registers.every((value) => value === 0)).toBe(true);
});
