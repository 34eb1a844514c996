import { describe, expect, test } from "bun:test";
import { accessSync, constants, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually, freePort, local, Program, TemporaryDirectory } from "../support/program.ts";
import { WireConnection } from "../support/wire.ts";

const DEBIAN_CONFIG = "/etc/redis/redis.conf";

async function ask(port: number, ...words: string[]): Promise<string> {
	const connection = await WireConnection.connect(local(port));
	const reply = (await connection.command(...words)).text();
	connection.close();
	return reply;
}

function isAlive(pid: number): boolean {
	try {
		// A process that has ended and waits for its parent to notice does not count.
		return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
	} catch {
		return false;
	}
}

describe("the process", () => {
	test("logs its start in Redis's format", async () => {
		await using server = await Program.serve(freePort());
		const lines = server.stdout.trimEnd().split("\n");
		const format =
			/^(\d+):M \d{2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d\.\d{3} [.*#-] \S/;
		for (const line of lines) expect(format.exec(line)?.[1]).toBe(String(server.child.pid));
		const messages = lines.map((line) => line.replace(/^.*?\.\d{3} . /, ""));
		expect(messages.slice(-2)).toEqual(["Server initialized", "Ready to accept connections tcp"]);
		expect(messages).toContain("Warning: no config file specified, using the default config.");
		expect(server.stderr).toBe("");
	});

	test.each(["SIGTERM", "SIGINT"] as const)(
		"%s ends it with exit code 0 and the last words in the log",
		async (signal) => {
			const port = freePort();
			await using server = await Program.serve(port);
			const connection = await WireConnection.connect(local(port));
			await connection.command("SET", "key", "value");
			expect(await server.signal(signal)).toBe(0);
			expect(await connection.receiveClose()).toBe(true);
			expect(server.stdout).toContain(` * Received ${signal} scheduling shutdown...\n`);
			expect(server.stdout).toEndWith(" * Redis is now ready to exit, bye bye...\n");
			await expect(WireConnection.connect(local(port))).rejects.toThrow();
		},
	);

	test("SHUTDOWN ends it with exit code 0", async () => {
		const port = freePort();
		await using server = await Program.serve(port);
		const connection = await WireConnection.connect(local(port));
		connection.send(Buffer.from("SHUTDOWN NOSAVE\r\n"));
		expect(await server.exited).toBe(0);
		expect(await connection.receive(1)).toEqual([]);
	});

	test("SIGHUP does not end it", async () => {
		const port = freePort();
		await using server = await Program.serve(port);
		server.child.kill("SIGHUP");
		expect(await ask(port, "PING")).toBe("+PONG\r\n");
		expect(await server.signal("SIGTERM")).toBe(0);
	});

	test("a reader of its log that went away does not end it", async () => {
		const port = freePort();
		await using server = await Program.serve(port, ["--loglevel", "debug"]);
		await server.stopListening();
		expect(await ask(port, "CONFIG", "SET", "port", "1", "bind", "192.0.2.1")).toStartWith("-ERR CONFIG SET failed");
		expect(await ask(port, "PING")).toBe("+PONG\r\n");
		expect(await server.signal("SIGTERM")).toBe(0);
	});

	test("on a port that is taken it ends with exit code 1 and says which", async () => {
		const port = freePort();
		await using _first = await Program.serve(port);
		const second = await Program.run(["--port", String(port), "--bind", "127.0.0.1"]);
		expect(second.exitCode).toBe(1);
		expect(second.stdout).toContain(
			` # Warning: Could not create server TCP listening socket 127.0.0.1:${port}: bind: Address already in use\n`,
		);
		expect(second.stdout).toEndWith(` # Failed listening on port ${port} (tcp), aborting.\n`);
	});

	test("an unknown directive ends it with exit code 1, on the command line and in a file", async () => {
		const options = await Program.run(["--port", "1", "--no-such-directive", "yes"]);
		expect(options.exitCode).toBe(1);
		expect(options.stderr).toContain("*** FATAL CONFIG FILE ERROR (Redis 7.2.4) ***");
		expect(options.stderr).toContain(">>> 'no-such-directive \"yes\"'\nBad directive or wrong number of arguments");
		using directory = new TemporaryDirectory();
		writeFileSync(directory.join("redis.conf"), "# two lines above\n\nno-such-directive yes\n");
		const file = await Program.run(["redis.conf"], { directory: directory.path });
		expect(file.exitCode).toBe(1);
		expect(file.stderr).toContain("Reading the configuration file, at line 3\n>>> 'no-such-directive yes'");
	});

	test("a configuration file that is missing ends it with exit code 1", async () => {
		const ran = await Program.run(["/no/such/redis.conf"]);
		expect(ran.exitCode).toBe(1);
		expect(ran.stderr).toContain(
			"Fatal error, can't open config file '/no/such/redis.conf': No such file or directory",
		);
	});

	test("with nothing to listen on it ends with exit code 1", async () => {
		const ran = await Program.run(["--port", "0"]);
		expect(ran.exitCode).toBe(1);
		expect(ran.stdout).toEndWith(" # Configured to not listen anywhere, exiting.\n");
	});

	test("'-' reads the configuration from standard input", async () => {
		const port = freePort();
		const stdin = `port ${port}\nbind 127.0.0.1\nmaxclients 321\n`;
		await using server = Program.spawn(["-"], { stdin });
		await server.says("Ready to accept connections tcp");
		expect(await ask(port, "CONFIG", "GET", "maxclients")).toContain("\r\n321\r\n");
	});

	test.each(["--version", "-v"])("%s prints one line and ends with exit code 0", async (option) => {
		const ran = await Program.run([option]);
		expect(ran.exitCode).toBe(0);
		expect(ran.stdout).toMatch(/^Redis-lite server v=\S+ sha=\S+ redis=7\.2\.4 bits=64\n$/);
	});

	test.each(["--help", "-h"])("%s prints how to use it and ends with exit code 0", async (option) => {
		const ran = await Program.run([option]);
		expect(ran.exitCode).toBe(0);
		expect(ran.stdout).toStartWith("Usage: redis-lite ");
	});
});

describe("files of the process", () => {
	test("the log file has the log, standard output has nothing", async () => {
		using directory = new TemporaryDirectory();
		const log = directory.join("redis.log");
		const port = freePort();
		await using server = Program.spawn(["--port", String(port), "--dir", directory.path, "--logfile", "redis.log"]);
		await eventually(
			"the log",
			() => (existsSync(log) && readFileSync(log, "utf8").includes("Ready to accept")) || undefined,
		);
		expect(await server.signal("SIGTERM")).toBe(0);
		expect(readFileSync(log, "utf8")).toEndWith(" * Redis is now ready to exit, bye bye...\n");
		expect(server.stdout).toBe("");
	});

	test("the pid file is there while it runs", async () => {
		using directory = new TemporaryDirectory();
		const pidFile = directory.join("redis.pid");
		await using server = await Program.serve(freePort(), ["--pidfile", pidFile]);
		expect(readFileSync(pidFile, "utf8")).toBe(`${server.child.pid}\n`);
		expect(await server.signal("SIGTERM")).toBe(0);
		expect(existsSync(pidFile)).toBe(false);
		expect(server.stdout).toContain(" * Removing the pid file.\n");
	});

	test("the unix socket has the permissions asked for, serves, and is removed", async () => {
		using directory = new TemporaryDirectory();
		const path = directory.join("redis.sock");
		await using server = Program.spawn(["--port", "0", "--unixsocket", path, "--unixsocketperm", "700"]);
		await server.says("Ready to accept connections unix");
		expect(server.stdout).not.toContain("connections tcp");
		expect(statSync(path).mode & 0o777).toBe(0o700);
		const reply = await new Promise<string>((resolve, reject) => {
			const socket = {
				open: (opened: Bun.Socket) => void opened.write("CLIENT LIST\r\n"),
				data: (_opened: Bun.Socket, chunk: Uint8Array) => resolve(Buffer.from(chunk).toString()),
				connectError: (_opened: Bun.Socket, error: Error) => reject(error),
			};
			void Bun.connect({ unix: path, socket });
		});
		expect(reply).toContain(` addr=${path}:0 laddr=${path}:0 `);
		expect(await server.signal("SIGTERM")).toBe(0);
		expect(existsSync(path)).toBe(false);
	});

	test.skipIf(!isReadable(DEBIAN_CONFIG))("Debian's redis.conf starts it, as far as the machine lets it", async () => {
		using directory = new TemporaryDirectory();
		const port = freePort();
		const own = ["--dir", directory.path, "--logfile", "", "--pidfile", directory.join("pid"), "--daemonize", "no"];
		await using server = Program.spawn([DEBIAN_CONFIG, "--port", String(port), ...own]);
		await server.says("Ready to accept connections tcp");
		expect(server.stdout).toContain(" * Configuration loaded\n");
		expect(server.stderr).toBe("");
		expect(await ask(port, "CONFIG", "GET", "bind")).toContain("\r\n127.0.0.1 -::1\r\n");
		expect(await server.signal("SIGTERM")).toBe(0);
	});
});

function isReadable(path: string): boolean {
	try {
		accessSync(path, constants.R_OK);
		return true;
	} catch {
		console.warn(`a test is skipped: ${path} cannot be read`);
		return false;
	}
}

describe("daemonize yes", () => {
	/** Starts a server in the background, and ends it whatever happens. */
	async function withDaemon(
		args: readonly string[],
		options: { readonly directory: string; readonly stdin?: string; readonly pidFile: string },
		use: (pid: number) => Promise<void>,
	): Promise<void> {
		await using parent = await Program.run(args, options);
		const { exitCode, stdout, stderr } = parent;
		expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: "", stderr: "" });
		const pid = await eventually("the pid file", () => {
			const text = existsSync(options.pidFile) ? readFileSync(options.pidFile, "utf8") : "";
			return text.endsWith("\n") ? Number(text) : undefined;
		});
		try {
			expect(pid).not.toBe(parent.child.pid);
			await use(pid);
			process.kill(pid, "SIGTERM");
			await eventually("its end", () => !isAlive(pid) || undefined);
			expect(existsSync(options.pidFile)).toBe(false);
		} finally {
			if (isAlive(pid)) process.kill(pid, "SIGKILL");
		}
	}

	test("leaves a process in a session of its own, whose paths are those the first one was given", async () => {
		using directory = new TemporaryDirectory();
		const port = freePort();
		const lines = [
			"daemonize yes",
			"dir sub",
			"pidfile redis.pid",
			"logfile redis.log",
			`port ${port}`,
			"bind 127.0.0.1",
		];
		writeFileSync(directory.join("redis.conf"), `${lines.join("\n")}\n`);
		await Bun.write(directory.join("sub/.keep"), "");
		const pidFile = directory.join("sub/redis.pid");
		await withDaemon(["redis.conf"], { directory: directory.path, pidFile }, async (pid) => {
			const [, , , session] = /\) (.*)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))![1]!.split(" ");
			expect(Number(session)).toBe(pid);
			await eventually(
				"its log",
				() =>
					readFileSync(directory.join("sub/redis.log"), "utf8").includes("Ready to accept connections tcp") ||
					undefined,
			);
			expect(await ask(port, "PING")).toBe("+PONG\r\n");
			expect(await ask(port, "INFO", "server")).toContain(`\r\nconfig_file:${directory.join("redis.conf")}\r\n`);
			expect(await ask(port, "CONFIG", "REWRITE")).toBe("+OK\r\n");
		});
		expect(readFileSync(directory.join("redis.conf"), "utf8")).toContain(`dir "${join(directory.path, "sub")}"\n`);
	});

	test("hands on a configuration from standard input, however long", async () => {
		using directory = new TemporaryDirectory();
		const pidFile = directory.join("redis.pid");
		const port = freePort();
		const comment = `# ${"x".repeat(100)}\n`.repeat(3_000);
		const stdin = `${comment}daemonize yes\npidfile ${pidFile}\nport ${port}\nbind 127.0.0.1\nmaxclients 77\n`;
		await withDaemon(["-"], { directory: directory.path, stdin, pidFile }, async () => {
			expect(await ask(port, "CONFIG", "GET", "maxclients")).toContain("\r\n77\r\n");
		});
	});
});
