import type { Call } from "../../dispatch/call.ts";
import { BLOCKING, type CommandRow, DENYOOM, NOSCRIPT, WRITE } from "../../dispatch/command.ts";
import { double, key, many } from "../../dispatch/grammar.ts";
import type { ReplyWriter } from "../../resp/reply-writer.ts";
import { HEAD, TAIL } from "../../types/list.ts";
import { LIST } from "../../types/type.ts";
import { LMOVE, RPOPLPUSH } from "../effect-words.ts";
import { timeoutFrom } from "../timeout.ts";
import { destinationKey, moveElement, sourceKey } from "./move.ts";
import { MultiPop, multiPopArguments } from "./multi-pop.ts";
import { closeShrunk, openList, popEvent, takeElement, tellPop } from "./opened.ts";
import { endFrom, side } from "./sides.ts";

/** What pops and moves do, by clients that would rather wait than be told that there is nothing. */
const multiPop = new MultiPop();

const RPOPLPUSH_WORDS = 3;

function replyNothing(reply: ReplyWriter): void {
	reply.nullArray();
}

/** Of a move that may not wait, as that of LMOVE. */
function replyNoElement(reply: ReplyWriter): void {
	reply.null();
}

/** Lets the client wait for a list at one of its keys. */
function wait(call: Call, firstKey: number, keyCount: number, timeout_ms: number): void {
	call.block({ type: LIST, firstKey, keyCount, timeout_ms, wakesWithoutKey: false, timedOut: replyNothing });
}

function waitToMove(call: Call, timeout_ms: number): void {
	call.block({
		type: LIST,
		firstKey: 1,
		keyCount: 1,
		timeout_ms,
		wakesWithoutKey: false,
		timedOut: replyNothing,
		notNow: replyNoElement,
	});
}

function pop(call: Call, end: boolean): void {
	const { reply } = call;
	const last = call.argc - 1;
	const timeout_ms = timeoutFrom(call, last);
	if (Number.isNaN(timeout_ms)) return;
	for (let i = 1; i < last; i++) {
		if (!call.findForWrite(i)) continue;
		if (!openList(call, true)) return;
		reply.array(2);
		reply.bulk(call.bytes, call.start(i), call.length(i));
		takeElement(call, end);
		closeShrunk(call, i, popEvent(end), 1);
		if (call.effects.isOn) tellPop(call, i, end);
		return;
	}
	wait(call, 1, last - 1, timeout_ms);
}

function blpop(call: Call): void {
	pop(call, HEAD);
}

function brpop(call: Call): void {
	pop(call, TAIL);
}

function move(call: Call, from: boolean, to: boolean, timeout: number): void {
	const timeout_ms = timeoutFrom(call, timeout);
	if (Number.isNaN(timeout_ms)) return;
	if (!call.findForWrite(1)) return waitToMove(call, timeout_ms);
	const { errors } = call.reply;
	moveElement(call, from, to);
	if (call.effects.isOn && call.reply.errors === errors) tellMove(call);
}

/** The effect of a move is the command that does not wait: the same but for its name and the timeout at its end. */
function tellMove(call: Call): void {
	const words = call.argc - 1;
	const effect = call.effect(words).word(words === RPOPLPUSH_WORDS ? RPOPLPUSH : LMOVE);
	for (let i = 1; i < words; i++) effect.argument(call, i);
}

function blmove(call: Call): void {
	const from = endFrom(call, 3);
	const to = from === null ? null : endFrom(call, 4);
	if (from !== null && to !== null) move(call, from, to, 5);
}

function brpoplpush(call: Call): void {
	move(call, TAIL, HEAD, 3);
}

function blmpop(call: Call): void {
	if (!multiPop.read(call, 2)) return;
	const timeout_ms = timeoutFrom(call, 1);
	if (Number.isNaN(timeout_ms) || multiPop.serve(call)) return;
	wait(call, multiPop.firstKey, multiPop.keyCount, timeout_ms);
}

export const blockingCommands: readonly CommandRow[] = [
	{
		name: "blpop",
		since: "2.0.0",
		group: "list",
		complexity: "O(N), N being the number of keys.",
		summary: "Takes the first element off the first of several lists that exists, or waits for one.",
		flags: WRITE | NOSCRIPT | BLOCKING,
		args: [many(key("RW ACCESS DELETE")), double("timeout")],
		history: [["6.0.0", "The timeout may have a fraction."]],
		run: blpop,
	},
	{
		name: "brpop",
		since: "2.0.0",
		group: "list",
		complexity: "O(N), N being the number of keys.",
		summary: "Takes the last element off the first of several lists that exists, or waits for one.",
		flags: WRITE | NOSCRIPT | BLOCKING,
		args: [many(key("RW ACCESS DELETE")), double("timeout")],
		history: [["6.0.0", "The timeout may have a fraction."]],
		run: brpop,
	},
	{
		name: "blmove",
		since: "6.2.0",
		group: "list",
		complexity: "O(1)",
		summary: "Moves an element from an end of one list to an end of another and returns it, or waits for one.",
		flags: WRITE | DENYOOM | NOSCRIPT | BLOCKING,
		args: [sourceKey, destinationKey, side("wherefrom"), side("whereto"), double("timeout")],
		run: blmove,
	},
	{
		name: "brpoplpush",
		since: "2.2.0",
		group: "list",
		complexity: "O(1)",
		summary: "Moves the last element of one list before the first of another and returns it, or waits for one.",
		flags: WRITE | DENYOOM | NOSCRIPT | BLOCKING,
		args: [sourceKey, destinationKey, double("timeout")],
		history: [["6.0.0", "The timeout may have a fraction."]],
		deprecatedSince: "6.2.0",
		replacedBy: "`BLMOVE` with the `RIGHT` and `LEFT` arguments",
		run: brpoplpush,
	},
	{
		name: "blmpop",
		since: "7.0.0",
		group: "list",
		complexity: "O(N+M), N being the number of keys and M the number of elements taken.",
		summary: "Takes elements off an end of the first of several lists that exists, or waits for one.",
		flags: WRITE | BLOCKING,
		args: [double("timeout"), ...multiPopArguments],
		keySpecs: [
			{
				access: "RW ACCESS DELETE",
				begin: { index: 2 },
				find: { keyNumberIndex: 0, firstKey: 1, step: 1 },
			},
		],
		run: blmpop,
	},
];
