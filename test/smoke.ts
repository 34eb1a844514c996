/**
 * Smoke test of the built binary from the outside, with redis-cli and redis-benchmark: `bun test/smoke.ts [PROGRAM]`.
 *
 * Invariant: each check starts what it needs and ends it; the last line is `N passed, N failed`, the exit code is zero
 * only where none failed.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeDirectory, type Output, runChild, spawnChild } from "../bench/versus/processes.ts";

const program = process.argv[2] ?? "./redis-lite";
const patience_ms = 10_000;
const benchmark_ms = 60_000;

function expect(condition: boolean, otherwise: string): void {
	if (!condition) throw new Error(otherwise);
}

/** The server under test, running. */
class Running {
	readonly port: number;
	readonly child: Bun.Subprocess<"ignore", "pipe", "pipe">;
	log: string;
	private readonly reading: Promise<unknown>;

	constructor(port: number, child: Bun.Subprocess<"ignore", "pipe", "pipe">) {
		this.port = port;
		this.child = child;
		this.log = "";
		this.reading = Promise.all([this.read(child.stdout), this.read(child.stderr)]);
	}

	static async start(...args: readonly string[]): Promise<Running> {
		const port = unusedPort();
		const directory = makeDirectory();
		const fixed = ["--port", String(port), "--bind", "127.0.0.1", "--dir", directory, "--save", ""];
		const child = spawnChild([program, ...fixed, ...args], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
		const running = new Running(port, child);
		const deadline_ms = Date.now() + patience_ms;
		while (!running.log.includes("Ready to accept connections")) {
			if (child.exitCode !== null || Date.now() > deadline_ms) {
				child.kill("SIGKILL");
				await running.reading;
				throw new Error(`the log never said that it is ready:\n${running.log}`);
			}
			await Bun.sleep(5);
		}
		return running;
	}

	async cli(...args: readonly string[]): Promise<string> {
		const ran = await runChild(["redis-cli", "-e", "-p", String(this.port), ...args], patience_ms);
		expect(ran.exitCode === 0, `redis-cli ${args.join(" ")}: ${ran.stdout}${ran.stderr}`);
		return ran.stdout.replace(/\n$/, "");
	}

	/** Sends a signal and returns the exit code. */
	async end(signal: "SIGTERM" | "SIGINT" | "SIGKILL"): Promise<number | null> {
		this.child.kill(signal);
		const timer = setTimeout(() => this.child.kill("SIGKILL"), patience_ms);
		await this.child.exited;
		clearTimeout(timer);
		await this.reading;
		return this.child.exitCode;
	}

	private async read(stream: ReadableStream<Uint8Array>): Promise<void> {
		const decoder = new TextDecoder();
		for await (const chunk of stream) this.log += decoder.decode(chunk, { stream: true });
	}
}

function unusedPort(): number {
	const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => {} } });
	const { port } = listener;
	listener.stop(true);
	return port;
}

/** Runs `use` with a server and ends the server whatever happens. */
async function withServer(use: (server: Running) => Promise<void>): Promise<void> {
	const server = await Running.start();
	try {
		await use(server);
	} finally {
		await server.end("SIGKILL");
	}
}

async function refusesToStart(args: readonly string[], mentions: string): Promise<void> {
	const ran: Output = await runChild([program, ...args], patience_ms);
	const said = ran.stdout + ran.stderr;
	expect(ran.exitCode === 1, `exit code ${ran.exitCode} instead of 1: ${said}`);
	expect(said.includes(mentions), `does not mention ${mentions}: ${said}`);
}

async function endsCleanly(signal: "SIGTERM" | "SIGINT"): Promise<void> {
	const server = await Running.start();
	await server.cli("SET", "key", "value");
	const code = await server.end(signal);
	expect(code === 0, `exit code ${code} instead of 0:\n${server.log}`);
	const after = await runChild(["redis-cli", "-p", String(server.port), "PING"], patience_ms);
	expect(after.exitCode !== 0, "something still listens on its port");
}

async function benchmarkRuns(server: Running): Promise<void> {
	const tests = ["PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "MSET (10 keys)"];
	const options = ["-t", "ping,set,get,incr,mset", "-n", "20000", "-P", "16", "-r", "1000", "-q"];
	const ran = await runChild(["redis-benchmark", "-p", String(server.port), ...options], benchmark_ms);
	expect(ran.exitCode === 0 && ran.stderr === "", `exit code ${ran.exitCode}: ${ran.stderr}`);
	for (const name of tests) {
		expect(ran.stdout.includes(`${name}: `), `no result for ${name}:\n${ran.stdout}`);
	}
	expect((ran.stdout.match(/requests per second/g) ?? []).length === tests.length, `a test is missing:\n${ran.stdout}`);
}

const checks: Readonly<Record<string, () => Promise<void>>> = {
	"--version prints one line and exits with 0": async () => {
		const ran = await runChild([program, "--version"], patience_ms);
		expect(ran.exitCode === 0 && /v=\S+/.test(ran.stdout), `exit code ${ran.exitCode}: ${ran.stdout}${ran.stderr}`);
		expect(ran.stdout.trimEnd().split("\n").length === 1, `more than a line: ${ran.stdout}`);
	},
	"answers PING": () =>
		withServer(async (server) => {
			const reply = await server.cli("PING");
			expect(reply === "PONG", reply);
		}),
	"gives back what was set, over RESP2 and RESP3": () =>
		withServer(async (server) => {
			for (const protocol of ["-2", "-3"]) {
				const set = await server.cli(protocol, "SET", "key", `value${protocol}`);
				expect(set === "OK", set);
				const got = await server.cli(protocol, "GET", "key");
				expect(got === `value${protocol}`, got);
			}
		}),
	"INFO tells version, port and keys": () =>
		withServer(async (server) => {
			await server.cli("SET", "key", "value");
			const info = await server.cli("INFO");
			for (const field of ["redis_version:", `tcp_port:${server.port}`, "db0:keys=1,"]) {
				expect(info.includes(field), `INFO without ${field}:\n${info}`);
			}
		}),
	"redis-benchmark runs": () => withServer(benchmarkRuns),
	"an unknown flag stops the start with exit code 1": () =>
		refusesToStart(["--no-such-directive", "1"], "no-such-directive"),
	"an unknown directive stops the start with exit code 1 and its line": async () => {
		const path = join(makeDirectory(), "bad.conf");
		writeFileSync(path, "# a comment\nport 0\nno-such-directive yes\n");
		await refusesToStart([path], "no-such-directive yes");
	},
	"SIGTERM ends it cleanly": () => endsCleanly("SIGTERM"),
	"SIGINT ends it cleanly": () => endsCleanly("SIGINT"),
};

async function main(): Promise<number> {
	let failed = 0;
	for (const [name, check] of Object.entries(checks)) {
		try {
			await check();
			console.log(`pass  ${name}`);
		} catch (error) {
			failed++;
			console.log(`FAIL  ${name}: ${(error as Error).message}`);
		}
	}
	console.log(`${Object.keys(checks).length - failed} passed, ${failed} failed`);
	return failed === 0 ? 0 : 1;
}

process.exit(await main());
