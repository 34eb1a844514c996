import { expect, test } from "bun:test";
import { KIND_DEADLINE, KIND_EXTERNAL, KIND_SECOND_MARK } from "../../../src/memory/entry.ts";
import { HASH_KIND, hashEncoding, isVolatileHash, LARGE_MARK, VOLATILE_MARK } from "../../../src/types/hash/kind.ts";
import { SET, STRING } from "../../../src/types/type.ts";

test("the marks say what OBJECT ENCODING does", () => {
	const marks = [0, LARGE_MARK, VOLATILE_MARK, LARGE_MARK | VOLATILE_MARK];
	const encodings = ["listpack", "hashtable", "listpackex", "hashtable"];
	expect(marks.map((mark) => hashEncoding(HASH_KIND | mark))).toEqual(encodings);
});

test("only hashes are volatile, however they are kept", () => {
	for (const bits of [0, KIND_DEADLINE, KIND_EXTERNAL, LARGE_MARK]) {
		expect(isVolatileHash(HASH_KIND | VOLATILE_MARK | bits)).toBe(true);
		expect(isVolatileHash(HASH_KIND | bits)).toBe(false);
		expect(isVolatileHash(STRING | KIND_SECOND_MARK | bits)).toBe(false);
		expect(isVolatileHash(SET | KIND_SECOND_MARK | bits)).toBe(false);
	}
});
