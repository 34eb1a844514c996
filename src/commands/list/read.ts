import { bytesOf } from "../../bytes/ascii.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, FAST, READONLY } from "../../dispatch/command.ts";
import { integer, key, optional, string } from "../../dispatch/grammar.ts";
import {
	COUNT_NEGATIVE,
	INT64_OUT_OF_RANGE,
	MAXLEN_NEGATIVE,
	NOT_AN_INTEGER,
	RANK_ZERO,
	SYNTAX_ERROR,
} from "../../resp/errors.ts";
import { HEAD, TAIL } from "../../types/list.ts";
import { list, openList, replyElements } from "./opened.ts";

/** Lists as they are: their length, an element, a range, where an element is found. */
function llen(call: Call): void {
	if (!openList(call, call.findForRead(1))) return;
	call.reply.integer(list.count);
	list.close();
}

/** The index is looked at only where there is a list. */
function lindex(call: Call): void {
	const { reply } = call;
	if (!call.findForRead(1)) return reply.null();
	if (!openList(call, true)) return;
	const index = call.clampedInteger(2);
	if (Number.isNaN(index)) reply.error(NOT_AN_INTEGER);
	else if (list.seek(index)) reply.bulk(list.bytes, list.start, list.length);
	else reply.null();
	list.close();
}

/** Both ends belong to the range; negative ones count from the end of the list. */
function lrange(call: Call): void {
	const start = call.clampedInteger(2);
	const stop = call.clampedInteger(3);
	if (Number.isNaN(start) || Number.isNaN(stop)) return call.reply.error(NOT_AN_INTEGER);
	if (!openList(call, call.findForRead(1))) return;
	const { count } = list;
	const first = start < 0 ? Math.max(0, count + start) : start;
	const last = Math.min(count - 1, stop < 0 ? count + stop : stop);
	const wanted = Math.max(0, last - first + 1);
	call.reply.array(wanted);
	replyElements(call, first, wanted);
	list.close();
}

const RANK = bytesOf("rank");
const COUNT = bytesOf("count");
const MAXLEN = bytesOf("maxlen");

/** The options of LPOS, once read: one object for all calls. */
class Search {
	/** Matches passed over before the first that counts. */
	passed = 0;
	end = HEAD;
	/** How many are wanted, at most; -1: just one, and not as an array. */
	count = -1;
	/** How many elements are looked at, at most. */
	among = Infinity;

	/** False after an error reply. */
	read(call: Call): boolean {
		this.passed = 0;
		this.end = HEAD;
		this.count = -1;
		this.among = Infinity;
		for (let option = 3; option < call.argc; option += 2) {
			const error = option + 1 < call.argc ? this.readOption(call, option) : SYNTAX_ERROR;
			if (error === null) continue;
			call.reply.error(error);
			return false;
		}
		return true;
	}

	private readOption(call: Call, option: number): string | null {
		const value = call.clampedInteger(option + 1);
		if (call.is(option, RANK)) return this.setRank(call, option + 1, value);
		if (call.is(option, COUNT)) {
			if (!(value >= 0)) return COUNT_NEGATIVE;
			this.count = value;
		} else if (call.is(option, MAXLEN)) {
			if (!(value >= 0)) return MAXLEN_NEGATIVE;
			this.among = value === 0 ? Infinity : value;
		} else return SYNTAX_ERROR;
		return null;
	}

	private setRank(call: Call, argument: number, rank: number): string | null {
		if (Number.isNaN(rank)) return NOT_AN_INTEGER;
		if (rank === 0) return RANK_ZERO;
		if (rank === Number.MIN_SAFE_INTEGER && call.latin1(argument) === INT64_MIN) return INT64_OUT_OF_RANGE;
		this.end = rank < 0 ? TAIL : HEAD;
		this.passed = Math.abs(rank) - 1;
		return null;
	}
}

/** The one int64 whose negative is none. */
const INT64_MIN = "-9223372036854775808";

const search = new Search();

function lpos(call: Call): void {
	const { reply, bytes } = call;
	if (!search.read(call)) return;
	if (!openList(call, call.findForRead(1))) return;
	const mark = reply.length;
	const wanted = search.count < 0 ? 1 : search.count === 0 ? Infinity : search.count;
	let { passed } = search;
	let found = 0;
	list.forEachEqual(bytes, call.start(2), call.length(2), search.end, search.among, (index) => {
		if (passed-- > 0) return true;
		reply.integer(index);
		return ++found < wanted;
	});
	if (search.count >= 0) {
		const end = reply.length;
		reply.array(found);
		reply.bringForward(end, mark);
	} else if (found === 0) reply.null();
	list.close();
}

export const readCommands: readonly CommandRow[] = [
	{
		name: "llen",
		since: "1.0.0",
		group: "list",
		complexity: "O(1)",
		summary: "Counts the elements of a list.",
		flags: READONLY | FAST,
		args: [key("RO")],
		run: llen,
	},
	{
		name: "lindex",
		since: "1.0.0",
		group: "list",
		complexity:
			"O(N), N being the number of elements between this one and the nearer end, most of them passed in blocks.",
		summary: "Reads an element of a list by its index.",
		flags: READONLY,
		args: [key("RO ACCESS"), integer("index")],
		run: lindex,
	},
	{
		name: "lrange",
		since: "1.0.0",
		group: "list",
		complexity:
			"O(S+N), S being the distance of the first element from the nearer end, and N the number of elements read.",
		summary: "Reads a range of the elements of a list.",
		flags: READONLY,
		args: [key("RO ACCESS"), integer("start"), integer("stop")],
		run: lrange,
	},
	{
		name: "lpos",
		since: "6.0.6",
		group: "list",
		complexity: "O(N), N being the number of elements looked at before the search ends.",
		summary: "Tells at which indexes a list has an element.",
		flags: READONLY,
		args: [
			key("RO ACCESS"),
			string("element"),
			optional(integer("rank", "RANK")),
			optional(integer("num-matches", "COUNT")),
			optional(integer("len", "MAXLEN")),
		],
		run: lpos,
	},
];
