/**
 * Clients of the simulated world: each has an address and one connection at a time, to the server it takes for the
 * leader; it sends commands, reads replies or lets them wait, and connects anew where the connection ends.
 */
import type { Connection, Receiver } from "../../../src/adapters/network.ts";
import type { Random } from "../../../src/bytes/random.ts";
import { ReplyFrames } from "../../crash/reply-frames.ts";
import { HostTime } from "../../support/host-time.ts";
import { parseReply, type Reply } from "../../support/reply.ts";
import type { HostNetwork } from "../../support/virtual-internet.ts";
import { commandText, toBytes } from "../../support/wire.ts";
import type { Words } from "./commands.ts";
import { SERVER_PORT } from "./machine.ts";
import type { World } from "./world.ts";

/** Who has had no answer for so long tries elsewhere. */
const PATIENCE_MS = 3000;

type Hearing = (reply: Reply) => void;

/** One connection to one server. Replies to what is sent come in order; none come once it has ended. */
export class Session {
	readonly address: string;
	isOver: boolean;
	/** Commands sent and not answered. */
	readonly waiting: (Hearing | null)[];
	answered: number;
	private readonly frames: ReplyFrames;
	private connection: Connection | null;
	private unsent: Uint8Array[];

	constructor(network: HostNetwork, address: string) {
		this.address = address;
		this.isOver = false;
		this.waiting = [];
		this.answered = 0;
		this.frames = new ReplyFrames((bytes) => this.hear(bytes));
		this.connection = null;
		this.unsent = [];
		const accept = (connection: Connection): Receiver => {
			if (this.isOver) connection.terminate();
			else this.connection = connection;
			this.flush();
			return {
				receive: (chunk) => this.frames.add(chunk.slice()),
				drained: () => this.flush(),
				closed: () => this.over(),
			};
		};
		network.connectTcp(address, SERVER_PORT, accept, () => this.over());
	}

	send(words: Words, hear: Hearing | null = null): void {
		this.waiting.push(hear);
		this.unsent.push(toBytes(commandText(words)));
		this.flush();
	}

	/** What comes is left lying, so that it piles up at the server. */
	stopReading(): void {
		this.connection?.pause();
	}

	startReading(): void {
		this.connection?.resume();
	}

	end(): void {
		this.connection?.terminate();
		this.over();
	}

	private hear(bytes: Uint8Array): void {
		this.answered++;
		const hear = this.waiting.shift();
		if (hear === undefined) throw new Error(`an answer to nothing: ${Buffer.from(bytes).toString("latin1", 0, 100)}`);
		hear?.(parseReply(bytes));
	}

	private flush(): void {
		const { connection, unsent } = this;
		while (connection !== null && unsent.length > 0) {
			const bytes = unsent[0]!;
			const taken = connection.write(bytes, 0, bytes.length);
			if (taken < bytes.length) {
				unsent[0] = bytes.subarray(taken);
				return;
			}
			unsent.shift();
		}
	}

	private over(): void {
		this.isOver = true;
		this.connection = null;
		this.unsent = [];
	}
}

/** Who sends what `next` says to the server that `leader` names. */
export class LoadClient {
	answered: number;
	protected readonly world: World;
	protected readonly random: Random;
	protected session: Session | null;
	private readonly network: HostNetwork;
	private readonly leader: () => string;
	private readonly next: () => Words[];
	private answeredBefore: number;
	private quietSince_ms: number;
	private readsAgainAt_ms: number;

	constructor(world: World, address: string, leader: () => string, next: () => Words[]) {
		this.answered = 0;
		this.world = world;
		this.random = world.fork();
		this.network = world.internet.attach(address, new HostTime(world.time));
		this.session = null;
		this.leader = leader;
		this.next = next;
		this.answeredBefore = 0;
		this.quietSince_ms = 0;
		this.readsAgainAt_ms = 0;
	}

	/** Sends something, or does not. */
	tick(): void {
		const { random } = this;
		const session = this.current();
		const now_ms = this.world.elapsed_ms();
		if (this.readsAgainAt_ms !== 0 && now_ms >= this.readsAgainAt_ms) {
			this.readsAgainAt_ms = 0;
			session.startReading();
		}
		if (session.waiting.length > 50) return;
		for (let count = random.below(4); count > 0; count--) this.speak(session);
		if (random.below(60) === 0) {
			session.stopReading();
			this.readsAgainAt_ms = now_ms + random.below(2000);
		} else if (random.below(100) === 0) session.end();
	}

	/** No commands of its own any more. */
	stop(): void {
		this.session?.end();
	}

	protected speak(session: Session): void {
		for (const words of this.next()) session.send(words);
	}

	private current(): Session {
		const now_ms = this.world.elapsed_ms();
		const session = this.session;
		if (session !== null && !session.isOver) {
			if (session.answered !== this.answeredBefore || session.waiting.length === 0) this.quietSince_ms = now_ms;
			this.answered += session.answered - this.answeredBefore;
			this.answeredBefore = session.answered;
			const isElsewhere = session.address !== this.leader() && this.random.below(10) === 0;
			if (now_ms - this.quietSince_ms < PATIENCE_MS && !isElsewhere) return session;
			session.end();
		}
		this.answeredBefore = 0;
		this.quietSince_ms = now_ms;
		this.readsAgainAt_ms = 0;
		this.session = new Session(this.network, this.leader());
		return this.session;
	}
}
