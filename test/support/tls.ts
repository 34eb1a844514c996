/**
 * What tests of TLS need: certificates of their own (certificates/generate.sh made them), a client, and a tunnel that can
 * be blocked, behind which a peer is as slow as a test wants.
 */
import { readFileSync } from "node:fs";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import type { TlsSettings } from "../../src/adapters/network.ts";

export type CertificateName = "server" | "second" | "client" | "stranger";

/** Path of `server.crt` and the like. */
export function certificateFile(name: string): string {
	return new URL(`certificates/${name}`, import.meta.url).pathname;
}

export function pem(name: string): string {
	return readFileSync(certificateFile(name), "utf8");
}

export const serverSettings: TlsSettings = {
	certificate: pem("server.crt"),
	key: pem("server.key"),
	passphrase: "",
	authorities: pem("authority.crt"),
	clientCertificate: "required",
	versionMin: "TLSv1.2",
	versionMax: "TLSv1.3",
	ciphers: "",
	prefersOwnCiphers: false,
	sessions_s: 300,
};

/** Directives of a server with these certificates. */
export function tlsDirectives(port: number): Record<string, string | number> {
	return {
		"tls-port": port,
		"tls-cert-file": certificateFile("server.crt"),
		"tls-key-file": certificateFile("server.key"),
		"tls-ca-cert-file": certificateFile("authority.crt"),
	};
}

/** A port nobody has at this moment. */
export function freePort(): number {
	const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
	const { port } = listener;
	listener.stop(true);
	return port;
}

/** Shows this certificate, or none, and believes our authority. */
export function clientOptions(shown: CertificateName | null = "client"): ConnectionOptions {
	const own = shown === null ? {} : { cert: pem(`${shown}.crt`), key: pem(`${shown}.key`) };
	return { ca: pem("authority.crt"), checkServerIdentity: () => undefined, ...own };
}

export class TlsClient {
	readonly socket: TLSSocket;
	isClosed = false;
	error: Error | null = null;
	received_bytes = 0;
	/** Called with what arrives; for tests that look at every byte. */
	onData: (chunk: Uint8Array) => void = () => {};
	private text = "";
	private wake: () => void = () => {};

	private constructor(socket: TLSSocket) {
		this.socket = socket;
		socket.on("data", (chunk: Buffer) => {
			this.received_bytes += chunk.length;
			this.onData(chunk);
			if (this.text.length < 65_536) this.text += chunk.toString("latin1");
			this.wake();
		});
		socket.on("error", (error) => {
			this.error = error;
			this.wake();
		});
		socket.on("close", () => {
			this.isClosed = true;
			this.wake();
		});
	}

	/** Rejects where the two sides do not agree, as far as the client can tell. */
	static async connect(port: number, options = clientOptions()): Promise<TlsClient> {
		const { promise, resolve, reject } = Promise.withResolvers<void>();
		const socket = connect({ port, host: "127.0.0.1", ...options });
		const client = new TlsClient(socket);
		socket.once("secureConnect", resolve);
		socket.once("error", reject);
		socket.once("close", () => reject(new Error("closed")));
		await promise;
		return client;
	}

	send(text: string): void {
		this.socket.write(text);
	}

	/** What has come when it has so many bytes, or the connection is closed. */
	async take(bytes: number): Promise<string> {
		while (this.text.length < bytes && !this.isClosed) await this.news();
		const taken = this.text;
		this.text = "";
		return taken;
	}

	/** Waits until so many bytes have come in all, or the connection is closed. */
	async receives(bytes: number): Promise<void> {
		while (this.received_bytes < bytes && !this.isClosed) await this.news();
	}

	/** The first line of the reply to an inline command, "" where the server has closed. */
	async ask(line: string): Promise<string> {
		this.send(`${line}\r\n`);
		while (!this.text.includes("\r\n") && !this.isClosed) await this.news();
		const [first = ""] = this.text.split("\r\n");
		this.text = "";
		return first;
	}

	async closed(): Promise<void> {
		while (!this.isClosed) await this.news();
	}

	/** Common name of the server's certificate. */
	serverName(): string {
		return String(this.socket.getPeerCertificate().subject.CN);
	}

	close(): void {
		this.socket.destroy();
	}

	private news(): Promise<void> {
		return new Promise((resolve) => {
			this.wake = resolve;
		});
	}
}

/** The reply to PING of a new client: "" where the server does not want it. */
export async function ping(port: number, options = clientOptions()): Promise<string> {
	let client: TlsClient;
	try {
		client = await TlsClient.connect(port, options);
	} catch {
		return "";
	}
	const reply = await client.ask("PING");
	client.close();
	return reply;
}

/** Plain TCP to `port`, which can be blocked: what the server sends then stays in its own buffers. */
export class Tunnel implements Disposable {
	readonly port: number;
	private readonly listener: Server;
	private readonly pairs: Set<{ near: Socket; far: Socket }>;

	private constructor(listener: Server, pairs: Set<{ near: Socket; far: Socket }>) {
		this.port = (listener.address() as { port: number }).port;
		this.listener = listener;
		this.pairs = pairs;
	}

	static async to(port: number): Promise<Tunnel> {
		const pairs = new Set<{ near: Socket; far: Socket }>();
		const listener = createServer((near) => {
			const far = createConnection({ port, host: "127.0.0.1" });
			pairs.add({ near, far });
			for (const end of [near, far]) end.on("error", () => {});
			near.pipe(far);
			far.pipe(near);
			near.on("close", () => far.destroy());
		});
		await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
		return new Tunnel(listener, pairs);
	}

	/** Nothing the server sends is taken any more. */
	block(): void {
		for (const { near, far } of this.pairs) {
			far.unpipe(near);
			far.pause();
		}
	}

	unblock(): void {
		for (const { near, far } of this.pairs) far.pipe(near);
	}

	[Symbol.dispose](): void {
		this.listener.close();
		for (const { near, far } of this.pairs) {
			near.destroy();
			far.destroy();
		}
	}
}
