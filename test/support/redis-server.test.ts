import { describe, expect, test } from "bun:test";
import { hasRedisServer, missingRedisServer, RedisServer } from "./redis-server.ts";
import { WireConnection } from "./wire.ts";

if (!hasRedisServer()) console.warn(`reference server tests skipped: ${missingRedisServer}`);

describe.skipIf(!hasRedisServer())("RedisServer", () => {
	test("starts on a free port of its range, with its arguments, and is gone after stop", async () => {
		const first = await RedisServer.start(["--databases", "3"]);
		const second = await RedisServer.start();
		expect(second.port).not.toBe(first.port);
		const connection = await WireConnection.connect(first);
		const reply = await connection.command("CONFIG", "GET", "databases");
		expect(reply.tree().items.map((item) => item.text)).toEqual(["databases", "3"]);
		await first.stop();
		expect(await connection.receiveClose()).toBe(true);
		await second.stop();
		await expect(WireConnection.connect(first)).rejects.toThrow();
	});

	test("says why it does not start", async () => {
		await expect(RedisServer.start(["--no-such-directive", "1"])).rejects.toThrow("no-such-directive");
	});

	test("every kind of RESP3 reply it can make is read as that kind", async () => {
		await using server = await RedisServer.start();
		const connection = await WireConnection.connect(server);
		await connection.command("HELLO", "3");
		const kinds = {
			string: "bulk",
			integer: "integer",
			double: "double",
			null: "null",
			array: "array",
			set: "set",
			map: "map",
			verbatim: "verbatim",
			true: "boolean",
			false: "boolean",
			bignum: "bigNumber",
			attrib: "attribute",
		};
		for (const [type, kind] of Object.entries(kinds)) {
			expect((await connection.command("DEBUG", "PROTOCOL", type)).tree().kind).toBe(kind as "bulk");
		}
		connection.send(new TextEncoder().encode("DEBUG PROTOCOL push\r\n"));
		expect((await connection.receivePush())?.tree().kind).toBe("push");
		expect((await connection.receive(1))[0]?.tree().kind).toBe("bulk");
		connection.close();
	});
});
