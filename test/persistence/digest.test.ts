/** Digests against a genuine redis-server: the same commands to both, then the same questions. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { keyspaceDigest } from "../../src/persistence/digest.ts";
import type { Server } from "../../src/server/server.ts";
import { hasRedisServer, missingRedisServer, RedisServer } from "../support/redis-server.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";
import type { VirtualClient } from "../support/virtual-network.ts";
import { WireConnection } from "../support/wire.ts";

type Line = readonly (string | number)[];

function numbered(count: number, make: (i: number) => readonly (string | number)[]): (string | number)[] {
	return Array.from({ length: count }, (_, i) => make(i)).flat();
}

const binary = "\x00\xff\r\n" + "x".repeat(100);

/** Every type in every form it is kept in. */
const values: readonly Line[] = [
	["SET", "s:empty", ""],
	["SET", "s:int", 12345],
	["SET", "s:binary", binary],
	["SET", "s:long", "abc".repeat(10_000)],
	["SET", "s:expires", "v", "EX", 10_000],
	["RPUSH", "l:small", "a", "", 17, binary],
	["RPUSH", "l:large", ...numbered(2000, (i) => [`element ${i}`])],
	["SADD", "set:integers", 1, 2, -3, 40_000, "9223372036854775807"],
	["SADD", "set:packed", "a", "b", 3, binary],
	["SADD", "set:large", ...numbered(1000, (i) => [`member ${i}`])],
	["ZADD", "z:small", 1, "a", -2.5, "b", 0.1, "c", "inf", "d", "-inf", "e", 1e300, "f", -0, "g", 3.0e-7, "h"],
	["ZADD", "z:large", ...numbered(500, (i) => [i / 7, `member ${i}`])],
	["HSET", "h:small", "f", "v", "", "", "n", 5, binary, binary],
	["HSET", "h:large", ...numbered(800, (i) => [`field ${i}`, `value ${i}`])],
	["HSET", "h:long", "f", "v".repeat(5000)],
	["XADD", "x:plain", "1-1", "a", 1, "b", 2],
	["XADD", "x:plain", "1-2", "a", 3, "b", 4],
	["XADD", "x:plain", "18446744073709551615-5", "other", binary],
	["XDEL", "x:plain", "1-1"],
	["XGROUP", "CREATE", "x:plain", "group", 0],
	["XREADGROUP", "GROUP", "group", "consumer", "COUNT", 1, "STREAMS", "x:plain", ">"],
	["XGROUP", "CREATE", "x:empty", "group", 0, "MKSTREAM"],
	["EXPIRE", "x:empty", 10_000],
];

const keys = [...new Set(values.map((line) => String(line[1] === "CREATE" ? line[2] : line[1])))].filter(
	(key) => key !== "GROUP",
);

describe.skipIf(!hasRedisServer())(`digests as redis-server's (else: ${missingRedisServer})`, () => {
	let reference: RedisServer;
	let wire: WireConnection;
	let server: Server;
	let client: VirtualClient;

	async function both(line: Line): Promise<[string, string]> {
		const words = line.map(String);
		return [client.run(...words), (await wire.command(...words)).text()];
	}

	beforeAll(async () => {
		reference = await RedisServer.start();
		wire = await WireConnection.connect(reference);
		const machine = new VirtualMachine();
		server = machine.start("enable-debug-command yes");
		client = machine.network.connect(6379);
	});

	afterAll(async () => {
		await reference?.stop();
	});

	test("are equal for every type, one by one and all together, in several databases", async () => {
		for (const line of values) {
			const [ours, theirs] = await both(line);
			expect(ours.slice(0, 1)).toBe(theirs.slice(0, 1));
		}
		for (const key of [...keys, "missing"]) {
			const [ours, theirs] = await both(["DEBUG", "DIGEST-VALUE", key]);
			expect(`${key} ${ours}`).toBe(`${key} ${theirs}`);
		}
		const [ours, theirs] = await both(["DEBUG", "DIGEST"]);
		expect(ours).toBe(theirs);
		await both(["SELECT", 3]);
		await both(["RPUSH", "k", "in another database"]);
		const [oursOfTwo, theirsOfTwo] = await both(["DEBUG", "DIGEST"]);
		expect(oursOfTwo).toBe(theirsOfTwo);
		expect(oursOfTwo).not.toBe(ours);
		expect(oursOfTwo).toBe(`+${keyspaceDigest(server.keyspace)}\r\n`);
		await both(["FLUSHALL"]);
		const [oursOfNone, theirsOfNone] = await both(["DEBUG", "DIGEST"]);
		expect(oursOfNone).toBe(theirsOfNone);
		expect(oursOfNone).toBe(`+${"0".repeat(40)}\r\n`);
	});
});

describe("a digest", () => {
	test("tells that fields of a hash expire, in either form", () => {
		const machine = new VirtualMachine();
		machine.start("enable-debug-command yes");
		const client = machine.network.connect(6379);
		for (const count of [1, 600]) {
			client.run("HSET", "plain", ...numbered(count, (i) => [`f${i}`, i]));
			client.run("HSET", "volatile", ...numbered(count, (i) => [`f${i}`, i]));
			const digest = (key: string) => client.run("DEBUG", "DIGEST-VALUE", key);
			expect(digest("volatile")).toBe(digest("plain"));
			client.run("HPEXPIRE", "volatile", 100_000, "FIELDS", 1, "f0");
			expect(digest("volatile")).not.toBe(digest("plain"));
			client.run("HPERSIST", "volatile", "FIELDS", 1, "f0");
			expect(digest("volatile")).toBe(digest("plain"));
		}
	});
});
