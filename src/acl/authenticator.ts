import type { Call } from "../dispatch/call.ts";
import type { Client } from "../dispatch/client.ts";

/** Who may be whom: AUTH, HELLO and CLIENT KILL ask here, and so does the server for new connections. */
export interface Authenticator {
	/** Whether the default user has no password: whoever connects is that user. */
	defaultUserHasNoPassword(): boolean;
	/** Makes a client the default user, as at the start and after RESET; it is logged in where that takes no password. */
	admit(client: Client): void;
	/** Makes the client that user where the password is right; where it is not, that is counted and logged. */
	authenticate(call: Call, user: string, password: Uint8Array): boolean;
	exists(user: string): boolean;
}

/** Names of users are texts of one character a byte, like all that this folder keeps. */
export const DEFAULT_USER = "default";
