/**
 * One entry as it lies in a segment's slab: a header, a key and a value, byte-aligned and self-describing, so a slab can
 * be walked from its first byte to its last without any index.
 *
 *     live    kind:1  stamp:3  keyLength:1  [wide key length:4]  key  [heap position:2]  value
 *     key     its bytes; where it is longer than INLINE_KEY_MAX, handle:4
 *     value   inline: length:1-2, bytes   external: handle:4
 *     dead    0x80  stride:3          (4 bytes and more)
 *             0xC1 | 0xC2 | 0xC3      (a remainder of 1, 2 or 3 bytes)
 *
 * A 16-byte key with a 3-byte value takes 5 + 16 + 1 + 3 = 25 bytes; a deadline adds 2 here and 12 in the heap.
 */

/** Offset 0 means "absent" and 1 marks a tombstone in the index, so the first entry starts behind them. */
export const SLAB_START = 8;

/** The kind byte: the low three bits are the owner's type code, the rest says how to read the entry. */
export const TYPE_MASK = 0x07;
export const KIND_DEADLINE = 0x10;
export const KIND_EXTERNAL = 0x20;
/** Two bits that are free for the owner of the type code. */
export const KIND_MARK = 0x40;
export const KIND_SECOND_MARK = 0x08;
export const KIND_MARKS = KIND_MARK | KIND_SECOND_MARK;
export const KIND_DEAD = 0x80;
const DEAD_SHORT = 0xc0;

export const HEADER_BYTES = 5;
/** Key-length byte that announces a 4-byte length. */
const WIDE_KEY = 0xff;
const WIDE_KEY_BYTES = 4;
export const HEAP_POSITION_BYTES = 2;
/** Heap position of an entry that has room for a deadline but none set. */
export const NO_HEAP_POSITION = 0xffff;
export const HANDLE_BYTES = 4;

/** Longest value kept in the slab; two length bytes of seven bits each could say 16,383. */
export const INLINE_VALUE_MAX = 4096;
/** Longest key kept in the slab; of a longer one the slab holds a handle. */
export const INLINE_KEY_MAX = 65_536;

export function keyLength(slab: Uint8Array, offset: number): number {
	const length = slab[offset + 4]!;
	return length === WIDE_KEY ? readUint32(slab, offset + HEADER_BYTES) : length;
}

export function keyStart(slab: Uint8Array, offset: number): number {
	return slab[offset + 4]! === WIDE_KEY ? offset + HEADER_BYTES + WIDE_KEY_BYTES : offset + HEADER_BYTES;
}

/** Where the heap position would be, and where the value starts when there is none. */
export function keyEnd(slab: Uint8Array, offset: number): number {
	const length = slab[offset + 4]!;
	if (length !== WIDE_KEY) return offset + HEADER_BYTES + length;
	return offset + HEADER_BYTES + WIDE_KEY_BYTES + storedKeyBytes(readUint32(slab, offset + HEADER_BYTES));
}

/** Bytes the slab spends on a key of this length. */
function storedKeyBytes(length: number): number {
	return length > INLINE_KEY_MAX ? HANDLE_BYTES : length;
}

/** Start of the value field: its length bytes, or its handle. */
export function valueField(slab: Uint8Array, offset: number): number {
	const end = keyEnd(slab, offset);
	return (slab[offset]! & KIND_DEADLINE) !== 0 ? end + HEAP_POSITION_BYTES : end;
}

export function valueLengthAt(slab: Uint8Array, field: number): number {
	const low = slab[field]!;
	return low < 0x80 ? low : (low & 0x7f) | (slab[field + 1]! << 7);
}

export function valueStartAt(slab: Uint8Array, field: number): number {
	return slab[field]! < 0x80 ? field + 1 : field + 2;
}

export function valueLengthBytes(length: number): number {
	return length < 0x80 ? 1 : 2;
}

/** Bytes from this entry to the next, live or dead. */
export function strideOf(slab: Uint8Array, offset: number): number {
	const kind = slab[offset]!;
	if ((kind & KIND_DEAD) !== 0) {
		if ((kind & DEAD_SHORT) === DEAD_SHORT) return kind & 3;
		return slab[offset + 1]! | (slab[offset + 2]! << 8) | (slab[offset + 3]! << 16);
	}
	const field = valueField(slab, offset);
	if ((kind & KIND_EXTERNAL) !== 0) return field + HANDLE_BYTES - offset;
	return valueStartAt(slab, field) + valueLengthAt(slab, field) - offset;
}

/** How many bytes are dead from `at` on, as far as is needed to find that they are `wanted`; entries end at `used`. */
export function deadBytes(slab: Uint8Array, at: number, used: number, wanted: number): number {
	let end = at;
	while (end - at < wanted && end < used && !isLive(slab, end)) end += strideOf(slab, end);
	return end - at;
}

export function isLive(slab: Uint8Array, offset: number): boolean {
	return (slab[offset]! & KIND_DEAD) === 0;
}

/** Bytes an entry needs; `valueBytes` counts the inline value, or is negative for a handle. */
export function entryBytes(keyBytes: number, valueBytes: number, withDeadline: boolean): number {
	const head = HEADER_BYTES + (keyBytes < WIDE_KEY ? 0 : WIDE_KEY_BYTES) + storedKeyBytes(keyBytes);
	const value = valueBytes < 0 ? HANDLE_BYTES : valueLengthBytes(valueBytes) + valueBytes;
	return head + (withDeadline ? HEAP_POSITION_BYTES : 0) + value;
}

/** Writes everything before the key and returns where the key goes. */
export function writeHead(slab: Uint8Array, offset: number, kind: number, stamp: number, keyBytes: number): number {
	slab[offset] = kind;
	writeStamp(slab, offset, stamp);
	if (keyBytes < WIDE_KEY) {
		slab[offset + 4] = keyBytes;
		return offset + HEADER_BYTES;
	}
	slab[offset + 4] = WIDE_KEY;
	writeUint32(slab, offset + HEADER_BYTES, keyBytes);
	return offset + HEADER_BYTES + WIDE_KEY_BYTES;
}

/** Writes the length of an inline value and returns where its bytes go. */
export function writeValueLength(slab: Uint8Array, field: number, length: number): number {
	if (length < 0x80) {
		slab[field] = length;
		return field + 1;
	}
	return writeWideValueLength(slab, field, length);
}

/** As writeValueLength, in two bytes however short the value is. */
export function writeWideValueLength(slab: Uint8Array, field: number, length: number): number {
	slab[field] = (length & 0x7f) | 0x80;
	slab[field + 1] = length >>> 7;
	return field + 2;
}

/** Turns `stride` bytes into a hole that a walk steps over. */
export function writeDead(slab: Uint8Array, offset: number, stride: number): void {
	if (stride < 4) {
		if (stride > 0) slab[offset] = DEAD_SHORT | stride;
		return;
	}
	slab[offset] = KIND_DEAD;
	slab[offset + 1] = stride;
	slab[offset + 2] = stride >>> 8;
	slab[offset + 3] = stride >>> 16;
}

/** The stamp is 24 bits for the owner of the table: an access clock, a frequency. */
export function readStamp(slab: Uint8Array, offset: number): number {
	return slab[offset + 1]! | (slab[offset + 2]! << 8) | (slab[offset + 3]! << 16);
}

export function writeStamp(slab: Uint8Array, offset: number, stamp: number): void {
	slab[offset + 1] = stamp;
	slab[offset + 2] = stamp >>> 8;
	slab[offset + 3] = stamp >>> 16;
}

/** Heap position of an entry whose kind has KIND_DEADLINE. */
export function readHeapPosition(slab: Uint8Array, offset: number): number {
	const at = keyEnd(slab, offset);
	return slab[at]! | (slab[at + 1]! << 8);
}

export function writeHeapPosition(slab: Uint8Array, offset: number, position: number): void {
	const at = keyEnd(slab, offset);
	slab[at] = position;
	slab[at + 1] = position >>> 8;
}

export function readUint32(slab: Uint8Array, at: number): number {
	return (slab[at]! | (slab[at + 1]! << 8) | (slab[at + 2]! << 16) | (slab[at + 3]! << 24)) >>> 0;
}

export function writeUint32(slab: Uint8Array, at: number, value: number): void {
	slab[at] = value;
	slab[at + 1] = value >>> 8;
	slab[at + 2] = value >>> 16;
	slab[at + 3] = value >>> 24;
}

/** Whether the entry's key, which must not be external, is the given bytes. */
export function entryKeyEquals(
	slab: Uint8Array,
	offset: number,
	bytes: Uint8Array,
	start: number,
	length: number,
): boolean {
	let at = offset + HEADER_BYTES;
	if (length < WIDE_KEY) {
		if (slab[offset + 4]! !== length) return false;
	} else {
		if (slab[offset + 4]! !== WIDE_KEY || readUint32(slab, at) !== length) return false;
		at += WIDE_KEY_BYTES;
	}
	// A key that gets here is nearly always the one: the tag said so. Four bytes a branch, then the rest.
	let i = 0;
	for (const quads = length & ~3; i < quads; i += 4) {
		const x = at + i;
		const y = start + i;
		const head = (slab[x]! ^ bytes[y]!) | (slab[x + 1]! ^ bytes[y + 1]!);
		const tail = (slab[x + 2]! ^ bytes[y + 2]!) | (slab[x + 3]! ^ bytes[y + 3]!);
		if ((head | tail) !== 0) return false;
	}
	for (; i < length; i++) if (slab[at + i]! !== bytes[start + i]!) return false;
	return true;
}
