import { elementBytes } from "../../bytes/elements.ts";
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, DENYOOM, FAST, WRITE } from "../../dispatch/command.ts";
import { key, many, string } from "../../dispatch/grammar.ts";
import { EVENT_LIST } from "../../keyspace/change.ts";
import { HEAD, TAIL } from "../../types/list.ts";
import { list, openList, pushEvent } from "./opened.ts";

/** Elements pushed to an end of a list. */
function push(call: Call, end: boolean, found: boolean): void {
	if (!openList(call, found)) return;
	const { argc, bytes } = call;
	let sum = 0;
	let packed = 0;
	for (let i = 2; i < argc; i++) {
		const length = call.length(i);
		sum += length;
		packed += elementBytes(length);
	}
	list.reserve(end, argc - 2, sum, packed);
	for (let i = 2; i < argc; i++) list.push(end, bytes, call.start(i), call.length(i));
	const { count } = list;
	list.close();
	call.changed(1, EVENT_LIST, pushEvent(end));
	call.keyspace.changes.dirty += argc - 3;
	call.reply.integer(count);
}

function pushToExisting(call: Call, end: boolean): void {
	if (call.findForWrite(1)) push(call, end, true);
	else call.reply.integer(0);
}

function lpush(call: Call): void {
	push(call, HEAD, call.findForWrite(1));
}

function rpush(call: Call): void {
	push(call, TAIL, call.findForWrite(1));
}

function lpushx(call: Call): void {
	pushToExisting(call, HEAD);
}

function rpushx(call: Call): void {
	pushToExisting(call, TAIL);
}

const complexity = "O(1) an element.";

export const pushCommands: readonly CommandRow[] = [
	{
		name: "lpush",
		since: "1.0.0",
		group: "list",
		complexity,
		summary: "Puts elements before the first one of a list.",
		flags: WRITE | DENYOOM | FAST,
		args: [key("RW INSERT"), many(string("element"))],
		history: [["2.4.0", "Takes more than one element."]],
		run: lpush,
	},
	{
		name: "rpush",
		since: "1.0.0",
		group: "list",
		complexity,
		summary: "Puts elements behind the last one of a list.",
		flags: WRITE | DENYOOM | FAST,
		args: [key("RW INSERT"), many(string("element"))],
		history: [["2.4.0", "Takes more than one element."]],
		run: rpush,
	},
	{
		name: "lpushx",
		since: "2.2.0",
		group: "list",
		complexity,
		summary: "Puts elements before the first one of a list that exists.",
		flags: WRITE | DENYOOM | FAST,
		args: [key("RW INSERT"), many(string("element"))],
		history: [["4.0.0", "Takes more than one element."]],
		run: lpushx,
	},
	{
		name: "rpushx",
		since: "2.2.0",
		group: "list",
		complexity,
		summary: "Puts elements behind the last one of a list that exists.",
		flags: WRITE | DENYOOM | FAST,
		args: [key("RW INSERT"), many(string("element"))],
		history: [["4.0.0", "Takes more than one element."]],
		run: rpushx,
	},
];
