import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
	ID_INVALID,
	ID_WHOLE,
	ID_WITHOUT_SEQUENCE,
	idText,
	parseId,
	writeId,
} from "../../../src/types/stream/id-text.ts";
import { StreamId } from "../../../src/types/stream/stream-id.ts";

const MAX = "18446744073709551615";

function written(id: StreamId): string {
	const length = writeId(id.msHigh, id.msLow, id.sequenceHigh, id.sequenceLow);
	return Buffer.from(idText.subarray(0, length)).toString("latin1");
}

/** The id in full, or what kind of text it is instead. */
function read(text: string, toEnd = false): string {
	const id = new StreamId();
	const bytes = Buffer.from(`<${text}>`, "latin1");
	const form = parseId(bytes, 1, bytes.length - 1, toEnd, id);
	if (form === ID_INVALID) return "invalid";
	return form === ID_WITHOUT_SEQUENCE ? `${written(id)} open` : written(id);
}

describe("parseId", () => {
	test.each([
		["0-0", "0-0"],
		["1526919030474-55", "1526919030474-55"],
		["7", "7-0"],
		[`${MAX}-${MAX}`, `${MAX}-${MAX}`],
		[MAX, `${MAX}-0`],
		["4294967296-4294967295", "4294967296-4294967295"],
		["2147483648-2147483648", "2147483648-2147483648"],
		["9007199254740993-9223372036854775808", "9007199254740993-9223372036854775808"],
		["5-*", "5-0 open"],
		[`${MAX}-*`, `${MAX}-0 open`],
		["007-08", "7-8"],
		["007-*", "7-0 open"],
		["+5-+6", "5-6"],
		[" 5", "5-0"],
		[" \t\n\v\f\r5-\r7", "5-7"],
		["1--03", "1-18446744073709551613"],
		["1--00", "1-0"],
		["1--9223372036854775809", "1-9223372036854775807"],
		["5\0-1", "5-0"],
		["5-1\0junk", "5-1"],
		[`${"0".repeat(120)}77-1`, "77-1"],
	])("takes %j for %s", (text, expected) => {
		expect(read(text)).toBe(expected);
	});

	test.each([
		...["", "-", "+", "*", "-1", "1-", "-*", "*-1", "1--3", "1-1-1", "1.5", "0x10", "1e3", "abc", "5 ", "5 -1", "1-5 "],
		...["18446744073709551616", "0-18446744073709551616", "-0", "1-**", "1-*x", "(5", "\0", "\x005", "1-\0", "--1"],
		"1".repeat(128),
		`${"0".repeat(127)}1`,
	])("refuses %j", (text) => {
		expect(read(text)).toBe("invalid");
	});

	test("completes to the end of a millisecond where that is wanted", () => {
		expect(read("7", true)).toBe(`7-${MAX}`);
		expect(read("007", true)).toBe(`7-${MAX}`);
		expect(read("7-1", true)).toBe("7-1");
	});

	test("reads what writeId writes, in any order", () => {
		const half = fc.oneof(fc.integer(), fc.constantFrom(0, -1, 0x1fffff, 0x200000));
		fc.assert(
			fc.property(half, half, half, half, (msHigh, msLow, sequenceHigh, sequenceLow) => {
				const id = Object.assign(new StreamId(), { msHigh, msLow, sequenceHigh, sequenceLow });
				const number = (high: number, low: number) => String((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0));
				const text = written(id);
				expect(text).toBe(`${number(msHigh, msLow)}-${number(sequenceHigh, sequenceLow)}`);
				expect(read(text)).toBe(text);
				const bytes = Buffer.from(text);
				expect(parseId(bytes, 0, bytes.length, false, new StreamId())).toBe(ID_WHOLE);
			}),
			{ seed: 1 },
		);
	});
});
