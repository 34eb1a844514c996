import type { Clock } from "../../adapters/clock.ts";
import type { Files } from "../../adapters/files.ts";
import type { Host } from "../../adapters/host.ts";
import type { Config } from "../../config/config.ts";
import type { StatementName } from "../../config/directives.ts";
import type { Client } from "../../dispatch/client.ts";
import type { InfoSource } from "../../introspection/info/source.ts";
import type { Log } from "../../introspection/log.ts";
import type { Persistence, ShutdownOptions } from "../../persistence/persistence.ts";

/** What the server group needs of its server. It is read when a command runs, so it may be filled after the rows. */
export interface ServerServices extends InfoSource {
	readonly adapters: { readonly clock: Clock; readonly host: Host; readonly files: Files };
	readonly config: Config;
	readonly log: Log;
	readonly persistence: Persistence;
	/** Lines of the configuration file that are no directives: users. */
	readonly accounts: { configLines(): ReadonlyMap<StatementName, readonly string[]> };
	readonly scripting: InfoSource["scripting"] & { busyError(): string | null; loadsLibraries(): boolean };
	readonly replication: InfoSource["replication"] & { readonly history: { begin(): void } };
	/** Whether long strings are compressed in snapshots. */
	compressesSnapshots(): boolean;
	/** Whether Redis would share small integers, as OBJECT REFCOUNT and DEBUG OBJECT tell. */
	sharesIntegers(): boolean;
	/** The orderly end of the server. */
	readonly ending: InfoSource["ending"] & {
		begin(options: ShutdownOptions): "ended" | "failed" | "waiting";
		/** A client that is blocked hears when there will be no end after all. */
		join(client: Client): void;
		/** False where it does not wait to end. */
		abort(): boolean;
	};
}
