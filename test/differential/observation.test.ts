/** MONITOR, the slow log and the latency monitor beside a genuine redis-server; see observation.ts. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { hasRedisServer, missingRedisServer, RedisServer } from "../support/redis-server.ts";
import { type Subject, startSubject } from "../support/subject.ts";
import { WireConnection } from "../support/wire.ts";
import { compareObservations } from "./observation.ts";

const missing = hasRedisServer() ? undefined : missingRedisServer;
if (missing !== undefined) console.warn(`differential tests of observation skipped: ${missing}`);

describe.skipIf(missing !== undefined)("what servers tell about themselves", () => {
	let reference: RedisServer;
	let subject: Subject;

	beforeAll(async () => {
		reference = await RedisServer.start();
		subject = await startSubject();
	});
	afterAll(async () => {
		await subject.stop();
		await reference.stop();
	});

	for (const seed of [1, 2, 3]) {
		test(`MONITOR line for line, and the slow log, of 1500 random commands, seed ${seed}`, async () => {
			expect(await compareObservations({ reference, subject }, { seed, turns: 1500 })).toEqual([]);
		}, 60_000);
	}

	test("a command too many would be noticed", async () => {
		const options = { seed: 4, turns: 300, canaryTurn: 200 };
		expect(await compareObservations({ reference, subject }, options)).toHaveLength(1);
	}, 60_000);

	test("errors and empty replies are the same", async () => {
		const [theirs, ours] = [await WireConnection.connect(reference), await WireConnection.connect(subject)];
		for (const line of lines) {
			const words = line.split(" ");
			const [expected, actual] = [await theirs.command(...words), await ours.command(...words)];
			expect([line, actual.text()]).toEqual([line, expected.text()]);
		}
		theirs.close();
		ours.close();
	});

	test("LATENCY of the same events has the same shape, and draws the same curve", async () => {
		const [theirs, ours] = [await WireConnection.connect(reference), await WireConnection.connect(subject)];
		const shapes = [await latencies(theirs), await latencies(ours)];
		expect(shapes[1]).toEqual(shapes[0]!);
		theirs.close();
		ours.close();
	}, 20_000);
});

/** Two spikes in the same second or in two, and what is told of them with all numbers taken out but the events. */
async function latencies(connection: WireConnection): Promise<string[]> {
	await connection.command("CONFIG", "SET", "latency-monitor-threshold", "20");
	await connection.command("LATENCY", "RESET");
	await connection.command("DEBUG", "SLEEP", "0.06");
	const told: string[] = [];
	for (const words of ["LATEST", "HISTORY command", "GRAPH command", "RESET command", "RESET", "LATEST"]) {
		const reply = await connection.command("LATENCY", ...words.split(" "));
		told.push(
			reply
				.text()
				.replace(/^\$\d+/g, "$")
				.replace(/\d{2,}/g, "N")
				.replace(/[01](?=\r?\ns)/, "0"),
		);
	}
	await connection.command("CONFIG", "SET", "latency-monitor-threshold", "0");
	return told;
}

const lines = [
	"SLOWLOG",
	"SLOWLOG GET x",
	"SLOWLOG GET -2",
	"SLOWLOG GET 1 2",
	"SLOWLOG GET 0",
	"SLOWLOG GET 9223372036854775808",
	"SLOWLOG RESET 1",
	"SLOWLOG LEN 1",
	"SLOWLOG NOSUCH",
	"SLOWLOG RESET",
	"SLOWLOG LEN",
	"LATENCY",
	"LATENCY NOSUCH",
	"LATENCY LATEST",
	"LATENCY LATEST x",
	"LATENCY HISTORY",
	"LATENCY HISTORY command",
	"LATENCY GRAPH",
	"LATENCY GRAPH command",
	"LATENCY RESET",
	"LATENCY RESET x y",
	"LATENCY DOCTOR x",
	"LATENCY HISTOGRAM nosuch",
	"MONITOR x",
	"CONFIG GET slowlog-max-len",
	"CONFIG GET latency-monitor-threshold",
	"CLIENT KILL TYPE x",
	"CLIENT KILL ID 0",
	"CLIENT KILL ID x",
	"CLIENT KILL ID 999999",
	"CLIENT KILL USER nobody",
	"CLIENT KILL ADDR 1.1.1.1:1 LADDR 2.2.2.2:2 TYPE replica SKIPME no",
	"CLIENT KILL SKIPME x",
	"CLIENT LIST TYPE x",
	"CLIENT LIST TYPE",
	"CLIENT LIST ID x",
	"CLIENT LIST ID 999999",
	"CLIENT LIST ID 1 TYPE normal",
	"CLIENT INFO x",
	"CLIENT UNBLOCK x",
	"CLIENT UNBLOCK 999999",
	"CLIENT UNBLOCK 999999 x",
];
