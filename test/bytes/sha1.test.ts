import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { SHA1_WORDS, sha1, sha1Hexadecimal, writeSha1 } from "../../src/bytes/sha1.ts";

const source = new Uint8Array(1000).map((_, i) => (i * 31 + (i >> 3)) & 0xff);

function expected(start: number, end: number): string {
	return createHash("sha1").update(source.subarray(start, end)).digest("hex");
}

test("hashes bytes of every length around the ends of blocks as node:crypto does", () => {
	const hash = new Int32Array(SHA1_WORDS);
	for (let length = 0; length <= 260; length++) {
		const start = length % 7;
		sha1(source, start, start + length, hash);
		expect(sha1Hexadecimal(hash)).toBe(expected(start, start + length));
	}
});

test("hashes a long input, and writes the hash as bytes", () => {
	const hash = new Int32Array(SHA1_WORDS);
	sha1(source, 0, source.length, hash);
	const bytes = new Uint8Array(24);
	writeSha1(hash, bytes, 2);
	expect(Buffer.from(bytes.subarray(2, 22)).toString("hex")).toBe(expected(0, source.length));
	expect([bytes[0], bytes[1], bytes[22], bytes[23]]).toEqual([0, 0, 0, 0]);
});
