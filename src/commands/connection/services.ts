import type { Authenticator } from "../../acl/authenticator.ts";
import type { ClientRegistry } from "../../introspection/clients.ts";

/** What the commands of this group need of their server. */
export interface ConnectionServices {
	readonly clients: ClientRegistry;
	readonly authenticator: Authenticator;
	/** "standalone" or "cluster". */
	mode(): string;
	/** "master" or "replica". */
	role(): string;
}
