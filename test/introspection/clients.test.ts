import { beforeEach, describe, expect, test } from "bun:test";
import { Client, type ClientLink } from "../../src/dispatch/client.ts";
import { Command, type CommandRow, MAY_REPLICATE, READONLY, WRITE } from "../../src/dispatch/command.ts";
import { CLIENT_BYTES, clientBytes } from "../../src/introspection/client-line.ts";
import { type ClientFilter, ClientRegistry } from "../../src/introspection/clients.ts";

class Link implements ClientLink {
	readonly localAddress = "10.0.0.1:6379";
	readonly descriptor = 9;
	readonly isUnixSocket: boolean;
	readonly remoteAddress: string;
	closed: "" | "after reply" | "at once" = "";
	query = 0;
	queryCapacity = 0;
	pending = 0;

	constructor(remoteAddress: string) {
		this.remoteAddress = remoteAddress;
		this.isUnixSocket = remoteAddress.startsWith("/");
	}

	closeAfterReply(): void {
		this.closed = "after reply";
	}
	close(): void {
		this.closed = "at once";
	}
	end(): void {}
	push(): void {}
	sendPart(): number {
		return 0;
	}
	queryBytes(): number {
		return this.query;
	}
	queryCapacityBytes(): number {
		return this.queryCapacity;
	}
	pendingBytes(): number {
		return this.pending;
	}
	pendingChunks(): number {
		return this.pending === 0 ? 0 : 1;
	}
}

function commandWith(flags: number): Command {
	const row: CommandRow = { name: "x", since: "1.0.0", group: "generic", complexity: "", summary: "", flags };
	return new Command({ ...row, run() {} }, null);
}

const anyone: ClientFilter = { id: null, type: null, user: null, address: null, localAddress: null, except: null };
const writing = commandWith(WRITE);
const replicated = commandWith(MAY_REPLICATE);
const reading = commandWith(READONLY);

let registry: ClientRegistry;
let links: Link[];
let clients: Client[];

beforeEach(() => {
	registry = new ClientRegistry();
	links = ["127.0.0.1:1", "127.0.0.1:2", "/tmp/socket:0"].map((address) => new Link(address));
	clients = links.map((link, index) => new Client(index + 1, link, 1000));
	for (const client of clients) registry.add(client);
});

describe("the clients of a server", () => {
	test("stay in the order of their numbers", () => {
		expect([...registry.all()].map((client) => client.id)).toEqual([1, 2, 3]);
		registry.remove(clients[1]!);
		registry.remove(clients[1]!);
		registry.add(new Client(7, new Link("a:1"), 0));
		expect([...registry.all()].map((client) => client.id)).toEqual([1, 3, 7]);
		expect(registry.count()).toBe(3);
		expect(registry.get(7)?.id).toBe(7);
		expect(registry.get(2)).toBeNull();
		expect(() => registry.add(new Client(7, new Link("a:2"), 0))).toThrow("above those before it");
	});

	test("are chosen by all conditions together", () => {
		const ids = (filter: Partial<ClientFilter>) => registry.matching({ ...anyone, ...filter }).map(({ id }) => id);
		clients[2]!.user = "alice";
		expect(ids({})).toEqual([1, 2, 3]);
		expect(ids({ id: 2 })).toEqual([2]);
		expect(ids({ address: "127.0.0.1:1" })).toEqual([1]);
		expect(ids({ localAddress: "10.0.0.1:6379" })).toEqual([1, 2, 3]);
		expect(ids({ localAddress: "10.0.0.1:6380" })).toEqual([]);
		expect(ids({ user: "default" })).toEqual([1, 2]);
		expect(ids({ type: "normal", except: clients[0]! })).toEqual([2, 3]);
		expect(ids({ type: "pubsub" })).toEqual([]);
		expect(ids({ id: 3, user: "default" })).toEqual([]);
	});

	test("that are killed close at once, the one that asks after its reply", () => {
		expect(registry.kill({ ...anyone, user: "default" }, clients[1]!)).toBe(3);
		expect(links.map((link) => link.closed)).toEqual(["at once", "after reply", "at once"]);
		expect([...registry.all()].map((client) => client.id)).toEqual([2]);
		expect(registry.kill({ ...anyone, id: 1 }, clients[1]!)).toBe(0);
	});

	test("that say they are closed while they are killed disturb nobody", () => {
		for (const [index, link] of links.entries()) {
			link.close = () => {
				link.closed = "at once";
				registry.remove(clients[index]!);
			};
		}
		expect(registry.kill({ ...anyone, except: clients[0]! }, clients[0]!)).toBe(2);
		expect([...registry.all()].map((client) => client.id)).toEqual([1]);
	});

	test("take memory that is derived from their buffers", () => {
		const idle = clientBytes(clients[0]!);
		expect(idle).toBe(CLIENT_BYTES);
		links[0]!.queryCapacity = 20_000;
		links[0]!.query = 300;
		links[0]!.pending = 7000;
		clients[0]!.name = "worker";
		clients[0]!.libraryName = "lib";
		clients[0]!.libraryVersion = "1.0";
		expect(clientBytes(clients[0]!)).toBe(idle + 20_000 + 7000 + 6 + 3 + 3);
		expect(registry.bytesUsed()).toBe(3 * idle + 27_012);
		expect(registry.queryBytesMax()).toBe(20_000);
		expect(registry.pendingBytesMax()).toBe(7000);
	});
});

describe("a line of CLIENT LIST", () => {
	test("has the fields of Redis 7.2 in their order", () => {
		const client = clients[1]!;
		client.name = "worker";
		client.database = 3;
		client.protocol = 3;
		client.lastCommand = reading;
		client.lastActive_ms = 61_999;
		client.libraryName = "lib";
		client.libraryVersion = "1.0";
		links[1]!.query = 12;
		links[1]!.queryCapacity = 100;
		links[1]!.pending = 5;
		expect(registry.line(client, 122_000)).toBe(
			"id=2 addr=127.0.0.1:2 laddr=10.0.0.1:6379 fd=9 name=worker age=121 idle=60 flags=N db=3 sub=0 psub=0 ssub=0 " +
				"multi=-1 qbuf=12 qbuf-free=88 argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=0 oll=1 omem=5 " +
				`tot-mem=${CLIENT_BYTES + 117} events=rw cmd=x user=default redir=-1 resp=3 lib-name=lib lib-ver=1.0`,
		);
	});

	test("of a client that has said nothing", () => {
		expect(registry.line(clients[0]!, 1000)).toMatch(
			/ name= age=0 idle=0 flags=N .* events=r cmd=NULL .* lib-name= lib-ver=$/,
		);
		// A clock that was set back.
		expect(registry.line(clients[0]!, 0)).toContain(" age=0 idle=0 ");
	});

	test("spells the flags in Redis's order", () => {
		const flags = (client: Client) => / flags=(\S+) /.exec(registry.line(client, 2000))?.[1];
		const [first, , third] = clients as [Client, Client, Client];
		expect(flags(third)).toBe("U");
		third.noTouch = true;
		third.noEvict = true;
		third.closing = true;
		expect(flags(third)).toBe("cUeT");
		registry.pause(9000, false, 2000);
		expect(flags(first)).toBe("N");
		registry.isHeldBack(reading.flags, first, 2000);
		expect(flags(first)).toBe("b");
		registry.unpause();
		expect(flags(first)).toBe("N");
		registry.pause(9000, false, 2000);
		registry.isHeldBack(reading.flags, first, 2000);
		registry.remove(first);
		expect(flags(first)).toBe("N");
	});
});

describe("a pause", () => {
	const held = (command: Command, now_ms: number) => registry.isHeldBack(command.flags, clients[0]!, now_ms);

	test("of everything holds back everything until its end", () => {
		expect(held(reading, 0)).toBe(false);
		registry.pause(100, false, 0);
		expect([held(reading, 0), held(writing, 99), held(replicated, 99)]).toEqual([true, true, true]);
		expect([held(reading, 100), held(writing, 100)]).toEqual([false, false]);
	});

	test("of writes lets through what neither writes nor is replicated", () => {
		registry.pause(100, true, 0);
		expect([held(reading, 0), held(writing, 0), held(replicated, 0)]).toEqual([false, true, true]);
	});

	test("on top of another adds to it: the later end, the stricter kind", () => {
		registry.pause(500, true, 0);
		registry.pause(1, false, 0);
		expect([held(reading, 499), held(reading, 500)]).toEqual([true, false]);
		registry.unpause();
		registry.pause(300, false, 0);
		registry.pause(500, true, 0);
		expect([held(reading, 499), held(reading, 500)]).toEqual([true, false]);
		registry.unpause();
		registry.pause(300, true, 0);
		registry.pause(0, true, 10);
		expect(registry.pauseEnd_ms()).toBe(300);
	});

	test("that is over does not add to the next one", () => {
		registry.pause(100, false, 0);
		registry.pause(150, true, 120);
		expect([held(reading, 130), held(writing, 130)]).toEqual([false, true]);
		expect(registry.pauseEnd_ms()).toBe(150);
	});

	test("of no time is none", () => {
		registry.pause(50, false, 50);
		expect(held(writing, 50)).toBe(false);
		expect(registry.isPausedAt(50)).toBe(false);
	});

	test("of writes for a failover or the end of the server is apart from it, and has no end", () => {
		registry.pauseWritesFor("failover");
		registry.pauseWritesFor("shutdown");
		expect([held(writing, 1e9), held(reading, 1e9), registry.pauseEnd_ms()]).toEqual([true, false, Infinity]);
		registry.pause(100, false, 0);
		expect([held(reading, 50), held(reading, 100), held(writing, 100)]).toEqual([true, false, true]);
		registry.unpause();
		registry.resumeWritesFor("failover");
		expect([held(writing, 50), registry.holdsAnybody(), registry.areWritesOver()]).toEqual([true, true, true]);
		registry.resumeWritesFor("shutdown");
		expect([held(writing, 50), registry.holdsAnybody(), registry.areWritesOver()]).toEqual([false, false, false]);
	});

	test("tells when it begins and when it is over, and is over once", () => {
		const events: string[] = [];
		registry.onPaused.push(() => events.push(`until ${registry.pauseEnd_ms()}`));
		registry.onUnpaused.push(() => events.push(`over, ${registry.pauseEnd_ms()}`));
		registry.pause(100, true, 0);
		registry.pause(200, true, 0);
		expect(registry.endPause(199)).toBe(false);
		expect(registry.endPause(200)).toBe(true);
		expect(registry.endPause(300)).toBe(true);
		registry.pause(400, true, 300);
		registry.unpause();
		expect(events).toEqual(["until 100", "until 200", "over, Infinity", "until 400", "over, Infinity"]);
	});
});
