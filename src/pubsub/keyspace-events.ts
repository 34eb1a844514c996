import { bytesOf, copyBytes } from "../bytes/ascii.ts";
import {
	type Changes,
	EVENT_EVICTED,
	EVENT_EXPIRED,
	EVENT_GENERIC,
	EVENT_HASH,
	EVENT_LIST,
	EVENT_MISS,
	EVENT_NEW,
	EVENT_SET,
	EVENT_SORTED_SET,
	EVENT_STREAM,
	EVENT_STRING,
	type EventPublisher,
} from "../keyspace/change.ts";
import type { PubSub } from "./pub-sub.ts";

/** Classes by the letters of notify-keyspace-events; `d`, events of modules, has none. */
const CLASS_OF: Readonly<Record<string, number>> = {
	g: EVENT_GENERIC,
	$: EVENT_STRING,
	l: EVENT_LIST,
	s: EVENT_SET,
	h: EVENT_HASH,
	z: EVENT_SORTED_SET,
	x: EVENT_EXPIRED,
	e: EVENT_EVICTED,
	t: EVENT_STREAM,
	m: EVENT_MISS,
	n: EVENT_NEW,
};

const CHANNEL_BYTES = 256;
/** A longer buffer, grown by a long key, is let go. */
const KEPT_BYTES_MAX = 1 << 16;

/**
 * Keyspace events: what happens to keys, as messages. Each event goes to two channels, either of which can be left out:
 *
 *     __keyspace@<database>__:<key>      the event
 *     __keyevent@<database>__:<event>    the key
 */
export class KeyspaceEvents implements EventPublisher {
	private readonly pubSub: PubSub;
	private readonly changes: Changes;
	private toKeys: boolean;
	private toEvents: boolean;
	/** Names of events as bytes. */
	private readonly names: Map<string, Uint8Array>;
	/** Names of channels up to the key or the event, by database. */
	private readonly keyPrefixes: Uint8Array[];
	private readonly eventPrefixes: Uint8Array[];
	private channel: Uint8Array;

	constructor(pubSub: PubSub, changes: Changes) {
		this.pubSub = pubSub;
		this.changes = changes;
		this.toKeys = false;
		this.toEvents = false;
		this.names = new Map();
		this.keyPrefixes = [];
		this.eventPrefixes = [];
		this.channel = new Uint8Array(CHANNEL_BYTES);
	}

	/** The letters of notify-keyspace-events, `A` spelled out. */
	setLetters(letters: string): void {
		this.toKeys = letters.includes("K");
		this.toEvents = letters.includes("E");
		let classes = 0;
		if (this.toKeys || this.toEvents) for (const letter of letters) classes |= CLASS_OF[letter] ?? 0;
		this.changes.publishTo(this, classes);
	}

	publish(database: number, key: Uint8Array, start: number, length: number, event: string): void {
		const { pubSub } = this;
		if (pubSub.isDeaf()) return;
		const name = this.nameOf(event);
		if (this.toKeys) {
			const end = this.setChannel(prefixOf(this.keyPrefixes, "keyspace", database), key, start, length);
			pubSub.publish(this.channel, 0, end, name, 0, name.length);
		}
		if (this.toEvents) {
			const end = this.setChannel(prefixOf(this.eventPrefixes, "keyevent", database), name, 0, name.length);
			pubSub.publish(this.channel, 0, end, key, start, length);
		}
		if (this.channel.length > KEPT_BYTES_MAX) this.channel = new Uint8Array(CHANNEL_BYTES);
	}

	private nameOf(event: string): Uint8Array {
		let name = this.names.get(event);
		if (name === undefined) {
			name = bytesOf(event);
			this.names.set(event, name);
		}
		return name;
	}

	/** Puts the name of a channel together and returns how long it is. */
	private setChannel(prefix: Uint8Array, bytes: Uint8Array, start: number, length: number): number {
		const end = prefix.length + length;
		if (end > this.channel.length) this.channel = new Uint8Array(end);
		copyBytes(prefix, 0, this.channel, 0, prefix.length);
		copyBytes(bytes, start, this.channel, prefix.length, length);
		return end;
	}
}

function prefixOf(prefixes: Uint8Array[], kind: string, database: number): Uint8Array {
	for (let index = prefixes.length; index <= database; index++) prefixes.push(bytesOf(`__${kind}@${index}__:`));
	return prefixes[database]!;
}
