/** A small file of each type, cut at every byte, and with every bit of it turned round: an error or a sound load. */
import { describe, expect, test } from "bun:test";
import { Crc64 } from "../../../../src/bytes/crc64.ts";
import { dumpedKeys, dumpedNames, oldValues, sealed, unsealed } from "../../../fuzzers/payloads.ts";
import { VirtualMachine } from "../../../support/virtual-machine.ts";
import { bytesOf, load, rdbFile, stringBytes, verifyAll } from "./rdb-bytes.ts";

const KEY = stringBytes("key");

/** Type and value of each, as DUMP makes them and as older versions wrote them. */
function values(): Uint8Array[] {
	const machine = new VirtualMachine();
	machine.start();
	const client = machine.network.connect(6379);
	for (const words of dumpedKeys) client.run(...words);
	const dumped = dumpedNames.map((name) => {
		const reply = client.run("DUMP", name);
		const start = reply.indexOf("\r\n") + 2;
		return unsealed(new Uint8Array(Buffer.from(reply.slice(start, -2), "latin1")));
	});
	return [...dumped, ...oldValues].filter((value) => value.length < 1200);
}

const files = values().map((value): [string, Uint8Array] => {
	const head = bytesOf([0xfe, 0, 0xfb, 1, 0], [value[0]!], KEY);
	return [`type ${value[0]}, ${value.length} bytes`, rdbFile(12, head, value.subarray(1))];
});

describe.each(files)("%s", (_name, file) => {
	test("is loaded as it is", () => {
		const { keyspace, failure } = load(file);
		expect(failure).toBeNull();
		expect(keyspace.keyCount()).toBe(1);
		verifyAll(keyspace);
	});

	test("is refused wherever it is cut", () => {
		for (let length = 0; length < file.length; length++) {
			const { failure, keyspace } = load(file.slice(0, length));
			expect(failure?.join("\n")).toMatch(/offset \d+|signature/);
			verifyAll(keyspace);
		}
	});

	test("is sound or refused, whatever bit is turned round", () => {
		for (let bit = 0; bit < 8 * file.length; bit++) {
			const copy = file.slice();
			copy[bit >> 3]! ^= 1 << (bit & 7);
			verifyAll(load(copy).keyspace);
		}
	});

	test("is refused whatever bit is turned round, where it has a checksum", () => {
		const sums = file.slice();
		const checksum = new Crc64();
		checksum.update(sums, 0, sums.length - 8);
		checksum.write(sums, sums.length - 8);
		expect(load(sums).failure).toBeNull();
		const step = 7;
		for (let bit = 0; bit < 8 * (file.length - 8); bit += step) {
			const copy = sums.slice();
			copy[bit >> 3]! ^= 1 << (bit & 7);
			// Up to version 4 there is no checksum to be wrong.
			if (bit >> 3 < 9) continue;
			expect(load(copy).failure).not.toBeNull();
		}
	});
});

/** Bits of a payload that mean nothing, or the same in two ways; by the number of its type. */
const meaningless: Readonly<Record<number, number>> = {
	// LZF may refer to equal bytes elsewhere.
	0: 2,
	2: 1,
	// "inf" in capital letters.
	17: 3,
	// What lies behind a value in a zipmap.
	9: 32,
	// The first id, which follows from the entries; flags of an entry that nobody has defined.
	19: 17,
	// When the time of a field was over.
	22: 22,
};

describe("no bit of a payload is passed over", () => {
	const machine = new VirtualMachine();
	machine.start();
	const client = machine.network.connect(6379);
	const restores = (value: Uint8Array) =>
		client.run("RESTORE", "key", 0, Buffer.from(sealed(value)).toString("latin1"), "REPLACE") === "+OK\r\n";

	const small = values().filter((value) => value.length < 400);
	test.each(small.map((value): [string, Uint8Array] => [`type ${value[0]}, ${value.length} bytes`, value]))(
		"%s: what is changed is refused, or another value",
		(_name, value) => {
			expect(restores(value)).toBe(true);
			const original = client.run("DUMP", "key");
			let unnoticed = 0;
			for (let bit = 8; bit < 8 * value.length; bit++) {
				const copy = value.slice();
				copy[bit >> 3]! ^= 1 << (bit & 7);
				if (restores(copy) && client.run("DUMP", "key") === original) unnoticed++;
			}
			expect(unnoticed).toBeLessThanOrEqual(meaningless[value[0]!] ?? 0);
		},
	);
});
