/** How often the clock is read: what the slow log costs, and what it sees. */
import { expect, test } from "bun:test";
import { VirtualMachine } from "../support/virtual-machine.ts";

const COMMANDS = 60;

/** Readings of the clock for a pipeline, and the slow log after it. */
function readings(
	directives: string,
	requests: string,
): { count: number; server: ReturnType<VirtualMachine["start"]> } {
	const machine = new VirtualMachine();
	const server = machine.start(`latency-tracking yes\n${directives}`);
	const client = machine.network.connect(6379);
	client.run("SET", "k", "v");
	client.run("SET", "large", "x".repeat(5000));
	let count = 0;
	const { clock } = machine.adapters;
	const read = clock.monotonic_us.bind(clock);
	clock.monotonic_us = () => {
		count++;
		return read();
	};
	client.sendText(requests);
	machine.network.settle();
	clock.monotonic_us = read;
	return { count, server };
}

const gets = "GET k\r\n".repeat(COMMANDS);

test("by default a run of one short command shares two readings", () => {
	expect(readings("", gets).count).toBe(2);
	expect(readings("", `${gets.slice(0, -7)}SET k v\r\n`).count).toBe(3);
	expect(readings("slowlog-log-slower-than -1\nlatency-monitor-threshold 0", gets).count).toBe(2);
	expect(readings("latency-monitor-threshold 100", gets).count).toBe(2);
	expect(readings("slowlog-log-slower-than 0\nslowlog-max-len 0", gets).count).toBe(2);
});

test("each command is timed alone where something small is asked for", () => {
	for (const directive of [
		"slowlog-log-slower-than 4999",
		"latency-monitor-threshold 4",
		"commandlog-request-larger-than 100",
		"commandlog-reply-larger-than 100",
	]) {
		expect(readings(directive, gets).count).toBe(1 + COMMANDS);
	}
});

test("a large reply ends its run, a batch of large requests has none", () => {
	expect(readings("", "GET k\r\nGET k\r\nGET large\r\nGET k\r\nGET k\r\n").count).toBe(3);
	const set = `*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$65500\r\n${"x".repeat(65_500)}\r\n`;
	expect(readings("", `${gets}${set}`).count).toBeGreaterThan(2);
	expect(readings("", set + set).count).toBeGreaterThanOrEqual(3);
});

test("a run that took long is told once, with all of its time, as its last command", () => {
	const machine = new VirtualMachine();
	const server = machine.start();
	const client = machine.network.connect(6379);
	const { clock } = machine.adapters;
	const read = clock.monotonic_us.bind(clock);
	let stalled_us = 0;
	clock.monotonic_us = () => read() + stalled_us;
	const table = server.keyspace.databases[0]!;
	const hash = table.findForRead.bind(table);
	let calls = 0;
	table.findForRead = (bytes, start, length, found) => {
		if (++calls === 3) stalled_us += 12_000;
		return hash(bytes, start, length, found);
	};
	client.sendText("GET a\r\nGET b\r\nGET c\r\nGET d\r\nPING\r\n");
	machine.network.settle();
	const [entry, ...others] = server.observation.slow.newest(10);
	expect(others).toEqual([]);
	expect(entry!.amount).toBe(12_000);
	expect(entry!.words.map((word) => new TextDecoder().decode(word))).toEqual(["GET", "d"]);
});
