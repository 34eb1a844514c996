import { chmodSync, rmSync } from "node:fs";
import type { Socket } from "bun";
import type { Acceptor, Connection, Listener, Network, Receiver } from "../../adapters/network.ts";

/** Smaller chunks are left to the collector: releasing them one by one costs more than it saves. */
const RELEASED_CHUNK_BYTES = 1024;

/** Bun's sockets behind the adapter. One object a connection; `data` goes straight to its receiver. */
class BunConnection implements Connection {
	readonly remoteAddress: string;
	readonly localAddress: string;
	readonly descriptor: number;
	readonly isLocal: boolean;
	readonly isUnixSocket: boolean;
	receiver: Receiver | null;
	private readonly socket: Socket<BunConnection>;

	constructor(socket: Socket<BunConnection>, unixPath: string) {
		const remote = socket.remoteAddress;
		this.remoteAddress = unixPath === "" ? joinAddress(remote, socket.remotePort) : `${unixPath}:0`;
		this.localAddress = unixPath === "" ? joinAddress(socket.localAddress, socket.localPort) : `${unixPath}:0`;
		// Bun has it, its types do not say so.
		this.descriptor = (socket as { fd?: number }).fd ?? -1;
		this.isLocal = unixPath !== "" || isLoopback(remote);
		this.isUnixSocket = unixPath !== "";
		this.receiver = null;
		this.socket = socket;
	}

	write(bytes: Uint8Array, offset: number, length: number): number {
		const taken = this.socket.write(bytes, offset, length);
		return taken < 0 ? 0 : taken;
	}

	end(): void {
		this.socket.end();
	}

	terminate(): void {
		// Not Bun's terminate, which resets: the peer would see an error, and lose replies it has not read yet.
		this.socket.end();
	}

	pause(): void {
		this.socket.pause();
	}

	resume(): void {
		this.socket.resume();
	}

	setKeepAlive(seconds: number): void {
		if (!this.isUnixSocket) this.socket.setKeepAlive(seconds > 0, seconds * 1000);
	}
}

function handlers(accept: Acceptor, unixPath: string) {
	return {
		// Not a Buffer, whose slice is no copy.
		binaryType: "uint8array" as const,
		open(socket: Socket<BunConnection>): void {
			if (unixPath === "") socket.setNoDelay(true);
			const connection = new BunConnection(socket, unixPath);
			socket.data = connection;
			connection.receiver = accept(connection);
		},
		data(socket: Socket<BunConnection>, chunk: Uint8Array): void {
			socket.data.receiver!.receive(chunk);
			// A big chunk is given back now: waiting for the collector, they would pile up to many times the data set.
			if (chunk.length >= RELEASED_CHUNK_BYTES) (chunk.buffer as ArrayBuffer).transfer(0);
		},
		drain(socket: Socket<BunConnection>): void {
			socket.data.receiver!.drained();
		},
		close(socket: Socket<BunConnection>): void {
			socket.data?.receiver?.closed();
		},
		// A reset connection is closed next; there is nothing else to do about it.
		error(): void {},
	};
}

export const realNetwork: Network = {
	listenTcp(host: string, port: number, _backlog: number, accept: Acceptor): Listener {
		// Bun knows ipv6Only, its types do not: without it the wildcard of IPv6 would claim that of IPv4 as well.
		const options = { hostname: host, port, ipv6Only: host.includes(":"), socket: handlers(accept, "") };
		const listener = explained(() => Bun.listen<BunConnection>(options));
		return { port: listener.port, close: () => listener.stop() };
	},
	connectTcp(host: string, port: number, accept: Acceptor, failed: (reason: Error) => void): void {
		const refused = (reason: unknown) => failed(reason instanceof Error ? reason : new Error(String(reason)));
		try {
			Bun.connect<BunConnection>({ hostname: host, port, socket: handlers(accept, "") } as never).catch(refused);
		} catch (reason) {
			// What is no address at all is refused at once.
			setImmediate(() => refused(reason));
		}
	},
	listenUnix(path: string, mode: number, accept: Acceptor): Listener {
		rmSync(path, { force: true });
		const listener = explained(() => Bun.listen<BunConnection>({ unix: path, socket: handlers(accept, path) }));
		if (mode !== 0) chmodSync(path, mode);
		return {
			port: 0,
			close() {
				listener.stop();
				rmSync(path, { force: true });
			},
		};
	},
};

const SYSTEM_TEXTS: Record<string, string> = {
	EADDRINUSE: "Address already in use",
	EADDRNOTAVAIL: "Cannot assign requested address",
	EACCES: "Permission denied",
	ENOENT: "No such file or directory",
};

/** Says why an address cannot be listened on in the words of the system, which log watchers look for. */
function explained<Result>(listen: () => Result): Result {
	try {
		return listen();
	} catch (failure) {
		const code = (failure as { code?: string }).code ?? "";
		throw new Error(`bind: ${SYSTEM_TEXTS[code] ?? (failure as Error).message}`);
	}
}

function joinAddress(host: string, port: number): string {
	const plain = host.startsWith("::ffff:") ? host.slice(7) : host;
	return plain.includes(":") ? `[${plain}]:${port}` : `${plain}:${port}`;
}

function isLoopback(host: string): boolean {
	return host === "::1" || host.startsWith("127.") || host.startsWith("::ffff:127.");
}
