import { type Authenticator, DEFAULT_USER } from "../../src/acl/authenticator.ts";
import { bytesOf, latin1 } from "../../src/bytes/ascii.ts";
import type { Call } from "../../src/dispatch/call.ts";
import type { Client } from "../../src/dispatch/client.ts";

/** The default user alone, who may do everything, for tests without a server; open to all where its password is "". */
export class DefaultUserAlone implements Authenticator {
	private readonly password: string;

	constructor(password: string) {
		const bytes = bytesOf(password);
		this.password = latin1(bytes, 0, bytes.length);
	}

	defaultUserHasNoPassword(): boolean {
		return this.password === "";
	}

	admit(client: Client): void {
		client.user = DEFAULT_USER;
		client.authenticated = this.defaultUserHasNoPassword();
	}

	authenticate({ client }: Call, user: string, password: Uint8Array): boolean {
		const isRight = this.password === "" || latin1(password, 0, password.length) === this.password;
		if (!this.exists(user) || !isRight) return false;
		client.authenticated = true;
		return true;
	}

	exists(user: string): boolean {
		return user === DEFAULT_USER;
	}
}
