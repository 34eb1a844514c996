/** DEBUG POPULATE: many keys at once. */
import { bytesOf } from "../../bytes/ascii.ts";
import { writeInteger } from "../../bytes/int64.ts";
import type { Call } from "../../dispatch/call.ts";
import { MUST_BE_POSITIVE } from "../../resp/errors.ts";
import { STRING_KIND } from "../../types/string.ts";

/** Room for the digits of the largest number. */
const DIGITS_MAX = 20;

/** A text with a number behind it, written anew for each. */
class Numbered {
	readonly bytes: Uint8Array;
	length: number;
	private readonly prefixLength: number;

	constructor(prefix: Uint8Array, bytesMin: number) {
		this.bytes = new Uint8Array(Math.max(prefix.length + DIGITS_MAX, bytesMin));
		this.bytes.set(prefix);
		this.prefixLength = prefix.length;
		this.length = 0;
	}

	write(number: number): void {
		this.length = this.prefixLength + writeInteger(number, this.bytes, this.prefixLength);
	}
}

/** A size shortens the values or fills them up with zero bytes. Keys that exist are left alone. */
export function populate(call: Call): void {
	const count = call.integer(2);
	const size = call.argc === 5 ? call.integer(4) : 0;
	if (!(count >= 0) || !(size >= 0)) return call.reply.error(MUST_BE_POSITIVE);
	const prefix = call.argc >= 4 ? call.slice(3) : bytesOf("key");
	const key = new Numbered(new Uint8Array([...prefix, 0x3a]), 0);
	const value = new Numbered(bytesOf("value:"), size);
	const { database, keyspace } = call;
	for (let i = 0; i < count; i++) {
		key.write(i);
		if (database.peek(key.bytes, 0, key.length, database.hash(key.bytes, 0, key.length))) continue;
		value.write(i);
		database.putString(STRING_KIND, value.bytes, 0, size === 0 ? value.length : size, Number.POSITIVE_INFINITY);
		// Watchers hear of it; it is no event, and no change to save or to send to replicas.
		keyspace.changes.keyEvent(database.index, key.bytes, 0, key.length, 0, "populate");
	}
	call.reply.ok();
}
