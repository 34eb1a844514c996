/** Pub/sub as part of a server: what it tells of listening clients, their limits, and keyspace events by configuration. */
import { describe, expect, test } from "bun:test";
import { message } from "../pubsub/listener.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";
import type { VirtualClient } from "../support/virtual-network.ts";

const WINDOW_BYTES = 5_000;

function started(directives = "") {
	const machine = new VirtualMachine();
	const server = machine.start(directives);
	const other = machine.network.connect(6379);
	/** One that listens to `a` and does not read. */
	const slow = (): VirtualClient => {
		const client = machine.network.connect(6379, { window_bytes: WINDOW_BYTES });
		client.run("SUBSCRIBE", "a");
		client.stopReading();
		return client;
	};
	return { machine, server, other, slow };
}

function infoField(client: VirtualClient, name: string): string {
	return new RegExp(`^${name}:(.*)\r$`, "m").exec(client.run("INFO"))![1]!;
}

describe("ten thousand subscribers of one channel", () => {
	const count = 10_000;

	test("each hear every message once, in order, whichever protocol they speak, until they go", () => {
		const { machine, server, other } = started(`maxclients ${count + 1}`);
		const clients = Array.from({ length: count - 1 }, (_, i) => {
			const client = machine.network.connect(6379);
			if (i % 2 === 1) client.sendText("HELLO 3\r\n");
			client.sendText("SUBSCRIBE news\r\n");
			return client;
		});
		clients.push(machine.network.connect(6379));
		clients.at(-1)!.sendText("PSUBSCRIBE n*\r\n");
		machine.network.settle();
		for (const client of clients) client.take();
		other.sendText("PUBLISH news 1\r\nMULTI\r\nPUBLISH news 2\r\nPUBLISH news 3\r\nEXEC\r\n");
		machine.network.settle();
		expect(other.take()).toBe(`:${count}\r\n+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:${count}\r\n:${count}\r\n`);
		for (const [i, client] of clients.entries()) {
			const texts = ["1", "2", "3"].map((text) =>
				i === count - 1 ? message(2, "pmessage", "n*", "news", text) : message(2 + (i % 2), "message", "news", text),
			);
			expect(client.take()).toBe(texts.join(""));
		}
		for (const client of clients.slice(count / 2)) client.end();
		machine.network.settle();
		expect(other.run("PUBLISH", "news", 4)).toBe(`:${count / 2}\r\n`);
		for (const client of clients.slice(0, count / 2)) client.end();
		machine.network.settle();
		expect(other.run("PUBLISH", "news", 5)).toBe(":0\r\n");
		expect(infoField(other, "pubsub_channels")).toBe("0");
		expect(server.clients.count()).toBe(1);
	});
});

describe("what a server tells of clients that listen", () => {
	test("INFO counts them, and what they listen to", () => {
		const { machine, other } = started();
		const [a, b] = [machine.network.connect(6379), machine.network.connect(6379)];
		a.run("SUBSCRIBE", "x", "y");
		a.run("PSUBSCRIBE", "*");
		b.run("SSUBSCRIBE", "x");
		b.run("PSUBSCRIBE", "*");
		const fields = () =>
			["pubsub_channels", "pubsub_patterns", "pubsubshard_channels", "pubsub_clients"].map((name) =>
				Number(infoField(other, name)),
			);
		expect(fields()).toEqual([2, 1, 1, 2]);
		a.cut();
		expect(fields()).toEqual([0, 1, 1, 1]);
		b.run("RESET");
		expect(fields()).toEqual([0, 0, 0, 0]);
	});

	test("CLIENT LIST marks them and counts their subscriptions", () => {
		const { machine, other } = started();
		const client = machine.network.connect(6379);
		client.run("HELLO", 3);
		client.run("SUBSCRIBE", "x", "y", "z");
		client.run("PSUBSCRIBE", "*", "?");
		client.run("SSUBSCRIBE", "x");
		expect(client.run("CLIENT", "INFO")).toContain(" flags=P db=0 sub=3 psub=2 ssub=1 ");
		const memory = () => Number(/tot-mem=(\d+)/.exec(client.run("CLIENT", "INFO"))![1]);
		const before = memory();
		client.run("SUBSCRIBE", "n".repeat(10_000));
		expect(memory() - before).toBeGreaterThan(10_000);
		const lines = (type: string) => other.run("CLIENT", "LIST", "TYPE", type).match(/^id=/gm)?.length ?? 0;
		expect([lines("pubsub"), lines("normal")]).toEqual([1, 1]);
		for (const command of ["UNSUBSCRIBE", "PUNSUBSCRIBE"]) client.run(command);
		expect(client.run("CLIENT", "INFO")).toContain(" flags=P db=0 sub=0 psub=0 ssub=1 ");
		client.run("SUNSUBSCRIBE");
		expect(client.run("CLIENT", "INFO")).toContain(" flags=N db=0 sub=0 psub=0 ssub=0 ");
		expect([lines("pubsub"), lines("normal")]).toEqual([0, 2]);
	});

	test("CLIENT KILL TYPE pubsub closes them, and who publishes next reaches nobody", () => {
		const { machine, other } = started();
		const clients = [machine.network.connect(6379), machine.network.connect(6379)];
		for (const client of clients) client.run("SUBSCRIBE", "x");
		other.sendText("PUBLISH x 1\r\nCLIENT KILL TYPE pubsub\r\nPUBLISH x 2\r\n");
		machine.network.settle();
		expect(other.take()).toBe(":2\r\n:2\r\n:0\r\n");
		expect(clients.map(({ isClosed }) => isClosed)).toEqual([true, true]);
	});
});

describe("a client that listens", () => {
	test("is never idle", () => {
		const { machine, other } = started("timeout 5");
		const client = machine.network.connect(6379);
		client.run("PSUBSCRIBE", "x");
		machine.time.advance(60_000);
		expect(client.isClosed).toBe(false);
		expect(other.isClosed).toBe(true);
		client.run("PUNSUBSCRIBE", "x");
		machine.time.advance(6_000);
		expect(client.isClosed).toBe(true);
	});

	test("and does not read is closed beyond the hard limit of its class, whatever that of others is", () => {
		const { machine, server, other, slow } = started("client-output-buffer-limit normal 1 0 0 pubsub 50000 0 0");
		const client = slow();
		const text = "t".repeat(10_000);
		for (let i = 0; i < 5; i++) expect(other.run("PUBLISH", "a", text)).toBe(":1\r\n");
		expect(client.isClosed).toBe(false);
		expect(server.clients.pendingBytesMax()).toBeGreaterThan(40_000);
		other.run("PUBLISH", "a", text);
		expect(client.isClosed).toBe(true);
		expect(machine.host.printed.at(-1)).toContain("closed for overcoming of output buffer limits.");
		expect(other.run("PUBLISH", "a", text)).toBe(":0\r\n");
		expect(server.pubSub.counts().clients).toBe(0);
	});

	test("and does not read is closed when its seconds beyond the soft limit are over", () => {
		const { machine, other, slow } = started("client-output-buffer-limit pubsub 0 20000 10");
		const client = slow();
		for (let i = 0; i < 4; i++) other.run("PUBLISH", "a", "t".repeat(10_000));
		machine.time.advance(9_000);
		expect(client.isClosed).toBe(false);
		machine.time.advance(1_500);
		expect(client.isClosed).toBe(true);
	});

	test("and reads late gets every message once, in order", () => {
		const { machine, other, slow } = started();
		const clients = [slow(), slow(), slow()];
		for (let i = 0; i < 500; i++) other.run("PUBLISH", "a", `${i}:${"t".repeat(i % 97)}`);
		for (const client of clients) client.startReading();
		machine.network.settle();
		const expected = Array.from({ length: 500 }, (_, i) => message(2, "message", "a", `${i}:${"t".repeat(i % 97)}`));
		for (const client of clients) expect(client.take()).toBe(expected.join(""));
	});

	test("and has said QUIT receives its goodbye and nothing behind it", () => {
		const { machine, other, slow } = started();
		const client = slow();
		other.run("PUBLISH", "a", "t".repeat(10_000));
		client.send("QUIT");
		machine.network.settle();
		expect(client.isClosed).toBe(false);
		expect(other.run("PUBLISH", "a", "late")).toBe(":1\r\n");
		client.startReading();
		machine.network.settle();
		expect(client.take()).toBe(`${message(2, "message", "a", "t".repeat(10_000))}+OK\r\n`);
		expect(client.isClosed).toBe(true);
		expect(other.run("PUBLISH", "a", "late")).toBe(":0\r\n");
	});

	test("and a thousand others that do not read hold a message once together", () => {
		const { machine, server, other, slow } = started();
		const clients = Array.from({ length: 1000 }, slow);
		other.run("PUBLISH", "a", "t".repeat(1_000_000));
		const chunks = new Set(
			clients.map((_, index) => server["connections"].of(server.clients.get(index + 2)!)!.output.first().buffer),
		);
		expect(chunks.size).toBe(1);
		clients[999]!.startReading();
		machine.network.settle();
		expect(clients[999]!.take()).toBe(message(2, "message", "a", "t".repeat(1_000_000)));
		expect(other.run("PING")).toBe("+PONG\r\n");
	});

	test("to too much at once is closed, and memory stays bounded", () => {
		const { machine, server, other } = started();
		const client = machine.network.connect(6379, { window_bytes: WINDOW_BYTES });
		const patterns = Array.from({ length: 2000 }, (_, i) => `*${"?".repeat(i)}`);
		client.run("PSUBSCRIBE", ...patterns);
		client.stopReading();
		// Two thousand copies of it would be two gigabytes.
		other.send("PUBLISH", "x".repeat(2000), "t".repeat(1_000_000));
		machine.network.settle();
		expect(client.isClosed).toBe(true);
		expect(server.pubSub.counts().patterns).toBe(0);
		expect(other.run("PING")).toContain("+PONG\r\n");
	});
});

describe("keyspace events", () => {
	function listening(directives: string, protocol = 2) {
		const { machine, server, other } = started(directives);
		const listener = machine.network.connect(6379);
		if (protocol === 3) listener.run("HELLO", 3);
		listener.run("PSUBSCRIBE", "__key*");
		/** Events as `database event key`, those of K and E being the same. */
		const heard = () => {
			const events: string[] = [];
			for (const part of listener.take().split("pmessage").slice(1)) {
				const [, , , , channel, , text] = part.split("\r\n");
				const match = /^__key(space|event)@(\d+)__:(.*)$/s.exec(channel!)!;
				events.push(match[1] === "space" ? `${match[2]} ${text} ${match[3]}` : `${match[2]} ${match[3]} ${text}`);
			}
			return events;
		};
		return { machine, server, other, listener, heard };
	}

	test("are published as notify-keyspace-events says, at the start and when it changes", () => {
		const { other, heard } = listening("notify-keyspace-events E$");
		other.run("SET", "k", "v");
		other.run("DEL", "k");
		expect(heard()).toEqual(["0 set k"]);
		expect(other.run("CONFIG", "SET", "notify-keyspace-events", "Kg")).toBe("+OK\r\n");
		other.run("SET", "k", "v");
		other.run("DEL", "k");
		expect(heard()).toEqual(["0 del k"]);
		other.run("CONFIG", "SET", "notify-keyspace-events", "");
		other.run("SET", "k", "v");
		expect(heard()).toEqual([]);
		expect(other.run("CONFIG", "SET", "notify-keyspace-events", "KEy")).toStartWith("-ERR CONFIG SET failed");
	});

	test.each([
		["KEA", "AKE"],
		["AKEnm", "AKEm"],
		["g$lshzxetd", "A"],
		["mKE$x", "$xKEm"],
		["ngK", "gnK"],
		["", ""],
	])("%p is told as %p", (given, told) => {
		const { other } = started();
		other.run("CONFIG", "SET", "notify-keyspace-events", given);
		expect(other.run("CONFIG", "GET", "notify-keyspace-events")).toEndWith(`\r\n$${told.length}\r\n${told}\r\n`);
	});

	test("tell of keys whose time is over when it is, nobody asking", () => {
		const { machine, other, heard } = listening("notify-keyspace-events Ex");
		other.run("SELECT", 3);
		other.run("SET", "k", "v", "PX", 100);
		machine.time.advance(99);
		expect(heard()).toEqual([]);
		machine.time.advance(2);
		expect(heard()).toEqual(["3 expired k"]);
	});

	test("that no command causes reach also the client whose commands were the last", () => {
		const { machine, listener } = listening("notify-keyspace-events Ex", 3);
		expect(listener.run("SET", "k", "v", "PX", 100)).toBe("+OK\r\n");
		machine.time.advance(102);
		expect(listener.take()).toBe(message(3, "pmessage", "__key*", "__keyevent@0__:expired", "k"));
	});

	test("tell of new keys before what made them", () => {
		const { other, heard } = listening("notify-keyspace-events EAn");
		const events = (...words: (string | number)[]) => {
			other.run(...words);
			return heard();
		};
		expect(events("SET", "a", "1")).toEqual(["0 new a", "0 set a"]);
		expect(events("SET", "a", "2")).toEqual(["0 set a"]);
		expect(events("SET", "a", "x".repeat(10_000))).toEqual(["0 set a"]);
		expect(events("SET", "long", "x".repeat(10_000))).toEqual(["0 new long", "0 set long"]);
		expect(events("MSET", "b", "1", "a", "1", "c", "2")).toEqual([
			"0 new b",
			"0 set b",
			"0 set a",
			"0 new c",
			"0 set c",
		]);
		expect(events("APPEND", "d", "1")).toEqual(["0 new d", "0 append d"]);
		expect(events("SETRANGE", "e", 10_000, "1")).toEqual(["0 new e", "0 setrange e"]);
		expect(events("INCR", "f")).toEqual(["0 new f", "0 incrby f"]);
	});

	test("take a key for new that is put in the place of another", () => {
		const { other, heard } = listening("notify-keyspace-events EAn");
		other.run("MSET", "a", "1", "b", "2", "c", "3");
		heard();
		const events = (...words: (string | number)[]) => {
			other.run(...words);
			return heard();
		};
		expect(events("RENAME", "a", "b")).toEqual(["0 new b", "0 rename_from a", "0 rename_to b"]);
		expect(events("RENAMENX", "b", "a")).toEqual(["0 new a", "0 rename_from b", "0 rename_to a"]);
		expect(events("COPY", "a", "c", "REPLACE")).toEqual(["0 new c", "0 copy_to c"]);
		expect(events("COPY", "a", "d", "DB", 2)).toEqual(["2 new d", "2 copy_to d"]);
		expect(events("MOVE", "a", 3)).toEqual(["3 new a", "0 move_from a", "3 move_to a"]);
	});

	test("tell of keys that readers miss, but not of OBJECT", () => {
		const { other, heard } = listening("notify-keyspace-events KEAm");
		other.run("SET", "there", "1");
		heard();
		for (const command of ["GET", "EXISTS", "TTL", "TYPE", "STRLEN", "TOUCH", "GETEX"]) {
			other.run(command, "there");
			expect(heard()).toEqual([]);
			other.run(command, "k");
			expect(heard()).toEqual(["0 keymiss k", "0 keymiss k"]);
		}
		for (const command of ["ENCODING", "REFCOUNT", "IDLETIME", "FREQ"]) other.run("OBJECT", command, "k");
		other.run("DEL", "k");
		expect(heard()).toEqual([]);
		expect(infoField(other, "keyspace_misses")).toBe("11");
	});

	test("reach whoever reads in RESP3, and the one who causes them behind the reply", () => {
		const { listener } = listening("notify-keyspace-events Em", 3);
		expect(listener.run("GET", "k")).toBe(`_\r\n${message(3, "pmessage", "__key*", "__keyevent@0__:keymiss", "k")}`);
	});
});
