/** What a plain reading of the commands of a Workload makes of the data: the oracle of the crash campaigns. */

export type Words = readonly string[];

type Value = string | string[] | Map<string, string> | Set<string>;

/** What is known of a key as one text: two texts are equal exactly when the keys are. */
export function textOfKey(value: unknown, deadline_ms: number): string {
	return `${JSON.stringify(value)} until ${deadline_ms}`;
}

/** Pairs in an order of their own. */
export function sortedPairs(flat: readonly string[]): string[] {
	const pairs: string[] = [];
	for (let at = 0; at < flat.length; at += 2) pairs.push(`${flat[at]}=${flat[at + 1]}`);
	return pairs.sort();
}

export class Model {
	private readonly values: Map<string, Value>;
	private readonly deadlines: Map<string, number>;

	constructor() {
		this.values = new Map();
		this.deadlines = new Map();
	}

	keys(): Iterable<string> {
		return this.values.keys();
	}

	/** One that goes its own way from here. */
	copy(): Model {
		const copy = new Model();
		for (const [key, value] of this.values) copy.values.set(key, structuredClone(value));
		for (const [key, deadline_ms] of this.deadlines) copy.deadlines.set(key, deadline_ms);
		return copy;
	}

	/** Null where there is no such key at that time. */
	text(key: string, now_ms: number): string | null {
		const value = this.values.get(key);
		const deadline_ms = this.deadlines.get(key) ?? -1;
		if (value === undefined || (deadline_ms >= 0 && deadline_ms < now_ms)) return null;
		if (value instanceof Map) return textOfKey(sortedPairs([...value].flat()), deadline_ms);
		if (value instanceof Set) return textOfKey([...value].sort(), deadline_ms);
		return textOfKey(value, deadline_ms);
	}

	/** Returns the keys that may have changed. */
	apply(words: Words): Words {
		const [name = "", key = "", ...args] = words;
		switch (name) {
			case "":
				return [];
			case "SET":
				this.values.set(key, args[0]!);
				this.deadlines.delete(key);
				if (args[1] === "PXAT") this.deadlines.set(key, Number(args[2]));
				return [key];
			case "MSET":
				return this.setMany(words.slice(1));
			case "APPEND":
				this.values.set(key, this.string(key) + args[0]!);
				return [key];
			case "INCRBY":
				this.values.set(key, String(Number(this.string(key)) + Number(args[0])));
				return [key];
			case "SETRANGE":
				this.setRange(key, Number(args[0]), args[1]!);
				return [key];
			case "DEL":
				for (const one of words.slice(1)) this.drop(one);
				return words.slice(1);
			case "RENAME":
				this.rename(key, args[0]!);
				return [key, args[0]!];
			case "PEXPIREAT":
				if (this.values.has(key)) this.deadlines.set(key, Number(args[0]));
				return [key];
			case "PERSIST":
				this.deadlines.delete(key);
				return [key];
			default:
				return this.applyToCollection(name, key, args);
		}
	}

	private applyToCollection(name: string, key: string, args: Words): Words {
		switch (name) {
			case "RPUSH":
				this.list(key).push(...args);
				break;
			case "LPUSH":
				for (const item of args) this.list(key).unshift(item);
				break;
			case "LPOP":
				this.list(key).splice(0, Number(args[0]));
				break;
			case "LTRIM":
				this.values.set(key, this.list(key).slice(Number(args[0])));
				break;
			case "LMOVE": {
				const moved = this.list(key).pop();
				if (moved !== undefined) this.list(args[0]!).unshift(moved);
				this.dropIfEmpty(args[0]!);
				break;
			}
			case "HSET":
				for (let at = 0; at < args.length; at += 2) this.hash(key).set(args[at]!, args[at + 1]!);
				break;
			case "HDEL":
				for (const field of args) this.hash(key).delete(field);
				break;
			case "HINCRBY":
			case "ZINCRBY": {
				const [field, by] = name === "HINCRBY" ? [args[0]!, args[1]!] : [args[1]!, args[0]!];
				this.hash(key).set(field, String(Number(this.hash(key).get(field) ?? 0) + Number(by)));
				break;
			}
			case "ZADD":
				for (let at = 0; at < args.length; at += 2) this.hash(key).set(args[at + 1]!, args[at]!);
				break;
			case "ZREM":
				for (const member of args) this.hash(key).delete(member);
				break;
			case "SADD":
				for (const member of args) this.set(key).add(member);
				break;
			case "SREM":
				for (const member of args) this.set(key).delete(member);
				break;
			case "SMOVE":
				if (this.set(key).delete(args[1]!)) this.set(args[0]!).add(args[1]!);
				this.dropIfEmpty(args[0]!);
				break;
			default:
				throw new Error(`the model does not know ${name}`);
		}
		this.dropIfEmpty(key);
		return name.endsWith("MOVE") ? [key, args[0]!] : [key];
	}

	private setMany(pairs: Words): Words {
		const keys = pairs.filter((_, at) => at % 2 === 0);
		for (const [at, key] of keys.entries()) {
			this.values.set(key, pairs[2 * at + 1]!);
			this.deadlines.delete(key);
		}
		return keys;
	}

	private setRange(key: string, offset: number, text: string): void {
		const old = this.string(key).padEnd(offset, "\0");
		this.values.set(key, old.slice(0, offset) + text + old.slice(offset + text.length));
	}

	private rename(from: string, to: string): void {
		const value = this.values.get(from);
		const deadline_ms = this.deadlines.get(from);
		if (value === undefined) return;
		this.drop(from);
		this.drop(to);
		this.values.set(to, value);
		if (deadline_ms !== undefined) this.deadlines.set(to, deadline_ms);
	}

	private drop(key: string): void {
		this.values.delete(key);
		this.deadlines.delete(key);
	}

	private dropIfEmpty(key: string): void {
		const value = this.values.get(key);
		const size = value instanceof Map || value instanceof Set ? value.size : (value?.length ?? 1);
		if (size === 0 && typeof value !== "string") this.drop(key);
	}

	private string(key: string): string {
		return (this.values.get(key) as string | undefined) ?? "";
	}

	private list(key: string): string[] {
		return this.made(key, () => []) as string[];
	}

	private hash(key: string): Map<string, string> {
		return this.made(key, () => new Map()) as Map<string, string>;
	}

	private set(key: string): Set<string> {
		return this.made(key, () => new Set()) as Set<string>;
	}

	private made(key: string, make: () => Value): Value {
		const value = this.values.get(key) ?? make();
		this.values.set(key, value);
		return value;
	}
}
