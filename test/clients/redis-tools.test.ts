import { describe, expect, test } from "bun:test";
import { RedisLite } from "../../src/index.ts";
import { commandText } from "../support/wire.ts";

interface Ran {
	readonly exitCode: number;
	readonly stdout: string;
	readonly stderr: string;
}

/** Runs a program of Redis against the server; the server is in this process, so nothing here may block. */
async function run(program: string, server: RedisLite, args: readonly string[], input = ""): Promise<Ran> {
	const child = Bun.spawn([program, "-p", String(server.port), ...args], {
		stdin: new Blob([input]),
		stdout: "pipe",
		stderr: "pipe",
	});
	const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
	return { exitCode: await child.exited, stdout, stderr };
}

function isMissing(program: string): boolean {
	if (Bun.which(program) !== null) return false;
	console.warn(`tests are skipped: ${program} is not installed (apt-get install redis-tools)`);
	return true;
}

describe.skipIf(isMissing("redis-cli"))("redis-cli", () => {
	test.each([
		["-2", "maxclients\n10000\n"],
		["-3", "maxclients 10000\n"],
	])("sets and gets with %s", async (protocol, setting) => {
		await using server = await RedisLite.start();
		expect(await run("redis-cli", server, [protocol, "SET", "key", "value"])).toMatchObject({
			exitCode: 0,
			stdout: "OK\n",
		});
		expect((await run("redis-cli", server, [protocol, "GET", "key"])).stdout).toBe("value\n");
		const config = await run("redis-cli", server, [protocol, "CONFIG", "GET", "maxclients"]);
		expect(config.stdout).toBe(setting);
		const failed = await run("redis-cli", server, [protocol, "-e", "INCR", "key"]);
		expect(failed.exitCode).toBe(1);
		expect(failed.stdout + failed.stderr).toContain("ERR value is not an integer or out of range");
	});

	test("reads commands from standard input", async () => {
		await using server = await RedisLite.start();
		const { stdout } = await run("redis-cli", server, [], 'SET key "two words"\nGET key\nINCR n\nINCR n\n');
		expect(stdout.trimEnd().split("\n")).toEqual(["OK", "two words", "1", "2"]);
	});

	test("-n chooses a database, -a a password", async () => {
		await using server = await RedisLite.start({ requirepass: "a secret" });
		const login = ["-a", "a secret", "--no-auth-warning"];
		expect((await run("redis-cli", server, [...login, "-n", "5", "SET", "key", "in 5"])).stdout).toBe("OK\n");
		expect((await run("redis-cli", server, [...login, "GET", "key"])).stdout).toBe("\n");
		expect((await run("redis-cli", server, [...login, "-n", "5", "GET", "key"])).stdout).toBe("in 5\n");
		expect((await run("redis-cli", server, ["GET", "key"])).stdout).toBe("NOAUTH Authentication required.\n\n");
	});

	test("--pipe loads 50,000 commands without an error", async () => {
		await using server = await RedisLite.start();
		const commands = Array.from({ length: 50_000 }, (_, i) => commandText(["SET", `key:${i}`, `value:${i}`]));
		const ran = await run("redis-cli", server, ["--pipe"], commands.join(""));
		expect(ran.stdout).toEndWith("errors: 0, replies: 50000\n");
		expect(ran.exitCode).toBe(0);
		expect((await run("redis-cli", server, ["DBSIZE"])).stdout).toBe("50000\n");
	});

	test("--scan lists every key once, or those that match", async () => {
		await using server = await RedisLite.start();
		const keys = Array.from({ length: 3_000 }, (_, i) => `key:${i}`);
		await run("redis-cli", server, [], keys.map((key) => `SET ${key} 1\n`).join(""));
		const all = (await run("redis-cli", server, ["--scan"])).stdout.trimEnd().split("\n");
		expect(all.toSorted()).toEqual(keys.toSorted());
		const some = (await run("redis-cli", server, ["--scan", "--pattern", "key:29?"])).stdout.trimEnd().split("\n");
		expect(some.toSorted()).toEqual(keys.filter((key) => /^key:29.$/.test(key)).toSorted());
	});
});

describe.skipIf(isMissing("redis-benchmark"))("redis-benchmark", () => {
	test.each([
		["RESP2", []],
		["RESP3", ["-3"]],
	] as const)("runs through in %s without a word of complaint", async (_, options) => {
		await using server = await RedisLite.start();
		const tests = "ping,set,get,incr,mset";
		const args = ["-t", tests, "-n", "20000", "-P", "16", "-r", "1000", "-q", ...options];
		const { exitCode, stdout, stderr } = await run("redis-benchmark", server, args);
		expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
		const lines = stdout.split(/[\r\n]/).filter((line) => line.includes("requests per second"));
		expect(lines.map((line) => line.slice(0, line.indexOf(":")))).toEqual([
			"PING_INLINE",
			"PING_MBULK",
			"SET",
			"GET",
			"INCR",
			"MSET (10 keys)",
		]);
		expect(stdout).not.toMatch(/error|warning/i);
	});
});
