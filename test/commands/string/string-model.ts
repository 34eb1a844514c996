/**
 * What the string commands do, said the plain way: a Map of JavaScript strings, replies put together as text. It shares no
 * code with the server. Arguments are well-formed words of the commands; LCS and the digits of long doubles are left to
 * tests of their own.
 */
interface Entry {
	value: string;
	/** Infinity for none. */
	deadline_ms: number;
	/** Changed in place: OBJECT ENCODING says "raw". */
	isRaw: boolean;
}

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);
const NULL = "$-1\r\n";
const OK = "+OK\r\n";
const SYNTAX = "-ERR syntax error\r\n";
const NOT_AN_INTEGER = "-ERR value is not an integer or out of range\r\n";
const TOO_LONG = "-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n";

const TIME_WORDS = ["ex", "px", "exat", "pxat"];
const SET_WORDS = [...TIME_WORDS, "nx", "xx", "get", "keepttl"];

export class StringModel {
	readonly entries = new Map<string, Entry>();
	events: string[] = [];
	now_ms: number;
	private readonly bytesMax: number;

	constructor(now_ms: number, bytesMax: number) {
		this.now_ms = now_ms;
		this.bytesMax = bytesMax;
	}

	run(name: string, ...args: string[]): string {
		const [key, first = "", second = ""] = args as [string, string, string];
		switch (name) {
			case "get":
				return this.bulkOf(key);
			case "set":
				return this.set(key, first, args.slice(2));
			case "setnx":
				return this.setnx([key, first]);
			case "setex":
				return this.setex(key, first, second, 1000n, name);
			case "psetex":
				return this.setex(key, first, second, 1n, name);
			case "getset":
				return this.set(key, first, ["get"]);
			case "getdel":
				return this.getdel(key);
			case "getex":
				return this.getex(key, args.slice(1));
			case "mget":
				return `*${args.length}\r\n${args.map((each) => this.bulkOf(each)).join("")}`;
			case "mset":
				this.storePairs(args);
				return OK;
			case "msetnx":
				return this.setnx(args);
			case "strlen":
				return `:${this.valueOf(key).length}\r\n`;
			case "getrange":
				return this.getrange(key, first, second);
			case "append":
				return this.append(key, first);
			case "setrange":
				return this.setrange(key, first, second);
			case "incr":
				return this.add(key, "1");
			case "decr":
				return this.add(key, "-1");
			case "incrby":
				return this.add(key, first);
			default:
				throw new Error(`the model knows no ${name}`);
		}
	}

	find(key: string): Entry | undefined {
		const entry = this.entries.get(key);
		if (entry === undefined || entry.deadline_ms >= this.now_ms) return entry;
		this.entries.delete(key);
		this.events.push(`expired ${key}`);
		return undefined;
	}

	encoding(entry: Entry): string {
		if (entry.isRaw) return "raw";
		if (parse(entry.value) !== null) return "int";
		return entry.value.length <= 44 ? "embstr" : "raw";
	}

	private valueOf(key: string): string {
		return this.find(key)?.value ?? "";
	}

	private bulkOf(key: string): string {
		const entry = this.find(key);
		return entry === undefined ? NULL : bulk(entry.value);
	}

	private store(key: string, value: string, deadline_ms: number): void {
		this.entries.set(key, { value, deadline_ms, isRaw: false });
		this.events.push(`set ${key}`);
	}

	private storePairs(pairs: string[]): void {
		for (let i = 0; i < pairs.length; i += 2) {
			this.find(pairs[i]!);
			this.store(pairs[i]!, pairs[i + 1]!, Infinity);
		}
	}

	private setnx(pairs: string[]): string {
		// The look-ups stop at the first key there is.
		for (let i = 0; i < pairs.length; i += 2) if (this.find(pairs[i]!) !== undefined) return ":0\r\n";
		this.storePairs(pairs);
		return ":1\r\n";
	}

	private set(key: string, value: string, words: string[]): string {
		const options = new Set<string>();
		const rest = [...words];
		let time = "";
		for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
			options.add(word);
			if (!TIME_WORDS.includes(word)) continue;
			if (rest.length === 0) return SYNTAX;
			time = rest.shift()!;
		}
		if (![...options].every((word) => SET_WORDS.includes(word))) return SYNTAX;
		const timeWords = TIME_WORDS.filter((word) => options.has(word));
		if (timeWords.length + (options.has("keepttl") ? 1 : 0) > 1) return SYNTAX;
		if (options.has("nx") && options.has("xx")) return SYNTAX;
		let deadline_ms = Infinity;
		if (timeWords.length > 0) {
			const deadline = this.deadline(timeWords[0]!, time, "set");
			if (typeof deadline === "string") return deadline;
			deadline_ms = deadline;
		}
		const old = this.find(key);
		const reply = options.has("get") ? (old === undefined ? NULL : bulk(old.value)) : OK;
		if (options.has(old === undefined ? "xx" : "nx")) return options.has("get") ? reply : NULL;
		if (options.has("keepttl")) deadline_ms = old?.deadline_ms ?? Infinity;
		this.store(key, value, deadline_ms);
		if (timeWords.length > 0) this.events.push(`expire ${key}`);
		return reply;
	}

	private setex(key: string, time: string, value: string, unit_ms: bigint, name: string): string {
		const deadline = this.deadline(unit_ms === 1n ? "px" : "ex", time, name);
		if (typeof deadline === "string") return deadline;
		this.find(key);
		this.store(key, value, deadline);
		this.events.push(`expire ${key}`);
		return OK;
	}

	/** A moment, or the error. */
	private deadline(word: string, time: string, name: string): number | string {
		const parsed = parse(time);
		if (parsed === null) return NOT_AN_INTEGER;
		const scaled = parsed * (word.startsWith("e") ? 1000n : 1n);
		const deadline = word.endsWith("at") ? scaled : scaled + BigInt(this.now_ms);
		if (parsed <= 0n || deadline > INT64_MAX) return `-ERR invalid expire time in '${name}' command\r\n`;
		return Number(deadline);
	}

	private remove(key: string): void {
		this.entries.delete(key);
		this.events.push(`del ${key}`);
	}

	private getdel(key: string): string {
		const reply = this.bulkOf(key);
		if (this.entries.has(key)) this.remove(key);
		return reply;
	}

	/** With no option, "persist", or one time word and its time. */
	private getex(key: string, [word, time]: string[]): string {
		const entry = this.find(key);
		if (entry === undefined) return NULL;
		if (word === "persist") {
			if (entry.deadline_ms !== Infinity) this.events.push(`persist ${key}`);
			entry.deadline_ms = Infinity;
		} else if (word !== undefined) {
			const deadline = this.deadline(word, time!, "getex");
			if (typeof deadline === "string") return deadline;
			if (deadline <= this.now_ms) this.remove(key);
			else {
				entry.deadline_ms = deadline;
				this.events.push(`expire ${key}`);
			}
		}
		return bulk(entry.value);
	}

	private getrange(key: string, first: string, last: string): string {
		const text = this.valueOf(key);
		const length = BigInt(text.length);
		let from = BigInt(first);
		let to = BigInt(last);
		if (from < 0n && to < 0n && from > to) return bulk("");
		if (from < 0n) from = from + length < 0n ? 0n : from + length;
		if (to < 0n) to = to + length < 0n ? 0n : to + length;
		return bulk([...text].filter((_, i) => BigInt(i) >= from && BigInt(i) <= to).join(""));
	}

	private append(key: string, added: string): string {
		const entry = this.find(key);
		if (entry === undefined) this.entries.set(key, { value: added, deadline_ms: Infinity, isRaw: false });
		else {
			if (entry.value.length + added.length > this.bytesMax) return TOO_LONG;
			entry.value += added;
			entry.isRaw = true;
		}
		this.events.push(`append ${key}`);
		return `:${this.valueOf(key).length}\r\n`;
	}

	private setrange(key: string, offset: string, written: string): string {
		if (BigInt(offset) < 0n) return "-ERR offset is out of range\r\n";
		const entry = this.find(key);
		const old = entry?.value ?? "";
		if (written === "") return `:${old.length}\r\n`;
		if (BigInt(offset) + BigInt(written.length) > BigInt(this.bytesMax)) return TOO_LONG;
		const from = Number(offset);
		const value = old.slice(0, from).padEnd(from, "\0") + written + old.slice(from + written.length);
		this.entries.set(key, { value, deadline_ms: entry?.deadline_ms ?? Infinity, isRaw: true });
		this.events.push(`setrange ${key}`);
		return `:${value.length}\r\n`;
	}

	private add(key: string, increment: string): string {
		const entry = this.find(key);
		const old = parse(entry?.value ?? "0");
		if (old === null) return NOT_AN_INTEGER;
		const sum = old + BigInt(increment);
		if (sum > INT64_MAX || sum < INT64_MIN) return "-ERR increment or decrement would overflow\r\n";
		this.entries.set(key, { value: String(sum), deadline_ms: entry?.deadline_ms ?? Infinity, isRaw: false });
		this.events.push(`incrby ${key}`);
		return `:${sum}\r\n`;
	}
}

function bulk(text: string): string {
	return `$${text.length}\r\n${text}\r\n`;
}

/** Null where the text is not exactly how an int64 prints. */
function parse(text: string): bigint | null {
	if (!/^-?\d{1,19}$/.test(text)) return null;
	const value = BigInt(text);
	return String(value) === text && value <= INT64_MAX && value >= INT64_MIN ? value : null;
}
