import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { RedisLite } from "../../../src/index.ts";
import { HEAD_MS, IDLE_MS, WRITE_MS } from "../../../src/server/http/connection.ts";
import { CONNECTIONS_MAX, FRESH_MS } from "../../../src/server/http/operator-port.ts";
import { HEAD_BYTES_MAX } from "../../../src/server/http/request.ts";
import { entry, rdbFile, stringBytes } from "../../persistence/rdb/read/rdb-bytes.ts";
import { parseExposition } from "../../support/exposition.ts";
import { freePort } from "../../support/program.ts";
import { VirtualMachine } from "../../support/virtual-machine.ts";
import { noFaults, type VirtualClient } from "../../support/virtual-network.ts";

const PORT = 9121;

function machineWithPort(directives = ""): VirtualMachine {
	const machine = new VirtualMachine();
	machine.start(`metrics-port ${PORT}\n${directives}`);
	return machine;
}

interface Answer {
	readonly status: number;
	readonly headers: ReadonlyMap<string, string>;
	readonly body: string;
}

/** What came back, as answers; a client that asked with HEAD says so. */
function answers(text: string, isHead = false): Answer[] {
	const found: Answer[] = [];
	let rest = text;
	while (rest !== "") {
		const end = rest.indexOf("\r\n\r\n") + 4;
		const [first = "", ...lines] = rest.slice(0, end - 4).split("\r\n");
		const headers = new Map(lines.map((line) => [line.split(": ")[0]!, line.slice(line.indexOf(": ") + 2)]));
		const length = isHead ? 0 : Number(headers.get("Content-Length"));
		expect(first).toMatch(/^HTTP\/1\.1 \d{3} [A-Z]/);
		found.push({ status: Number(first.split(" ")[1]), headers, body: rest.slice(end, end + length) });
		rest = rest.slice(end + length);
	}
	return found;
}

function ask(machine: VirtualMachine, text: string, client = machine.network.connect(PORT)): Answer[] {
	client.sendText(text);
	machine.network.settle();
	return answers(client.take(), text.startsWith("HEAD"));
}

const get = (path: string, headers = "") => `GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`;

describe("the port for operators", () => {
	test("is closed unless it is asked for, and answers at the address that was given", () => {
		const machine = new VirtualMachine();
		machine.start();
		expect(machine.network.addresses()).toEqual(["0.0.0.0:6379", ":::6379"]);
		expect(machineWithPort().network.addresses()).toEqual(["0.0.0.0:6379", ":::6379", `127.0.0.1:${PORT}`]);
		const both = machineWithPort("metrics-bind 10.0.0.1 -::1");
		expect(both.network.addresses().slice(2)).toEqual([`10.0.0.1:${PORT}`, `::1:${PORT}`]);
	});

	test("serves metrics", () => {
		const machine = machineWithPort();
		const [answer] = ask(machine, get("/metrics"));
		expect(answer!.status).toBe(200);
		expect(answer!.headers.get("Content-Type")).toBe("text/plain; version=0.0.4; charset=utf-8");
		expect(answer!.headers.get("Date")).toEndWith(" GMT");
		expect(parseExposition(answer!.body).get("redis_up")!.samples.get("redis_up")).toBe(1);
	});

	test("makes the text at most ten times a second", () => {
		const machine = machineWithPort();
		const client = machine.network.connect(6379);
		const keys = () =>
			parseExposition(ask(machine, get("/metrics"))[0]!.body)
				.get("redis_db_keys")!
				.samples.get('redis_db_keys{db="db0"}');
		expect(keys()).toBe(0);
		client.run("SET", "key", "value");
		machine.time.advance(FRESH_MS - 1);
		expect(keys()).toBe(0);
		machine.time.advance(1);
		expect(keys()).toBe(1);
	});

	test("answers HEAD with the head alone", () => {
		const machine = machineWithPort();
		const [answer] = ask(machine, "HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
		expect(answer!.status).toBe(200);
		expect(Number(answer!.headers.get("Content-Length"))).toBeGreaterThan(5_000);
	});

	test("says that it is ready, and while it loads that it is not", () => {
		const keys = Array.from({ length: 500 }, (_, i) => entry(0, `key:${i}`, stringBytes("v".repeat(50))));
		const machine = new VirtualMachine();
		machine.files.lay("/work/dump.rdb", rdbFile(12, ...keys));
		machine.start(`metrics-port ${PORT}\nloading-process-events-interval-bytes 1024\nkey-load-delay 1000`);
		machine.time.advance(100);
		const [busy] = ask(machine, get("/health"));
		expect(busy!.status).toBe(503);
		expect(busy!.headers.get("Content-Type")).toBe("application/json");
		const body = JSON.parse(busy!.body);
		expect(body).toMatchObject({ status: "loading", reason: "the data is being loaded", writable: false });
		expect(body.loadedBytes).toBeWithin(1, body.totalBytes);
		expect(parseExposition(ask(machine, get("/metrics"))[0]!.body).get("redis_loading_dump_file")!.samples).toEqual(
			new Map([["redis_loading_dump_file", 1]]),
		);
		machine.time.advance(1_000);
		const [ready] = ask(machine, get("/health"));
		expect(ready!.status).toBe(200);
		expect(JSON.parse(ready!.body)).toMatchObject({ status: "ready", writable: true });
	});

	test.each([
		[404, get("/")],
		[404, get("/metrics/")],
		[404, get("//health")],
		[405, "DELETE /metrics HTTP/1.1\r\nHost: x\r\n\r\n"],
		[405, "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\nabc"],
		[400, "*1\r\n$4\r\nPING\r\n\r\n"],
		[400, "GET /metrics HTTP/1.1\r\n\r\n"],
		[505, "PRI * HTTP/2.0\r\n\r\n"],
		[431, get("/metrics", `Cookie: ${"a".repeat(HEAD_BYTES_MAX)}\r\n`)],
		[431, "A".repeat(1_000_000)],
	])("answers %p, and goes on serving others", (status, text) => {
		const machine = machineWithPort();
		const client = machine.network.connect(PORT);
		const [answer, ...more] = ask(machine, text, client);
		expect(answer!.status).toBe(status);
		expect(answer!.headers.get("Allow")).toBe(status === 405 ? "GET, HEAD" : undefined);
		expect(more).toEqual([]);
		expect(client.isClosed).toBe(status !== 404);
		expect(ask(machine, get("/health"))[0]!.status).toBe(200);
	});

	test("answers one request after another on a connection, as long as the client wants", () => {
		const machine = machineWithPort();
		const client = machine.network.connect(PORT);
		for (let scrape = 0; scrape < 1_000; scrape++) {
			expect(ask(machine, get("/metrics"), client).map(({ status }) => status)).toEqual([200]);
			machine.time.advance(15_000);
		}
		expect(ask(machine, get("/health", "Connection: close\r\n"), client)[0]!.headers.get("Connection")).toBe("close");
		expect(client.isClosed).toBe(true);
		expect(machine.network.connect(6379).run("PING")).toBe("+PONG\r\n");
	});

	test("answers requests sent ahead in order, and lets others have their turn between two", () => {
		const machine = machineWithPort();
		const ahead = machine.network.connect(PORT);
		const other = machine.network.connect(6379);
		const requests = ["/health", "/metrics", "/none", "/metrics", "/health"];
		const seen: string[] = [];
		ahead.onNews = () => seen.push("answer");
		other.onNews = () => seen.push("pong");
		ahead.sendText(requests.map((path) => get(path)).join(""));
		other.send("PING");
		machine.network.settle();
		expect(answers(ahead.take()).map(({ status }) => status)).toEqual([200, 200, 404, 200, 200]);
		expect(seen.indexOf("pong")).toBeLessThan(seen.lastIndexOf("answer"));
	});

	test("understands a request however it is cut, and is patient with slow writes", () => {
		for (let seed = 1; seed < 20; seed++) {
			const faults = { chunkBytesMax: 7, writeBytesMax: 999, delay_ms_max: 3, drainsFalsely: true };
			const machine = new VirtualMachine(seed, faults);
			machine.start(`metrics-port ${PORT}`);
			const client = machine.network.connect(PORT, { window_bytes: 2_000 });
			client.sendText(`${get("/metrics")}${get("/health")}${get("/x", "Connection: close\r\n")}`);
			machine.time.advance(5_000);
			const got = answers(client.take());
			expect(got.map(({ status }) => status)).toEqual([200, 200, 404]);
			parseExposition(got[0]!.body);
			expect(client.isClosed).toBe(true);
		}
	});

	test("does not keep more than it has to of a client that sends ahead and reads nothing", () => {
		const machine = machineWithPort();
		const client = machine.network.connect(PORT, { window_bytes: 100 });
		client.stopReading();
		for (let i = 0; i < 1_000; i++) client.sendText(get("/metrics"));
		machine.network.settle();
		client.startReading();
		machine.time.advance(1_000);
		// What was being answered when it was too much, and one more to say so.
		const got = answers(client.take()).map(({ status, headers }) => `${status} ${headers.get("Connection")}`);
		expect(got).toEqual(["200 keep-alive", "200 close"]);
		expect(client.isClosed).toBe(true);
	});

	test("answers or closes whatever bytes come, and in the end lets go of every connection", () => {
		const words = [
			get("/metrics"),
			get("/health"),
			"GET ",
			"POST / HTTP/1.1\r\n",
			"\r\n\r\n",
			"Host: x\r\n",
			"\0",
			"a".repeat(5_000),
		];
		const piece = fc.oneof(fc.constantFrom(...words), fc.string({ unit: "binary" }));
		fc.assert(
			fc.property(fc.integer(), fc.array(piece, { minLength: 1, maxLength: 12 }), (seed, pieces) => {
				const machine = new VirtualMachine(seed, { ...noFaults, chunkBytesMax: 3_000, writeBytesMax: 20_000 });
				const server = machine.start(`metrics-port ${PORT}`);
				const client = machine.network.connect(PORT);
				for (const text of pieces) client.sendText(text);
				machine.time.advance(1_000);
				for (const { status } of answers(client.take())) expect([200, 400, 404, 405, 431, 505]).toContain(status);
				machine.time.advance(IDLE_MS);
				expect(client.isClosed).toBe(true);
				expect(server.statistics.internalErrors).toBe(0);
				server.stop();
			}),
			{ numRuns: 60 },
		);
	});

	test.each([
		["says nothing", HEAD_MS, (_client: VirtualClient) => {}],
		["never ends its request", HEAD_MS, (client: VirtualClient) => client.sendText("GET /metrics HTTP/1.1\r\n")],
		["asks nothing more", IDLE_MS, (client: VirtualClient) => client.sendText(get("/health"))],
		[
			"does not read",
			WRITE_MS,
			(client: VirtualClient) => {
				client.stopReading();
				client.sendText(get("/metrics"));
			},
		],
	])("closes on a client that %s", (_what, patience_ms, begin) => {
		const machine = machineWithPort();
		const client = machine.network.connect(PORT, { window_bytes: 1_000 });
		begin(client);
		machine.time.advance(patience_ms - 1);
		expect(client.isClosed).toBe(false);
		machine.time.advance(2);
		expect(client.isClosed).toBe(true);
	});

	test("has time for a slow request from its first byte on, not longer", () => {
		const machine = machineWithPort();
		const client = machine.network.connect(PORT);
		ask(machine, get("/health"), client);
		machine.time.advance(60_000);
		for (const letter of get("/health").slice(0, 11)) {
			client.sendText(letter);
			machine.time.advance(1_000);
		}
		expect(client.isClosed).toBe(true);
	});

	test("serves so many connections and no more; they do not count as clients", () => {
		const machine = machineWithPort("maxclients 2");
		const clients = Array.from({ length: CONNECTIONS_MAX }, () => machine.network.connect(PORT));
		const late = machine.network.connect(PORT);
		machine.network.settle();
		expect(answers(late.take())[0]!.status).toBe(503);
		expect(late.isClosed).toBe(true);
		clients[0]!.cut();
		expect(ask(machine, get("/health"))[0]!.status).toBe(200);
		expect(machine.network.connect(6379).run("PING")).toBe("+PONG\r\n");
	});

	test("moves by CONFIG SET, and stays where it is where the new address cannot be had", () => {
		const machine = machineWithPort();
		const client = machine.network.connect(6379);
		expect(client.run("CONFIG", "SET", "metrics-port", "9200")).toBe("+OK\r\n");
		expect(machine.network.addresses().slice(2)).toEqual(["127.0.0.1:9200"]);
		expect(client.run("CONFIG", "SET", "metrics-port", "6379")).toContain("Unable to listen on this port");
		expect(machine.network.addresses().slice(2)).toEqual(["127.0.0.1:9200"]);
		expect(client.run("CONFIG", "GET", "metrics-port")).toContain("9200");
		expect(client.run("CONFIG", "SET", "metrics-port", "0")).toBe("+OK\r\n");
		expect(machine.network.addresses()).toHaveLength(2);
		expect(client.run("CONFIG", "SET", "metrics-bind", "::1", "metrics-port", "9300")).toBe("+OK\r\n");
		expect(machine.network.addresses().slice(2)).toEqual(["::1:9300"]);
	});

	test("keeps a server from starting where its address cannot be had, and goes with it", () => {
		const machine = new VirtualMachine();
		expect(() => machine.start("metrics-port 6379")).toThrow("Failed listening on port 6379 (metrics), aborting.");
		expect(machine.network.addresses()).toEqual([]);
		const server = machine.start(`metrics-port ${PORT}`);
		const client = machine.network.connect(PORT);
		server.stop();
		expect(client.isClosed).toBe(true);
		expect(machine.network.addresses()).toEqual([]);
	});

	test("answers 500 to a defect of ours, and counts it", () => {
		const machine = new VirtualMachine();
		const server = machine.start(`metrics-port ${PORT}`);
		server.clients.all = () => {
			throw new Error("a defect");
		};
		expect(ask(machine, get("/metrics"))[0]!.status).toBe(500);
		expect(server.statistics.internalErrors).toBe(1);
		expect(machine.host.printed.at(-1)).toContain("a defect");
		expect(ask(machine, get("/health"))[0]!.status).toBe(200);
	});
});

test("over real sockets: fetch, a hundred times at once, with and without keep-alive", async () => {
	const port = freePort();
	await using _server = await RedisLite.start({ "metrics-port": port });
	const base = `http://127.0.0.1:${port}`;
	const scrape = async (keepalive: boolean) => {
		const response = await fetch(`${base}/metrics`, { keepalive });
		expect(response.status).toBe(200);
		return parseExposition(await response.text()).size;
	};
	// More than there may be at a time would be turned away.
	for (let round = 0; round < 5; round++) {
		const sizes = await Promise.all(Array.from({ length: 20 }, (_, i) => scrape(i % 2 === 0)));
		expect(Math.min(...sizes)).toBeGreaterThan(100);
	}
	expect(await (await fetch(`${base}/health`)).json()).toMatchObject({ status: "ready" });
	expect((await fetch(`${base}/health`, { method: "HEAD" })).status).toBe(200);
	expect((await fetch(`${base}/health`, { method: "POST", body: "x" })).status).toBe(405);
	expect((await fetch(`${base}/`)).status).toBe(404);
});
