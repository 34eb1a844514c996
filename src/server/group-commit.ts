import type { Timers } from "../adapters/clock.ts";
import { copyBytes } from "../bytes/ascii.ts";
import { type Effects, FOR_FILE } from "../keyspace/effects.ts";

/** Who waits for its replies. */
export interface HeldReceiver {
	/** Sends what was held; the bytes are good during the call only. */
	release(bytes: Uint8Array, start: number, length: number): void;
}

/** A buffer that one burst has grown beyond this is let go. */
const KEPT_BYTES_MAX = 4 << 20;

/**
 * Holds replies back until what they rest on is in the append-only file: one write, and one sync where that is wanted, for
 * all clients that were served in one turn of the event loop, after all of them were. Where the network sends faster that
 * way, small replies are held as long in any case.
 *
 *     sockets that are ready: A, B, C …          effects of A, B, C           soon: write, sync, send all replies
 *
 * Where replicas alone are told of changes nothing is held for their sake.
 *
 * Everything said after the first change of a turn is held, whoever says it to whom: it may rest on that change.
 *
 * Invariant: while `effects` has something, or replies are held, a commit is on its way or the next cron brings one.
 */
export class GroupCommit {
	private readonly effects: Effects;
	private readonly timers: Timers;
	private readonly gathered_bytes: number;
	private readonly write: () => void;
	private bytes: Uint8Array;
	private length: number;
	/** Part i of `bytes` goes to receiver i and ends at `ends[i]`. */
	private readonly receivers: HeldReceiver[];
	private readonly ends: number[];
	/** Something is held that rests on a change. */
	private isBound: boolean;
	private isScheduled: boolean;
	private readonly commit: () => void;

	/** `write` puts the effects where they are safe; replies up to `gathered_bytes` are held in any case. */
	constructor(effects: Effects, timers: Timers, write: () => void, gathered_bytes = 0) {
		this.gathered_bytes = gathered_bytes;
		this.effects = effects;
		this.timers = timers;
		this.write = write;
		this.bytes = new Uint8Array(0);
		this.length = 0;
		this.receivers = [];
		this.ends = [];
		this.isBound = false;
		this.isScheduled = false;
		this.commit = () => {
			this.isScheduled = false;
			this.run();
		};
	}

	/** Whether what is to be sent now has to be held. */
	isHolding(): boolean {
		return this.isBound || this.binds();
	}

	/** Whether what is said now may rest on a change that is not in the file. Of replicas nobody waits for a word. */
	private binds(): boolean {
		const { effects } = this;
		return effects.length !== 0 && !effects.isHeld && effects.isWantedFor(FOR_FILE);
	}

	/** Whether so short a reply is better held, too. */
	gathers(length: number): boolean {
		return length <= this.gathered_bytes;
	}

	hold(receiver: HeldReceiver, bytes: Uint8Array, start: number, length: number): void {
		const { receivers, ends } = this;
		if (this.binds()) this.isBound = true;
		const needed = this.length + length;
		if (needed > this.bytes.length) this.grow(needed);
		copyBytes(bytes, start, this.bytes, this.length, length);
		this.length = needed;
		const last = receivers.length - 1;
		if (last >= 0 && receivers[last] === receiver) ends[last] = needed;
		else {
			receivers.push(receiver);
			ends.push(needed);
		}
		this.schedule();
	}

	private grow(needed: number): void {
		const grown = new Uint8Array(Math.max(needed, 2 * this.bytes.length, 4096));
		copyBytes(this.bytes, 0, grown, 0, this.length);
		this.bytes = grown;
	}

	/** Something has changed: commits once the sockets that are ready have been served. */
	schedule(): void {
		if (this.isScheduled) return;
		this.isScheduled = true;
		this.timers.soon(this.commit);
	}

	/** Writes, then sends what was held. Behind a command that is not over yet it waits for its end. */
	run(): void {
		const { isHeld, length } = this.effects;
		if (isHeld && this.isBound) return;
		if (!isHeld && length !== 0) this.write();
		const { receivers, ends, bytes } = this;
		let start = 0;
		for (let i = 0; i < receivers.length; i++) {
			const end = ends[i]!;
			receivers[i]!.release(bytes, start, end - start);
			start = end;
		}
		this.forget();
	}

	/** What is held will never be true: nobody hears of it. */
	forget(): void {
		this.isBound = false;
		this.receivers.length = 0;
		this.ends.length = 0;
		this.length = 0;
		if (this.bytes.length > KEPT_BYTES_MAX) this.bytes = new Uint8Array(0);
	}
}
