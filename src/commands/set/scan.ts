import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, READONLY } from "../../dispatch/command.ts";
import { integer, key, optional, pattern } from "../../dispatch/grammar.ts";
import { MemberSet } from "../../types/set.ts";
import { SET } from "../../types/type.ts";
import { MemberScan } from "../member-scan.ts";

/** SSCAN: the members a few at a time; a small set comes whole. */
const page = new MemberScan();
const set = new MemberSet();

function sscan(call: Call): void {
	const { reply } = call;
	if (!page.begin(call, SET, 0)) return;
	set.open(call.database, call.keyspace.limits);
	let found = 0;
	const next = set.scan(page.cursor, page.options.count, (bytes, start, length) => {
		if (!page.options.matches(call, bytes, start, start + length)) return;
		reply.bulk(bytes, start, length);
		found++;
	});
	set.close();
	page.end(call, next, found);
}

export const scanCommands: readonly CommandRow[] = [
	{
		name: "sscan",
		since: "2.8.0",
		group: "set",
		complexity: "O(1) a call, O(N) for a whole iteration until the cursor is 0 again, N being the number of members.",
		summary: "Lists the members of a set a few at a time.",
		flags: READONLY,
		args: [
			key("RO ACCESS"),
			integer("cursor"),
			optional(pattern("pattern", "MATCH")),
			optional(integer("count", "COUNT")),
		],
		tips: ["nondeterministic_output"],
		run: sscan,
	},
];
