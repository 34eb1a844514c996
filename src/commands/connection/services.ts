import type { Authenticator } from "../../acl/authenticator.ts";
import type { Client } from "../../dispatch/client.ts";
import type { ClientRegistry } from "../../introspection/clients.ts";
import type { TrackingOptions } from "../../tracking/tracker.ts";

/** What the commands of this group need of their server. */
export interface ConnectionServices {
	readonly clients: ClientRegistry;
	/** Read when a command runs. */
	readonly tracking: { enable(client: Client, options: TrackingOptions): void };
	readonly authenticator: Authenticator;
	/** Read when a command runs. */
	readonly executor: { readonly transactions: { end(client: Client): void } };
	/** "standalone" or "cluster". */
	mode(): string;
	/** "master" or "replica". */
	role(): string;
}
