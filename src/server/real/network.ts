import { chmodSync, rmSync } from "node:fs";
import type { Socket } from "bun";
import type { Acceptor, Listener, Network } from "../../adapters/network.ts";
import { BunConnection, deliver, explained } from "./bun-connection.ts";
import { connectTls, listenTls, tlsFault } from "./tls.ts";

/** Plain sockets; those of TLS are next door. */
function handlers(accept: Acceptor, unixPath: string) {
	return {
		// Not a Buffer, whose slice is no copy.
		binaryType: "uint8array" as const,
		open(socket: Socket<BunConnection>): void {
			if (unixPath === "") socket.setNoDelay(true);
			const connection = new BunConnection(socket, unixPath, false);
			socket.data = connection;
			connection.receiver = accept(connection);
		},
		data(socket: Socket<BunConnection>, chunk: Uint8Array): void {
			deliver(socket.data.receiver!, chunk);
		},
		drain(socket: Socket<BunConnection>): void {
			socket.data.receiver!.drained();
		},
		close(socket: Socket<BunConnection>): void {
			socket.data?.closed();
		},
		// A reset connection is closed next; there is nothing else to do about it.
		error(): void {},
	};
}

export const realNetwork: Network = {
	gathered_bytes: 4096,
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
	tlsFault,
	listenTls,
	connectTls,
};
