/**
 * Several machines with an address each, and lines between them that do what real ones do: they delay, they cut what is
 * sent into pieces, they fall silent in one direction or both, and they break.
 *
 *     End.write → queue, `window_bytes` at most → the other End's Receiver.receive, piece by piece
 *
 * A line that is silent loses nothing: as with TCP, what was sent comes when it speaks again, unless one end is gone by
 * then. An end that closes tells the other one by the same line, so a silent line leaves it in the dark (half-open). Of
 * a machine without power nobody hears anything until it is up again and answers what it gets with a reset; a process
 * that dies alone is mourned by its machine, which closes its connections.
 *
 * Invariant: every step is a timer of the common time, drawn from one source of chance, so a run repeats from its seed.
 */
import type { Acceptor, Connection, Listener, Network, Receiver, TlsListener } from "../../src/adapters/network.ts";
import type { Random } from "../../src/bytes/random.ts";
import type { HostTime } from "./host-time.ts";
import type { VirtualTime } from "./virtual-time.ts";

export interface LineQuality {
	/** Bytes arrive in pieces of 1 to so many. */
	readonly pieceBytesMax: number;
	/** Writes are short at random: 0 to so many bytes are taken at a time. */
	readonly writeBytesMax: number;
	/** Every step takes 0 to so many milliseconds. */
	readonly delay_ms_max: number;
	/** Bytes on their way in one direction of a connection, at most. */
	readonly window_bytes: number;
}

/** What happens on a line; `bytes` are good during the call only. */
export interface LineWatcher {
	delivered(from: string, to: string, bytes: Uint8Array): void;
	ended(from: string, to: string): void;
}

const CONNECT_RETRY_MS = 1000;
const CONNECT_TRIES_MAX = 6;
/** What a receiver finds that kept a chunk it had to give back. */
const TAKEN_BACK = 0xa5;

export class VirtualInternet {
	quality: LineQuality;
	watcher: LineWatcher;
	/** What becomes of bytes that are sent; for tests that have to find the damage. */
	tamper: ((bytes: Uint8Array, from: string, to: string) => Uint8Array) | null;
	private readonly time: VirtualTime;
	private readonly random: Random;
	private readonly machines: Map<string, HostNetwork>;
	/** Directions nothing comes through, as `from>to`. */
	private readonly silent: Set<string>;
	private readonly ends: Set<End>;
	private nextClientPort: number;

	constructor(time: VirtualTime, random: Random, quality: LineQuality) {
		this.quality = quality;
		this.watcher = { delivered() {}, ended() {} };
		this.tamper = null;
		this.time = time;
		this.random = random;
		this.machines = new Map();
		this.silent = new Set();
		this.ends = new Set();
		this.nextClientPort = 50_000;
	}

	/** What one process uses; it takes the place of the one before at that address. */
	attach(address: string, time: HostTime): HostNetwork {
		const network = new HostNetwork(this, address, time);
		this.machines.set(address, network);
		return network;
	}

	/** What is sent from one to the other does not arrive any more. */
	silence(from: string, to: string): void {
		this.silent.add(`${from}>${to}`);
	}

	/** All lines speak again. */
	restore(from?: string, to?: string): void {
		if (from === undefined) this.silent.clear();
		else this.silent.delete(`${from}>${to}`);
		this.stir();
	}

	/** Breaks all connections between two: both sides hear of it. */
	cut(a: string, b: string): void {
		for (const end of [...this.ends]) if (end.owner.address === a && end.peer.owner.address === b) end.breakOff();
	}

	// What networks and ends ask for

	machine(address: string): HostNetwork | undefined {
		return this.machines.get(address);
	}

	isSilent(from: string, to: string): boolean {
		return this.silent.has(`${from}>${to}`);
	}

	later(step: () => void): void {
		const { delay_ms_max } = this.quality;
		this.time.after(delay_ms_max === 0 ? 0 : this.random.below(delay_ms_max + 1), step);
	}

	after(delay_ms: number, step: () => void): void {
		this.time.after(delay_ms, step);
	}

	piece(length: number): number {
		return limited(length, this.quality.pieceBytesMax, this.random, 1);
	}

	writable(length: number): number {
		return limited(length, this.quality.writeBytesMax, this.random, 0);
	}

	join(from: HostNetwork, to: HostNetwork, port: number): [End, End] {
		const near = new End(this, from, `${from.address}:${this.nextClientPort++}`);
		const far = new End(this, to, `${to.address}:${port}`);
		near.peer = far;
		far.peer = near;
		this.ends.add(near).add(far);
		return [near, far];
	}

	forget(end: End): void {
		this.ends.delete(end);
	}

	/** What was waiting for a line or a machine looks again. */
	stir(): void {
		for (const end of this.ends) end.pumpSoon();
	}

	endsOf(network: HostNetwork): End[] {
		return [...this.ends].filter((end) => end.owner === network);
	}
}

function limited(length: number, most: number, random: Random, least: number): number {
	return most === Infinity ? length : Math.min(length, least + random.below(most + 1 - least));
}

/** The network as one process sees it. */
export class HostNetwork implements Network {
	readonly gathered_bytes = 0;
	readonly address: string;
	readonly time: HostTime;
	/** Of the process, or of the whole machine; where it is dead nothing it does has any effect. */
	state: "alive" | "killed" | "powerless";
	private readonly internet: VirtualInternet;
	private readonly acceptors: Map<number, Acceptor>;

	constructor(internet: VirtualInternet, address: string, time: HostTime) {
		this.address = address;
		this.time = time;
		this.state = "alive";
		this.internet = internet;
		this.acceptors = new Map();
	}

	die(state: "killed" | "powerless"): void {
		this.state = state;
		this.acceptors.clear();
		for (const end of this.internet.endsOf(this)) end.orphan();
	}

	acceptor(port: number): Acceptor | undefined {
		return this.acceptors.get(port);
	}

	listenTcp(host: string, port: number, _backlog: number, accept: Acceptor): Listener {
		// Of both families it is one listener.
		if (host.includes(":")) return { port, close() {} };
		if (this.acceptors.has(port)) throw new Error("bind: Address already in use");
		this.acceptors.set(port, accept);
		return { port, close: () => void this.acceptors.delete(port) };
	}

	connectTcp(host: string, port: number, accept: Acceptor, failed: (reason: Error) => void): void {
		this.internet.later(() => this.try(host, port, accept, failed, 1));
	}

	private try(host: string, port: number, accept: Acceptor, failed: (reason: Error) => void, tries: number): void {
		const { internet, address } = this;
		if (this.state !== "alive") return;
		const machine = internet.machine(host);
		const isDeaf = internet.isSilent(address, host) || internet.isSilent(host, address);
		if (machine === undefined || machine.state === "powerless" || isDeaf || machine.time.isStandingStill()) {
			if (tries < CONNECT_TRIES_MAX) {
				internet.after(CONNECT_RETRY_MS, () => this.try(host, port, accept, failed, tries + 1));
			} else this.time.run(() => failed(failure("ETIMEDOUT", "Operation timed out")));
			return;
		}
		const acceptor = machine.acceptor(port);
		if (acceptor === undefined) {
			internet.later(() => this.time.run(() => failed(failure("ECONNREFUSED", "Connection refused"))));
			return;
		}
		const [near, far] = internet.join(this, machine, port);
		far.open(acceptor);
		internet.later(() => this.time.run(() => near.open(accept)));
	}

	// What nobody uses between these machines

	listenUnix(): Listener {
		return { port: 0, close() {} };
	}

	listenTls(): TlsListener {
		throw new Error("no TLS here");
	}

	connectTls(_host: string, _port: number, _settings: unknown, _accept: Acceptor, failed: (reason: Error) => void) {
		this.internet.later(() => failed(new Error("no TLS here")));
	}

	tlsFault(): null {
		return null;
	}
}

function failure(code: string, text: string): Error {
	return Object.assign(new Error(`connect: ${text}`), { code });
}

/** One end of a connection. As with Bun's sockets, `end` and `terminate` call `closed` before they return. */
class End implements Connection {
	readonly owner: HostNetwork;
	readonly localAddress: string;
	readonly descriptor = 9;
	readonly isLocal = false;
	readonly isUnixSocket = false;
	readonly isTls = false;
	peer: End;
	private readonly internet: VirtualInternet;
	private receiver: Receiver | null;
	/** On their way to the other end, in order. */
	private queue: Uint8Array[];
	private queue_bytes: number;
	private isOpen: boolean;
	/** Nothing comes behind the queue: the other end is told. */
	private isFinished: boolean;
	private isPaused: boolean;
	private owesDrain: boolean;
	private isPumping: boolean;
	private isCut: boolean;

	constructor(internet: VirtualInternet, owner: HostNetwork, localAddress: string) {
		this.owner = owner;
		this.localAddress = localAddress;
		this.peer = this;
		this.internet = internet;
		this.receiver = null;
		this.queue = [];
		this.queue_bytes = 0;
		this.isOpen = true;
		this.isFinished = false;
		this.isPaused = false;
		this.owesDrain = false;
		this.isPumping = false;
		this.isCut = false;
	}

	get remoteAddress(): string {
		return this.peer.localAddress;
	}

	open(accept: Acceptor): void {
		this.receiver = accept(this);
		if (!this.isOpen) this.receiver.closed();
		this.peer.pumpSoon();
	}

	// What the process calls

	write(bytes: Uint8Array, offset: number, length: number): number {
		const { internet, owner, peer } = this;
		if (owner.state !== "alive") return length;
		if (!this.isOpen) return 0;
		// Nothing comes behind what was lost.
		if (this.isCut) return length;
		const taken = internet.writable(Math.min(length, internet.quality.window_bytes - this.queue_bytes));
		this.owesDrain ||= taken < length;
		// Not `slice`: that of a Buffer is no copy.
		let sent: Uint8Array = new Uint8Array(bytes.subarray(offset, offset + taken));
		if (internet.tamper !== null) sent = internet.tamper(sent, owner.address, peer.owner.address);
		if (sent.length > 0) this.queue.push(sent);
		this.queue_bytes += sent.length;
		if (taken < length && this.queue_bytes === 0) internet.later(() => this.drain());
		this.pumpSoon();
		return taken;
	}

	end(): void {
		if (!this.isOpen) return;
		this.isFinished = true;
		this.close();
		this.pumpSoon();
	}

	terminate(): void {
		this.dropQueue();
		this.end();
	}

	pause(): void {
		this.isPaused = true;
	}

	resume(): void {
		this.isPaused = false;
		this.peer.pumpSoon();
	}

	setKeepAlive(): void {}

	// What the line and the machines do

	/** The process is gone. Its machine closes the connection; without power nothing is heard of it. */
	orphan(): void {
		this.isOpen = false;
		this.receiver = null;
		this.dropQueue();
		if (this.owner.state === "killed") {
			this.isFinished = true;
			this.pumpSoon();
		} else this.peer.pumpSoon();
	}

	/** The line is cut: each side hears of it in its time. */
	breakOff(): void {
		this.isCut = true;
		this.peer.isCut = true;
		this.dropQueue();
		this.internet.later(() => this.reset());
		this.peer.dropQueue();
		this.internet.later(() => this.peer.reset());
	}

	pumpSoon(): void {
		if (this.isPumping || (this.queue.length === 0 && !this.isFinished)) return;
		this.isPumping = true;
		this.internet.later(() => {
			this.isPumping = false;
			this.pump();
		});
	}

	/** One piece, so that those of several connections alternate. Waits for a stir where nothing goes through. */
	private pump(): void {
		const { internet, owner, peer } = this;
		if (internet.isSilent(owner.address, peer.owner.address)) return;
		if (peer.owner.state === "powerless") {
			// Another process at the address knows nothing of this connection.
			if (internet.machine(peer.owner.address) !== peer.owner) this.reset();
			return;
		}
		if (peer.owner.time.isStandingStill() && peer.isOpen) return;
		if (!peer.isOpen) {
			this.dropQueue();
			internet.forget(this);
			if (this.isOpen) this.reset();
			return;
		}
		if (peer.receiver === null || (peer.isPaused && this.queue.length > 0)) return;
		const first = this.queue[0];
		if (first === undefined) {
			internet.forget(this);
			return peer.reset();
		}
		const length = internet.piece(first.length);
		const chunk = new Uint8Array(first.subarray(0, length));
		if (length === first.length) this.queue.shift();
		else this.queue[0] = first.subarray(length);
		this.queue_bytes -= length;
		this.pumpSoon();
		if (this.owesDrain) internet.later(() => this.drain());
		internet.watcher.delivered(owner.address, peer.owner.address, chunk);
		peer.receiver.receive(chunk);
		chunk.fill(TAKEN_BACK);
	}

	/** This end hears that the other one is gone. */
	private reset(): void {
		if (!this.isOpen) return;
		if (this.internet.isSilent(this.peer.owner.address, this.owner.address)) {
			// The news is on its way, and comes when the line speaks again.
			this.internet.after(RESET_RETRY_MS, () => this.reset());
			return;
		}
		this.internet.forget(this);
		this.internet.watcher.ended(this.peer.owner.address, this.owner.address);
		this.dropQueue();
		this.owner.time.run(() => this.close());
	}

	private close(): void {
		if (!this.isOpen) return;
		this.isOpen = false;
		this.receiver?.closed();
	}

	private drain(): void {
		if (!this.isOpen || !this.owesDrain) return;
		this.owner.time.run(() => {
			if (!this.isOpen) return;
			this.owesDrain = false;
			this.receiver?.drained();
		});
	}

	private dropQueue(): void {
		this.queue = [];
		this.queue_bytes = 0;
	}
}

const RESET_RETRY_MS = 200;
