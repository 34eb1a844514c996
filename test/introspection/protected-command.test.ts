import { expect, test } from "bun:test";
import { isLocalClient, type Permission, protectedCommandError } from "../../src/introspection/protected-command.ts";
import { hasRedisServer, missingRedisServer, RedisServer } from "../support/redis-server.ts";
import { ServerFixture } from "../support/server-fixture.ts";
import { WireConnection } from "../support/wire.ts";

test("local is a loopback address or a unix socket", () => {
	const isLocal = (remoteAddress: string, isUnixSocket = false) => isLocalClient({ remoteAddress, isUnixSocket });
	expect(isLocal("127.0.0.1:5000")).toBe(true);
	expect(isLocal("[::1]:5000")).toBe(true);
	expect(isLocal("/run/redis.sock:0", true)).toBe(true);
	expect(isLocal("10.0.0.1:5000")).toBe(false);
	expect(isLocal("[fe80::1]:5000")).toBe(false);
	expect(isLocal("127.0.0.1.example.com:5000")).toBe(false);
});

function errorFor(permission: Permission, remoteAddress = "127.0.0.1:5000"): string | null {
	const ours = new ServerFixture();
	Object.assign(ours.engine.link, { remoteAddress });
	const permissions = { "enable-debug-command": permission, "enable-module-command": "yes" } as const;
	return protectedCommandError(ours.table.named("debug")!, ours.engine.link, permissions);
}

test("the permission decides, together with where the client is", () => {
	expect(errorFor("yes", "10.0.0.1:5000")).toBeNull();
	expect(errorFor("local")).toBeNull();
	expect(errorFor("local", "10.0.0.1:5000")).toContain("enable-debug-command");
	expect(errorFor("no")).toContain("enable-debug-command");
});

test.if(hasRedisServer())("the error is redis-server's", async () => {
	await using server = await RedisServer.start(["--enable-debug-command", "no"], { first: 7533, last: 7539 });
	const connection = await WireConnection.connect(server);
	const theirs = (await connection.command("DEBUG", "HELP")).text();
	expect(`-${errorFor("no")}\r\n`).toBe(theirs);
	connection.close();
});

if (!hasRedisServer()) console.log(`skipped: ${missingRedisServer}`);
