import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Crc64 } from "../../src/bytes/crc64.ts";

/** Bit by bit, as the definition goes: reflected, from 0, without a last inversion. */
function reference(bytes: Uint8Array): bigint {
	let crc = 0n;
	for (const byte of bytes) {
		crc ^= BigInt(byte);
		for (let bit = 0; bit < 8; bit++) crc = (crc & 1n) === 1n ? (crc >> 1n) ^ 0x95ac9329ac4bc9b5n : crc >> 1n;
	}
	return crc;
}

function numberOf(crc: Crc64): bigint {
	return (BigInt(crc.high >>> 0) << 32n) | BigInt(crc.low >>> 0);
}

function checksum(bytes: Uint8Array): bigint {
	const crc = new Crc64();
	crc.update(bytes, 0, bytes.length);
	return numberOf(crc);
}

describe("CRC-64 of Redis", () => {
	test("has the check value of its polynomial", () => {
		expect(checksum(Buffer.from("123456789"))).toBe(0xe9c6d914c4b8d9can);
		expect(checksum(new Uint8Array(0))).toBe(0n);
	});

	test("is what the definition says, of any bytes in any portions", () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 400 }), fc.array(fc.nat(400), { maxLength: 4 }), (bytes, cuts) => {
				const crc = new Crc64();
				const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
				for (let i = 1; i < places.length; i++) crc.update(bytes, places[i - 1]!, places[i]!);
				expect(numberOf(crc)).toBe(reference(bytes));
			}),
		);
	});

	test("of a long run", () => {
		const bytes = Uint8Array.from({ length: 200_001 }, (_, index) => (index * index) >>> 5);
		const crc = new Crc64();
		crc.update(bytes, 0, bytes.length);
		expect(numberOf(crc)).toBe(reference(bytes));
		crc.reset();
		expect(numberOf(crc)).toBe(0n);
	});

	test("is written with its low bytes first", () => {
		const crc = new Crc64();
		crc.update(Buffer.from("123456789"), 0, 9);
		const target = new Uint8Array(10);
		crc.write(target, 1);
		expect(Buffer.from(target).toString("hex")).toBe("00cad9b8c414d9c6e900");
	});
});
