/**
 * A network inside the process, in virtual time and reproducible from a seed. What real sockets may do and seldom do on
 * a test machine it does at will: pieces cut anywhere, short writes, slow readers, broken connections.
 *
 * One connection is two ends and two queues:
 *
 *     VirtualClient.send → inbound, any length      → Receiver.receive, piece by piece
 *     VirtualClient.take ← outbound, `window_bytes` ← Connection.write, which takes what there is room for
 *
 * Invariant: both directions keep order and lose nothing until an end breaks the connection; every step is a timer of
 * the virtual time, so nothing happens but in `advance`, and a quiet network has no timer.
 */
import type {
	Acceptor,
	Connection,
	Listener,
	Network,
	Receiver,
	TlsFault,
	TlsListener,
	TlsSettings,
} from "../../src/adapters/network.ts";
import type { Random } from "../../src/bytes/random.ts";
import { encodeCommand } from "./engine.ts";
import { OutgoingEnd } from "./virtual-outgoing.ts";
import type { VirtualTime } from "./virtual-time.ts";

export interface NetworkFaults {
	/** Bytes arrive in pieces of 1 to so many. */
	readonly chunkBytesMax: number;
	/** The server's writes are short at random: 0 to so many bytes are taken at a time. */
	readonly writeBytesMax: number;
	/** Every step takes 0 to so many milliseconds. */
	readonly delay_ms_max: number;
	/** `drained` is sometimes called although nothing was owed, as Bun does. */
	readonly drainsFalsely: boolean;
}

export const noFaults: NetworkFaults = {
	chunkBytesMax: Infinity,
	writeBytesMax: Infinity,
	delay_ms_max: 0,
	drainsFalsely: false,
};

const WINDOW_BYTES = 1 << 20;
const FIRST_FREE_PORT = 40_000;
/** What a receiver finds that kept a chunk it had to give back. */
const TAKEN_BACK = 0xa5;

export interface ConnectOptions {
	readonly host?: string;
	/** Address the client comes from. */
	readonly from?: string;
	/** Bytes that are on their way to the client at most while it does not read. */
	readonly window_bytes?: number;
	/** False: where TLS is spoken it never says a word. */
	readonly agrees?: boolean;
}

interface Listening {
	readonly host: string;
	readonly port: number;
	readonly accept: Acceptor;
}

export class VirtualNetwork implements Network {
	/** None are held, unless a test says so. */
	gathered_bytes = 0;
	faults: NetworkFaults;
	/** Addresses this machine does not have. */
	readonly missingHosts: Set<string>;
	/** Packets to these are lost. */
	readonly unreachableHosts: Set<string>;
	readonly unixModes: Map<string, number>;
	/** What `tlsFault` finds wrong. */
	tlsFaultOf: (settings: TlsSettings) => TlsFault | null;
	/** In use, by port. */
	readonly tlsSettings: Map<number, TlsSettings>;
	private readonly time: VirtualTime;
	private readonly random: Random;
	private listening: Listening[];
	private readonly unixListeners: Map<string, Acceptor>;
	private nextPort: number;
	private nextClientPort: number;
	private nextDescriptor: number;

	constructor(time: VirtualTime, random: Random, faults: NetworkFaults = noFaults) {
		this.faults = faults;
		this.missingHosts = new Set();
		this.unreachableHosts = new Set();
		this.unixModes = new Map();
		this.tlsFaultOf = () => null;
		this.tlsSettings = new Map();
		this.time = time;
		this.random = random;
		this.listening = [];
		this.unixListeners = new Map();
		this.nextPort = FIRST_FREE_PORT;
		this.nextClientPort = 50_000;
		this.nextDescriptor = 10;
	}

	listenTcp(host: string, port: number, _backlog: number, accept: Acceptor): Listener {
		if (this.missingHosts.has(host)) throw new Error("bind: Cannot assign requested address");
		const listening = { host, port: port === 0 ? this.nextPort++ : port, accept };
		if (this.listening.some((other) => overlap(other, listening))) throw new Error("bind: Address already in use");
		this.listening.push(listening);
		return {
			port: listening.port,
			close: () => {
				this.listening = this.listening.filter((other) => other !== listening);
			},
		};
	}

	listenUnix(path: string, mode: number, accept: Acceptor): Listener {
		if (this.unixListeners.has(path)) throw new Error("bind: Address already in use");
		this.unixListeners.set(path, accept);
		this.unixModes.set(path, mode);
		return { port: 0, close: () => void this.unixListeners.delete(path) };
	}

	tlsFault(settings: TlsSettings): TlsFault | null {
		return this.tlsFaultOf(settings);
	}

	/** Nothing is encrypted here, but it takes a moment until bytes come and go. */
	listenTls(host: string, port: number, backlog: number, settings: TlsSettings, accept: Acceptor): TlsListener {
		const listener = this.listenTcp(host, port, backlog, accept);
		this.tlsSettings.set(listener.port, settings);
		return {
			port: listener.port,
			close: () => {
				this.tlsSettings.delete(listener.port);
				listener.close();
			},
			change: (next) => void this.tlsSettings.set(listener.port, next),
		};
	}

	/** Addresses listened on, `host:port`. */
	addresses(): string[] {
		return this.listening.map(({ host, port }) => `${host}:${port}`);
	}

	/** A new client; throws where nobody listens. */
	connect(port: number, options: ConnectOptions = {}): VirtualClient {
		const { host = "127.0.0.1", from = "127.0.0.1" } = options;
		const target = this.listening.find(
			(one) => one.port === port && (one.host === host || one.host === wildcard(host)),
		);
		if (target === undefined) {
			const refused = new Error(`connect: Connection refused by ${host}:${port}`);
			throw Object.assign(refused, { code: "ECONNREFUSED" });
		}
		const remoteAddress = `${from}:${this.nextClientPort++}`;
		const end = new ServerEnd(this, remoteAddress, `${host}:${port}`, from.startsWith("127."), this.nextDescriptor++);
		const isTls = this.tlsSettings.has(port);
		const client = end.open(target.accept, options.window_bytes ?? WINDOW_BYTES, isTls);
		if (isTls && (options.agrees ?? true)) this.later(() => end.agree());
		return client;
	}

	/** How servers reach each other. Where `host` is unreachable nothing ever comes of it. */
	connectTcp(host: string, port: number, accept: Acceptor, failed: (reason: Error) => void): void {
		if (this.unreachableHosts.has(host)) return;
		this.later(() => {
			let client: VirtualClient;
			try {
				client = this.connect(port, { host });
			} catch (reason) {
				return failed(reason as Error);
			}
			new OutgoingEnd(this, client, `${host}:${port}`, this.tlsSettings.has(port)).open(accept);
		});
	}

	/** Only where TLS is spoken. */
	connectTls(
		host: string,
		port: number,
		_settings: TlsSettings,
		accept: Acceptor,
		failed: (reason: Error) => void,
	): void {
		if (this.tlsSettings.has(port)) return this.connectTcp(host, port, accept, failed);
		this.later(() => failed(new Error("wrong version number")));
	}

	connectUnix(path: string): VirtualClient {
		const accept = this.unixListeners.get(path);
		if (accept === undefined) throw new Error(`connect: nobody listens at ${path}`);
		return new ServerEnd(this, `${path}:0`, `${path}:0`, true, this.nextDescriptor++).open(accept, WINDOW_BYTES);
	}

	/** One step of a connection, later. */
	later(step: () => void): void {
		const { delay_ms_max } = this.faults;
		this.time.after(delay_ms_max === 0 ? 0 : this.random.below(delay_ms_max + 1), step);
	}

	/** Lets happen what happens without time going by. */
	settle(): void {
		this.time.advance(0);
	}

	/** How many of `length` bytes come in one piece. */
	piece(length: number): number {
		const { chunkBytesMax } = this.faults;
		return chunkBytesMax === Infinity ? length : Math.min(length, 1 + this.random.below(chunkBytesMax));
	}

	/** How many bytes a write takes that could take `length`. */
	writable(length: number): number {
		const { writeBytesMax } = this.faults;
		return writeBytesMax === Infinity ? length : Math.min(length, this.random.below(writeBytesMax + 1));
	}

	drainsNow(owed: boolean): boolean {
		return owed || (this.faults.drainsFalsely && this.random.below(4) === 0);
	}
}

function wildcard(host: string): string {
	return host.includes(":") ? "::" : "0.0.0.0";
}

function overlap(a: Listening, b: Listening): boolean {
	if (a.port !== b.port) return false;
	return a.host === b.host || a.host === wildcard(b.host) || b.host === wildcard(a.host);
}

/** The end the server holds. As with Bun's sockets, `end` and `terminate` call `closed` before they return. */
class ServerEnd implements Connection {
	readonly remoteAddress: string;
	readonly localAddress: string;
	readonly descriptor: number;
	readonly isLocal: boolean;
	readonly isUnixSocket: boolean;
	isTls: boolean;
	keepAlive_s: number;
	isOpen: boolean;
	private readonly network: VirtualNetwork;
	private receiver: Receiver | null;
	private client: VirtualClient | null;
	private inbound: Uint8Array[];
	private inboundEnds: boolean;
	private isPaused: boolean;
	/** False while the two sides of TLS have not agreed. */
	private hasAgreed: boolean;
	/** A write was short: the receiver waits for `drained`. */
	private owesDrain: boolean;

	constructor(network: VirtualNetwork, remoteAddress: string, localAddress: string, isLocal: boolean, id: number) {
		this.remoteAddress = remoteAddress;
		this.localAddress = localAddress;
		this.descriptor = id;
		this.isLocal = isLocal;
		this.isUnixSocket = remoteAddress === localAddress;
		this.isTls = false;
		this.hasAgreed = true;
		this.keepAlive_s = 0;
		this.isOpen = true;
		this.network = network;
		this.receiver = null;
		this.client = null;
		this.inbound = [];
		this.inboundEnds = false;
		this.isPaused = false;
		this.owesDrain = false;
	}

	open(accept: Acceptor, window_bytes: number, isTls = false): VirtualClient {
		this.isTls = isTls;
		this.hasAgreed = !isTls;
		const client = new VirtualClient(this.network, this, window_bytes);
		this.client = client;
		this.receiver = accept(this);
		return client;
	}

	agree(): void {
		if (this.hasAgreed || !this.isOpen) return;
		this.hasAgreed = true;
		this.receiver!.drained();
		this.deliver();
	}

	// What the server calls

	write(bytes: Uint8Array, offset: number, length: number): number {
		if (!this.isOpen || !this.hasAgreed) return 0;
		const taken = this.network.writable(Math.min(length, this.client!.room()));
		this.client!.accept(bytes.slice(offset, offset + taken));
		this.owesDrain ||= taken < length;
		this.network.later(() => this.client!.flow());
		return taken;
	}

	end(): void {
		this.shut();
	}

	terminate(): void {
		if (this.isOpen) this.client!.lose();
		this.shut();
	}

	pause(): void {
		this.isPaused = true;
	}

	resume(): void {
		this.isPaused = false;
		this.network.later(() => this.deliver());
	}

	setKeepAlive(seconds: number): void {
		this.keepAlive_s = seconds;
	}

	// What the client calls

	enqueue(bytes: Uint8Array): void {
		this.inbound.push(bytes);
		this.network.later(() => this.deliver());
	}

	enqueueEnd(): void {
		this.inboundEnds = true;
		this.network.later(() => this.deliver());
	}

	/** The connection is broken off; what was on its way is lost. */
	shut(): void {
		if (!this.isOpen) return;
		this.isOpen = false;
		this.inbound = [];
		this.client!.serverShut();
		this.receiver?.closed();
	}

	/** There may be room again. */
	drain(): void {
		if (!this.isOpen || !this.network.drainsNow(this.owesDrain)) return;
		this.owesDrain = false;
		this.receiver!.drained();
	}

	/** One piece, so that those of several connections alternate. */
	private deliver(): void {
		if (!this.isOpen || this.isPaused || !this.hasAgreed) return;
		const first = this.inbound[0];
		if (first === undefined) {
			if (this.inboundEnds) this.shut();
			return;
		}
		const length = this.network.piece(first.length);
		const chunk = first.slice(0, length);
		if (length === first.length) this.inbound.shift();
		else this.inbound[0] = first.subarray(length);
		if (this.inbound.length > 0 || this.inboundEnds) this.network.later(() => this.deliver());
		this.receiver!.receive(chunk);
		chunk.fill(TAKEN_BACK);
	}
}

/** The end a test holds. */
export class VirtualClient {
	/** While false nothing is read: what the server writes fills the window. */
	reads: boolean;
	/** The server has closed the connection. */
	isClosed: boolean;
	/** Called when something has arrived, or the connection was closed. */
	onNews: () => void;
	private readonly network: VirtualNetwork;
	private readonly server: ServerEnd;
	private readonly window_bytes: number;
	private outbound: Uint8Array[];
	private outbound_bytes: number;
	private arrived: Uint8Array[];

	constructor(network: VirtualNetwork, server: ServerEnd, window_bytes: number) {
		this.reads = true;
		this.isClosed = false;
		this.onNews = () => {};
		this.network = network;
		this.server = server;
		this.window_bytes = window_bytes;
		this.outbound = [];
		this.outbound_bytes = 0;
		this.arrived = [];
	}

	/** As the server names it. */
	address(): string {
		return this.server.remoteAddress;
	}

	/** Seconds between probes that the server asked for. */
	keepAlive_s(): number {
		return this.server.keepAlive_s;
	}

	sendBytes(bytes: Uint8Array): void {
		// Not `slice`: that of a Buffer is no copy.
		if (bytes.length > 0) this.server.enqueue(new Uint8Array(bytes));
	}

	sendText(text: string): void {
		this.sendBytes(Buffer.from(text, "latin1"));
	}

	send(...words: (string | number)[]): void {
		this.sendBytes(encodeCommand(...words));
	}

	/** Sends a command and returns what has arrived when all is quiet. */
	run(...words: (string | number)[]): string {
		this.send(...words);
		this.network.settle();
		return this.take();
	}

	/** Takes what has arrived, one character a byte. */
	take(): string {
		const text = Buffer.concat(this.arrived).toString("latin1");
		this.arrived = [];
		return text;
	}

	arrivedBytes(): number {
		return this.arrived.reduce((bytes, piece) => bytes + piece.length, 0);
	}

	/** Reads again, all there is and all that comes. */
	startReading(): void {
		this.reads = true;
		this.network.later(() => this.flow());
	}

	stopReading(): void {
		this.reads = false;
	}

	/** Closes after what was sent has arrived. */
	end(): void {
		this.server.enqueueEnd();
	}

	/** Breaks the connection off. */
	cut(): void {
		this.lose();
		this.server.shut();
	}

	// What the server's end calls

	room(): number {
		return this.window_bytes - this.outbound_bytes;
	}

	accept(bytes: Uint8Array): void {
		this.outbound.push(bytes);
		this.outbound_bytes += bytes.length;
	}

	/** Moves what is on its way to the reader; a test that calls it reads one window full. */
	flow(): void {
		if (!this.reads) return;
		this.arrived.push(...this.outbound);
		this.lose();
		this.server.drain();
		this.onNews();
	}

	lose(): void {
		this.outbound = [];
		this.outbound_bytes = 0;
	}

	/** What is on its way still comes. */
	serverShut(): void {
		this.isClosed = true;
		this.onNews();
	}
}
