import { describe, expect, test } from "bun:test";
import { calendarTime } from "../../src/introspection/calendar.ts";
import { Log, type LogLevel, type LogSettings } from "../../src/introspection/log.ts";
import { MemoryFiles } from "../config/memory-files.ts";
import { FakeHost } from "../support/fake-host.ts";
import { hasRedisServer, missingRedisServer } from "../support/redis-server.ts";
import { VirtualTime } from "../support/virtual-time.ts";

function newLog(settings: Partial<LogSettings> = {}) {
	const adapters = { clock: new VirtualTime(1_700_000_000_123), host: new FakeHost(), files: new MemoryFiles() };
	const log = new Log(adapters, { level: "notice", file: "", syslogIdent: null, ...settings });
	return { log, ...adapters };
}

/** One line of each level. */
function writeAll(log: Log): void {
	log.debug("a");
	log.verbose("b");
	log.notice("c");
	log.warning("d");
}

const LINE = /^\d+:[MSCX] \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d\.\d{3} [.\-*#] /;

describe("log", () => {
	test("a line has process, role, time and level", () => {
		const { log, host } = newLog({ level: "debug" });
		writeAll(log);
		log.role = "S";
		log.notice("e");
		expect(host.printed).toEqual([
			"4711:M 14 Nov 2023 22:13:20.123 . a",
			"4711:M 14 Nov 2023 22:13:20.123 - b",
			"4711:M 14 Nov 2023 22:13:20.123 * c",
			"4711:M 14 Nov 2023 22:13:20.123 # d",
			"4711:S 14 Nov 2023 22:13:20.123 * e",
		]);
		for (const line of host.printed) expect(line).toMatch(LINE);
	});

	test("levels below the one that was set are left out", () => {
		const marks = (level: LogLevel) => {
			const { log, host } = newLog({ level: "debug" });
			log.setLevel(level);
			writeAll(log);
			return host.printed.map((line) => line.at(-3)).join("");
		};
		expect(marks("debug")).toBe(".-*#");
		expect(marks("verbose")).toBe("-*#");
		expect(marks("notice")).toBe("*#");
		expect(marks("warning")).toBe("#");
		expect(marks("nothing")).toBe("");
	});

	test("to a file, and to the system log without time and level", () => {
		const { log, host, files } = newLog({ file: "/work/log", syslogIdent: "redis" });
		writeAll(log);
		expect(host.printed).toEqual([]);
		expect(files.texts.get("/work/log")).toBe(
			"4711:M 14 Nov 2023 22:13:20.123 * c\n4711:M 14 Nov 2023 22:13:20.123 # d\n",
		);
		expect(host.logged).toEqual(["redis: c", "redis: d"]);
	});

	test("a file that cannot be written costs the line and nothing else", () => {
		const { log, files } = newLog({ file: "/work/log" });
		files.appendText = () => {
			throw new Error("ENOSPC");
		};
		expect(() => log.warning("x")).not.toThrow();
	});

	test("local time", () => {
		const { log, host, clock } = newLog();
		clock.zoneOffset_minutes = () => -330;
		log.notice("x");
		expect(host.printed).toEqual(["4711:M 14 Nov 2023 16:43:20.123 * x"]);
	});
});

test.if(hasRedisServer())("redis-server's own lines have the form of ours", async () => {
	const child = Bun.spawn(["redis-server", "--port", "7539", "--save", ""], { stdin: "ignore", stdout: "pipe" });
	let text = "";
	for await (const chunk of child.stdout) {
		text += new TextDecoder().decode(chunk);
		if (/Ready to accept|Failed listening|Could not create/.test(text)) break;
	}
	child.kill("SIGKILL");
	await child.exited;
	const lines = text.split("\n").slice(0, -1);
	expect(lines.length).toBeGreaterThan(2);
	for (const line of lines) expect(line).toMatch(LINE);
});

if (!hasRedisServer()) console.log(`skipped: ${missingRedisServer}`);

describe("calendar", () => {
	test("agrees with the runtime's Date over four centuries", () => {
		for (let day = -200_000; day < 200_000; day += 13) {
			const at_ms = day * 86_400_000 + ((day * 7919) % 86_400_000);
			const date = new Date(at_ms);
			expect(calendarTime(at_ms, 0)).toEqual({
				year: date.getUTCFullYear(),
				month: date.getUTCMonth() + 1,
				day: date.getUTCDate(),
				hour: date.getUTCHours(),
				minute: date.getUTCMinutes(),
				second: date.getUTCSeconds(),
				millisecond: date.getUTCMilliseconds(),
			});
		}
	});

	test("days that some years have", () => {
		const dayOf = (text: string) => {
			const { year, month, day } = calendarTime(Date.parse(text), 0);
			return [year, month, day];
		};
		expect(dayOf("2000-02-29T23:59:59.999Z")).toEqual([2000, 2, 29]);
		expect(dayOf("2100-03-01T00:00:00.000Z")).toEqual([2100, 3, 1]);
		expect(dayOf("2024-12-31T23:59:59.999Z")).toEqual([2024, 12, 31]);
		expect(dayOf("1970-01-01T00:00:00.000Z")).toEqual([1970, 1, 1]);
	});

	test("a zone moves the day", () => {
		expect(calendarTime(0, -60)).toMatchObject({ year: 1969, month: 12, day: 31, hour: 23 });
		expect(calendarTime(0, 330)).toMatchObject({ year: 1970, month: 1, day: 1, hour: 5, minute: 30 });
	});
});
