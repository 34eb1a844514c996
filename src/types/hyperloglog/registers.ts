/**
 * The registers of a HyperLogLog, as it has them in its dense form: 16,384 of six bits each, packed from the lowest bit on.
 *
 *     byte   0        1        2        3
 *     bits   00000011 11112222 22333333 44444455 …        (the lowest bit of each byte on its left)
 *
 * Four registers take three bytes; in pieces of that size no shift depends on the place.
 */
export const REGISTERS = 16_384;
export const REGISTER_BITS = 6;
export const REGISTERS_BYTES = (REGISTERS * REGISTER_BITS) / 8;

export function readRegister(bytes: Uint8Array, start: number, index: number): number {
	const at = start + 3 * (index >>> 2);
	switch (index & 3) {
		case 0:
			return bytes[at]! & 0x3f;
		case 1:
			return (bytes[at]! >> 6) | ((bytes[at + 1]! & 0x0f) << 2);
		case 2:
			return (bytes[at + 1]! >> 4) | ((bytes[at + 2]! & 0x03) << 4);
		default:
			return bytes[at + 2]! >> 2;
	}
}

export function writeRegister(bytes: Uint8Array, start: number, index: number, value: number): void {
	const at = start + 3 * (index >>> 2);
	switch (index & 3) {
		case 0:
			bytes[at] = (bytes[at]! & 0xc0) | value;
			return;
		case 1:
			bytes[at] = (bytes[at]! & 0x3f) | (value << 6);
			bytes[at + 1] = (bytes[at + 1]! & 0xf0) | (value >> 2);
			return;
		case 2:
			bytes[at + 1] = (bytes[at + 1]! & 0x0f) | (value << 4);
			bytes[at + 2] = (bytes[at + 2]! & 0xfc) | (value >> 4);
			return;
		default:
			bytes[at + 2] = (bytes[at + 2]! & 0x03) | (value << 2);
	}
}
