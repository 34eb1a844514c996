import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import * as fc from "fast-check";
import { Config } from "../../src/config/config.ts";
import { RedisLite } from "../../src/index.ts";
import { Log } from "../../src/introspection/log.ts";
import { type LogEntry, logLine } from "../../src/introspection/log-format.ts";
import { MemoryFiles } from "../config/memory-files.ts";
import { FakeHost } from "../support/fake-host.ts";
import { TemporaryDirectory } from "../support/program.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";
import { VirtualTime } from "../support/virtual-time.ts";

const entry: LogEntry = {
	pid: 4711,
	role: "M",
	at_ms: 1_700_000_000_123,
	zone_minutes: 0,
	level: 2,
	message: "Server initialized",
};

describe("a line", () => {
	test.each([
		["legacy", "legacy", "4711:M 14 Nov 2023 22:13:20.123 * Server initialized"],
		["legacy", "iso8601", "4711:M 2023-11-14T22:13:20.123+00:00 * Server initialized"],
		["legacy", "milliseconds", "4711:M 1700000000123 * Server initialized"],
		[
			"logfmt",
			"legacy",
			'pid=4711 role=primary timestamp="14 Nov 2023 22:13:20.123" level=notice message="Server initialized"',
		],
		[
			"logfmt",
			"iso8601",
			'pid=4711 role=primary timestamp="2023-11-14T22:13:20.123+00:00" level=notice message="Server initialized"',
		],
		[
			"json",
			"legacy",
			'{"time":"2023-11-14T22:13:20.123+00:00","level":"notice","pid":4711,"role":"primary","message":"Server initialized"}',
		],
		[
			"json",
			"milliseconds",
			'{"time":1700000000123,"level":"notice","pid":4711,"role":"primary","message":"Server initialized"}',
		],
	] as const)("in %s with times in %s", (format, timestamps, expected) => {
		expect(logLine(entry, format, timestamps)).toBe(expected);
	});

	test("names role and level", () => {
		const roles = ["M", "S", "X", "C"].map((role) => JSON.parse(logLine({ ...entry, role }, "json", "legacy")).role);
		expect(roles).toEqual(["primary", "replica", "sentinel", "RDB/AOF"]);
		const levels = [0, 1, 2, 3].map((level) => JSON.parse(logLine({ ...entry, level }, "json", "legacy")).level);
		expect(levels).toEqual(["debug", "info", "notice", "warning"]);
	});

	test.each([
		[330, "2023-11-15T03:43:20.123+05:30"],
		[-570, "2023-11-14T12:43:20.123-09:30"],
		[-30, "2023-11-14T21:43:20.123-00:30"],
	])("has the offset of local time, %p minutes", (zone_minutes, time) => {
		expect(JSON.parse(logLine({ ...entry, zone_minutes }, "json", "iso8601")).time).toBe(time);
		expect(new Date(time).getTime()).toBe(entry.at_ms);
	});

	test("is one line in json and logfmt, whatever the message, and json gives it back", () => {
		fc.assert(
			fc.property(fc.string({ unit: "binary" }), (message) => {
				const json = logLine({ ...entry, message }, "json", "legacy");
				const logfmt = logLine({ ...entry, message }, "logfmt", "iso8601");
				expect(`${json}${logfmt}`).not.toMatch(/[\r\n]/);
				expect(JSON.parse(json).message).toBe(message);
				expect(logfmt.split('"')).toHaveLength(5);
			}),
		);
		const message = 'an "Error"\nat line 1\r\n';
		expect(logLine({ ...entry, message }, "logfmt", "legacy")).toEndWith(`message="an 'Error' at line 1  "`);
		expect(JSON.parse(logLine({ ...entry, message }, "json", "legacy")).message).toBe(message);
	});
});

test("CONFIG SET changes format and times while the server runs", () => {
	const machine = new VirtualMachine();
	const server = machine.start("log-format json");
	for (const line of machine.host.printed) expect(JSON.parse(line)).toMatchObject({ role: "primary", pid: 4711 });
	expect(machine.host.printed.length).toBeGreaterThan(3);
	const client = machine.network.connect(6379);
	const lastAfter = (...words: string[]) => {
		expect(client.run("CONFIG", "SET", ...words)).toBe("+OK\r\n");
		server.log.warning("x");
		return machine.host.printed.at(-1)!;
	};
	expect(lastAfter("log-format", "logfmt", "log-timestamp-format", "iso8601")).toMatch(
		/^pid=\d+ role=primary timestamp="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d" level=warning message="x"$/,
	);
	expect(lastAfter("log-timestamp-format", "milliseconds")).toMatch(/ timestamp="\d+" /);
	expect(lastAfter("log-format", "legacy", "log-timestamp-format", "legacy")).toMatch(
		/^\d+:M \d\d \w{3} \d{4} \d\d:\d\d:\d\d\.\d{3} # x$/,
	);
	expect(client.run("CONFIG", "SET", "log-format", "xml")).toContain("must be one of the following");
});

test("the system log has the message alone in every format", () => {
	const adapters = { clock: new VirtualTime(), host: new FakeHost(), files: new MemoryFiles() };
	const config = new Config(adapters.files);
	config.load([{ name: "the test", text: "log-format json" }]);
	const log = new Log(adapters, { level: "notice", file: "", syslogIdent: "redis" });
	log.follow(config);
	log.notice("c");
	expect(adapters.host.logged).toEqual(["redis: c"]);
	expect(JSON.parse(adapters.host.printed[0]!).message).toBe("c");
});

test.each(["legacy", "logfmt", "json"])("the library says in %s why a server has not started", async (format) => {
	using directory = new TemporaryDirectory();
	writeFileSync(directory.join("dump.rdb"), "no snapshot at all");
	const started = RedisLite.start({ dir: directory.path, "log-format": format });
	await expect(started).rejects.toThrow(/^the server has not started: (?!see the log)[^{]*signature/);
});
