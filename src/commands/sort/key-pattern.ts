import { bytesOf, copyBytes } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { HashView } from "../../types/hash/view.ts";
import { StringView } from "../../types/string.ts";
import { HASH, STRING } from "../../types/type.ts";
import { type Elements, textEnd } from "./elements.ts";

const STAR = 0x2a;
const HASH_SIGN = 0x23;
const ARROW = bytesOf("->");

const hash = new HashView();
const view = new StringView();

/**
 * What BY and GET name: a key in whose pattern the element takes the place of the first star, `weight_*`; a field of a
 * hash at such a key, `user_*->name`; or `#`, the element itself. Star and arrow are not looked for behind a zero byte.
 */
export class KeyPattern {
	/** Where `find` leaves what it found, until the next change of the database. */
	bytes: Uint8Array;
	start: number;
	length: number;
	/** Without a star it means the same for all elements: nothing, as GET has it; not to sort at all, as BY. */
	readonly isConstant: boolean;
	private readonly isElement: boolean;
	private readonly prefix: Uint8Array;
	private readonly suffix: Uint8Array;
	/** Null: the key itself is meant, and is a string. */
	private readonly field: Uint8Array | null;
	private key: Uint8Array;

	constructor(pattern: Uint8Array) {
		const text = pattern.subarray(0, textEnd(pattern, 0, pattern.length));
		const star = text.indexOf(STAR);
		const arrow = star < 0 ? -1 : indexOf(text, ARROW, star + 1);
		// An arrow that points at nothing belongs to the key.
		const hasField = arrow >= 0 && arrow + ARROW.length < text.length;
		this.bytes = pattern;
		this.start = 0;
		this.length = 0;
		this.isConstant = star < 0;
		this.isElement = text.length === 1 && text[0] === HASH_SIGN;
		this.prefix = pattern.subarray(0, Math.max(0, star));
		this.suffix = pattern.subarray(star + 1, hasField ? arrow : pattern.length);
		this.field = hasField ? pattern.subarray(arrow + ARROW.length) : null;
		this.key = new Uint8Array(this.prefix.length + this.suffix.length);
	}

	/** Finds what the pattern means for an element; false where there is no such thing. */
	find(call: Call, elements: Elements, index: number): boolean {
		if (this.isElement) return this.show(elements.bytes, elements.start(index), elements.length(index));
		if (this.isConstant) return false;
		const { database, keyspace } = call;
		const length = this.writeKey(elements, index);
		const { key, field } = this;
		if (!database.findForRead(key, 0, length, database.hash(key, 0, length))) return false;
		if (field === null) {
			if (database.type() !== STRING) return false;
			view.load(database.table);
			return this.show(view.bytes, view.start, view.length);
		}
		if (database.type() !== HASH) return false;
		hash.open(database, keyspace.limits, keyspace.now_ms);
		if (!hash.find(field, 0, field.length)) return false;
		return this.show(hash.valueBytes, hash.valueStart, hash.valueLength);
	}

	private show(bytes: Uint8Array, start: number, length: number): true {
		this.bytes = bytes;
		this.start = start;
		this.length = length;
		return true;
	}

	/** Returns the length of the key. */
	private writeKey(elements: Elements, index: number): number {
		const { prefix, suffix } = this;
		const inserted = elements.length(index);
		const length = prefix.length + inserted + suffix.length;
		if (length > this.key.length) this.key = new Uint8Array(2 * length);
		this.key.set(prefix);
		copyBytes(elements.bytes, elements.start(index), this.key, prefix.length, inserted);
		this.key.set(suffix, prefix.length + inserted);
		return length;
	}
}

function indexOf(bytes: Uint8Array, word: Uint8Array, from: number): number {
	for (let at = bytes.indexOf(word[0]!, from); at >= 0; at = bytes.indexOf(word[0]!, at + 1)) {
		if (word.every((byte, i) => bytes[at + i] === byte)) return at;
	}
	return -1;
}
