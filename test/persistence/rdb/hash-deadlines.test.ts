/** Hashes whose fields have deadlines, as Redis 7.4 writes them; read here by a reader of their own. */
import { describe, expect, test } from "bun:test";
import { bulk, valueEngine } from "./engine.ts";

const LISTPACK_EX = 25;
const METADATA = 24;
const soon = 4_000_000_000_000;

/** The payload of the key "k", uncompressed. */
function payloadOf(...commands: (string | number)[][]): Buffer {
	const engine = valueEngine(false);
	for (const command of commands) expect(engine.run(...command)).not.toStartWith("-");
	return Buffer.from(bulk(engine.run("DUMP", "k")), "latin1");
}

function version(payload: Buffer): number {
	return payload.readUInt16LE(payload.length - 10);
}

/** Strings behind each other, as they are or as numbers of 8, 16 or 32 bits; and lengths. */
class Reader {
	at: number;
	private readonly bytes: Buffer;

	constructor(bytes: Buffer, at: number) {
		this.bytes = bytes;
		this.at = at;
	}

	size(): number {
		const first = this.bytes[this.at++]!;
		if (first < 0x40) return first;
		if (first < 0x80) return ((first & 0x3f) << 8) | this.bytes[this.at++]!;
		const width = first === 0x80 ? 4 : 8;
		this.at += width;
		return width === 4 ? this.bytes.readUInt32BE(this.at - 4) : Number(this.bytes.readBigUInt64BE(this.at - 8));
	}

	moment(): number {
		this.at += 8;
		return Number(this.bytes.readBigInt64LE(this.at - 8));
	}

	string(): string {
		const first = this.bytes[this.at]!;
		if (first >= 0xc0) {
			const width = 1 << (first - 0xc0);
			this.at += 1 + width;
			return String(this.bytes.readIntLE(this.at - width, width));
		}
		const length = this.size();
		this.at += length;
		return this.bytes.toString("latin1", this.at - length, this.at);
	}
}

/** Entries of a listpack of short strings, and integers of 7 or 64 bits. */
function listpackEntries(listpack: string): string[] {
	const bytes = Buffer.from(listpack, "latin1");
	expect(bytes.readUInt32LE(0)).toBe(bytes.length);
	const entries: string[] = [];
	for (let at = 6; bytes[at] !== 0xff; ) {
		const code = bytes[at]!;
		const length = code < 0x80 ? 0 : code < 0xc0 ? code & 0x3f : 8;
		if (code < 0x80) entries.push(String(code));
		else if (code < 0xc0) entries.push(bytes.toString("latin1", at + 1, at + 1 + length));
		else {
			expect(code).toBe(0xf4);
			entries.push(String(bytes.readBigInt64LE(at + 1)));
		}
		at += length + 2;
	}
	return entries;
}

describe("a hash whose fields have deadlines", () => {
	test("that is small is a listpack of triples, the first deadline first and none last", () => {
		const payload = payloadOf(
			["HSET", "k", "a", "1", "b", "two", "c", "three", "d", "four"],
			["HPEXPIREAT", "k", soon + 500, "FIELDS", 1, "c"],
			["HPEXPIREAT", "k", soon, "FIELDS", 1, "d"],
			["HPEXPIREAT", "k", soon + 500, "FIELDS", 1, "b"],
		);
		expect(payload[0]).toBe(LISTPACK_EX);
		expect(version(payload)).toBe(12);
		const reader = new Reader(payload, 1);
		expect(reader.moment()).toBe(soon);
		expect(listpackEntries(reader.string())).toEqual([
			...["d", "four", String(soon)],
			...["b", "two", String(soon + 500)],
			...["c", "three", String(soon + 500)],
			...["a", "1", "0"],
		]);
		expect(reader.at).toBe(payload.length - 10);
	});

	const large = Array.from({ length: 600 }, (_, i) => [`field:${i}`, `value ${i}`]);

	for (const [name, fields] of [
		["in its entry", [["long", "x".repeat(65)], ...large.slice(0, 20)]],
		["in a table", large],
	] as const) {
		test(`that is large, and lies ${name}, tells deadlines relative to the first`, () => {
			const expiring = ["field:3", "field:7", "field:11"];
			const payload = payloadOf(
				["HSET", "k", ...fields.flat()],
				["HPEXPIREAT", "k", soon + 70_000, "FIELDS", 1, expiring[0]!],
				["HPEXPIREAT", "k", soon, "FIELDS", 1, expiring[1]!],
				["HPEXPIREAT", "k", soon + 2 ** 33, "FIELDS", 1, expiring[2]!],
			);
			expect(payload[0]).toBe(METADATA);
			expect(version(payload)).toBe(12);
			const reader = new Reader(payload, 1);
			const bound = reader.moment();
			expect(bound).toBe(soon);
			const found = new Map<string, string>();
			const deadlines = new Map<string, number>();
			for (let left = reader.size(); left > 0; left--) {
				const deadline = reader.size();
				const field = reader.string();
				found.set(field, reader.string());
				if (deadline > 0) deadlines.set(field, bound + deadline - 1);
			}
			expect(reader.at).toBe(payload.length - 10);
			expect(Object.fromEntries(found)).toEqual(Object.fromEntries(fields));
			expect(Object.fromEntries(deadlines)).toEqual({
				"field:3": soon + 70_000,
				"field:7": soon,
				"field:11": soon + 2 ** 33,
			});
		});
	}

	test("and have none any more, is one that Redis 7.0 reads", () => {
		for (const [type, fields] of [
			[16, ["a", "b", "c", "d"]],
			[4, ["a", "b", "c", "x".repeat(65)]],
			[4, large.flat()],
		] as const) {
			const [field] = fields;
			const payload = payloadOf(
				["HSET", "k", ...fields],
				["HPEXPIREAT", "k", soon, "FIELDS", 1, field!],
				["HPERSIST", "k", "FIELDS", 1, field!],
			);
			expect([payload[0], version(payload)]).toEqual([type, 10]);
			const plain = payloadOf(["HSET", "k", ...fields]);
			if (fields.length < 10) expect(payload.toString("hex")).toBe(plain.toString("hex"));
		}
	});
});
