/**
 * TCP between a replica and its master that a test can cut, stall and slow down: at a byte in the middle of a command, in
 * the middle of a copy, at a moment of its choice.
 *
 * Invariant: what comes out is what went in, in order, up to the byte where it was cut; the two ends of a link go together.
 */
import { createConnection, createServer, type Server, type Socket } from "node:net";

interface Link {
	/** The end of him who connected: the replica. */
	readonly near: Socket;
	/** The end of him whom we connected to: the master. */
	readonly far: Socket;
}

/** Where a chunk of what the master sends is to be cut, in bytes from its beginning; -1 for nowhere in it. */
export type Cutter = (chunk: Buffer) => number;

const tick_ms = 20;

export class CuttableProxy implements Disposable {
	readonly port: number;
	/** Connections accepted so far. */
	accepted: number;
	/** Links cut so far. */
	cuts: number;
	/** Bytes that went from the master to the replica. */
	sent_bytes: number;
	/** New connections are closed at once. */
	isRefusing: boolean;
	/** Where connections go that come from now on. */
	target: number;
	private readonly listener: Server;
	private readonly links: Set<Link>;
	private cutter: Cutter | null;
	private whenCut: () => void;
	private isStalled: boolean;
	/** Bytes a second from the master to the replica; 0 for as many as there are. */
	private speed: number;

	private constructor(listener: Server, target: number) {
		this.port = (listener.address() as { port: number }).port;
		this.accepted = 0;
		this.cuts = 0;
		this.sent_bytes = 0;
		this.isRefusing = false;
		this.target = target;
		this.listener = listener;
		this.links = new Set();
		this.cutter = null;
		this.whenCut = () => {};
		this.isStalled = false;
		this.speed = 0;
		listener.on("connection", (near: Socket) => this.accept(near));
	}

	/** To a port of this machine. */
	static async to(target: number): Promise<CuttableProxy> {
		const listener = createServer();
		await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
		return new CuttableProxy(listener, target);
	}

	/** How many links there are now. */
	get open(): number {
		return this.links.size;
	}

	/** Whether a cut is due that has not come. */
	get isArmed(): boolean {
		return this.cutter !== null;
	}

	/** Ends all links now; those who have not taken what was sent to them never get it. */
	cut(): void {
		this.cutter = null;
		for (const link of this.links) this.end(link);
		this.whenCut();
	}

	/** Cuts where `cutter` says; resolves then. One at a time. */
	cutWhere(cutter: Cutter): Promise<void> {
		this.cutter = cutter;
		return new Promise((resolve) => {
			this.whenCut = resolve;
		});
	}

	/** Cuts when the master has sent so many more bytes. */
	cutAfter(bytes: number): Promise<void> {
		let left = bytes;
		return this.cutWhere((chunk) => {
			left -= chunk.length;
			return left > 0 ? -1 : chunk.length + left;
		});
	}

	/** Cuts so many bytes behind the beginning of the next copy of the data set. */
	cutInCopy(bytes: number): Promise<void> {
		let text = "";
		let left = bytes;
		let isInCopy = false;
		return this.cutWhere((chunk) => {
			let at = 0;
			if (!isInCopy) {
				const before = text.length;
				text += chunk.toString("latin1");
				const header = /\+FULLRESYNC [^\n]*\n+\$(EOF:|\d+\r\n)/.exec(text);
				if (header === null) {
					// Headers are short; chunks need not be.
					const kept = Math.max(0, text.lastIndexOf("+FULLRESYNC"));
					text = text.slice(text.includes("+FULLRESYNC") ? kept : -20);
					return -1;
				}
				isInCopy = true;
				at = Math.max(0, header.index + header[0].length - before);
			}
			left -= chunk.length - at;
			return left > 0 ? -1 : chunk.length + left;
		});
	}

	/** Nothing gets through in either direction, and nobody is told. */
	stall(): void {
		this.isStalled = true;
		for (const { near, far } of this.links) {
			near.pause();
			far.pause();
		}
	}

	/** At full speed again. */
	flow(): void {
		this.isStalled = false;
		this.speed = 0;
		for (const { near, far } of this.links) {
			near.resume();
			far.resume();
		}
	}

	/** The master's bytes get through so slowly from now on. */
	slowDown(bytesPerSecond: number): void {
		this.speed = bytesPerSecond;
	}

	[Symbol.dispose](): void {
		this.listener.close();
		this.cut();
	}

	private accept(near: Socket): void {
		near.on("error", () => {});
		if (this.isRefusing) {
			near.destroy();
			return;
		}
		this.accepted++;
		const far = createConnection({ port: this.target, host: "127.0.0.1" });
		const link: Link = { near, far };
		this.links.add(link);
		far.on("error", () => {});
		near.setNoDelay(true);
		far.setNoDelay(true);
		near.on("data", (chunk: Buffer) => pass(chunk, near, far, () => this.isStalled));
		far.on("data", (chunk: Buffer) => this.down(link, chunk));
		for (const end of [near, far]) end.on("close", () => this.end(link));
		if (this.isStalled) this.stall();
	}

	private down(link: Link, chunk: Buffer): void {
		if (!this.links.has(link)) return;
		const at = this.cutter === null ? -1 : this.cutter(chunk);
		if (at < 0) {
			this.sent_bytes += chunk.length;
			pass(chunk, link.far, link.near, () => this.isStalled);
			if (this.speed > 0) this.rest(link.far, chunk.length);
			return;
		}
		// What lies before the cut arrives: half a command, for one who has to cope with it.
		this.cutter = null;
		this.cuts++;
		this.sent_bytes += at;
		this.links.delete(link);
		link.far.destroy();
		link.near.end(chunk.subarray(0, at), () => link.near.destroy());
		for (const other of this.links) this.end(other);
		this.whenCut();
	}

	private end(link: Link): void {
		if (!this.links.delete(link)) return;
		this.cuts++;
		link.near.destroy();
		link.far.destroy();
	}

	private rest(far: Socket, bytes: number): void {
		far.pause();
		setTimeout(() => !this.isStalled && far.resume(), Math.max(tick_ms, (1000 * bytes) / this.speed));
	}
}

/** No more is read than the other side takes. */
function pass(chunk: Buffer, from: Socket, to: Socket, isStalled: () => boolean): void {
	if (to.write(chunk)) return;
	from.pause();
	to.once("drain", () => !isStalled() && from.resume());
}
