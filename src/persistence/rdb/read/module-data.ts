import { BadData } from "./bad-data.ts";
import type { RdbInput, Text } from "./rdb-input.ts";

const CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const NAME_LENGTH = 9;
/** Behind the name: how the module encodes its data. */
const VERSION_BITS = 10n;

/** The name of a module's type, which is most of its id: nine characters of six bits, the first one highest. */
export function moduleName(high: number, low: number): string {
	let rest = ((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)) >> VERSION_BITS;
	let name = "";
	for (let i = 0; i < NAME_LENGTH; i++, rest >>= 6n) name = CHARACTERS[Number(rest & 63n)] + name;
	return name;
}

const PART_END = 0;
const PART_SIGNED = 1;
const PART_UNSIGNED = 2;
const PART_FLOAT = 3;
const PART_DOUBLE = 4;
const PART_STRING = 5;

/** Reads past the parts of a module's data, each of which says what it is. */
export function skipModuleValue(input: RdbInput, text: Text): void {
	for (;;) {
		const part = input.length();
		switch (part) {
			case PART_END:
				return;
			case PART_SIGNED:
			case PART_UNSIGNED:
				input.length();
				break;
			case PART_FLOAT:
				input.source.skip(4);
				break;
			case PART_DOUBLE:
				input.source.skip(8);
				break;
			case PART_STRING:
				input.string(text);
				break;
			default:
				throw new BadData(`Unknown part ${part} of module data`);
		}
	}
}
