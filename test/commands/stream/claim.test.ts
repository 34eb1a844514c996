import { beforeEach, describe, expect, test } from "bun:test";
import { entry, ID_MAX, INVALID_ID, type Said, StreamEngine, SYNTAX, WRONG_TYPE } from "./stream-engine.ts";

describe.each([2, 3])("in RESP%d", (protocol) => {
	let engine: StreamEngine;

	beforeEach(() => {
		engine = new StreamEngine(protocol);
		engine.add("s", "1-1", "1-2", "2-0", "3-0");
		engine.run("XGROUP", "CREATE", "s", "g", "0");
		engine.run(..."XREADGROUP GROUP g a COUNT 3 STREAMS s >".split(" "));
		engine.run("XGROUP", "CREATECONSUMER", "s", "g", "b");
		engine.advance(100);
		engine.takeChanges();
	});

	/** What is pending: `id consumer idle count` each. */
	function pending(...rows: string[]): void {
		const said: Said[] = rows.map((row) => {
			const [id, consumer, idle_ms, count] = row.split(" ");
			return [id!, consumer!, Number(idle_ms), Number(count)];
		});
		engine.expect("XPENDING s g - + 100", said);
	}

	describe("XCLAIM", () => {
		test("gives entries that have been idle long enough to a consumer", () => {
			engine.expect("XCLAIM s g b 100 1-1 3-0 9-9", [entry("1-1")]);
			expect(engine.takeChanges()).toEqual({ events: [], dirty: 1 });
			pending("1-1 b 0 2", "1-2 a 100 1", "2-0 a 100 1");
			engine.advance(50);
			engine.expect("XCLAIM s g b 101 1-1 1-2 2", [entry("1-2"), entry("2-0")]);
			pending("1-1 b 50 2", "1-2 b 0 2", "2-0 b 0 2");
		});

		test("makes its consumer, even where there is nothing to claim", () => {
			engine.expect("XCLAIM s g c 0 9-9", []);
			expect(engine.takeChanges()).toEqual({ events: ["xgroup-createconsumer s"], dirty: 1 });
			engine.expect("XPENDING s g - + 9 c", []);
		});

		test("drops what is not in the stream any more", () => {
			engine.run("XDEL", "s", "1-2");
			engine.takeChanges();
			engine.expect("XCLAIM s g b 0 1-1 1-2", [entry("1-1")]);
			expect(engine.takeChanges().dirty).toBe(2);
			pending("1-1 b 0 2", "2-0 a 100 1");
		});

		test("FORCE claims what nobody was given, if it is there", () => {
			engine.expect("XCLAIM s g b 1000000 3-0 4-0 FORCE", [entry("3-0")]);
			pending("1-1 a 100 1", "1-2 a 100 1", "2-0 a 100 1", "3-0 b 0 2");
			engine.expect("XCLAIM s g b 0 3-0 FORCE JUSTID", ["3-0"]);
			pending("1-1 a 100 1", "1-2 a 100 1", "2-0 a 100 1", "3-0 b 0 2");
		});

		test("JUSTID leaves the count alone, RETRYCOUNT sets it", () => {
			engine.expect("XCLAIM s g b 0 1-1 JUSTID", ["1-1"]);
			engine.expect("XCLAIM s g b 0 1-2 RETRYCOUNT 7", [entry("1-2")]);
			engine.expect("XCLAIM s g b 0 2-0 RETRYCOUNT 0 justid", ["2-0"]);
			pending("1-1 b 0 1", "1-2 b 0 7", "2-0 b 0 0");
			engine.expect("XCLAIM s g b 0 1-2 RETRYCOUNT -1", [entry("1-2")]);
			pending("1-1 b 0 1", "1-2 b 0 8", "2-0 b 0 0");
		});

		test("IDLE and TIME say when it was delivered, not in the future", () => {
			const now_ms = engine.time.now_ms();
			for (const [options, idle_ms] of [
				["IDLE 30", 30],
				["IDLE 0", 0],
				["IDLE -5", 0],
				["IDLE 9223372036854775807", 0],
				[`TIME ${now_ms - 9}`, 9],
				[`TIME ${now_ms + 9}`, 0],
				["TIME -2", 0],
				["TIME 0", now_ms],
				["IDLE 5 TIME 0 IDLE 6", 6],
			] as const) {
				engine.expect(`XCLAIM s g b 0 1-1 ${options} JUSTID`, ["1-1"]);
				engine.expect("XPENDING s g 1-1 1-1 1", [["1-1", "b", idle_ms, 1]]);
				expect(engine.run(..."XINFO STREAM s FULL COUNT 1".split(" "))).toContain(`:${now_ms - idle_ms}\r\n:1\r\n`);
			}
		});

		test("LASTID moves the group on, never back", () => {
			engine.expect("XCLAIM s g b 0 9-9 LASTID 2-5", []);
			expect(engine.run("XINFO", "GROUPS", "s")).toContain("2-5\r\n");
			engine.expect("XCLAIM s g b 0 9-9 LASTID 1-0", []);
			expect(engine.run("XINFO", "GROUPS", "s")).toContain("2-5\r\n");
		});

		test("refuses what makes no sense", () => {
			const refused = (words: string, error: string) => engine.expectError(`XCLAIM s g b ${words}`, error);
			refused("x 1-1", "ERR Invalid min-idle-time argument for XCLAIM");
			refused("0 1-1 x", "ERR Unrecognized XCLAIM option 'x'");
			refused("0 1-1 FORCE 1-2", "ERR Unrecognized XCLAIM option '1-2'");
			refused("0 1-1 IDLE", "ERR Unrecognized XCLAIM option 'IDLE'");
			for (const option of ["IDLE", "TIME", "RETRYCOUNT"]) {
				refused(`0 1-1 ${option} x`, `ERR Invalid ${option} option argument for XCLAIM`);
			}
			expect(engine.run(..."XCLAIM s g b 0 1-1 LASTID x".split(" "))).toBe(INVALID_ID);
			engine.expectError("XCLAIM s h b x 1-1", "NOGROUP No such key 's' or consumer group 'h'");
			engine.run("SET", "string", "x");
			expect(engine.run("XCLAIM", "string", "g", "b", "0", "1-1")).toBe(WRONG_TYPE);
			pending("1-1 a 100 1", "1-2 a 100 1", "2-0 a 100 1");
		});
	});

	describe("XAUTOCLAIM", () => {
		test("claims what is idle, and says where to go on", () => {
			engine.expect("XAUTOCLAIM s g b 100 0 COUNT 2", ["2-0", [entry("1-1"), entry("1-2")], []]);
			engine.expect("XAUTOCLAIM s g b 100 2-0 COUNT 2", ["0-0", [entry("2-0")], []]);
			expect(engine.takeChanges()).toEqual({ events: [], dirty: 3 });
			pending("1-1 b 0 2", "1-2 b 0 2", "2-0 b 0 2");
			engine.expect("XAUTOCLAIM s g a 1 - COUNT 2", ["0-0", [], []]);
			engine.expect("XAUTOCLAIM s g a 0 (1-1 JUSTID", ["0-0", ["1-2", "2-0"], []]);
			pending("1-1 b 0 2", "1-2 a 0 2", "2-0 a 0 2");
		});

		test("drops what is not in the stream any more, and tells", () => {
			engine.run("XDEL", "s", "1-1", "1-2");
			engine.takeChanges();
			engine.expect("XAUTOCLAIM s g b 1000 - COUNT 1", ["1-2", [], ["1-1"]]);
			engine.expect("XAUTOCLAIM s g b 0 -", ["0-0", [entry("2-0")], ["1-2"]]);
			expect(engine.takeChanges().dirty).toBe(3);
			pending("2-0 b 0 2");
		});

		test("looks at ten times as many as it may claim", () => {
			for (let ms = 10; ms < 40; ms++) engine.run("XADD", "s", `${ms}-0`, "f", "v");
			engine.run(..."XREADGROUP GROUP g a STREAMS s >".split(" "));
			engine.run("XACK", "s", "g", "1-1", "1-2", "2-0", "3-0");
			engine.expect("XAUTOCLAIM s g b 1000 - COUNT 1", ["20-0", [], []]);
			engine.expect("XAUTOCLAIM s g b 1000 30 COUNT 1", ["0-0", [], []]);
		});

		test("makes its consumer, even where there is nothing to claim", () => {
			engine.expect("XAUTOCLAIM s g c 1000 -", ["0-0", [], []]);
			expect(engine.takeChanges()).toEqual({ events: ["xgroup-createconsumer s"], dirty: 1 });
		});

		test("refuses what makes no sense", () => {
			const refused = (words: string, error: string) => engine.expectError(`XAUTOCLAIM s g b ${words}`, error);
			refused("x 0", "ERR Invalid min-idle-time argument for XAUTOCLAIM");
			refused(`0 (${ID_MAX}`, "ERR invalid start ID for the interval");
			for (const count of ["0", "-1", "x", "9223372036854775807", "576460752303423488"]) {
				refused(`0 0 COUNT ${count}`, "ERR COUNT must be > 0");
			}
			refused(
				"0 0 COUNT 576460752303423487",
				"ERR Insufficient memory, failed allocating transient memory, COUNT too high.",
			);
			expect(engine.run(..."XAUTOCLAIM s g b 0 x".split(" "))).toBe(INVALID_ID);
			for (const words of ["x", "COUNT"]) expect(engine.run("XAUTOCLAIM", "s", "g", "b", "0", "0", words)).toBe(SYNTAX);
			engine.expectError("XAUTOCLAIM s h b 0 0", "NOGROUP No such key 's' or consumer group 'h'");
			engine.run("SET", "string", "x");
			expect(engine.run(..."XAUTOCLAIM string g b x 0".split(" "))).toMatch(/^-ERR Invalid min-idle/);
			expect(engine.run(..."XAUTOCLAIM string g b 0 0".split(" "))).toBe(WRONG_TYPE);
		});
	});
});
