import { DENYOOM, MAY_REPLICATE, STALE, WRITE } from "../dispatch/flags.ts";
import { GATE_MEMORY, GATE_READONLY, GATE_REPLICAS, GATE_STALE, GATE_WRITES } from "../dispatch/gates.ts";
import {
	CANNOT_SAVE,
	COMMAND_ON_STALE_REPLICA,
	MASTER_DOWN,
	READ_ONLY_REPLICA,
	SCRIPT_CANNOT_SAVE,
	SCRIPT_MASTER_DOWN,
	SCRIPT_OUT_OF_MEMORY,
	SCRIPT_READ_ONLY_REPLICA,
	scriptCannotAppend,
	TOO_FEW_REPLICAS,
} from "../resp/errors.ts";

const GATES_OF_WRITES = GATE_READONLY | GATE_WRITES | GATE_REPLICAS;

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
export function refusalOfScript(conditions: Conditions, promises: Promises, isObeyed: boolean): string | null {
	const { noWrites, allowOom, allowStale } = promises;
	const { gates } = conditions;
	if ((gates & GATE_STALE) !== 0 && !allowStale) return SCRIPT_MASTER_DOWN;
	if (noWrites) return null;
	if ((gates & GATE_READONLY) !== 0 && !isObeyed) return SCRIPT_READ_ONLY_REPLICA;
	const { writeRefusal } = conditions;
	if (writeRefusal !== null && !isObeyed) {
		return writeRefusal === CANNOT_SAVE ? SCRIPT_CANNOT_SAVE : scriptCannotAppend(writeRefusal);
	}
	if ((gates & GATE_REPLICAS) !== 0) return TOO_FEW_REPLICAS;
	return !allowOom && lacksMemory(conditions) ? SCRIPT_OUT_OF_MEMORY : null;
}

/** The same of one that says nothing about itself: its commands are judged. */
export function refusalOfPlain({ gates }: Conditions): string | null {
	return (gates & GATE_STALE) === 0 ? null : MASTER_DOWN;
}

/** Why a script may not run a command that reads or writes what a replica without its master has; null: it may. */
export function refusalWhereStale({ gates }: Conditions, flags: number): string | null {
	return (gates & GATE_STALE) === 0 || (flags & STALE) !== 0 ? null : COMMAND_ON_STALE_REPLICA;
}

/** Why nobody may write now, a script neither; null: they may. */
export function refusalOfWrites(conditions: Conditions, isObeyed: boolean): string | null {
	const { gates } = conditions;
	if ((gates & GATES_OF_WRITES) === 0 || isObeyed) return null;
	if ((gates & GATE_READONLY) !== 0) return READ_ONLY_REPLICA;
	return conditions.writeRefusal ?? TOO_FEW_REPLICAS;
}
