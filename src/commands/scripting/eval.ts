import type { Call } from "../../dispatch/call.ts";
import {
	type CommandRow,
	type KeySpec,
	MAY_REPLICATE,
	NO_MANDATORY_KEYS,
	NOSCRIPT,
	READONLY,
	SKIP_MONITOR,
	STALE,
} from "../../dispatch/command.ts";
import { integer, key, many, optional, string } from "../../dispatch/grammar.ts";
import {
	NOSCRIPT_ERROR,
	NOT_AN_INTEGER,
	NUMBER_OF_KEYS_NEGATIVE,
	NUMBER_OF_KEYS_TOO_LARGE,
	READ_ONLY_CALL_OF_WRITER,
} from "../../resp/errors.ts";
import { flagsWith } from "../../scripting/conditions.ts";
import type { Script } from "../../scripting/scripts.ts";
import { flagsOf, type ScriptFlags } from "../../scripting/shebang.ts";
import type { ScriptingServices } from "./services.ts";

/** The number of keys, which argument 2 says; -1 where it is wrong, which is replied. */
export function keyCountOf(call: Call): number {
	const { reply, argc } = call;
	const count = call.clampedInteger(2);
	if (Number.isNaN(count)) reply.error(NOT_AN_INTEGER);
	else if (count > argc - 3) reply.error(NUMBER_OF_KEYS_TOO_LARGE);
	else if (count < 0) reply.error(NUMBER_OF_KEYS_NEGATIVE);
	else return count;
	return -1;
}

function evaluate(services: ScriptingServices, call: Call, isReadOnly: boolean): void {
	const keyCount = keyCountOf(call);
	if (keyCount < 0) return;
	const script = services.scripting.scripts.ofSource(call, 1);
	if (typeof script === "string") return call.reply.error(`ERR ${script}`);
	run(services, call, script, keyCount, isReadOnly);
}

const DIGEST_LENGTH = 40;

function evaluateSha(services: ScriptingServices, call: Call, isReadOnly: boolean): void {
	// What cannot be a digest is told so before anything else.
	if (call.length(1) !== DIGEST_LENGTH) return call.reply.error(NOSCRIPT_ERROR);
	const keyCount = keyCountOf(call);
	if (keyCount < 0) return;
	const script = services.scripting.scripts.ofSha(call, 1);
	if (script === null) return call.reply.error(NOSCRIPT_ERROR);
	run(services, call, script, keyCount, isReadOnly);
}

function run(services: ScriptingServices, call: Call, script: Script, keyCount: number, isReadOnly: boolean): void {
	const { flags } = script;
	if (isReadOnly && !flags.isPlain && !flags.noWrites) return call.reply.error(READ_ONLY_CALL_OF_WRITER);
	services.scripting.runScript(call, script, keyCount, isReadOnly);
}

/** Of all commands that run scripts. */
export function keySpecsOf(isReadOnly: boolean): readonly KeySpec[] {
	const access = isReadOnly ? "RO ACCESS" : "RW ACCESS UPDATE";
	const notes = isReadOnly ? READS : WRITES;
	return [{ access, notes, begin: { index: 2 }, find: { keyNumberIndex: 0, firstKey: 1, step: 1 } }];
}

const WRITES = "We cannot tell how the keys will be used so we assume the worst, RW and UPDATE";
const READS = "We cannot tell how the keys will be used so we assume the worst, RO and ACCESS";
const FLAGS = NOSCRIPT | STALE | SKIP_MONITOR | NO_MANDATORY_KEYS;

function row(
	services: ScriptingServices,
	[name, word, summary]: readonly [name: string, word: string, summary: string],
	isReadOnly: boolean,
	find: (call: Call) => ScriptFlags | string | null,
	run: (call: Call) => void,
): CommandRow {
	const flags = isReadOnly ? FLAGS | READONLY : FLAGS | MAY_REPLICATE;
	return {
		name,
		since: isReadOnly ? "7.0.0" : "2.6.0",
		group: "scripting",
		complexity: "That of the script.",
		summary,
		flags,
		keySpecs: keySpecsOf(isReadOnly),
		args: [
			string(word),
			integer("numkeys"),
			optional(many(key(isReadOnly ? "RO ACCESS" : "RW ACCESS UPDATE"))),
			optional(many(string("arg"))),
		],
		flagsOfScript: (call) => {
			const own = find(call);
			return own === null || typeof own === "string" || own.isPlain ? flags : flagsWith(flags, own);
		},
		run: (call) => {
			services.scripting.show(call);
			run(call);
		},
	};
}

const HASH = 0x23;

export function evalCommands(services: ScriptingServices): readonly CommandRow[] {
	// A script that is only queued, or given a wrong number of keys, is not known by that.
	const ofSource = (call: Call) => (call.bytes[call.start(1)] === HASH ? flagsOf(call.slice(1)) : null);
	const ofSha = (call: Call) => services.scripting.scripts.ofSha(call, 1)?.flags ?? null;
	const words = {
		eval: ["eval", "script", "Runs a script."],
		evalsha: ["evalsha", "sha1", "Runs a script that is known."],
		eval_ro: ["eval_ro", "script", "Runs a script that writes nothing."],
		evalsha_ro: ["evalsha_ro", "sha1", "Runs a script that is known and writes nothing."],
	} as const;
	return [
		row(services, words.eval, false, ofSource, (call) => evaluate(services, call, false)),
		row(services, words.evalsha, false, ofSha, (call) => evaluateSha(services, call, false)),
		row(services, words.eval_ro, true, ofSource, (call) => evaluate(services, call, true)),
		row(services, words.evalsha_ro, true, ofSha, (call) => evaluateSha(services, call, true)),
	];
}
