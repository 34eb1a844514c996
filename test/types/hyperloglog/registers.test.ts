import { expect, test } from "bun:test";
import { Random } from "../../../src/bytes/random.ts";
import { REGISTERS, REGISTERS_BYTES, readRegister, writeRegister } from "../../../src/types/hyperloglog/registers.ts";

test("the place of a register's bits is that of Redis", () => {
	const bytes = new Uint8Array(REGISTERS_BYTES);
	for (let bit = 0; bit < 6 * 8; bit++) {
		bytes.fill(0);
		bytes[bit >> 3] = 1 << (bit & 7);
		const seen = Array.from({ length: 8 }, (_, i) => readRegister(bytes, 0, i));
		expect(seen).toEqual(seen.map((_, i) => (i === Math.floor(bit / 6) ? 1 << (bit % 6) : 0)));
	}
});

test("registers hold what is written, and nothing around them changes", () => {
	const random = new Random(1);
	const values = new Uint8Array(REGISTERS);
	const bytes = new Uint8Array(REGISTERS_BYTES + 2).fill(0xa5);
	bytes.fill(0, 1, 1 + REGISTERS_BYTES);
	for (let round = 0; round < 60_000; round++) {
		const index = round < 100 ? (round % 2 === 0 ? round : REGISTERS - round) : random.below(REGISTERS);
		values[index] = random.below(64);
		writeRegister(bytes, 1, index, values[index]!);
	}
	expect(values.every((value, i) => readRegister(bytes, 1, i) === value)).toBe(true);
	expect([bytes[0], bytes[1 + REGISTERS_BYTES]]).toEqual([0xa5, 0xa5]);
});
