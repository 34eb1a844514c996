import type { Random } from "../bytes/random.ts";

/** 40 hexadecimal digits that name a history. */
export type ReplicationId = string;

export const NO_ID: ReplicationId = "0".repeat(40);
/** `second_repl_offset` where there is no second id. */
export const NO_OFFSET = -1;

/**
 * The name of the history that the data set has, and of the one it was a part of until a promotion: a replica of either
 * may go on without a full copy.
 */
export class History {
	id: ReplicationId;
	/** The history until `secondOffset`, which is the first byte that may differ, counted from 1 as on the wire. */
	secondId: ReplicationId;
	secondOffset: number;
	private readonly random: Random;

	constructor(random: Random) {
		this.random = random;
		this.id = newId(random);
		this.secondId = NO_ID;
		this.secondOffset = NO_OFFSET;
	}

	/** A history of its own begins: nobody can go on from another. */
	begin(): void {
		this.id = newId(this.random);
		this.forgetSecond();
	}

	/** The data set goes on under a name of its own behind `offset` bytes, up to which it is that of its master. */
	fork(offset: number): void {
		this.secondId = this.id;
		this.secondOffset = offset + 1;
		this.id = newId(this.random);
	}

	/** It is the one of a master now. */
	follow(id: ReplicationId): void {
		this.id = id;
	}

	/** The master has become one of its own: it goes on behind `offset` bytes, under this name. */
	rename(id: ReplicationId, offset: number): void {
		this.secondId = this.id;
		this.secondOffset = offset + 1;
		this.id = id;
	}

	/** A restarted master: its data set is what it was behind `offset` bytes of `id`, and goes on under a name of its own. */
	resume(id: ReplicationId, offset: number): void {
		this.secondId = id;
		this.secondOffset = offset + 1;
	}

	forgetSecond(): void {
		this.secondId = NO_ID;
		this.secondOffset = NO_OFFSET;
	}

	/** Whether byte number `wanted`, from 1, of the history `id` is the next one of ours or lies before it. */
	includes(id: string, wanted: number): boolean {
		return id === this.id || (id === this.secondId && wanted <= this.secondOffset);
	}
}

function newId(random: Random): ReplicationId {
	let digits = "";
	while (digits.length < NO_ID.length) digits += random.below(16).toString(16);
	return digits;
}
