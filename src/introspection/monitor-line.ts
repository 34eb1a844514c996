import { bytesOf, copyBytes } from "../bytes/ascii.ts";
import type { Call } from "../dispatch/call.ts";
import type { ClientLink } from "../dispatch/client.ts";
import { REDACTED, secretArguments } from "./secret-arguments.ts";

/**
 * One command as MONITOR shows it, a status reply:
 *
 *     +1339518083.107412 [0 127.0.0.1:60866] "set" "key" "a\x00b\n"
 *
 * Bytes that are no printable ASCII are escaped as in C. The length is known before anything is written, so that not even
 * the longest argument is copied twice.
 */

/** Letters behind a backslash, by the byte they stand for. */
const LETTERS = new Map(
	[
		["\n", "n"],
		["\r", "r"],
		["\t", "t"],
		["\x07", "a"],
		["\b", "b"],
		["\\", "\\"],
		['"', '"'],
	].map(([byte, letter]) => [byte!.charCodeAt(0), letter!.charCodeAt(0)]),
);
const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const BLANK = 0x20;
const TILDE = 0x7e;
const LETTER_X = 0x78;
const HEXADECIMAL = bytesOf("0123456789abcdef");
const LINE_END = bytesOf("\r\n");

/** Of each byte, what it takes: itself, a letter behind a backslash, or two digits behind `\x`. */
const WIDTHS = Uint8Array.from({ length: 256 }, (_, byte) => {
	if (LETTERS.has(byte)) return 2;
	return byte >= BLANK && byte <= TILDE ? 1 : 4;
});

/** Where a client is, in the form of MONITOR; in place of it there is `lua` for what a script does. */
export function originOf({ isUnixSocket, remoteAddress }: ClientLink): string {
	return isUnixSocket ? `unix:${remoteAddress.replace(/:0$/, "")}` : remoteAddress;
}

/** Null where it would be longer than `bytesMax`. */
export function monitorLine(call: Call, now_us: number, origin: string, bytesMax: number): Uint8Array | null {
	const second = Math.floor(now_us / 1e6);
	const microseconds = String(now_us % 1e6).padStart(6, "0");
	const head = bytesOf(`+${second}.${microseconds} [${call.client.database} ${origin}]`);
	const secrets = secretArguments(call, call.command);
	let length = head.length + LINE_END.length;
	for (let i = 0; i < call.argc; i++) length += secrets.has(i) ? REDACTED.length + 3 : quotedLength(call, i) + 3;
	if (length > bytesMax) return null;
	const line = new Uint8Array(length);
	copyBytes(head, 0, line, 0, head.length);
	let at = head.length;
	for (let i = 0; i < call.argc; i++) {
		line[at++] = BLANK;
		line[at++] = QUOTE;
		if (secrets.has(i)) {
			copyBytes(REDACTED, 0, line, at, REDACTED.length);
			at += REDACTED.length;
		} else at = writeQuoted(call, i, line, at);
		line[at++] = QUOTE;
	}
	copyBytes(LINE_END, 0, line, at, LINE_END.length);
	return line;
}

function quotedLength(call: Call, argument: number): number {
	const { bytes } = call;
	const end = call.end(argument);
	let length = 0;
	for (let i = call.start(argument); i < end; i++) length += WIDTHS[bytes[i]!]!;
	return length;
}

function writeQuoted(call: Call, argument: number, line: Uint8Array, start: number): number {
	const { bytes } = call;
	const end = call.end(argument);
	let at = start;
	for (let i = call.start(argument); i < end; i++) {
		const byte = bytes[i]!;
		const width = WIDTHS[byte]!;
		if (width === 1) {
			line[at++] = byte;
			continue;
		}
		line[at] = BACKSLASH;
		line[at + 1] = LETTERS.get(byte) ?? LETTER_X;
		if (width === 4) {
			line[at + 2] = HEXADECIMAL[byte >> 4]!;
			line[at + 3] = HEXADECIMAL[byte & 15]!;
		}
		at += width;
	}
	return at;
}
