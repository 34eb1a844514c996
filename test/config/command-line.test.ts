import { describe, expect, test } from "bun:test";
import { parseCommandLine, type RunRequest } from "../../src/config/command-line.ts";
import { Config } from "../../src/config/config.ts";
import { sourcesOf } from "../../src/config/parse.ts";
import { MemoryFiles } from "./memory-files.ts";

function run(...argv: string[]): RunRequest {
	const request = parseCommandLine(argv);
	if (request.action !== "run") throw new Error(`${argv.join(" ")} asks to ${request.action}`);
	return request;
}

describe("options become lines", () => {
	test.each([
		[[], ""],
		[["--port", "7000"], 'port "7000"'],
		[["--port", "7000", "--bind", "127.0.0.1", "::1"], 'port "7000"\nbind "127.0.0.1" "::1"'],
		[["--save", ""], 'save ""'],
		[["--save"], 'save ""'],
		[["--SAVE", "--timeout", "5"], 'SAVE ""\ntimeout "5"'],
		[["--save", "900", "1", "--save", "60", "2"], 'save "900" "1"\nsave "60" "2"'],
		[["--timeout 5", "--hz", "20"], 'timeout 5\nhz "20"'],
		[["--timeout=5"], "timeout=5"],
		[["--timeout"], "timeout"],
		[["--requirepass", "--dashes", "--hz", "5"], 'requirepass "--dashes"\nhz "5"'],
		[["--timeout", "--hz", "5"], 'timeout "--hz" "5"'],
		[["--logfile", 'a "b'], 'logfile "a \\"b"'],
		[["redis.conf", "timeout", "9"], '"timeout" "9"'],
		[["redis.conf", "-v"], '"-v"'],
		[["--", "--port", "1"], '\n"--port" "1"'],
	])("%j", (argv, options) => {
		// A bare -- is an empty line that takes the word after it for itself.
		expect(run(...argv).options.trim()).toBe(options.trim());
	});
});

describe("file and standard input", () => {
	test.each([
		[["redis.conf"], "redis.conf", false],
		[["redis.conf", "--port", "1"], "redis.conf", false],
		[["redis.conf", "--port", "1", "-"], "redis.conf", true],
		[["--port", "1"], undefined, false],
		[["-"], undefined, true],
		[["-", "--port", "1"], undefined, true],
		[["--port", "1", "-"], undefined, true],
		[[""], undefined, false],
	])("%j", (argv, file, readsStandardInput) => {
		expect(run(...argv)).toMatchObject({ file, readsStandardInput });
	});

	test("options win over standard input, which wins over the file", () => {
		const files = new MemoryFiles({ "/work/redis.conf": "timeout 1\nhz 11\nmaxclients 21" });
		const config = new Config(files);
		config.load(sourcesOf(run("redis.conf", "--timeout", "3", "-"), files, "timeout 2\nhz 12\n"));
		expect([config.values.timeout, config.values.hz, config.values.maxclients]).toEqual([3, 12, 21]);
	});

	test("a missing file is told by its absolute path", () => {
		expect(() => sourcesOf(run("nope.conf"), new MemoryFiles(), "")).toThrow(
			"Fatal error, can't open config file '/work/nope.conf': No such file or directory",
		);
	});
});

describe("other requests", () => {
	test.each([
		["-v", "version"],
		["--version", "version"],
		["-h", "help"],
		["--help", "help"],
		["--test-memory", "refuse"],
		["--check-system", "refuse"],
		["--sentinel", "refuse"],
	])("%s", (word, action) => {
		expect(parseCommandLine([word, "1"]).action).toBe(action as "help");
	});

	test("only count as the first word", () => {
		expect(run("--port", "1", "-v").options).toBe('port "1" "-v"');
	});
});

describe("the tools", () => {
	test.each([
		[["check-rdb", "dump.rdb"], "redis-lite", "check-rdb", ["dump.rdb"]],
		[["check-aof", "--fix", "a.manifest"], "./redis-lite", "check-aof", ["--fix", "a.manifest"]],
		[["dump.rdb"], "redis-check-rdb", "check-rdb", ["dump.rdb"]],
		[["check-rdb"], "/usr/bin/redis-check-aof", "check-aof", ["check-rdb"]],
	] as const)("%j as %s", (argv, program, tool, words) => {
		expect(parseCommandLine(argv, program)).toEqual({ action: "check", tool, words: [...words] });
	});

	test("another program's name means nothing", () => {
		expect(parseCommandLine([], "my-redis-check-rdb").action).toBe("run");
	});
});
