/** Client-side caching of whole servers, in virtual time. */
import { describe, expect, test } from "bun:test";
import { ALL_STALE, bulk, Stage, stale } from "./stage.ts";

describe("a client that tracks", () => {
	test("is told once of the change of a key it has read, whoever makes it", () => {
		const stage = new Stage();
		const [a, b] = [stage.tracker(), stage.connect()];
		a.run("GET", "k");
		b.run("SET", "k", "1");
		expect(a.take()).toBe(stale("k"));
		b.run("SET", "k", "2");
		expect(a.take()).toBe("");
		expect(a.run("GET", "k")).toBe("$1\r\n2\r\n");
		expect(a.run("SET", "k", "3")).toBe(`+OK\r\n${stale("k")}`);
		expect(stage.counts()).toEqual({ clients: 1, keys: 0, items: 0, prefixes: 0 });
		stage.verify();
	});

	test("hears of every key a command reads, and of none that it only writes", () => {
		const stage = new Stage();
		const [a, b] = [stage.tracker(), stage.connect()];
		a.run("MGET", "k1", "k2", "k1");
		a.run("SINTERCARD", "2", "k3", "k4");
		a.run("XREAD", "STREAMS", "k5", "k6", "0", "0");
		a.run("OBJECT", "ENCODING", "k7");
		a.run("LRANGE", "k8", "0", "x");
		a.run("GETEX", "w1");
		a.run("SET", "w2", "1");
		expect(stage.counts()).toMatchObject({ keys: 8, items: 8 });
		for (let i = 1; i <= 8; i++) b.run("SET", `k${i}`, "1");
		b.run("DEL", "w1", "w2");
		expect(a.take()).toBe(["k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8"].map((key) => stale(key)).join(""));
	});

	test("knows keys by their names alone, whatever their database", () => {
		const stage = new Stage();
		const [a, b] = [stage.tracker(), stage.connect("SELECT 5")];
		a.run("GET", "k");
		b.run("SET", "k", "1");
		expect(a.take()).toBe(stale("k"));
		a.run("GET", "k");
		b.run("SWAPDB", "0", "5");
		expect(a.take()).toBe("");
		b.run("SELECT", "9");
		b.run("FLUSHDB");
		expect(a.take()).toBe(ALL_STALE);
		expect(stage.counts()).toMatchObject({ keys: 0, items: 0 });
	});

	test("is told of all that it did itself behind the reply, of a transaction behind all of it", () => {
		const stage = new Stage();
		const a = stage.tracker();
		expect(stage.pipe(a, "GET k", "SET k 1", "PING")).toBe(`_\r\n+OK\r\n${stale("k")}+PONG\r\n`);
		const long = "m".repeat(1000);
		a.run("MGET", "k", long, "n");
		expect(stage.pipe(a, `MSET n 1 ${long} 1 k 1`)).toBe(`+OK\r\n${stale("n")}${stale(long)}${stale("k")}`);
		const queued = "+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n";
		expect(stage.pipe(a, "GET k", "MULTI", "SET k 1", "GET k", "DEL k", "FLUSHALL", "EXEC", "PING")).toBe(
			`$1\r\n1\r\n${queued}*4\r\n+OK\r\n$1\r\n1\r\n:1\r\n+OK\r\n${stale("k")}${stale("k")}${ALL_STALE}+PONG\r\n`,
		);
		expect(stage.pipe(a, "GET k", "MULTI", "SET k 1", "CLIENT TRACKING OFF", "EXEC")).toBe(
			`_\r\n+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n+OK\r\n+OK\r\n${stale("k")}`,
		);
	});

	test("is told of keyspace events first, as they come from the command", () => {
		const stage = new Stage("notify-keyspace-events KA");
		const a = stage.tracker();
		a.run("SUBSCRIBE", "__keyspace@0__:k");
		a.run("GET", "k");
		const event = `>3\r\n${bulk("message")}${bulk("__keyspace@0__:k")}${bulk("set")}`;
		expect(a.run("SET", "k", "1")).toBe(`+OK\r\n${event}${stale("k")}`);
	});

	test("gets what others caused before its own next reply", () => {
		const stage = new Stage();
		const [a, b] = [stage.tracker(), stage.connect()];
		a.run("GET", "k");
		b.send("SET", "k", "1");
		a.send("PING");
		stage.machine.time.advance(0);
		expect(a.take()).toBe(`${stale("k")}+PONG\r\n`);
	});

	test("hears nothing in RESP2", () => {
		const stage = new Stage();
		const a = stage.connect("CLIENT TRACKING ON", "GET k");
		expect(stage.pipe(a, "SET k 1", "FLUSHALL")).toBe("+OK\r\n+OK\r\n");
	});

	test("hears pushes although it wants no replies", () => {
		const stage = new Stage();
		const a = stage.tracker();
		a.run("GET", "k");
		expect(stage.pipe(a, "CLIENT REPLY OFF", "SET k 1", "CLIENT REPLY ON")).toBe(`${stale("k")}+OK\r\n`);
	});

	test("is told of its keys when they expire, by a look or by themselves", () => {
		const stage = new Stage();
		const [a, b] = [stage.tracker(), stage.connect("SET k 1 PX 5", "SET m 1 PX 100", "DEBUG SET-ACTIVE-EXPIRE 0")];
		a.run("MGET", "k", "m");
		stage.machine.time.advance(6);
		expect(a.take()).toBe("");
		expect(a.run("GET", "k")).toBe(`_\r\n${stale("k")}`);
		b.run("DEBUG", "SET-ACTIVE-EXPIRE", "1");
		stage.machine.time.advance(200);
		expect(a.take()).toBe(stale("m"));
		// The look that found it gone is remembered.
		b.run("SET", "k", "1");
		expect(a.take()).toBe(stale("k"));
	});

	test("is told of its keys when they are evicted", () => {
		const stage = new Stage("maxmemory 3mb\nmaxmemory-policy allkeys-random");
		const [a, b] = [stage.tracker("NOLOOP"), stage.connect()];
		const keys = Array.from({ length: 100 }, (_, i) => `key:${i}`);
		for (const key of keys) b.run("SET", key, "x".repeat(1000));
		a.run("MGET", ...keys);
		for (let i = 0; i < 4000; i++) b.run("SET", `other:${i}`, "x".repeat(1000));
		const gone = keys.filter((key) => b.run("EXISTS", key) === ":0\r\n");
		const told = [...a.take().matchAll(/key:\d+/g)].map(([key]) => key);
		expect(gone.length).toBeGreaterThan(10);
		expect(told.sort()).toEqual(gone.sort());
	});

	test("that turns tracking off and on again still hears of what it read before", () => {
		const stage = new Stage();
		const [a, b] = [stage.tracker(), stage.connect()];
		a.run("MGET", "k", "m");
		a.run("CLIENT", "TRACKING", "OFF");
		b.run("SET", "k", "1");
		expect(a.take()).toBe("");
		a.run("CLIENT", "TRACKING", "ON");
		b.run("MSET", "k", "1", "m", "1");
		expect(a.take()).toBe(stale("m"));
		// Not with broadcasts.
		a.run("GET", "m");
		a.run("CLIENT", "TRACKING", "OFF");
		a.run("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "x");
		b.run("SET", "m", "1");
		expect(a.take()).toBe("");
		stage.verify();
	});

	test("leaves nothing behind", () => {
		const stage = new Stage();
		const listeners = () => stage.server.keyspace.changes["listeners"].length;
		const before = listeners();
		const [a, b] = [stage.tracker(), stage.tracker("BCAST PREFIX x PREFIX y")];
		a.run("MGET", "k", "m");
		expect(stage.counts()).toEqual({ clients: 2, keys: 2, items: 2, prefixes: 2 });
		expect(listeners()).toBe(before + 1);
		expect(a.run("RESET")).toBe("+RESET\r\n");
		b.cut();
		stage.machine.time.advance(0);
		expect(stage.counts()).toEqual({ clients: 0, keys: 0, items: 0, prefixes: 0 });
		expect(stage.connect().run("SET", "k", "1")).toBe("+OK\r\n");
		expect(listeners()).toBe(before);
		stage.verify();
	});
});

describe("a stream", () => {
	test("is told of when it can be read differently", () => {
		const stage = new Stage();
		const [a, b] = [stage.tracker(), stage.connect()];
		const told = (command: string) => {
			a.run("XLEN", "s");
			b.run(...command.split(" "));
			return a.take() === stale("s");
		};
		expect(told("XGROUP CREATE s g $ MKSTREAM")).toBe(true);
		expect(told("XGROUP CREATE s h $ MKSTREAM")).toBe(false);
		expect(told("XGROUP CREATECONSUMER s g c")).toBe(false);
		expect(told("XADD s 1-1 f v")).toBe(true);
		expect(told("XREADGROUP GROUP g c STREAMS s >")).toBe(false);
		expect(told("XACK s g 1-1")).toBe(false);
		expect(told("XSETID s 5-5")).toBe(false);
		expect(told("XDEL s 1-1")).toBe(true);
	});
});

describe("what waits for a key", () => {
	test("hears of what it had read before its late reply, of what it does itself behind it", () => {
		const stage = new Stage();
		const [a, b] = [stage.tracker(), stage.connect()];
		a.run("LLEN", "from");
		a.run("LLEN", "to");
		a.send("BLMOVE", "from", "to", "LEFT", "RIGHT", "0");
		stage.machine.time.advance(0);
		expect(a.take()).toBe("");
		b.run("RPUSH", "from", "x");
		expect(a.take()).toBe(`${stale("from")}$1\r\nx\r\n${stale("to")}`);
	});

	test("has read its keys when it is served", () => {
		const stage = new Stage();
		const [a, b] = [stage.tracker("NOLOOP"), stage.connect()];
		a.send("XREAD", "BLOCK", "0", "STREAMS", "s", "$");
		stage.machine.time.advance(0);
		b.run("XADD", "s", "1-1", "f", "v");
		expect(a.take()).toStartWith(`${stale("s")}%1\r\n`);
		b.run("XADD", "s", "1-2", "f", "v");
		expect(a.take()).toBe(stale("s"));
	});
});

describe("NOLOOP", () => {
	test("leaves out what the client does itself, and forgets it all the same", () => {
		const stage = new Stage();
		const [a, b] = [stage.tracker("NOLOOP"), stage.connect()];
		a.run("MGET", "k", "m");
		expect(a.run("SET", "k", "1")).toBe("+OK\r\n");
		b.run("MSET", "k", "2", "m", "2");
		expect(a.take()).toBe(stale("m"));
		expect(a.run("FLUSHALL")).toBe(`+OK\r\n${ALL_STALE}`);
	});

	test("of a broadcast leaves out keys that the client has changed last", () => {
		const stage = new Stage();
		const [a, b] = [stage.tracker("BCAST NOLOOP"), stage.tracker("BCAST")];
		a.send("MSET", "k", "1", "m", "1");
		b.send("SET", "m", "2");
		stage.machine.time.advance(0);
		expect([a.take(), b.take()]).toEqual([`+OK\r\n${stale("m")}`, `+OK\r\n${stale("k", "m")}`]);
		expect(a.run("SET", "k", "1")).toBe("+OK\r\n");
		expect(b.take()).toBe(stale("k"));
		// Nobody has changed it when its time is over, not even who looks.
		a.run("SET", "k", "1", "PX", "1");
		stage.machine.time.advance(5);
		expect(a.take()).toBe(stale("k"));
		b.run("DEBUG", "SET-ACTIVE-EXPIRE", "0");
		a.run("SET", "k", "1", "PX", "1");
		stage.machine.time.advance(5);
		expect(a.run("GET", "k")).toBe(`_\r\n${stale("k")}`);
	});
});

describe("OPTIN and OPTOUT", () => {
	test("track a command behind CLIENT CACHING YES, and all but that behind CLIENT CACHING NO", () => {
		const stage = new Stage();
		const [a, b, c] = [stage.tracker("OPTIN"), stage.tracker("OPTOUT"), stage.connect()];
		stage.pipe(a, "GET k1", "CLIENT CACHING YES", "GET k2", "GET k3");
		stage.pipe(b, "GET k1", "CLIENT CACHING NO", "GET k2", "GET k3");
		c.run("MSET", "k1", "1", "k2", "1", "k3", "1");
		expect([a.take(), b.take()]).toEqual([stale("k2"), stale("k1") + stale("k3")]);
	});

	test.each([
		["CLIENT ID", true],
		["CLIENT CACHING", true],
		["CLIENT NOSUCH", false],
		["NOSUCH", false],
		["GET", false],
		["PING", false],
	])("CLIENT CACHING holds behind %s: %p", (between, isHeld) => {
		const stage = new Stage();
		const [a, b] = [stage.tracker("OPTIN"), stage.connect()];
		stage.pipe(a, "CLIENT CACHING YES", between, "GET k");
		b.run("SET", "k", "1");
		expect(a.take()).toBe(isHeld ? stale("k") : "");
	});

	test("CLIENT CACHING holds for a whole transaction, begun before it or behind it", () => {
		const stage = new Stage();
		const [a, b] = [stage.tracker("OPTIN"), stage.connect()];
		const write = () => {
			b.run("MSET", "k1", "1", "k2", "1", "k3", "1");
			return a.take();
		};
		stage.pipe(a, "CLIENT CACHING YES", "MULTI", "NOSUCH", "DISCARD", "GET k1");
		expect(write()).toBe("");
		stage.pipe(a, "CLIENT CACHING YES", "MULTI", "GET k1", "GET k2", "EXEC", "GET k3");
		expect(write()).toBe(stale("k1") + stale("k2"));
		stage.pipe(a, "MULTI", "GET k1", "CLIENT CACHING YES", "GET k2", "EXEC", "GET k3");
		expect(write()).toBe(stale("k2"));
	});
});

describe("BCAST", () => {
	test("tells of all keys, once for all changes of a turn of the loop, behind the replies", () => {
		const stage = new Stage();
		const [a, b] = [stage.tracker("BCAST"), stage.connect()];
		expect(stage.pipe(a, "SET k 1", "SET b 1", "SET k 2", "PING")).toBe(
			`${"+OK\r\n".repeat(3)}+PONG\r\n${stale("b", "k")}`,
		);
		b.run("SET", "k", "1");
		expect(a.take()).toBe(stale("k"));
		b.run("GET", "k");
		a.run("GET", "k");
		expect(a.take()).toBe("");
		expect(stage.counts()).toEqual({ clients: 1, keys: 0, items: 0, prefixes: 1 });
	});

	test("tells of keys with the prefixes, prefix by prefix", () => {
		const stage = new Stage();
		const a = stage.tracker("BCAST PREFIX user: PREFIX b PREFIX longer-than-any-key");
		const b = stage.tracker("BCAST PREFIX u PREFIX none");
		const c = stage.connect();
		stage.pipe(c, "SET user:1 1", "SET x 1", "SET book 1", "SET b 1", "SET use 1", "SET user: 1");
		expect(a.take()).toBe(stale("b", "book") + stale("user:", "user:1"));
		expect(b.take()).toBe(stale("use", "user:", "user:1"));
		expect(a.run("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "x")).toBe("+OK\r\n");
		c.run("SET", "x", "1");
		expect(a.take()).toBe(stale("x"));
		stage.verify();
		a.run("CLIENT", "TRACKING", "OFF");
		expect(stage.counts()).toMatchObject({ clients: 1, prefixes: 2 });
		stage.verify();
	});

	test("tells a client nothing of what changed before it named a prefix", () => {
		const stage = new Stage();
		const a = stage.connect("HELLO 3");
		expect(stage.pipe(a, "SET k 1", "CLIENT TRACKING ON BCAST", "SET m 1")).toBe(`+OK\r\n+OK\r\n+OK\r\n${stale("m")}`);
	});

	test("sends a flush at once and keys behind it", () => {
		const stage = new Stage();
		const [a, b] = [stage.tracker("BCAST"), stage.connect()];
		stage.pipe(b, "SET k 1", "FLUSHALL", "SET m 1");
		expect(a.take()).toBe(ALL_STALE + stale("k", "m"));
	});

	test("is not followed by what nobody waits for any more", () => {
		const stage = new Stage();
		const [a, b] = [stage.tracker("BCAST"), stage.connect()];
		stage.pipe(a, "SET k 1", "CLIENT TRACKING OFF");
		b.run("SET", "k", "1");
		expect(a.take()).toBe("");
		stage.verify();
	});

	test("costs no more than reading the key, with 20,000 prefixes", () => {
		const stage = new Stage();
		const a = stage.connect("HELLO 3");
		const prefixes = Array.from({ length: 20_000 }, (_, i) => `${"p".repeat(i % 50)}:${i}:`);
		expect(a.run("CLIENT", "TRACKING", "ON", "BCAST", ...prefixes.flatMap((prefix) => ["PREFIX", prefix]))).toBe(
			"+OK\r\n",
		);
		expect(stage.connect().run("SET", `${prefixes[777]}x`, "1")).toBe("+OK\r\n");
		expect(a.take()).toBe(stale(`${prefixes[777]}x`));
		// Each with each would be two hundred million comparisons.
		const again = a.run(
			"CLIENT",
			"TRACKING",
			"ON",
			"BCAST",
			...prefixes.flatMap((prefix) => ["PREFIX", `q${prefix}`]),
			"PREFIX",
			"q",
		);
		expect(again).toBe(
			"-ERR Prefix 'q:0:' overlaps with another provided prefix 'q'. Prefixes for a single client must not overlap.\r\n",
		);
		expect(stage.counts()).toMatchObject({ prefixes: 20_000 });
	});
});

describe("tracking-table-max-keys", () => {
	test("is kept before each command, and who had read is told before its reply", () => {
		const stage = new Stage("tracking-table-max-keys 2");
		const a = stage.tracker();
		const text = stage.pipe(a, "GET k1", "GET k2", "GET k3", "PING", "PING");
		const [forgotten] = /k\d/.exec(text)!;
		expect(text).toBe(`_\r\n_\r\n_\r\n${stale(forgotten)}+PONG\r\n+PONG\r\n`);
		expect(stage.counts()).toMatchObject({ keys: 2, items: 2 });
		stage.verify();
	});

	test("is kept by the commands of others, too", () => {
		const stage = new Stage("tracking-table-max-keys 10");
		const [a, b] = [stage.tracker(), stage.connect()];
		a.run("MGET", ...Array.from({ length: 250 }, (_, i) => `k${i}`));
		expect(a.take()).toBe("");
		b.run("PING");
		expect(a.take().split("invalidate").length - 1).toBe(100);
		b.run("PING");
		expect(a.take().split("invalidate").length - 1).toBe(140);
		b.run("PING");
		expect(a.take()).toBe("");
		b.run("CONFIG", "SET", "tracking-table-max-keys", "3");
		expect(a.take()).toBe("");
		b.run("PING");
		expect(a.take().split("invalidate").length - 1).toBe(7);
		b.run("CONFIG", "SET", "tracking-table-max-keys", "0");
		a.run("MGET", ...Array.from({ length: 250 }, (_, i) => `k${i}`));
		b.run("PING");
		expect(stage.counts()).toMatchObject({ keys: 250 });
	});

	test("is no limit to broadcasts", () => {
		const stage = new Stage("tracking-table-max-keys 1");
		const [a, b] = [stage.tracker("BCAST"), stage.connect()];
		b.run("MSET", "k", "1", "m", "1", "n", "1");
		expect(a.take()).toBe(stale("k", "m", "n"));
	});
});
