/** DUMP beside a genuine redis-server: the same bytes, and the same value where it RESTOREs ours. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { hasRedisServer, missingRedisServer, RedisServer } from "../../support/redis-server.ts";
import { WireConnection } from "../../support/wire.ts";
import { bulk, runAll, valueEngine } from "./engine.ts";
import { sampleValues } from "./values.ts";

const ports = { first: 21020, last: 21039 };

const hex = (text: string) => Buffer.from(text, "latin1").toString("hex");

describe.if(hasRedisServer())("what DUMP gives out", () => {
	let server: RedisServer;
	let connection: WireConnection;
	const ask = async (...words: (string | number)[]) => (await connection.command(...words.map(String))).text();

	beforeAll(async () => {
		server = await RedisServer.start([], ports);
		connection = await WireConnection.connect(server);
	});
	afterAll(async () => {
		connection.close();
		await server.stop();
	});

	for (const compresses of [true, false]) {
		describe(compresses ? "compressed" : "as it is", () => {
			beforeAll(async () => {
				await ask("CONFIG", "SET", "rdbcompression", compresses ? "yes" : "no");
			});

			for (const value of sampleValues) {
				test(value.name, async () => {
					const engine = valueEngine(compresses);
					runAll(engine, value.commands);
					await ask("FLUSHALL");
					for (const command of value.commands) await ask(...command);
					const payload = bulk(engine.run("DUMP", "k"));
					if (value.isLoose !== true) expect(hex(payload)).toBe(hex(bulk(await ask("DUMP", "k"))));
					expect(await ask("RESTORE", "restored", 0, payload)).toBe("+OK\r\n");
					const [, restored, original] = (await ask("DEBUG", "DIGEST-VALUE", "restored", "k")).split("\r\n");
					expect(restored).toBe(original!);
					const described = /serializedlength:(\d+)/;
					const length = described.exec(await ask("DEBUG", "OBJECT", "restored"))![1]!;
					if (value.isLoose !== true) expect(payload.length - 11).toBe(Number(length));
				});
			}
		});
	}

	test("groups with consumers and what is pending for them", async () => {
		const engine = valueEngine();
		for (let i = 1; i <= 700; i++) engine.run("XADD", "k", `${i}-${i}`, "f", i);
		engine.run("XGROUP", "CREATE", "k", "g", 0);
		engine.run("XGROUP", "CREATE", "k", "h", "5-5");
		engine.run("XGROUP", "CREATECONSUMER", "k", "h", "idle");
		for (const [consumer, count] of [
			["beta", 300],
			["alpha", 5],
			["beta", 200],
		] as const) {
			engine.time.advance(1000);
			engine.run("XREADGROUP", "GROUP", "g", consumer, "COUNT", count, "STREAMS", "k", ">");
		}
		engine.run("XACK", "k", "g", "3-3", "301-301", "500-500");
		engine.run("XCLAIM", "k", "g", "gamma", 0, "7-7", "8-8");
		engine.run("XDEL", "k", "9-9");
		expect(await ask("RESTORE", "groups", 0, bulk(engine.run("DUMP", "k")), "REPLACE")).toBe("+OK\r\n");
		expect(await ask("XINFO", "GROUPS", "groups")).toBe(engine.run("XINFO", "GROUPS", "k"));
		expect(await ask("XRANGE", "groups", "-", "+")).toBe(engine.run("XRANGE", "k", "-", "+"));
		for (const group of ["g", "h"]) {
			expect(await ask("XPENDING", "groups", group)).toBe(engine.run("XPENDING", "k", group));
		}
		for (const consumer of ["alpha", "beta", "gamma"]) {
			const [ours, theirs] = [
				engine.run("XPENDING", "k", "g", "-", "+", 1000, consumer),
				await ask("XPENDING", "groups", "g", "-", "+", 1000, consumer),
			];
			expect(withoutIdle(theirs)).toBe(withoutIdle(ours));
			expect(ours.length).toBeGreaterThan(50);
		}
	});

	test("a delivery time comes back as it was", async () => {
		const engine = valueEngine();
		engine.run("XADD", "k", "1-1", "a", "b");
		engine.run("XGROUP", "CREATE", "k", "g", 0);
		engine.run("XREADGROUP", "GROUP", "g", "c", "STREAMS", "k", ">");
		engine.run("XCLAIM", "k", "g", "c", 0, "1-1", "TIME", 1_234_567_890_123, "RETRYCOUNT", 77);
		expect(await ask("RESTORE", "timed", 0, bulk(engine.run("DUMP", "k")), "REPLACE")).toBe("+OK\r\n");
		expect(await ask("XINFO", "STREAM", "timed", "FULL")).toContain(":1234567890123\r\n:77\r\n");
	});
});

/** The third of the four words of each pending entry. */
function withoutIdle(reply: string): string {
	return reply.replace(/\r\n:\d+\r\n:/g, "\r\n:");
}

if (!hasRedisServer()) console.log(`skipped: ${missingRedisServer}`);
