import { describe, expect, test } from "bun:test";
import { GenericEngine, LONG, NULL, wrongArity } from "./harness.ts";

const hex = (reply: string) => Buffer.from(reply.slice(reply.indexOf("\r\n") + 2, -2), "latin1").toString("hex");

describe("DUMP", () => {
	test("gives the payloads of redis-server 7.0.15", () => {
		const engine = new GenericEngine();
		for (const [value, payload] of [
			["", "00000a005d9b5c400f7fa2da"],
			["10", "00c00a0a006e9f57450eae63bb"],
			["hello", "000568656c6c6f0a006372df766534200a"],
			["x".repeat(21), "00c30615017878e00a000a00941a83676017192f"],
			["x".repeat(20), "001478787878787878787878787878787878787878780a005b3c81eca58cc56b"],
			["\x00\xff", "000200ff0a00f5f2c82b65ec357d"],
		] as const) {
			engine.run("SET", "k", value);
			expect([value, hex(engine.run("DUMP", "k"))]).toEqual([value, payload]);
		}
	});

	test("says nothing of a key that is not there", () => {
		expect(new GenericEngine().run("DUMP", "k")).toBe(NULL);
	});

	test("takes one key", () => {
		const engine = new GenericEngine();
		expect(engine.run("DUMP")).toBe(wrongArity("dump"));
		expect(engine.run("DUMP", "k", "l")).toBe(wrongArity("dump"));
	});

	test("changes nothing, and counts as a read", () => {
		const engine = new GenericEngine();
		engine.run("SET", "k", LONG, "PX", 5000);
		const before = engine.keyspace.hits;
		const payload = engine.run("DUMP", "k");
		expect(engine.run("DUMP", "k")).toBe(payload);
		expect(engine.keyspace.hits).toBe(before + 2);
		expect(engine.run("GET", "k")).toContain(LONG);
		expect(engine.run("PTTL", "k")).toBe(":5000\r\n");
	});
});
