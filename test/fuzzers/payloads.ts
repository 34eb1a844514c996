/**
 * Payloads as DUMP makes them, sound ones of every type in every encoding that RESTORE knows, and what can be made of
 * them: changed, cut, put together anew, with a checksum that is right all the same, so that the decoder is reached.
 */
import { Crc64 } from "../../src/bytes/crc64.ts";
import type { Random } from "../../src/bytes/random.ts";
import { FOOTER_BYTES, VERSION_MAX } from "../../src/persistence/rdb/format.ts";
import type { Words } from "../crash/model.ts";

const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const latin1 = (text: string) => Buffer.from(text, "latin1");

/** Keys to be dumped: small, so that each byte of them matters. */
export const dumpedKeys: readonly Words[] = [
	["SET", "text", "hello, world"],
	["SET", "integer", "-123456"],
	["SET", "compressed", "abcdefgh".repeat(40)],
	["RPUSH", "list", "a", "", "12", "-70000", "x".repeat(70), "5000000000"],
	["RPUSH", "list of blocks", ...range(200).map((index) => `element ${index} ${"z".repeat(index)}`)],
	["SADD", "integers", "1", "2", "3", "-5"],
	["SADD", "wide integers", "1", "70000", "5000000000"],
	["SADD", "set", "a", "b", "12", "c".repeat(40)],
	["SADD", "large set", ...range(140).map((index) => `member ${index}`)],
	["HSET", "hash", "a", "1", "b", "", "field", "value"],
	["HSET", "large hash", ...range(140).flatMap((index) => [`field ${index}`, `v${"w".repeat(index % 70)}`])],
	["ZADD", "zset", "1", "a", "-2.5", "b", "inf", "c", "3", "12"],
	["ZADD", "large zset", ...range(140).flatMap((index) => [String(index / 3), `member ${index}`])],
	...range(30).map((index) => ["XADD", "stream", `${index + 1}-${index % 3}`, "a", String(index), "b", "text"]),
	["XADD", "stream", "50-0", "other", "fields"],
	["XDEL", "stream", "3-2", "10-0"],
	["XGROUP", "CREATE", "stream", "group", "0"],
	["XGROUP", "CREATE", "stream", "other group", "5-1"],
	["XREADGROUP", "GROUP", "group", "first", "COUNT", "8", "STREAMS", "stream", ">"],
	["XREADGROUP", "GROUP", "group", "second", "COUNT", "4", "STREAMS", "stream", ">"],
	["XACK", "stream", "group", "2-1"],
	["XADD", "small stream", "1-1", "a", "b"],
	["PFADD", "hyperloglog", "a", "b", "c"],
];

export const dumpedNames: readonly string[] = [
	...new Set(dumpedKeys.map(([name, key, third]) => keyOf(name, key, third))),
];

function keyOf(name = "", key = "", third = ""): string {
	if (name === "XGROUP") return third;
	return name === "XREADGROUP" ? "stream" : key;
}

// What older versions wrote, type and value

const text = (value: string) => Buffer.concat([lengthOf(value.length), latin1(value)]);

function lengthOf(length: number): Buffer {
	if (length < 64) return Buffer.from([length]);
	if (length < 16_384) return Buffer.from([0x40 | (length >> 8), length & 255]);
	const wide = Buffer.alloc(5, 0x80);
	wide.writeUInt32BE(length, 1);
	return wide;
}

function ziplist(...items: readonly string[]): string {
	let body = "";
	let previous = 0;
	let tail = 10;
	for (const item of items) {
		tail = 10 + body.length;
		const before = previous < 254 ? String.fromCharCode(previous) : `\xfe${word(previous)}`;
		const entry = before + ziplistItem(item);
		body += entry;
		previous = entry.length;
	}
	const count = String.fromCharCode(items.length & 255, items.length >> 8);
	return `${word(11 + body.length)}${word(tail)}${count}${body}\xff`;
}

function ziplistItem(item: string): string {
	const value = Number(item);
	if (item !== "" && String(value) === item) {
		if (value >= 0 && value <= 12) return String.fromCharCode(0xf1 + value);
		if (value >= -128 && value < 128) return `\xfe${String.fromCharCode(value & 255)}`;
		if (value >= -32_768 && value < 32_768) return `\xc0${word(value).slice(0, 2)}`;
		if (value >= -8_388_608 && value < 8_388_608) return `\xf0${word(value).slice(0, 3)}`;
		return `\xd0${word(value)}`;
	}
	if (item.length < 64) return String.fromCharCode(item.length) + item;
	return String.fromCharCode(0x40 | (item.length >> 8), item.length & 255) + item;
}

function word(value: number): string {
	return String.fromCharCode(value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >>> 24) & 255);
}

function zipmap(...items: readonly string[]): string {
	let body = "";
	for (const [index, item] of items.entries()) {
		const free = index % 2 === 0 ? "" : "\x02";
		body += `${String.fromCharCode(item.length)}${free}${item}${free === "" ? "" : "??"}`;
	}
	return `${String.fromCharCode(items.length / 2)}${body}\xff`;
}

const double = (value: number) => {
	const bytes = Buffer.alloc(8);
	bytes.writeDoubleLE(value);
	return bytes;
};

const int64 = (value: bigint) => {
	const bytes = Buffer.alloc(8);
	bytes.writeBigInt64LE(value);
	return bytes;
};

const FAR = 4_000_000_000_000n;
const some = ["a", "1", "b", "-70000", "long", "y".repeat(100), "4", "70000"];

/** Type and value. */
export const oldValues: readonly Uint8Array[] = [
	[1, lengthOf(3), text("a"), text("b"), text("12")],
	[2, lengthOf(2), text("a"), text("b")],
	[
		3,
		lengthOf(3),
		text("a"),
		text("\x031.5").subarray(1),
		text("b"),
		Buffer.from([254]),
		text("c"),
		Buffer.from([255]),
	],
	[4, lengthOf(2), text("a"), text("1"), text("b"), text("2")],
	[5, lengthOf(2), text("a"), double(1.5), text("b"), double(-Infinity)],
	[9, text(zipmap("a", "1", "field", "value"))],
	[10, text(ziplist(...some))],
	[11, text(`${word(2)}${word(3)}${word(1).slice(0, 2)}${word(2).slice(0, 2)}${word(9).slice(0, 2)}`)],
	[12, text(ziplist("a", "1", "b", "2.5"))],
	[13, text(ziplist(...some))],
	[14, lengthOf(2), text(ziplist("a", "b")), text(ziplist(...some))],
	[22, lengthOf(2), lengthOf(0), text("a"), text("1"), lengthOf(9), text("b"), text("2")],
	[24, int64(FAR), lengthOf(2), lengthOf(0), text("a"), text("1"), lengthOf(9), text("b"), text("2")],
].map(([type, ...parts]) => new Uint8Array(Buffer.concat([Buffer.from([type as number]), ...(parts as Buffer[])])));

/** With version and checksum. */
export function sealed(value: Uint8Array, version = VERSION_MAX): Uint8Array {
	const payload = new Uint8Array(value.length + FOOTER_BYTES);
	payload.set(value);
	payload[value.length] = version;
	payload[value.length + 1] = version >> 8;
	const checksum = new Crc64();
	checksum.update(payload, 0, value.length + 2);
	checksum.write(payload, value.length + 2);
	return payload;
}

/** Type and value of a payload. */
export function unsealed(payload: Uint8Array): Uint8Array {
	// Not `slice`: that of a Buffer is no copy.
	return new Uint8Array(payload.subarray(0, payload.length - FOOTER_BYTES));
}

/** Bytes that mean something somewhere: lengths that go on, encodings, ends, signs. */
const telling = [
	0, 1, 2, 0x3f, 0x40, 0x7f, 0x80, 0x81, 0xbf, 0xc0, 0xc1, 0xc2, 0xc3, 0xd0, 0xe0, 0xf0, 0xf4, 0xfe, 0xff,
];
const hugeLengths = [
	[0x7f, 0xff],
	[0x80, 0xff, 0xff, 0xff, 0xff],
	[0x80, 0x7f, 0xff, 0xff, 0xff],
	[0x80, 0, 1, 0, 0],
	[0x81, 0, 0, 0, 1, 0, 0, 0, 0],
	[0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
	[0x81, 0, 0x20, 0, 0, 0, 0, 0, 0],
	[0xff, 0xff, 0xff, 0xff],
	[0xff, 0xff, 0xff, 0x7f],
];

/** One to three changes. */
export function corrupted(bytes: Uint8Array, others: readonly Uint8Array[], random: Random): Uint8Array {
	let changed = bytes;
	for (let count = 1 + random.below(random.below(2) + 1) * (1 + random.below(2)); count > 0; count--) {
		changed = corruptedOnce(changed, others, random);
	}
	return changed;
}

function corruptedOnce(bytes: Uint8Array, others: readonly Uint8Array[], random: Random): Uint8Array {
	const copy = bytes.slice();
	const at = random.below(Math.max(1, copy.length));
	switch (random.below(10)) {
		case 0:
		case 1:
		case 2:
			copy[at] = copy[at]! ^ (1 << random.below(8));
			return copy;
		case 3:
		case 4:
			copy[at] = telling[random.below(telling.length)]!;
			return copy;
		case 5:
			return copy.subarray(0, at);
		case 6:
			return spliced(copy, at, [], Math.min(copy.length, at + 1 + random.below(8)));
		case 7: {
			const length = hugeLengths[random.below(hugeLengths.length)]!;
			return spliced(copy, at, length, Math.min(copy.length, at + [0, 1, length.length][random.below(3)]!));
		}
		case 8:
			return spliced(copy, at, copy.subarray(at, at + 1 + random.below(20)), at);
		default: {
			const other = others[random.below(others.length)]!;
			return spliced(copy, at, other.subarray(random.below(other.length)), copy.length);
		}
	}
}

/** With `middle` in place of [from, to). */
function spliced(bytes: Uint8Array, from: number, middle: ArrayLike<number>, to: number): Uint8Array {
	const result = new Uint8Array(from + middle.length + bytes.length - to);
	result.set(bytes.subarray(0, from));
	result.set(middle, from);
	result.set(bytes.subarray(to), from + middle.length);
	return result;
}
