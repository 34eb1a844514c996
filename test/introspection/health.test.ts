import { expect, test } from "bun:test";
import { health } from "../../src/introspection/health.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";

test("a server that serves is ready", () => {
	const machine = new VirtualMachine();
	const server = machine.start();
	machine.time.advance(65_000);
	const { isReady, text } = health(server);
	expect(isReady).toBe(true);
	expect(text).toEndWith("}\n");
	expect(JSON.parse(text)).toEqual({
		status: "ready",
		role: "master",
		writable: true,
		uptimeSeconds: 65,
		version: "7.2.4",
		liteVersion: server.liteVersion,
	});
});

test("one that cannot save is ready, and says that it refuses to write", () => {
	const machine = new VirtualMachine();
	const server = machine.start();
	server.executor.writeRefusal = "MISCONF the disk is full";
	const { isReady, text } = health(server);
	expect(isReady).toBe(true);
	expect(JSON.parse(text)).toMatchObject({ writable: false, writesRefused: "MISCONF the disk is full" });
});
