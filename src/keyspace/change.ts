/** Classes of keyspace events, the bits behind the letters of notify-keyspace-events. */
export const EVENT_GENERIC = 1 << 2;
export const EVENT_STRING = 1 << 3;
export const EVENT_LIST = 1 << 4;
export const EVENT_SET = 1 << 5;
export const EVENT_HASH = 1 << 6;
export const EVENT_SORTED_SET = 1 << 7;
export const EVENT_EXPIRED = 1 << 8;
export const EVENT_EVICTED = 1 << 9;
export const EVENT_STREAM = 1 << 10;
export const EVENT_MISS = 1 << 11;
export const EVENT_NEW = 1 << 14;
/** Of a change that no event tells of. */
export const EVENT_SILENT = 0;

/** Hears of every change of a key; the key's bytes are good during the call only. */
export interface ChangeListener {
	keyChanged(database: number, key: Uint8Array, start: number, length: number, eventClass: number, event: string): void;
	/** A whole database was emptied, or else swapped; -1 means all of them. */
	databaseChanged(database: number, isEmptied: boolean): void;
}

/** Publishes events of keys; the key's bytes are good during the call only. */
export interface EventPublisher {
	publish(database: number, key: Uint8Array, start: number, length: number, event: string): void;
}

/**
 * The one place where a change of a key is announced. Everything that has to know of changes (watches, events, tracking,
 * blocked clients, replication, the append-only file) listens here.
 */
export class Changes {
	/** Changes since the last save, as INFO's rdb_changes_since_last_save. */
	dirty: number;
	/** Classes of events that are published, as bits. */
	published: number;
	private publisher: EventPublisher | null;
	/** Replaced where one goes, so that the others are still told of a change that is being announced. */
	private listeners: ChangeListener[];

	constructor() {
		this.dirty = 0;
		this.published = 0;
		this.publisher = null;
		this.listeners = [];
	}

	listen(listener: ChangeListener): void {
		this.listeners.push(listener);
	}

	unlisten(listener: ChangeListener): void {
		this.listeners = this.listeners.filter((other) => other !== listener);
	}

	/** Events of these classes go to the publisher from now on, no others. */
	publishTo(publisher: EventPublisher, classes: number): void {
		this.publisher = publisher;
		this.published = classes;
	}

	key(database: number, key: Uint8Array, start: number, length: number, eventClass: number, event: string): void {
		this.dirty++;
		this.keyEvent(database, key, start, length, eventClass, event);
	}

	/** Tells without counting: a further event of a change that was counted, or the end of a key whose time is over. */
	keyEvent(database: number, key: Uint8Array, start: number, length: number, eventClass: number, event: string): void {
		const { listeners } = this;
		for (let i = 0; i < listeners.length; i++) {
			listeners[i]!.keyChanged(database, key, start, length, eventClass, event);
		}
		if ((this.published & eventClass) !== 0) this.publisher!.publish(database, key, start, length, event);
	}

	/** An event that is no change, and so concerns the publisher alone: a key was looked for in vain, or will be new. */
	note(database: number, key: Uint8Array, start: number, length: number, eventClass: number, event: string): void {
		if ((this.published & eventClass) !== 0) this.publisher!.publish(database, key, start, length, event);
	}

	database(database: number, changes: number, isEmptied = true): void {
		this.dirty += changes;
		const { listeners } = this;
		for (let i = 0; i < listeners.length; i++) listeners[i]!.databaseChanged(database, isEmptied);
	}
}
