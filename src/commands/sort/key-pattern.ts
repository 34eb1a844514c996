import { copyBytes } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { HashView } from "../../types/hash/view.ts";
import { StringView } from "../../types/string.ts";
import { HASH, STRING } from "../../types/type.ts";
import { type Elements, textEnd } from "./elements.ts";

const STAR = 0x2a;
const HASH_SIGN = 0x23;
const DASH = 0x2d;
const GREATER = 0x3e;
const ARROW_BYTES = 2;

const hash = new HashView();
const view = new StringView();
/** The key made for an element. */
let key = new Uint8Array(256);

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
	private readonly pattern: Uint8Array;
	private readonly star: number;
	/** Where the key ends and, behind an arrow, the name of the field begins; 0: the key itself is meant, a string. */
	private readonly keyEnd: number;
	private readonly field: number;

	constructor(pattern: Uint8Array) {
		const end = textEnd(pattern, 0, pattern.length);
		let star = 0;
		while (star < end && pattern[star] !== STAR) star++;
		let arrow = star + 1;
		while (arrow + ARROW_BYTES < end && (pattern[arrow] !== DASH || pattern[arrow + 1] !== GREATER)) arrow++;
		// An arrow that points at nothing belongs to the key.
		const hasField = arrow + ARROW_BYTES < end;
		this.bytes = pattern;
		this.start = 0;
		this.length = 0;
		this.isConstant = star === end;
		this.isElement = end === 1 && pattern[0] === HASH_SIGN;
		this.pattern = pattern;
		this.star = star;
		this.keyEnd = hasField ? arrow : pattern.length;
		this.field = hasField ? arrow + ARROW_BYTES : 0;
	}

	/** Finds what the pattern means for an element; false where there is no such thing. */
	find(call: Call, elements: Elements, index: number): boolean {
		if (this.isElement) return this.show(elements.bytes, elements.start(index), elements.length(index));
		if (this.isConstant) return false;
		const { database, keyspace } = call;
		const { pattern, field } = this;
		const length = this.writeKey(elements, index);
		if (!database.findForRead(key, 0, length, database.hash(key, 0, length))) return false;
		if (field === 0) {
			if (database.type() !== STRING) return false;
			view.load(database.table);
			return this.show(view.bytes, view.start, view.length);
		}
		if (database.type() !== HASH) return false;
		hash.open(database, keyspace.limits, keyspace.now_ms);
		if (!hash.find(pattern, field, pattern.length - field)) return false;
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
		const { pattern, star } = this;
		const inserted = elements.length(index);
		const suffix = this.keyEnd - star - 1;
		const length = star + inserted + suffix;
		if (length > key.length) key = new Uint8Array(2 * length);
		copyBytes(pattern, 0, key, 0, star);
		copyBytes(elements.bytes, elements.start(index), key, star, inserted);
		copyBytes(pattern, star + 1, key, star + inserted, suffix);
		return length;
	}
}
