/** TLS over real sockets, as the adapter sees it: who is let in, what of, and what Bun does that nobody documents. */
import { afterEach, describe, expect, test } from "bun:test";
import type { Connection, Receiver, TlsListener, TlsSettings } from "../../../src/adapters/network.ts";
import { realNetwork } from "../../../src/server/real/network.ts";
import {
	type CertificateName,
	clientOptions,
	pem,
	ping,
	serverSettings,
	TlsClient,
	Tunnel,
} from "../../support/tls.ts";

const listeners: TlsListener[] = [];
const clients: TlsClient[] = [];
afterEach(() => {
	for (const listener of listeners.splice(0)) listener.close();
	for (const client of clients.splice(0)) client.close();
});

/** One accepted connection; whatever it receives it answers with +PONG. */
class Accepted implements Receiver {
	readonly connection: Connection;
	readonly texts: string[] = [];
	readonly ended = Promise.withResolvers<void>();
	readonly drains: (() => void)[] = [];
	isClosed = false;

	constructor(connection: Connection) {
		this.connection = connection;
	}

	receive(chunk: Uint8Array): void {
		this.texts.push(Buffer.from(chunk).toString("latin1"));
		const reply = new Uint8Array(Buffer.from("+PONG\r\n"));
		this.connection.write(reply, 0, reply.length);
	}

	drained(): void {
		for (const drain of this.drains.splice(0)) drain();
	}

	closed(): void {
		this.isClosed = true;
		this.ended.resolve();
	}
}

class Place {
	readonly accepted: Accepted[] = [];
	readonly refusals: string[] = [];
	readonly listener: TlsListener;
	private wake: () => void = () => {};

	constructor(settings: Partial<TlsSettings> = {}) {
		this.listener = realNetwork.listenTls(
			"127.0.0.1",
			0,
			0,
			{ ...serverSettings, ...settings },
			(connection) => {
				const receiver = new Accepted(connection);
				this.accepted.push(receiver);
				this.wake();
				return receiver;
			},
			(_connection, reason) => this.refusals.push(reason),
		);
		listeners.push(this.listener);
	}

	get port(): number {
		return this.listener.port;
	}

	change(settings: Partial<TlsSettings>): void {
		this.listener.change({ ...serverSettings, ...settings });
	}

	async nth(index: number): Promise<Accepted> {
		while (this.accepted.length <= index) {
			await new Promise<void>((resolve) => {
				this.wake = resolve;
			});
		}
		return this.accepted[index]!;
	}
}

async function connected(port: number, options = clientOptions()): Promise<TlsClient> {
	const client = await TlsClient.connect(port, options);
	clients.push(client);
	return client;
}

/** A connection without a word of TLS. */
async function plainly(port: number, text: string): Promise<{ socket: Bun.Socket; closed: Promise<void> }> {
	const { promise, resolve } = Promise.withResolvers<void>();
	const socket = await Bun.connect({
		hostname: "127.0.0.1",
		port,
		socket: { data() {}, close: () => resolve(), error() {} },
	});
	socket.write(text);
	return { socket, closed: promise };
}

describe("who is let in", () => {
	const shown: (CertificateName | null)[] = ["client", "stranger", null];
	test.each([
		["required", ["+PONG", "", ""]],
		["optional", ["+PONG", "", "+PONG"]],
		["ignored", ["+PONG", "+PONG", "+PONG"]],
	] as const)("%s: a client of ours, a stranger, one without a certificate", async (clientCertificate, expected) => {
		const place = new Place({ clientCertificate });
		const replies: string[] = [];
		for (const name of shown) replies.push(await ping(place.port, clientOptions(name)));
		expect(replies).toEqual([...expected]);
		const refused = replies.filter((reply) => reply === "").length;
		expect(place.refusals.length).toBe(refused);
		for (const reason of place.refusals) expect(reason).toMatch(/certificate/i);
		const heard = place.accepted.map(({ texts }) => texts.length);
		expect(heard).toEqual(replies.map((reply) => (reply === "" ? 0 : 1)));
	});

	test("the client of an authority that was added is let in, and of one that was taken away not", async () => {
		const place = new Place();
		const stranger = clientOptions("stranger");
		expect(await ping(place.port, stranger)).toBe("");
		place.change({ authorities: pem("authority.crt") + pem("stranger-authority.crt") });
		expect(await ping(place.port, stranger)).toBe("+PONG");
		expect(await ping(place.port)).toBe("+PONG");
		place.change({ authorities: pem("stranger-authority.crt") });
		expect(await ping(place.port)).toBe("");
	});

	test("a session of a client with a certificate is resumed as that client's", async () => {
		const place = new Place();
		const first = await connected(place.port);
		const ticket = new Promise<Buffer>((resolve) => first.socket.once("session", resolve));
		expect(await first.ask("PING")).toBe("+PONG");
		const again = await connected(place.port, { ...clientOptions(null), session: await ticket });
		expect(await again.ask("PING")).toBe("+PONG");
		expect(again.socket.isSessionReused()).toBe(true);
		place.change({ authorities: pem("stranger-authority.crt") });
		expect(await ping(place.port, { ...clientOptions(null), session: await ticket })).toBe("");
	});

	test("a session does not lead past a certificate that is asked for by now", async () => {
		for (const clientCertificate of ["optional", "ignored"] as const) {
			const place = new Place({ clientCertificate });
			const first = await connected(place.port, clientOptions(null));
			const ticket = new Promise<Buffer>((resolve) => first.socket.once("session", resolve));
			expect(await first.ask("PING")).toBe("+PONG");
			place.change({ clientCertificate: "required" });
			expect(await ping(place.port, { ...clientOptions(null), session: await ticket })).toBe("");
			expect(place.accepted.at(-1)!.texts).toEqual([]);
		}
	});

	test("without sessions nothing is resumed", async () => {
		for (const isChanged of [false, true]) {
			const place = new Place({ sessions_s: isChanged ? 300 : 0 });
			if (isChanged) place.change({ sessions_s: 0 });
			const client = await connected(place.port);
			let tickets = 0;
			client.socket.on("session", () => tickets++);
			for (let i = 0; i < 3; i++) expect(await client.ask("PING")).toBe("+PONG");
			expect(tickets).toBe(0);
		}
	});
});

describe("versions and ciphers", () => {
	const versions = ["TLSv1.1", "TLSv1.2", "TLSv1.3"] as const;
	test.each([
		["TLSv1.2", "TLSv1.2"],
		["TLSv1.3", "TLSv1.3"],
		["TLSv1.2", "TLSv1.3"],
		["TLSv1.1", "TLSv1.2"],
	] as const)("from %s to %s", async (versionMin, versionMax) => {
		const place = new Place({ versionMin, versionMax });
		const outcomes: string[] = [];
		for (const version of versions) {
			outcomes.push(await ping(place.port, { ...clientOptions(), minVersion: version, maxVersion: version }));
		}
		const isAllowed = versions.map((version) => version >= versionMin && version <= versionMax);
		expect(outcomes).toEqual(isAllowed.map((allowed) => (allowed ? "+PONG" : "")));
		expect((await connected(place.port)).socket.getProtocol()).toBe(versionMax);
	});

	const old = { maxVersion: "TLSv1.2" } as const;
	const A128 = "ECDHE-ECDSA-AES128-GCM-SHA256";
	const A256 = "ECDHE-ECDSA-AES256-GCM-SHA384";

	test("only what is named is used up to TLS 1.2", async () => {
		const place = new Place({ ciphers: A256 });
		const client = await connected(place.port, { ...clientOptions(), ...old });
		expect(client.socket.getCipher().name).toBe(A256);
		expect(await ping(place.port, { ...clientOptions(), ...old, ciphers: A128 })).toBe("");
	});

	test.each([
		[false, A128],
		[true, A256],
	])("prefersOwnCiphers %p, from the beginning and by a change", async (prefersOwnCiphers, chosen) => {
		const place = new Place({ ciphers: `${A256}:${A128}`, prefersOwnCiphers });
		for (let i = 0; i < 2; i++) {
			const client = await connected(place.port, { ...clientOptions(), ...old, ciphers: `${A128}:${A256}` });
			expect(client.socket.getCipher().name).toBe(chosen);
			place.change({ ciphers: `${A256}:${A128}`, prefersOwnCiphers });
		}
	});

	test("a client that speaks HTTP as well is told nothing of protocols", async () => {
		const place = new Place();
		const client = await connected(place.port, { ...clientOptions(), ALPNProtocols: ["h2", "http/1.1"] });
		expect(client.socket.alpnProtocol).toBe(false);
		expect(await client.ask("PING")).toBe("+PONG");
	});
});

describe("a change of settings", () => {
	test("is for new connections; those that are there go on", async () => {
		const place = new Place();
		const before = await connected(place.port);
		expect(before.serverName()).toBe("server");
		place.change({ certificate: pem("second.crt"), key: pem("second.key") });
		const after = await connected(place.port);
		expect(after.serverName()).toBe("second");
		expect(await before.ask("PING")).toBe("+PONG");
		expect(await after.ask("PING")).toBe("+PONG");
		place.change({ clientCertificate: "ignored" });
		expect(await ping(place.port, clientOptions(null))).toBe("+PONG");
		expect(await before.ask("PING")).toBe("+PONG");
	});

	test("loses no client that connects meanwhile", async () => {
		const place = new Place();
		const pings: Promise<string>[] = [];
		for (let i = 0; i < 20; i++) {
			pings.push(ping(place.port), ping(place.port));
			place.change(i % 2 === 0 ? { certificate: pem("second.crt"), key: pem("second.key") } : {});
			if (i % 5 === 0) await pings[0];
		}
		expect(await Promise.all(pings)).toEqual(pings.map(() => "+PONG"));
	});
});

describe("faults", () => {
	const fault = (settings: Partial<TlsSettings>) => realNetwork.tlsFault({ ...serverSettings, ...settings })?.part;

	test.each<[string | undefined, Partial<TlsSettings>]>([
		[undefined, {}],
		[undefined, { key: pem("server-locked.key"), passphrase: "secret" }],
		["key", { key: pem("server-locked.key"), passphrase: "guess" }],
		["key", { key: pem("server-locked.key") }],
		["key", { key: pem("client.key") }],
		["key", { key: "no key" }],
		["key", { key: pem("server.crt") }],
		["certificate", { certificate: "no certificate" }],
		["certificate", { certificate: pem("server.key") }],
		["certificate", { certificate: pem("server.crt").replace(/.{40}\n/, "\n") }],
		["authorities", { authorities: "no certificate" }],
		["authorities", { authorities: pem("server.key") }],
		["authorities", { authorities: `${pem("authority.crt")}${pem("authority.crt").replace(/.{40}\n/, "\n")}` }],
		[undefined, { authorities: `# ours\n${pem("authority.crt")}\n# theirs\n${pem("stranger-authority.crt")}` }],
		["ciphers", { ciphers: "NONSENSE" }],
		["ciphers", { ciphers: "TLS_AES_128_GCM_SHA256" }],
		["ciphers", { ciphers: "DHE-RSA-AES128-GCM-SHA256" }],
		[undefined, { ciphers: "HIGH:!aNULL" }],
	])("%p: %#", (part, settings) => {
		expect(fault(settings)).toBe(part as never);
		if (part === undefined) new Place(settings);
	});
});

describe("hostile peers", () => {
	test("plain text is refused, and the port goes on", async () => {
		const place = new Place();
		for (const text of [
			"PING\r\n",
			"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
			"\x16\x03\x01\x00\x05hello",
			"\0".repeat(100_000),
		]) {
			const { closed } = await plainly(place.port, text);
			await closed;
		}
		expect(place.refusals.length).toBe(4);
		expect(place.accepted.map(({ texts, isClosed }) => [texts.length, isClosed])).toEqual(
			place.accepted.map(() => [0, true]),
		);
		expect(await ping(place.port)).toBe("+PONG");
	});

	test("who never says a word is there, can be written to in vain, and is gone when it is closed", async () => {
		const place = new Place();
		for (const [index, text] of ["", "\x16\x03\x01\x02\x00"].entries()) {
			const { closed } = await plainly(place.port, text);
			const accepted = await place.nth(index);
			expect(accepted.connection.isTls).toBe(true);
			expect(accepted.connection.write(new Uint8Array(10), 0, 10)).toBe(0);
			accepted.connection[index === 0 ? "end" : "terminate"]();
			expect(accepted.isClosed).toBe(true);
			await closed;
		}
		// It was us who gave up.
		expect(place.refusals).toEqual([]);
	});

	test("who leaves in the middle is refused, and gone", async () => {
		const place = new Place();
		const { socket } = await plainly(place.port, "\x16\x03\x01\x02\x00");
		const accepted = await place.nth(0);
		socket.end();
		await accepted.ended.promise;
		expect(place.refusals.length).toBe(1);
	});

	test("a connection that breaks off without a farewell is closed", async () => {
		const place = new Place();
		const client = await connected(place.port);
		expect(await client.ask("PING")).toBe("+PONG");
		client.socket.destroy();
		await (await place.nth(0)).ended.promise;
	});
});

/** Writes the pattern from a position on until the network takes no more; returns how much it took. */
function fill(connection: Connection, from = 0): number {
	const bytes = new Uint8Array(1 << 20);
	let taken = 0;
	for (;;) {
		for (let i = 0; i < bytes.length; i++) bytes[i] = patternAt(from + taken + i);
		const now = connection.write(bytes, 0, bytes.length);
		taken += now;
		if (now < bytes.length) return taken;
	}
}

function patternAt(position: number): number {
	return (position * 31 + (position >> 11)) & 0xff;
}

describe("a peer that does not read", () => {
	async function blocked() {
		const place = new Place();
		const tunnel = await Tunnel.to(place.port);
		const client = await connected(tunnel.port);
		expect(await client.ask("PING")).toBe("+PONG");
		client.received_bytes = 0;
		let isRight = true;
		let position = 0;
		client.onData = (chunk) => {
			for (const byte of chunk) isRight &&= byte === patternAt(position++);
		};
		tunnel.block();
		const accepted = await place.nth(0);
		const taken = fill(accepted.connection);
		expect(taken).toBeGreaterThan(0);
		return { place, tunnel, client, accepted, taken, isRight: () => isRight };
	}

	test("gets everything in order when it reads again, however short the writes were", async () => {
		const { tunnel, client, accepted, taken, isRight } = await blocked();
		using _ = tunnel;
		let total = taken;
		tunnel.unblock();
		while (total < 15_000_000) {
			await new Promise<void>((resolve) => accepted.drains.push(resolve));
			total += fill(accepted.connection, total);
		}
		await client.receives(total);
		expect(isRight()).toBe(true);
		expect(client.received_bytes).toBe(total);
	});

	test("gets what was taken when the connection is ended", async () => {
		const { tunnel, client, accepted, taken, isRight } = await blocked();
		using _ = tunnel;
		accepted.connection.end();
		tunnel.unblock();
		await client.receives(taken);
		await accepted.ended.promise;
		expect(client.received_bytes).toBe(taken);
		expect(isRight()).toBe(true);
	});

	test("does not keep a connection that is terminated, nor one that was ended before", async () => {
		for (const endsFirst of [false, true]) {
			const { tunnel, accepted } = await blocked();
			using _ = tunnel;
			if (endsFirst) accepted.connection.end();
			accepted.connection.terminate();
			await accepted.ended.promise;
		}
	});

	test("a peer that ignores our farewell does not keep the connection either", async () => {
		const place = new Place();
		const tunnel = await Tunnel.to(place.port);
		using _ = tunnel;
		const client = await connected(tunnel.port);
		expect(await client.ask("PING")).toBe("+PONG");
		tunnel.block();
		const accepted = await place.nth(0);
		accepted.connection.end();
		expect(accepted.isClosed).toBe(true);
	});
});

describe("connections that go out", () => {
	interface Outcome {
		readonly text?: string;
		readonly failure?: string;
	}

	function outgoing(port: number, settings: Partial<TlsSettings> = {}): Promise<Outcome> {
		const own = { certificate: pem("client.crt"), key: pem("client.key") };
		const { promise, resolve } = Promise.withResolvers<Outcome>();
		realNetwork.connectTls(
			"127.0.0.1",
			port,
			{ ...serverSettings, ...own, ...settings },
			(connection) => {
				expect(connection.isTls).toBe(true);
				const line = new Uint8Array(Buffer.from("PING\r\n"));
				expect(connection.write(line, 0, line.length)).toBe(line.length);
				return {
					receive(chunk) {
						resolve({ text: Buffer.from(chunk).toString() });
						connection.end();
					},
					drained() {},
					closed: () => resolve({ text: "" }),
				};
			},
			(reason) => resolve({ failure: (reason as { code?: string }).code ?? reason.message }),
		);
		return promise;
	}

	test("show their certificate, and are answered", async () => {
		expect(await outgoing(new Place().port)).toEqual({ text: "+PONG\r\n" });
	});

	test("do not look at the name in the server's certificate, as Redis", async () => {
		const place = new Place({ certificate: pem("second.crt"), key: pem("second.key") });
		expect(await outgoing(place.port)).toEqual({ text: "+PONG\r\n" });
		const { failure } = await outgoing(place.port, { authorities: pem("stranger-authority.crt") });
		expect(failure).toMatch(/CERT|SIGN/);
	});

	test("fail where the authority is not believed, TLS is not spoken, or nobody listens", async () => {
		const place = new Place();
		const { failure } = await outgoing(place.port, { authorities: pem("stranger-authority.crt") });
		expect(failure).toMatch(/CERT|SIGN/);
		expect(place.accepted.every(({ texts }) => texts.length === 0)).toBe(true);

		const plain = Bun.listen({
			hostname: "127.0.0.1",
			port: 0,
			socket: { data: (socket) => void socket.write("-ERR\r\n") },
		});
		expect((await outgoing(plain.port)).failure).toBeDefined();
		plain.stop(true);
		expect(await outgoing(plain.port)).toEqual({ failure: "ECONNREFUSED" });
	});

	test("are told so where their own certificate is not believed", async () => {
		const stranger = { certificate: pem("stranger.crt"), key: pem("stranger.key") };
		expect((await outgoing(new Place().port, stranger)).text ?? "").toBe("");
	});
});
