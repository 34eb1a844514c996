import { describe, expect, test } from "bun:test";
import { parseReply, type Reply } from "../../support/reply.ts";
import { Session } from "../../support/session.ts";
import { VirtualMachine } from "../../support/virtual-machine.ts";

const START_S = 1_700_000_000;

function started(directives = "latency-monitor-threshold 10") {
	const machine = new VirtualMachine();
	const server = machine.start(`enable-debug-command yes\n${directives}`);
	return { machine, server, a: new Session(machine) };
}

function plain({ items, kind, text }: Reply): unknown {
	if (items.length > 0 || kind === "array") return items.map(plain);
	return kind === "integer" ? Number(text) : text;
}

function ask(session: Session, ...words: string[]): unknown {
	return plain(parseReply(Buffer.from(session.run(...words), "latin1")));
}

function bulk(session: Session, ...words: string[]): string {
	return parseReply(Buffer.from(session.run(...words), "latin1")).text;
}

/** A command that takes so long, then rest until the next full second. */
function slowDown({ machine, a }: ReturnType<typeof started>, duration_ms: number): void {
	a.run("DEBUG", "SLEEP", String(duration_ms / 1000));
	machine.time.advance(1000 - (machine.time.now_ms() % 1000));
}

describe("LATENCY", () => {
	test("remembers what took as long as the threshold, a sample a second", () => {
		const one = started();
		const { a } = one;
		expect(ask(a, "LATENCY", "LATEST")).toEqual([]);
		slowDown(one, 9);
		expect(ask(a, "LATENCY", "LATEST")).toEqual([]);
		for (const duration_ms of [20, 50, 15]) slowDown(one, duration_ms);
		a.run("DEBUG", "SLEEP", "0.030");
		a.run("DEBUG", "SLEEP", "0.012");
		expect(ask(a, "LATENCY", "LATEST")).toEqual([["command", START_S + 4, 30, 50]]);
		expect(ask(a, "LATENCY", "HISTORY", "command")).toEqual([
			[START_S + 1, 20],
			[START_S + 2, 50],
			[START_S + 3, 15],
			[START_S + 4, 30],
		]);
		expect(ask(a, "LATENCY", "HISTORY", "nosuch")).toEqual([]);
	});

	test("keeps 160 samples", () => {
		const one = started();
		for (let i = 0; i < 170; i++) slowDown(one, 10 + i);
		const samples = ask(one.a, "LATENCY", "HISTORY", "command") as number[][];
		expect(samples).toHaveLength(160);
		expect(samples[0]![1]).toBe(20);
		expect(bulk(one.a, "LATENCY", "GRAPH", "command").split("\n")).toHaveLength(2 + (4 + 1 + 2) + 1 + (4 + 1 + 3) + 1);
	});

	test("watches nothing without a threshold, and goes on when there is one", () => {
		const one = started("");
		slowDown(one, 100);
		expect(ask(one.a, "LATENCY", "LATEST")).toEqual([]);
		expect(bulk(one.a, "LATENCY", "DOCTOR")).toContain("CONFIG SET latency-monitor-threshold");
		one.a.run("CONFIG", "SET", "latency-monitor-threshold", "100");
		expect(bulk(one.a, "LATENCY", "DOCTOR")).toContain("nothing to report");
		slowDown(one, 100);
		expect(ask(one.a, "LATENCY", "LATEST")).toEqual([["command", START_S + 1, 100, 100]]);
	});

	test("draws a graph", () => {
		const one = started();
		for (const duration_ms of [20, 50, 15, 30]) slowDown(one, duration_ms);
		expect(bulk(one.a, "LATENCY", "GRAPH", "command")).toBe(
			"command - high 50 ms, low 15 ms (all time high 50 ms)\n" +
				`${"-".repeat(80)}\n` +
				" #  \n |  \n | #\no|_|\n    \n4321\nssss\n",
		);
		one.machine.time.advance(3_600_000);
		expect(bulk(one.a, "LATENCY", "GRAPH", "command")).toEndWith("\n1111\nhhhh\n");
		expect(one.a.run("LATENCY", "GRAPH", "x")).toBe("-ERR No samples available for event 'x'\r\n");
	});

	test("says what it has seen", () => {
		const one = started();
		for (const duration_ms of [20, 50, 15, 30]) slowDown(one, duration_ms);
		expect(bulk(one.a, "LATENCY", "DOCTOR")).toContain(
			"1. command: 4 latency spikes (average 28ms, mean deviation 11ms, period 0.75 sec). Worst all time event 50ms.",
		);
	});

	test("forgets some or all", () => {
		const one = started();
		slowDown(one, 20);
		one.server.observation.latency.note("expire-cycle", 30_000);
		expect(ask(one.a, "LATENCY", "RESET", "nosuch", "command", "command")).toBe(1);
		expect(ask(one.a, "LATENCY", "LATEST")).toEqual([["expire-cycle", START_S + 1, 30, 30]]);
		expect(ask(one.a, "LATENCY", "RESET")).toBe(1);
		expect(ask(one.a, "LATENCY", "RESET")).toBe(0);
	});

	test("has the distribution of each command that was called", () => {
		const { a } = started();
		a.run("CONFIG", "RESETSTAT");
		for (const seconds of ["0.0001", "0.001", "0.001", "0.25", "5"]) a.run("DEBUG", "SLEEP", seconds);
		a.run("CLIENT", "ID");
		const times = ["calls", 5, "histogram_usec", [132, 1, 1056, 3, 270_532, 4, 1_073_741, 5]];
		expect(ask(a, "LATENCY", "HISTOGRAM", "debug", "nosuch", "echo")).toEqual(["debug", times]);
		expect(ask(a, "LATENCY", "HISTOGRAM", "client")).toEqual(["client|id", ["calls", 1, "histogram_usec", [1, 1]]]);
		expect(ask(a, "LATENCY", "HISTOGRAM", "CLIENT|ID")).toEqual(["client|id", ["calls", 1, "histogram_usec", [1, 1]]]);
	});
});

test("each event of the server that takes long is told", () => {
	const machine = new VirtualMachine();
	const server = machine.start("latency-monitor-threshold 5\nappendonly yes\nappendfsync always");
	const { latency } = server.observation;
	server.expiry.sliceEnded(6000);
	server.persistence.appendOnly.log.onTimed("aof-write", 4999);
	server.persistence.appendOnly.log.onTimed("aof-fsync-always", 5000);
	server.memory.witness!.took("eviction-cycle", 7000);
	expect(latency.all().map(({ name, worst_ms }) => [name, worst_ms])).toEqual([
		["expire-cycle", 6],
		["aof-fsync-always", 5],
		["eviction-cycle", 7],
	]);
	server.config.set(["latency-monitor-threshold", "0"], true);
	expect(server.memory.witness).toBeNull();
});
