import { describe, expect, test } from "bun:test";
import { Session } from "../../support/session.ts";
import { VirtualMachine } from "../../support/virtual-machine.ts";

function started(directives = "") {
	const machine = new VirtualMachine();
	const server = machine.start(directives);
	const [monitor, a, b] = [new Session(machine), new Session(machine), new Session(machine)];
	expect(monitor.run("MONITOR")).toBe("+OK\r\n");
	return { machine, server, monitor, a, b };
}

/** What it was shown, without the line ends. */
function shown(monitor: Session): string[] {
	return monitor.take().split("\r\n").slice(0, -1);
}

describe("MONITOR", () => {
	test("shows time, database, address and words", () => {
		const { machine, monitor, a } = started();
		machine.time.advance(1234);
		a.run("get", "k");
		expect(shown(monitor)).toEqual([`+1700000001.234000 [0 ${a.client.address()}] "get" "k"`]);
		a.run("SELECT", "3");
		a.run("Echo", 'a"\\\n\r\t\x07\b\x00\x7f\xff z');
		expect(shown(monitor).map((line) => line.replace(/.*\[(\d+).*?\]/, "$1"))).toEqual([
			'3 "SELECT" "3"',
			'3 "Echo" "a\\"\\\\\\n\\r\\t\\a\\b\\x00\\x7f\\xff z"',
		]);
	});

	test("shows commands as they run: those of a transaction before EXEC, none that is refused, none of administrators", () => {
		const { monitor, a } = started();
		for (const words of [
			"MULTI",
			"SET k 1",
			"NOSUCH",
			"DISCARD",
			"MULTI",
			"SET k 1",
			"CONFIG GET x",
			"INCR k",
			"EXEC",
		]) {
			a.run(...words.split(" "));
		}
		for (const words of ["GET", "CLIENT LIST", "ACL LIST", "AUTH x", "HELLO 2 AUTH u x", "PING"]) {
			a.run(...words.split(" "));
		}
		expect(shown(monitor).map((line) => line.replace(/.*?\] /, ""))).toEqual([
			'"MULTI"',
			'"DISCARD"',
			'"MULTI"',
			'"SET" "k" "1"',
			'"INCR" "k"',
			'"EXEC"',
			'"AUTH" "(redacted)"',
			'"HELLO" "2" "AUTH" "(redacted)" "(redacted)"',
			'"PING"',
		]);
	});

	test("shows its own client's behind the reply, and refuses it the keys", () => {
		const { monitor } = started();
		const refused = "-ERR Replica can't interact with the keyspace\r\n";
		expect(monitor.run("PING")).toMatch(/^\+PONG\r\n\+\d+\.\d{6} \[0 .*\] "PING"\r\n$/);
		for (const words of ["GET k", "SET k 1", "PUBLISH c m", "DBSIZE"]) {
			expect(monitor.run(...words.split(" "))).toBe(refused);
		}
		expect(monitor.run("MONITOR")).toBe("");
		expect(monitor.run("CLIENT", "INFO")).toContain(" flags=O ");
	});

	test("cannot be part of a transaction", () => {
		const { a } = started();
		a.run("MULTI");
		a.run("MONITOR");
		expect(a.run("EXEC")).toBe("*1\r\n-ERR MONITOR isn't allowed for DENY BLOCKING client\r\n");
	});

	test("ends with RESET or the connection, and then costs nothing more", () => {
		const { machine, server, monitor, a, b } = started();
		expect(b.run("MONITOR")).toBe("+OK\r\n");
		const { gates } = server.executor;
		expect(monitor.run("RESET")).toBe("+RESET\r\n");
		b.take();
		a.run("PING");
		expect(shown(monitor)).toEqual([]);
		expect(shown(b)).toHaveLength(1);
		expect(monitor.run("SET", "k", "1")).toBe("+OK\r\n");
		expect(server.executor.gates).toBe(gates);
		b.client.cut();
		machine.network.settle();
		expect(server.executor.gates).not.toBe(gates);
		expect(a.run("PING")).toBe("+PONG\r\n");
	});

	test("gives all monitors the same, in order with their other messages, whatever their protocol", () => {
		const { monitor, a, b } = started();
		b.run("HELLO", "3");
		b.run("SUBSCRIBE", "c");
		b.run("MONITOR");
		monitor.take();
		a.pipeline("PING\r\nPUBLISH c hi\r\nPING\r\n");
		const lines = shown(monitor);
		expect(lines).toHaveLength(3);
		expect(b.take()).toBe(
			`${lines[0]}\r\n>3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\nhi\r\n${lines[1]}\r\n${lines[2]}\r\n`,
		);
	});

	test("keeps silent while CLIENT REPLY is OFF, and is not idle", () => {
		const { machine, server, monitor } = started("timeout 10");
		machine.time.advance(20_000);
		expect(server.clients.count()).toBe(1);
		const a = new Session(machine);
		a.run("PING");
		expect(shown(monitor)).toHaveLength(1);
		monitor.run("CLIENT", "REPLY", "OFF");
		a.run("PING");
		expect(monitor.take()).toBe("");
	});

	test("closes a monitor that a line of more than 64 MiB would go to", () => {
		const { machine, server, a } = started();
		const value = "\0".repeat(17 << 20);
		expect(a.run("ECHO", value)).toHaveLength(value.length + 13);
		machine.network.settle();
		expect(server.clients.count()).toBe(2);
		expect(machine.host.printed.join("\n")).toContain("closed for overcoming of output buffer limits");
		expect(a.run("ECHO", "x")).toBe("$1\r\nx\r\n");
	});

	test("does not wait for readers that never read: past 64 MiB they are closed", () => {
		const { machine, server, monitor, a } = started();
		monitor.client.stopReading();
		const value = "x".repeat(1 << 20);
		for (let i = 0; i < 70; i++) a.run("ECHO", value);
		machine.network.settle();
		expect(server.clients.count()).toBe(2);
		expect(machine.host.printed.join("\n")).toContain("Closing client that does not read what it is told: id=1");
	});
});
