import type { Socket } from "bun";
import type { Connection, Receiver } from "../../adapters/network.ts";
import { openLibc } from "./libc.ts";

const SHUT_RDWR = 2;
const libc = openLibc({ shutdown: { args: ["i32", "i32"], returns: "i32" } });

/** Smaller chunks are left to the collector: releasing them one by one costs more than it saves. */
const RELEASED_CHUNK_BYTES = 1024;

/** Bun's sockets behind the adapter. One object a connection; `data` goes straight to its receiver. */
export class BunConnection implements Connection {
	readonly remoteAddress: string;
	readonly localAddress: string;
	readonly descriptor: number;
	readonly isLocal: boolean;
	readonly isUnixSocket: boolean;
	readonly isTls: boolean;
	/** The peer is who it should be: always, but while the two sides of TLS have not agreed yet. */
	isReady: boolean;
	/** We have had enough of it. */
	isEnded: boolean;
	isClosed: boolean;
	receiver: Receiver | null;
	private readonly socket: Socket<BunConnection>;

	constructor(socket: Socket<BunConnection>, unixPath: string, isTls: boolean) {
		const remote = socket.remoteAddress;
		this.remoteAddress = unixPath === "" ? joinAddress(remote, socket.remotePort) : `${unixPath}:0`;
		this.localAddress = unixPath === "" ? joinAddress(socket.localAddress, socket.localPort) : `${unixPath}:0`;
		// Bun has it, its types do not say so.
		this.descriptor = (socket as { fd?: number }).fd ?? -1;
		this.isLocal = unixPath !== "" || isLoopback(remote);
		this.isUnixSocket = unixPath !== "";
		this.isTls = isTls;
		this.isReady = !isTls;
		this.isEnded = false;
		this.isClosed = false;
		this.receiver = null;
		this.socket = socket;
	}

	write(bytes: Uint8Array, offset: number, length: number): number {
		// Of TLS it takes nothing while the two sides have not agreed.
		const taken = this.socket.write(bytes, offset, length);
		return taken < 0 ? 0 : taken;
	}

	end(): void {
		this.isEnded = true;
		// Of TLS, `end` would wait until the peer has closed its side, for ever if it likes.
		if (this.isTls) this.socket.close();
		else this.socket.end();
	}

	terminate(): void {
		// Not Bun's terminate, which resets: the peer would see an error, and lose replies it has not read yet.
		this.end();
		// Bun waits until a peer has taken what it had encrypted, and nothing of its own stops that any more.
		if (this.isTls && !this.isClosed) libc?.shutdown(this.descriptor, SHUT_RDWR);
	}

	/** The socket is gone, and its descriptor perhaps another's by now. */
	closed(): void {
		this.isClosed = true;
		this.receiver?.closed();
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

/** Hands over what arrived. */
export function deliver(receiver: Receiver, chunk: Uint8Array): void {
	receiver.receive(chunk);
	// A big chunk is given back now: waiting for the collector, they would pile up to many times the data set.
	if (chunk.length >= RELEASED_CHUNK_BYTES) (chunk.buffer as ArrayBuffer).transfer(0);
}

const SYSTEM_TEXTS: Record<string, string> = {
	EADDRINUSE: "Address already in use",
	EADDRNOTAVAIL: "Cannot assign requested address",
	EACCES: "Permission denied",
	ENOENT: "No such file or directory",
};

/** Says why an address cannot be listened on in the words of the system, which log watchers look for. */
export function explained<Result>(listen: () => Result): Result {
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
