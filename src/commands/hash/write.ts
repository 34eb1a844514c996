/** Fields of a hash set and removed. */
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, DENYOOM, FAST, WRITE } from "../../dispatch/command.ts";
import { block, key, many, string } from "../../dispatch/grammar.ts";
import { wrongArity } from "../../resp/errors.ts";
import { tellField } from "./effects.ts";
import { closeChanged, findField, hash, openForWrite, setField } from "./open.ts";

function hset(call: Call): void {
	const created = setPairs(call);
	if (created >= 0) call.reply.integer(created);
}

function hmset(call: Call): void {
	if (setPairs(call) >= 0) call.reply.ok();
}

/** Returns how many fields are new, or -1 after an error reply. */
function setPairs(call: Call): number {
	const { argc } = call;
	if (argc % 2 === 1) {
		call.reply.error(wrongArity(call.command.fullName));
		return -1;
	}
	if (!openForWrite(call)) return -1;
	const pairs = (argc - 2) >> 1;
	hash.expect(pairs);
	let created = 0;
	for (let i = 2; i < argc; i += 2) if (setField(call, i, i + 1, false)) created++;
	closeChanged(call, pairs, "hset");
	return created;
}

function hsetnx(call: Call): void {
	if (!openForWrite(call)) return;
	if (findField(call, 2)) return call.reply.integer(0);
	hash.expect(1);
	setField(call, 2, 3, false);
	const mayHide = hash.isVolatile();
	closeChanged(call, 1, "hset");
	if (call.effects.isOn && mayHide) tellField(call, call.bytes, call.start(3), call.length(3));
	call.reply.integer(1);
}

function hdel(call: Call): void {
	if (!openForWrite(call)) return;
	let removed = 0;
	for (let i = 2; i < call.argc; i++) if (hash.remove(call.bytes, call.start(i), call.length(i))) removed++;
	if (removed > 0) closeChanged(call, removed, "hdel");
	call.reply.integer(removed);
}

const fieldsAndValues = many(block("field_value", string("field"), string("value")));

export const writeCommands: readonly CommandRow[] = [
	{
		name: "hset",
		since: "2.0.0",
		group: "hash",
		complexity: "O(N), N being the number of fields set.",
		summary: "Sets fields of a hash.",
		flags: WRITE | DENYOOM | FAST,
		args: [key("RW UPDATE"), fieldsAndValues],
		history: [["4.0.0", "Takes more than one field with its value."]],
		memberAt: 2,
		run: hset,
	},
	{
		name: "hmset",
		since: "2.0.0",
		group: "hash",
		complexity: "O(N), N being the number of fields set.",
		summary: "Sets fields of a hash, as `HSET` does.",
		flags: WRITE | DENYOOM | FAST,
		args: [key("RW UPDATE"), fieldsAndValues],
		deprecatedSince: "4.0.0",
		replacedBy: "`HSET` with multiple field-value pairs",
		memberAt: 2,
		run: hmset,
	},
	{
		name: "hsetnx",
		since: "2.0.0",
		group: "hash",
		complexity: "O(1)",
		summary: "Sets a field that a hash does not have yet.",
		flags: WRITE | DENYOOM | FAST,
		args: [key("RW INSERT"), string("field"), string("value")],
		memberAt: 2,
		run: hsetnx,
	},
	{
		name: "hdel",
		since: "2.0.0",
		group: "hash",
		complexity: "O(N), N being the number of fields removed.",
		summary: "Removes fields of a hash, and the key with the last one.",
		flags: WRITE | FAST,
		args: [key("RW DELETE"), many(string("field"))],
		history: [["2.4.0", "Takes more than one field."]],
		memberAt: 2,
		run: hdel,
	},
];
