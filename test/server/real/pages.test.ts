import { expect, test } from "bun:test";
import { realPages } from "../../../src/server/real/pages.ts";

const isLinux = process.platform === "linux";
const page = 4096;

const isZero = (bytes: Uint8Array) => bytes.every((byte) => byte === 0);

test.skipIf(!isLinux)("pages that are released read as zero, and those around them as before", () => {
	const bytes = new Uint8Array(1 << 20).fill(7);
	realPages.release(bytes, 1 << 18, 1 << 19);
	expect(isZero(bytes.subarray((1 << 18) + page, (1 << 19) - page))).toBe(true);
	expect(bytes.subarray(0, 1 << 18).every((byte) => byte === 7)).toBe(true);
	expect(bytes.subarray(1 << 19).every((byte) => byte === 7)).toBe(true);
});

test.skipIf(!isLinux)(
	"buffers that are released later are so in the end, all of them, and none of them at once",
	async () => {
		const buffers = [1 << 23, 10_000, 1 << 25, 1 << 16, 1500].map((length) => new Uint8Array(length).fill(7));
		for (const bytes of buffers) realPages.releaseLater(bytes);
		const another = new Uint8Array(1 << 20).fill(7);
		expect(buffers.every((bytes) => bytes[bytes.length - 1] === 7)).toBe(true);
		for (let turn = 0; turn < 100; turn++) {
			await new Promise((resolve) => setImmediate(resolve));
			if (turn === 2) realPages.releaseLater(another);
		}
		for (const bytes of [...buffers, another]) expect(bytes.buffer.byteLength).toBe(0);
	},
);
