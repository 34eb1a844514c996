/**
 * SHA-1, in plain integers: hashing a few bytes costs a quarter of a call into the runtime's own, and few bytes are what
 * digests of data and of scripts consist of.
 */

import { latin1 } from "./ascii.ts";

/** A hash as 32-bit words, the most significant first. */
export const SHA1_WORDS = 5;
export const SHA1_DIGITS = 40;
const BLOCK_BYTES = 64;
const BLOCK_WORDS = 16;
/** Where in the last block the length in bits stands, eight bytes. */
const LENGTH_AT = 56;

/** The message schedule, and what is left behind the last full block, padded. */
const schedule = new Int32Array(80);
const rest = new Uint8Array(2 * BLOCK_BYTES);

const ZERO = 0x30;
const LETTER_A = 0x61;
const digits = new Uint8Array(SHA1_DIGITS);

/** Leaves the hash of bytes [start, end) in `hash`, SHA1_WORDS long. */
export function sha1(bytes: Uint8Array, start: number, end: number, hash: Int32Array): void {
	hash[0] = 0x67452301;
	hash[1] = 0xefcdab89;
	hash[2] = 0x98badcfe;
	hash[3] = 0x10325476;
	hash[4] = 0xc3d2e1f0;
	let at = start;
	for (; at + BLOCK_BYTES <= end; at += BLOCK_BYTES) addBlock(bytes, at, hash);
	const left = end - at;
	for (let i = 0; i < left; i++) rest[i] = bytes[at + i]!;
	rest[left] = 0x80;
	const padded = left < LENGTH_AT ? BLOCK_BYTES : 2 * BLOCK_BYTES;
	rest.fill(0, left + 1, padded);
	const length = end - start;
	writeWord(rest, padded - 8, Math.floor(length / 0x20000000));
	writeWord(rest, padded - 4, length << 3);
	addBlock(rest, 0, hash);
	if (padded > BLOCK_BYTES) addBlock(rest, BLOCK_BYTES, hash);
}

export function sha1Hexadecimal(hash: Int32Array): string {
	writeSha1Digits(hash, digits);
	return latin1(digits, 0, SHA1_DIGITS);
}

/** Writes the hash as SHA1_DIGITS hexadecimal digits. */
export function writeSha1Digits(hash: Int32Array, target: Uint8Array): void {
	for (let i = 0; i < SHA1_DIGITS; i++) {
		const digit = (hash[i >> 3]! >>> (28 - 4 * (i & 7))) & 15;
		target[i] = digit < 10 ? ZERO + digit : LETTER_A - 10 + digit;
	}
}

/** Writes the hash as 20 bytes. */
export function writeSha1(hash: Int32Array, target: Uint8Array, offset: number): void {
	for (let i = 0; i < SHA1_WORDS; i++) writeWord(target, offset + 4 * i, hash[i]!);
}

function writeWord(target: Uint8Array, at: number, word: number): void {
	target[at] = word >>> 24;
	target[at + 1] = word >>> 16;
	target[at + 2] = word >>> 8;
	target[at + 3] = word;
}

function addBlock(bytes: Uint8Array, start: number, hash: Int32Array): void {
	const w = schedule;
	for (let i = 0, at = start; i < BLOCK_WORDS; i++, at += 4) {
		w[i] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
	}
	for (let i = BLOCK_WORDS; i < 80; i++) {
		const x = w[i - 3]! ^ w[i - 8]! ^ w[i - 14]! ^ w[i - 16]!;
		w[i] = (x << 1) | (x >>> 31);
	}
	let a = hash[0]!;
	let b = hash[1]!;
	let c = hash[2]!;
	let d = hash[3]!;
	let e = hash[4]!;
	for (let i = 0; i < 80; i++) {
		let mixed: number;
		if (i < 20) mixed = ((b & c) | (~b & d)) + 0x5a827999;
		else if (i < 40) mixed = (b ^ c ^ d) + 0x6ed9eba1;
		else if (i < 60) mixed = ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
		else mixed = (b ^ c ^ d) + 0xca62c1d6;
		const next = (((a << 5) | (a >>> 27)) + mixed + e + w[i]!) | 0;
		e = d;
		d = c;
		c = (b << 30) | (b >>> 2);
		b = a;
		a = next;
	}
	hash[0] = hash[0]! + a;
	hash[1] = hash[1]! + b;
	hash[2] = hash[2]! + c;
	hash[3] = hash[3]! + d;
	hash[4] = hash[4]! + e;
}
