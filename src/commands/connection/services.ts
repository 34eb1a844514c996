import type { Authenticator } from "../../acl/authenticator.ts";
import type { Client } from "../../dispatch/client.ts";
import type { ClientRegistry } from "../../introspection/clients.ts";

/** What the commands of this group need of their server. */
export interface ConnectionServices {
	readonly clients: ClientRegistry;
	readonly authenticator: Authenticator;
	/** Read when a command runs. */
	readonly executor: { endTransaction(client: Client): void };
	/** "standalone" or "cluster". */
	mode(): string;
	/** "master" or "replica". */
	role(): string;
}
