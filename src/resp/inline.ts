/** Where the arguments of an inline command are reported. */
export interface InlineRanges {
	addRange(start: number, end: number): void;
}

const SPACE = 0x20;
export const QUOTE = 0x22;
export const APOSTROPHE = 0x27;
const BACKSLASH = 0x5c;

/**
 * Splits a line typed by a person into arguments: blanks separate, "…" understands \xHH \n \r \t \b \a \" \\, '…'
 * understands \' alone. Decoded text is never longer than what was typed, so it is written over it. False where a quote
 * stays open or is followed by something other than a blank.
 */
export function splitInline(bytes: Uint8Array, start: number, end: number, ranges: InlineRanges): boolean {
	let at = start;
	for (;;) {
		while (at < end && isBlank(bytes[at]!)) at++;
		if (at >= end) return true;
		const from = at;
		let to = at;
		while (at < end && !endsWord(bytes[at]!)) {
			const byte = bytes[at]!;
			// A zero byte ends the line, as it does where lines are C strings.
			if (byte === 0) {
				end = at;
				break;
			}
			if (byte !== QUOTE && byte !== APOSTROPHE) {
				bytes[to++] = byte;
				at++;
				continue;
			}
			at++;
			for (;;) {
				if (at >= end || bytes[at] === 0) return false;
				const inside = bytes[at]!;
				if (inside === byte) break;
				if (inside === BACKSLASH && byte === QUOTE && at + 1 < end) at = unescapeByte(bytes, at, end, to);
				else if (inside === BACKSLASH && byte === APOSTROPHE && bytes[at + 1] === APOSTROPHE && at + 1 < end) {
					bytes[to] = APOSTROPHE;
					at += 2;
				} else {
					bytes[to] = inside;
					at++;
				}
				to++;
			}
			at++;
			if (at < end && !isBlank(bytes[at]!) && bytes[at] !== 0) return false;
			break;
		}
		ranges.addRange(from, to);
	}
}

function unescapeByte(bytes: Uint8Array, at: number, end: number, to: number): number {
	const code = bytes[at + 1]!;
	if (code === 0x78 && at + 3 < end) {
		const high = hexDigit(bytes[at + 2]!);
		const low = hexDigit(bytes[at + 3]!);
		if (high >= 0 && low >= 0) {
			bytes[to] = high * 16 + low;
			return at + 4;
		}
	}
	bytes[to] = escapedByte(code);
	return at + 2;
}

function escapedByte(code: number): number {
	switch (code) {
		case 0x6e:
			return 0x0a;
		case 0x72:
			return 0x0d;
		case 0x74:
			return 0x09;
		case 0x62:
			return 0x08;
		case 0x61:
			return 0x07;
		default:
			return code;
	}
}

function hexDigit(byte: number): number {
	if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
	const lower = byte | 0x20;
	return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Vertical tab and form feed are blanks between words, but part of a word they stand in. */
function endsWord(byte: number): boolean {
	return byte === SPACE || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

function isBlank(byte: number): boolean {
	return byte === SPACE || (byte >= 0x09 && byte <= 0x0d);
}
