/** MIGRATE between two servers in one process and in virtual time, and to a made-up server that answers as it likes. */
import { beforeEach, describe, expect, test } from "bun:test";
import { EVENT_GENERIC } from "../../../src/keyspace/change.ts";
import type { Server } from "../../../src/server/server.ts";
import { VirtualMachine } from "../../support/virtual-machine.ts";
import type { VirtualClient } from "../../support/virtual-network.ts";

let machine: VirtualMachine;
let source: Server;
let a: VirtualClient;
let b: VirtualClient;

/** A client of a further server on the machine. */
function further(port: number, directives = ""): VirtualClient {
	machine.start(`port ${port}\n${directives}`);
	return machine.network.connect(port);
}

/** A server that answers with what it is told to, and notes what it is sent. */
class MadeUpServer {
	sent = "";
	connections = 0;
	answer: (text: string) => string = () => "+OK\r\n";
	close: () => void = () => {};
	say: (text: string) => void = () => {};

	constructor(port: number) {
		machine.network.listenTcp("127.0.0.1", port, 0, (connection) => {
			this.connections++;
			this.close = () => connection.end();
			this.say = (text) => {
				connection.write(new Uint8Array(Buffer.from(text, "latin1")), 0, text.length);
			};
			return {
				receive: (chunk) => {
					const text = Buffer.from(chunk).toString("latin1");
					this.sent += text;
					this.say(this.answer(text));
				},
				drained() {},
				closed() {},
			};
		});
	}
}

/** What another client might do at this moment. */
function change(name: string, value: string | null): void {
	const key = Buffer.from(name);
	const database = source.keyspace.databases[0]!;
	const isThere = database.peek(key, 0, key.length, database.hash(key, 0, key.length));
	if (value !== null) database.putString(0, Buffer.from(value), 0, value.length, Infinity);
	else if (isThere) database.remove();
	source.keyspace.changes.key(0, key, 0, key.length, EVENT_GENERIC, value === null ? "del" : "set");
}

beforeEach(() => {
	machine = new VirtualMachine();
	source = machine.start("enable-debug-command yes");
	a = machine.network.connect(6379);
	b = further(7000, "enable-debug-command yes");
});

const migrate = (...words: (string | number)[]) => a.run("MIGRATE", "127.0.0.1", 7000, ...words);
const digest = (client: VirtualClient) => client.run("DEBUG", "DIGEST");

describe("MIGRATE", () => {
	test("moves keys of every type with their deadlines, and leaves nothing behind", () => {
		a.run("SET", "s", "x".repeat(100_000), "EX", 100);
		a.run("RPUSH", "l", ...Array.from({ length: 500 }, (_, i) => i));
		a.run("SADD", "set", 1, 2, "three");
		a.run("HSET", "h", "f", "v");
		a.run("ZADD", "z", 1.5, "m");
		a.run("XADD", "x", "1-1", "f", "v");
		const before = digest(a);
		const keys = ["s", "l", "set", "h", "z", "x"];
		expect(migrate("", 0, 1000, "KEYS", ...keys, "missing")).toBe("+OK\r\n");
		expect(digest(b)).toBe(before);
		expect(b.run("PTTL", "s")).toBe(":100000\r\n");
		expect(a.run("DBSIZE")).toBe(":0\r\n");
		expect(source.keyspace.changes.dirty).toBe(507 + keys.length);
		source.keyspace.databases[0]!.table.verify();
	});

	test("goes into the database it is told, and keeps the connection for ten seconds", () => {
		const connections = () => /migrate_cached_sockets:(\d+)/.exec(a.run("INFO", "stats"))?.[1];
		a.run("MSET", "k1", 1, "k2", 2);
		expect(migrate("k1", 3, 1000)).toBe("+OK\r\n");
		expect(connections()).toBe("1");
		machine.time.advance(9000);
		expect(migrate("k2", 3, 1000)).toBe("+OK\r\n");
		b.run("SELECT", 3);
		expect(b.run("MGET", "k1", "k2")).toBe("*2\r\n$1\r\n1\r\n$1\r\n2\r\n");
		machine.time.advance(9999);
		expect(connections()).toBe("1");
		machine.time.advance(1);
		expect(connections()).toBe("0");
	});

	test("says NOKEY where there is none, and checks its words first", () => {
		expect(migrate("missing", 0, 1000)).toBe("+NOKEY\r\n");
		expect(migrate("", 0, 1000, "KEYS", "m1", "m2")).toBe("+NOKEY\r\n");
		expect(migrate("k", "x", 1000)).toBe("-ERR value is not an integer or out of range\r\n");
		expect(migrate("k", 0, "x")).toBe("-ERR value is not an integer or out of range\r\n");
		for (const words of [["x"], ["AUTH"], ["AUTH2", "user"], ["COPY", "KEY"]]) {
			expect(migrate("k", 0, 1000, ...words)).toBe("-ERR syntax error\r\n");
		}
		expect(migrate("k", 0, 1000, "KEYS", "a")).toMatch(/^-ERR When using MIGRATE KEYS option/);
	});

	test("with COPY leaves the key, and with REPLACE takes the place of another", () => {
		a.run("SET", "k", "new");
		b.run("SET", "k", "old");
		expect(migrate("k", 0, 1000)).toBe(
			"-ERR Target instance replied with error: BUSYKEY Target key name already exists.\r\n",
		);
		expect(a.run("GET", "k")).toBe("$3\r\nnew\r\n");
		expect(migrate("k", 0, 1000, "COPY", "REPLACE")).toBe("+OK\r\n");
		expect(a.run("GET", "k") + b.run("GET", "k")).toBe("$3\r\nnew\r\n$3\r\nnew\r\n");
	});

	test("an error for one key leaves that key, and moves the others", () => {
		a.run("MSET", "k1", 1, "k2", 2, "k3", 3);
		b.run("SET", "k2", "old");
		expect(migrate("", 0, 1000, "KEYS", "k1", "k2", "k3")).toMatch(/^-ERR Target instance replied with error: BUSYKEY/);
		expect(a.run("KEYS", "*")).toBe("*1\r\n$2\r\nk2\r\n");
		expect(b.run("DBSIZE")).toBe(":3\r\n");
		expect(source.table.named("migrate")!.failedCalls).toBe(1);
		expect(source.statistics.errors.get("ERR")).toBe(1);
		// The connection is still good.
		expect(migrate("k2", 0, 1000, "REPLACE")).toBe("+OK\r\n");
	});

	test("into a database that is not there leaves the key, wherever its copy went", () => {
		a.run("SET", "k", 1);
		expect(migrate("k", 99, 1000)).toBe("-ERR Target instance replied with error: ERR DB index is out of range\r\n");
		expect(a.run("EXISTS", "k")).toBe(":1\r\n");
		expect(migrate("k", 1, 1000)).toBe("+OK\r\n");
	});

	test("of a key that is gone before the connection is there does nothing to the other server", () => {
		const target = new MadeUpServer(7002);
		const other = machine.network.connect(6379);
		a.run("SET", "k", 1);
		a.sendText("MIGRATE 127.0.0.1 7002 k 0 1000\r\n");
		other.sendText("DEL k\r\n");
		machine.network.settle();
		expect(a.take() + other.take()).toBe("+OK\r\n:1\r\n");
		expect(target.sent).toBe("");
	});

	test("gives the password, with a user name or without", () => {
		const c = further(7001, "requirepass secret");
		a.run("MSET", "k1", 1, "k2", 2, "k3", 3);
		const to = (...words: (string | number)[]) => a.run("MIGRATE", "127.0.0.1", 7001, ...words);
		expect(to("k1", 0, 1000)).toBe("-ERR Target instance replied with error: NOAUTH Authentication required.\r\n");
		expect(to("k1", 0, 1000, "AUTH", "wrong")).toMatch(/replied with error: WRONGPASS/);
		expect(to("k1", 0, 1000, "AUTH", "secret")).toBe("+OK\r\n");
		machine.time.advance(20_000);
		expect(to("", 2, 1000, "AUTH2", "default", "secret", "KEYS", "k2", "k3")).toBe("+OK\r\n");
		c.run("AUTH", "secret");
		expect(c.run("DBSIZE")).toBe(":1\r\n");
		expect(a.run("DBSIZE")).toBe(":0\r\n");
	});

	test("serves others meanwhile, and the client's own commands come behind it", () => {
		machine.network.faults = { ...machine.network.faults, delay_ms_max: 5 };
		const other = machine.network.connect(6379);
		a.run("SET", "k", 1);
		machine.time.advance(50);
		a.take();
		a.sendText("GET k\r\nMIGRATE 127.0.0.1 7000 k 0 5000\r\nGET k\r\n");
		other.sendText("PING\r\n");
		machine.time.advance(11);
		expect(other.take()).toBe("+PONG\r\n");
		machine.time.advance(500);
		expect(a.take()).toBe("$1\r\n1\r\n+OK\r\n$-1\r\n");
		b.send("DBSIZE");
		machine.time.advance(50);
		expect(b.take()).toBe(":1\r\n");
	});

	test("is an IOERR where nobody listens, or nobody answers", () => {
		a.run("SET", "k", 1);
		const writing = "-IOERR error or timeout writing to target instance\r\n";
		expect(a.run("MIGRATE", "127.0.0.1", 9999, "k", 0, 1000)).toBe(writing);
		machine.network.unreachableHosts.add("10.0.0.1");
		expect(a.run("MIGRATE", "10.0.0.1", 7000, "k", 0, 300)).toBe("");
		machine.time.advance(299);
		expect(a.take()).toBe("");
		machine.time.advance(1);
		expect(a.take()).toBe("-IOERR error or timeout connecting to the client\r\n");
		const silent = new MadeUpServer(7002);
		silent.answer = () => "";
		a.run("MIGRATE", "127.0.0.1", 7002, "k", 0, 0);
		machine.time.advance(999);
		expect(a.take()).toBe("");
		machine.time.advance(1);
		expect(a.take()).toBe("-IOERR error or timeout reading to target instance\r\n");
		expect(a.run("GET", "k")).toBe("$1\r\n1\r\n");
		expect(source.migrations.connectionCount()).toBe(0);
	});

	test("connects anew where the connection it kept was closed over there", () => {
		const target = new MadeUpServer(7002);
		a.run("MSET", "k1", 1, "k2", 2);
		const to = (key: string) => a.run("MIGRATE", "127.0.0.1", 7002, key, 0, 1000);
		expect(to("k1")).toBe("+OK\r\n");
		target.answer = () => {
			target.answer = () => "+OK\r\n";
			target.close();
			return "";
		};
		expect(to("k2")).toBe("+OK\r\n");
		expect(target.connections).toBe(2);
		expect(a.run("DBSIZE")).toBe(":0\r\n");
	});

	test("a key that changes on the way is sent again, as it is then", () => {
		const target = new MadeUpServer(7002);
		let rounds = 0;
		target.answer = () => {
			if (rounds++ < 2) change("k", `value ${rounds}`);
			return "+OK\r\n";
		};
		a.run("SET", "k", "value 0");
		expect(a.run("MIGRATE", "127.0.0.1", 7002, "k", 0, 1000)).toBe("+OK\r\n");
		expect(target.sent.match(/value \d|REPLACE/g)).toEqual(["value 0", "value 1", "REPLACE", "value 2", "REPLACE"]);
		expect(a.run("EXISTS", "k")).toBe(":0\r\n");
	});

	test("a key that is deleted on the way is deleted there as well", () => {
		const target = new MadeUpServer(7002);
		target.answer = (text) => {
			if (text.includes("RESTORE")) change("k", null);
			return text.includes("DEL") ? ":1\r\n" : "+OK\r\n";
		};
		a.run("SET", "k", 1);
		expect(a.run("MIGRATE", "127.0.0.1", 7002, "k", 0, 1000)).toBe("+OK\r\n");
		expect(target.sent).toContain("*2\r\n$3\r\nDEL\r\n$1\r\nk\r\n");
	});

	test("a key that never stops changing stays, and the client is told", () => {
		const target = new MadeUpServer(7002);
		target.answer = () => {
			source.keyspace.changes.database(0, 1);
			return "+OK\r\n";
		};
		a.run("SET", "k", 1);
		expect(a.run("MIGRATE", "127.0.0.1", 7002, "k", 0, 1000)).toMatch(/^-IOERR the key changes faster/);
		expect(target.sent.split("RESTORE").length - 1).toBe(10);
		expect(target.sent).toEndWith("*2\r\n$3\r\nDEL\r\n$1\r\nk\r\n");
		expect(a.run("GET", "k")).toBe("$1\r\n1\r\n");
	});

	test("goes on when its client is gone", () => {
		const other = machine.network.connect(6379);
		machine.network.faults = { ...machine.network.faults, delay_ms_max: 3 };
		a.send("SET", "k", 1);
		a.send("MIGRATE", "127.0.0.1", 7000, "k", 0, 1000);
		machine.time.advance(4);
		a.cut();
		machine.time.advance(100);
		other.send("EXISTS", "k");
		b.send("EXISTS", "k");
		machine.time.advance(50);
		expect(other.take() + b.take()).toBe(":0\r\n:1\r\n");
		expect(source.clients.count()).toBe(1);
	});

	test("moves a value of many chunks over a network that takes little at a time", () => {
		machine = new VirtualMachine(3, { chunkBytesMax: 4000, writeBytesMax: 9000, delay_ms_max: 1, drainsFalsely: true });
		source = machine.start("rdbcompression no");
		const from = machine.network.connect(6379);
		const to = further(7000);
		from.send("SET", "k", "abc".repeat(100_000));
		machine.time.advance(1000);
		from.send("MIGRATE", "127.0.0.1", 7000, "k", 0, 1000);
		machine.time.advance(1000);
		expect(from.take()).toBe("+OK\r\n+OK\r\n");
		to.send("STRLEN", "k");
		machine.time.advance(100);
		expect(to.take()).toBe(":300000\r\n");
	});

	test("tells the append-only file of each key when it goes, before whatever comes behind it", () => {
		source.stop();
		source = machine.start("appendonly yes\nappendfsync always\nport 6380");
		machine.network.settle();
		const from = machine.network.connect(6380);
		const target = new MadeUpServer(7002);
		target.answer = () => "";
		from.run("MSET", "k1", 1, "k2", 2, "k3", 3);
		from.send("MIGRATE", "127.0.0.1", 7002, "", 0, 1000, "KEYS", "k1", "k2");
		machine.network.settle();
		target.say("+OK\r\n");
		machine.network.settle();
		const other = machine.network.connect(6380);
		expect(other.run("SET", "k1", "anew")).toBe("+OK\r\n");
		target.say("+OK\r\n");
		machine.network.settle();
		expect(from.take()).toBe("+OK\r\n");
		source.stop();
		machine.start("appendonly yes\nport 6381");
		machine.network.settle();
		const again = machine.network.connect(6381);
		expect(again.run("MGET", "k1", "k2", "k3")).toBe("*3\r\n$4\r\nanew\r\n$-1\r\n$1\r\n3\r\n");
	});

	test("ends with its server", () => {
		a.run("SET", "k", 1);
		const silent = new MadeUpServer(7002);
		silent.answer = () => "";
		a.run("MIGRATE", "127.0.0.1", 7002, "k", 0, 0);
		expect(source.migrations.connectionCount()).toBe(1);
		source.stop();
		machine.time.advance(0);
		expect(source.migrations.connectionCount()).toBe(0);
	});
});

describe("whatever is written while keys move", () => {
	test("no increment that was acknowledged is lost, and none counts twice", () => {
		let moved = 0;
		let sentAgain = 0;
		for (let seed = 1; seed <= 40; seed++) {
			const faults = { chunkBytesMax: 200, writeBytesMax: 300, delay_ms_max: 1 + (seed % 7), drainsFalsely: true };
			machine = new VirtualMachine(seed, faults);
			const server = machine.start("");
			const target = machine.start("port 7000");
			const [writer, mover] = [machine.network.connect(6379), machine.network.connect(6379)];
			const keys = Array.from({ length: 12 }, (_, i) => `k${i}`);
			const acknowledged = new Map(keys.map((key) => [key, 0]));
			const sent: string[] = [];
			let replies = "";
			const step = () => {
				machine.time.advance(machine.random.below(4));
				replies += writer.take();
			};
			for (const key of keys) mover.send("SET", key, 0);
			machine.time.advance(200);
			for (let i = 0; i < 300; i++) {
				const key = keys[machine.random.below(keys.length)]!;
				writer.send("INCR", key);
				sent.push(key);
				if (i % 20 === 10) {
					const some = keys.slice(Math.floor(i / 20) % 12).slice(0, 3);
					mover.send("MIGRATE", "127.0.0.1", 7000, "", 0, 1000, "KEYS", ...some);
				}
				step();
			}
			machine.time.advance(5000);
			step();
			const lines = replies.split("\r\n").slice(0, -1);
			expect(lines).toHaveLength(sent.length);
			for (const key of sent) acknowledged.set(key, acknowledged.get(key)! + 1);
			for (const key of keys) {
				const total = counterOf(server, key) + counterOf(target, key);
				expect(`${seed} ${key} ${total}`).toBe(`${seed} ${key} ${acknowledged.get(key)}`);
			}
			moved += target.keyspace.keyCount();
			sentAgain += target.table.named("restore")!.calls - target.keyspace.keyCount();
			for (const { keyspace } of [server, target]) keyspace.databases[0]!.table.verify();
		}
		expect(moved).toBeGreaterThan(300);
		expect(sentAgain).toBeGreaterThan(300);
	});
});

/** Of a counter; 0 where there is none. */
function counterOf({ keyspace }: Server, name: string): number {
	const key = Buffer.from(name);
	const database = keyspace.databases[0]!;
	if (!database.peek(key, 0, key.length, database.hash(key, 0, key.length))) return 0;
	const start = database.table.valueStart();
	return Number(
		Buffer.from(database.table.segment.slab).toString("latin1", start, start + database.table.valueLength()),
	);
}
