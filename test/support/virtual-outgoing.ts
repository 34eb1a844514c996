import type { Acceptor, Connection, Receiver } from "../../src/adapters/network.ts";
import type { VirtualClient, VirtualNetwork } from "./virtual-network.ts";

/** The end of a server that has connected to another one: a client that hands over what arrives. */
export class OutgoingEnd implements Connection {
	readonly remoteAddress: string;
	readonly localAddress: string;
	readonly descriptor: number;
	readonly isLocal: boolean;
	readonly isUnixSocket: boolean;
	readonly isTls: boolean;
	private readonly network: VirtualNetwork;
	private readonly client: VirtualClient;
	private receiver: Receiver | null;

	constructor(network: VirtualNetwork, client: VirtualClient, remoteAddress: string, isTls: boolean) {
		this.remoteAddress = remoteAddress;
		this.localAddress = client.address();
		this.descriptor = -1;
		this.isLocal = true;
		this.isUnixSocket = false;
		this.isTls = isTls;
		this.network = network;
		this.client = client;
		this.receiver = null;
	}

	open(accept: Acceptor): void {
		this.receiver = accept(this);
		this.client.onNews = () => this.news();
		this.news();
	}

	private news(): void {
		const text = this.client.take();
		if (text !== "") this.receiver?.receive(new Uint8Array(Buffer.from(text, "latin1")));
		if (this.client.isClosed) this.shut();
	}

	private shut(): void {
		const { receiver } = this;
		this.receiver = null;
		receiver?.closed();
	}

	write(bytes: Uint8Array, offset: number, length: number): number {
		if (this.receiver === null) return 0;
		const taken = this.network.writable(length);
		this.client.sendBytes(bytes.slice(offset, offset + taken));
		if (taken < length) this.network.later(() => this.receiver?.drained());
		return taken;
	}

	end(): void {
		this.client.end();
		this.shut();
	}

	terminate(): void {
		this.client.cut();
		this.shut();
	}

	pause(): void {
		this.client.stopReading();
	}

	resume(): void {
		this.client.startReading();
	}

	setKeepAlive(): void {}
}
