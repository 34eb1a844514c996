import { dlopen, type FFIFunction, type Library } from "bun:ffi";

/** Functions of the C library, or null where there is none that we know (only Linux's are looked for). */
export function openLibc<Functions extends Record<string, FFIFunction>>(
	functions: Functions,
): Library<Functions>["symbols"] | null {
	if (process.platform !== "linux") return null;
	for (const library of ["libc.so.6", `libc.musl-${process.arch === "x64" ? "x86_64" : "aarch64"}.so.1`]) {
		try {
			return dlopen(library, functions).symbols;
		} catch {
			// The other C library, then.
		}
	}
	return null;
}
