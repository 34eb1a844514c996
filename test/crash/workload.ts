/**
 * What one client of a crash campaign writes: from a seed, to keys of its own, whose names say their type. Nearly every
 * command leaves data that was not there before, so the state tells how many were executed.
 */
import type { Random } from "../../src/bytes/random.ts";
import type { Words } from "./model.ts";

/** After any campaign: the key is there. */
const FAR_MS = 4_000_000_000_000;

export class Workload {
	private readonly random: Random;
	private readonly name: string;
	private readonly now_ms: (() => number) | null;
	/** How many fields and members there are at most, about. */
	private readonly reach: number;
	private count: number;

	/** With a clock some keys have a short life, and all is smaller: for campaigns in virtual time, with many looks. */
	constructor(random: Random, name: string, now_ms: (() => number) | null = null) {
		this.random = random;
		this.name = name;
		this.now_ms = now_ms;
		this.reach = now_ms === null ? 300 : 30;
		this.count = 0;
	}

	next(): Words {
		this.count++;
		switch (this.random.below(12)) {
			case 0:
			case 1:
				return ["SET", this.key("string", 4), this.value()];
			case 2:
				return this.onStrings();
			case 3:
				return this.onCounters();
			case 4:
			case 5:
				return this.onLists();
			case 6:
			case 7:
				return this.onHashes();
			case 8:
				return this.onSets();
			case 9:
				return this.onSortedSets();
			case 10:
				return this.onDeadlines();
			default:
				return this.onSeveral();
		}
	}

	private onStrings(): Words {
		const key = this.key("string", 4);
		if (this.random.below(2) === 0) return ["APPEND", key, `+${this.count}`];
		return ["SETRANGE", key, String(this.random.below(30)), `@${this.count}@`];
	}

	private onCounters(): Words {
		if (this.random.below(2) === 0) return ["INCRBY", this.key("counter", 2), String(this.count)];
		return ["HINCRBY", this.key("hash", 2), "counter", String(this.count)];
	}

	private onLists(): Words {
		const key = this.key("list", 2);
		switch (this.random.below(6)) {
			case 0:
				return ["LPOP", key, String(1 + this.random.below(3))];
			case 1:
				return ["LMOVE", key, this.key("list", 2), "RIGHT", "LEFT"];
			case 2:
				return ["LTRIM", key, String(-(5 + this.random.below(this.reach))), "-1"];
			case 3:
				return ["LPUSH", key, ...this.several()];
			default:
				return ["RPUSH", key, ...this.several()];
		}
	}

	private onHashes(): Words {
		const key = this.key("hash", 2);
		const field = () => `field${this.random.below(this.reach)}`;
		if (this.random.below(5) === 0) return ["HDEL", key, field(), field()];
		return ["HSET", key, ...this.several().flatMap((value) => [field(), value])];
	}

	private onSets(): Words {
		const key = this.key("set", 2);
		const member = () => `${this.random.below(this.reach)}`;
		switch (this.random.below(4)) {
			case 0:
				return ["SREM", key, member(), member()];
			case 1:
				return ["SMOVE", key, this.key("set", 2), member()];
			default:
				return ["SADD", key, member(), member(), `m${this.count}`];
		}
	}

	private onSortedSets(): Words {
		const key = this.key("zset", 2);
		const member = () => `member${this.random.below(this.reach)}`;
		switch (this.random.below(4)) {
			case 0:
				return ["ZREM", key, member(), member()];
			case 1:
				return ["ZINCRBY", key, String(this.count), member()];
			default:
				return ["ZADD", key, String(this.count), member(), String(-this.count), member()];
		}
	}

	private onDeadlines(): Words {
		const { now_ms } = this;
		if (now_ms !== null && this.random.below(2) === 0) {
			const deadline_ms = now_ms() + 1 + this.random.below(3000);
			return ["SET", `${this.name}:brief:${this.count}`, this.value(), "PXAT", String(deadline_ms)];
		}
		if (this.random.below(4) === 0) return ["PERSIST", this.key("string", 4)];
		const deadline = String(FAR_MS + this.count);
		if (this.random.below(2) === 0) return ["PEXPIREAT", this.key("string", 4), deadline];
		return ["SET", this.key("string", 4), this.value(), "PXAT", deadline];
	}

	private onSeveral(): Words {
		const keys = [0, 1, 2, 3].map((index) => `${this.name}:string:${index}`);
		switch (this.random.below(5)) {
			case 0:
				return ["DEL", keys[this.random.below(4)]!, this.key("list", 2), this.key("set", 2)];
			case 1:
				return ["RENAME", this.key("string", 4), this.key("string", 4)];
			default:
				return ["MSET", ...keys.flatMap((key) => [key, `several${this.count}`])];
		}
	}

	private key(type: string, count: number): string {
		return `${this.name}:${type}:${this.random.below(count)}`;
	}

	private several(): string[] {
		return Array.from({ length: 1 + this.random.below(3) }, (_, index) => `${this.value()}.${index}`);
	}

	/** Short ones mostly, with bytes that text files would not have; sometimes so long that they lie elsewhere. */
	private value(): string {
		const head = `${this.count}\r\n\0\xff`;
		const kind = this.random.below(40);
		if (kind === 0) return head + "x".repeat(this.random.below(60 * this.reach));
		if (kind < 4) return head + "yz".repeat(this.random.below(300));
		return kind < 20 ? String(this.count) : head;
	}
}
