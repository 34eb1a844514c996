import { X509Certificate } from "node:crypto";
import { createSecureContext, createServer, type SecureContext, type SecureContextOptions } from "node:tls";
import type { Socket, TCPSocketListener } from "bun";
import type { Acceptor, Refused, TlsFault, TlsListener, TlsSettings } from "../../adapters/network.ts";
import { BunConnection, deliver, explained } from "./bun-connection.ts";

/**
 * TLS over Bun's sockets.
 *
 * Two things Bun can do and does not document are leaned on, and the tests of this file prove both: a listener takes a
 * context made by node:tls (`secureContext`), and a node:tls server given a listener as its `_handle` replaces that
 * listener's context, which is how certificates are changed without closing the port.
 */

// Of OpenSSL's interface, and BoringSSL's.
const SSL_OP_NO_TICKET = 0x4000;
const SSL_OP_CIPHER_SERVER_PREFERENCE = 0x400000;

interface NativeContext {
	readonly context: unknown;
}

function contextOptions(settings: TlsSettings): SecureContextOptions {
	const { certificate, key, passphrase, authorities, ciphers } = settings;
	const options: SecureContextOptions = {
		minVersion: settings.versionMin,
		maxVersion: settings.versionMax,
		secureOptions: secureOptions(settings),
		sessionTimeout: settings.sessions_s,
	};
	// What is undefined here counts as given there.
	if (certificate !== "") options.cert = certificate;
	if (key !== "") options.key = key;
	if (passphrase !== "") options.passphrase = passphrase;
	if (authorities !== "") options.ca = certificatesIn(authorities);
	if (ciphers !== "") options.ciphers = ciphers;
	return options;
}

function secureOptions({ prefersOwnCiphers, sessions_s }: TlsSettings): number {
	let bits = 0;
	if (prefersOwnCiphers) bits |= SSL_OP_CIPHER_SERVER_PREFERENCE;
	if (sessions_s === 0) bits |= SSL_OP_NO_TICKET;
	return bits;
}

function certificatesIn(pem: string): string[] {
	return pem.match(/-----BEGIN (TRUSTED )?CERTIFICATE-----[^-]*-----END (TRUSTED )?CERTIFICATE-----/g) ?? [];
}

/** One part after the other: Bun says what is wrong, and not with which. */
export function tlsFault(settings: TlsSettings): TlsFault | null {
	const { certificate, key, passphrase, authorities, ciphers } = settings;
	return (
		faultOf("certificate", certificate !== "", () => createSecureContext({ cert: certificate })) ??
		faultOf("key", key !== "", () => createSecureContext({ cert: certificate, key, passphrase })) ??
		faultOf("authorities", authorities !== "", () => checkAuthorities(authorities)) ??
		faultOf("ciphers", ciphers !== "", () => checkCiphers(ciphers)) ??
		faultOf("certificate", true, () => createSecureContext(contextOptions(settings)))
	);
}

function faultOf(part: TlsFault["part"], isGiven: boolean, check: () => void): TlsFault | null {
	if (!isGiven) return null;
	try {
		check();
		return null;
	} catch (failure) {
		return { part, reason: (failure as Error).message };
	}
}

/** Bun takes a text without a single certificate, and believes the authorities of the world then. */
function checkAuthorities(authorities: string): void {
	const certificates = certificatesIn(authorities);
	if (certificates.length === 0) throw new Error("no certificate found");
	for (const certificate of certificates) new X509Certificate(certificate);
}

/** Names of TLS 1.3 mean nothing here: Bun passes them over, and has all ciphers where there is no other. */
function checkCiphers(ciphers: string): void {
	if (/^(TLS_\w*|[:, ])*$/.test(ciphers)) throw new Error("no cipher match");
	createSecureContext({ ciphers });
}

/** What is the same in all connections of a listener, and changes with its settings. */
interface Policy {
	clientCertificate: TlsSettings["clientCertificate"];
}

function serverHandlers(accept: Acceptor, refused: Refused, policy: Policy) {
	return {
		// Not a Buffer, whose slice is no copy.
		binaryType: "uint8array" as const,
		open(socket: Socket<BunConnection>): void {
			socket.setNoDelay(true);
			const { clientCertificate } = policy;
			socket.setVerifyMode(clientCertificate !== "ignored", clientCertificate === "required");
			const connection = new BunConnection(socket, "", true);
			socket.data = connection;
			connection.receiver = accept(connection);
		},
		handshake(socket: Socket<BunConnection>, isDone: boolean, error: Error | null): void {
			const connection = socket.data;
			const reason = isDone ? disbelief(socket, error, policy) : (error?.message ?? "unknown error");
			if (reason === null) {
				connection.isReady = true;
				connection.receiver!.drained();
				return;
			}
			if (!connection.isEnded) refused(connection, reason);
			connection.terminate();
		},
		data(socket: Socket<BunConnection>, chunk: Uint8Array): void {
			const connection = socket.data;
			// It may be refused, and closed only when this is through.
			if (connection.isReady) deliver(connection.receiver!, chunk);
		},
		drain(socket: Socket<BunConnection>): void {
			if (socket.data.isReady) socket.data.receiver!.drained();
		},
		close(socket: Socket<BunConnection>): void {
			socket.data?.closed();
		},
		// A broken connection is closed next; there is nothing else to do about it.
		error(): void {},
	};
}

/** Why the client's certificate does not do, or null. Who shows none has an error, too, and may where it is optional. */
function disbelief(socket: Socket<BunConnection>, error: Error | null, { clientCertificate }: Policy): string | null {
	if (error === null || clientCertificate === "ignored") return null;
	if (clientCertificate === "optional" && Object.keys(socket.getPeerCertificate() ?? {}).length === 0) return null;
	return `certificate verify failed: ${error.message}`;
}

export function listenTls(
	host: string,
	port: number,
	_backlog: number,
	settings: TlsSettings,
	accept: Acceptor,
	refused: Refused,
): TlsListener {
	const policy: Policy = { clientCertificate: settings.clientCertificate };
	const { context } = createSecureContext(contextOptions(settings)) as NativeContext & SecureContext;
	const listener = explained(() =>
		Bun.listen<BunConnection>({
			hostname: host,
			port,
			// As in `listenTcp`.
			ipv6Only: host.includes(":"),
			tls: { secureContext: context },
			socket: serverHandlers(accept, refused, policy),
		} as never),
	);
	return {
		port: listener.port,
		close: () => listener.stop(),
		change(next: TlsSettings): void {
			replaceContext(listener, contextOptions(next));
			policy.clientCertificate = next.clientCertificate;
		},
	};
}

function replaceContext(listener: TCPSocketListener<BunConnection>, options: SecureContextOptions): void {
	const holder = createServer({});
	Object.assign(holder, { _handle: listener });
	// What is not said here is taken from node:tls, where a server chooses by its own order.
	holder.setSecureContext({ honorCipherOrder: false, ...options } as SecureContextOptions);
	// It must not be closed with the holder.
	Object.assign(holder, { _handle: null });
}

export function connectTls(
	host: string,
	port: number,
	settings: TlsSettings,
	accept: Acceptor,
	failed: (reason: Error) => void,
): void {
	let isSettled = false;
	const fail = (reason: unknown) => {
		if (isSettled) return;
		isSettled = true;
		failed(reason instanceof Error ? reason : new Error(String(reason)));
	};
	const socket = {
		binaryType: "uint8array" as const,
		open(opened: Socket<BunConnection>): void {
			opened.setNoDelay(true);
			opened.data = new BunConnection(opened, "", true);
		},
		handshake(opened: Socket<BunConnection>, isDone: boolean, error: Error | null): void {
			// The chain is looked at before the name, so what is only of another name is signed by an authority of ours.
			const isOtherName = (error as { code?: string } | null)?.code === "ERR_TLS_CERT_ALTNAME_INVALID";
			if (!isOtherName && (!isDone || error !== null)) {
				fail(error ?? new Error("TLS handshake failed"));
				opened.data.terminate();
				return;
			}
			isSettled = true;
			opened.data.isReady = true;
			opened.data.receiver = accept(opened.data);
		},
		data(opened: Socket<BunConnection>, chunk: Uint8Array): void {
			const { receiver } = opened.data;
			if (receiver !== null) deliver(receiver, chunk);
		},
		drain(opened: Socket<BunConnection>): void {
			opened.data?.receiver?.drained();
		},
		close(opened: Socket<BunConnection>): void {
			fail(new Error("the connection was closed before it was agreed upon"));
			opened.data?.closed();
		},
		error(): void {},
	};
	try {
		const { context } = createSecureContext(contextOptions(settings)) as NativeContext & SecureContext;
		// Whether the authority is believed is looked at above; the name in the certificate is not.
		const tls = { secureContext: context, rejectUnauthorized: false };
		Bun.connect<BunConnection>({ hostname: host, port, tls, socket } as never).catch(fail);
	} catch (reason) {
		setImmediate(() => fail(reason));
	}
}
