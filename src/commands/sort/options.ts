import { bytesOf } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { SORT_BY_DENIED, SORT_GET_DENIED } from "../../resp/access-errors.ts";
import { NOT_AN_INTEGER, SYNTAX_ERROR } from "../../resp/errors.ts";
import { KeyPattern } from "./key-pattern.ts";

const ASC = bytesOf("asc");
const DESC = bytesOf("desc");
const ALPHA = bytesOf("alpha");
const LIMIT = bytesOf("limit");
const STORE = bytesOf("store");
const BY = bytesOf("by");
const GET = bytesOf("get");

/** What SORT was told; of options given twice the last counts, but for GET. */
export class SortOptions {
	isDescending = false;
	isAlphabetic = false;
	offset = 0;
	/** Negative: all there are. */
	count = -1;
	by: KeyPattern | null = null;
	readonly gets: KeyPattern[] = [];
	/** The argument that names the key to store under; 0 for none. */
	storeKey = 0;

	/** Null after an error reply. */
	static read(call: Call, mayStore: boolean): SortOptions | null {
		const options = new SortOptions();
		for (let i = 2; i < call.argc; ) {
			const words = options.readOne(call, i, mayStore);
			if (words === 0) return null;
			i += words;
		}
		return options;
	}

	/** How many words the option takes; 0 after an error reply. */
	private readOne(call: Call, i: number, mayStore: boolean): number {
		const left = call.argc - i - 1;
		if (call.is(i, ASC)) this.isDescending = false;
		else if (call.is(i, DESC)) this.isDescending = true;
		else if (call.is(i, ALPHA)) this.isAlphabetic = true;
		else if (call.is(i, LIMIT) && left >= 2) return this.readLimit(call, i + 1);
		else if (call.is(i, STORE) && left >= 1 && mayStore) {
			this.storeKey = i + 1;
			return 2;
		} else if (call.is(i, BY) && left >= 1) {
			this.by = new KeyPattern(call.slice(i + 1));
			return this.by.isConstant || mayReadAllKeys(call) ? 2 : refuse(call, SORT_BY_DENIED);
		} else if (call.is(i, GET) && left >= 1) {
			if (!mayReadAllKeys(call)) return refuse(call, SORT_GET_DENIED);
			this.gets.push(new KeyPattern(call.slice(i + 1)));
			return 2;
		} else return refuse(call, SYNTAX_ERROR);
		return 1;
	}

	private readLimit(call: Call, argument: number): number {
		this.offset = call.clampedInteger(argument);
		this.count = call.clampedInteger(argument + 1);
		if (!Number.isNaN(this.offset + this.count)) return 3;
		return refuse(call, NOT_AN_INTEGER);
	}

	/** Of `count` elements, the first that LIMIT takes, and how many. */
	first(count: number): number {
		return Math.min(Math.max(this.offset, 0), count);
	}

	wanted(count: number): number {
		const left = count - this.first(count);
		return this.count < 0 ? left : Math.min(this.count, left);
	}

	limit(order: Uint32Array): Uint32Array {
		const first = this.first(order.length);
		return order.subarray(first, first + this.wanted(order.length));
	}
}

/** Which keys are read through patterns is not known before: it takes the right to all. */
function mayReadAllKeys(call: Call): boolean {
	const { permissions } = call.client;
	return permissions === null || permissions.mayReadAllKeys(call, call.command);
}

function refuse(call: Call, error: string): 0 {
	call.reply.error(error);
	return 0;
}
