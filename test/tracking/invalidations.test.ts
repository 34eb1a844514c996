/** To whom invalidations go, and what becomes of them on the way. */
import { describe, expect, test } from "bun:test";
import { bulk, channel, Stage, stale } from "./stage.ts";

describe("REDIRECT", () => {
	test("tells another client, in RESP3 as a push, in RESP2 as messages of a channel while it listens to something", () => {
		const stage = new Stage();
		const [push, listener] = [stage.connect("HELLO 3"), stage.connect()];
		const listenerId = stage.idOf(listener);
		listener.run("PSUBSCRIBE", "any*");
		const a = stage.connect(`CLIENT TRACKING ON REDIRECT ${stage.idOf(push)}`);
		const deaf = stage.connect();
		const b = stage.tracker(`REDIRECT ${stage.idOf(deaf)}`);
		const c = stage.tracker(`REDIRECT ${listenerId}`);
		for (const client of [a, b, c]) client.run("GET", "k");
		const d = stage.connect("SET k 1", "FLUSHALL");
		expect([a.take(), b.take(), c.take(), deaf.take()]).toEqual(["", "", "", ""]);
		// A null is that of the client that tracks.
		expect(push.take()).toBe(`${stale("k")}>2\r\n${bulk("invalidate")}$-1\r\n`);
		expect(listener.take()).toBe(`${channel("k")}*3\r\n${bulk("message")}${bulk("__redis__:invalidate")}_\r\n`);
		listener.run("PUNSUBSCRIBE");
		c.run("GET", "k");
		d.run("SET", "k", "1");
		expect(listener.take()).toBe("");
		stage.verify();
	});

	test("to a client whose own command it was, follows the reply", () => {
		const stage = new Stage();
		const target = stage.connect("HELLO 3");
		const a = stage.connect(`CLIENT TRACKING ON REDIRECT ${stage.idOf(target)}`, "GET k");
		expect(stage.pipe(target, "SET k 1", "PING")).toBe(`+OK\r\n${stale("k")}+PONG\r\n`);
		a.run("GET", "k");
		a.run("SET", "k", "1");
		expect(target.take()).toBe(stale("k"));
		const self = stage.connect("HELLO 3");
		self.run("CLIENT", "TRACKING", "ON", "REDIRECT", stage.idOf(self));
		expect(stage.pipe(self, "GET k", "SET k 1")).toBe(`$1\r\n1\r\n+OK\r\n${stale("k")}`);
	});

	test("to a client that is gone is reported each time, and shown", () => {
		const stage = new Stage();
		const [target, writer] = [stage.connect(), stage.connect()];
		const id = stage.idOf(target);
		const [a, b] = [stage.tracker(`REDIRECT ${id}`), stage.connect(`CLIENT TRACKING ON REDIRECT ${id}`)];
		for (const client of [a, b]) client.run("MGET", "k", "m");
		expect(a.run("CLIENT", "INFO")).toContain(` flags=t `);
		expect(a.run("CLIENT", "GETREDIR")).toBe(`:${id}\r\n`);
		target.end();
		stage.machine.time.advance(0);
		const broken = `>2\r\n${bulk("tracking-redir-broken")}:${id}\r\n`;
		writer.run("SET", "k", "1");
		expect([a.take(), b.take()]).toEqual([broken, ""]);
		expect(a.run("SET", "m", "1")).toBe(`+OK\r\n${broken}`);
		expect(a.run("CLIENT", "INFO")).toContain(` flags=tR `);
		expect(a.run("CLIENT", "INFO")).toContain(` redir=${id} `);
		expect(b.run("CLIENT", "TRACKINGINFO")).toBe(
			`*6\r\n${bulk("flags")}*2\r\n${bulk("on")}${bulk("broken_redirect")}${bulk("redirect")}:${id}\r\n${bulk("prefixes")}*0\r\n`,
		);
		a.run("CLIENT", "TRACKING", "ON");
		expect(a.run("CLIENT", "INFO")).toContain(` flags=t `);
		expect(a.run("CLIENT", "GETREDIR")).toBe(":0\r\n");
	});
});

describe("a client that does not read", () => {
	test("is closed once much waits for it, and costs nobody else anything", () => {
		const stage = new Stage();
		const a = stage.machine.network.connect(6379, { window_bytes: 1000 });
		a.run("HELLO", "3");
		a.run("CLIENT", "TRACKING", "ON", "BCAST");
		a.stopReading();
		const b = stage.connect();
		const key = "k".repeat(8 << 20);
		for (let i = 0; i < 7; i++) expect(b.run("SET", key, "1")).toBe("+OK\r\n");
		expect(stage.counts()).toMatchObject({ clients: 1 });
		for (let i = 0; i < 2; i++) expect(b.run("SET", key, "1")).toBe("+OK\r\n");
		expect(stage.counts()).toMatchObject({ clients: 0, prefixes: 0 });
		stage.verify();
	});

	test("of channels keeps what the configuration says", () => {
		const pauseLimits = { output_bytes: 1000, input_bytes: 1000, total_bytes: 1e9 };
		const stage = new Stage("client-output-buffer-limit pubsub 0 0 0", { pauseLimits });
		const a = stage.machine.network.connect(6379, { window_bytes: 1 << 20 });
		for (const command of ["HELLO 3", "CLIENT TRACKING ON BCAST", "SUBSCRIBE x"]) a.run(...command.split(" "));
		a.stopReading();
		const b = stage.connect();
		const key = "k".repeat(8 << 20);
		for (let i = 0; i < 10; i++) b.run("SET", key, "1");
		expect(stage.counts()).toMatchObject({ clients: 1 });
		a.startReading();
		stage.machine.time.advance(0);
		expect(a.take() === stale(key).repeat(10)).toBe(true);
	});
});

describe("with an append-only file", () => {
	test("invalidations wait with the replies, in their order", () => {
		const stage = new Stage("appendonly yes\nappendfsync always");
		const [a, b] = [stage.tracker(), stage.connect()];
		a.run("GET", "k");
		b.send("SET", "k", "1");
		a.send("GET", "k");
		stage.machine.time.advance(0);
		expect([a.take(), b.take()]).toEqual([`${stale("k")}$1\r\n1\r\n`, "+OK\r\n"]);
		expect(stage.pipe(a, "SET k 2", "PING")).toBe(`+OK\r\n${stale("k")}+PONG\r\n`);
	});
});
