/** What the server does with one byte stream; made by `Acceptor` when a connection arrives. */
export interface Receiver {
	/** Bytes arrived. The receiver may write to the array, and must not keep it: it is taken back after the call. */
	receive(chunk: Uint8Array): void;
	/** The stream takes bytes again after a short `write`. */
	drained(): void;
	/** The stream is gone; nothing more is called. */
	closed(): void;
}

/** One byte stream as the server sees it: TCP, unix socket, or a simulated one. */
export interface Connection {
	/** Hands over `length` bytes from `offset`; returns how many were taken. Fewer: wait for `drained`. */
	write(bytes: Uint8Array, offset: number, length: number): number;
	/** Closes after what was taken has been sent. */
	end(): void;
	/** Closes at once. */
	terminate(): void;
	/** Stops and restarts the flow of `receive`. */
	pause(): void;
	resume(): void;
	/** `ip:port`, `[v6]:port`, or `path:0` of a unix socket, as CLIENT LIST prints it. */
	readonly remoteAddress: string;
	readonly localAddress: string;
	/** File descriptor, or -1 where there is none. */
	readonly descriptor: number;
	/** True where the peer is on a loopback address or a unix socket: protected mode lets it in. */
	readonly isLocal: boolean;
	readonly isUnixSocket: boolean;
	/** True where bytes are encrypted; until both sides have agreed on how, no bytes arrive and none are taken. */
	readonly isTls: boolean;
	/** `seconds` 0 turns keep-alive probes off. */
	setKeepAlive(seconds: number): void;
}

export type Acceptor = (connection: Connection) => Receiver;

export interface Listener {
	/** The port in use (useful after asking for port 0); 0 for a unix socket. */
	readonly port: number;
	close(): void;
}

export const TLS_VERSIONS = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"] as const;
export type TlsVersion = (typeof TLS_VERSIONS)[number];

/** How one end of encrypted connections shows itself, and whom it believes. */
export interface TlsSettings {
	/** Certificate with those that lead to its authority, its private key, and the passphrase of that; PEM, "" for none. */
	readonly certificate: string;
	readonly key: string;
	readonly passphrase: string;
	/** Certificates of the authorities that are believed, PEM. */
	readonly authorities: string;
	/** Whether a client has to show a certificate, may, or is not asked for one. */
	readonly clientCertificate: "required" | "optional" | "ignored";
	readonly versionMin: TlsVersion;
	readonly versionMax: TlsVersion;
	/** In OpenSSL's words, for all versions but 1.3; "" is the default. */
	readonly ciphers: string;
	readonly prefersOwnCiphers: boolean;
	/** Seconds for which a session can be resumed, 0 where none can. */
	readonly sessions_s: number;
}

/** What is wrong with settings. */
export interface TlsFault {
	readonly part: "certificate" | "key" | "authorities" | "ciphers";
	readonly reason: string;
}

export interface TlsListener extends Listener {
	/** From here on new connections are made with other settings, which have no fault; those that are there go on. */
	change(settings: TlsSettings): void;
}

/** Hears why a connection did not come to be: what the peer sent is no TLS, or its certificate is not believed. */
export type Refused = (connection: Connection, reason: string) => void;

export interface Network {
	/**
	 * Replies up to so many bytes are sent when all sockets that were ready have been served: a write wakes the process of a
	 * client up, which costs less where it happens once for several clients of that process.
	 */
	readonly gathered_bytes: number;
	/** Throws an Error with a readable message when the address is taken or invalid. */
	listenTcp(host: string, port: number, backlog: number, accept: Acceptor): Listener;
	/** `mode` is the permission bits of the socket file, or 0 to leave them to the umask. */
	listenUnix(path: string, mode: number, accept: Acceptor): Listener;
	/** Connects to a server, later: `accept` gets the connection when it is there, `failed` the reason where it is not. */
	connectTcp(host: string, port: number, accept: Acceptor, failed: (reason: Error) => void): void;
	/** What keeps these settings from being used, or null. */
	tlsFault(settings: TlsSettings): TlsFault | null;
	/**
	 * As `listenTcp`. A connection is accepted before the two sides have agreed, so that whoever never does is a client
	 * like any other; where they do not agree `refused` is called, then the receiver's `closed`.
	 */
	listenTls(
		host: string,
		port: number,
		backlog: number,
		settings: TlsSettings,
		accept: Acceptor,
		refused: Refused,
	): TlsListener;
	/** As `connectTcp`; `accept` gets the connection when the two sides have agreed. Names in certificates do not count. */
	connectTls(
		host: string,
		port: number,
		settings: TlsSettings,
		accept: Acceptor,
		failed: (reason: Error) => void,
	): void;
}
