import type { Clock, Timers } from "../adapters/clock.ts";
import type { Client } from "../dispatch/client.ts";
import { Outbox } from "./outbox.ts";

/** Time spent sending before the network has its turn again. */
const SLICE_US = 1000;

const NEVER = () => false;

/**
 * What goes to clients that is no reply to a command of theirs: messages of channels, invalidations of keys.
 *
 *     mail.makeRoom();                                  may close clients that do not keep up
 *     outbox = mail.outboxOf(client); outbox.begin() … outbox.end(); outbox.add(client); mail.arm();
 *
 * Everything for one client waits in one outbox, so it arrives in the order in which it was said. A client changes its
 * protocol by a command, before which nothing is waiting for it any more.
 */
export class Mail {
	readonly resp2: Outbox;
	readonly resp3: Outbox;
	private readonly clock: Clock;
	private readonly timers: Timers;
	private isArmed: boolean;
	private sliceEnd_us: number;
	private readonly isSliceOver: () => boolean;
	private readonly sendSlice: () => void;

	constructor(clock: Clock, timers: Timers) {
		this.resp2 = new Outbox(2);
		this.resp3 = new Outbox(3);
		this.clock = clock;
		this.timers = timers;
		this.isArmed = false;
		this.sliceEnd_us = 0;
		this.isSliceOver = () => this.clock.monotonic_us() > this.sliceEnd_us;
		this.sendSlice = () => {
			this.isArmed = false;
			this.send();
		};
	}

	outboxOf({ protocol }: Client): Outbox {
		return protocol === 3 ? this.resp3 : this.resp2;
	}

	/** Sends everything first where much is waiting. */
	makeRoom(): void {
		if (this.resp2.isFull()) this.resp2.send(NEVER);
		if (this.resp3.isFull()) this.resp3.send(NEVER);
	}

	/** Something waits: it is sent once the events of this turn of the loop are served. */
	arm(): void {
		if (this.isArmed) return;
		this.isArmed = true;
		this.timers.soon(this.sendSlice);
	}

	/** Sends what is waiting, now, and the rest later where it is much. */
	send(): void {
		this.sliceEnd_us = this.clock.monotonic_us() + SLICE_US;
		const isResp2Done = this.resp2.send(this.isSliceOver);
		const isResp3Done = this.resp3.send(this.isSliceOver);
		if (!isResp2Done || !isResp3Done) this.arm();
	}

	verify(): void {
		this.resp2.verify();
		this.resp3.verify();
	}
}
