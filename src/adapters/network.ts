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
	/** `seconds` 0 turns keep-alive probes off. */
	setKeepAlive(seconds: number): void;
}

export type Acceptor = (connection: Connection) => Receiver;

export interface Listener {
	/** The port in use (useful after asking for port 0); 0 for a unix socket. */
	readonly port: number;
	close(): void;
}

export interface Network {
	/** Throws an Error with a readable message when the address is taken or invalid. */
	listenTcp(host: string, port: number, backlog: number, accept: Acceptor): Listener;
	/** `mode` is the permission bits of the socket file, or 0 to leave them to the umask. */
	listenUnix(path: string, mode: number, accept: Acceptor): Listener;
	/** Connects to a server, later: `accept` gets the connection when it is there, `failed` the reason where it is not. */
	connectTcp(host: string, port: number, accept: Acceptor, failed: (reason: Error) => void): void;
}
