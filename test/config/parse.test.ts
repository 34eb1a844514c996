import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { Config } from "../../src/config/config.ts";
import { MemoryFiles } from "./memory-files.ts";
import { loaded, startError, textOf } from "./support.ts";

/** The report of a wrong third line. */
function report(line: string, reason: string): string {
	return [
		"*** FATAL CONFIG FILE ERROR (Redis 7.2.4) ***",
		"Reading the configuration file, at line 3",
		`>>> '${line}'`,
		reason,
		"Found in /work/redis.conf, line 3",
	].join("\n");
}

describe("a configuration file", () => {
	test("may have comments, blank lines, blanks around, quotes, CRLF and capitals", () => {
		const { values } = loaded(
			'# first\r\n\r\n\t Timeout  7 \r\n  # inside\n"maxclients" \'9\'\nlogfile "a \\"b\\""\nrequirepass x#y',
		);
		expect(values.timeout).toBe(7);
		expect(values.maxclients).toBe(9);
		expect(values.logfile).toBe('a "b"');
		expect(values.requirepass).toBe("x#y");
	});

	test("has the later of two lines, but adds up what accumulates", () => {
		const { values } = loaded(
			[
				"timeout 5",
				"timeout 6",
				"bind 127.0.0.1",
				"bind ::1",
				"client-output-buffer-limit pubsub 1 2 3",
				"client-output-buffer-limit normal 4 5 6",
				'save ""',
				"save 3600 1",
				"save 300 100 60 10000",
			].join("\n"),
		);
		expect(values.timeout).toBe(6);
		expect(values.bind).toEqual(["::1"]);
		expect(values["client-output-buffer-limit"].pubsub).toEqual({ hard_bytes: 1, soft_bytes: 2, soft_seconds: 3 });
		expect(values["client-output-buffer-limit"].normal).toEqual({ hard_bytes: 4, soft_bytes: 5, soft_seconds: 6 });
		expect(values.save.map(({ seconds }) => seconds)).toEqual([3600, 300, 60]);
	});

	test("may use old names, and obsolete directives have no effect", () => {
		const config = loaded("slave-priority 7\nlua-replicate-commands yes\nlist-max-ziplist-value 64");
		expect(config.values["replica-priority"]).toBe(7);
		expect(config.statements).toEqual([]);
	});

	test.each([
		["maxclients abc", "argument couldn't be parsed into an integer"],
		["nope 1", "Bad directive or wrong number of arguments"],
		["include", "Bad directive or wrong number of arguments"],
		["include a b", "Bad directive or wrong number of arguments"],
		['timeout "5', "Unbalanced quotes in configuration line"],
		['  timeout "5"x\t', "Unbalanced quotes in configuration line"],
	])("stops at %j", (line, reason) => {
		expect(startError(`port 1\n\n${line}\ntimeout also wrong`)).toBe(report(line.trim(), reason));
	});

	test.each([
		["cluster-enabled yes", "cluster-enabled yes"],
		["loadmodule /a.so", "loadmodule"],
		["rename-command GET TAKE", "rename-command"],
	])("stops at %j, which needs what is not built", (line, what) => {
		expect(startError(`port 1\n\n${line}`)).toBe(
			report(line, `${what} is not supported by this version of redis-lite`),
		);
	});

	test("accepts the harmless values of the same directives", () => {
		const config = loaded('appendonly yes\nreplicaof no one\ntls-port 0\ncluster-enabled no\naclfile ""\nsave ""');
		expect(config.values.save).toEqual([]);
	});

	const debian = "/etc/redis/redis.conf";
	test.skipIf(!existsSync(debian))("Debian's loads as it is", () => {
		const config = loaded(readFileSync(debian, "utf8"), new MemoryFiles({}, ["/var/lib/redis"]));
		expect(config.values.dir).toBe("/var/lib/redis");
		expect(config.values.daemonize).toBe(true);
		expect(config.values["client-output-buffer-limit"].replica.hard_bytes).toBe(256 * 1024 ** 2);
	});
});

describe("include", () => {
	const files = () =>
		new MemoryFiles(
			{
				"/work/one.conf": "timeout 1\nhz 11",
				"/work/two.conf": "hz 12\nmaxclients x",
				"/etc/parts/a.conf": "timeout 21",
				"/etc/parts/b.conf": "timeout 22\ntcp-keepalive 1",
				"/etc/local.conf": "timeout 31",
				"/work/loop.conf": "\n include loop.conf",
			},
			["/etc"],
		);

	test("stands for the lines of the file", () => {
		const { values } = loaded("hz 5\ninclude one.conf\ntimeout 9", files());
		expect([values.hz, values.timeout]).toEqual([11, 9]);
	});

	test("takes a pattern, in sorted order, even if it matches nothing", () => {
		const { values } = loaded('include "/etc/parts/*.conf"\ninclude /etc/none/*.conf', files());
		expect([values.timeout, values["tcp-keepalive"]]).toEqual([22, 1]);
	});

	test("starts from the working directory of its moment", () => {
		expect(loaded("dir /etc\ninclude local.conf", files()).values.timeout).toBe(31);
	});

	test("names the included file and its line", () => {
		expect(startError("hz 5\n\ninclude two.conf", files()).split("\n").slice(1)).toEqual([
			"Reading the configuration file, at line 2",
			">>> 'maxclients x'",
			"argument couldn't be parsed into an integer",
			"Found in two.conf, line 2",
		]);
	});

	test("of a missing file stops the start", () => {
		expect(startError("include nope.conf", files())).toBe(
			"Fatal error, can't open config file 'nope.conf': No such file or directory",
		);
	});

	test("of itself stops the start", () => {
		expect(startError("include loop.conf", files())).toContain("include is nested too deeply");
	});
});

test("several sources count lines as if they were one, and name themselves", () => {
	const config = new Config(new MemoryFiles());
	const sources = [
		{ name: "/work/redis.conf", text: "timeout 5\nhz 20\n" },
		{ name: "the command line", text: 'timeout "6"\nhz "x"' },
	];
	expect(() => config.load(sources)).toThrow(/at line 5\n>>> 'hz "x"'\n.*\nFound in the command line, line 2$/);
	expect(textOf(config, "timeout")).toBe("6");
});
