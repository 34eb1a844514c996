import type { Call } from "../../dispatch/call.ts";
import type { ClientType } from "../../introspection/clients.ts";

const types: ReadonlyMap<string, ClientType> = new Map([
	["normal", "normal"],
	["replica", "replica"],
	// What replicas were called before Redis 5.
	["slave", "replica"],
	["pubsub", "pubsub"],
	["master", "master"],
]);

/** Null where the argument names none. */
export function readClientType(call: Call, argument: number): ClientType | null {
	return types.get(call.latin1(argument).toLowerCase()) ?? null;
}
