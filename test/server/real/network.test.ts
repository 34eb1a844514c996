import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import type { Acceptor, Connection, Listener, Receiver } from "../../../src/adapters/network.ts";
import { RedisLite } from "../../../src/index.ts";
import { realNetwork } from "../../../src/server/real/network.ts";
import { TemporaryDirectory } from "../../support/program.ts";
import { encodeCommand, WireConnection } from "../../support/wire.ts";

const opened: { close?(): void; destroy?(): void }[] = [];
afterEach(() => {
	for (const one of opened.splice(0)) (one.close ?? one.destroy)?.call(one);
});

/** What a server would do, recorded; promises for what is still to come. */
class Recorder implements Receiver {
	readonly connection: Connection;
	readonly chunks: Uint8Array[] = [];
	readonly texts: string[] = [];
	isClosed = false;
	readonly received = Promise.withResolvers<void>();
	readonly wasDrained = Promise.withResolvers<void>();
	readonly wasClosed = Promise.withResolvers<void>();

	constructor(connection: Connection) {
		this.connection = connection;
	}

	receive(chunk: Uint8Array): void {
		this.chunks.push(chunk);
		this.texts.push(Buffer.from(chunk).toString("latin1"));
		this.received.resolve();
	}
	drained(): void {
		this.wasDrained.resolve();
	}
	closed(): void {
		this.isClosed = true;
		this.wasClosed.resolve();
	}
}

function accepting(): { accept: Acceptor; accepted: Promise<Recorder> } {
	const { promise, resolve } = Promise.withResolvers<Recorder>();
	const accept: Acceptor = (connection) => {
		const recorder = new Recorder(connection);
		resolve(recorder);
		return recorder;
	};
	return { accept, accepted: promise };
}

function kept<One extends Listener | Socket>(one: One): One {
	opened.push(one);
	return one;
}

async function pair(): Promise<{ server: Recorder; client: Socket; port: number }> {
	const { accept, accepted } = accepting();
	const { port } = kept(realNetwork.listenTcp("127.0.0.1", 0, 511, accept));
	const client = kept(connect({ host: "127.0.0.1", port, allowHalfOpen: true }));
	client.on("error", () => {});
	await new Promise((resolve) => client.once("connect", resolve));
	return { server: await accepted, client, port };
}

describe("a TCP connection", () => {
	test("knows both its ends", async () => {
		const { server, client, port } = await pair();
		const { connection } = server;
		expect(connection.localAddress).toBe(`127.0.0.1:${port}`);
		expect(connection.remoteAddress).toBe(`127.0.0.1:${client.localPort}`);
		expect([connection.isLocal, connection.isUnixSocket]).toEqual([true, false]);
		expect(connection.descriptor).toBeGreaterThan(2);
		connection.setKeepAlive(300);
		connection.setKeepAlive(0);
	});

	test("hands over plain arrays, whose slice is a copy, and takes big ones back", async () => {
		const { server, client } = await pair();
		client.write(Buffer.alloc(2_000, "x"));
		await server.received.promise;
		const chunk = server.chunks[0]!;
		expect(Object.getPrototypeOf(chunk)).toBe(Uint8Array.prototype);
		expect(server.texts[0]).toBe("x".repeat(server.texts[0]!.length));
		expect(chunk.length).toBe(0);
	});

	test("end closes it although the peer keeps its side open", async () => {
		const { server, client } = await pair();
		const bytes = Buffer.from("last words");
		expect(server.connection.write(bytes, 0, bytes.length)).toBe(bytes.length);
		server.connection.end();
		expect(server.isClosed).toBe(true);
		expect(server.connection.write(bytes, 0, bytes.length)).toBe(0);
		const heard: Buffer[] = [];
		for await (const chunk of client) heard.push(chunk as Buffer);
		expect(Buffer.concat(heard).toString()).toBe("last words");
	});

	test("terminate closes it before it returns, and the peer sees an end and no error", async () => {
		const { server, client } = await pair();
		const bytes = Buffer.from("a reply");
		server.connection.write(bytes, 0, bytes.length);
		server.connection.terminate();
		expect(server.isClosed).toBe(true);
		const heard: Buffer[] = [];
		for await (const chunk of client) heard.push(chunk as Buffer);
		expect(Buffer.concat(heard).toString()).toBe("a reply");
	});

	test("a write is short when the peer does not read, and the rest may follow when it does", async () => {
		const { server, client } = await pair();
		client.pause();
		const bytes = new Uint8Array(64 << 20).fill(0x78);
		let sent = server.connection.write(bytes, 0, bytes.length);
		expect(sent).toBeLessThan(bytes.length);
		expect(server.connection.write(bytes, 0, 1_000)).toBe(0);
		let read = 0;
		const drained = server.wasDrained.promise.then(() => {
			sent += server.connection.write(bytes, sent, 1_000);
		});
		client.on("data", (chunk: Buffer) => {
			read += chunk.length;
		});
		client.resume();
		await drained;
		server.connection.end();
		await new Promise((resolve) => client.once("end", resolve));
		expect(read).toBe(sent);
	});

	test("while paused nothing is received", async () => {
		const { server, client } = await pair();
		server.connection.pause();
		client.write("later");
		const probe = await pair();
		probe.client.write("a round trip elsewhere");
		await probe.server.received.promise;
		expect(server.texts).toEqual([]);
		server.connection.resume();
		await server.received.promise;
		expect(server.texts).toEqual(["later"]);
	});
});

describe("listening", () => {
	const { accept } = accepting();

	test("on a port that is taken says so in the system's words", () => {
		const { port } = kept(realNetwork.listenTcp("127.0.0.1", 0, 511, accept));
		expect(() => realNetwork.listenTcp("127.0.0.1", port, 511, accept)).toThrow("bind: Address already in use");
	});

	test("on an address that is not ours says so", () => {
		expect(() => realNetwork.listenTcp("192.0.2.1", 0, 511, accept)).toThrow("bind: Cannot assign requested address");
	});

	test("a port is free again when its listener is closed, though a connection lives on", async () => {
		const first = accepting();
		const listener = realNetwork.listenTcp("127.0.0.1", 0, 511, first.accept);
		const client = kept(connect({ host: "127.0.0.1", port: listener.port }));
		const server = await first.accepted;
		listener.close();
		expect(kept(realNetwork.listenTcp("127.0.0.1", listener.port, 511, accept)).port).toBe(listener.port);
		client.write("still here");
		await server.received.promise;
		expect(server.texts).toEqual(["still here"]);
	});

	const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ family }) => family === "IPv6"));
	if (!hasIpv6) console.warn("a test is skipped: this machine has no IPv6");
	test.skipIf(!hasIpv6)("the wildcards of IPv4 and IPv6 do not get in each other's way", async () => {
		const { port } = kept(realNetwork.listenTcp("0.0.0.0", 0, 511, accept));
		const six = accepting();
		kept(realNetwork.listenTcp("::", port, 511, six.accept));
		kept(connect({ host: "::1", port }));
		const { connection } = await six.accepted;
		expect(connection.localAddress).toBe(`[::1]:${port}`);
		expect(connection.isLocal).toBe(true);
	});

	test("a unix socket takes the place of one left behind, has its mode, and is removed", async () => {
		using directory = new TemporaryDirectory();
		const path = directory.join("socket");
		writeFileSync(path, "left behind");
		const unix = accepting();
		const listener = realNetwork.listenUnix(path, 0o750, unix.accept);
		expect(statSync(path).mode & 0o777).toBe(0o750);
		kept(connect({ path }));
		const { connection } = await unix.accepted;
		expect([connection.remoteAddress, connection.localAddress]).toEqual([`${path}:0`, `${path}:0`]);
		expect([connection.isLocal, connection.isUnixSocket]).toEqual([true, true]);
		connection.setKeepAlive(300);
		listener.close();
		expect(existsSync(path)).toBe(false);
	});
});

test("commands that are held back outlive the chunk they came in", async () => {
	await using server = await RedisLite.start();
	const connection = await WireConnection.connect({ host: "127.0.0.1", port: server.port });
	const commands = Array.from({ length: 500 }, (_, i) => encodeCommand("ECHO", `${i}:${"x".repeat(100)}`));
	connection.send(Buffer.concat([encodeCommand("CLIENT", "PAUSE", "20"), ...commands]));
	const replies = await connection.receive(501);
	expect(replies.map((reply) => reply.tree().text.split(":")[0])).toEqual([
		"OK",
		...Array.from({ length: 500 }, (_, i) => String(i)),
	]);
	connection.close();
});

describe("connecting", () => {
	test("reaches a listener by address and by name, and bytes go both ways", async () => {
		for (const host of ["127.0.0.1", "localhost"]) {
			const { accept, accepted } = accepting();
			const listener = kept(realNetwork.listenTcp("127.0.0.1", 0, 10, accept));
			const { accept: acceptOurs, accepted: connected } = accepting();
			realNetwork.connectTcp(host, listener.port, acceptOurs, (reason) => {
				throw reason;
			});
			const [there, here] = await Promise.all([accepted, connected]);
			here.connection.write(Buffer.from("ask"), 0, 3);
			await there.received.promise;
			there.connection.write(Buffer.from("answer"), 0, 6);
			await here.received.promise;
			expect([there.texts.join(""), here.texts.join("")]).toEqual(["ask", "answer"]);
			there.connection.end();
			await here.wasClosed.promise;
			here.connection.end();
		}
	});

	test("fails once, later, where nobody listens, or there is no such host or port", async () => {
		const listener = realNetwork.listenTcp("127.0.0.1", 0, 10, () => {
			throw new Error("nobody connects");
		});
		const { port } = listener;
		listener.close();
		for (const [host, to] of [
			["127.0.0.1", port],
			["127.0.0.1", 0],
			["127.0.0.1", 70_000],
			["no-such-host.invalid", port],
			["", port],
		] as const) {
			const failures: Error[] = [];
			const { promise, resolve } = Promise.withResolvers<void>();
			realNetwork.connectTcp(
				host,
				to,
				() => {
					throw new Error(`connected to ${host}:${to}`);
				},
				(reason) => {
					failures.push(reason);
					resolve();
				},
			);
			expect(failures).toEqual([]);
			await promise;
			await Bun.sleep(5);
			expect(failures).toHaveLength(1);
		}
	});
});
