import { FOOTER_BYTES, OPCODE_FUNCTION_2, VERSION } from "./format.ts";
import { RdbOutput } from "./output.ts";
import { BadData } from "./read/bad-data.ts";
import { ByteSource } from "./read/byte-source.ts";
import { isPayload } from "./read/payload.ts";
import { RdbInput, Text } from "./read/rdb-input.ts";

/** What FUNCTION DUMP gives out: the sources as an RDB file has them, version and checksum. */
export function dumpLibraries(sources: readonly Uint8Array[], compresses: boolean): Uint8Array {
	const output = new RdbOutput(null);
	output.begin(compresses, true);
	for (const source of sources) {
		output.byte(OPCODE_FUNCTION_2);
		output.string(source, 0, source.length);
	}
	output.byte(VERSION);
	output.byte(VERSION >> 8);
	output.sign();
	return output.bytes.slice(0, output.length);
}

/** The sources in such a payload; null where it is damaged or of another version, "" where something else is in it. */
export function librariesOf(payload: Uint8Array): readonly Uint8Array[] | "" | null {
	if (!isPayload(payload, 0, payload.length)) return null;
	const input = new RdbInput(ByteSource.ofBytes(payload, 0, payload.length - FOOTER_BYTES));
	const text = new Text();
	const sources: Uint8Array[] = [];
	try {
		while (input.source.left() > 0) {
			if (input.byte() !== OPCODE_FUNCTION_2) return "";
			input.string(text);
			sources.push(text.bytes.slice(text.start, text.start + text.length));
		}
	} catch (error) {
		if (error instanceof BadData) return "";
		throw error;
	}
	return sources;
}
