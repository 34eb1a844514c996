/**
 * Fills a server with a numbered series of commands through one pipelined connection: redis-benchmark's random keys
 * would leave gaps.
 *
 * Invariant: when `fill` resolves, the server has answered each command, none with an error. At most `window` commands
 * are unanswered at any moment.
 */

/** A command sent `count` times; `__index__` in an argument becomes the number of the turn in twelve digits. */
export interface Series {
	readonly command: readonly string[];
	readonly count: number;
	/** Lines of one reply: 1 where left out, 2 for a string, 3 for an array of one string. */
	readonly lines?: number;
}

export interface FillOptions {
	/** Commands that may be unanswered at a time. */
	readonly window?: number;
	/** Upper bound of commands per second; no bound where it is left out. */
	readonly rate_per_s?: number;
}

const placeholder = "__index__";
const digits = 12;
const batch = 64;
const newline = 10;
const minus = 45;
const zero = 48;

/** Returns the seconds it took. */
export async function fill(port: number, series: Series, options: FillOptions = {}): Promise<number> {
	const filler = new Filler(series, options.window ?? 32 * batch, options.rate_per_s ?? Number.POSITIVE_INFINITY);
	const socket = await Bun.connect({
		hostname: "127.0.0.1",
		port,
		socket: {
			binaryType: "uint8array",
			data: (_socket, chunk) => filler.receive(chunk),
			drain: () => filler.send(),
			close: () => filler.fail("the server closed the connection"),
			error: (_socket, error) => filler.fail(error.message),
		},
	});
	socket.setNoDelay(true);
	const begun_ns = Bun.nanoseconds();
	try {
		await filler.run(socket);
	} finally {
		socket.end();
	}
	return (Bun.nanoseconds() - begun_ns) / 1e9;
}

class Filler {
	private readonly count: number;
	private readonly window: number;
	private readonly rate_per_s: number;
	private readonly commandLength: number;
	/** Where the digits of the index begin, relative to the command. */
	private readonly offsets: readonly number[];
	/** `batch` copies of the command; only the digits change. */
	private readonly bytes: Uint8Array;
	private readonly done: PromiseWithResolvers<void>;
	private socket: Bun.Socket | undefined;
	private begun_ns: number;
	private sent: number;
	private answered: number;
	private readonly linesPerReply: number;
	/** Of the reply that is arriving. */
	private lines: number;
	private atLineStart: boolean;
	/** Part of the current batch the kernel has not taken yet. */
	private unsentFrom: number;
	private unsentTo: number;
	private pausing: boolean;

	constructor(series: Series, window: number, rate_per_s: number) {
		const { bytes, offsets } = encode(series.command);
		this.count = series.count;
		this.window = window;
		this.rate_per_s = rate_per_s;
		this.commandLength = bytes.length;
		this.offsets = offsets;
		this.bytes = new Uint8Array(bytes.length * batch);
		for (let copy = 0; copy < batch; copy++) this.bytes.set(bytes, copy * bytes.length);
		this.done = Promise.withResolvers();
		this.socket = undefined;
		this.begun_ns = 0;
		this.sent = 0;
		this.answered = 0;
		this.linesPerReply = series.lines ?? 1;
		this.lines = 0;
		this.atLineStart = true;
		this.unsentFrom = 0;
		this.unsentTo = 0;
		this.pausing = false;
	}

	run(socket: Bun.Socket): Promise<void> {
		this.socket = socket;
		this.begun_ns = Bun.nanoseconds();
		this.send();
		return this.done.promise;
	}

	fail(reason: string): void {
		this.done.reject(new Error(`filling stopped after ${this.answered} of ${this.count} commands: ${reason}`));
	}

	/** Counts lines: every command of a series must be one that is answered by the same number of them. */
	receive(chunk: Uint8Array): void {
		for (let index = 0; index < chunk.length; index++) {
			const byte = chunk[index]!;
			if (this.atLineStart && byte === minus) {
				this.fail(
					Buffer.from(chunk.subarray(index, index + 200))
						.toString()
						.split("\r\n")[0]!,
				);
				return;
			}
			this.atLineStart = byte === newline;
			if (this.atLineStart && ++this.lines === this.linesPerReply) {
				this.lines = 0;
				this.answered++;
			}
		}
		if (this.answered >= this.count) this.done.resolve();
		else this.send();
	}

	send(): void {
		while (this.flush() && this.sent < this.count && this.sent - this.answered + batch <= this.window) {
			if (this.isEarly()) return;
			const size = Math.min(batch, this.count - this.sent);
			for (let copy = 0; copy < size; copy++) this.number(copy, this.sent + copy);
			this.sent += size;
			this.unsentFrom = 0;
			this.unsentTo = size * this.commandLength;
		}
	}

	/** True once the kernel has taken all of the current batch. */
	private flush(): boolean {
		if (this.unsentFrom < this.unsentTo) {
			this.unsentFrom += Math.max(this.socket!.write(this.bytes, this.unsentFrom, this.unsentTo - this.unsentFrom), 0);
		}
		return this.unsentFrom === this.unsentTo;
	}

	/** Ahead of the rate: sends on in a millisecond. */
	private isEarly(): boolean {
		const due = ((Bun.nanoseconds() - this.begun_ns) / 1e9) * this.rate_per_s;
		if (this.sent <= due) return false;
		if (!this.pausing) {
			this.pausing = true;
			setTimeout(() => {
				this.pausing = false;
				this.send();
			}, 1);
		}
		return true;
	}

	private number(copy: number, index: number): void {
		for (const offset of this.offsets) {
			let rest = index;
			for (let position = copy * this.commandLength + offset + digits - 1, left = digits; left > 0; left--) {
				this.bytes[position--] = zero + (rest % 10);
				rest = Math.floor(rest / 10);
			}
		}
	}
}

function encode(command: readonly string[]): { bytes: Uint8Array; offsets: number[] } {
	const zeros = "0".repeat(digits);
	const offsets: number[] = [];
	let text = `*${command.length}\r\n`;
	for (const argument of command) {
		const at = argument.indexOf(placeholder);
		const filled = at < 0 ? argument : argument.replace(placeholder, zeros);
		text += `$${filled.length}\r\n`;
		if (at >= 0) offsets.push(text.length + at);
		text += `${filled}\r\n`;
	}
	return { bytes: Buffer.from(text, "latin1"), offsets };
}
