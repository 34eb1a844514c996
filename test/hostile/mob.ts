/**
 * Connections of an attack: as many as are wanted, without care for what becomes of them.
 *
 * Invariant: nothing a server does to one of them ends the attack.
 */
export class Mob {
	/** What happened, by name: printed at the end. */
	readonly counts: Map<string, number>;
	/** Set when it is time to stop. */
	isOver: boolean;
	private readonly port: number;

	constructor(port: number) {
		this.counts = new Map();
		this.isOver = false;
		this.port = port;
	}

	count(what: string, by = 1): void {
		this.counts.set(what, (this.counts.get(what) ?? 0) + by);
	}

	/** A connection that hears of nothing, or hands what arrives to `hear`; null where it could not be had. */
	async open(hear: (chunk: Uint8Array, one: Attacker) => void = () => {}): Promise<Attacker | null> {
		const attacker = new Attacker(this);
		try {
			const socket = await Bun.connect({
				hostname: "127.0.0.1",
				port: this.port,
				socket: {
					binaryType: "uint8array",
					data: (_socket, chunk) => hear(chunk, attacker),
					drain: () => attacker.flush(),
					close: () => attacker.closed(),
					error: () => {},
				},
			});
			attacker.begin(socket);
			this.count("connections");
			return attacker;
		} catch {
			this.count("connections refused");
			return null;
		}
	}

	/** `greet` is called with each of them, a hundred at a time. */
	async openMany(
		count: number,
		hear?: (chunk: Uint8Array, one: Attacker) => void,
		greet: (one: Attacker) => void = () => {},
	): Promise<Attacker[]> {
		const found: Attacker[] = [];
		while (found.length < count && !this.isOver) {
			const some = await Promise.all(
				Array.from({ length: Math.min(100, count - found.length) }, () => this.open(hear)),
			);
			for (const one of some) {
				if (one === null) continue;
				found.push(one);
				greet(one);
			}
		}
		return found;
	}

	/** Goes on with `step` until it is time to stop. */
	async keepOn(pause_ms: number, step: (round: number) => unknown): Promise<void> {
		for (let round = 0; !this.isOver; round++) {
			await step(round);
			await Bun.sleep(pause_ms);
		}
	}
}

/** One connection of it. */
export class Attacker {
	isClosed: boolean;
	private readonly mob: Mob;
	private socket: Bun.Socket | null;
	private unsent: Uint8Array[];

	constructor(mob: Mob) {
		this.isClosed = false;
		this.mob = mob;
		this.socket = null;
		this.unsent = [];
	}

	begin(socket: Bun.Socket): void {
		this.socket = socket;
	}

	closed(): void {
		this.isClosed = true;
		this.unsent = [];
		if (!this.mob.isOver) this.mob.count("closed by the server");
	}

	/** Whether all of what was to be sent is sent. */
	isIdle(): boolean {
		return this.unsent.length === 0;
	}

	send(bytes: Uint8Array | string): void {
		if (this.isClosed) return;
		this.unsent.push(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
		if (this.unsent.length === 1) this.flush();
	}

	flush(): void {
		while (this.unsent.length > 0 && this.socket !== null) {
			const first = this.unsent[0]!;
			const taken = Math.max(0, this.socket.write(first));
			this.mob.count("bytes sent", taken);
			if (taken < first.length) {
				this.unsent[0] = first.subarray(taken);
				return;
			}
			this.unsent.shift();
		}
	}

	/** Reads nothing any more. */
	stopReading(): void {
		this.socket?.pause();
	}

	/** Is gone without a word. */
	kill(): void {
		this.isClosed = true;
		this.socket?.terminate();
	}
}
