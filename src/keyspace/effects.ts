import { bytesOf, copyBytes } from "../bytes/ascii.ts";
import { assert } from "../bytes/assert.ts";
import { INT64_TEXT_MAX, writeInteger } from "../bytes/int64.ts";
import { Omissions } from "./omissions.ts";

/**
 * What changed, as commands that make the same change wherever they are executed: deterministic, in order, each in the
 * wire form of a request. The append-only file and replicas are fed from here.
 *
 *     effects.isOn          false while nobody wants them; everything below is skipped then
 *     effects.bytes, from 0 to effects.length       what has come since it was last taken
 *
 * A change of database shows as SELECT; several effects of one command come between MULTI and EXEC.
 *
 * The effect of most commands is the command itself: where one has changed something (the count of changes grew), the
 * words of its request are copied. A handler whose command would not do the same again, at another time or elsewhere,
 * says what does, by `call.effect`, or that nothing has to be done, by `call.noEffect`:
 *
 *     if (call.effects.isOn) call.effect(3).word(PEXPIREAT).argument(call, 1).integer(deadline_ms);
 *
 * What is not for the file and for replicas alike is told between two calls of `restrict`: both find it among the bytes,
 * and each leaves out what is not for it (`partFor`).
 *
 * An effect says first how many words it has and is complete with the last of them. One that comes while no command runs
 * (a key expires by itself) stands alone.
 *
 *     unitStart ┐                         of the command that runs, -1 where none does
 *     … │ MULTI │ SELECT n │ effect │ effect │ EXEC │ …     MULTI is put in when the second effect begins
 */
export class Effects {
	/** Somebody wants to hear; see `want`. */
	isOn: boolean;
	/** Is given all effects for replicas when they are taken, wherever else they go. */
	onTaken: (bytes: Uint8Array, length: number) => void;
	private wanted: number;
	/** For whom the next effects are; see `restrict`. */
	private audience: number;
	/** What of `bytes` is not for everybody. */
	private readonly omissions: Omissions;
	/** The newest effect is not: where it ends is yet to be said. */
	private isOmitting: boolean;
	/** Bytes of the newest `partFor`. */
	partLength: number;
	bytes: Uint8Array;
	length: number;
	/** Bytes of all effects before those. */
	taken: number;
	/** Keys whose time is over go by UNLINK instead of DEL (`lazyfree-lazy-expire`). */
	unlinksExpired: boolean;
	/** The same of those that are evicted (`lazyfree-lazy-eviction`). */
	unlinksEvicted: boolean;
	/** The command that runs has said what its effects are: its own words are none. */
	isReplaced: boolean;
	/** A transaction is at work: its effects are one unit, and nothing comes between them. */
	isInTransaction: boolean;
	/** The command that runs has made way and will go on: its effects are not complete, and nobody has heard of it. */
	isHeld: boolean;
	/** What waits for its end. */
	private deferred: (() => void)[];
	/** The one of the newest effect, NO_DATABASE where the next has to say, or to ask for whom. */
	private database: number;
	/** The same of the newest effect for the file, and for replicas. */
	private fileDatabase: number;
	private replicaDatabase: number;
	private unitStart: number;
	/** Effects of the command that runs. */
	private unitCount: number;
	/** Of the newest effect, and the words it still lacks. */
	private effectStart: number;
	private wordsLeft: number;

	constructor() {
		this.isOn = false;
		this.onTaken = () => {};
		this.wanted = 0;
		this.audience = FOR_ALL;
		this.omissions = new Omissions();
		this.isOmitting = false;
		this.partLength = 0;
		this.bytes = new Uint8Array(0);
		this.length = 0;
		this.taken = 0;
		this.unlinksExpired = false;
		this.unlinksEvicted = false;
		this.isReplaced = false;
		this.isInTransaction = false;
		this.isHeld = false;
		this.deferred = [];
		this.database = NO_DATABASE;
		this.fileDatabase = NO_DATABASE;
		this.replicaDatabase = NO_DATABASE;
		this.unitStart = NO_UNIT;
		this.unitCount = 0;
		this.effectStart = 0;
		this.wordsLeft = 0;
	}

	/** Says for whom effects are told: FOR_FILE, FOR_REPLICAS. */
	want(whom: number, isWanted: boolean): void {
		if (isWanted && !this.isWantedFor(whom)) this.forgetDatabase();
		this.wanted = isWanted ? this.wanted | whom : this.wanted & ~whom;
		this.isOn = (this.wanted & this.audience) !== 0;
	}

	isWantedFor(whom: number): boolean {
		return (this.wanted & whom) !== 0;
	}

	/** Whether anybody wants what concerns everybody, whoever the command at work is told to. */
	isWanted(): boolean {
		return this.wanted !== 0;
	}

	/**
	 * What is told from now on is for these alone, of those who want it; FOR_ALL ends that. That keys are gone because their
	 * time is over is told to everybody all the same. Returns for whom it was before.
	 */
	restrict(audience: number): number {
		const before = this.audience;
		this.audience = audience;
		this.isOn = (this.wanted & audience) !== 0;
		this.database = NO_DATABASE;
		return before;
	}

	/** What is there for `whom`, from 0 to `partLength`: `bytes`, or a copy of what is left where not all is. */
	partFor(whom: number): Uint8Array {
		this.endOmission();
		const { omissions, bytes, length } = this;
		if (omissions.count === 0 || !omissions.concerns(whom)) {
			this.partLength = length;
			return bytes;
		}
		const part = omissions.without(whom, bytes, length);
		this.partLength = omissions.length;
		return part;
	}

	/** Forgets what was taken; while a command runs only as long as it has told nothing. */
	clear(): void {
		assert(this.unitStart === NO_UNIT || this.unitStart === this.length, "effects of a command are taken together");
		if (this.length > 0 && this.isWantedFor(FOR_REPLICAS)) {
			const part = this.partFor(FOR_REPLICAS);
			this.onTaken(part, this.partLength);
		}
		this.isOmitting = false;
		this.omissions.clear();
		if (this.unitStart !== NO_UNIT) this.unitStart = 0;
		this.taken += this.length;
		this.length = 0;
		if (this.bytes.length > KEPT_BYTES_MAX) this.bytes = new Uint8Array(INITIAL_BYTES);
	}

	/** Bytes of all effects there ever were. */
	position(): number {
		return this.taken + this.length;
	}

	/** Whether they can be taken now: no command, transaction or script has told half of what it will tell. */
	canBeTaken(): boolean {
		if (this.isHeld || this.isInTransaction) return false;
		return this.unitStart === NO_UNIT || this.unitStart === this.length;
	}

	/** The database that the newest effect for replicas was for, 0 where the next will say it. */
	newestDatabase(): number {
		return Math.max(0, this.replicaDatabase);
	}

	/** The next effect says which database it is for, whatever came before: a new file begins. */
	forgetDatabase(): void {
		this.database = NO_DATABASE;
		this.fileDatabase = NO_DATABASE;
		this.replicaDatabase = NO_DATABASE;
	}

	// Commands

	/** What comes from now on belongs to one command. */
	beginCommand(): void {
		// One that has made way goes on behind this.
		if (this.isHeld) return;
		this.unitStart = this.length;
		this.unitCount = 0;
		this.isReplaced = false;
	}

	endCommand(): void {
		if (this.isHeld) return;
		assert(this.wordsLeft === 0, "effects are complete");
		this.endOmission();
		if (this.unitCount > 1) this.raw(EXEC);
		this.unitStart = NO_UNIT;
		if (this.deferred.length > 0) this.runDeferred();
	}

	/** Calls back at once, or behind the effects of the transaction that is at work. */
	whenWhole(action: () => void): void {
		if (this.isInTransaction) this.deferred.push(action);
		else action();
	}

	/** The transaction is over; its effects may yet lack the end that the command around it puts to them. */
	endTransaction(): void {
		this.isInTransaction = false;
		if (this.unitStart === NO_UNIT) this.runDeferred();
	}

	private runDeferred(): void {
		const { deferred } = this;
		this.deferred = [];
		for (const action of deferred) action();
	}

	/** Ends a command that failed in its middle. */
	abortCommand(): void {
		if (this.unitStart === NO_UNIT) return;
		this.abortEffect();
		this.endCommand();
	}

	/** Forgets what the command has told that has made way: it will not go on. */
	dropHeld(): void {
		if (!this.isHeld) return;
		this.isHeld = false;
		if (this.unitStart !== NO_UNIT) this.length = this.unitStart;
		this.isOmitting = false;
		this.omissions.truncate(this.length);
		this.unitStart = NO_UNIT;
		this.forgetDatabase();
	}

	/** Takes back an effect that lacks words. */
	abortEffect(): void {
		if (this.wordsLeft > 0) this.length = this.effectStart;
		this.wordsLeft = 0;
		this.endOmission();
	}

	/**
	 * A command as it was sent is an effect. `requestStart` is where its request begins in the bytes of its words, or -1
	 * where no request surrounds them.
	 */
	request(database: number, words: Words, requestStart: number): void {
		if (requestStart < 0 || !isCanonical(words, requestStart)) return this.copyWords(database, words);
		this.prepare(database);
		const length = words.end(words.argc - 1) + 2 - requestStart;
		this.reserve(length);
		copyBytes(words.bytes, requestStart, this.bytes, this.length, length);
		this.length += length;
	}

	private copyWords(database: number, words: Words): void {
		this.begin(database, words.argc);
		for (let i = 0; i < words.argc; i++) this.argument(words, i);
	}

	// Effects, word by word

	/** Begins an effect of so many words. */
	begin(database: number, words: number): this {
		this.prepare(database);
		this.effectStart = this.length;
		this.wordsLeft = words;
		this.reserve(HEAD_BYTES_MAX);
		this.length = writeHead(this.bytes, this.length, ARRAY, words);
		return this;
	}

	/** Makes ready for an effect on this database. */
	private prepare(database: number): void {
		assert(this.wordsLeft === 0, "an effect is complete when the next one begins");
		if (this.isOmitting) this.endOmission();
		if (this.unitStart !== NO_UNIT && ++this.unitCount === 2) this.insertMulti();
		if (database !== this.database) this.select(database);
	}

	/** Says the database to those who have to know it, and who does not hear of the effect that begins. */
	private select(database: number): void {
		const { wanted } = this;
		const whom = wanted & this.audience;
		let lacking = 0;
		if (this.fileDatabase !== database) lacking |= whom & FOR_FILE;
		if (this.replicaDatabase !== database) lacking |= whom & FOR_REPLICAS;
		if (lacking !== 0) {
			if (lacking !== wanted) this.omit(wanted & ~lacking);
			this.raw(SELECT);
			this.wordsLeft = 1;
			this.integer(database);
			this.endOmission();
		}
		if ((whom & FOR_FILE) !== 0) this.fileDatabase = database;
		if ((whom & FOR_REPLICAS) !== 0) this.replicaDatabase = database;
		this.database = whom === wanted ? database : NO_DATABASE;
		if (whom !== wanted) this.omit(wanted & ~whom);
	}

	/** What follows is not for these. */
	private omit(whom: number): void {
		this.omissions.begin(this.length, whom);
		this.isOmitting = true;
	}

	private endOmission(): void {
		if (this.isOmitting) this.omissions.end(this.length);
		this.isOmitting = false;
	}

	/** In front of what the command has told so far. */
	private insertMulti(): void {
		this.reserve(MULTI.length);
		this.bytes.copyWithin(this.unitStart + MULTI.length, this.unitStart, this.length);
		this.bytes.set(MULTI, this.unitStart);
		this.length += MULTI.length;
		this.omissions.shift(this.unitStart, MULTI.length);
	}

	word(word: Uint8Array): this {
		return this.range(word, 0, word.length);
	}

	/** A word of a request. */
	argument(words: Words, index: number): this {
		return this.range(words.bytes, words.start(index), words.length(index));
	}

	range(source: Uint8Array, start: number, length: number): this {
		this.wordsLeft--;
		this.reserve(length + HEAD_BYTES_MAX + 2);
		const { bytes } = this;
		let at = writeHead(bytes, this.length, BULK, length);
		copyBytes(source, start, bytes, at, length);
		at += length;
		bytes[at] = CR;
		bytes[at + 1] = LF;
		this.length = at + 2;
		return this;
	}

	/** Any whole number that a double holds; beyond 2^53 it is written as exactly as it is known. */
	integer(value: number): this {
		if (!Number.isSafeInteger(value)) return this.word(bytesOf(BigInt(value).toString()));
		const length = writeInteger(value, numberText, 0);
		return this.range(numberText, 0, length);
	}

	/** So many words as bulks, one behind the other, as replies have them. */
	bulks(source: Uint8Array, start: number, end: number, count: number): this {
		this.wordsLeft -= count;
		this.reserve(end - start);
		copyBytes(source, start, this.bytes, this.length, end - start);
		this.length += end - start;
		return this;
	}

	/** Begins an effect that everybody hears of, whoever the command at work is told to. */
	private beginForAll(database: number, words: number): this {
		if (this.audience === FOR_ALL) return this.begin(database, words);
		const audience = this.restrict(FOR_ALL);
		this.begin(database, words);
		this.restrict(audience);
		return this;
	}

	/** A key is gone because its time is over. */
	expired(database: number, key: Uint8Array, start: number, length: number): void {
		this.beginForAll(database, 2)
			.word(this.unlinksExpired ? UNLINK : DEL)
			.range(key, start, length);
	}

	/** A key is gone because its memory was needed. */
	evicted(database: number, key: Uint8Array, start: number, length: number): void {
		this.beginForAll(database, 2)
			.word(this.unlinksEvicted ? UNLINK : DEL)
			.range(key, start, length);
	}

	/** Fields of a hash are gone because their time is over. */
	fieldsExpired(database: number, key: Uint8Array, start: number, length: number, fields: readonly Uint8Array[]): void {
		this.beginForAll(database, 2 + fields.length)
			.word(HDEL)
			.range(key, start, length);
		for (const field of fields) this.word(field);
	}

	// Bytes

	private raw(bytes: Uint8Array): void {
		this.reserve(bytes.length);
		this.bytes.set(bytes, this.length);
		this.length += bytes.length;
	}

	private reserve(more: number): void {
		const needed = this.length + more;
		if (needed > this.bytes.length) this.grow(needed);
	}

	private grow(needed: number): void {
		const grown = new Uint8Array(Math.max(needed, 2 * this.bytes.length, INITIAL_BYTES));
		copyBytes(this.bytes, 0, grown, 0, this.length);
		this.bytes = grown;
	}
}

/** Who may want to hear. */
export const FOR_FILE = 1;
export const FOR_REPLICAS = 2;
export const FOR_ALL = FOR_FILE | FOR_REPLICAS;
export const FOR_NOBODY = 0;

/** The words of a request, as ranges of some bytes. */
export interface Words {
	readonly bytes: Uint8Array;
	readonly argc: number;
	start(index: number): number;
	end(index: number): number;
	length(index: number): number;
}

const NO_DATABASE = -1;
const NO_UNIT = -1;
const INITIAL_BYTES = 65_536;
/** A buffer that one burst has grown beyond this is let go when its bytes were taken. */
const KEPT_BYTES_MAX = 4 << 20;
/** Type byte, number, CRLF. */
const HEAD_BYTES_MAX = INT64_TEXT_MAX + 3;

const CR = 0x0d;
const LF = 0x0a;
const ARRAY = 0x2a;
const BULK = 0x24;
const MULTI = bytesOf("*1\r\n$5\r\nMULTI\r\n");
const EXEC = bytesOf("*1\r\n$4\r\nEXEC\r\n");
/** But for the number. */
const SELECT = bytesOf("*2\r\n$6\r\nSELECT\r\n");

const DEL = bytesOf("DEL");
const UNLINK = bytesOf("UNLINK");
const HDEL = bytesOf("HDEL");

const numberText = new Uint8Array(INT64_TEXT_MAX);

/** Writes a line of a type byte and a number at `at`; returns where it ends. */
function writeHead(bytes: Uint8Array, at: number, type: number, value: number): number {
	bytes[at] = type;
	const end = at + 1 + writeInteger(value, bytes, at + 1);
	bytes[end] = CR;
	bytes[end + 1] = LF;
	return end + 2;
}

/**
 * Whether a request can be copied as it is. Inline ones cannot; of the others the parser accepts any two bytes behind an
 * argument and any one behind a carriage return, readers of a file do not. That numbers are canonical the parser sees to.
 */
function isCanonical(words: Words, requestStart: number): boolean {
	const { bytes, argc } = words;
	if (bytes[requestStart] !== ARRAY) return false;
	let headEnd = requestStart + 1;
	while (bytes[headEnd] !== CR) headEnd++;
	if (bytes[headEnd + 1] !== LF) return false;
	for (let i = 0; i < argc; i++) {
		const end = words.end(i);
		if (bytes[words.start(i) - 1] !== LF || bytes[end] !== CR || bytes[end + 1] !== LF) return false;
	}
	return true;
}
