import {
	ADMIN,
	ALLOW_BUSY,
	DENYOOM,
	IN_SUBSCRIBER_MODE,
	LOADING,
	MAY_REPLICATE,
	NO_ASYNC_LOADING,
	NO_AUTH,
	PROTECTED,
	QUEUED_FLAGS_COUNT,
	READONLY,
	REFUSED_WITH_WRITES,
	SKIP_MONITOR,
	STALE,
	WRITE,
} from "./flags.ts";

/**
 * Reasons to do more about a command than to run it, each a bit.
 *
 *     command.gates                        the gates on its way, from its flags; constant
 *     client.gates | executor.gates        the gates that are shut: for this client, for everybody
 *
 * A command that meets no shut gate is run at once: one AND says so. What a shut gate asks for is the executor's to know.
 */

/** The command is a container; its subcommand has to be found. Always shut. */
export const GATE_CONTAINER = 1 << 0;
/** Has to be enabled by configuration. Always shut. */
export const GATE_PROTECTED = 1 << 1;
/** The client has not said who it is. */
export const GATE_LOGIN = 1 << 2;
/** The client's user may not do everything. */
export const GATE_PERMISSIONS = 1 << 3;
/** The client is between MULTI and EXEC. */
export const GATE_TRANSACTION = 1 << 4;
/** The client listens to channels. */
export const GATE_SUBSCRIBED = 1 << 5;
/** There is a limit on memory. */
export const GATE_MEMORY = 1 << 6;
/** What is written could not be kept. */
export const GATE_WRITES = 1 << 7;
/** The data set loads. */
export const GATE_LOADING = 1 << 8;
/** A script has run for so long that others are told that the server is busy. */
export const GATE_BUSY = 1 << 14;
/** The server is a replica that takes writes from its master alone. */
export const GATE_READONLY = 1 << 15;
/** It is one that has lost its master, and what it has is not to be shown meanwhile. */
export const GATE_STALE = 1 << 16;
/** Too few replicas hear of what is written. */
export const GATE_REPLICAS = 1 << 17;
/** A full copy of the master's data loads while that which was there before is still shown. */
export const GATE_LOADING_ASIDE = 1 << 18;
/** CLIENT PAUSE holds. */
export const GATE_PAUSE = 1 << 9;
/** The client watches all commands, and may not use keys itself: MONITOR. */
export const GATE_SPECTATOR = 1 << 13;
/** More keys are remembered for client-side caching than may be. */
export const GATE_CROWDED = 1 << 12;

// Behind the command

/** Somebody watches all commands: MONITOR. */
export const GATE_MONITORED = 1 << 10;
/** The client wants to hear when what it has read changes: CLIENT TRACKING. */
export const GATE_TRACKED = 1 << 11;

/** Gates that are met when the command has run. */
export const GATES_BEHIND = GATE_MONITORED | GATE_TRACKED;
/** Gates that are met before it runs. */
export const GATES_AHEAD = ~GATES_BEHIND;
/** Gates that concern scripts by what is in them. */
export const GATES_OF_SCRIPTS = GATE_MEMORY | GATE_WRITES | GATE_READONLY | GATE_STALE | GATE_REPLICAS;
/** Gates that are open to those whose commands were judged before: a master's, and those of a file. */
export const GATES_OF_OTHERS =
	GATE_LOGIN | GATE_PERMISSIONS | GATE_WRITES | GATE_READONLY | GATE_STALE | GATE_REPLICAS | GATE_PAUSE;
/** Gates that are shut for everybody and never open. */
export const GATES_ALWAYS = GATE_CONTAINER | GATE_PROTECTED;

/** The gates on the way of a command with these flags. */
export function gatesOf(flags: number, isContainer: boolean): number {
	let gates = GATE_TRANSACTION | GATE_PAUSE | GATE_CROWDED | GATE_TRACKED;
	if (isContainer) gates |= GATE_CONTAINER;
	if ((flags & PROTECTED) !== 0) gates |= GATE_PROTECTED;
	if ((flags & NO_AUTH) === 0) gates |= GATE_LOGIN | GATE_PERMISSIONS;
	if ((flags & IN_SUBSCRIBER_MODE) === 0) gates |= GATE_SUBSCRIBED;
	if ((flags & (DENYOOM | QUEUED_FLAGS_COUNT)) !== 0) gates |= GATE_MEMORY;
	if ((flags & (WRITE | REFUSED_WITH_WRITES | QUEUED_FLAGS_COUNT)) !== 0) gates |= GATE_WRITES;
	if ((flags & (WRITE | QUEUED_FLAGS_COUNT)) !== 0) gates |= GATE_READONLY | GATE_REPLICAS;
	if ((flags & STALE) === 0 || (flags & QUEUED_FLAGS_COUNT) !== 0) gates |= GATE_STALE;
	if ((flags & LOADING) === 0 || (flags & QUEUED_FLAGS_COUNT) !== 0) gates |= GATE_LOADING;
	if ((flags & (NO_ASYNC_LOADING | QUEUED_FLAGS_COUNT)) !== 0) gates |= GATE_LOADING_ASIDE;
	if ((flags & ALLOW_BUSY) === 0) gates |= GATE_BUSY;
	if ((flags & (READONLY | WRITE | MAY_REPLICATE)) !== 0) gates |= GATE_SPECTATOR;
	if ((flags & (SKIP_MONITOR | ADMIN)) === 0) gates |= GATE_MONITORED;
	return gates;
}
