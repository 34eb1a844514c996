/** Type codes of values, the low three bits of an entry's kind byte. */
export const STRING = 0;
export const LIST = 1;
export const SET = 2;
export const SORTED_SET = 3;
export const HASH = 4;
export const STREAM = 5;

const TYPE_NAMES = ["string", "list", "set", "zset", "hash", "stream"];

/** As TYPE answers it. */
export function typeName(type: number): string {
	return TYPE_NAMES[type] ?? "unknown";
}
