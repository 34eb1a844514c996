import { equalsIgnoreCase, latin1, utf8 } from "../bytes/ascii.ts";
import { isInt64, parseInteger } from "../bytes/int64.ts";
import { EVENT_MISS } from "../keyspace/change.ts";
import type { Database } from "../keyspace/database.ts";
import type { Effects } from "../keyspace/effects.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { ReplyWriter } from "../resp/reply-writer.ts";
import type { Blocker, BlockRequest } from "./blocking.ts";
import type { Client } from "./client.ts";
import type { Command } from "./command.ts";

const MINUS = 0x2d;

/**
 * One call of a command: its arguments, its client, its database and the reply. There is one object of this class per
 * server, set anew for each call, so a handler must not keep it.
 *
 * Arguments are ranges of `bytes`; argument 0 is the command's name, as it was sent.
 */
export class Call {
	readonly reply: ReplyWriter;
	readonly keyspace: Keyspace;
	readonly effects: Effects;
	/** Takes clients that have to wait. */
	readonly blocker: Blocker;
	client: Client;
	command: Command;
	database: Database;
	bytes: Uint8Array;
	argc: number;
	/** It is part of another command: of EXEC, of a script. It cannot wait, and its effects are those of the other. */
	isInner: boolean;
	/** It is part of a script. */
	isOfScript: boolean;
	private ranges: Int32Array;
	private first: number;
	/** The argument whose hash was computed ahead, and the hash; 0 for none. */
	private hashedArgument: number;
	private hashed: number;

	constructor(keyspace: Keyspace, reply: ReplyWriter, blocker: Blocker, client: Client, command: Command) {
		this.reply = reply;
		this.keyspace = keyspace;
		this.effects = keyspace.effects;
		this.blocker = blocker;
		this.client = client;
		this.command = command;
		this.database = keyspace.databases[0]!;
		this.bytes = reply.bytes;
		this.argc = 0;
		this.isInner = false;
		this.isOfScript = false;
		this.ranges = new Int32Array(0);
		this.first = 0;
		this.hashedArgument = 0;
		this.hashed = 0;
	}

	/** Arguments are `ranges` of `bytes` from now on. */
	setInput(bytes: Uint8Array, ranges: Int32Array): void {
		this.bytes = bytes;
		this.ranges = ranges;
	}

	/** Points the call at `argc` arguments, whose ranges begin at `ranges[first]`. */
	setCommand(first: number, argc: number): void {
		this.first = first;
		this.argc = argc;
		this.hashedArgument = 0;
	}

	setHash(argument: number, hash: number): void {
		this.hashedArgument = argument;
		this.hashed = hash;
	}

	start(argument: number): number {
		return this.ranges[this.first + 2 * argument]!;
	}

	end(argument: number): number {
		return this.ranges[this.first + 2 * argument + 1]!;
	}

	length(argument: number): number {
		const at = this.first + 2 * argument;
		return this.ranges[at + 1]! - this.ranges[at]!;
	}

	/** Bytes of all arguments, as they lie in a request. */
	argumentBytes(): number {
		if (this.isOfScript) return this.scatteredBytes();
		return this.ranges[this.first + 2 * this.argc - 1]! - this.ranges[this.first]!;
	}

	/** Words of scripts lie anywhere; in a request there would be a length and line ends between two. */
	private scatteredBytes(): number {
		let bytes = this.length(0);
		for (let i = 1; i < this.argc; i++) bytes += BETWEEN_WORDS_BYTES + this.length(i);
		return bytes;
	}

	/** Whether the argument is this word, upper and lower case being the same; `word` is in lower case. */
	is(argument: number, word: Uint8Array): boolean {
		return equalsIgnoreCase(this.bytes, this.start(argument), this.end(argument), word);
	}

	/** A safe integer, or NaN where it is none or lies beyond 2^53. */
	integer(argument: number): number {
		return parseInteger(this.bytes, this.start(argument), this.end(argument));
	}

	/** Any int64, those beyond 2^53 as the last safe integer on their side: for positions and counts. NaN: it is none. */
	clampedInteger(argument: number): number {
		const value = this.integer(argument);
		if (!Number.isNaN(value)) return value;
		const start = this.start(argument);
		if (!isInt64(this.bytes, start, this.end(argument))) return value;
		return this.bytes[start] === MINUS ? Number.MIN_SAFE_INTEGER : Number.MAX_SAFE_INTEGER;
	}

	/** One character a byte: exact, and what error texts quote. */
	latin1(argument: number): string {
		return latin1(this.bytes, this.start(argument), this.end(argument));
	}

	utf8(argument: number): string {
		return utf8(this.bytes, this.start(argument), this.end(argument));
	}

	/** A copy of the argument's bytes. */
	slice(argument: number): Uint8Array {
		return this.bytes.slice(this.start(argument), this.end(argument));
	}

	// Effects

	/**
	 * Runs the command and tells its effects; `requestStart` is where its request begins in `bytes`, -1 without one. Who runs
	 * commands asks `effects.isOn` first, and leaves this out where nobody listens.
	 */
	runTelling(requestStart: number): void {
		if (this.isInner) return this.runTellingInside(requestStart);
		const { effects, command } = this;
		const { changes } = this.keyspace;
		const { dirty } = changes;
		const position = effects.position();
		effects.beginCommand();
		try {
			command.run(this);
			// A save takes the count back.
			if (!effects.isReplaced && changes.dirty > dirty) effects.request(this.database.index, this, requestStart);
			effects.endCommand();
			if (effects.position() !== position) this.client.effectsTo = effects.position();
		} catch (error) {
			effects.abortCommand();
			throw error;
		}
	}

	private runTellingInside(requestStart: number): void {
		const { effects, command } = this;
		const { changes } = this.keyspace;
		const { dirty } = changes;
		effects.isReplaced = false;
		try {
			command.run(this);
			if (!effects.isReplaced && changes.dirty > dirty) effects.request(this.database.index, this, requestStart);
		} catch (error) {
			effects.abortEffect();
			throw error;
		} finally {
			// The words of the command around it are no effect.
			effects.isReplaced = true;
		}
	}

	/** Begins an effect of so many words, which takes the place of the command's own. Only while `effects.isOn`. */
	effect(words: number): Effects {
		this.effects.isReplaced = true;
		return this.effects.begin(this.database.index, words);
	}

	/** The command's own words are an effect, whether they have changed something or not. Only while `effects.isOn`. */
	tellWords(): void {
		const effect = this.effect(this.argc);
		for (let i = 0; i < this.argc; i++) effect.argument(this, i);
	}

	/** The command's own words are an effect for these alone: FOR_FILE, FOR_REPLICAS. */
	tellWordsTo(whom: number): void {
		const { effects } = this;
		if (!effects.isWantedFor(whom)) return;
		const before = effects.restrict(whom);
		effects.restrict(whom & before);
		if (effects.isOn) this.tellWords();
		effects.restrict(before);
	}

	/** The command's own words are no effect. */
	noEffect(): void {
		this.effects.isReplaced = true;
	}

	// Keys: these place the cursor of `database`

	hashOf(argument: number): number {
		if (argument === this.hashedArgument) return this.hashed;
		return this.database.hash(this.bytes, this.start(argument), this.length(argument));
	}

	/** For commands that read: counts a hit or a miss, touches the access stamp. */
	findForRead(argument: number): boolean {
		return this.database.findForRead(this.bytes, this.start(argument), this.length(argument), this.hashOf(argument));
	}

	/** For commands that look at a key without using it: counts, but does not touch. */
	findUntouched(argument: number): boolean {
		return this.database.findUntouched(this.bytes, this.start(argument), this.length(argument), this.hashOf(argument));
	}

	/** As findUntouched, and that there is no such key is no event. */
	findUnnoticed(argument: number): boolean {
		return this.database.findUnnoticed(this.bytes, this.start(argument), this.length(argument), this.hashOf(argument));
	}

	/** Counts and tells a further miss of a key that was looked for in vain, as where Redis looks twice. */
	missed(argument: number): void {
		const { keyspace, database } = this;
		keyspace.misses++;
		keyspace.changes.note(
			database.index,
			this.bytes,
			this.start(argument),
			this.length(argument),
			EVENT_MISS,
			"keymiss",
		);
	}

	/** For commands that write. */
	findForWrite(argument: number): boolean {
		return this.database.findForWrite(this.bytes, this.start(argument), this.length(argument), this.hashOf(argument));
	}

	/** Neither counts nor touches. */
	peek(argument: number): boolean {
		return this.database.peek(this.bytes, this.start(argument), this.length(argument), this.hashOf(argument));
	}

	/**
	 * Lets the client wait until one of the keys may serve it, or its time is over. The handler writes no reply and changes
	 * nothing: it is run again, with the same arguments, whenever a key of its kind has come or grown.
	 */
	block(request: BlockRequest): void {
		// A master does not wait: what comes behind it would.
		if (this.isInner || this.client.isObeyed) (request.notNow ?? request.timedOut)(this.reply);
		else this.blocker.block(this, request);
	}

	/** Announces that the key named by an argument has changed. */
	changed(argument: number, eventClass: number, event: string): void {
		this.keyspace.changes.key(
			this.database.index,
			this.bytes,
			this.start(argument),
			this.length(argument),
			eventClass,
			event,
		);
	}

	/** A further event of the change just announced, which counts as one: "expire" behind "set". */
	alsoChanged(argument: number, eventClass: number, event: string): void {
		this.keyspace.changes.keyEvent(
			this.database.index,
			this.bytes,
			this.start(argument),
			this.length(argument),
			eventClass,
			event,
		);
	}
}

/** `\r\n$100\r\n` is 8. */
const BETWEEN_WORDS_BYTES = 8;
