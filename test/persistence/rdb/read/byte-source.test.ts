import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { OpenFile } from "../../../../src/adapters/files.ts";
import { Crc64 } from "../../../../src/bytes/crc64.ts";
import { ShortRead } from "../../../../src/persistence/rdb/read/bad-data.ts";
import { ByteSource } from "../../../../src/persistence/rdb/read/byte-source.ts";
import { MemoryFiles } from "../../../config/memory-files.ts";

function fileOf(bytes: Uint8Array): OpenFile {
	const files = new MemoryFiles();
	files.lay("/work/data", bytes);
	return files.open("/work/data", "read");
}

const pattern = (length: number) => Uint8Array.from({ length }, (_, index) => (index * 7 + (index >> 8)) & 255);
const large = pattern(3_500_000);

describe("a source", () => {
	test("hands out the bytes of its file in order, by whatever steps, and knows where it is", () => {
		const step = fc.record({
			how: fc.constantFrom("ensure", "take", "skip"),
			count: fc.integer({ min: 0, max: 900_000 }),
		});
		fc.assert(
			fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
				const source = ByteSource.ofFile(fileOf(large), true);
				let at = 0;
				for (const { how, count: wanted } of steps) {
					const count = Math.min(wanted, large.length - at);
					if (how === "skip") source.skip(count);
					else {
						const target = new Uint8Array(count);
						if (how === "take") source.take(target, count);
						else {
							source.ensure(count);
							target.set(source.bytes.subarray(source.at, source.at + count));
							source.at += count;
						}
						expect(Buffer.compare(target, large.subarray(at, at + count))).toBe(0);
					}
					at += count;
					expect([source.offset(), source.left()]).toEqual([at, large.length - at]);
				}
			}),
			{ numRuns: 40 },
		);
	});

	test("keeps what it is told to, however much is read behind it", () => {
		const source = ByteSource.ofFile(fileOf(large), false);
		source.skip(1000);
		source.keepFrom = source.offset();
		source.ensure(10);
		source.at += 10;
		source.ensure(2_000_000);
		const start = 1000 - source.base;
		expect(Buffer.compare(source.bytes.subarray(start, start + 10), large.subarray(1000, 1010))).toBe(0);
	});

	test("has a window no larger than its file, and believes no length", () => {
		const source = ByteSource.ofFile(fileOf(pattern(100)), false);
		expect(() => source.ensure(101)).toThrow(ShortRead);
		expect(() => source.ensure(2 ** 40)).toThrow(ShortRead);
		expect(() => source.take(new Uint8Array(0), 2 ** 40)).toThrow(ShortRead);
		source.ensure(100);
		expect(source.bytes.length).toBeLessThanOrEqual(100);
		source.at += 100;
		expect(() => source.ensure(1)).toThrow(ShortRead);
	});

	test("a file that became shorter since is a short read", () => {
		const files = new MemoryFiles();
		files.lay("/work/data", pattern(100));
		const source = ByteSource.ofFile(files.open("/work/data", "read"), false);
		files.open("/work/data", "append").truncate(50);
		expect(() => source.ensure(60)).toThrow(ShortRead);
	});

	test("knows the checksum of all that was read, however it was read", () => {
		const checksum = new Crc64();
		checksum.update(large, 0, large.length);
		const file = new Uint8Array(large.length + 8);
		file.set(large);
		checksum.write(file, large.length);
		for (const wrong of [false, true]) {
			if (wrong) file[1_700_000]! ^= 1;
			const source = ByteSource.ofFile(fileOf(file), true);
			source.ensure(10);
			source.at += 10;
			source.take(new Uint8Array(1_500_000), 1_500_000);
			source.keepFrom = source.offset();
			source.ensure(700_000);
			source.at += 700_000;
			source.ensure(400_000);
			source.at += 400_000;
			source.keepFrom = Infinity;
			source.skip(100_000);
			source.take(new Uint8Array(large.length - source.offset()), large.length - source.offset());
			expect(source.endsWithChecksum()).toBe(!wrong);
		}
	});
});
