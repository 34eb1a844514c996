import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { supervisorOf } from "../../../src/server/real/supervisor.ts";
import { eventually, freePort, Program, TemporaryDirectory } from "../../support/program.ts";

describe("who supervises", () => {
	test.each([
		["no", { NOTIFY_SOCKET: "/run/x", UPSTART_JOB: "redis" }, null],
		["systemd", { NOTIFY_SOCKET: "/run/x" }, "systemd"],
		["systemd", { UPSTART_JOB: "redis" }, null],
		["upstart", { UPSTART_JOB: "redis" }, "upstart"],
		["upstart", { NOTIFY_SOCKET: "/run/x" }, null],
		["auto", { NOTIFY_SOCKET: "/run/x" }, "systemd"],
		["auto", { UPSTART_JOB: "redis" }, "upstart"],
		["auto", {}, null],
	] as const)("with supervised %s and %j it is %j", (mode, environment, expected) => {
		expect(supervisorOf(mode, environment)).toBe(expected);
	});
});

describe.skipIf(process.platform !== "linux")("systemd", () => {
	test.each(["systemd", "auto"])("is told when it serves and when it stops: supervised %s", async (mode) => {
		const { DatagramSocket } = await import("../../support/datagrams.ts");
		using directory = new TemporaryDirectory();
		for (const name of [directory.join("notify"), `@${directory.path}/notify`]) {
			using socket = new DatagramSocket(name);
			const environment = { NOTIFY_SOCKET: name };
			await using server = await Program.serve(freePort(), ["--supervised", mode, "--daemonize", "yes"], {
				environment,
			});
			expect(await eventually("READY=1", () => socket.take())).toBe("READY=1");
			expect(socket.take()).toBeUndefined();
			expect(await server.signal("SIGTERM")).toBe(0);
			expect(socket.take()).toBe("STOPPING=1");
			expect(socket.take()).toBeUndefined();
		}
	});

	test("is told nothing unless that is asked for, nor by a server that cannot start", async () => {
		const { DatagramSocket } = await import("../../support/datagrams.ts");
		using directory = new TemporaryDirectory();
		const environment = { NOTIFY_SOCKET: directory.join("notify") };
		using socket = new DatagramSocket(environment.NOTIFY_SOCKET);
		const port = freePort();
		await using server = await Program.serve(port, [], { environment });
		const second = await Program.run(["--port", String(port), "--supervised", "systemd"], { environment });
		expect(second.exitCode).toBe(1);
		await server.signal("SIGTERM");
		expect(socket.take()).toBeUndefined();
	});

	test("that is gone stops nobody", async () => {
		const environment = { NOTIFY_SOCKET: "/no/such/socket" };
		await using server = await Program.serve(freePort(), ["--supervised", "systemd"], { environment });
		expect(await server.signal("SIGTERM")).toBe(0);
	});

	test("that did not start us is missed aloud", async () => {
		await using server = await Program.serve(freePort(), ["--supervised", "systemd"]);
		expect(server.stdout).toContain(" # supervised systemd, but it did not start this process: it is told nothing.\n");
	});
});

test.skipIf(process.platform !== "linux")("upstart sees the process stop itself once it is ready", async () => {
	const environment = { UPSTART_JOB: "redis" };
	const server = Program.spawn(["--port", String(freePort()), "--supervised", "auto"], { environment });
	await using _ = server;
	await server.says("Ready to accept connections tcp");
	const status = `/proc/${server.child.pid}/status`;
	await eventually("the stop", () => /^State:\s+T/m.test(readFileSync(status, "utf8")) || undefined);
	server.child.kill("SIGCONT");
	expect(await server.signal("SIGTERM")).toBe(0);
});
