import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { memoryDiagnosis } from "../../../src/introspection/memory-doctor.ts";
import { memoryUse } from "../../../src/introspection/memory-use.ts";
import { hasRedisServer, missingRedisServer, RedisServer } from "../../support/redis-server.ts";
import { parseReply } from "../../support/reply.ts";
import { ServerFixture } from "../../support/server-fixture.ts";
import { VirtualMachine } from "../../support/virtual-machine.ts";
import { WireConnection } from "../../support/wire.ts";

const ports = { first: 8370, last: 8379 };
const MB = 1 << 20;

describe("MEMORY USAGE", () => {
	const machine = new VirtualMachine();
	machine.start("enable-debug-command yes");
	const client = machine.network.connect(6379);
	const usage = (key: string) => Number(client.run("MEMORY", "USAGE", key).slice(1));

	test("counts key, value and deadline", () => {
		client.run("SET", "k", "v");
		const short = usage("k");
		expect(short).toBeGreaterThan(8);
		expect(short).toBeLessThan(60);
		client.run("EXPIRE", "k", 100);
		expect(usage("k")).toBe(short + 2 + 12);
		client.run("SET", "k", "v".repeat(1000));
		expect(Math.abs(usage("k") - short - 1000)).toBeLessThan(20);
		client.run("SET", "k", "v".repeat(100_000));
		expect(Math.abs(usage("k") - 100_000)).toBeLessThan(1024);
		client.run("SET", `k${"e".repeat(70_000)}`, "v");
		expect(usage(`k${"e".repeat(70_000)}`)).toBeGreaterThan(70_000);
	});

	test("of a collection is about what the whole server uses more with it", () => {
		const used = () => Number(/used_memory:(\d+)/.exec(client.run("INFO", "memory"))![1]);
		for (const [name, ...words] of [
			["HSET", ...Array.from({ length: 10_000 }, (_, i) => `field:${i}`)],
			["SADD", ...Array.from({ length: 10_000 }, (_, i) => `member:${i}`)],
			["ZADD", ...Array.from({ length: 10_000 }, (_, i) => (i % 2 === 0 ? String(i) : `member:${i}`))],
			["RPUSH", ...Array.from({ length: 10_000 }, (_, i) => `element:${i}`)],
		] as const) {
			const before = used();
			client.run(name!, "collection", ...words);
			const taken = used() - before;
			const told = usage("collection");
			expect(Math.abs(told - taken)).toBeLessThan(taken / 20);
			client.run("DEL", "collection");
		}
	});
});

test("MEMORY PURGE closes gaps and has garbage collected", () => {
	const machine = new VirtualMachine();
	const server = machine.start();
	const client = machine.network.connect(6379);
	for (let i = 0; i < 5000; i++) client.run("SET", `k${i}`, "v".repeat(100));
	for (let i = 0; i < 5000; i += 2) client.run("DEL", `k${i}`);
	const { table } = server.keyspace.databases[0]!;
	expect(table.garbageBytes).toBeGreaterThan(100_000);
	expect(client.run("MEMORY", "PURGE")).toBe("+OK\r\n");
	expect(table.garbageBytes).toBeLessThan(10_000);
	expect(machine.host.collections).toBe(1);
	table.verify();
});

describe("MEMORY DOCTOR", () => {
	const base = memoryUse(new ServerFixture());
	const calm = { ...base, used: 100 * MB, peak: 100 * MB, resident: 120 * MB, waste: 0, clients: 1000 };

	test("has nothing to say of little memory, or of memory that is well", () => {
		expect(memoryDiagnosis(base, 1)).toContain("too little");
		expect(memoryDiagnosis(calm, 1)).toContain("Nothing looks wrong");
	});

	test("names what is wrong", () => {
		expect(memoryDiagnosis({ ...calm, peak: 200 * MB }, 1)).toContain("Peak: 200.00M");
		expect(memoryDiagnosis({ ...calm, resident: 200 * MB }, 1)).toContain("Resident memory");
		expect(memoryDiagnosis({ ...calm, waste: 30 * MB }, 1)).toContain("Holes: 30.00M");
		expect(memoryDiagnosis({ ...calm, clients: 50 * MB }, 2)).toContain("Clients: on average each uses 25.00M");
		expect(memoryDiagnosis({ ...calm, peak: 200 * MB, waste: 30 * MB }, 1)).toContain("2 things");
	});
});

describe.skipIf(!hasRedisServer())("beside redis-server", () => {
	let server: RedisServer;
	let theirs: WireConnection;
	const machine = new VirtualMachine();
	machine.start();
	const ours = machine.network.connect(6379);
	const setting = [
		["SET", "string", "value"],
		["RPUSH", "list", "a", "b"],
		["SELECT", "3"],
		["SET", "other", "value", "EX", "100"],
	];

	beforeAll(async () => {
		server = await RedisServer.start([], ports);
		theirs = await WireConnection.connect(server);
		for (const words of setting) {
			await theirs.command(...words);
			ours.run(...words);
		}
	});
	afterAll(async () => {
		theirs.close();
		await server.stop();
	});

	for (const words of [
		["MEMORY"],
		["MEMORY", "nothing"],
		["MEMORY", "USAGE"],
		["MEMORY", "USAGE", "missing"],
		["MEMORY", "USAGE", "other", "SAMPLES"],
		["MEMORY", "USAGE", "other", "SAMPLES", "-1"],
		["MEMORY", "USAGE", "other", "SAMPLES", "x"],
		["MEMORY", "USAGE", "missing", "SAMPLES", "x"],
		["MEMORY", "USAGE", "other", "SAMPLES", "9223372036854775808"],
		["MEMORY", "USAGE", "other", "COUNT", "5"],
		["MEMORY", "USAGE", "other", "SAMPLES", "5", "6"],
		["MEMORY", "STATS", "x"],
		["MEMORY", "DOCTOR", "x"],
		["MEMORY", "PURGE", "x"],
		["MEMORY", "MALLOC-STATS", "x"],
		["MEMORY", "PURGE"],
	]) {
		test(words.join(" "), async () => {
			const reply = (await theirs.command(...words)).tree();
			expect(parseReply(Buffer.from(ours.run(...words), "latin1"))).toEqual(reply);
		});
	}

	test("USAGE replies an integer, with SAMPLES 0 and more, and in twos", async () => {
		for (const words of [[], ["SAMPLES", "0"], ["SAMPLES", "5"], ["SAMPLES", "1", "samples", "2"]]) {
			expect((await theirs.command("MEMORY", "USAGE", "other", ...words)).text()).toMatch(/^:\d+\r\n$/);
			expect(ours.run("MEMORY", "USAGE", "other", ...words)).toMatch(/^:\d+\r\n$/);
		}
	});

	for (const protocol of ["2", "3"]) {
		test(`STATS has the same names in the same order, RESP${protocol}`, async () => {
			await theirs.command("HELLO", protocol);
			ours.run("HELLO", protocol);
			const shape = (text: string) =>
				text
					.replace(/[:,]-?[\d.e+]+\r\n/g, (number) => `${number[0]}\r\n`)
					.replace(/\$[\d.e+-]+\r\n[\d.e+-]+\r\n/g, "$number\r\n");
			const reply = Buffer.from((await theirs.command("MEMORY", "STATS")).bytes).toString("latin1");
			expect(shape(ours.run("MEMORY", "STATS"))).toBe(shape(reply));
		});
	}
});

test.skipIf(hasRedisServer())(missingRedisServer, () => {});
