import { FFIType } from "bun:ffi";
import { openLibc } from "./libc.ts";

const PRIO_PROCESS = 0;
const CALLING_THREAD = 0;

/**
 * Lets the calling thread yield to the others of this process where they have to share a processor: on Linux niceness is
 * a thread's own. Elsewhere nothing happens.
 */
export function lowerPriority(niceness: number): void {
	const libc = openLibc({ setpriority: { args: [FFIType.i32, FFIType.u32, FFIType.i32], returns: FFIType.i32 } });
	libc?.setpriority(PRIO_PROCESS, CALLING_THREAD, niceness);
}
