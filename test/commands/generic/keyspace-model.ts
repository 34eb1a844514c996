/**
 * The generic commands as a plain Map understands them, one Map a database: what the tests compare the real ones with.
 *
 * Invariant: an entry whose deadline lies before `now_ms` is not there; `purge` is called before anything is looked at.
 */
export interface ModelEntry {
	value: string;
	/** Infinity for none. */
	deadline_ms: number;
	/** Changed in place, so "raw" whatever the text is. */
	isRaw: boolean;
}

export type Reply =
	| number
	| string
	| null
	| readonly string[]
	| { readonly error: string }
	| { readonly status: string };

const SAME = { error: "ERR source and destination objects are the same" };
const NO_KEY = { error: "ERR no such key" };
const OK = { status: "OK" };

export class KeyspaceModel {
	now_ms: number;
	database: number;
	readonly databases: Map<string, ModelEntry>[];

	constructor(databases: number, now_ms: number) {
		this.now_ms = now_ms;
		this.database = 0;
		this.databases = Array.from({ length: databases }, () => new Map());
	}

	purge(): void {
		for (const database of this.databases) {
			for (const [key, entry] of database) if (entry.deadline_ms < this.now_ms) database.delete(key);
		}
	}

	keyCount(): number {
		return this.databases.reduce((sum, database) => sum + database.size, 0);
	}

	private keys(): Map<string, ModelEntry> {
		return this.databases[this.database]!;
	}

	set(key: string, value: string, deadline_ms: number): Reply {
		this.keys().set(key, { value, deadline_ms, isRaw: false });
		return OK;
	}

	append(key: string, text: string): Reply {
		const entry = this.keys().get(key);
		if (entry === undefined) this.set(key, text, Infinity);
		else {
			entry.value += text;
			entry.isRaw = true;
		}
		return this.keys().get(key)!.value.length;
	}

	get(key: string): Reply {
		return this.keys().get(key)?.value ?? null;
	}

	del(keys: readonly string[]): Reply {
		return keys.filter((key) => this.keys().delete(key)).length;
	}

	exists(keys: readonly string[]): Reply {
		return keys.filter((key) => this.keys().has(key)).length;
	}

	type(key: string): Reply {
		return { status: this.keys().has(key) ? "string" : "none" };
	}

	encoding(key: string): Reply {
		const entry = this.keys().get(key);
		if (entry === undefined) return null;
		if (entry.isRaw || entry.value.length > 44) return "raw";
		return /^(0|-?[1-9]\d{0,17})$/.test(entry.value) ? "int" : "embstr";
	}

	rename(from: string, to: string, onlyNew: boolean): Reply {
		const keys = this.keys();
		const entry = keys.get(from);
		if (entry === undefined) return NO_KEY;
		if (onlyNew && keys.has(to)) return 0;
		keys.delete(from);
		keys.set(to, entry);
		return onlyNew ? 1 : OK;
	}

	move(key: string, to: number): Reply {
		if (to === this.database) return SAME;
		const entry = this.keys().get(key);
		const target = this.databases[to]!;
		if (entry === undefined || target.has(key)) return 0;
		this.keys().delete(key);
		target.set(key, entry);
		return 1;
	}

	copy(from: string, to: string, database: number, replaces: boolean): Reply {
		if (from === to && database === this.database) return SAME;
		const entry = this.keys().get(from);
		const target = this.databases[database]!;
		if (entry === undefined || (target.has(to) && !replaces)) return 0;
		target.set(to, { ...entry });
		return 1;
	}

	expire(key: string, deadline_ms: number, condition: string): Reply {
		const entry = this.keys().get(key);
		if (entry === undefined) return 0;
		const old_ms = entry.deadline_ms;
		if (condition === "NX" && old_ms !== Infinity) return 0;
		if (condition === "XX" && old_ms === Infinity) return 0;
		if (condition === "GT" && deadline_ms <= old_ms) return 0;
		if (condition === "LT" && deadline_ms >= old_ms) return 0;
		entry.deadline_ms = deadline_ms;
		if (deadline_ms <= this.now_ms) this.keys().delete(key);
		return 1;
	}

	persist(key: string): Reply {
		const entry = this.keys().get(key);
		if (entry === undefined || entry.deadline_ms === Infinity) return 0;
		entry.deadline_ms = Infinity;
		return 1;
	}

	/** `base_ms` is the moment that counts as 0, `unit_ms` what counts as 1. */
	deadline(key: string, base_ms: number, unit_ms: number): Reply {
		const entry = this.keys().get(key);
		if (entry === undefined) return -2;
		if (entry.deadline_ms === Infinity) return -1;
		return Math.floor((entry.deadline_ms - base_ms + (unit_ms >> 1)) / unit_ms);
	}

	names(): string[] {
		return [...this.keys().keys()].sort();
	}
}
