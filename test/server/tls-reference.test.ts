/** The same clients and the same CONFIG SET against redis-server with TLS and against us. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect as connectPlain } from "node:net";
import { RedisLite } from "../../src/index.ts";
import { hasRedisServer, missingRedisServer, RedisServer } from "../support/redis-server.ts";
import {
	type CertificateName,
	certificateFile,
	clientOptions,
	freePort,
	pem,
	ping,
	TlsClient,
	tlsDirectives,
} from "../support/tls.ts";
import { WireConnection } from "../support/wire.ts";

if (!hasRedisServer()) console.warn(`tests are skipped: ${missingRedisServer}`);

interface Side {
	/** Of the port for TLS. */
	readonly port: number;
	readonly admin: WireConnection;
}

let theirs: Side;
let ours: Side;
let reference: RedisServer;
let server: RedisLite;

async function set(side: Side, ...pairs: string[]): Promise<string | undefined> {
	return (await side.admin.command("CONFIG", "SET", ...pairs)).tree().text;
}

async function setBoth(...pairs: string[]): Promise<string | undefined> {
	const [their, our] = [await set(theirs, ...pairs), await set(ours, ...pairs)];
	expect({ pairs, reply: our }).toEqual({ pairs, reply: their });
	return our;
}

/** What a client meets at both, which is to be the same. */
async function both<Outcome>(meet: (port: number) => Promise<Outcome>): Promise<Outcome> {
	const [their, our] = [await meet(theirs.port), await meet(ours.port)];
	expect(our).toEqual(their);
	return our;
}

describe.skipIf(!hasRedisServer())("beside redis-server 7.0", () => {
	beforeAll(async () => {
		const [theirPort, ourPort] = [freePort(), freePort()];
		const options = Object.entries(tlsDirectives(theirPort)).flatMap(([name, value]) => [`--${name}`, String(value)]);
		reference = await RedisServer.start(options, { first: 8530, last: 8549 });
		server = await RedisLite.start(tlsDirectives(ourPort));
		theirs = { port: theirPort, admin: await WireConnection.connect(reference) };
		ours = { port: ourPort, admin: await WireConnection.connect({ host: "127.0.0.1", port: server.port }) };
	});

	afterAll(async () => {
		theirs.admin.close();
		ours.admin.close();
		await reference.stop();
		await server.stop();
	});

	test("CONFIG GET tls-* has the same names and values", async () => {
		const all = async ({ admin }: Side) => {
			const reply = (await admin.command("CONFIG", "GET", "tls-*")).tree();
			const words = reply.items!.map(({ text }) => text ?? "");
			const found: Record<string, string> = {};
			for (let i = 0; i < words.length; i += 2) found[words[i]!] = words[i + 1]!;
			delete found["tls-port"];
			return found;
		};
		const found = await all(ours);
		expect(Object.keys(found).length).toBe(19);
		expect(found).toEqual(await all(theirs));
	});

	test("tls-auth-clients lets in the same clients", async () => {
		const shown: (CertificateName | null)[] = ["client", "stranger", null];
		const outcomes: Record<string, string[]> = {};
		for (const mode of ["yes", "optional", "no", "yes"]) {
			await setBoth("tls-auth-clients", mode);
			outcomes[mode] = [];
			for (const name of shown) outcomes[mode].push(await both((port) => ping(port, clientOptions(name))));
		}
		expect(outcomes).toEqual({
			yes: ["+PONG", "", ""],
			optional: ["+PONG", "", "+PONG"],
			no: ["+PONG", "+PONG", "+PONG"],
		});
	});

	test("a client that does not believe the server is none", async () => {
		const doubting = { ...clientOptions(), ca: pem("stranger-authority.crt") };
		expect(await both((port) => ping(port, doubting))).toBe("");
		expect(await both((port) => ping(port))).toBe("+PONG");
	});

	test("tls-protocols has the same limits", async () => {
		const outcomes: string[] = [];
		for (const protocols of ["TLSv1.2", "TLSv1.3", "TLSv1.2 TLSv1.3", ""]) {
			await setBoth("tls-protocols", protocols);
			for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
				const only = { ...clientOptions(), minVersion: version, maxVersion: version };
				outcomes.push(await both((port) => ping(port, only)));
			}
		}
		expect(outcomes).toEqual(["+PONG", "", "", "+PONG", "+PONG", "+PONG", "+PONG", "+PONG"]);
	});

	test("tls-ciphers and tls-prefer-server-ciphers choose the same", async () => {
		const [a, b] = ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"];
		const chosen = () =>
			both(async (port) => {
				const options = { ...clientOptions(), maxVersion: "TLSv1.2" as const, ciphers: `${a}:${b}` };
				const client = await TlsClient.connect(port, options);
				const { name } = client.socket.getCipher();
				client.close();
				return name;
			});
		await setBoth("tls-ciphers", `${b}:${a}`);
		expect(await chosen()).toBe(a);
		await setBoth("tls-prefer-server-ciphers", "yes");
		expect(await chosen()).toBe(b);
		await setBoth("tls-ciphers", a, "tls-prefer-server-ciphers", "no");
		expect(await chosen()).toBe(a);
	});

	test("CONFIG SET accepts and refuses the same", async () => {
		const file = certificateFile;
		const sets: string[][] = [
			["tls-cert-file", "/nope"],
			["tls-cert-file", file("second.crt")],
			["tls-cert-file", file("second.crt"), "tls-key-file", file("second.key")],
			["tls-cert-file", file("second.crt")],
			["tls-key-file", file("server-locked.key"), "tls-cert-file", file("server.crt")],
			["tls-key-file", file("server-locked.key"), "tls-cert-file", file("server.crt"), "tls-key-file-pass", "guess"],
			["tls-key-file", file("server-locked.key"), "tls-cert-file", file("server.crt"), "tls-key-file-pass", "secret"],
			["tls-key-file", file("server.key"), "tls-key-file-pass", ""],
			["tls-client-cert-file", file("client.crt")],
			["tls-client-cert-file", file("client.crt"), "tls-client-key-file", file("client.key")],
			["tls-client-key-file", "/nope"],
			["tls-client-cert-file", "", "tls-client-key-file", ""],
			["tls-ca-cert-file", "/nope"],
			["tls-ca-cert-file", file("client.key")],
			["tls-ca-cert-file", ""],
			["tls-protocols", "SSLv3"],
			["tls-protocols", "TLSv1.2,TLSv1.3"],
			["tls-protocols", "tlsv1.2  TLSv1.3"],
			["tls-ciphers", "NONSENSE"],
			["tls-ciphers", "NONSENSE:ECDHE-ECDSA-AES128-GCM-SHA256"],
			["tls-ciphers", "TLS_AES_128_GCM_SHA256"],
			["tls-ciphers", ""],
			["tls-auth-clients", "perhaps"],
			["tls-session-caching", "no"],
			["tls-session-cache-size", "0"],
			["tls-session-cache-timeout", "-1"],
			["tls-session-caching", "yes"],
			["tls-cluster", "yes"],
			["tls-replication", "yes"],
			["tls-cluster", "no", "tls-replication", "no"],
			["tls-port", String(reference.port), "timeout", "5"],
			["tls-port", "65536"],
		];
		const accepted: boolean[] = [];
		for (const pairs of sets) {
			if (pairs[0] !== "tls-port") accepted.push((await setBoth(...pairs)) === "OK");
			expect(await both((port) => ping(port))).toBe("+PONG");
		}
		expect(accepted.filter(Boolean).length).toBeGreaterThan(10);
		expect(accepted.filter((isAccepted) => !isAccepted).length).toBeGreaterThan(10);
	});

	test("with tls-cluster MIGRATE goes from one to the other over TLS, once each believes the other", async () => {
		const text = async (side: Side, ...words: string[]) => (await side.admin.command(...words)).tree().text;
		const move = async (from: Side, to: Side) => {
			expect(await text(from, "SET", "key", "value")).toBe("OK");
			return text(from, "MIGRATE", "127.0.0.1", String(to.port), "key", "0", "5000");
		};
		await setBoth("tls-cluster", "yes", "tls-ca-cert-file", certificateFile("stranger-authority.crt"));
		expect(await move(ours, theirs)).toMatch(/^IOERR/);
		expect(await move(theirs, ours)).toMatch(/^IOERR/);
		for (const side of [ours, theirs]) expect(await text(side, "DEL", "key")).toBe("1");

		await setBoth("tls-ca-cert-file", certificateFile("authority.crt"));
		for (const [from, to] of [
			[ours, theirs],
			[theirs, ours],
		] as const) {
			expect(await move(from, to)).toBe("OK");
			expect(await text(to, "GET", "key")).toBe("value");
			expect(await text(to, "DEL", "key")).toBe("1");
		}
		await setBoth("tls-cluster", "no");
	});

	test("plain text ends the connection, and nothing comes of it", async () => {
		const outcome = await both(
			(port) =>
				new Promise<string>((resolve) => {
					const socket = connectPlain({ port, host: "127.0.0.1" }, () => socket.write("SET key value\r\n"));
					socket.on("error", () => {});
					socket.on("close", () => resolve("closed"));
					socket.resume();
				}),
		);
		expect(outcome).toBe("closed");
		for (const side of [theirs, ours]) expect((await side.admin.command("DBSIZE")).text()).toBe(":0\r\n");
	});

	test("a client of TLS is listed like any other", async () => {
		const fields = await both(async (port) => {
			const client = await TlsClient.connect(port);
			client.send("CLIENT INFO\r\n");
			const line = await client.take(100);
			client.close();
			return [/laddr=127\.0\.0\.1:\d+/.test(line), /flags=(\w)/.exec(line)?.[1], /cmd=(\S+)/.exec(line)?.[1]];
		});
		expect(fields).toEqual([true, "N", "client|info"]);
	});
});
