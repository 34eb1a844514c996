import { expect, test } from "bun:test";
import { auxiliaryFields } from "../../../src/persistence/rdb/auxiliary.ts";

test("a file says which Redis wrote it, when, and how much memory that used, before all else", () => {
	expect(auxiliaryFields(1_700_000_000_999, 123_456, [["aof-base", "0"]])).toEqual([
		["redis-ver", "7.2.4"],
		["redis-bits", "64"],
		["ctime", "1700000000"],
		["used-mem", "123456"],
		["aof-base", "0"],
	]);
});
