import type { Timers } from "../adapters/clock.ts";
import { compareBytes } from "../bytes/ascii.ts";
import { assert } from "../bytes/assert.ts";
import { halfSipHash } from "../bytes/siphash.ts";
import type { Call } from "../dispatch/call.ts";
import type { Client } from "../dispatch/client.ts";
import { GATE_CROWDED, GATE_TRACKED } from "../dispatch/gates.ts";
import { BEGIN_INDEX, FIND_RANGE } from "../dispatch/key-rule.ts";
import { KeyFinder } from "../dispatch/keys.ts";
import { TOUCHING_STREAM_EVENTS } from "../dispatch/watches.ts";
import { type ChangeListener, EVENT_EVICTED, EVENT_EXPIRED, EVENT_STREAM } from "../keyspace/change.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { Broadcast } from "./broadcast.ts";
import { ChangedKeys, NOBODY } from "./changed-keys.ts";
import { type Couriers, Invalidations } from "./invalidations.ts";
import { PrefixTree } from "./prefix-tree.ts";
import { TrackedKeys } from "./tracked-keys.ts";
import { Tracker, type TrackingOptions } from "./tracker.ts";

/** Empty lists of changed keys that are kept for the next turn. */
const SPARES_MAX = 16;
/** Keys forgotten before one command where there are too many; more each time that does not suffice. */
const FORGOTTEN_AT_ONCE = 100;

/** What tracking needs of its server. */
export interface TrackingHost extends Couriers {
	readonly keyspace: Keyspace;
	readonly timers: Timers;
	/** Shuts a gate for every command, or opens it. */
	setGate(gate: number, isShut: boolean): void;
}

/**
 * Client-side caching: clients that keep copies of what they have read are told when it changes.
 *
 *     a command that reads      its keys are remembered with the client
 *     a key changes             those who have read it are told, and it is forgotten
 *     with BCAST                nothing is remembered: whoever named a prefix of the key is told, once in a turn of the loop
 *
 * Changes are heard only while somebody tracks, or keys are remembered. Keys are told without their databases, as in
 * Redis: one name is one key.
 *
 * Invariant: `client.tracking` is null or one of `trackers`; GATE_TRACKED is shut exactly for these. A prefix is in
 * `broadcasts` exactly while a tracker has it.
 */
export class Trackers implements ChangeListener {
	private readonly host: TrackingHost;
	private readonly keyspace: Keyspace;
	private readonly invalidations: Invalidations;
	private readonly trackers: Set<Tracker>;
	private readonly keys: TrackedKeys;
	private readonly broadcasts: PrefixTree<Broadcast>;
	/** Those with changes that were not told yet. */
	private readonly changed: Set<Broadcast>;
	private readonly spares: ChangedKeys[];
	private readonly finder: KeyFinder;
	/** Most keys that are remembered, 0 for no limit. */
	private limit: number;
	/** How often in a row the limit could not be reached. */
	private failures: number;
	private isListening: boolean;
	private readonly broadcast: () => void;

	constructor(host: TrackingHost) {
		const { keyspace } = host;
		this.host = host;
		this.keyspace = keyspace;
		this.invalidations = new Invalidations(host);
		this.trackers = new Set();
		this.keys = new TrackedKeys(keyspace.seed0, keyspace.seed1, (id) => host.clientOf(id) !== null);
		this.broadcasts = new PrefixTree();
		this.changed = new Set();
		this.spares = [];
		this.finder = new KeyFinder();
		this.limit = 0;
		this.failures = 0;
		this.isListening = false;
		this.broadcast = () => this.tellChanged();
	}

	// Clients

	/** Turns tracking on, or changes it; prefixes are added to those the client has. */
	enable(client: Client, options: TrackingOptions): void {
		let tracker = client.tracking as Tracker | null;
		if (tracker === null) {
			tracker = new Tracker(this, client);
			this.trackers.add(tracker);
			client.tracking = tracker;
			client.setGate(GATE_TRACKED, true);
		}
		tracker.set(options);
		if (options.isBroadcast) {
			const prefixes = options.prefixes.length === 0 ? [EMPTY] : options.prefixes;
			for (const prefix of prefixes) this.join(tracker, prefix);
		}
		this.settle();
	}

	private join(tracker: Tracker, prefix: Uint8Array): void {
		if (tracker.prefixes.get(prefix) !== null) return;
		let broadcast = this.broadcasts.get(prefix);
		if (broadcast === null) {
			broadcast = new Broadcast(prefix);
			this.broadcasts.add(prefix, broadcast);
		}
		broadcast.trackers.add(tracker);
		tracker.prefixes.add(prefix, broadcast);
		tracker.prefixBytes += prefix.length;
	}

	/** Turns tracking off. The keys that the client has read stay remembered: it may turn it on again. */
	disable(tracker: Tracker): void {
		const { client } = tracker;
		if (!client.closing) this.tellWaiting(tracker);
		for (const broadcast of tracker.prefixes.all()) {
			broadcast.trackers.delete(tracker);
			if (broadcast.trackers.size === 0) this.broadcasts.remove(broadcast.prefix);
		}
		this.trackers.delete(tracker);
		client.tracking = null;
		client.setGate(GATE_TRACKED, false);
		// The last one is gone for good: nobody will ask for what is remembered.
		if (this.trackers.size === 0 && client.closing) this.keys.clear();
		this.settle();
	}

	/** Listens and limits exactly while there is a reason to. */
	private settle(): void {
		const listens = this.trackers.size > 0 || this.keys.count() > 0;
		const { changes } = this.keyspace;
		if (listens && !this.isListening) changes.listen(this);
		else if (!listens && this.isListening) changes.unlisten(this);
		this.isListening = listens;
		this.host.setGate(GATE_CROWDED, this.isCrowded());
	}

	counts(): { clients: number; keys: number; items: number; prefixes: number } {
		return {
			clients: this.trackers.size,
			keys: this.keys.count(),
			items: this.keys.items,
			prefixes: this.broadcasts.count,
		};
	}

	// Keys that were read

	/** The client of the call has read its keys. */
	remember(call: Call): void {
		const { command, client, bytes } = call;
		const rule = command.keyRules[0];
		if (rule === undefined) return;
		const { keys } = this;
		if (rule.begin === BEGIN_INDEX && rule.find === FIND_RANGE && rule.last === 0 && command.keyRules.length === 1) {
			const word = rule.index;
			keys.add(bytes, call.start(word), call.length(word), call.hashOf(word), client.id);
		} else {
			const { finder } = this;
			finder.find(command, call, 0, call.argc);
			for (let i = 0; i < finder.count; i++) {
				const word = finder.positions[i]!;
				keys.add(bytes, call.start(word), call.length(word), call.hashOf(word), client.id);
			}
		}
		if (this.limit !== 0 && this.isCrowded()) this.host.setGate(GATE_CROWDED, true);
	}

	setLimit(keys: number): void {
		this.limit = keys;
		this.settle();
	}

	private isCrowded(): boolean {
		return this.limit > 0 && this.trackers.size > 0 && this.keys.count() > this.limit;
	}

	/** Forgets some of the keys where there are too many, as if they had changed; `call` is about to be run. */
	keepLimit(call: Call): void {
		const { keys, invalidations } = this;
		invalidations.ahead = call.reply;
		let left = FORGOTTEN_AT_ONCE * (this.failures + 1);
		for (; left > 0 && this.isCrowded(); left--) {
			const key = keys.takeRandom(this.keyspace.random);
			if (key !== null) this.tellReaders(key, 0, key.length);
		}
		invalidations.ahead = null;
		this.failures = this.isCrowded() ? this.failures + 1 : 0;
		this.settle();
	}

	// Changes

	keyChanged(
		_database: number,
		key: Uint8Array,
		start: number,
		length: number,
		eventClass: number,
		event: string,
	): void {
		if (eventClass === EVENT_STREAM && !TOUCHING_STREAM_EVENTS.has(event)) return;
		const { keys, broadcasts, keyspace } = this;
		const isMatched = broadcasts.count > 0 && broadcasts.match(key, start, length);
		if (!isMatched && keys.count() === 0) return;
		const hash = halfSipHash(key, start, start + length, keyspace.seed0, keyspace.seed1);
		if (isMatched) this.noteChange(key, start, length, hash, (eventClass & (EVENT_EXPIRED | EVENT_EVICTED)) !== 0);
		if (keys.take(key, start, length, hash)) {
			this.tellReaders(key, start, length);
			if (this.trackers.size === 0) this.settle();
		}
	}

	/** For all broadcasts that were matched. */
	private noteChange(key: Uint8Array, start: number, length: number, hash: number, byItself: boolean): void {
		const { broadcasts, changed } = this;
		const changer = byItself ? NOBODY : (this.host.working()?.id ?? NOBODY);
		if (changed.size === 0) this.host.timers.soon(this.broadcast);
		for (let i = 0; i < broadcasts.matchCount; i++) {
			const broadcast = broadcasts.matches[i]!;
			broadcast.changed ??= this.spares.pop() ?? new ChangedKeys();
			broadcast.changed.add(key, start, length, hash, changer);
			changed.add(broadcast);
		}
	}

	/** Tells those who had read the key that was taken. */
	private tellReaders(key: Uint8Array, start: number, length: number): void {
		const { keys, host, invalidations } = this;
		const working = host.working();
		invalidations.beginKey(key, start, length);
		for (let i = 0; i < keys.takenCount; i++) {
			const tracker = (host.clientOf(keys.taken[i]!)?.tracking ?? null) as Tracker | null;
			// It may have turned to broadcasts since.
			if (tracker === null || tracker.isBroadcast) continue;
			if (tracker.isNoLoop && tracker.client === working) continue;
			invalidations.tell(tracker);
		}
		invalidations.end();
	}

	databaseChanged(_database: number, isEmptied: boolean): void {
		if (!isEmptied) return;
		this.keys.clear();
		for (const tracker of [...this.trackers].sort((a, b) => a.client.id - b.client.id)) {
			this.invalidations.beginEverything();
			this.invalidations.tell(tracker);
		}
		this.invalidations.end();
		this.settle();
	}

	/** Tells what has changed in this turn of the loop, prefix by prefix in the order of their bytes. */
	private tellChanged(): void {
		const { changed, invalidations } = this;
		const broadcasts = [...changed].sort((a, b) => inOrder(a.prefix, b.prefix));
		changed.clear();
		for (const broadcast of broadcasts) {
			const keys = broadcast.changed!;
			broadcast.changed = null;
			invalidations.beginKeys(keys, NOBODY);
			// One that is told of fewer keys in between has its own message.
			const others: Tracker[] = [];
			for (const tracker of [...broadcast.trackers]) {
				if (!tracker.isNoLoop || keys.countOfOthers(tracker.client.id) === keys.count) invalidations.tell(tracker);
				else others.push(tracker);
			}
			for (const tracker of others) {
				invalidations.beginKeys(keys, tracker.client.id);
				invalidations.tell(tracker);
			}
			invalidations.end();
			keys.clear();
			if (this.spares.length < SPARES_MAX) this.spares.push(keys);
		}
		this.host.mail.send();
	}

	/** Its command is done: sends a client what it caused itself. */
	tellWaiting(tracker: Tracker): void {
		this.invalidations.tellWaiting(tracker);
	}

	bytesUsed(): number {
		return this.keys.bytesUsed();
	}

	verify(): void {
		this.keys.verify();
		this.broadcasts.verify();
		for (const tracker of this.trackers) {
			assert(tracker.client.tracking === tracker, "a client knows that it tracks");
			tracker.prefixes.verify();
			for (const { prefix, trackers } of tracker.prefixes.all()) {
				assert(trackers.has(tracker), "a broadcast knows whom it is for");
				assert(this.broadcasts.get(prefix)?.trackers === trackers, "a prefix has one broadcast");
			}
		}
		for (const broadcast of this.broadcasts.all()) {
			assert(broadcast.trackers.size > 0, "a broadcast is for somebody");
			assert((broadcast.changed !== null) === this.changed.has(broadcast), "what has changed will be told");
			broadcast.changed?.verify();
		}
	}
}

function inOrder(a: Uint8Array, b: Uint8Array): number {
	return compareBytes(a, 0, a.length, b, 0, b.length);
}

const EMPTY = new Uint8Array(0);
