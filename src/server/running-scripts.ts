import type { Config } from "../config/config.ts";
import { Scripting, type ScriptingHost } from "../scripting/scripting.ts";

/** Scripts and functions of a server, which follow its configuration. */
export function openScripting(host: ScriptingHost & { readonly config: Config }): Scripting {
	const { config } = host;
	const scripting = new Scripting(host);
	scripting.patience.threshold_ms = config.values["busy-reply-threshold"];
	config.onChange("busy-reply-threshold", (threshold_ms) => {
		scripting.patience.threshold_ms = threshold_ms;
		return undefined;
	});
	return scripting;
}
