import { describe, expect, test } from "bun:test";
import { halfSipHash } from "../../src/bytes/siphash.ts";
import { LongString } from "../../src/memory/long-string.ts";
import { KEEP_DEADLINE, Table } from "../../src/memory/table.ts";
import { RAW_STRING_KIND, STRING_KIND, StringView, stringEncoding } from "../../src/types/string.ts";

const key = Buffer.from("key");

function loaded(kind: number, text: string, isLong: boolean): StringView {
	const table = new Table(1, 2);
	const hash = halfSipHash(key, 0, key.length, 1, 2);
	const value = Buffer.from(text, "latin1");
	table.find(key, 0, key.length, hash);
	if (isLong) {
		const string = LongString.of(value, 0, value.length);
		table.putExternal(key, 0, key.length, hash, kind, string, KEEP_DEADLINE, 0);
	} else table.putInline(key, 0, key.length, hash, kind, value, 0, value.length, KEEP_DEADLINE, 0);
	const view = new StringView();
	view.load(table);
	return view;
}

describe("StringView", () => {
	test("shows strings in the slab and outside of it", () => {
		for (const isLong of [false, true]) {
			const { bytes, start, length } = loaded(STRING_KIND, "some text", isLong);
			expect(Buffer.from(bytes.subarray(start, start + length)).toString()).toBe("some text");
		}
	});
});

describe("stringEncoding", () => {
	test("is int for a canonical int64, embstr up to 44 bytes, raw beyond or where marked", () => {
		const cases: [string, string][] = [
			["0", "int"],
			["-1", "int"],
			["9223372036854775807", "int"],
			["-9223372036854775808", "int"],
			["9223372036854775808", "embstr"],
			["-9223372036854775809", "embstr"],
			["00", "embstr"],
			["-0", "embstr"],
			["+1", "embstr"],
			["1 ", "embstr"],
			["", "embstr"],
			["a".repeat(44), "embstr"],
			["a".repeat(45), "raw"],
		];
		for (const [text, encoding] of cases) {
			expect(stringEncoding(STRING_KIND, loaded(STRING_KIND, text, false))).toBe(encoding);
			expect(stringEncoding(RAW_STRING_KIND, loaded(RAW_STRING_KIND, text, false))).toBe("raw");
		}
	});
});
