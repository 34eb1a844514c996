import type { Scripting } from "../../scripting/scripting.ts";

/** What the commands of this group need of their server; read when one runs. */
export interface ScriptingServices {
	readonly scripting: Scripting;
	compressesSnapshots(): boolean;
}
