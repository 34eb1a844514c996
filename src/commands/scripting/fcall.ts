import type { Call } from "../../dispatch/call.ts";
import {
	type CommandRow,
	MAY_REPLICATE,
	NO_MANDATORY_KEYS,
	NOSCRIPT,
	READONLY,
	SKIP_MONITOR,
	STALE,
} from "../../dispatch/command.ts";
import { integer, key, many, optional, string } from "../../dispatch/grammar.ts";
import {
	BAD_NUMBER_OF_KEYS,
	FUNCTION_NOT_FOUND,
	NUMBER_OF_KEYS_NEGATIVE,
	NUMBER_OF_KEYS_TOO_LARGE,
	READ_ONLY_CALL_OF_WRITER,
} from "../../resp/errors.ts";
import { flagsWith } from "../../scripting/conditions.ts";
import { keySpecsOf } from "./eval.ts";
import type { ScriptingServices } from "./services.ts";

/** Runs a function of a library: FCALL and FCALL_RO, which refuses those that may write. */
function callFunction({ scripting }: ScriptingServices, call: Call, isReadOnly: boolean): void {
	const { reply, argc } = call;
	const called = scripting.functions().find(call.latin1(1));
	if (called === undefined) return reply.error(FUNCTION_NOT_FOUND);
	const keyCount = call.clampedInteger(2);
	if (Number.isNaN(keyCount)) return reply.error(BAD_NUMBER_OF_KEYS);
	if (keyCount > argc - 3) return reply.error(NUMBER_OF_KEYS_TOO_LARGE);
	if (keyCount < 0) return reply.error(NUMBER_OF_KEYS_NEGATIVE);
	if (isReadOnly && !called.promises.noWrites) return reply.error(READ_ONLY_CALL_OF_WRITER);
	scripting.runFunction(call, called, keyCount);
}

const FLAGS = NOSCRIPT | STALE | SKIP_MONITOR | NO_MANDATORY_KEYS;

function row(services: ScriptingServices, name: string, summary: string, isReadOnly: boolean): CommandRow {
	const flags = isReadOnly ? FLAGS | READONLY : FLAGS | MAY_REPLICATE;
	const access = isReadOnly ? "RO ACCESS" : "RW ACCESS UPDATE";
	return {
		name,
		since: "7.0.0",
		group: "scripting",
		complexity: "That of the function.",
		summary,
		flags,
		keySpecs: keySpecsOf(isReadOnly),
		args: [string("function"), integer("numkeys"), optional(many(key(access))), optional(many(string("arg")))],
		flagsOfScript: (call) => {
			const called = services.scripting.functions().find(call.latin1(1));
			return called === undefined ? flags : flagsWith(flags, called.promises);
		},
		run: (call) => {
			services.scripting.show(call);
			callFunction(services, call, isReadOnly);
		},
	};
}

export function fcallCommands(services: ScriptingServices): readonly CommandRow[] {
	return [
		row(services, "fcall", "Calls a function.", false),
		row(services, "fcall_ro", "Calls a function that writes nothing.", true),
	];
}
