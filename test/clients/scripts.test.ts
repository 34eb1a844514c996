/**
 * Short programs in Python and Ruby over Debian's client libraries. They print what they got, step by step; the same
 * program with a genuine redis-server has to print the same.
 */
import { describe, expect, test } from "bun:test";
import { RedisLite } from "../../src/index.ts";
import { hasRedisServer, RedisServer } from "../support/redis-server.ts";

/** Debian's own Python: another one, earlier on the path, does not see Debian's libraries. */
const programs = [
	{ library: "python3-redis", command: ["/usr/bin/python3"], probe: ["-c", "import redis"], script: "session.py" },
	{ library: "ruby-redis", command: ["ruby"], probe: ["-e", 'require "redis"'], script: "session.rb" },
] as const;

type Program = (typeof programs)[number];

function isMissing({ library, command, probe }: Program): boolean {
	const found = Bun.which(command[0]) !== null && Bun.spawnSync([...command, ...probe]).exitCode === 0;
	if (!found) console.warn(`tests are skipped: ${library} is not installed (apt-get install ${library})`);
	return !found;
}

async function run({ command, script }: Program, port: number): Promise<string[]> {
	const path = new URL(`scripts/${script}`, import.meta.url).pathname;
	const child = Bun.spawn([...command, path, String(port)], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
	const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
	expect({ exitCode: await child.exited, stderr }).toEqual({ exitCode: 0, stderr: "" });
	return stdout.trimEnd().split("\n");
}

for (const program of programs) {
	describe.skipIf(isMissing(program) || !hasRedisServer())(program.library, () => {
		test("gets from us what it gets from redis-server, step by step", async () => {
			await using server = await RedisLite.start();
			await using reference = await RedisServer.start([], { first: 8630, last: 8639 });
			const [ours, theirs] = await Promise.all([run(program, server.port), run(program, reference.port)]);
			expect(theirs.length).toBeGreaterThan(30);
			expect(ours).toEqual(theirs);
		}, 20_000);
	});
}
