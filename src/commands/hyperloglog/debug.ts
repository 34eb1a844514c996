import type { Call } from "../../dispatch/call.ts";
import { ADMIN, type CommandRow, DENYOOM, WRITE } from "../../dispatch/command.ts";
import { key, string } from "../../dispatch/grammar.ts";
import {
	HYPERLOGLOG_CORRUPTED,
	HYPERLOGLOG_MISSING,
	HYPERLOGLOG_NOT_SPARSE,
	unknownHyperLogLogSubcommand,
} from "../../resp/errors.ts";
import { HEADER_BYTES } from "../../types/hyperloglog/header.ts";
import { REGISTERS, readRegister } from "../../types/hyperloglog/registers.ts";
import { HyperLogLog } from "../../types/hyperloglog.ts";
import { openHyperLogLog } from "./loading.ts";
import { selfTest } from "./self-test.ts";

/** Looking into HyperLogLogs: for tests, and for people who wonder. */
const hyperLogLog = new HyperLogLog();

function pfdebug(call: Call): void {
	const { reply } = call;
	if (!call.findForWrite(2)) return reply.error(HYPERLOGLOG_MISSING);
	if (!openHyperLogLog(call, hyperLogLog)) return;
	switch (call.latin1(1).toLowerCase()) {
		case "getreg":
			return replyRegisters(call);
		case "decode":
			if (hyperLogLog.isDense()) return reply.error(HYPERLOGLOG_NOT_SPARSE);
			return reply.bulkText(hyperLogLog.describe());
		case "encoding":
			return reply.simple(hyperLogLog.isDense() ? "dense" : "sparse");
		case "todense": {
			const wasSparse = !hyperLogLog.isDense();
			if (makeDense(call)) reply.integer(wasSparse ? 1 : 0);
			return;
		}
		default:
			return reply.error(unknownHyperLogLogSubcommand(call.latin1(1)));
	}
}

function replyRegisters(call: Call): void {
	if (!makeDense(call)) return;
	const { bytes, start } = hyperLogLog.view;
	call.reply.array(REGISTERS);
	for (let i = 0; i < REGISTERS; i++) call.reply.integer(readRegister(bytes, start + HEADER_BYTES, i));
}

/** Counts as a change though the elements stay the same, and no event tells of it; replies an error where it cannot be. */
function makeDense(call: Call): boolean {
	if (hyperLogLog.isDense()) return true;
	if (!hyperLogLog.toDense(call.database)) {
		call.reply.error(HYPERLOGLOG_CORRUPTED);
		return false;
	}
	call.keyspace.changes.dirty++;
	return true;
}

function pfselftest(call: Call): void {
	const failure = selfTest(call.keyspace);
	if (failure === null) call.reply.ok();
	else call.reply.error(failure);
}

export const debugCommands: readonly CommandRow[] = [
	{
		name: "pfdebug",
		since: "2.8.9",
		group: "hyperloglog",
		complexity: "O(N), N being the number of registers.",
		summary: "Shows what a HyperLogLog is made of, or gives it its dense form.",
		flags: WRITE | DENYOOM | ADMIN,
		args: [string("subcommand"), key("RW ACCESS")],
		systemCommand: true,
		run: pfdebug,
	},
	{
		name: "pfselftest",
		since: "2.8.9",
		group: "hyperloglog",
		complexity: "O(1), a few hundredths of a second.",
		summary: "Tests whether registers and estimates of HyperLogLogs are right.",
		flags: ADMIN,
		systemCommand: true,
		run: pfselftest,
	},
];
