/** The usual clients over TLS: they use other implementations of it, and do not agree on what a farewell is. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { RedisClient } from "bun";
import Redis from "ioredis";
import { createClient } from "redis";
import { RedisLite } from "../../src/index.ts";
import { certificateFile, freePort, pem, tlsDirectives } from "../support/tls.ts";

const PASSWORD = "secret";
const tlsOfNode = {
	ca: pem("authority.crt"),
	cert: pem("client.crt"),
	key: pem("client.key"),
};

let server: RedisLite;
let port: number;

beforeAll(async () => {
	port = freePort();
	server = await RedisLite.start({ ...tlsDirectives(port), requirepass: PASSWORD });
});
afterAll(() => server.stop());

const big = "x".repeat(3_000_000);

interface Simple {
	set(key: string, value: string): Promise<unknown>;
	get(key: string): Promise<string | null>;
}

async function usesIt(client: Simple, name: string): Promise<void> {
	expect(await client.set(`${name}:small`, "value")).toBe("OK");
	expect(await client.get(`${name}:small`)).toBe("value");
	await client.set(`${name}:big`, big);
	expect((await client.get(`${name}:big`)) === big).toBe(true);
	const many = Array.from({ length: 2_000 }, (_, i) => client.set(`${name}:${i}`, String(i)));
	await Promise.all(many);
	expect(await client.get(`${name}:1999`)).toBe("1999");
}

describe("libraries", () => {
	test("ioredis", async () => {
		const client = new Redis({ port, host: "127.0.0.1", password: PASSWORD, tls: tlsOfNode, lazyConnect: true });
		await client.connect();
		await usesIt(client, "ioredis");
		const other = client.duplicate();
		const heard = new Promise<string>((resolve) => other.on("message", (_channel, message) => resolve(message)));
		await other.subscribe("channel");
		await client.publish("channel", "over TLS");
		expect(await heard).toBe("over TLS");
		await other.quit();
		await client.quit();
	});

	test("node-redis", async () => {
		const client = createClient({
			password: PASSWORD,
			RESP: 3,
			socket: { host: "127.0.0.1", port, tls: true, ...tlsOfNode },
		});
		client.on("error", () => {});
		await client.connect();
		await usesIt(client, "node-redis");
		const results = await client.multi().set("in", "transaction").get("in").exec();
		expect(results.map(String)).toEqual(["OK", "transaction"]);
		await client.close();
	});

	test("Bun's RedisClient", async () => {
		const client = new RedisClient(`rediss://:${PASSWORD}@localhost:${port}`, { tls: tlsOfNode });
		await client.connect();
		await usesIt(client, "bun");
		client.close();
	});

	test("none is let in without a certificate", async () => {
		const client = new Redis({
			port,
			host: "127.0.0.1",
			password: PASSWORD,
			tls: { ca: pem("authority.crt") },
			lazyConnect: true,
			retryStrategy: () => null,
		});
		client.on("error", () => {});
		expect(
			await client
				.connect()
				.then(() => client.ping())
				.catch(() => "refused"),
		).toBe("refused");
		client.disconnect();
	});
});

function isMissing(program: string): boolean {
	if (Bun.which(program) !== null) return false;
	console.warn(`tests are skipped: ${program} is not installed (apt-get install redis-tools)`);
	return true;
}

/** With OpenSSL on their side. */
async function run(
	program: string,
	args: readonly string[],
	input = "",
): Promise<{ stdout: string; exitCode: number }> {
	const certificates = ["--cacert", "authority.crt", "--cert", "client.crt", "--key", "client.key"];
	const paths = certificates.map((word) => (word.startsWith("--") ? word : certificateFile(word)));
	const child = Bun.spawn([program, "-p", String(port), "--tls", ...paths, "-a", PASSWORD, ...args], {
		stdin: new Blob([input]),
		stdout: "pipe",
		stderr: "ignore",
	});
	const stdout = await new Response(child.stdout).text();
	return { stdout, exitCode: await child.exited };
}

describe.skipIf(isMissing("redis-cli"))("Redis's own programs", () => {
	test("redis-cli asks, and reads a big value", async () => {
		expect((await run("redis-cli", ["SET", "cli", "value"])).stdout).toBe("OK\n");
		expect((await run("redis-cli", ["-x", "SET", "cli:big"], big)).stdout).toBe("OK\n");
		expect((await run("redis-cli", ["GET", "cli:big"])).stdout === `${big}\n`).toBe(true);
	});

	test("redis-cli --pipe loads 50,000 commands without an error", async () => {
		const lines = Array.from({ length: 50_000 }, (_, i) => `SET pipe:${i} ${i}\r\n`).join("");
		const ran = await run("redis-cli", ["--pipe"], lines);
		expect(ran.stdout).toEndWith("errors: 0, replies: 50000\n");
	});

	test.each(["TLSv1.2", "TLSv1.3"])("redis-cli --scan, all keys once, with %s at most", async (version) => {
		await run("redis-cli", ["CONFIG", "SET", "tls-protocols", version]);
		const ran = await run("redis-cli", ["--scan", "--pattern", "pipe:1?"]);
		expect(ran.stdout.trimEnd().split("\n").toSorted()).toEqual(Array.from({ length: 10 }, (_, i) => `pipe:1${i}`));
		await run("redis-cli", ["CONFIG", "SET", "tls-protocols", ""]);
	});

	test.skipIf(isMissing("redis-benchmark"))(
		"redis-benchmark runs to its end, with and without pipelining",
		async () => {
			for (const depth of ["1", "16"]) {
				const ran = await run("redis-benchmark", [
					"-t",
					"set,get,mset",
					"-n",
					"2000",
					"-c",
					"20",
					"-P",
					depth,
					"--csv",
				]);
				expect(ran.stdout.trim().split("\n").length).toBe(4);
				expect(ran.exitCode).toBe(0);
			}
		},
	);
});
