import type { Call } from "../dispatch/call.ts";
import { INVALID_CURSOR, WRONG_TYPE } from "../resp/errors.ts";
import { cursorFrom, ScanOptions } from "./scan-options.ts";

/**
 * One page of a collection's members: HSCAN, SSCAN, ZSCAN. The elements of a page are written before their number and
 * the next cursor are known:
 *
 *     if (!page.begin(call, HASH, SCAN_NOVALUES)) return;      everything is replied already
 *     … table.scan(page.cursor, page.options.count, …) …
 *         if (page.options.matches(call, bytes, start, end)) reply.bulk(…)
 *     page.end(call, next, elements);
 *
 * The key is argument 1 and the database's cursor is on it in between. There is one object a command.
 */
export class MemberScan {
	readonly options: ScanOptions;
	/** Where to go on from. */
	cursor: number;
	private mark: number;

	constructor() {
		this.options = new ScanOptions();
		this.cursor = 0;
		this.mark = 0;
	}

	/** False where there is nothing to scan: an error, or the page of a missing key, was replied. */
	begin(call: Call, type: number, allowed: number): boolean {
		const { reply, database } = call;
		this.cursor = cursorFrom(call, 2);
		if (Number.isNaN(this.cursor)) reply.error(INVALID_CURSOR);
		else if (!call.findForRead(1)) replyNothing(call);
		else if (database.type() !== type) reply.error(WRONG_TYPE);
		else if (this.options.read(call, 3, allowed)) {
			reply.array(2);
			this.mark = reply.length;
			return true;
		}
		return false;
	}

	/** Puts the next cursor, 0 being the end, and the number of elements before the elements written since `begin`. */
	end(call: Call, next: number, elements: number): void {
		const { reply } = call;
		const end = reply.length;
		reply.bulkInteger(next);
		reply.array(elements);
		reply.bringForward(end, this.mark);
	}
}

function replyNothing(call: Call): void {
	call.reply.array(2);
	call.reply.bulkInteger(0);
	call.reply.array(0);
}
