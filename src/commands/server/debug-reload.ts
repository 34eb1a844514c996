/** DEBUG RELOAD: saves everything and loads it again, or one of the two. DEBUG LOADAOF: loads the append-only files. */
import type { Call } from "../../dispatch/call.ts";
import { FAILED, RELOAD_AOF_FAILED, RELOAD_AOF_INSIDE, RELOAD_FAILED, RELOAD_OPTIONS } from "../../resp/errors.ts";
import type { ServerServices } from "./services.ts";

const OPTIONS = ["merge", "noflush", "nosave"];

export function reload(call: Call, { persistence, scripting, log }: ServerServices): void {
	call.noEffect();
	const options = new Set<string>();
	for (let i = 2; i < call.argc; i++) {
		const option = call.latin1(i).toLowerCase();
		if (!OPTIONS.includes(option)) return call.reply.error(RELOAD_OPTIONS);
		options.add(option);
	}
	if (!options.has("nosave") && !persistence.saves.saveNow()) return call.reply.error(FAILED);
	if (!persistence.reload(!options.has("noflush"), options.has("merge")) || !scripting.loadsLibraries()) {
		return call.reply.error(RELOAD_FAILED);
	}
	log.warning("DB reloaded by DEBUG RELOAD");
	call.reply.ok();
}

export function loadAppendOnly(call: Call, { persistence, scripting, log }: ServerServices): void {
	call.noEffect();
	// The file does not have yet what the transaction has done so far.
	if (call.isInner) return call.reply.error(RELOAD_AOF_INSIDE);
	if (!persistence.reloadAppendOnly() || !scripting.loadsLibraries()) return call.reply.error(RELOAD_AOF_FAILED);
	log.warning("Append Only File loaded by DEBUG LOADAOF");
	call.reply.ok();
}
