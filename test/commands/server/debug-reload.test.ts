/** DEBUG RELOAD and LOADAOF: what was kept comes back as it was. */
import { describe, expect, test } from "bun:test";
import { VirtualMachine } from "../../support/virtual-machine.ts";

function started(directives: string) {
	const machine = new VirtualMachine();
	const server = machine.start(`enable-debug-command yes\n${directives}`);
	machine.network.settle();
	const client = machine.network.connect(6379);
	const fill = () => {
		client.run("SET", "s", "v", "EX", 100);
		client.run("RPUSH", "l", ...Array.from({ length: 300 }, (_, i) => i));
		client.run("SELECT", 2);
		client.run("HSET", "h", "f", "v");
		client.run("SELECT", 0);
		return client.run("DEBUG", "DIGEST");
	};
	const verify = () => {
		for (const { table } of server.keyspace.databases) table.verify();
	};
	return { machine, server, client, fill, verify };
}

describe("DEBUG RELOAD", () => {
	test("saves and loads", () => {
		const { machine, server, client, fill, verify } = started("");
		const digest = fill();
		expect(client.run("DEBUG", "RELOAD")).toBe("+OK\r\n");
		expect(client.run("DEBUG", "DIGEST")).toBe(digest);
		expect(client.run("TTL", "s")).toBe(":100\r\n");
		expect(client.run("INFO", "persistence")).toContain("rdb_last_load_keys_loaded:3\r\n");
		expect(server.keyspace.changes.dirty).toBe(0);
		expect(machine.host.printed.at(-1)).toEndWith(" # DB reloaded by DEBUG RELOAD");
		verify();
		machine.time.advance(100_001);
		expect(client.run("DBSIZE")).toBe(":1\r\n");
	});

	test("NOSAVE takes what was there, NOFLUSH adds to it, MERGE lets the file win", () => {
		const { client, fill, verify } = started("");
		const digest = fill();
		client.run("SAVE");
		client.run("SET", "s", "later");
		client.run("SET", "new", "later");
		expect(client.run("DEBUG", "RELOAD", "NOSAVE", "noflush")).toStartWith("-ERR Error trying to load the RDB dump");
		expect(client.run("DEBUG", "RELOAD", "NOSAVE", "NOFLUSH", "MERGE")).toBe("+OK\r\n");
		expect(client.run("MGET", "s", "new")).toBe("*2\r\n$1\r\nv\r\n$5\r\nlater\r\n");
		expect(client.run("DEBUG", "RELOAD", "nosave")).toBe("+OK\r\n");
		expect(client.run("DEBUG", "DIGEST")).toBe(digest);
		expect(client.run("DEBUG", "RELOAD", "OTHER")).toBe(
			"-ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.\r\n",
		);
		verify();
	});

	test("is an error where there is no file, or none can be written", () => {
		const { machine, client, fill } = started("dir /work");
		const digest = fill();
		expect(client.run("DEBUG", "RELOAD", "NOSAVE", "NOFLUSH")).toBe(
			"-ERR Error trying to load the RDB dump, check server logs.\r\n",
		);
		machine.files.refusedWrites.set("/work/dump.rdb", "ENOSPC: no space left on device");
		expect(client.run("DEBUG", "RELOAD")).toBe("-ERR\r\n");
		expect(client.run("DEBUG", "DIGEST")).toBe(digest);
	});
});

describe("DEBUG LOADAOF", () => {
	test("loads what was written so far, and writing goes on", () => {
		for (const policy of ["always", "everysec", "no"]) {
			const { machine, server, client, fill, verify } = started(`appendonly yes\nappendfsync ${policy}`);
			const digest = fill();
			expect(client.run("DEBUG", "LOADAOF")).toBe("+OK\r\n");
			expect(client.run("DEBUG", "DIGEST")).toBe(digest);
			expect(server.keyspace.changes.dirty).toBe(0);
			client.run("SET", "more", 1);
			const later = client.run("DEBUG", "DIGEST");
			expect(client.run("DEBUG", "LOADAOF")).toBe("+OK\r\n");
			expect(client.run("DEBUG", "DIGEST")).toBe(later);
			verify();
			server.stop();
			expect(machine.time.pendingCount()).toBe(0);
		}
	});

	test("finds what came in the same breath", () => {
		for (const policy of ["always", "everysec", "no"]) {
			const { machine, client } = started(`appendonly yes\nappendfsync ${policy}`);
			client.sendText("SET a 1\r\nINCR a\r\nDEBUG LOADAOF\r\nGET a\r\nSET b 1\r\nDEBUG LOADAOF\r\nGET b\r\n");
			machine.network.settle();
			expect(client.take()).toBe("+OK\r\n:2\r\n+OK\r\n$1\r\n2\r\n+OK\r\n+OK\r\n$1\r\n1\r\n");
		}
	});

	test("is an error where there are none", () => {
		const { client, fill } = started("");
		const digest = fill();
		expect(client.run("DEBUG", "LOADAOF")).toStartWith("-ERR Error trying to load the AOF files");
		expect(client.run("DEBUG", "DIGEST")).toBe(digest);
	});
});

describe("FLUSHALL", () => {
	test("with save points and nothing changed since the last save reaches the append-only file", () => {
		const { machine, server, client, fill } = started("appendonly yes\nsave 3600 1");
		fill();
		client.run("SAVE");
		client.run("FLUSHALL");
		server.stop();
		const again = machine.start("enable-debug-command yes\nappendonly yes\nport 6380");
		machine.network.settle();
		expect(again.keyspace.keyCount()).toBe(0);
	});
});
