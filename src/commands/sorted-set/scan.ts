import { formatDouble, formatGeneral } from "../../bytes/double.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, READONLY } from "../../dispatch/command.ts";
import { integer, key, optional, pattern } from "../../dispatch/grammar.ts";
import { isSkiplistKind } from "../../types/sorted-set/kind.ts";
import { SortedSet } from "../../types/sorted-set.ts";
import { SORTED_SET } from "../../types/type.ts";
import { MemberScan } from "../member-scan.ts";

/** Digits of a score that is shown in full. */
const DIGITS = 17;

const page = new MemberScan();
const set = new SortedSet();

/** Members with their scores, as text in either protocol. */
function zscan(call: Call): void {
	const { reply, database } = call;
	if (!page.begin(call, SORTED_SET, 0)) return;
	const { options } = page;
	const isSkiplist = isSkiplistKind(database.table.kind());
	set.open(database);
	let elements = 0;
	const next = set.scan(page.cursor, options.count, (bytes, start, length, score) => {
		if (!options.matches(call, bytes, start, start + length)) return;
		reply.bulk(bytes, start, length);
		// Only what a listpack holds is text already.
		reply.bulkText(isSkiplist ? formatGeneral(score, DIGITS) : formatDouble(score));
		elements += 2;
	});
	page.end(call, next, elements);
}

export const scanCommands: readonly CommandRow[] = [
	{
		name: "zscan",
		since: "2.8.0",
		group: "sorted-set",
		complexity: "O(1) a call, O(N) for a whole iteration until the cursor is 0 again, N being the number of members.",
		summary: "Lists members and scores a few at a time.",
		flags: READONLY,
		args: [
			key("RO ACCESS"),
			integer("cursor"),
			optional(pattern("pattern", "MATCH")),
			optional(integer("count", "COUNT")),
		],
		tips: ["nondeterministic_output"],
		run: zscan,
	},
];
