/** Thrown when the program contradicts itself; never for anything a client or a file can cause. */
export class AssertionError extends Error {
	override readonly name = "AssertionError";
}

export function assert(condition: boolean, message: string): asserts condition {
	if (!condition) throw new AssertionError(message);
}

/** For branches the types rule out; the message says what was thought impossible. */
export function unreachable(message: string): never {
	throw new AssertionError(message);
}
