import { describe, expect, test } from "bun:test";
import { RedisLite } from "../../src/index.ts";
import { shutdownOptions } from "../../src/persistence/persistence.ts";
import { INTERNAL_ERROR } from "../../src/resp/errors.ts";
import type { Server } from "../../src/server/server.ts";
import { VirtualMachine } from "../support/virtual-machine.ts";

/** Replaces what a command does by something that fails. */
function breakCommand(
	server: Server,
	name: string,
	run: (call: { reply: { simple(text: string): void } }) => void,
): void {
	(server.table.named(name) as { run: unknown }).run = run;
}

describe("start", () => {
	test("logs what log watchers wait for, in this order", () => {
		const machine = new VirtualMachine();
		machine.start();
		const lines = machine.host.printed.map((line) => line.replace(/^4711:M 14 Nov 2023 22:13:20\.000 /, ""));
		expect(lines).toEqual([
			"* oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo",
			expect.stringMatching(/^\* Redis version=7\.2\.4, bits=64, commit=\S+, modified=0, pid=4711, just started$/),
			"# Warning: no config file specified, using the default config.",
			"* Running mode=standalone, port=6379.",
			"* PID: 4711",
			"* Server initialized",
			"* Ready to accept connections tcp",
		]);
	});

	test("on a port that is taken fails, says so in the log, and leaves nothing behind", () => {
		const machine = new VirtualMachine();
		machine.start();
		const pending = machine.time.pendingCount();
		const second = machine.prepare("unixsocket /run/redis.sock");
		expect(() => second.start()).toThrow("Failed listening on port 6379 (tcp), aborting.");
		const lines = machine.host.printed.slice(-2).map((line) => line.slice(32));
		expect(lines).toEqual([
			"# Warning: Could not create server TCP listening socket *:6379: bind: Address already in use",
			"# Failed listening on port 6379 (tcp), aborting.",
		]);
		expect(machine.time.pendingCount()).toBe(pending);
		expect(() => machine.network.connectUnix("/run/redis.sock")).toThrow("nobody listens");
	});

	test("with nothing to listen on fails", () => {
		expect(() => new VirtualMachine().start("port 0")).toThrow("Configured to not listen anywhere, exiting.");
		expect(() => new VirtualMachine().start('bind ""')).toThrow("Configured to not listen anywhere, exiting.");
	});

	test("tells the supervisor when it serves and when it stops", () => {
		const machine = new VirtualMachine();
		const told: string[] = [];
		const server = machine.start("", { tellSupervisor: (state) => told.push(state) });
		expect(told).toEqual(["READY=1"]);
		server.ending.begin(shutdownOptions([]));
		expect(told).toEqual(["READY=1", "STOPPING=1"]);
	});

	test("writes the process id to a file and removes it at the end", () => {
		const machine = new VirtualMachine();
		const server = machine.start("pidfile /run/redis.pid");
		expect(machine.files.readText("/run/redis.pid")).toBe("4711\n");
		server.stop();
		expect(machine.files.exists("/run/redis.pid")).toBe(false);
	});

	test("goes on where that file cannot be written, and removes nothing then", () => {
		const machine = new VirtualMachine();
		machine.files.refusedWrites.set("/run/redis.pid", "ENOENT: no such file or directory");
		const server = machine.start("pidfile /run/redis.pid");
		expect(machine.host.printed.join("\n")).toContain("# Failed to write PID file: ENOENT");
		machine.files.texts.set("/run/redis.pid", "12\n");
		server.stop();
		expect(machine.files.readText("/run/redis.pid")).toBe("12\n");
	});
});

describe("addresses", () => {
	test("bind takes several, and passes over optional ones that are missing", () => {
		const machine = new VirtualMachine();
		machine.network.missingHosts.add("::1");
		machine.start("bind 127.0.0.1 10.0.0.1 -::1");
		expect(machine.network.addresses()).toEqual(["127.0.0.1:6379", "10.0.0.1:6379"]);
		expect(machine.network.connect(6379, { host: "10.0.0.1" }).run("PING")).toBe("+PONG\r\n");
	});

	test("one that is missing and not optional closes those opened before", () => {
		const machine = new VirtualMachine();
		machine.network.missingHosts.add("10.0.0.1");
		expect(() => machine.start("bind 127.0.0.1 10.0.0.1")).toThrow("Failed listening on port 6379 (tcp), aborting.");
		expect(machine.network.addresses()).toEqual([]);
	});

	test("the default is every address of both families", () => {
		const machine = new VirtualMachine();
		machine.start();
		expect(machine.network.addresses()).toEqual(["0.0.0.0:6379", ":::6379"]);
	});

	test("CONFIG SET port moves the listeners and keeps the clients", () => {
		const machine = new VirtualMachine();
		const server = machine.start();
		const client = machine.network.connect(6379);
		expect(client.run("CONFIG", "SET", "port", 7000)).toBe("+OK\r\n");
		expect(server.port()).toBe(7000);
		expect(client.run("PING")).toBe("+PONG\r\n");
		expect(machine.network.connect(7000).run("PING")).toBe("+PONG\r\n");
		expect(() => machine.network.connect(6379)).toThrow("refused");
	});

	test("CONFIG SET port to one that is taken changes nothing", () => {
		const machine = new VirtualMachine();
		machine.start("port 7000");
		const server = machine.start();
		const before = machine.network.addresses();
		const client = machine.network.connect(6379);
		expect(client.run("CONFIG", "SET", "port", 7000)).toBe(
			"-ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check server logs.\r\n",
		);
		expect(server.port()).toBe(6379);
		expect(client.run("CONFIG", "GET", "port")).toContain("$4\r\n6379\r\n");
		expect(machine.network.addresses().toSorted()).toEqual(before.toSorted());
		expect(machine.network.connect(6379).run("PING")).toBe("+PONG\r\n");
	});

	test("CONFIG SET bind opens what is new and closes what is gone, or changes nothing", () => {
		const machine = new VirtualMachine();
		machine.network.missingHosts.add("10.0.0.9");
		machine.start("bind 127.0.0.1");
		const client = machine.network.connect(6379);
		expect(client.run("CONFIG", "SET", "bind", "127.0.0.1 10.0.0.1")).toBe("+OK\r\n");
		expect(machine.network.addresses()).toEqual(["127.0.0.1:6379", "10.0.0.1:6379"]);
		expect(client.run("CONFIG", "SET", "bind", "10.0.0.9")).toContain("Failed to bind to specified addresses.");
		expect(machine.network.addresses()).toEqual(["127.0.0.1:6379", "10.0.0.1:6379"]);
		expect(client.run("CONFIG", "SET", "bind", "10.0.0.1")).toBe("+OK\r\n");
		expect(() => machine.network.connect(6379)).toThrow("refused");
	});

	test("CONFIG SET port and bind together are one move", () => {
		const machine = new VirtualMachine();
		machine.start("bind 127.0.0.1");
		const client = machine.network.connect(6379);
		expect(client.run("CONFIG", "SET", "bind", "10.0.0.1", "port", 7000)).toBe("+OK\r\n");
		expect(machine.network.addresses()).toEqual(["10.0.0.1:7000"]);
	});

	test("a unix socket serves without a port", () => {
		const machine = new VirtualMachine();
		const server = machine.start("port 0\nunixsocket /run/redis.sock\nunixsocketperm 700");
		expect(machine.network.unixModes.get("/run/redis.sock")).toBe(0o700);
		const client = machine.network.connectUnix("/run/redis.sock");
		expect(client.run("PING")).toBe("+PONG\r\n");
		expect(client.run("CLIENT", "LIST")).toContain(" addr=/run/redis.sock:0 laddr=/run/redis.sock:0 ");
		expect(client.run("CLIENT", "LIST")).toContain(" flags=U ");
		expect(machine.host.printed.at(-1)).toEndWith("* Ready to accept connections unix");
		server.stop();
		expect(() => machine.network.connectUnix("/run/redis.sock")).toThrow("nobody listens");
	});
});

describe("passwords", () => {
	test("CONFIG SET requirepass counts for new clients; those who are in stay in", () => {
		const machine = new VirtualMachine();
		machine.start();
		const early = machine.network.connect(6379);
		expect(early.run("CONFIG", "SET", "requirepass", "secret")).toBe("+OK\r\n");
		expect(early.run("PING")).toBe("+PONG\r\n");
		const late = machine.network.connect(6379);
		expect(late.run("PING")).toBe("-NOAUTH Authentication required.\r\n");
		expect(late.run("AUTH", "wrong")).toStartWith("-WRONGPASS ");
		expect(late.run("AUTH", "secret")).toBe("+OK\r\n");
		expect(late.run("PING")).toBe("+PONG\r\n");
		early.run("CONFIG", "SET", "requirepass", "");
		expect(machine.network.connect(6379).run("PING")).toBe("+PONG\r\n");
	});

	test("what stands behind AUTH in the same write is executed with the new rights", () => {
		const machine = new VirtualMachine();
		machine.start("requirepass secret");
		const client = machine.network.connect(6379);
		client.sendText("PING\r\nAUTH secret\r\nPING\r\n");
		machine.network.settle();
		expect(client.take()).toBe("-NOAUTH Authentication required.\r\n+OK\r\n+PONG\r\n");
	});
});

describe("a defect of ours", () => {
	test("in a command is answered, counted and logged, and costs nobody the connection", () => {
		const machine = new VirtualMachine();
		const server = machine.start();
		const [client, other] = [machine.network.connect(6379), machine.network.connect(6379)];
		breakCommand(server, "echo", (call) => {
			call.reply.simple("half a reply");
			throw new Error("the handler gave up");
		});
		client.sendText("SET a 1\r\nECHO x\r\nGET a\r\n");
		machine.network.settle();
		expect(client.take()).toBe(`+OK\r\n-${INTERNAL_ERROR}\r\n$1\r\n1\r\n`);
		expect(other.run("PING")).toBe("+PONG\r\n");
		expect(server.statistics.internalErrors).toBe(1);
		expect(server.statistics.errors.get("ERR")).toBe(1);
		expect(server.table.named("echo")!.failedCalls).toBe(1);
		expect(machine.host.printed.at(-1)).toContain("# Internal error in 'echo': Error: the handler gave up");
	});

	test("outside of commands closes the one connection, and no byte of it reaches another", () => {
		const machine = new VirtualMachine();
		const server = machine.start();
		const [client, other] = [machine.network.connect(6379), machine.network.connect(6379)];
		const { executor } = server;
		const { execute } = executor;
		executor.execute = (...parameters) => {
			execute.apply(executor, parameters);
			throw new Error("the executor gave up");
		};
		client.send("ECHO", "secret of one client");
		machine.network.settle();
		executor.execute = execute;
		expect(client.isClosed).toBe(true);
		expect(other.run("PING")).toBe("+PONG\r\n");
		expect(server.statistics.internalErrors).toBe(1);
		expect(server.clients.count()).toBe(1);
	});

	test("a protocol error is counted with the error replies", () => {
		const machine = new VirtualMachine();
		const server = machine.start();
		machine.network.connect(6379).sendText("*1\r\n!\r\n");
		machine.network.settle();
		expect(server.statistics.errors.get("ERR")).toBe(1);
	});
});

describe("stop", () => {
	test("leaves nothing running, whatever was going on", () => {
		const machine = new VirtualMachine();
		const server = machine.start(
			"timeout 100\nclient-output-buffer-limit normal 0 1000 60\nunixsocket /run/redis.sock",
		);
		const clients = [0, 1, 2, 3].map(() => machine.network.connect(6379, { window_bytes: 1_000 }));
		clients[0]!.run("SET", "key", "value", "PX", 5_000);
		clients[1]!.stopReading();
		clients[1]!.send("ECHO", "x".repeat(100_000));
		clients[2]!.sendText("*3\r\n$3\r\nSET\r\n");
		clients[0]!.run("CLIENT", "PAUSE", 60_000);
		clients[3]!.send("PING");
		machine.time.advance(500);
		expect(machine.time.pendingCount()).toBeGreaterThanOrEqual(3);
		server.stop();
		machine.network.settle();
		expect(machine.time.pendingCount()).toBe(0);
		expect(clients.every(({ isClosed }) => isClosed)).toBe(true);
		expect(server.clients.count()).toBe(0);
		expect(machine.network.addresses()).toEqual([]);
		server.stop();
	});

	test("in the middle of CLIENT UNPAUSE's consequences as well", () => {
		const machine = new VirtualMachine();
		const server = machine.start();
		const [a, b] = [machine.network.connect(6379), machine.network.connect(6379)];
		a.run("CLIENT", "PAUSE", 10_000, "WRITE");
		b.run("SET", "key", "1");
		server.clients.unpause();
		server.stop();
		machine.network.settle();
		expect(machine.time.pendingCount()).toBe(0);
		expect(server.keyspace.keyCount()).toBe(0);
	});

	test("by SHUTDOWN calls back with 0, answers nothing, and executes nothing behind it", () => {
		const machine = new VirtualMachine();
		const server = machine.start();
		const codes: number[] = [];
		server.onStopped((code) => codes.push(code));
		const client = machine.network.connect(6379);
		client.sendText("SHUTDOWN NOSAVE\r\nSET a 1\r\n");
		machine.network.settle();
		expect(client.take()).toBe("");
		expect(client.isClosed).toBe(true);
		expect(codes).toEqual([0]);
		expect(server.keyspace.keyCount()).toBe(0);
		expect(machine.time.pendingCount()).toBe(0);
		expect(machine.host.printed.at(-1)).toEndWith("* Redis is now ready to exit, bye bye...");
	});

	test("by a signal logs which", () => {
		const machine = new VirtualMachine();
		const server = machine.start();
		server.signalled("SIGTERM");
		const lines = machine.host.printed.slice(-3).map((line) => line.slice(32));
		expect(lines).toEqual([
			"* Received SIGTERM scheduling shutdown...",
			"* User requested shutdown...",
			"* Redis is now ready to exit, bye bye...",
		]);
	});
});

describe("several servers in one process", () => {
	test("share nothing but the machine", () => {
		const machine = new VirtualMachine();
		const servers = [6379, 6380, 6381].map((port) => machine.start(`port ${port}`));
		const clients = servers.map((server) => machine.network.connect(server.port()));
		const replies = clients.map((client, i) => client.run("SET", "name", `server${i}`, "PX", 1_000 * (i + 1)));
		expect(replies).toEqual(["+OK\r\n", "+OK\r\n", "+OK\r\n"]);
		const names = clients.map((client) => client.run("GET", "name"));
		expect(names).toEqual(["$7\r\nserver0\r\n", "$7\r\nserver1\r\n", "$7\r\nserver2\r\n"]);
		clients[0]!.run("CLIENT", "PAUSE", 500);
		expect(clients.map((client) => client.run("PING"))).toEqual(["", "+PONG\r\n", "+PONG\r\n"]);
		clients[1]!.run("CONFIG", "SET", "requirepass", "secret");
		expect(machine.network.connect(6381).run("PING")).toBe("+PONG\r\n");
		machine.time.advance(1_001);
		expect(servers.map((server) => server.keyspace.keyCount())).toEqual([0, 1, 1]);
		expect(new Set(servers.map((server) => server.runId)).size).toBe(3);
		servers[1]!.stop();
		expect(clients.map((client) => client.isClosed)).toEqual([false, true, false]);
		expect(clients[2]!.run("GET", "name")).toBe("$7\r\nserver2\r\n");
	});

	test("by the library, over any adapters: free ports, nothing printed, nothing left", async () => {
		const machine = new VirtualMachine();
		{
			await using first = await RedisLite.start({}, machine.adapters);
			await using second = await RedisLite.start({ requirepass: "a secret", timeout: 5 }, machine.adapters);
			expect(second.port).not.toBe(first.port);
			expect(first.url).toBe(`redis://127.0.0.1:${first.port}`);
			const client = machine.network.connect(first.port);
			expect(client.run("CONFIG", "GET", "port")).toContain(`\r\n${first.port}\r\n`);
			expect(client.run("CONFIG", "SET", "bind", "127.0.0.1 10.0.0.1")).toBe("+OK\r\n");
			expect(machine.network.connect(first.port, { host: "10.0.0.1" }).run("PING")).toBe("+PONG\r\n");
			expect(machine.network.connect(second.port).run("AUTH", "a secret")).toBe("+OK\r\n");
		}
		machine.network.settle();
		expect(machine.network.addresses()).toEqual([]);
		expect(machine.time.pendingCount()).toBe(0);
		expect(machine.host.printed).toEqual([]);
	});

	test("the library says which directive is wrong", async () => {
		await expect(RedisLite.start({ maxclients: "many" })).rejects.toThrow("maxclients");
		await expect(RedisLite.start({ "no-such-thing": 1 })).rejects.toThrow("no-such-thing");
	});
});

describe("expiry", () => {
	test("removes keys when their time is over, whoever asks for them or not", () => {
		const machine = new VirtualMachine();
		const server = machine.start();
		const client = machine.network.connect(6379);
		for (let i = 1; i <= 1_000; i++) client.send("SET", `key:${i}`, "value", "PX", i * 10);
		client.send("SET", "stays", "value");
		machine.network.settle();
		client.take();
		// Nobody says a word until the end: only the timer can have removed them.
		for (const removed of [0, 1, 10, 500, 999]) {
			machine.time.advance(removed * 10 + 1 - (machine.time.now_ms() - 1_700_000_000_000));
			expect(server.keyspace.keyCount()).toBe(1_001 - removed);
		}
		machine.time.advance(1_000);
		expect(server.keyspace.keyCount()).toBe(1);
		expect(server.keyspace.expiredKeys).toBe(1_000);
		expect(client.run("TTL", "stays")).toBe(":-1\r\n");
	});

	test("a key lives through the last millisecond of its time", () => {
		const machine = new VirtualMachine();
		const server = machine.start();
		const client = machine.network.connect(6379);
		client.run("SET", "key", "value", "PX", 100);
		machine.time.advance(100);
		expect(server.keyspace.keyCount()).toBe(1);
		machine.time.advance(1);
		expect(server.keyspace.keyCount()).toBe(0);
	});

	test("an earlier deadline set later comes first, a later one never makes it wait", () => {
		const machine = new VirtualMachine();
		const server = machine.start();
		const client = machine.network.connect(6379);
		client.run("SET", "late", "1", "EX", 100);
		client.run("SET", "early", "1", "PX", 50);
		client.run("SELECT", 3);
		client.run("SET", "elsewhere", "1", "PX", 60);
		machine.time.advance(51);
		expect(server.keyspace.keyCount()).toBe(2);
		machine.time.advance(10);
		expect(server.keyspace.keyCount()).toBe(1);
	});
});
