import type { Clock } from "../adapters/clock.ts";
import type { Call } from "../dispatch/call.ts";
import { type Client, type CommandWitness, REPLY_OFF } from "../dispatch/client.ts";
import { GATE_MONITORED, GATE_SPECTATOR } from "../dispatch/gates.ts";
import type { ReplyWriter } from "../resp/reply-writer.ts";
import { monitorLine, originOf } from "./monitor-line.ts";

/** A monitor that would be shown more than this at once is closed: memory is bounded. */
const SHOWN_BYTES_MAX = 64 << 20;

/** Where commands run. */
export interface MonitoredPlace {
	/** The client at work, and what it receives behind its reply. */
	readonly executing: Client | null;
	readonly messages: ReplyWriter;
	monitor: CommandWitness | null;
	setGate(gate: number, isShut: boolean): void;
}

/** What goes to clients and is no reply. */
interface Outbox {
	begin(): ReplyWriter;
	end(): void;
	add(client: Client): void;
}

export interface MonitorMail {
	outboxOf(client: Client): Outbox;
	makeRoom(): void;
	arm(): void;
}

/**
 * Clients that are shown every command: MONITOR.
 *
 * Invariant: the executor's gate is shut while there is one, so that without one no command costs more; each of them has
 * `monitoring` set, and its own gate shut, because it may not use keys any more.
 */
export class Monitors implements CommandWitness {
	private readonly clients: Set<Client>;
	private readonly place: MonitoredPlace;
	private readonly mail: MonitorMail;
	private readonly clock: Clock;
	/** Told of each client that has to go, before it is closed. */
	private readonly dropping: (client: Client) => void;

	constructor(place: MonitoredPlace, mail: MonitorMail, clock: Clock, dropping: (client: Client) => void) {
		this.clients = new Set();
		this.place = place;
		this.mail = mail;
		this.clock = clock;
		this.dropping = dropping;
		place.monitor = this;
	}

	add(client: Client): void {
		this.clients.add(client);
		client.monitoring = { stop: () => this.remove(client) };
		client.setGate(GATE_SPECTATOR, true);
		this.place.setGate(GATE_MONITORED, true);
	}

	private remove(client: Client): void {
		this.clients.delete(client);
		client.monitoring = null;
		client.setGate(GATE_SPECTATOR, false);
		this.place.setGate(GATE_MONITORED, this.clients.size > 0);
	}

	/** `origin` is where the command comes from. */
	ran(call: Call, origin = originOf(call.client.link)): void {
		const line = monitorLine(call, this.clock.now_us(), origin, SHOWN_BYTES_MAX);
		this.mail.makeRoom();
		let written: Outbox | null = null;
		for (const client of this.clients) {
			if (line === null) this.drop(client);
			else if (client.replyMode === REPLY_OFF) continue;
			else if (client === this.place.executing) this.showOneself(client, line);
			else {
				const outbox = this.mail.outboxOf(client);
				if (outbox !== written) {
					outbox.begin().raw(line, 0, line.length);
					outbox.end();
					written = outbox;
				}
				outbox.add(client);
			}
		}
		this.mail.arm();
	}

	private showOneself(client: Client, line: Uint8Array): void {
		const { messages } = this.place;
		messages.raw(line, 0, line.length);
		if (messages.length > SHOWN_BYTES_MAX) this.drop(client);
	}

	private drop(client: Client): void {
		this.remove(client);
		this.dropping(client);
		client.link.close();
	}
}
