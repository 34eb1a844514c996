/**
 * A raw client: sends bytes, hands back each reply's exact bytes. It never interprets what it sends, so it can speak
 * garbage; and it never corrects what it receives, so a wrong byte stays visible.
 *
 * Invariant: replies come out in order of arrival, pushes apart from them; a malformed stream is reported as such and
 * read no further.
 */
import { frameEnd, isPush, MalformedReply, parseReply, type Reply } from "./reply.ts";

export interface Address {
	readonly host: string;
	readonly port: number;
}

/** One complete reply. */
export class Frame {
	readonly bytes: Uint8Array;
	private parsed: Reply | undefined;

	constructor(bytes: Uint8Array) {
		this.bytes = bytes;
		this.parsed = undefined;
	}

	/** The bytes as Latin-1. */
	text(): string {
		return Buffer.from(this.bytes).toString("latin1");
	}

	tree(): Reply {
		this.parsed ??= parseReply(this.bytes);
		return this.parsed;
	}

	equals(other: Frame): boolean {
		return Buffer.compare(this.bytes, other.bytes) === 0;
	}
}

export function toBytes(text: string): Uint8Array {
	return Buffer.from(text, "latin1");
}

/** Wire form of a command whose arguments are Latin-1 strings, itself Latin-1. */
export function commandText(args: readonly string[]): string {
	let text = `*${args.length}\r\n`;
	for (const argument of args) text += `$${argument.length}\r\n${argument}\r\n`;
	return text;
}

export function encodeCommand(...args: readonly string[]): Uint8Array {
	return toBytes(commandText(args));
}

const patience_ms = 10_000;

export class WireConnection {
	readonly address: Address;
	/** True once the server closed the connection (or refused it). */
	closed: boolean;
	/** Why the stream cannot be read further, or empty. */
	malformed: string;
	private socket: Bun.Socket | undefined;
	private readonly frames: Frame[];
	private pushes: Frame[];
	private unread: Uint8Array;
	private readonly unsent: Uint8Array[];
	private wake: (() => void) | undefined;

	private constructor(address: Address) {
		this.address = address;
		this.closed = false;
		this.malformed = "";
		this.socket = undefined;
		this.frames = [];
		this.pushes = [];
		this.unread = new Uint8Array(0);
		this.unsent = [];
		this.wake = undefined;
	}

	/** Rejects where nobody listens. */
	static async connect(address: Address): Promise<WireConnection> {
		const connection = new WireConnection(address);
		connection.socket = await Bun.connect({
			hostname: address.host,
			port: address.port,
			socket: {
				binaryType: "uint8array",
				data: (_socket, chunk) => connection.accept(chunk),
				drain: () => connection.flush(),
				close: () => connection.lost(),
				end: () => connection.lost(),
				error: () => connection.lost(),
			},
		});
		connection.socket.setNoDelay(true);
		return connection;
	}

	send(bytes: Uint8Array): void {
		if (bytes.length > 0) this.unsent.push(bytes);
		this.flush();
	}

	/** The next `count` replies; fewer where the server closes the connection, sends garbage, or falls silent. */
	async receive(count: number, timeout_ms = patience_ms): Promise<Frame[]> {
		const deadline_ms = Date.now() + timeout_ms;
		while (this.frames.length < count && !this.closed && this.malformed === "") {
			if (!(await this.arrival(deadline_ms - Date.now()))) break;
		}
		return this.frames.splice(0, count);
	}

	/** The next push, or undefined where none comes. */
	async receivePush(timeout_ms = patience_ms): Promise<Frame | undefined> {
		const deadline_ms = Date.now() + timeout_ms;
		while (this.pushes.length === 0 && !this.closed && this.malformed === "") {
			if (!(await this.arrival(deadline_ms - Date.now()))) break;
		}
		return this.pushes.shift();
	}

	/** Sends one command and waits for its reply; throws where none comes. */
	async command(...args: readonly string[]): Promise<Frame> {
		this.send(encodeCommand(...args));
		const [frame] = await this.receive(1);
		if (frame === undefined) throw new Error(`no reply to ${args.join(" ")}: ${this.condition()}`);
		return frame;
	}

	/** Waits until the server closes the connection; false where it does not. */
	async receiveClose(timeout_ms = patience_ms): Promise<boolean> {
		const deadline_ms = Date.now() + timeout_ms;
		while (!this.closed) {
			if (!(await this.arrival(deadline_ms - Date.now()))) break;
		}
		return this.closed;
	}

	/** Pushes that arrived since the last call. */
	takePushes(): Frame[] {
		const taken = this.pushes;
		this.pushes = [];
		return taken;
	}

	/** What is known of the stream, for a message about a missing reply. */
	condition(): string {
		if (this.malformed !== "") return `malformed reply (${this.malformed})`;
		return this.closed ? "connection closed" : "no reply";
	}

	close(): void {
		this.closed = true;
		this.socket?.end();
		this.signal();
	}

	private flush(): void {
		while (this.unsent.length > 0 && !this.closed && this.socket !== undefined) {
			const bytes = this.unsent[0]!;
			const taken = Math.max(this.socket.write(bytes), 0);
			if (taken < bytes.length) {
				this.unsent[0] = bytes.subarray(taken);
				return;
			}
			this.unsent.shift();
		}
	}

	private accept(chunk: Uint8Array): void {
		if (this.malformed !== "") return;
		let bytes = chunk;
		if (this.unread.length > 0) {
			bytes = new Uint8Array(this.unread.length + chunk.length);
			bytes.set(this.unread);
			bytes.set(chunk, this.unread.length);
		}
		let position = 0;
		try {
			while (position < bytes.length) {
				const end = frameEnd(bytes, position, bytes.length);
				if (end < 0) break;
				const frame = new Frame(bytes.subarray(position, end));
				if (isPush(bytes, position)) this.pushes.push(frame);
				else this.frames.push(frame);
				position = end;
			}
		} catch (error) {
			if (!(error instanceof MalformedReply)) throw error;
			this.malformed = error.message;
		}
		this.unread = bytes.subarray(position);
		this.signal();
	}

	private lost(): void {
		this.closed = true;
		this.socket?.end();
		this.signal();
	}

	private signal(): void {
		const wake = this.wake;
		this.wake = undefined;
		wake?.();
	}

	/** Resolves true when something happened, false after `timeout_ms`. */
	private arrival(timeout_ms: number): Promise<boolean> {
		if (timeout_ms <= 0) return Promise.resolve(false);
		return new Promise((resolve) => {
			const timer = setTimeout(() => {
				this.wake = undefined;
				resolve(false);
			}, timeout_ms);
			this.wake = () => {
				clearTimeout(timer);
				resolve(true);
			};
		});
	}
}
