import { afterEach, expect, test } from "bun:test";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { CuttableProxy } from "./cuttable-proxy.ts";

const opened: Disposable[] = [];
afterEach(() => {
	for (const one of opened.splice(0)) one[Symbol.dispose]();
});

/** A master who sends what it is told, and notes what it gets. */
async function master(): Promise<{ port: number; sockets: Socket[]; got: () => string }> {
	const sockets: Socket[] = [];
	let text = "";
	const server: Server = createServer((socket) => {
		sockets.push(socket);
		socket.on("error", () => {});
		socket.on("data", (chunk) => {
			text += chunk.toString("latin1");
		});
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	opened.push({
		[Symbol.dispose]() {
			for (const socket of sockets) socket.destroy();
			server.close();
		},
	});
	return { port: (server.address() as { port: number }).port, sockets, got: () => text };
}

class Replica {
	text = "";
	isClosed = false;
	readonly socket: Socket;

	constructor(port: number) {
		this.socket = createConnection({ port, host: "127.0.0.1" });
		this.socket.on("error", () => {});
		this.socket.on("data", (chunk) => {
			this.text += chunk.toString("latin1");
		});
		this.socket.on("close", () => {
			this.isClosed = true;
		});
		opened.push({ [Symbol.dispose]: () => this.socket.destroy() });
	}
}

async function until(what: () => boolean): Promise<void> {
	for (let round = 0; !what(); round++) {
		if (round > 2000) throw new Error("it never came");
		await Bun.sleep(1);
	}
}

async function connected() {
	const up = await master();
	const proxy = await CuttableProxy.to(up.port);
	opened.push(proxy);
	const replica = new Replica(proxy.port);
	await until(() => up.sockets.length === 1);
	return { up, proxy, replica };
}

test("passes on what comes in both directions", async () => {
	const { up, proxy, replica } = await connected();
	replica.socket.write("PING\r\n");
	up.sockets[0]!.write("+PONG\r\n");
	await until(() => replica.text === "+PONG\r\n" && up.got() === "PING\r\n");
	expect([proxy.accepted, proxy.open, proxy.cuts, proxy.sent_bytes]).toEqual([1, 1, 0, 7]);
});

test("cuts behind a number of bytes, and what lies before arrives", async () => {
	const { up, proxy, replica } = await connected();
	const cut = proxy.cutAfter(5);
	up.sockets[0]!.write("abc");
	await until(() => replica.text === "abc");
	up.sockets[0]!.write("defghi");
	await cut;
	await until(() => replica.isClosed);
	expect(replica.text).toBe("abcde");
	expect([proxy.open, proxy.cuts]).toEqual([0, 1]);
	await until(() => up.sockets[0]!.destroyed);
});

test.each(["$1000\r\n", "$EOF:"])("cuts in the middle of a copy that begins with %j", async (header) => {
	const { up, proxy, replica } = await connected();
	const cut = proxy.cutInCopy(4);
	up.sockets[0]!.write("+OK\r\n$5\r\nhello\r\n+FULLRESYNC abc 1\r\n");
	await until(() => replica.text.endsWith("1\r\n"));
	up.sockets[0]!.write(`\n${header}REDIS0010`);
	await cut;
	await until(() => replica.isClosed);
	expect(replica.text.endsWith(`${header}REDI`)).toBeTrue();
});

test("holds everything back while it is stalled", async () => {
	const { up, proxy, replica } = await connected();
	up.sockets[0]!.write("before");
	await until(() => replica.text === "before");
	proxy.stall();
	up.sockets[0]!.write("behind");
	await Bun.sleep(20);
	expect(replica.text).toBe("before");
	proxy.flow();
	await until(() => replica.text === "beforebehind");
});

test("refuses, and goes elsewhere, when it is told so", async () => {
	const { proxy, replica } = await connected();
	proxy.cut();
	await until(() => replica.isClosed);
	proxy.isRefusing = true;
	const refused = new Replica(proxy.port);
	await until(() => refused.isClosed);
	const other = await master();
	proxy.isRefusing = false;
	proxy.target = other.port;
	const again = new Replica(proxy.port);
	again.socket.write("hello");
	await until(() => other.got() === "hello");
});
