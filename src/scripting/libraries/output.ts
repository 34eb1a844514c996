import { writeInteger } from "../../bytes/int64.ts";
import { LuaOutOfMemory } from "../lua/machine.ts";

/** Bytes that a library writes one behind the other, before Lua gets them as one string. */
export class Output {
	bytes: Uint8Array;
	length: number;
	/** More than this Lua has no room for. */
	private readonly bytesMax: number;

	constructor(bytesMax: number) {
		this.bytes = new Uint8Array(1024);
		this.length = 0;
		this.bytesMax = bytesMax;
	}

	/** Begins anew; a buffer that one large value has grown is let go. */
	clear(): void {
		this.length = 0;
		if (this.bytes.length > KEPT_BYTES_MAX) this.bytes = new Uint8Array(1024);
	}

	/** Room for so many bytes more. */
	reserve(bytes: number): void {
		const needed = this.length + bytes;
		if (needed <= this.bytes.length) return;
		if (needed > this.bytesMax) {
			this.clear();
			throw new LuaOutOfMemory();
		}
		const grown = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
		grown.set(this.bytes.subarray(0, this.length));
		this.bytes = grown;
	}

	byte(value: number): void {
		this.reserve(1);
		this.bytes[this.length++] = value;
	}

	/** ASCII. */
	text(text: string): void {
		this.reserve(text.length);
		for (let i = 0; i < text.length; i++) this.bytes[this.length++] = text.charCodeAt(i);
	}

	/** A safe integer. */
	integer(value: number): void {
		this.reserve(INTEGER_BYTES_MAX);
		this.length += writeInteger(value, this.bytes, this.length);
	}

	/** `digits` / `scale`, where that is a power of ten, with all places that it says. */
	decimal(digits: number, scale: number): void {
		const whole = Math.floor(digits / scale);
		this.integer(whole);
		this.byte(POINT);
		let rest = digits - whole * scale;
		for (let place = scale / 10; place >= 1; place /= 10) {
			const digit = Math.floor(rest / place);
			this.byte(ZERO + digit);
			rest -= digit * place;
		}
	}

	range(source: Uint8Array, start: number, length: number): void {
		this.reserve(length);
		if (length <= COPY_LOOP_MAX) {
			for (let i = 0; i < length; i++) this.bytes[this.length + i] = source[start + i]!;
		} else this.bytes.set(source.subarray(start, start + length), this.length);
		this.length += length;
	}
}

const ZERO = 0x30;
const POINT = 0x2e;
/** Of a safe integer with its sign. */
const INTEGER_BYTES_MAX = 17;
const KEPT_BYTES_MAX = 1 << 20;
const COPY_LOOP_MAX = 32;
