import type { Receiver } from "../adapters/network.ts";
import type { Client } from "../dispatch/client.ts";

/** Hears what becomes of the commands of a master. */
export interface MasterListener {
	/** These bytes were executed; they are good during the call only. */
	applied(bytes: Uint8Array, from: number, to: number): void;
	/** These belong to a transaction whose EXEC has not come: they count when it was executed, in front of what follows. */
	postponed(bytes: Uint8Array, from: number, to: number): void;
	/** What has arrived was executed, as far as it could be. */
	rested(): void;
	/** The connection is gone; `isUnsound`: what came made no sense, and it is not known what was done. */
	lost(isUnsound: boolean): void;
}

/** A master as a client of this server, whose commands are executed as they arrive. */
export interface MasterClient extends Receiver {
	readonly client: Client;
	/** Bytes that have arrived and were not executed. */
	queryBytes(): number;
	/** Says something to the master. */
	say(bytes: Uint8Array): void;
	/** Goes on where something kept it from going on, if it still does. */
	resume(): void;
	close(): void;
}
