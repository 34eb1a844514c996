import { beforeEach, describe, expect, test } from "bun:test";
import { entry, map, NOT_AN_INTEGER, type Said, StreamEngine, WRONG_TYPE } from "./stream-engine.ts";

describe.each([2, 3])("in RESP%d", (protocol) => {
	let engine: StreamEngine;

	beforeEach(() => {
		engine = new StreamEngine(protocol);
	});

	/** The fields that come first in both forms of XINFO STREAM. */
	function head(length: number, last: string, added: number, first: string, deleted = "0-0"): Record<string, Said> {
		return {
			length,
			"radix-tree-keys": added > 0 ? 1 : 0,
			"radix-tree-nodes": added > 0 ? 2 : 1,
			"last-generated-id": last,
			"max-deleted-entry-id": deleted,
			"entries-added": added,
			"recorded-first-entry-id": first,
		};
	}

	test("XINFO STREAM", () => {
		engine.run("XGROUP", "CREATE", "s", "g", "0", "MKSTREAM");
		const ends = { groups: 1, "first-entry": null, "last-entry": null };
		engine.expect("XINFO STREAM s", map({ ...head(0, "0-0", 0, "0-0"), ...ends }));
		engine.add("s", "1-1", "1-2", "2-0", "3-0");
		engine.run("XDEL", "s", "1-1", "3-0");
		engine.expect(
			"XINFO STREAM s",
			map({
				...head(2, "3-0", 4, "1-2", "3-0"),
				groups: 1,
				"first-entry": entry("1-2"),
				"last-entry": entry("2-0"),
			}),
		);
	});

	test("XINFO STREAM FULL", () => {
		const now_ms = engine.time.now_ms();
		engine.add("s", "1-1", "1-2", "2-0");
		engine.run("XGROUP", "CREATE", "s", "h", "$");
		engine.run("XGROUP", "CREATE", "s", "g", "0");
		engine.run("XGROUP", "CREATECONSUMER", "s", "g", "b");
		engine.run(..."XREADGROUP GROUP g a COUNT 2 STREAMS s >".split(" "));
		const rows = [
			["1-1", "a", now_ms, 1],
			["1-2", "a", now_ms, 1],
		];
		const consumers = (count: number): Said => [
			map({
				name: "a",
				"seen-time": now_ms,
				"active-time": now_ms,
				"pel-count": 2,
				pending: rows.slice(0, count).map(([id, , time, deliveries]) => [id!, time!, deliveries!]),
			}),
			map({ name: "b", "seen-time": now_ms, "active-time": -1, "pel-count": 0, pending: [] }),
		];
		const full = (count: number) =>
			map({
				...head(3, "2-0", 3, "1-1"),
				entries: ["1-1", "1-2", "2-0"].slice(0, count).map((id) => entry(id)),
				groups: [
					map({
						name: "g",
						"last-delivered-id": "1-2",
						"entries-read": 2,
						lag: 1,
						"pel-count": 2,
						pending: rows.slice(0, count),
						consumers: consumers(count),
					}),
					map({
						name: "h",
						"last-delivered-id": "2-0",
						"entries-read": null,
						lag: 0,
						"pel-count": 0,
						pending: [],
						consumers: [],
					}),
				],
			});
		engine.expect("XINFO STREAM s FULL", full(10));
		engine.expect("XINFO STREAM s full COUNT 1", full(1));
		engine.expect("XINFO STREAM s FULL count 0", full(10));
		engine.expect("XINFO STREAM s FULL COUNT -1", full(10));
	});

	test("FULL shows ten of each kind", () => {
		for (let ms = 1; ms <= 15; ms++) engine.run("XADD", "s", `${ms}-0`, "f", "v");
		engine.run("XGROUP", "CREATE", "s", "g", "0");
		engine.run(..."XREADGROUP GROUP g a STREAMS s >".split(" "));
		const count = (reply: string) => reply.split("-0\r\n").length;
		const [ten, all] = [
			engine.run("XINFO", "STREAM", "s", "FULL"),
			engine.run(..."XINFO STREAM s FULL COUNT 0".split(" ")),
		];
		expect(count(all) - count(ten)).toBe(3 * 5);
	});

	test("XINFO CONSUMERS tells of the last attempt and the last success", () => {
		engine.add("s", "1-1");
		engine.run("XGROUP", "CREATE", "s", "g", "0");
		engine.run("XGROUP", "CREATECONSUMER", "s", "g", "b");
		const read = (id: string, ...options: string[]) =>
			engine.run("XREADGROUP", "GROUP", "g", "a", ...options, "STREAMS", "s", id);
		read(">");
		engine.advance(5);
		read(">");
		engine.advance(7);
		const consumers = (pending: number, idle: number, inactive: number) => {
			engine.expect("XINFO CONSUMERS s g", [
				map({ name: "a", pending, idle, inactive }),
				map({ name: "b", pending: 0, idle: 12, inactive: -1 }),
			]);
		};
		consumers(1, 7, 12);
		// One's own history is no success, and neither is what needs no acknowledgement.
		read("0");
		consumers(1, 0, 12);
		engine.add("s", "1-2");
		read(">", "NOACK");
		consumers(1, 0, 12);
		engine.run("XCLAIM", "s", "g", "a", "0", "9-9");
		consumers(1, 0, 12);
		engine.run("XCLAIM", "s", "g", "a", "0", "1-1");
		consumers(1, 0, 0);
	});

	test("refuses what makes no sense", () => {
		engine.add("s", "1-1");
		for (const words of ["x", "FULL x", "FULL COUNT", "x COUNT 1", "FULL x 1", "FULL COUNT 1 x"]) {
			engine.expectError(
				`XINFO STREAM s ${words}`,
				"ERR unknown subcommand or wrong number of arguments for 'STREAM'. Try XINFO HELP.",
			);
		}
		expect(engine.run(..."XINFO STREAM s FULL COUNT x".split(" "))).toBe(NOT_AN_INTEGER);
		engine.expectError("XINFO CONSUMERS s g", "NOGROUP No such consumer group 'g' for key name 's'");
		engine.run("SET", "string", "x");
		for (const words of [["STREAM"], ["GROUPS"], ["CONSUMERS", "g"]]) {
			const [command, ...rest] = words;
			engine.expectError(["XINFO", command, "missing", ...rest].join(" "), "ERR no such key");
			expect(engine.run("XINFO", command!, "string", ...rest)).toBe(WRONG_TYPE);
		}
		engine.expect("XINFO GROUPS s", []);
	});
});
