import { bytesOf } from "../bytes/ascii.ts";
import type { Client } from "../dispatch/client.ts";
import type { Mail } from "../pubsub/mail.ts";
import type { Workplace } from "../pubsub/pub-sub.ts";
import type { ReplyWriter } from "../resp/reply-writer.ts";
import { type ChangedKeys, NOBODY } from "./changed-keys.ts";
import { OwnChanges } from "./own-changes.ts";
import type { Tracker } from "./tracker.ts";

const INVALIDATE = bytesOf("invalidate");
const BROKEN = bytesOf("tracking-redir-broken");
/** How a client of RESP2 that listens to channels receives them. */
const MESSAGE = bytesOf("message");
const CHANNEL = bytesOf("__redis__:invalidate");
const NULL_2 = bytesOf("$-1\r\n");
const NULL_3 = bytesOf("_\r\n");

/** Kinds of invalidations. */
const KEY = 0;
const KEYS = 1;
const EVERYTHING = 2;

/** The ways by which messages reach clients. */
export interface Couriers {
	readonly mail: Mail;
	readonly workplace: Workplace;
	/** A client that has not gone away, by its number. */
	clientOf(id: number): Client | null;
	/** Whose command is at work: the one that executes, or one that had waited and is served meanwhile. */
	working(): Client | null;
}

/**
 * Messages that say which copies are stale: to a client of RESP3 as a push, to one of RESP2 that another client redirects
 * to and that listens to something as a message of a channel, to others not at all.
 *
 *     caused by the client itself       once its command is done, behind all of a transaction
 *     to the client that executes       behind the reply of its command
 *     to any other                      its outbox
 *
 * Each is encoded once for all clients of one protocol.
 */
export class Invalidations {
	/** Where messages for the client that executes go instead, before its command is run. */
	ahead: ReplyWriter | null;
	private readonly couriers: Couriers;
	private kind: number;
	private key: Uint8Array;
	private keyStart: number;
	private keyLength: number;
	private keys: ChangedKeys | null;
	/** Of `keys` those are left out that this client has changed. */
	private except: number;
	/** The message is in the outbox of that protocol. */
	private isIn2: boolean;
	private isIn3: boolean;
	/** What a client has changed itself by the command at work, and which client. */
	private readonly own: OwnChanges;
	private ownOf: Client | null;

	constructor(couriers: Couriers) {
		this.ahead = null;
		this.couriers = couriers;
		this.kind = KEY;
		this.key = EMPTY;
		this.keyStart = 0;
		this.keyLength = 0;
		this.keys = null;
		this.except = NOBODY;
		this.isIn2 = false;
		this.isIn3 = false;
		this.own = new OwnChanges();
		this.ownOf = null;
	}

	// What is told

	beginKey(key: Uint8Array, start: number, length: number): void {
		this.begin(KEY);
		this.key = key;
		this.keyStart = start;
		this.keyLength = length;
	}

	beginKeys(keys: ChangedKeys, except: number): void {
		this.begin(KEYS);
		this.keys = keys;
		this.except = except;
	}

	/** Every copy is stale. */
	beginEverything(): void {
		this.begin(EVERYTHING);
	}

	private begin(kind: number): void {
		// Clients that are closed meanwhile may be told of other things.
		this.couriers.mail.makeRoom();
		this.kind = kind;
		this.isIn2 = false;
		this.isIn3 = false;
	}

	/** Lets go of what was told. */
	end(): void {
		this.key = EMPTY;
		this.keys = null;
	}

	// Who is told

	tell(tracker: Tracker): void {
		if (this.ahead === null && tracker.client === this.couriers.working()) this.noteOwn(tracker.client);
		else this.deliver(tracker);
	}

	private noteOwn(client: Client): void {
		const { own } = this;
		if (this.ownOf !== client) own.clear();
		this.ownOf = client;
		if (this.kind === EVERYTHING) own.addEverything();
		else own.addKey(this.key, this.keyStart, this.keyLength);
	}

	/** Sends a client what it has caused itself. */
	tellWaiting(tracker: Tracker): void {
		const { own } = this;
		if (own.count === 0) return;
		if (this.ownOf === tracker.client) {
			for (let i = 0; i < own.count; i++) {
				if (own.isEverything(i)) this.beginEverything();
				else this.beginKey(own.bytes, own.start(i), own.end(i) - own.start(i));
				this.deliver(tracker);
			}
			this.end();
		}
		own.clear();
	}

	private deliver(tracker: Tracker): void {
		const { client, redirect } = tracker;
		if (redirect === 0) {
			if (client.protocol === 3) this.send(client, tracker);
			return;
		}
		const target = this.couriers.clientOf(redirect);
		if (target === null) this.tellBroken(tracker);
		else if (target.protocol === 3 || target.subscriptions !== null) this.send(target, tracker);
	}

	private send(target: Client, tracker: Tracker): void {
		if (this.kind === KEYS && this.except !== NOBODY && this.keys!.countOfOthers(this.except) === 0) return;
		const writer = this.writerFor(target);
		if (writer !== null) return this.write(writer, target, tracker);
		const { mail } = this.couriers;
		const outbox = mail.outboxOf(target);
		const isThere = target.protocol === 3 ? this.isIn3 : this.isIn2;
		if (!isThere) {
			this.write(outbox.begin(), target, tracker);
			outbox.end();
			if (target.protocol === 3) this.isIn3 = true;
			else this.isIn2 = true;
		}
		outbox.add(target);
		mail.arm();
	}

	/** The client it redirects to is gone. */
	private tellBroken(tracker: Tracker): void {
		const { client, redirect } = tracker;
		tracker.isBroken = true;
		if (client.protocol !== 3) return;
		const { mail } = this.couriers;
		const writer = this.writerFor(client) ?? mail.outboxOf(client).begin();
		writer.push(2);
		writer.bulkBytes(BROKEN);
		writer.integer(redirect);
		if (writer !== mail.resp3.writer) return;
		mail.resp3.end();
		mail.resp3.add(client);
		mail.arm();
		this.isIn3 = false;
	}

	/** Where a message goes that does not go by mail; null where it does. */
	private writerFor(target: Client): ReplyWriter | null {
		const { workplace } = this.couriers;
		if (target !== workplace.executing) return null;
		const writer = this.ahead ?? workplace.messages;
		writer.protocol = target.protocol;
		return writer;
	}

	private write(writer: ReplyWriter, target: Client, tracker: Tracker): void {
		if (target.protocol === 3) {
			writer.push(2);
			writer.bulkBytes(INVALIDATE);
		} else {
			writer.array(3);
			writer.bulkBytes(MESSAGE);
			writer.bulkBytes(CHANNEL);
		}
		if (this.kind === KEY) {
			writer.array(1);
			writer.bulk(this.key, this.keyStart, this.keyLength);
		} else if (this.kind === KEYS) {
			const keys = this.keys!;
			writer.array(this.except === NOBODY ? keys.count : keys.countOfOthers(this.except));
			keys.write(writer, this.except);
		} else {
			// As the client speaks that tracks, whatever the one speaks that is told.
			const text = tracker.client.protocol === 3 ? NULL_3 : NULL_2;
			writer.raw(text, 0, text.length);
		}
	}
}

const EMPTY = new Uint8Array(0);
