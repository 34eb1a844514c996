import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, FAST, WRITE } from "../../dispatch/command.ts";
import { integer, key, optional } from "../../dispatch/grammar.ts";
import { MUST_BE_POSITIVE, wrongArity } from "../../resp/errors.ts";
import { HEAD, TAIL } from "../../types/list.ts";
import { MultiPop, multiPopArguments } from "./multi-pop.ts";
import { closeShrunk, list, openList, popEvent, takeElement, takeElements } from "./opened.ts";

/** Elements taken from an end of a list. */
const multiPop = new MultiPop();

function pop(call: Call, end: boolean): void {
	if (call.argc > 2) return popSeveral(call, end);
	if (!call.findForWrite(1)) return call.reply.null();
	if (!openList(call, true)) return;
	takeElement(call, end);
	closeShrunk(call, 1, popEvent(end), 1);
}

function popSeveral(call: Call, end: boolean): void {
	const { reply } = call;
	if (call.argc > 3) return reply.error(wrongArity(call.command.fullName));
	const count = call.clampedInteger(2);
	if (!(count >= 0)) return reply.error(MUST_BE_POSITIVE);
	if (!call.findForWrite(1)) return reply.nullArray();
	if (!openList(call, true)) return;
	if (count > 0) {
		takeElements(call, 1, end, count);
		return;
	}
	reply.array(0);
	list.close();
}

function lpop(call: Call): void {
	pop(call, HEAD);
}

function rpop(call: Call): void {
	pop(call, TAIL);
}

function lmpop(call: Call): void {
	if (multiPop.read(call, 1) && !multiPop.serve(call)) call.reply.nullArray();
}

export const popCommands: readonly CommandRow[] = [
	{
		name: "lpop",
		since: "1.0.0",
		group: "list",
		complexity: "O(N), N being the number of elements taken.",
		summary: "Takes the first elements off a list.",
		flags: WRITE | FAST,
		args: [key("RW ACCESS DELETE"), optional(integer("count"), "6.2.0")],
		history: [["6.2.0", "The argument `count` came."]],
		run: lpop,
	},
	{
		name: "rpop",
		since: "1.0.0",
		group: "list",
		complexity: "O(N), N being the number of elements taken.",
		summary: "Takes the last elements off a list.",
		flags: WRITE | FAST,
		args: [key("RW ACCESS DELETE"), optional(integer("count"), "6.2.0")],
		history: [["6.2.0", "The argument `count` came."]],
		run: rpop,
	},
	{
		name: "lmpop",
		since: "7.0.0",
		group: "list",
		complexity: "O(N+M), N being the number of keys and M the number of elements taken.",
		summary: "Takes elements off an end of the first of several lists that exists.",
		flags: WRITE,
		args: multiPopArguments,
		keySpecs: [
			{
				access: "RW ACCESS DELETE",
				begin: { index: 1 },
				find: { keyNumberIndex: 0, firstKey: 1, step: 1 },
			},
		],
		run: lmpop,
	},
];
