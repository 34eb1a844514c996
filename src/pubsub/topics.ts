import { assert } from "../bytes/assert.ts";
import { halfSipHash } from "../bytes/siphash.ts";
import { Table } from "../memory/table.ts";
import { Topic } from "./topic.ts";

/**
 * The topics of one kind, found by name without making a string. The hash is keyed by the server's seeds, so nobody can
 * choose names that collide.
 *
 * Invariant: a topic is in here exactly while somebody listens to it, but between `open` and the first subscriber.
 */
export class Topics {
	private readonly kind: number;
	private readonly table: Table;

	constructor(kind: number, seed0: number, seed1: number) {
		this.kind = kind;
		this.table = new Table(seed0, seed1);
	}

	count(): number {
		return this.table.count;
	}

	find(bytes: Uint8Array, start: number, length: number): Topic | null {
		const { table } = this;
		if (table.count === 0) return null;
		const hash = halfSipHash(bytes, start, start + length, table.seed0, table.seed1);
		return table.find(bytes, start, length, hash) ? (table.external() as Topic) : null;
	}

	/** The topic of this name, a new one where there is none. */
	open(bytes: Uint8Array, start: number, length: number): Topic {
		const { table } = this;
		const hash = halfSipHash(bytes, start, start + length, table.seed0, table.seed1);
		if (table.find(bytes, start, length, hash)) return table.external() as Topic;
		const topic = new Topic(this.kind, bytes.slice(start, start + length));
		table.putExternal(topic.name, 0, length, hash, 0, topic, Infinity, 0);
		return topic;
	}

	remove(topic: Topic): void {
		if (this.find(topic.name, 0, topic.name.length) === topic) this.table.remove();
	}

	verify(): void {
		this.table.verify();
		for (const topic of this.all()) {
			assert(topic.kind === this.kind && topic.count > 0, "a topic has subscribers");
			topic.verify();
		}
	}

	/** In no particular order. */
	all(): Topic[] {
		const { table } = this;
		const topics: Topic[] = [];
		table.forEach((segment, offset) => {
			table.seek(segment, offset);
			topics.push(table.external() as Topic);
		});
		return topics;
	}
}
