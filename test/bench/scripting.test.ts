import { afterAll, beforeAll, expect, test } from "bun:test";
import Redis from "ioredis";
import { parseOptions } from "../../bench/versus/options.ts";
import { scriptingRows } from "../../bench/versus/scripting/rows.ts";
import { RedisLite } from "../../src/index.ts";

let server: RedisLite;
let client: Redis;

beforeAll(async () => {
	server = await RedisLite.start();
	client = new Redis(server.port);
});

afterAll(async () => {
	client.disconnect();
	await server.stop();
});

for (const { name, prepare, setup, load } of scriptingRows) {
	test(`${name}: the reply is as long as the load expects`, async () => {
		await client.flushall();
		await client.call("FUNCTION", "FLUSH");
		const zeros = (word: string) => word.replace(/__(?:rand_int|index)__/, "000000000000");
		for (const [command = "", ...words] of [...prepare, ...setup.map((series) => series.command)]) {
			await client.call(command, ...words.map(zeros));
		}
		if (!("request" in load)) throw new Error("a row of scripts has a load of its own");
		const { args, replyBytes } = load.request[0]![0]!;
		const [command = "", ...words] = args.map(zeros);
		const reply = await client.call(command, ...words);
		const length = typeof reply === "number" ? `:${reply}\r\n`.length : `$3\r\n${reply}\r\n`.length;
		expect(length).toBe(replyBytes);
	});
}

test("scripting is measured when it is named", () => {
	const options = parseOptions(["--only", "scripting"]);
	expect(options === "help" ? [] : [...options.sections]).toEqual(["scripting"]);
});
