/** DUMP: a value as bytes that RESTORE, here or in another Redis, makes the same value of. */
import type { Call } from "../../dispatch/call.ts";
import { type CommandRow, READONLY } from "../../dispatch/command.ts";
import { key } from "../../dispatch/grammar.ts";
import { ValueDump } from "../../persistence/rdb/dump.ts";

export interface DumpServices {
	/** Whether long strings are compressed in snapshots and in what is dumped. */
	compressesSnapshots(): boolean;
}

const valueDump = new ValueDump();

export function dumpCommand(services: DumpServices): CommandRow {
	function dump(call: Call): void {
		if (!call.findForRead(1)) return call.reply.null();
		valueDump.dump(call.database.table, services.compressesSnapshots());
		call.reply.bulk(valueDump.output.bytes, 0, valueDump.output.length);
		valueDump.forget();
	}

	return {
		name: "dump",
		since: "2.6.0",
		group: "generic",
		complexity: "O(N), N being the size of the value.",
		summary: "Gives out a value as bytes that RESTORE understands.",
		flags: READONLY,
		args: [key("RO ACCESS")],
		tips: ["nondeterministic_output"],
		run: dump,
	};
}
