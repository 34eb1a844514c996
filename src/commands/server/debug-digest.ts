/** DEBUG DIGEST and DIGEST-VALUE: hashes that tell whether two servers hold the same data. */
import type { Call } from "../../dispatch/call.ts";
import { keyspaceDigest, valueDigest } from "../../persistence/digest.ts";

export function digestOfAll(call: Call): void {
	call.reply.simple(keyspaceDigest(call.keyspace));
}

export function digestOfValues(call: Call): void {
	call.reply.array(call.argc - 2);
	for (let i = 2; i < call.argc; i++) {
		call.peek(i);
		call.reply.simple(valueDigest(call.database));
	}
}
