import { DENYOOM, MAY_REPLICATE, STALE, WRITE } from "../dispatch/flags.ts";
import { GATE_MEMORY } from "../dispatch/gates.ts";
import { CANNOT_SAVE, SCRIPT_CANNOT_SAVE, SCRIPT_OUT_OF_MEMORY, scriptCannotAppend } from "../resp/errors.ts";

/** What the state of the server lets scripts do. */
export interface Conditions {
	readonly gates: number;
	/** As of the command around them. */
	readonly isOutOfMemory: boolean;
	readonly writeRefusal: string | null;
}

/** What a script or a function says about itself. */
export interface Promises {
	readonly noWrites: boolean;
	readonly allowOom: boolean;
	readonly allowStale: boolean;
}

export function lacksMemory({ gates, isOutOfMemory }: Conditions): boolean {
	return isOutOfMemory && (gates & GATE_MEMORY) !== 0;
}

/**
 * The flags of a command that runs a script which says what it does: it writes and takes memory unless it promises not to.
 * That a script may be replicated is only said of those that promise nothing.
 */
export function flagsWith(flags: number, { noWrites, allowOom, allowStale }: Promises): number {
	let all = flags & ~(STALE | DENYOOM | WRITE | MAY_REPLICATE);
	if (!noWrites) all |= WRITE;
	if (!noWrites && !allowOom) all |= DENYOOM;
	if (allowStale) all |= STALE;
	return all;
}

/**
 * Why a script that says what it does may not run, though its command was let in: inside a transaction its flags were not
 * yet known when that was asked. Null: it may.
 */
export function refusalOfScript(conditions: Conditions, { noWrites, allowOom }: Promises): string | null {
	if (noWrites) return null;
	const { writeRefusal } = conditions;
	if (writeRefusal !== null) {
		return writeRefusal === CANNOT_SAVE ? SCRIPT_CANNOT_SAVE : scriptCannotAppend(writeRefusal);
	}
	return !allowOom && lacksMemory(conditions) ? SCRIPT_OUT_OF_MEMORY : null;
}
