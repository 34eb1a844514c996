import { bytesOf } from "../bytes/ascii.ts";

/**
 * Who may be whom. AUTH, HELLO and CLIENT KILL ask here, and so does the server for new connections; what users there
 * are is the business of the implementation.
 */
export interface Authenticator {
	/** Whether a client is the default user without saying a password: from the start, and again after RESET. */
	defaultUserIsOpen(): boolean;
	/** Whether this password makes a client that user. */
	accepts(user: string, password: Uint8Array): boolean;
	exists(user: string): boolean;
}

export const DEFAULT_USER = "default";

/** The default user alone, with `requirepass` as its password or, where that is empty, open to everybody. */
export class DefaultUserAuthenticator implements Authenticator {
	private password: Uint8Array;

	constructor(password: string) {
		this.password = bytesOf(password);
	}

	/** Those who are in stay in, as in Redis. */
	setPassword(password: string): void {
		this.password = bytesOf(password);
	}

	defaultUserIsOpen(): boolean {
		return this.password.length === 0;
	}

	accepts(user: string, password: Uint8Array): boolean {
		if (user !== DEFAULT_USER) return false;
		return this.defaultUserIsOpen() || isSamePassword(password, this.password);
	}

	exists(user: string): boolean {
		return user === DEFAULT_USER;
	}
}

/** Takes a time that depends on the length of what was given and on nothing else; `expected` is not empty. */
function isSamePassword(given: Uint8Array, expected: Uint8Array): boolean {
	let difference = given.length ^ expected.length;
	for (let at = 0; at < given.length; at++) difference |= given[at]! ^ expected[at % expected.length]!;
	return difference === 0;
}
